"""The open Socket Mode connections, for those who send over them and those who monitor them."""

import asyncio
import time

from aiohttp import ClientWebSocketResponse

from bot.observe.metrics import Metrics
from bot.timing import Timing

CONNECTIONS = 2
"""Slack allows ten; each payload comes through any one of them."""


class OpenSockets:
    """The connections through which Slack reaches the bot."""

    def __init__(self, metrics: Metrics, timing: Timing) -> None:
        self._gauge, self._missing_after = metrics.open_sockets, timing.socket_missing_after
        self._open: set[ClientWebSocketResponse] = set()
        self._was_connected = asyncio.Event()
        self._missing_since: float | None = time.monotonic()

    @property
    def is_connected(self) -> bool:
        """Return whether Slack can reach us."""
        return bool(self._open)

    @property
    def is_missing_one(self) -> bool:
        """Return whether there have been too few connections for too long."""
        since = self._missing_since
        return since is not None and time.monotonic() - since >= self._missing_after

    async def wait_connected(self) -> None:
        """Wait until there has been a connection."""
        await self._was_connected.wait()

    def add(self, socket: ClientWebSocketResponse) -> None:
        """Note that Slack has greeted us."""
        self._open.add(socket)
        self._was_connected.set()
        self._count()

    def discard(self, socket: ClientWebSocketResponse) -> None:
        """Note that a connection has ended."""
        self._open.discard(socket)
        self._count()

    def another(self, socket: ClientWebSocketResponse) -> ClientWebSocketResponse:
        """Return an open connection: this one if it is open."""
        return socket if socket in self._open else next(iter(self._open), socket)

    def _count(self) -> None:
        self._gauge.set(len(self._open))
        is_complete = len(self._open) >= CONNECTIONS
        self._missing_since = None if is_complete else self._missing_since or time.monotonic()
