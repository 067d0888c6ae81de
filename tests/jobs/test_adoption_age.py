"""From which age on a job is adopted: its process is gone by then, or has lost it."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from dbos import DBOS

from bot.jobs.contract import NOTIFICATIONS, RECORD
from bot.jobs.workflows import Jobs
from sandbox.demo import Stage
from tests.jobs.broken import adoption
from tests.quick import QUICK
from tests.stages import stage

GONE = QUICK.abandoned_after
LOST = 3 * GONE
BEGUN = """\
UPDATE workflow_status SET status = 'PENDING', executor_id = ?, started_at_epoch_ms = ?, queue_name = ?
WHERE workflow_uuid = ?
"""


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    async with stage(timing=QUICK) as running:
        yield running


async def begun(scene: Stage, job_id: str, *, executor: str, age: float, queue: str = NOTIFICATIONS) -> None:
    """Put a job into the store that a process began so many seconds ago, and that has not ended."""
    await Jobs.running.enqueuer.enqueue(RECORD, "x", job_id=job_id, queue=NOTIFICATIONS, delay=3600)
    path = scene.settings.database_url.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(BEGUN, (executor, int((time.time() - age) * 1000), queue, job_id))


async def test_age_of_adoption(scene: Stage) -> None:
    """A job of another process is adopted as soon as that must have ended; one of our own much later.

    Ours may still run: adopted too early, it would run twice, and the people be notified twice.
    """
    ours = DBOS.executor_id
    await begun(scene, "ours, late", executor=ours, age=LOST - 5)
    await begun(scene, "ours, lost", executor=ours, age=LOST + 5)
    await begun(scene, "theirs, late", executor="another", age=GONE - 5)
    await begun(scene, "theirs, gone", executor="another", age=GONE + 5)

    keeping = asyncio.create_task(adoption().keep())
    async with asyncio.timeout(30):
        while len(await DBOS.list_workflows_async(name=RECORD, status="SUCCESS")) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    keeping.cancel()

    jobs = {each.workflow_id: each.status for each in await DBOS.list_workflows_async(name=RECORD)}
    assert jobs == {
        "ours, late": "PENDING",
        "ours, lost": "SUCCESS",
        "theirs, late": "PENDING",
        "theirs, gone": "SUCCESS",
    }


async def test_resumed_by_hand(scene: Stage) -> None:
    """A job that an operator resumed waits in the engine's own queue: it is adopted like any other."""
    await begun(scene, "by hand", executor="another", age=GONE + 5, queue="_dbos_internal_queue")

    await adoption().adopt(abandoned_after=GONE)
    async with asyncio.timeout(30):
        while not await DBOS.list_workflows_async(name=RECORD, status="SUCCESS"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    (job,) = await DBOS.list_workflows_async(name=RECORD)
    assert job.queue_name == NOTIFICATIONS
