"""Limits against misuse: forms and looks of one person in a minute, and open jobs; counted in memory."""

import asyncio
from types import SimpleNamespace

import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.access.backlog import count_open_jobs
from bot.access.limits import Limits
from bot.jobs.records import Records
from bot.observe.metrics import Metrics
from tests.quick import QUICK


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock at 0."""
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    """Return limits of two forms a minute and five open jobs."""
    return Limits(per_minute=2, open_jobs=5, clock=clock)


def test_a_person_may_submit_so_much_in_any_minute(limits: Limits, clock: Clock) -> None:
    """The third form of one minute is refused, whoever else submits; later there is room again."""
    assert limits.take("U1", "V1", opens_job=True) is None
    clock.now = 30
    assert limits.take("U1", "V2", opens_job=True) is None
    clock.now = 59
    assert limits.take("U1", "V3", opens_job=True) == "too_many_submissions"
    assert limits.take("U2", "V4", opens_job=True) is None
    clock.now = 60
    assert limits.take("U1", "V3", opens_job=True) is None
    assert limits.take("U1", "V5", opens_job=True) == "too_many_submissions"


def test_a_second_press_of_the_same_form_counts_once(limits: Limits, clock: Clock) -> None:
    """However often and however late the button is pressed, it is one submission."""
    assert [limits.take("U1", "V1", opens_job=True) for _ in range(9)] == [None] * 9
    assert limits.take("U1", "V2", opens_job=True) is None
    clock.now = 600
    limits.are_open(5)
    assert [limits.take("U1", "V1", opens_job=True) for _ in range(9)] == [None] * 9


def test_open_jobs_are_capped(limits: Limits) -> None:
    """At the limit nobody's form is taken; when jobs have ended there is room again."""
    limits.are_open(4)
    assert limits.take("U1", "V1", opens_job=True) is None
    assert limits.take("U2", "V2", opens_job=True) == "too_many_open_jobs"
    assert limits.take("U1", "V1", opens_job=True) is None
    limits.are_open(4)
    assert limits.take("U2", "V2", opens_job=True) is None


def test_own_limit_first(limits: Limits) -> None:
    """Who has sent too much reads that, even if there are too many open jobs as well."""
    limits.are_open(0)
    for key in ("V1", "V2"):
        assert limits.take("U1", key, opens_job=True) is None
    limits.are_open(5)
    assert limits.take("U1", "V3", opens_job=True) == "too_many_submissions"
    assert limits.take("U2", "V4", opens_job=True) == "too_many_open_jobs"


def test_limit_before_the_first_count() -> None:
    """A bot that has just started accepts as many jobs as may be open, and no more."""
    fresh = Limits(per_minute=9, open_jobs=1)
    assert fresh.take("U1", "V1", opens_job=True) is None
    assert fresh.take("U1", "V2", opens_job=True) == "too_many_open_jobs"


def test_a_person_may_look_so_often_in_any_minute(limits: Limits, clock: Clock) -> None:
    """Looks are counted apart from forms; each counts, and later there is room again."""
    limits.lookups_per_minute = 2
    assert limits.take("U1", "V1", opens_job=True) is None
    assert limits.allows_lookup("U1")
    clock.now = 30
    assert [limits.allows_lookup("U1") for _ in range(3)] == [True, False, False]
    assert limits.allows_lookup("U2")
    clock.now = 60
    assert [limits.allows_lookup("U1") for _ in range(2)] == [True, False]


async def test_the_open_jobs_are_read_from_the_store(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their number and the age of the oldest are figures, and the number counts for the limit."""

    async def listed(**asked: object) -> list[SimpleNamespace]:
        assert asked["limit"] == 5
        return [SimpleNamespace(created_at=1_000), SimpleNamespace(created_at=2_000)] * 3

    metrics = Metrics()
    monkeypatch.setattr(DBOS, "list_workflows_async", listed)
    await count_open_jobs(limits, Records(rate_per_minute=60, timing=QUICK), metrics)
    assert limits.take("U1", "V1", opens_job=True) == "too_many_open_jobs"
    assert metrics.registry.get_sample_value("contactlist_open_jobs") == 6
    assert (metrics.registry.get_sample_value("contactlist_oldest_job_seconds") or 0) > 10**9


async def test_a_store_that_is_away_is_asked_again(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was known stays known; when the store answers again, the figures follow."""
    answered = asyncio.Event()
    answers = iter([OperationalError("select", {}, Exception("away"))])

    async def listed(**_: object) -> list[SimpleNamespace]:
        for error in answers:
            raise error
        answered.set()
        return []

    monkeypatch.setattr(DBOS, "list_workflows_async", listed)
    with capture_logs() as logged:
        records = Records(rate_per_minute=60, timing=QUICK)
        await count_open_jobs(limits, records, Metrics())
        await count_open_jobs(limits, records, Metrics())
    assert answered.is_set()
    assert [each["event"] for each in logged] == ["store_unavailable"]
