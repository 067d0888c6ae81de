"""How many connections may be open: those of strangers make room for new ones, the oldest idle first.

A connection costs a file descriptor before anything has come over it, so who opens many and says nothing
would keep Slack out. A stranger is who has not yet shown a signed request on it.
"""

import asyncio
import resource
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.slack.http_adapter import SIGNED

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
        self._under_way: dict[object, web.Request] = {}
        self._signed: set[object] = set()

    @web.middleware
    async def in_use(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a request is under way on its connection, and whether it was signed."""
        self._under_way[request.protocol] = request
        try:
            return await handler(request)
        finally:
            del self._under_way[request.protocol]
            if SIGNED in request:
                self._signed.add(request.protocol)

    def admit(self, server: web.Server) -> asyncio.BaseProtocol:
        """Make room, for all and for each peer, then take one connection more."""
        opened = [each for each in server.connections if each.transport and not each.transport.is_closing()]
        self._signed.intersection_update(opened)
        by_peer: dict[str, list[RequestHandler]] = {}
        for each in opened:
            by_peer.setdefault(_peer(each), []).append(each)
        self._drop(opened, self._limit)
        for theirs in by_peer.values():
            self._drop(theirs, self._per_peer)
        return server()

    def _drop(self, opened: list[RequestHandler], limit: int) -> None:
        """Close as many as leave room for another; a signed request under way is never cut off.

        Strangers' idle connections go first, then those whose request is not known to be signed, then idle
        ones of Slack's: it, or a proxy, may send over them at any moment.
        """
        surplus = len(opened) + 1 - limit
        if surplus <= 0:
            return
        ranks = {each: (self._is_signed(each), each in self._under_way) for each in opened}
        droppable = [each for each in opened if ranks[each] != (True, True)]
        for each in sorted(droppable, key=ranks.__getitem__)[:surplus]:
            if each.transport:
                each.transport.abort()

    def _is_signed(self, connection: RequestHandler) -> bool:
        request = self._under_way.get(connection)
        return connection in self._signed or (request is not None and SIGNED in request)


def _peer(connection: RequestHandler) -> str:
    address = connection.transport and connection.transport.get_extra_info("peername")
    return str(address[0]) if address else ""
