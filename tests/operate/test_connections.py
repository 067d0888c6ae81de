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

STRANGERS, OF_A_PEER, MOST = 6, 4, 8
SLOW, KNOWN, BOTH = (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % each for each in (b"slow", b"known", b"both"))

pytestmark = pytest.mark.slow


@pytest.fixture(params=[0])
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    """Serve with small limits: `/slow` is under way until the test ends, `/known` is signed, `/both` is both.

    The parameter is how long a connection is new.
    """
    connections = Connections(strangers=STRANGERS, of_a_peer=OF_A_PEER, most=MOST, new=request.param)
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
    yield server.sockets[0].getsockname()[1]
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


async def test_oldest_goes(port: int) -> None:
    """One peer's strangers make room for its new ones, the oldest first."""
    streams = await opened(port, source="127.0.0.2", count=OF_A_PEER + 2)

    assert await closed(streams) == [True, True, False, False, False, False]


async def test_half_sent(port: int) -> None:
    """A stranger's request that is under way holds no connection for good."""
    streams = await opened(port, source="127.0.0.2", count=OF_A_PEER + 1, text=SLOW)

    assert await closed(streams) == [True, *[False] * OF_A_PEER]


async def test_known_stays(port: int) -> None:
    """Over a connection that showed a signed request Slack may send the next one at any moment."""
    known = await opened(port, source="127.0.0.2", text=KNOWN)
    await known[0][0].readuntil(b"ok")
    strangers = await opened(port, source="127.0.0.2", count=OF_A_PEER + 1)

    assert await closed([*known, *strangers]) == [False, True, *[False] * OF_A_PEER]


async def test_known_last(port: int) -> None:
    """Where there are too many of all, known ones go too, the one that was not used for longest first."""
    known = await opened(port, source="127.0.0.2", text=KNOWN, count=MOST)
    for reader, _ in known:
        await reader.readuntil(b"ok")
    known[0][1].write(KNOWN)
    await known[0][0].readuntil(b"ok")
    late = await opened(port, source="127.0.0.2")

    assert await closed([*known, *late]) == [False, True, *[False] * (MOST - 1)]


async def test_signed_stays(port: int) -> None:
    """A signed request under way is never cut off, however many of them there are."""
    signed = await opened(port, source="127.0.0.2", count=MOST + 1, text=BOTH)
    strangers = await opened(port, source="127.0.0.2", count=2)

    assert await closed([*signed, *strangers]) == [*[False] * (MOST + 1), True, False]


async def test_limit_for_all(port: int) -> None:
    """Strangers from many peers, with a few connections each, have one limit together."""
    streams: list[Stream] = []
    most = min(STRANGERS, MOST // 2)
    for number in range(2, 10):
        streams += await opened(port, source=f"127.0.0.{number}")

    assert await closed(streams) == [*[True] * (8 - most), *[False] * most]


@pytest.mark.parametrize("port", [30], indirect=True)
async def test_new_ones(port: int) -> None:
    """Many who come at once, as through a proxy, are no strangers yet, as long as there is room at all."""
    streams = await opened(port, source="127.0.0.2", count=MOST + 1)

    assert await closed(streams) == [True, *[False] * MOST]


@pytest.mark.timeout(60)
async def test_crowd() -> None:
    """Hundreds of requests at once, each over a new connection from one proxy, all have their answer."""
    async with stage(timing=replace(QUICK, new_connection=60)) as scene:
        port = scene.bot.port
        streams = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(300)))
        for _, writer in streams:
            writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        lines = await asyncio.gather(*(reader.readline() for reader, _ in streams))

        assert set(lines) == {b"HTTP/1.1 401 Unauthorized\r\n"}
        await closed(streams)


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
    many = {f"X-{number}": "x" for number in range(80)}
    async with stage(timing=QUICK) as scene, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
        bomb = gzip.compress(b" " * 2**22)
        async with session.post(url, data=bomb, headers={"Content-Encoding": "gzip"}) as answer:
            assert answer.status == 401  # as it came; inflated it would be too large
        async with session.post(url, data=b"x", headers=many) as answer:
            assert answer.status == 400
