"""Socket Mode over real WebSockets: two connections, renewed without losing anything, whatever fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields, replace

import aiohttp
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.sockets import SocketFault
from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON = replace(QUICK, reconnect_delays=(0.05,), socket_hello_timeout=0.2, socket_ping=0.2)
AGAIN = "apps.connections.open"
NOWHERE = '{"ok": true, "url": "ws://127.0.0.1:9/link"}'


def changed(fault: Fault | SocketFault) -> str:
    """Name what is wrong."""
    wrong = {each.name: getattr(fault, each.name) for each in fields(fault)}
    return " ".join(f"{name}={it}" for name, it in wrong.items() if it != getattr(type(fault), name))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run the bot in Socket Mode."""
    async with stage(socket_mode=True, rate_per_minute=FAST, timing=SOON) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def lead(scene: Stage) -> AsyncIterator[Person]:
    """Be the one who uses the bot, when both connections are open."""
    scene.slack.clear_faults()
    person = Person(scene.slack, "U0LEAD")
    await person.until(lambda: scene.slack.sockets == 2)
    yield person


async def ready(scene: Stage) -> tuple[int, dict[str, object]]:
    """Ask whether the bot is ready."""
    url = f"http://127.0.0.1:{scene.bot.port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.json()


async def is_ready(scene: Stage, **expected: object) -> None:
    """Wait until it says so; what it says follows what Slack does within a moment."""
    async with asyncio.timeout(30):
        while (await ready(scene))[1] != expected:  # noqa: ASYNC110 - there is no event for that
            await asyncio.sleep(0.02)


async def open_sockets(scene: Stage) -> float:
    """Read the gauge."""
    url = f"http://127.0.0.1:{scene.bot.port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        lines = (await answer.text()).splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("contactlist_open_sockets "))


async def opens_a_form(lead: Person) -> None:
    """Type the command, and see its form."""
    await lead.command("still here")
    assert "Name: still here" in (await lead.view()).text


async def test_no_http(scene: Stage) -> None:
    """In Socket Mode nobody is trusted over HTTP, whatever is signed with whatever."""
    url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
    body = b"command=%2Fcontactlist"
    headers = scene.slack.signed_headers(body)
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("kind", ["interactive", "slash_commands"])
async def test_unreadable_payload(scene: Stage, lead: Person, kind: str) -> None:
    """What this version cannot read is acknowledged, so that Slack does not wait, and logged without text."""
    assert lead
    with capture_logs() as logged:
        ack = await scene.slack.deliver(kind, {"type": "message_action", "secret": "s3cret"})
    assert ack.error is None
    assert [each["reason"] for each in logged if each["event"] == "request_refused"] == ["unreadable"]
    assert "s3cret" not in str(logged)


@pytest.mark.parametrize("said", ["nonsense", "[]", "{}", '{"type": "news"}', '{"a":' * 10_000, '"\\ud83d"'])
async def test_odd_messages(scene: Stage, lead: Person, said: str) -> None:
    """What is no message of Slack's is passed over: the connection serves on."""
    scene.slack.socket_fault(SocketFault(says=said), times=2)
    before = len(calls(scene))
    await scene.slack.disconnect_sockets()
    await lead.until(lambda: scene.slack.sockets == 2)
    await opens_a_form(lead)
    await opens_a_form(lead)
    assert len(calls(scene)) == before + 2


def calls(scene: Stage) -> list[float]:
    """Return when Slack was asked for an address."""
    return [each.at for each in scene.slack.traffic if each.what == AGAIN]


@pytest.mark.parametrize(
    "fault",
    [
        SocketFault(status=408),
        SocketFault(status=409),
        SocketFault(status=503, retry_after=1),
        SocketFault(status=302),
        SocketFault(status=200),
        SocketFault(drop=True),
        SocketFault(silent=True),
        SocketFault(close=True),
        SocketFault(half_open=True),
        SocketFault(disconnect="too_many_websockets"),
        SocketFault(disconnect="link_disabled"),
        SocketFault(disconnect="refresh_requested"),
        SocketFault(disconnect="warning"),
        SocketFault(disconnect="something new"),
    ],
    ids=changed,
)
async def test_refused_renewal(scene: Stage, lead: Person, fault: SocketFault) -> None:
    """However Slack fails when both connections are renewed, each comes back, over an address of its own."""
    scene.slack.socket_fault(fault, times=4)
    before = len(calls(scene))
    await scene.slack.disconnect_sockets()
    await lead.until(lambda: len(calls(scene)) >= before + 6)
    await lead.until(lambda: scene.slack.sockets == 2)
    await is_ready(scene, ready=True, reasons=[])
    await opens_a_form(lead)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body="<html>"),
        Fault(body="[]"),
        Fault(body='{"ok": true}'),
        Fault(body='{"ok": true, "url": null}'),
        Fault(body='{"ok": true, "url": "wss://"}'),
        Fault(body=NOWHERE),
        Fault(status=503),
        Fault(drop=True),
        Fault(error="internal_error"),
        Fault(error="token_revoked"),
        Fault(retry_after=1),
    ],
    ids=changed,
)
async def test_no_address(scene: Stage, lead: Person, fault: Fault) -> None:
    """However Slack fails to give an address, it is asked again, and the bot is back."""
    scene.slack.fault(AGAIN, fault, times=2)
    before = len(calls(scene))
    await scene.slack.disconnect_sockets()
    await lead.until(lambda: len(calls(scene)) >= before + 4)
    await lead.until(lambda: scene.slack.sockets == 2)
    await opens_a_form(lead)


async def test_host_away(scene: Stage, lead: Person) -> None:
    """While the socket host is away the bot is not ready and says so; when it is back, so is the bot."""
    with capture_logs() as logged:
        await scene.slack.take_socket_host_away()
        await is_ready(scene, ready=False, reasons=["socket"])
        assert await open_sockets(scene) == 0
        before = len(calls(scene))
        await lead.until(lambda: len(calls(scene)) > before + 4)
    await scene.slack.bring_socket_host_back()
    await lead.until(lambda: scene.slack.sockets == 2)
    await is_ready(scene, ready=True, reasons=[])
    assert await open_sockets(scene) == 2
    await opens_a_form(lead)
    problems = {each["problem"] for each in logged if each["event"] == "socket_not_opened"}
    assert problems == {"There's no connection to Slack (connection refused)"}


async def test_overlap(scene: Stage, lead: Person) -> None:
    """After a warning the old connections serve on while the new ones open, until Slack closes them."""
    await scene.slack.disconnect_sockets(reason="warning")
    await lead.until(lambda: scene.slack.sockets == 4)
    for _ in range(4):  # one over each
        await opens_a_form(lead)
    await scene.slack.disconnect_sockets(2)
    assert scene.slack.sockets == 2
    await opens_a_form(lead)
    before = len(calls(scene))
    await is_ready(scene, ready=True, reasons=[])
    assert len(calls(scene)) == before
