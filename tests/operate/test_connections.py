"""What somebody without a signature may cost: connections and memory, never Slack's own requests."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.operate.connections import Connections
from bot.slack.http_adapter import LARGE_BODIES, SIGNED
from tests.quick import QUICK
from tests.stages import stage
from tests.story import Story

LIMIT, PER_PEER = 6, 4
SLOW, KNOWN, BOTH = (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % each for each in (b"slow", b"known", b"both"))


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    """Serve with small limits: `/slow` is under way until the test ends, `/known` is signed."""
    connections = Connections(limit=LIMIT, per_peer=PER_PEER)
    app = web.Application(middlewares=[connections.in_use])

    async def slow(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async def known(request: web.Request) -> web.Response:
        request[SIGNED] = True
        return web.Response(text="ok")

    async def both(request: web.Request) -> web.Response:
        await known(request)
        return await slow(request)

    app.add_routes([web.get("/slow", slow), web.get("/known", known), web.get("/both", both)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server
    served = runner.server
    server = await asyncio.get_running_loop().create_server(lambda: connections.admit(served), "0.0.0.0", 0)
    yield server.sockets[0].getsockname()
    server.close()
    await runner.cleanup()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(port: int, *, source: str, count: int = 1, text: bytes = b"") -> list[Stream]:
    """Open connections from an address of this machine."""
    streams = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        writer.write(text)
        streams.append((reader, writer))
        await asyncio.sleep(0.02)  # in this order
    return streams


async def closed(streams: list[Stream]) -> list[bool]:
    """Return which connections were closed."""
    await asyncio.sleep(0.1)
    ended = [reader.at_eof() or reader.exception() is not None for reader, _ in streams]
    for _, writer in streams:
        writer.close()
    return ended


async def test_oldest_idle_goes(address: tuple[str, int]) -> None:
    """One peer's idle connections make room for its new ones, the oldest first."""
    streams = await opened(address[1], source="127.0.0.2", count=PER_PEER + 2)
    assert await closed(streams) == [True, True, False, False, False, False]


async def test_busy_later(address: tuple[str, int]) -> None:
    """A stranger's request under way goes after the idle ones, but holds no connection for good either."""
    busy = await opened(address[1], source="127.0.0.2", count=2, text=SLOW)
    idle = await opened(address[1], source="127.0.0.2", count=3)
    assert await closed([*busy, *idle]) == [False, False, True, False, False]
    many = await opened(address[1], source="127.0.0.3", count=PER_PEER + 1, text=SLOW)
    assert await closed(many) == [True, *[False] * PER_PEER]


async def test_known_last(address: tuple[str, int]) -> None:
    """Over a connection that showed a signed request the next one may come at any moment: it goes last."""
    known = await opened(address[1], source="127.0.0.2", text=KNOWN)
    await known[0][0].readuntil(b"ok")
    busy = await opened(address[1], source="127.0.0.2", text=SLOW)
    idle = await opened(address[1], source="127.0.0.2", count=PER_PEER)
    assert await closed([*known, *busy, *idle]) == [False, False, True, True, False, False]


async def test_signed_stays(address: tuple[str, int]) -> None:
    """A signed request under way is never cut off, and as many of them as there are get in."""
    signed = await opened(address[1], source="127.0.0.2", count=PER_PEER + 1, text=BOTH)
    idle = await opened(address[1], source="127.0.0.2", count=2)
    assert await closed([*signed, *idle]) == [*[False] * (PER_PEER + 1), True, False]


async def test_limit_for_all(address: tuple[str, int]) -> None:
    """Many peers with a few connections each have one limit together."""
    streams: list[Stream] = []
    for number in range(2, 10):
        streams += await opened(address[1], source=f"127.0.0.{number}")
    assert await closed(streams) == [True, True, *[False] * LIMIT]


@pytest.mark.timeout(60)
async def test_slack_gets_through() -> None:
    """While a stranger holds hundreds of idle connections, Slack is answered."""
    async with stage(timing=QUICK) as scene:
        idle = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", scene.bot.port) for _ in range(400))
        )
        ack = await Story(scene).lead.command("help")
        assert ack.error is None
        await closed(idle)


@pytest.mark.timeout(60)
async def test_large_bodies_have_one_limit() -> None:
    """Only so much of large bodies is in memory at a time; small ones, as Slack's are, always get in."""
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
    patient = replace(QUICK, body_timeout=30)
    async with stage(timing=patient) as scene:
        under_way = await opened(scene.bot.port, source="127.0.0.2", count=LARGE_BODIES // 900_000, text=head)
        url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=b"x" * 900_000) as answer:
                assert answer.status == 503
            async with session.post(url, data=b"x") as answer:
                assert answer.status == 401
            assert (await Story(scene).lead.command("help")).error is None
            assert await closed(under_way) == [False] * len(under_way)
            async with session.post(url, data=b"x" * 900_000) as answer:
                assert answer.status == 401


async def test_never_inflated() -> None:
    """A small body does not become a large one before its signature is seen, and headers are few."""
    async with stage(timing=QUICK) as scene, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
        bomb = gzip.compress(b" " * 2**22)
        async with session.post(url, data=bomb, headers={"Content-Encoding": "gzip"}) as answer:
            assert answer.status == 401  # as it came; inflated it would be too large
        async with session.post(
            url, data=b"x", headers={f"X-{number}": "x" for number in range(50)}
        ) as answer:
            assert answer.status == 400
