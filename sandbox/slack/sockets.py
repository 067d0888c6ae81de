"""Socket Mode towards the bot: tickets, envelopes and their acknowledgements.

Follows docs.slack.dev/apis/events-api/using-socket-mode: at most ten connections, each payload goes to one of
them. An address is good for one try within 30 seconds, as the field reports of it tell.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

CONNECTIONS = 10
CLOSE_SECONDS = 0.5
TICKET_SECONDS = 30
UPGRADED = 101
WARNING = "warning"
EVENTS = "events_api"


@dataclass(frozen=True)
class SocketFault:
    """One way for a connection to go wrong."""

    status: int = UPGRADED
    """With any other the upgrade is refused."""
    retry_after: int | None = None
    drop: bool = False
    """Break the connection off in place of an answer."""
    silent: bool = False
    """Say no hello."""
    disconnect: str | None = None
    """Right after the hello, ask for another connection, for this reason, and close."""
    close: bool = False
    """Close right after the hello, without a word."""
    says: str | None = None
    """Send this right after the hello."""
    half_open: bool = False
    """Answer no ping, as if a firewall had forgotten the connection."""


class Sockets:
    """The open connections of the app; `send` gives one of them an envelope and waits for its ack."""

    def __init__(self, app_id: str, changed: Callable[[], None], clock: Callable[[], float]) -> None:
        self.faults: deque[SocketFault] = deque()
        self._app_id, self._changed, self._clock = app_id, changed, clock
        self._tickets: dict[str, float] = {}
        self._open: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """Make the permission for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = self._clock() + TICKET_SECONDS
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Greet a connection and take its acks until it closes. Whatever comes of it, its ticket is spent."""
        if self._tickets.pop(request.query.get("ticket", ""), 0) <= self._clock():
            return web.Response(status=408, text="the address is spent")
        fault = self.faults.popleft() if self.faults else SocketFault()
        if fault.drop and request.transport is not None:
            request.transport.abort()
        if fault.drop or fault.status != UPGRADED:
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return web.Response(status=fault.status, headers=wait)
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS, autoping=not fault.half_open)
        await socket.prepare(request)
        if len(self._open) >= CONNECTIONS:
            await self._part(socket, "too_many_websockets")
            return socket
        try:
            await self._greet(socket, fault)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self._forget(socket)
        return socket

    async def send(self, kind: str, payload: dict[str, Any], timeout: float) -> dict[str, Any]:  # noqa: ASYNC109
        """Send an envelope over the next connection; return the ack's payload, or raise TimeoutError."""
        socket = self._open.pop(0)
        self._open.append(socket)
        envelope_id = secrets.token_hex(16)
        ack: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != EVENTS,
        }
        if kind == EVENTS:
            envelope |= {"retry_attempt": 0, "retry_reason": ""}
        try:
            async with asyncio.timeout(timeout):
                await socket.send_json(envelope)
                answer = await ack
        finally:
            del self._acks[envelope_id]
        return answer

    async def disconnect(self, reason: str, count: int | None = None) -> None:
        """Tell the oldest `count` connections (None: all) to come again, and close them.

        A warning only tells them: the real Slack closes them some ten seconds later.
        """
        for socket in self._open[:count]:
            if reason == WARNING:
                await socket.send_json({"type": "disconnect", "reason": reason})
            else:
                await self._part(socket, reason)

    async def _greet(self, socket: web.WebSocketResponse, fault: SocketFault) -> None:
        """Say hello: from then on a connection gets envelopes."""
        if fault.silent:
            return
        self._open.append(socket)
        self._changed()
        hello = {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18_060},
        }
        await socket.send_json(hello)
        if fault.says is not None:
            await socket.send_str(fault.says)
        if fault.close or fault.disconnect:
            await self._part(socket, fault.disconnect)

    async def _part(self, socket: web.WebSocketResponse, reason: str | None) -> None:
        self._forget(socket)
        if reason:
            with suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": reason})
        await socket.close()

    def _take(self, data: str) -> None:
        try:
            answer = json.loads(data)
        except ValueError:
            return
        waiting = self._acks.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
        if waiting is not None and not waiting.done():
            payload = answer.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
            self._changed()
