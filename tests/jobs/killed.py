"""The real bot as a process that is killed, between both ends of the sandbox, on a store of each kind."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import pytest

from sandbox.ends import both_ends
from sandbox.kore.server import LocalKore
from sandbox.process import BotProcess
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.workspace import View
from tests import quick
from tests.postgresql import new_database


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return a new store of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'contactlist.db'}"
        return
    with new_database() as url:
        yield url


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """Return a new PostgreSQL database."""
    with new_database() as url:
        yield url


@dataclass
class Wire:
    """A TCP connection to a server that can be cut, and mended; each way takes `delay` seconds."""

    host: str
    port: int
    delay: float = 0
    here: int = field(default_factory=free_port)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def mend(self) -> None:
        """Pass everything on."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.here)

    async def cut(self) -> None:
        """End every connection, and take no more."""
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self.host, self.port)
        self._open |= {writer, back}
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65536):
                await asyncio.sleep(self.delay)  # one question has one answer, and nobody sends ahead
                writer.write(some)
                await writer.drain()
        writer.transport.abort()


@dataclass
class Scene:
    """The sandbox in this process, and how to reach it."""

    slack: LocalSlack
    kore: LocalKore
    environment: dict[str, str]
    forms: dict[str, View] = field(default_factory=dict)
    bots: list[BotProcess] = field(default_factory=list)

    def bot(self, *, minute: float = 60, **changes: str) -> BotProcess:
        """Prepare a process of the bot; whatever becomes of the test, it does not outlive it."""
        bot = BotProcess(
            {**self.environment, **changes}, folder=Path(gettempdir()), program=quick.program(minute)
        )
        self.bots.append(bot)
        return bot

    async def start(self, bot: BotProcess) -> None:
        """Start it, and let Slack send it what people do."""
        await bot.start()
        self.slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"

    @property
    def lead(self) -> Person:
        """Return the person who submits."""
        return Person(self.slack, "U0LEAD")

    async def form(self) -> View:
        """Open a form for a list of its own."""
        name = f"Renewals {uuid4().hex[:12]}"
        view = None
        while view is None:
            await self.lead.command(name)
            with suppress(TimeoutError):
                view = await self.lead.view(timeout=1)
        self.forms[name] = view
        return view

    def posts(self, name: str) -> int:
        """Count the create calls for a list."""
        return sum(
            call.operation == "create" and isinstance(call.body, dict) and call.body.get("name") == name
            for call in self.kore.calls
        )

    def count(self, operation: str) -> int:
        """Count the calls of an operation for all lists."""
        return sum(call.operation == operation for call in self.kore.calls)

    def heard(self, name: str) -> bool:
        """Tell whether the person knows how it ended."""
        view = self.forms[name]
        in_channel = any(name in each.text for each in self.lead.sees("C0CAMPAIGN"))
        privately = any(name in each.text for each in self.lead.sees("DM"))
        return in_channel or privately or view.title not in {"New contact list", "Creating…", "Checking…"}

    async def everybody_heard(self) -> None:
        """Wait until every submission's end was told."""
        await self.lead.until(lambda: all(self.heard(name) for name in self.forms), timeout=60)


@asynccontextmanager
async def scene_for(database_url: str, *, rate_per_minute: int = 60_000) -> AsyncIterator[Scene]:
    """Start the sandbox; the bot's environment points to it."""
    settings = {
        "KORE_TIMEOUT": "2",
        "DATABASE_URL": database_url,
        "LOG_FORMAT": "json",
        "SUBMISSIONS_PER_MINUTE": "100000",
    }
    async with both_ends(rate_per_minute=rate_per_minute) as ends:
        scene = Scene(ends.slack, ends.kore, {**ends.environment, **settings})
        try:
            yield scene
        finally:
            for bot in scene.bots:
                await bot.end()
