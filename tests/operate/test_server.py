"""The HTTP listener: what a client may cost before anybody has looked at its request."""

import asyncio
from contextlib import AsyncExitStack

from bot.operate.server import listen
from bot.timing import Timing


async def test_headers_that_never_end_are_dropped() -> None:
    """Whoever opens a connection and dribbles headers loses it after a while."""
    timing = Timing(idle_connection_timeout=0.2, drain_timeout=0)
    async with AsyncExitStack() as parts:
        port = await listen(parts, [], host="127.0.0.1", port=0, timing=timing)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        async with asyncio.timeout(8):
            assert await reader.read() == b""
        writer.close()
