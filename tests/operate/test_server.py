"""The HTTP listener: what a client may cost before anybody has looked at its request."""

import asyncio
import gzip
from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import pytest

from bot.operate.server import listen
from bot.slack.http_adapter import LARGE_BODIES
from bot.timing import Timing
from tests.quick import QUICK
from tests.stages import stage
from tests.story import Story


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_headers_that_never_end_are_dropped(sent: bytes) -> None:
    """Whoever opens a connection and says nothing, or dribbles headers, loses it after a while."""
    timing = Timing(idle_connection_timeout=0.2, drain_timeout=0)
    async with AsyncExitStack() as parts:
        port = await listen(parts, [], host="127.0.0.1", port=0, timing=timing)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.slow
async def test_slack_gets_through() -> None:
    """While a stranger holds hundreds of idle connections, Slack is answered."""
    async with stage(timing=QUICK) as scene:
        idle = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", scene.bot.port) for _ in range(400))
        )
        ack = await Story(scene).lead.command("help")
        assert ack.error is None
        for _, writer in idle:
            writer.close()


@pytest.mark.slow
async def test_large_bodies_have_one_limit() -> None:
    """Only so much of large bodies is in memory at a time; small ones, as Slack's are, always get in."""
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
    patient = replace(QUICK, body_timeout=30)
    async with stage(timing=patient) as scene, aiohttp.ClientSession() as session:
        under_way = []
        for _ in range(LARGE_BODIES // 900_000):
            _, writer = await asyncio.open_connection("127.0.0.1", scene.bot.port)
            writer.write(head)
            under_way.append(writer)
        await asyncio.sleep(0.1)  # until their headers are read
        url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
        async with session.post(url, data=b"x" * 900_000) as answer:
            assert answer.status == 503
        async with session.post(url, data=b"x") as answer:
            assert answer.status == 401
        assert (await Story(scene).lead.command("help")).error is None
        for writer in under_way:
            writer.close()
        await asyncio.sleep(0.1)
        async with session.post(url, data=b"x" * 900_000) as answer:
            assert answer.status == 401


@pytest.mark.slow
async def test_never_inflated() -> None:
    """A small body does not become a large one before its signature is seen, and headers are few."""
    many = {f"X-{number}": "x" for number in range(80)}
    async with stage(timing=QUICK) as scene, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
        bomb = gzip.compress(b" " * 2**22)
        async with session.post(url, data=bomb, headers={"Content-Encoding": "gzip"}) as answer:
            assert answer.status == 401  # as it came; inflated it would be too large
        async with session.post(url, data=b"x", headers=many) as answer:
            assert answer.status == 400
