"""Slots: people who browse wait in the queue of the calls, and give their place back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from dbos import DBOS
from structlog.testing import capture_logs

from bot.errors import NoSlotInTime
from bot.jobs.cleaning import delete_old_jobs
from bot.jobs.contract import SLOT
from bot.jobs.pace import Pace
from bot.jobs.rate_limit import RateLimitSlots
from tests.quick import QUICK
from tests.stages import stage

pytestmark = pytest.mark.slow

LIMIT = 2


@pytest.fixture
async def slots() -> AsyncIterator[RateLimitSlots]:
    """Run a bot whose account may make two calls a minute, and return its slots."""
    async with stage(rate_per_minute=LIMIT, timing=QUICK):
        yield RateLimitSlots.running


async def statuses() -> list[str]:
    """List how the slots in the store stand, when all have ended."""
    async with asyncio.timeout(30):
        while await DBOS.list_workflows_async(name=SLOT, status=["ENQUEUED", "PENDING"]):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)
    return sorted(each.status for each in await DBOS.list_workflows_async(name=SLOT))


async def test_slots_count_against_the_accounts_limit(slots: RateLimitSlots) -> None:
    """Whoever gets none in time leaves the queue; the store keeps no more than that they were there."""
    for _ in range(LIMIT):
        await slots.acquire(within=5)
    with pytest.raises(NoSlotInTime):
        await slots.acquire(within=0.5)
    assert await statuses() == ["CANCELLED", *["SUCCESS"] * LIMIT]


async def test_another_process_may_grant_a_slot(
    slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found in the store."""
    monkeypatch.setattr(slots, "grant", lambda _: None)
    await slots.acquire(within=5)
    assert await statuses() == ["SUCCESS"]


@pytest.mark.parametrize(
    ("statuses", "granted_at"),
    [
        (["ENQUEUED", "DELAYED", "SUCCESS"], 2.0),
        (["ENQUEUED", "PENDING", "PENDING", "SUCCESS"], 1.0),
        (["PENDING", "SUCCESS"], 0.0),
        ([None, "SUCCESS"], 0.0),
    ],
)
async def test_a_slot_is_granted_when_it_leaves_the_queue(
    monkeypatch: pytest.MonkeyPatch, statuses: list[str | None], granted_at: float
) -> None:
    """The account's limit counts it from then on, however long its process takes to run it."""
    seconds, left = iter(range(100)), iter(statuses)

    async def status_of(_: str) -> object:
        status = next(left)
        return SimpleNamespace(status=status) if status else None

    monkeypatch.setattr(DBOS, "get_workflow_status_async", status_of)
    timing = replace(QUICK, slot_poll=0)
    pace = Pace(rate_per_minute=LIMIT, timing=timing)
    slots = RateLimitSlots(pace, timing=timing, clock=lambda: float(next(seconds)))
    slots._waiting["slot-x"] = asyncio.get_running_loop().create_future()  # noqa: SLF001 - a slot that is waited for
    assert await slots._granted_at("slot-x") == granted_at  # noqa: SLF001


async def test_a_slot_that_was_noticed_late_is_not_used(
    slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit might not hold any more: another slot is taken."""
    ages = iter([0.0, 0.0, 5.0])
    monkeypatch.setattr(slots, "_timing", replace(QUICK, slot_poll=9))
    monkeypatch.setattr(slots, "_clock", lambda: next(ages, 5.0))
    await slots.acquire(within=5)
    assert await statuses() == ["SUCCESS", "SUCCESS"]


async def test_a_slot_that_is_granted_twice_is_one(slots: RateLimitSlots) -> None:
    """An adopted one may run again; nobody waits for it then."""
    granted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    slots._waiting["slot-x"] = granted  # noqa: SLF001 - what a slot looks like that is waited for
    for slot in ("slot-x", "slot-x", "slot-unknown"):
        slots.grant(slot)
    assert granted.done()


async def test_a_store_that_is_away_grants_no_slot(
    slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was asked."""

    async def away(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(DBOS, "enqueue_workflow_async", away)
    with pytest.raises(NoSlotInTime, match="OSError"):
        await slots.acquire(within=5)


async def test_old_slots_are_deleted(slots: RateLimitSlots) -> None:
    """They are of no use after a minute, and jobs are kept for days."""
    await slots.acquire(within=5)
    assert await statuses() == ["SUCCESS"]
    await delete_old_jobs(keep_days=30, keep_slots=-5)
    assert await statuses() == []


async def test_cleaning_without_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is away is cleaned the next time."""

    async def away(**_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(DBOS, "list_workflows_async", away)
    with capture_logs() as logged:
        await delete_old_jobs(keep_days=30)
    assert [each["event"] for each in logged] == ["old_jobs_not_deleted"]
