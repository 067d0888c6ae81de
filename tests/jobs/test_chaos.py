"""The promises under `kill -9`: the real bot as a process, killed at random moments, on both stores.

`--rounds 25` kills it 25 times a store.
"""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from sandbox.ends import both_ends
from sandbox.kore.server import LocalKore
from sandbox.process import BotProcess
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.workspace import View
from tests import quick
from tests.postgresql import new_database

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]


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
    """A TCP connection to a server that can be cut, and mended."""

    host: str
    port: int
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
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(65536):
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


@pytest.mark.chaos
async def test_kill_9_at_random_loses_nothing_and_repeats_no_post(
    database_url: str, request: pytest.FixtureRequest
) -> None:
    """0 lost, 0 repeated POSTs, everyone told, with Kore.ai failing before and after its commit as well."""
    dice = random.Random(20261123)  # noqa: S311 - repeatable, not secret
    async with scene_for(database_url) as scene:
        bot = scene.bot()
        for _ in range(request.config.getoption("--rounds")):
            await scene.start(bot)
            views = [await scene.form() for _ in range(dice.randint(1, 3))]
            fault = dice.choice([None, None, "slow", "drop_before_commit", "drop_after_commit"])
            if fault:
                scene.kore.fault(fault, seconds=0.3)
            pressed = asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
            await asyncio.sleep(dice.uniform(0, 0.5))
            await bot.end(signal.SIGKILL)
            await pressed
        await scene.start(bot)
        for name, view in scene.forms.items():
            if view.alert and view.title == "New contact list" and not scene.heard(name):
                await scene.lead.submit(view)  # Slack showed trouble: the person presses once more
        await scene.everybody_heard()
        assert await bot.end(signal.SIGTERM) == 0
    assert {name: scene.posts(name) for name in scene.forms if scene.posts(name) > 1} == {}
    told = [each.text for each in scene.lead.sees("C0CAMPAIGN")]
    made = [str(each["name"]) for each in scene.kore.lists.values()]
    assert len(made) == len(set(made))
    assert [name for name in made if not any(name in text for text in told)] == []


@pytest.mark.chaos
async def test_a_replica_that_dies_for_good_is_succeeded(postgresql_url: str) -> None:
    """Two processes on one PostgreSQL; one is killed in the middle; the other ends what it began."""
    async with scene_for(postgresql_url) as scene:
        dying, living = scene.bot(), scene.bot()
        await asyncio.gather(living.start(), scene.start(dying))
        scene.kore.fault("slow", times=6, seconds=1)
        views = [await scene.form() for _ in range(6)]
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.kore.until(lambda: scene.count("create") >= 3)
        await dying.end(signal.SIGKILL)
        await scene.everybody_heard()
        assert await living.end(signal.SIGTERM) == 0
    assert all(scene.posts(name) <= 1 for name in scene.forms)


@pytest.mark.chaos
async def test_a_store_that_is_away_for_a_while(postgresql_url: str) -> None:
    """The submission is refused within two seconds; with the server back the same press works, by itself."""
    server = make_url(postgresql_url)
    wire = Wire(server.host or "127.0.0.1", server.port or 5432)
    await wire.mend()
    url = server.set(host="127.0.0.1", port=wire.here).render_as_string(hide_password=False)
    async with scene_for(url) as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("slow", seconds=1)
        under_way, refused = await scene.form(), await scene.form()
        await scene.lead.submit(under_way, {"description": "x"})
        await scene.kore.until(lambda: scene.count("create") == 1)
        await wire.cut()
        ack = await scene.lead.submit(refused, {"description": "x"})
        assert ack.seconds < 2
        assert "Saving took too long" in refused.errors["name"]
        await asyncio.sleep(5)
        await wire.mend()
        for _ in range(30):
            await scene.lead.submit(refused, unchecked=True)
            if refused.title != "New contact list":
                break
        await scene.everybody_heard()
        assert await bot.end(signal.SIGTERM) == 0
        await wire.cut()
    assert [scene.posts(name) for name in scene.forms] == [1, 1]


