"""Keeping the store in order: jobs of processes that are gone are run again, old ones are deleted."""

import asyncio
import math
import time
from datetime import UTC, datetime

import structlog
from dbos import DBOS, WorkflowStatus
from pydantic import ValidationError

from bot.errors import StoreUnavailable
from bot.jobs.engine import CALLS, MINUTE, NOTIFICATIONS, EngineError
from bot.jobs.notifying import NOTIFY
from bot.jobs.rate_limit import SLOT
from bot.jobs.records import CALL_KORE, RECORD
from bot.jobs.workflows import Jobs

LOOK_EVERY = 5.0
"""Seconds between two looks for jobs that were left."""
LEFT_AFTER = 50.0
"""Seconds after its start by which a job has ended, or its process is gone. A job is one call to Kore.ai, or
a quick one and a few to Slack, each with a time-out."""
CLEAN_EVERY = 3600.0
"""Seconds between two deletions."""
AT_ONCE = 500
"""Jobs that are deleted in one go."""
DAY = 24 * 60 * 60

log = structlog.get_logger(__name__)


class Housekeeping:
    """One for each process that runs jobs; several do not get in each other's way."""

    def __init__(self, jobs: Jobs, *, keep_days: int) -> None:
        self.jobs = jobs
        self._keep_days = keep_days
        self._clean_at = 0.0
        self._store_answers_since = -math.inf
        self._carried_on: set[str] = set()

    async def keep_going(self) -> None:
        """Look for ever; a store that is away is tried again."""
        while True:
            began = time.monotonic()
            try:
                await self._look()
            except (StoreUnavailable, *EngineError) as error:
                log.warning("housekeeping_failed", error=type(error).__name__)
                self._store_answers_since = time.monotonic()
            except Exception:  # whatever it is, the next look may do its work
                log.exception("housekeeping_error")
            if time.monotonic() - began > LOOK_EVERY:
                self._store_answers_since = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)

    async def adopt(self, *, left_after: float, own_after: float = math.inf) -> None:
        """Queue again what others began `left_after` seconds ago, or we `own_after`, and has not ended.

        A call goes through the queue of calls, so its new start counts against the limit; the old one, which
        is forgotten with that, is counted by a turn of its own. A job of our own is lost only if the store
        failed at a bad moment.
        """
        running = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        left = [each for each in running if _age(each) >= (own_after if _is_ours(each) else left_after)]
        for each in [each for each in left if each.name in {CALL_KORE, SLOT} and _age(each) < MINUTE]:
            await self.jobs.count_again(each.workflow_id, int(each.dequeued_at or 0))
        for queue, name in (
            (CALLS, CALL_KORE),
            (CALLS, SLOT),
            (NOTIFICATIONS, NOTIFY),
            (NOTIFICATIONS, RECORD),
        ):
            ids = [each.workflow_id for each in left if each.name == name]
            if ids:
                log.warning("jobs_adopted", jobs=ids)
                await DBOS.resume_workflows_async(ids, queue_name=queue)

    async def resume_failed(self) -> None:
        """Go on after jobs that ended in an error of the engine, however long ago; once is enough."""
        since = datetime.fromtimestamp(time.time() - self._keep_days * DAY, UTC).isoformat()
        failed = await DBOS.list_workflows_async(
            status="ERROR", name=[CALL_KORE, NOTIFY], completed_after=since, load_output=False
        )
        for each in failed:
            if each.input and each.workflow_id not in self._carried_on:
                log.error("workflow_error", job=each.workflow_id)
                try:
                    await self.jobs.resume_failed(each.name, each.input["args"][0], each.workflow_id)
                except ValidationError:  # a newer version saved it: that one may read it
                    log.exception("job_not_read", job=each.workflow_id)
                self._carried_on.add(each.workflow_id)

    async def _look(self) -> None:
        """Adopt, unless the store was away just now: then jobs look old that are only late."""
        await self.resume_failed()
        if time.monotonic() - self._store_answers_since >= LEFT_AFTER:
            await self.adopt(left_after=LEFT_AFTER, own_after=3 * LEFT_AFTER)
        if time.monotonic() >= self._clean_at:
            await self.clean()
            self._clean_at = time.monotonic() + CLEAN_EVERY

    async def clean(self) -> None:
        """Delete the jobs that ended before the days for which they are kept, and turns after an hour."""
        await self._delete(older_than=self._keep_days * DAY)
        await self._delete(older_than=CLEAN_EVERY, name=SLOT)

    async def _delete(self, *, older_than: float, name: str | None = None) -> None:
        before = datetime.fromtimestamp(time.time() - older_than, UTC).isoformat()
        while True:
            old = await DBOS.list_workflows_async(
                name=name,
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before,
                limit=AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not old:
                return
            await DBOS.delete_workflows_async([each.workflow_id for each in old])
            log.info("jobs_deleted", count=len(old))


def _age(job: WorkflowStatus) -> float:
    """Tell for how many seconds a job has run; one that waited in no queue began when it was made."""
    return time.time() - (job.dequeued_at or job.created_at or 0) / 1000


def _is_ours(job: WorkflowStatus) -> bool:
    return job.executor_id == DBOS.executor_id
