"""Socket Mode towards the bot: tickets, envelopes and their acknowledgements.

Follows docs.slack.dev/apis/events-api/using-socket-mode: at most ten connections, each payload goes to one of
them.
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

CONNECTIONS = 10
CLOSE_SECONDS = 0.5
EVENTS = "events_api"


class Sockets:
    """The open connections of the app; `send` gives one of them an envelope and waits for its ack."""

    def __init__(self, app_id: str, changed: Callable[[], None]) -> None:
        self._app_id, self._changed = app_id, changed
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """Make the permission for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Greet a connection and take its acks until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid_auth")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        if len(self._open) >= CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        self._changed()
        try:
            await self._listen(socket)
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

    async def disconnect(self, reason: str, count: int | None) -> None:
        """Tell the oldest `count` connections (None: all) to come again, and close them."""
        for socket in self._open[:count]:
            self._forget(socket)
            with suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18_060},
        }
        await socket.send_json(hello)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._take(message.data)

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
