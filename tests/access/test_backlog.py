"""The open jobs, counted for the operator and for the limit."""

import time
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


async def counted(monkeypatch: pytest.MonkeyPatch, *ages: float) -> dict[str, float | None]:
    """Count jobs that were saved so many seconds ago; returns the figures."""

    async def listed(**_: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(created_at=int((time.time() - age) * 1000)) for age in ages]

    monkeypatch.setattr(DBOS, "list_workflows_async", listed)
    metrics = Metrics()
    records = Records(rate_per_minute=60, timing=QUICK)
    await count_open_jobs(Limits(per_minute=1, open_jobs=5), records, metrics)
    names = ("open_jobs", "oldest_job_seconds")
    return {name: metrics.registry.get_sample_value(f"contactlist_{name}") for name in names}


async def test_oldest_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The age is that of the oldest."""
    figures = await counted(monkeypatch, 300, 20)
    assert figures["open_jobs"] == 2
    assert figures["oldest_job_seconds"] == pytest.approx(300, abs=5)


@pytest.mark.parametrize("ages", [(), (-3600,)], ids=["no job", "a clock that is ahead"])
async def test_no_age(monkeypatch: pytest.MonkeyPatch, ages: tuple[float, ...]) -> None:
    """Without a job, and for one that is of tomorrow by our clock, the age is none."""
    assert await counted(monkeypatch, *ages) == {"open_jobs": len(ages), "oldest_job_seconds": 0}


async def test_unknown_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says what the store's failure was."""

    async def away(**_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(DBOS, "list_workflows_async", away)
    records = Records(rate_per_minute=60, timing=QUICK)
    with capture_logs() as logged:
        await count_open_jobs(Limits(per_minute=1, open_jobs=5), records, Metrics())
    assert [(each["event"], each["error"]) for each in logged] == [("store_unavailable", "Exception: away")]
