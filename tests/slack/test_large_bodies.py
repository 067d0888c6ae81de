"""Large bodies have one limit together: whoever sends them has shown no signature yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.slack.http_adapter import BODY_LIMIT, LARGE_BODIES, SMALL_BODY
from tests.slack.door import PATH, Door, served

FITTING = LARGE_BODIES // BODY_LIMIT


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Serve the adapter."""
    async with served() as running:
        yield running


async def begun(parts: AsyncExitStack, door: Door, size: int) -> asyncio.Task[bytes]:
    """Announce a body and send none of it; returns what will be answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    parts.callback(writer.close)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
    await writer.drain()
    answer = asyncio.create_task(reader.read(13))
    parts.callback(answer.cancel)
    return answer


async def test_one_too_many(door: Door) -> None:
    """As many as fit are waited for, the next is refused; small ones are answered, and room comes back."""
    async with AsyncExitStack() as held:
        answers = [await begun(held, door, BODY_LIMIT) for _ in range(FITTING + 1)]
        done, waiting = await asyncio.wait(answers, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result() for each in done] == [b"HTTP/1.1 503 "]
        assert (await door.post(b"x" * SMALL_BODY)).status == 400
        assert (await door.post(b"x" * (SMALL_BODY + 1))).status == 503
        assert not any(each.done() for each in waiting)
        assert door.counted("refusals_total", reason="too_many_bodies") == 2

    async with asyncio.timeout(30):
        while (await door.post(b"x" * BODY_LIMIT)).status == 503:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_room_is_given_back(door: Door) -> None:
    """However many large bodies have come, one after the other, there is room for as many as before."""
    for _ in range(FITTING + 2):
        assert (await door.post(b"x" * BODY_LIMIT)).status == 400
    async with AsyncExitStack() as held:
        answers = [await begun(held, door, BODY_LIMIT) for _ in range(FITTING + 1)]
        done, _ = await asyncio.wait(answers, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
