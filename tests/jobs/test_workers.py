"""Jobs that nobody runs: noticed, and nothing else is taken for it."""

import time
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import aiohttp
import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.app import Application
from bot.jobs.workers import Workers
from bot.observe.metrics import Metrics
from bot.timing import Timing
from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage

LONG = Timing().worker_missing_after


class Store:
    """What stands in the store: how long jobs have waited, and how long ago some were started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waited: list[float] = []
        self.started: list[float] = []
        self.is_away = False
        self.metrics = Metrics()
        self.workers = Workers(self.metrics, timing=Timing())
        monkeypatch.setattr(DBOS, "list_workflows_async", self.listed)

    async def listed(self, *, dequeued_after: str = "", **_: object) -> list[SimpleNamespace]:
        """Answer as the engine does."""
        if self.is_away:
            raise OperationalError("select", {}, Exception("away"))
        now = time.time()
        if not dequeued_after:
            return [SimpleNamespace(updated_at=(now - each) * 1000) for each in self.waited]
        since = datetime.fromisoformat(dequeued_after).timestamp()
        return [SimpleNamespace() for each in self.started if now - each > since]

    async def look(self) -> float | None:
        """Look, and return how many jobs have no worker."""
        await self.workers.look()
        shown = self.metrics.registry.get_sample_value("contactlist_jobs_without_worker")
        assert self.workers.are_missing is bool(shown)
        return shown


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store in which nothing waits."""
    return Store(monkeypatch)


async def test_nothing_starts(store: Store) -> None:
    """Jobs that have waited for as long as any job takes, while none started, have no worker: one line."""
    with capture_logs() as logged:
        store.waited = [LONG - 1] * 3
        assert [await store.look() for _ in range(2)] == [0, 0]
        store.waited = [LONG + 1] * 3
        assert [await store.look() for _ in range(3)] == [0, 3, 3]
        store.started = [1]
        assert await store.look() == 0
    assert [(each["event"], each.get("jobs")) for each in logged] == [
        ("worker_missing", 3),
        ("worker_found", None),
    ]


@pytest.mark.parametrize(("started", "jobs"), [(LONG - 1, 0), (LONG + 1, 1)])
async def test_limit_used_up(store: Store, started: float, jobs: int) -> None:
    """Where the limit lets no job start, one was started less than its period ago: then a worker is there."""
    assert Timing().rate_limit_period < LONG
    store.waited, store.started = [LONG + 1], [started]
    assert [await store.look() for _ in range(2)] == [0, jobs]


async def test_store_away(store: Store) -> None:
    """A store that does not answer says nothing, and what was known stays known."""
    store.waited = [LONG + 1]
    assert [await store.look() for _ in range(2)] == [0, 1]
    store.is_away = True
    assert await store.look() == 1
    store.is_away = False
    assert await store.look() == 1


async def test_store_returns(store: Store) -> None:
    """What could not start while the store was away is no sign of a worker that is missing."""
    assert await store.look() == 0
    store.is_away = True
    assert await store.look() == 0
    store.is_away, store.waited = False, [LONG + 1]
    assert await store.look() == 0
    store.waited = []
    assert await store.look() == 0


@pytest.mark.slow
async def test_web_alone() -> None:
    """A web process without a worker says so where it is asked: it serves, and nobody does its work."""
    hurried = replace(QUICK, backlog_poll=0.05, worker_missing_after=0.2)
    async with stage(timing=hurried) as scene:
        settings, slack = scene.settings.model_copy(update={"role": "web"}), scene.slack
        await scene.bot.__aexit__()
        async with Application(settings, timing=hurried) as bot:
            slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            lead = Person(slack, "U0LEAD")
            await lead.command("for a worker")
            view = await lead.view()
            with capture_logs() as logged:
                await lead.submit(view, {"description": "x"})
                url = f"http://127.0.0.1:{bot.port}"
                async with aiohttp.ClientSession(url) as session:
                    answer = {"ready": True, "reasons": [], "warnings": ["worker_missing"]}
                    while await _asked(session) != (200, answer):
                        pass
                    async with session.get("/metrics") as metrics:
                        assert "contactlist_jobs_without_worker 0.0" not in await metrics.text()
            assert [each["event"] for each in logged if each["event"] == "worker_missing"] == [
                "worker_missing"
            ]
        async with Application(scene.settings, timing=hurried) as bot:  # with the default role again
            await lead.until(lambda: view.title == "Contact list created")


async def _asked(session: aiohttp.ClientSession) -> tuple[int, object]:
    async with session.get("/readyz") as answer:
        return answer.status, await answer.json()
