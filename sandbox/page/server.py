"""The page in the browser: its files, its stream of snapshots, its acts; for this computer alone."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiohttp import web

from sandbox.ends import Ends, both_ends
from sandbox.page.acts import Acts, UnreadableAct
from sandbox.page.examples import EXAMPLES
from sandbox.page.state import exchange, snapshot
from sandbox.process import SERVE, BotProcess
from sandbox.slack.files import is_seen_by

FILES = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
HEARTBEAT = 10.0
"""Seconds after which a silent stream says that it lives, and notices that nobody listens any more."""
ALLOWED = ("U0LEAD", "U0AGENT")
"""Who may use the bot here: Sam may not, so that a refusal can be seen."""
KORE_TIMEOUT = 5
"""Seconds that the bot waits for the local Kore.ai: shorter than in earnest, because a person watches."""
ADDING_TAKES = 3.0
"""Seconds in which the contacts of a call get into their list, one after the other."""
CHATTER = (
    ("U0AGENT", "The July renewals are signed off :tada: We can call from Monday."),
    ("U0LEAD", "Great. I'll make the contact list."),
)
"""What stands in #campaigns at first."""

LARGEST_UPLOAD = 32 * 1024 * 1024
"""Bytes; what Slack itself would say to a file is said by the local Slack."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Page:
    """The page's server; `async with` starts it on `port` (0: any) and stops it. Raises OSError."""

    ends: Ends
    bot: BotProcess
    port: int = 0

    def __post_init__(self) -> None:
        self.acts = Acts(self.ends, self.bot)
        self._listeners: set[asyncio.Event] = set()
        self._closing = False

    @property
    def url(self) -> str:
        """The link to open."""
        return f"http://127.0.0.1:{self.port}/"

    def changed(self) -> None:
        """Let every open page have a new snapshot."""
        for listener in self._listeners:
            listener.set()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._guard], client_max_size=LARGEST_UPLOAD)
        app.on_response_prepare.append(_add_headers)
        app.router.add_get("/", _index)
        app.router.add_static("/page", FILES)
        app.router.add_get("/events", self._events)
        app.router.add_get("/traffic/{name}", self._traffic)
        app.router.add_get("/examples/{name}", _example)
        app.router.add_get("/files/{file}", self._file)
        app.router.add_post("/files", self._upload)
        app.router.add_post("/act", self._act)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self.ends.slack.workspace.listeners.add(self.changed)
        self.ends.kore.listeners.add(self.changed)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.ends.slack.workspace.listeners.discard(self.changed)
        self.ends.kore.listeners.discard(self.changed)
        self._closing = True
        self.changed()
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other host names (DNS rebinding) and what other sites' pages send."""
        hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        if request.host not in hosts:
            return web.Response(status=403, text=f"This sandbox is at {self.url} alone.")
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            return web.Response(status=403, text="Another site's page may not use this sandbox.")
        return await handler(request)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send a snapshot now and at each change, as server-sent events, until the page is closed."""
        person_id = request.query.get("person", "")
        if person_id not in self.ends.slack.workspace.people:
            return web.Response(status=404, text="There is no such person here.")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        change = asyncio.Event()
        self._listeners.add(change)
        try:
            with suppress(ConnectionError):
                await self._stream(response, change, person_id)
        finally:
            self._listeners.discard(change)
        return response

    async def _stream(self, response: web.StreamResponse, change: asyncio.Event, person_id: str) -> None:
        sent = ""
        while not self._closing:
            change.clear()
            shown = json.dumps(snapshot(self.ends, self.bot, person_id, allowed=ALLOWED))
            await response.write(f"data: {shown}\n\n".encode() if shown != sent else b":\n\n")
            sent = shown
            with suppress(TimeoutError):
                await asyncio.wait_for(change.wait(), HEARTBEAT)

    async def _traffic(self, request: web.Request) -> web.Response:
        found = exchange(self.ends, request.match_info["name"])
        return web.json_response(found, status=200 if found else 404)

    async def _file(self, request: web.Request) -> web.Response:
        """Let a person download a file that they see."""
        space, person_id = self.ends.slack.workspace, request.query.get("person", "")
        file = space.files.get(request.match_info["file"])
        if file is None or file.is_deleted or not is_seen_by(space, file, person_id):
            return web.Response(status=404, text="There is no such file here.")
        return web.Response(body=file.content, headers={"Content-Disposition": "attachment"})

    async def _upload(self, request: web.Request) -> web.Response:
        """Take a file, as it stands in the body, into the form or the channel that the query names."""
        if request.content_type != "application/octet-stream":
            return web.Response(status=415, text="A file is sent as application/octet-stream.")
        where, content = request.query, await request.read()
        try:
            said = self.acts.upload(where["person"], where, where["name"], content)
        except (UnreadableAct, KeyError) as error:
            return web.Response(status=400, text=f"The sandbox does not know where that belongs: {error}")
        return web.json_response({"said": said})

    async def _act(self, request: web.Request) -> web.Response:
        """Carry out one act; the answer may hold a sentence for the person."""
        if request.content_type != "application/json":
            return web.Response(status=415, text="An act is sent as application/json.")
        try:
            act = await request.json()
            said = await self.acts.carry_out(act["person"], act)
        except (UnreadableAct, ValueError, TypeError, KeyError) as error:
            return web.Response(status=400, text=f"The sandbox does not know how to do that: {error}")
        return web.json_response({"said": said})


@asynccontextmanager
async def workspace_page(*, port: int = 0, program: Sequence[str] = SERVE) -> AsyncIterator[Page]:
    """Start both ends and the page; the bot is prepared, with a new store, and not started yet.

    `program` is what Python runs as the bot. Raises OSError if the port is not available.
    """
    async with AsyncExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="contactlist-")))
        ends = await parts.enter_async_context(both_ends())
        ends.kore.adding_takes = ADDING_TAKES
        environment = {
            **ends.environment,
            "ALLOWED_USERS": ",".join(ALLOWED),
            "SUBMISSIONS_PER_MINUTE": "1000",  # one person tries out everything
            "KORE_TIMEOUT": str(KORE_TIMEOUT),
            "DATABASE_URL": f"sqlite:///{folder / 'contactlist.db'}",
            "LOG_FORMAT": "json",
        }
        space = ends.slack.workspace
        bot = BotProcess(environment, folder=folder, program=program, changed=space.changed)
        parts.push_async_callback(bot.end)
        for user_id in set(space.people) - {space.bot_user_id}:
            space.direct_channel(user_id)
        page = await parts.enter_async_context(Page(ends, bot, port))
        for author, text in CHATTER:
            page.acts.write(author, "C0CAMPAIGN", text)
        yield page


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(FILES / "index.html")


async def _example(request: web.Request) -> web.Response:
    example = EXAMPLES.get(request.match_info["name"])
    if example is None:
        return web.Response(status=404, text="There is no such example.")
    return web.Response(body=example.build(), content_type="application/octet-stream")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
