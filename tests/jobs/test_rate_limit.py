"""Turns: people who browse wait in the queue of the calls, and give their place back."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from dbos import DBOS

from bot.errors import NoSlotInTime
from bot.jobs import adoption as housekeeping
from bot.jobs import rate_limit as module
from bot.jobs.adoption import Housekeeping
from bot.jobs.rate_limit import SLOT, RateLimitSlots
from sandbox.demo import stage

if TYPE_CHECKING:
    from bot.jobs.workflows import Jobs

LIMIT = 2


@pytest.fixture
async def slots(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RateLimitSlots]:
    """Run a bot whose account may make two calls a minute, and give what hands out its turns."""
    made: list[RateLimitSlots] = []

    def kept() -> RateLimitSlots:
        made.append(RateLimitSlots())
        return made[0]

    monkeypatch.setattr("bot.app.RateLimitSlots", kept)
    async with stage(rate_per_minute=LIMIT):
        yield made[0]


async def statuses() -> list[str]:
    """List how the turns in the store stand, when all have ended."""
    async with asyncio.timeout(5):
        while await DBOS.list_workflows_async(name=SLOT, status=["ENQUEUED", "PENDING"]):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)
    return sorted(each.status for each in await DBOS.list_workflows_async(name=SLOT))


async def test_turns_count_against_the_accounts_limit(slots: RateLimitSlots) -> None:
    """Whoever gets none in time leaves the queue; the store keeps no more than that they were there."""
    for _ in range(LIMIT):
        await slots.take(within=5)
    with pytest.raises(NoSlotInTime):
        await slots.take(within=0.5)
    assert await statuses() == ["CANCELLED", *["SUCCESS"] * LIMIT]


async def test_another_process_may_let_a_turn_come(
    slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found in the store."""
    monkeypatch.setattr(slots, "_comes", lambda _: None)
    await slots.take(within=5)
    assert await statuses() == ["SUCCESS"]


@pytest.mark.parametrize(
    ("statuses", "came_at"),
    [
        (["ENQUEUED", "DELAYED", "SUCCESS"], 2.0),
        (["ENQUEUED", "PENDING", "PENDING", "SUCCESS"], 1.0),
        (["PENDING", "SUCCESS"], 0.0),
        ([None, "SUCCESS"], 0.0),
    ],
)
async def test_a_turn_comes_when_it_leaves_the_queue(
    monkeypatch: pytest.MonkeyPatch, statuses: list[str | None], came_at: float
) -> None:
    """The account's limit counts it from then on, however long its process takes to run it."""
    seconds, left = iter(range(100)), iter(statuses)

    async def status_of(_: str) -> object:
        status = next(left)
        return SimpleNamespace(status=status) if status else None

    monkeypatch.setattr(module, "LOOK_EVERY", 0)
    monkeypatch.setattr(DBOS, "get_workflow_status_async", status_of)
    monkeypatch.setattr(DBOS, "workflow", lambda **_: lambda work: work)
    slots = RateLimitSlots(clock=lambda: float(next(seconds)))
    slots._waiting["turn-x"] = asyncio.get_running_loop().create_future()  # noqa: SLF001 - a turn under way
    assert await slots._coming("turn-x") == came_at  # noqa: SLF001


async def test_a_turn_that_was_noticed_late_is_not_used(
    slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit might not hold any more: another turn is taken."""
    ages = iter([0.0, 0.0, 5.0])
    monkeypatch.setattr(module, "LOOK_EVERY", 9)
    monkeypatch.setattr(slots, "_clock", lambda: next(ages, 5.0))
    await slots.take(within=5)
    assert await statuses() == ["SUCCESS", "SUCCESS"]


async def test_a_turn_that_comes_twice_is_one(slots: RateLimitSlots) -> None:
    """Housekeeping may run it again; nobody waits for it then."""
    coming: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    slots._waiting["turn-x"] = coming  # noqa: SLF001 - what a turn under way looks like
    for turn_id in ("turn-x", "turn-x", "turn-unknown"):
        slots._comes(turn_id)  # noqa: SLF001 - what the engine does
    assert coming.done()


async def test_a_store_that_is_away_gives_no_turn(
    slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was asked."""

    async def away(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(DBOS, "enqueue_workflow_async", away)
    with pytest.raises(NoSlotInTime, match="OSError"):
        await slots.take(within=5)


async def test_old_turns_are_deleted(slots: RateLimitSlots, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are of no use after a minute, and jobs are kept for days."""
    await slots.take(within=5)
    assert await statuses() == ["SUCCESS"]
    monkeypatch.setattr(housekeeping, "CLEAN_EVERY", -5)
    await Housekeeping(cast("Jobs", None), keep_days=30).clean()
    assert await statuses() == []