@pytest.mark.chaos
async def test_roles_split_the_work(postgresql_url: str) -> None:
    """A web process takes the submission, a worker makes the list; who browses waits for a worker's turn."""
    async with scene_for(postgresql_url) as scene:
        scene.kore.put("Older")  # the newer one may not be there yet when the form has the lists read
        web = scene.bot(ROLE="web")
        await scene.start(web)
        view = await scene.form()
        await scene.lead.submit(view, {"description": "x"})
        await asyncio.sleep(1)  # nothing may happen: there is no event for that
        assert not scene.kore.calls
        worker = scene.bot(ROLE="worker")
        await worker.start()
        await scene.everybody_heard()
        await scene.lead.command("list", channel="C0GENERAL")
        await scene.lead.until(
            lambda: any("contact lists: " in each.text for each in scene.lead.sees("C0GENERAL"))
        )
        assert await web.end(signal.SIGTERM) == 0
        assert await worker.end(signal.SIGTERM) == 0


async def test_a_job_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    """Killed in the middle of the POST: the next process finds the list, and tells."""
    async with scene_for(f"sqlite:///{tmp_path / 'contactlist.db'}") as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("slow", seconds=1)
        view = await scene.form()
        await scene.lead.submit(view, {"description": "x"})
        await scene.kore.until(lambda: scene.count("create") == 1)
        await bot.end(signal.SIGKILL)
        await scene.start(bot)
        await scene.lead.until(lambda: view.title == "Contact list created", timeout=8)
        assert await bot.end(signal.SIGTERM) == 0
    assert [scene.posts(name) for name in scene.forms] == [1]


@pytest.mark.chaos
async def test_a_look_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    """Killed within more looks than are made in all: the list is found all the same, and told."""
    async with scene_for(f"sqlite:///{tmp_path / 'contactlist.db'}") as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("drop_after_commit")
        scene.kore.fault("slow", operation="get", times=6, seconds=60)
        view = await scene.form()
        await scene.lead.submit(view, {"description": "x"})
        for lookups in range(1, 7):
            await scene.kore.until(lambda: scene.count("get") == lookups)  # noqa: B023 - called within the turn
            await bot.end(signal.SIGKILL)
            await scene.start(bot)
        await scene.lead.until(lambda: view.title == "Contact list created", timeout=8)
        assert await bot.end(signal.SIGTERM) == 0
    assert [scene.posts(name) for name in scene.forms] == [1]


@pytest.mark.chaos
async def test_sigterm_ends_in_order_and_leaves_the_rest_to_the_store(database_url: str) -> None:
    """What is under way is finished, what waits is still there for the next process; exit status 0."""
    async with scene_for(database_url) as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("slow", times=12, seconds=1)
        views = [await scene.form() for _ in range(12)]
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.kore.until(lambda: scene.count("create") >= 2)
        assert await bot.end(signal.SIGTERM) == 0
        await scene.start(bot)
        await scene.everybody_heard()
        await bot.end(signal.SIGTERM)
    assert [scene.posts(name) for name in scene.forms] == [1] * 12


@pytest.mark.chaos
@pytest.mark.parametrize("replicas", [1, 2])
async def test_no_window_holds_more_calls_than_the_limit(postgresql_url: str, replicas: int) -> None:
    """70 submissions at once, 30 calls allowed in four seconds: every window is kept, nobody is refused."""
    limit, window = 30, 4.0
    async with scene_for(postgresql_url) as scene:
        bots = [scene.bot(minute=window + 1, KORE_RATE_PER_MINUTE=str(limit)) for _ in range(replicas)]
        await asyncio.gather(*(scene.start(bot) for bot in bots))
        views = [await scene.form() for _ in range(70)]
        scene.kore.fault("drop_after_commit", times=3)  # look-ups count as well
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.everybody_heard()
        for bot in bots:
            await bot.end(signal.SIGTERM)
    times = sorted(call.at for call in scene.kore.calls)
    assert len(times) >= 76
    assert all(last - first > window for first, last in zip(times, times[limit:], strict=False))
