"""The pace: queues are polled while work is expected, and cost nothing while there is none."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.jobs.contract import CALLS, NOTIFICATIONS, RECORD
from bot.jobs.engine import open_store
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.pace import Pace
from sandbox.demo import Stage
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

IDLE = replace(QUICK, busy_for=0.2, idle_poll=0.05)


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that is soon idle."""
    async with stage(rate_per_minute=FAST, timing=IDLE) as running:
        yield running


async def declared(*queues: str) -> None:
    """Wait until these queues, and no others, are declared."""
    async with asyncio.timeout(30):
        while {each.name for each in await DBOS.list_queues_async()} != {*queues}:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)


async def test_idle_bot_polls_nothing(scene: Stage) -> None:
    """Once nothing is expected no queue is polled; from a form on until its job has ended they are."""
    story = Story(scene)
    await declared()
    await asyncio.sleep(2 * IDLE.idle_poll)  # idle, it stays so
    await declared()
    view, _ = await story.submit()
    await declared(CALLS, NOTIFICATIONS)
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    await declared()


async def test_work_of_others(scene: Stage) -> None:
    """A job that another process has saved is done, though nobody here expected it."""
    await declared()
    store = open_store(scene.settings)
    await Enqueuer(store, timing=QUICK).enqueue(RECORD, "x", job_id="other", queue=NOTIFICATIONS)
    store.dispose()
    async with asyncio.timeout(30):
        while not await DBOS.list_workflows_async(workflow_ids=["other"], status="SUCCESS"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_queue_taken_back() -> None:
    """Another process has taken the queues back, and they are needed here: they are declared again."""
    async with stage(timing=replace(IDLE, busy_for=60)) as running:
        await Story(running).form()
        await declared(CALLS, NOTIFICATIONS)
        await DBOS.delete_queue_async(CALLS)
        await declared(CALLS, NOTIFICATIONS)


async def test_pace_without_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is away is asked again."""
    asked = asyncio.Event()

    async def away(**_: object) -> None:
        if logged:
            asked.set()
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(DBOS, "list_workflows_async", away)
    with capture_logs() as logged:
        keeping = asyncio.create_task(Pace(rate_per_minute=1, timing=replace(IDLE, idle_poll=0)).keep())
        async with asyncio.timeout(30):
            await asked.wait()
        keeping.cancel()
    assert logged[0]["event"] == "pace_not_adjusted"
