"""How many connections may be open: those of strangers make room for new ones, the oldest first.

A connection costs a file descriptor before anything has come over it, so who opens many and says nothing
would keep Slack out. A stranger has shown no signed request on it. A new one gets a moment for that: many
people at once come, through a proxy, over as many new connections.
"""

import asyncio
import resource
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.slack.http_adapter import SIGNED

STRANGERS = 512
STRANGERS_OF_A_PEER = 128
"""A proxy before the bot is one peer too, for Slack and for strangers."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """The open connections of one listener."""

    def __init__(
        self,
        *,
        new: float,
        strangers: int = STRANGERS,
        of_a_peer: int = STRANGERS_OF_A_PEER,
        most: int | None = None,
    ) -> None:
        """Allow `most` at all, by default a quarter fewer than there are descriptors; `new` is in seconds."""
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = most or descriptors * 3 // 4
        self._strangers, self._of_a_peer, self._new = min(strangers, self._most // 2), of_a_peer, new
        self._used_at: dict[RequestHandler, float] = {}  # the one that was not used for longest first
        self._under_way: dict[RequestHandler, web.Request] = {}
        self._known: set[RequestHandler] = set()

    @web.middleware
    async def in_use(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a request is under way on its connection, and whether it was signed."""
        connection = request.protocol
        self._under_way[connection] = request
        try:
            return await handler(request)
        finally:
            del self._under_way[connection]
            if SIGNED in request:
                self._known.add(connection)
            self._use(connection)

    def admit(self, server: web.Server) -> asyncio.BaseProtocol:
        """Make room, for all and for each peer, then take one connection more."""
        now = asyncio.get_running_loop().time()
        self._forget_closed(now)
        idle = [each for each in self._used_at if not self._is_answered(each)]
        strangers = [each for each in idle if each not in self._known]
        lingering = [each for each in strangers if now - self._used_at[each] >= self._new]
        by_peer = defaultdict(list)
        for each in lingering:
            by_peer[each.peername and each.peername[0]].append(each)
        for theirs in by_peer.values():
            _drop(theirs, self._of_a_peer)
        _drop(lingering, self._strangers)
        known = [each for each in idle if each in self._known]
        _drop([*strangers, *known], self._most - (len(self._used_at) - len(idle)))
        connection = server()
        self._use(connection)
        return connection

    def _use(self, connection: RequestHandler) -> None:
        self._used_at.pop(connection, None)
        self._used_at[connection] = asyncio.get_running_loop().time()

    def _forget_closed(self, now: float) -> None:
        """Forget what is closed; a connection that was made this moment is not open yet."""
        self._used_at = {
            each: at for each, at in self._used_at.items() if _is_open(each) or now - at < self._new
        }
        self._known.intersection_update(self._used_at)

    def _is_answered(self, connection: RequestHandler) -> bool:
        """Return whether a signed request is under way, which is never cut off."""
        request = self._under_way.get(connection)
        return request is not None and SIGNED in request


def _drop(connections: Sequence[RequestHandler], limit: int) -> None:
    """Close the first ones, so that there is room for one more."""
    opened = [each for each in connections if _is_open(each)]
    for each in opened[: max(0, len(opened) + 1 - limit)]:
        each.force_close()


def _is_open(connection: RequestHandler) -> bool:
    return connection.transport is not None and not connection.transport.is_closing()
