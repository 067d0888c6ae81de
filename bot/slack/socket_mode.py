"""Socket Mode: two WebSockets to Slack, so that one is open while the other is renewed.

Slack's addresses work once, and briefly, so each attempt asks for a new one. After a connection that lasted,
the next one is opened at once; after each failure, later. docs/decisions/socket-mode.md says why the SDK's
client isn't used. Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import random
import time
from contextlib import AsyncExitStack, suppress

import structlog
from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType

from bot.errors import SlackError, SlackUnavailable, UnreadablePayload
from bot.slack.client import SlackClient
from bot.slack.failures import MAX_RETRY_AFTER
from bot.slack.http_adapter import HttpAdapter
from bot.slack.open_sockets import CONNECTIONS, OpenSockets
from bot.slack.reading import read_json
from bot.tasks import Tasks, poll
from bot.timing import Timing
from bot.unreachable import why_unreachable

_RENEWALS = {"warning", "refresh_requested"}
"""Slack's reasons for ending a healthy connection; with any other reason, nothing more comes over it."""

Json = dict[str, object]
log = structlog.get_logger(__name__)


class SocketMode:
    """Keeps the connections open, and answers what arrives over them."""

    def __init__(
        self,
        adapter: HttpAdapter,
        *,
        slack: SlackClient,
        sockets: OpenSockets,
        app_token: str,
        tasks: Tasks,
        timing: Timing,
    ) -> None:
        self._adapter, self._slack, self._sockets = adapter, slack, sockets
        self._app_token, self._timing = app_token, timing
        self._tasks = tasks
        self._slots, self._connections = Tasks(), Tasks()
        self._not_before = 0.0

    def start(self) -> None:
        """Start keeping all connections open; a fault of our own doesn't stop that for good."""
        for _ in range(CONNECTIONS):
            self._slots.start(poll(self._keep_one, every=self._timing.reconnect_delays[-1]))

    async def close(self) -> None:
        """Stop opening connections, and close those that are open."""
        await self._slots.drain(seconds=0)
        await self._connections.drain(seconds=0)

    async def _keep_one(self) -> None:
        """Open a connection whenever the one before has ended, or is about to."""
        failures = 0
        while True:
            lasted = 0.0
            try:
                socket = await open_socket(self._slack, self._app_token, self._timing)
            except SlackError as error:
                self._put_off(error)
            else:
                lasted = await self._until_renewal(socket)
            failures = 0 if lasted >= self._timing.socket_settles else failures + 1
            await self._pause(failures)

    def _put_off(self, error: SlackError) -> None:
        """Log why there is no connection, and keep both loops from asking earlier than Slack wants."""
        problem = why_unreachable(error.__cause__, "Slack", setting="SLACK_API_URL")
        log.warning("socket_not_opened", error=error.code, problem=problem and problem.found)
        if isinstance(error, SlackUnavailable) and error.retry_after:
            self._not_before = time.monotonic() + min(error.retry_after, MAX_RETRY_AFTER)

    async def _pause(self, failures: int) -> None:
        """Wait before the next attempt, unless the last connection lasted."""
        if failures:
            delay = self._timing.reconnect_delay(failures)
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311 - no secret
        await asyncio.sleep(max(0, self._not_before - time.monotonic()))

    async def _until_renewal(self, socket: ClientWebSocketResponse) -> float:
        """Serve a connection until another should replace it; return how many seconds that took."""
        opened, renewal = time.monotonic(), asyncio.Event()
        self._connections.start(self._serve(socket, renewal))
        await renewal.wait()
        return time.monotonic() - opened

    async def _serve(self, socket: ClientWebSocketResponse, renewal: asyncio.Event) -> None:
        """Serve a connection until it ends: Slack keeps using it for seconds after asking for another."""
        self._sockets.add(socket)
        try:
            async with asyncio.timeout(None) as limit:
                async for message in socket:
                    received = _read(message)
                    if "envelope_id" in received:
                        self._tasks.start(self._answer(socket, received))
                    elif received.get("type") == "disconnect" and not renewal.is_set():
                        renewal.set()
                        limit.reschedule(asyncio.get_running_loop().time() + self._linger(received))
        except TimeoutError:
            pass  # Slack didn't close it
        finally:
            renewal.set()
            self._sockets.discard(socket)
            await socket.close()

    def _linger(self, disconnect: Json) -> float:
        """Return for how many more seconds a connection is useful."""
        reason = disconnect.get("reason")
        if reason in _RENEWALS:
            log.info("socket_renewed", reason=reason)
            return self._timing.socket_linger
        log.warning("socket_refused", reason=reason)
        return 0

    async def _answer(self, socket: ClientWebSocketResponse, envelope: Json) -> None:
        """Dispatch and acknowledge; unreadable payloads are acknowledged too, or Slack would keep waiting."""
        answer: Json = {"envelope_id": envelope["envelope_id"]}
        try:
            payload = envelope.get("payload")
            fields = payload if isinstance(payload, dict) else {}
            if (body := (await self._adapter.dispatch(fields)).body) is not None:
                answer["payload"] = body
        except UnreadablePayload as problem:
            log.warning("request_refused", reason="unreadable", problem=str(problem))
        try:
            await self._sockets.another(socket).send_json(answer)
        except ConnectionError:
            log.warning("answer_not_sent")


async def open_socket(slack: SlackClient, app_token: str, timing: Timing) -> ClientWebSocketResponse:
    """Open a connection at a new address; it counts as open once Slack says hello. Raises `SlackError`."""
    async with AsyncExitStack() as unless_greeted:
        socket = await slack.open_websocket(await slack.socket_address(app_token))
        unless_greeted.push_async_callback(socket.close)
        greeting: Json = {}
        with suppress(TimeoutError):
            greeting = _read(await socket.receive(timing.socket_hello_timeout))
        if greeting.get("type") != "hello":
            raise SlackUnavailable(str(greeting.get("reason", "no_hello")))
        unless_greeted.pop_all()
    return socket


def _read(message: WSMessage) -> Json:
    """Read a message; return an empty object if it isn't one of Slack's."""
    try:
        return read_json(message.data) if message.type is WSMsgType.TEXT else {}
    except UnreadablePayload:
        log.warning("socket_message_unreadable")
        return {}
