"""Jobs that nobody runs: noticed, and nothing else is taken for it."""

from dataclasses import replace

import aiohttp
import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.app import Application
from bot.errors import StoreUnavailable
from bot.jobs.records import Queues, Records
from bot.jobs.workers import Workers
from bot.observe.metrics import Metrics
from bot.timing import Timing
from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage

LONG = Timing().worker_missing_after
STUCK = Queues(waiting=3, latest_start=None, is_used_up=False)


class Watch(Records):
    """What stands in the store, at a time that the test tells."""

    def __init__(self) -> None:
        super().__init__(rate_per_minute=60, timing=QUICK)
        self.now = 100.0
        self.found: Queues | None = STUCK
        self.metrics = Metrics()
        self.workers = Workers(self, self.metrics, timing=Timing(), clock=lambda: self.now)

    async def queues(self) -> Queues:
        """Read it."""
        if self.found is None:
            raise StoreUnavailable("away")
        return self.found

    async def after(self, seconds: float, found: Queues | None) -> float | None:
        """Look after so many seconds, and return how many jobs have no worker."""
        self.now, self.found = self.now + seconds, found
        await self.workers.look()
        shown = self.metrics.registry.get_sample_value("contactlist_jobs_without_worker")
        assert self.workers.are_missing is bool(shown)
        return shown


async def test_nothing_starts() -> None:
    """Jobs that have waited for as long as any job takes, while none started, have no worker: one line."""
    watch = Watch()
    with capture_logs() as logged:
        assert await watch.after(0, STUCK) == 0
        assert await watch.after(LONG - 1, STUCK) == 0
        assert await watch.after(1, STUCK) == 3
        assert await watch.after(5, replace(STUCK, waiting=4)) == 4
        assert await watch.after(5, replace(STUCK, latest_start=1)) == 0
    assert [(each["event"], each.get("jobs")) for each in logged] == [
        ("worker_missing", 3),
        ("worker_found", None),
    ]


@pytest.mark.parametrize(
    "between",
    [
        replace(STUCK, waiting=0),
        replace(STUCK, latest_start=5),
        replace(STUCK, is_used_up=True),
    ],
    ids=["nothing waits", "one started", "the limit is used up"],
)
async def test_something_moves(between: Queues) -> None:
    """A worker that waits for jobs or for the limit is there."""
    watch = Watch()
    for start in range(10, 15):
        assert await watch.after(LONG - 1, STUCK) == 0
        latest_start = between.latest_start and start
        assert await watch.after(0.5, replace(between, latest_start=latest_start)) == 0


async def test_the_last_start_is_forgotten() -> None:
    """A start that is so old that it is no longer read is none that has just happened."""
    watch = Watch()
    assert await watch.after(0, replace(STUCK, latest_start=5)) == 0
    assert await watch.after(LONG - 1, replace(STUCK, latest_start=5)) == 0
    assert await watch.after(1, STUCK) == 3


async def test_store_away() -> None:
    """A store that does not answer says nothing, and what was known stays known."""
    watch = Watch()
    await watch.after(0, STUCK)
    assert await watch.after(LONG, STUCK) == 3
    assert await watch.after(5, None) == 3
    assert await watch.after(5, STUCK) == 3


async def test_store_returns() -> None:
    """While the store was away nothing could start, and that is no sign of a worker that is missing."""
    watch = Watch()
    await watch.after(0, STUCK)
    for _ in range(3):
        assert await watch.after(LONG / 2, None) == 0
    assert await watch.after(LONG - 1, STUCK) == 0
    assert await watch.after(1, STUCK) == 3


async def test_store_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine raises is a store that is away."""

    async def away(**_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(DBOS, "list_workflows_async", away)
    with pytest.raises(StoreUnavailable):
        await Records(rate_per_minute=60, timing=QUICK).queues()


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
