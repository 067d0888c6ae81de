"""The local Slack: a Web API, response URLs and Socket Mode on 127.0.0.1, over one workspace in memory.

Strict on purpose, as the tests of the bot stand on it: it refuses whatever the real Slack refuses, and where
the documentation is silent it takes the strictest reading.
"""

import asyncio
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import aiohttp
from aiohttp import web

from sandbox.slack import delivery, downloads, files, messages
from sandbox.slack.delivery import ACK_SECONDS, FORM, Ack, http_body, over_http, over_socket, path_of
from sandbox.slack.methods import METHODS, Method, Office
from sandbox.slack.sockets import SocketFault, Sockets
from sandbox.slack.tickets import ResponsePermits, Triggers
from sandbox.slack.traffic import Answer, Exchange, Fault
from sandbox.slack.wire import arguments_of, bearer, half, response
from sandbox.slack.workspace import Message, RefusalError, Workspace

DEFAULT_SCOPES = frozenset(
    {
        *{"commands", "chat:write", "chat:write.public", "files:read", "files:write", "im:write"},
        *{"usergroups:read", "users:read"},
    }
)
RESPONSE_URL = "response_url"
LARGEST_BODY = 4 * 1024 * 1024
DOWNLOAD, UPLOAD = "files.download", "files.upload"
"""What the ways of a file's bytes are called, in the list of what went over the wire and for faults."""


