"""How many connections may be open: those that nobody uses make room for new ones, the oldest first.

A connection costs a file descriptor before anything has come over it, so who opens many and says nothing
would keep Slack out.
"""

import asyncio
import resource
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

LIMIT = 512
PER_PEER = 128
"""A proxy before the bot is one peer too; more than a few dozen connections it never needs at a time."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """The open connections of one listener."""

    def __init__(self, *, limit: int | None = None, per_peer: int = PER_PEER) -> None:
        """`limit` is for all; without one it leaves half of the process's descriptors to others."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._limit = limit or min(LIMIT, soft // 2)
        self._per_peer = per_peer
        self._busy: set[object] = set()

    @web.middleware
    async def in_use(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a request is under way on its connection."""
        self._busy.add(request.protocol)
        try:
            return await handler(request)
        finally:
            self._busy.discard(request.protocol)

    def admit(self, server: web.Server) -> asyncio.BaseProtocol:
        """Make room, for all and for each peer, then take one connection more."""
        opened = [each for each in server.connections if each.transport and not each.transport.is_closing()]
        by_peer: dict[str, list[RequestHandler]] = {}
        for each in opened:
            by_peer.setdefault(_peer(each), []).append(each)
        self._drop_idle(opened, self._limit)
        for theirs in by_peer.values():
            self._drop_idle(theirs, self._per_peer)
        return server()

    def _drop_idle(self, opened: list[RequestHandler], limit: int) -> None:
        """Close as many idle ones, the oldest first, as leave room for another."""
        idle = [each for each in opened if each not in self._busy]
        for each in idle[: max(0, len(opened) + 1 - limit)]:
            if each.transport:
                each.transport.abort()


def _peer(connection: RequestHandler) -> str:
    address = connection.transport and connection.transport.get_extra_info("peername")
    return str(address[0]) if address else ""
