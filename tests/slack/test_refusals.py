"""What the adapter refuses: with a word, a metric and a log line for each, and nothing more is read."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from slack_bolt.async_app import AsyncAck
from structlog.testing import capture_logs

from bot.slack.http_adapter import BODY_LIMIT
from bot.slack.payloads import Command
from bot.timing import Timing
from tests.slack.door import PATH, Door, served

UNREADABLE = b"text=neither-a-command-nor-a-payload"


@pytest.fixture
async def door(request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    """Serve the adapter; a command is answered."""
    async with served(timing=Timing(body_timeout=getattr(request, "param", Timing.body_timeout))) as running:

        async def hello(ack: AsyncAck) -> None:
            await ack("hello")

        running.app.command("/contactlist")(hello)
        yield running


async def exchanged(door: Door, request: bytes) -> bytes:
    """Send raw bytes, and read what comes until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        writer.write(request)
        async with asyncio.timeout(2):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("body", "is_signed", "reason", "status"),
    [
        (UNREADABLE, False, "bad_signature", 401),
        (UNREADABLE, True, "unreadable", 400),
        (b"x" * (BODY_LIMIT + 1), True, "too_large", 413),
    ],
)
async def test_refused(door: Door, body: bytes, *, is_signed: bool, reason: str, status: int) -> None:
    """The sender reads one word, and its connection is closed; the operator finds a count and a line."""
    with capture_logs() as logged:
        answer = await door.post(body, None if is_signed else {})

    assert (answer.status, await answer.text(), answer.headers["Connection"]) == (status, reason, "close")
    assert door.counted("refusals_total", reason=reason) == 1
    (line,) = logged
    assert line["event"] == "request_refused"
    assert (line["reason"], line["status"], line["log_level"]) == (reason, status, "warning")


async def test_why_unreadable(door: Door) -> None:
    """The log says what could not be read."""
    with capture_logs() as logged:
        await door.post(UNREADABLE)
    assert logged[0]["problem"] == "not a command and not an interaction"


async def test_connection_closed(door: Door) -> None:
    """A refused sender is hung up on: what it sends behind its request is not read."""
    request = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx".encode()
    assert (await exchanged(door, request * 2)).count(b"HTTP/1.1 ") == 1


async def test_connection_kept(door: Door) -> None:
    """Slack itself may go on over the same connection."""
    answer = await door.command()
    assert (answer.status, answer.headers.get("Connection")) == (200, None)


@pytest.mark.slow
@pytest.mark.parametrize("door", [0.05], indirect=True)
async def test_slow_body_refused(door: Door) -> None:
    """A body that does not come in time is not waited for."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx".encode()
    with capture_logs() as logged:
        assert (await exchanged(door, head)).startswith(b"HTTP/1.1 408 ")
    assert [each["reason"] for each in logged] == ["too_slow"]
    assert door.counted("refusals_total", reason="too_slow") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"X-Slack-Signature": "v0=abc"},
        {"X-Slack-Signature": "v0=\u00e9\u00e9"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
    ],
    ids=range(4),
)
async def test_odd_signature(door: Door, change: dict[str, str]) -> None:
    """A signature or a time stamp that cannot even be compared is a wrong one."""
    body = b"command=%2Fcontactlist"
    assert (await door.post(body, {**door.signed(body), **change})).status == 401


async def test_no_secret_no_http() -> None:
    """In Socket Mode there is no signing secret: whatever comes over HTTP is refused."""
    async with served(signing_secret=None) as door:
        assert (await door.command()).status == 401


class Waiting:
    """Listeners that answer when a test lets them: each is named by its command."""

    def __init__(self, door: Door, *commands: str) -> None:
        self.inside = {each: asyncio.Event() for each in commands}
        self.go = {each: asyncio.Event() for each in commands}
        for each in commands:
            door.app.command(each)(self._listen)
        self.asked = {each: asyncio.create_task(door.command(command=each)) for each in commands}

    async def _listen(self, ack: AsyncAck, received: Command) -> None:
        self.inside[received.command].set()
        await self.go[received.command].wait()
        await ack()

    async def begun(self) -> None:
        """Wait until all are inside."""
        for each in self.inside.values():
            await each.wait()


async def test_draining(door: Door) -> None:
    """Who comes after the door was closed is told so; all who are inside are answered, and waited for."""
    waiting = Waiting(door, "/one", "/two")
    await waiting.begun()
    closing = asyncio.create_task(door.adapter.close(seconds=5))
    await asyncio.sleep(0)  # now the door is closed

    refused = await door.command()
    assert (refused.status, await refused.text(), refused.headers["Connection"]) == (503, "draining", "close")
    assert door.counted("refusals_total", reason="draining") == 1
    for each in ("/one", "/two"):
        assert not closing.done()
        waiting.go[each].set()
        assert (await waiting.asked[each]).status == 200
    async with asyncio.timeout(1):
        await closing


async def test_drain_has_an_end(door: Door) -> None:
    """Who stays too long is not waited for."""
    waiting = Waiting(door, "/one")
    await waiting.begun()

    async with asyncio.timeout(1):
        await door.adapter.close(seconds=0.05)

    assert not waiting.asked["/one"].done()
    waiting.go["/one"].set()
    await waiting.asked["/one"]


async def test_empty_drain(door: Door) -> None:
    """With nobody inside there is nothing to wait for."""
    await door.command()
    async with asyncio.timeout(1):
        await door.adapter.close(seconds=60)