class LocalSlack:
    """A Slack workspace with one app in it; use it as an async context manager.

    `clock` (epoch seconds) rules triggers, response URLs and time stamps; requests are signed with
    `signing_clock`, as the bot checks them against its own. `request_url` is where signed requests go; None:
    over the open sockets.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, each has its own meaning
        self,
        *,
        signing_secret: str,
        bot_token: str,
        app_token: str,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        clock: Callable[[], float] = time.time,
        signing_clock: Callable[[], float] = time.time,
        port: int = 0,
    ) -> None:
        self.workspace = Workspace(clock)
        self.triggers = Triggers(clock)
        self.traffic: list[Exchange] = []
        self.request_url: str | None = None
        self.ack_seconds = ACK_SECONDS
        self.workspace.scopes = scopes
        self._signing_secret, self._signing_clock = signing_secret, signing_clock
        self._tokens = {"bot": bot_token, "app": app_token}
        self._permits = ResponsePermits(clock)
        self._sockets = Sockets(self.workspace.app_id, self.workspace.changed, clock)
        self._office = Office(self.workspace, self.triggers, self._socket_url)
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._port, self._socket_port = port, 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{token}", self._respond)
        app.router.add_get("/files-pri/{ids}/download/{name}", self._download)
        app.router.add_get("/login", self._login)
        app.router.add_post("/upload/v1/{ticket}", self._upload)
        self._runner, self._port = await _serve(app, self._port)
        self.workspace.files_url = self._base
        await self.bring_socket_host_back()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect_sockets()
        await self._session.close()
        await self._socket_runner.cleanup()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """The base URL of the Web API."""
        return f"{self._base}/api/"

    @property
    def sockets(self) -> int:
        """How many Socket Mode connections are open."""
        return len(self._sockets)

    @property
    def scopes(self) -> frozenset[str]:
        """What the bot token may do."""
        return self.workspace.scopes

    @scopes.setter
    def scopes(self, scopes: frozenset[str]) -> None:
        self.workspace.scopes = scopes

    def rotate(
        self,
        *,
        signing_secret: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
    ) -> None:
        """Replace secrets at once, as on the app's page: the old ones are void."""
        self._signing_secret = signing_secret or self._signing_secret
        self._tokens["bot"] = bot_token or self._tokens["bot"]
        self._tokens["app"] = app_token or self._tokens["app"]

    def clear_faults(self) -> None:
        """Forget every fault that no call has met yet, and what was wrong with files."""
        self._faults.clear()
        self.workspace.file_trap = ""
        self._sockets.faults.clear()

    def fault(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next `times` calls of a method go wrong; faults queue up.

        `method` may also be "response_url", "files.download" or "files.upload".
        """
        self._faults[method].extend([fault] * times)

    def socket_fault(self, fault: SocketFault, *, times: int = 1) -> None:
        """Let the next `times` connections go wrong; faults queue up."""
        self._sockets.faults.extend([fault] * times)

    async def disconnect_sockets(
        self, count: int | None = None, *, reason: str = "refresh_requested"
    ) -> None:
        """Ask the oldest `count` connections (None: all) to reconnect, and close them unless it warns."""
        await self._sockets.disconnect(reason, count)

    async def take_socket_host_away(self) -> None:
        """Break off every connection and refuse new ones, while the Web API goes on giving addresses."""
        await self._socket_runner.cleanup()

    async def bring_socket_host_back(self) -> None:
        """Serve sockets, at the same address as before."""
        app = web.Application()
        app.router.add_get("/link", self._sockets.serve)
        self._socket_runner, self._socket_port = await _serve(app, self._socket_port)

    def signed_headers(
        self, body: bytes, *, timestamp: int | None = None, content_type: str = FORM
    ) -> dict[str, str]:
        """Sign a body as Slack would, now or at `timestamp` (epoch seconds)."""
        moment = int(self._signing_clock()) if timestamp is None else timestamp
        return delivery.signed_headers(self._signing_secret, body, moment, content_type)

    def response_url(self, user_id: str, channel_id: str, message: Message | None = None) -> str:
        """Make a response URL for what a person did in a channel."""
        return f"{self._base}/response/{self._permits.issue(user_id, channel_id, message)}"

    async def deliver(self, kind: str, payload: dict[str, Any]) -> Ack:
        """Tell the bot, as "slash_commands", "interactive" or "events_api"; wait at most 3 s for its ack."""
        at = self.workspace.clock()
        if self.request_url is None:
            what = f"socket {kind}"
            ack = await over_socket(self._sockets, kind, payload, self.ack_seconds)
        else:
            what, (body, content_type) = path_of(self.request_url), http_body(kind, payload)
            sign = partial(self.signed_headers, content_type=content_type)
            ack = await over_http(self._session, self.request_url, body, sign, self.ack_seconds)
        self._record(Exchange(at, "slack", what, payload, ack.status, ack.body, ack.seconds))
        return ack

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _socket_url(self) -> str:
        return (
            f"ws://127.0.0.1:{self._socket_port}/link"
            f"?ticket={self._sockets.ticket()}&app_id={self.workspace.app_id}"
        )

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        arguments, problem = await arguments_of(request)
        token = bearer(request) or arguments.pop("token", "")
        if name in METHODS and not METHODS[name].reads_json and request.content_type == delivery.JSON:
            arguments = dict(request.query)

        def effect() -> Answer:
            if problem:
                return Answer({"ok": False, "error": problem})
            try:
                method = self._allowed(name, str(token))
                return Answer({"ok": True, **method.run(self._office, arguments)})
            except RefusalError as refusal:
                return Answer({"ok": False, "error": refusal.error, **refusal.details})

        return await self._answer(request, name, arguments, effect)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        arguments, problem = await arguments_of(request)

        def effect() -> Answer:
            try:
                permit = self._permits.use(request.match_info["token"])
            except RefusalError as refusal:
                return Answer(refusal.error, 404)
            if problem:
                return Answer("invalid_payload", 400)
            try:
                messages.respond(self.workspace, permit, arguments)
            except RefusalError as refusal:
                return Answer(refusal.error, 400)
            return Answer("ok")

        return await self._answer(request, RESPONSE_URL, arguments, effect)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        token = bearer(request)
        may_read = hmac.compare_digest(token.encode(), self._tokens["bot"].encode()) and (
            files.READ_SCOPE in self.scopes
        )

        def effect() -> Answer:
            return downloads.answer(self.workspace, request.match_info["ids"], may_read=may_read)

        return await self._answer(request, DOWNLOAD, {"path": request.path}, effect)

    async def _login(self, _: web.Request) -> web.StreamResponse:
        return response(Answer(downloads.LOGIN_PAGE), self.scopes)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        content = await request.content.read()

        def effect() -> Answer:
            try:
                file = files.fill(self.workspace, request.match_info["ticket"], content)
            except RefusalError as refusal:
                return Answer(refusal.error, 400)
            return Answer(f"OK - {len(file.content)}")

        return await self._answer(request, UPLOAD, {"bytes": len(content)}, effect)

    def _allowed(self, name: str, token: str) -> Method:
        if name not in METHODS:
            raise RefusalError("unknown_method", req_method=name)
        method = METHODS[name]
        if not token:
            raise RefusalError("not_authed")
        if not hmac.compare_digest(token.encode(), self._tokens[method.token].encode()):
            known = token in self._tokens.values()
            raise RefusalError("not_allowed_token_type" if known else "invalid_auth")
        if method.scopes and not method.scopes & self.scopes:
            needed, provided = ",".join(sorted(method.scopes)), ",".join(sorted(self.scopes))
            raise RefusalError("missing_scope", needed=needed, provided=provided)
        return method

    async def _answer(
        self, request: web.Request, what: str, arguments: dict[str, Any], effect: Callable[[], Answer]
    ) -> web.StreamResponse:
        at, started = self.workspace.clock(), time.perf_counter()
        fault = self._faults[what].popleft() if self._faults[what] else Fault()
        broken = fault.answer()
        answer = effect() if broken is None or fault.after else broken
        await asyncio.sleep(fault.delay)
        answer = broken or answer
        seconds = time.perf_counter() - started
        self._record(Exchange(at, "bot", what, arguments, answer.status, answer.body, seconds))
        if fault.drop and request.transport is not None:
            request.transport.abort()
        if answer.breaks_off:
            return await half(request, answer)
        return response(answer, self.scopes)

    def _record(self, exchange: Exchange) -> None:
        self.traffic.append(exchange)
        self.workspace.changed()


async def _serve(app: web.Application, port: int) -> tuple[web.AppRunner, int]:
    """Serve on 127.0.0.1; returns the port too, as 0 takes any free one."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, int(runner.addresses[0][1])
