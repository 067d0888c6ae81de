"""Socket Mode over real WebSockets: two connections, renewed without losing anything."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from sandbox.demo import Stage, stage
from sandbox.slack.people import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run the bot in Socket Mode."""
    async with stage(socket_mode=True) as running:
        yield running


async def test_two_connections_are_open(scene: Stage) -> None:
    """One of two stays while the other is renewed."""
    lead = Person(scene.slack, "U0LEAD")
    await lead.until(lambda: scene.slack.sockets == 2)


async def test_every_http_request_is_refused(scene: Stage) -> None:
    """In Socket Mode nobody is trusted over HTTP, whatever is signed with whatever."""
    url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
    body = b"command=%2Fcontactlist"
    headers = scene.slack.signed_headers(body)
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 401


async def test_an_unreadable_payload_is_acknowledged_and_noted(scene: Stage) -> None:
    """What this version cannot read is acknowledged, so that Slack does not wait, and logged without text."""
    with capture_logs() as logged:
        ack = await scene.slack.deliver("interactive", {"type": "message_action", "secret": "s3cret"})
    assert ack.error is None
    assert [each["reason"] for each in logged if each["event"] == "request_refused"] == ["unreadable"]
    assert "s3cret" not in str(logged)


async def test_a_renewed_connection_serves_on(scene: Stage) -> None:
    """After Slack asks for a renewal the bot connects again, and a command opens its form."""
    lead = Person(scene.slack, "U0LEAD")
    await scene.slack.disconnect_sockets()
    await lead.until(lambda: scene.slack.sockets >= 1, timeout=8)
    await lead.command("again")
    assert "Name: again" in (await lead.view()).text
    settled = (
        0  # the SDK may renew each once more, as it hears of the end twice: what comes just then is lost
    )
    while settled < scene.slack.sockets + 1:
        ack = await scene.slack.deliver("interactive", {"type": "message_action"})
        settled = 0 if ack.error else settled + 1


async def test_readiness_tells_that_no_socket_is_open(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/readyz` is 503 while Slack cannot reach the bot."""
    monkeypatch.setattr("slack_sdk.socket_mode.aiohttp.SocketModeClient.is_connected", _no)
    url = f"http://127.0.0.1:{scene.bot.port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert (answer.status, await answer.json()) == (503, {"ready": False, "reasons": ["socket"]})


async def _no(_: object) -> bool:
    return False


async def test_readiness_tells_of_the_sockets(scene: Stage) -> None:
    """`/readyz` is 200 as soon as Slack can reach the bot: a test before may have closed its sockets."""
    url = f"http://127.0.0.1:{scene.bot.port}/readyz"
    seen: list[tuple[int, object]] = []
    async with asyncio.timeout(8), aiohttp.ClientSession() as session:
        while not seen or seen[-1] == (503, {"ready": False, "reasons": ["socket"]}):
            async with session.get(url) as answer:
                seen.append((answer.status, await answer.json()))
    assert seen[-1] == (200, {"ready": True, "reasons": []})
