"""Adopting jobs: rerunning those of dead processes, and resuming those that broke."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import structlog
from dbos import DBOS, WorkflowStatus
from pydantic import ValidationError

from bot.errors import StoreUnavailable
from bot.jobs.contract import (
    CALL_KORE,
    CALLS,
    DAY,
    EXPIRE_IMPORT,
    IMPORT_CALL,
    NOTIFICATIONS,
    NOTIFY,
    NOTIFY_IMPORT,
    SLOT,
    Json,
)
from bot.jobs.engine import EngineError, ago
from bot.jobs.import_workflows import Imports
from bot.jobs.notifying import Notifier
from bot.jobs.rate_limit import count_again
from bot.jobs.steps import payload_of
from bot.jobs.workflows import Jobs
from bot.timing import Timing

Resume = Callable[[Json, str], Awaitable[None]]
"""Continues after a job, given its payload and its id."""

log = structlog.get_logger(__name__)


class Adoption:
    """Runs in each process that runs jobs; several don't get in each other's way."""

    def __init__(
        self, jobs: Jobs, imports: Imports, notifier: Notifier, *, keep_days: int, timing: Timing
    ) -> None:
        self._resume: dict[str, Resume] = {
            CALL_KORE: jobs.resume,
            NOTIFY: notifier.resume,
            IMPORT_CALL: imports.resume,
            NOTIFY_IMPORT: notifier.resume_import,
            EXPIRE_IMPORT: imports.expire_again,
        }
        self._end_cancelled = self._resume | {
            CALL_KORE: jobs.end_cancelled,
            IMPORT_CALL: imports.end_cancelled,
        }
        self._keep = keep_days * DAY
        self._timing = timing
        self._store_answers_since = -math.inf
        self._resumed: set[str] = set()

    async def keep(self) -> None:
        """Poll for abandoned and broken jobs until cancelled, even through outages of the store."""
        while True:
            began = time.monotonic()
            try:
                await self._look()
            except (StoreUnavailable, *EngineError) as error:
                log.warning("housekeeping_failed", error=type(error).__name__)
                self._store_answers_since = time.monotonic()
            except Exception:  # the next round may succeed
                log.exception("housekeeping_error")
            if time.monotonic() - began > self._timing.adoption_poll:
                self._store_answers_since = time.monotonic()
            await asyncio.sleep(self._timing.adoption_poll)

    async def adopt(self, *, abandoned_after: float, own_after: float = math.inf) -> None:
        """Requeue unfinished jobs that others began `abandoned_after` seconds ago, or we `own_after`.

        A call goes through the queue of calls, so its new start counts against the limit; the old start,
        which requeuing erases, is counted by a slot of its own. A job of our own is only lost if the store
        failed at a bad moment.
        """
        running = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        abandoned = [
            each for each in running if _age(each) >= (own_after if _is_ours(each) else abandoned_after)
        ]
        for each in abandoned:
            if _queue_of(each) == CALLS and _age(each) < self._timing.rate_limit_period:
                await count_again(each.workflow_id, int(each.dequeued_at or 0))
        for queue in (CALLS, NOTIFICATIONS):
            if ids := [each.workflow_id for each in abandoned if _queue_of(each) == queue]:
                log.warning("jobs_adopted", jobs=ids)
                await DBOS.resume_workflows_async(ids, queue_name=queue)

    async def resume_failed(self) -> None:
        """Resume jobs that broke in the engine, and end cancelled ones, each once, however long ago."""
        ended = await DBOS.list_workflows_async(
            status=["ERROR", "CANCELLED"],
            name=[*self._resume],
            completed_after=ago(self._keep),
            load_output=False,
        )
        for each in ended:
            payload = payload_of(each)
            if payload is not None and each.workflow_id not in self._resumed:
                try:
                    if each.status == "CANCELLED":
                        await self._end(each, payload)
                    else:
                        log.error("workflow_error", job=each.workflow_id)
                        await self._resume[each.name](payload, each.workflow_id)
                except ValidationError:  # saved by a newer version, which may be able to read it
                    log.exception("job_not_read", job=each.workflow_id)
                self._resumed.add(each.workflow_id)

    async def _end(self, job: WorkflowStatus, payload: Json) -> None:
        """End a cancelled job; its call may have been sent, and its start is erased, so a slot counts it."""
        log.info("job_cancelled", job=job.workflow_id)
        ended_at = job.completed_at or 0
        if _queue_of(job) == CALLS and time.time() - ended_at / 1000 < self._timing.rate_limit_period:
            await count_again(job.workflow_id, ended_at)
        await self._end_cancelled[job.name](payload, job.workflow_id)

    async def _look(self) -> None:
        """Resume failed jobs, then adopt abandoned ones.

        Nothing is adopted if the store was unavailable lately: jobs that are only late look abandoned then.
        """
        await self.resume_failed()
        abandoned_after = self._timing.abandoned_after
        if time.monotonic() - self._store_answers_since >= abandoned_after:
            await self.adopt(abandoned_after=abandoned_after, own_after=3 * abandoned_after)


def _queue_of(job: WorkflowStatus) -> str:
    """Return a job's queue, judging by its name.

    The job's own record isn't reliable: a job started directly never had a queue, a cancelled one has left
    its queue, and one that an operator resumed by hand is in the engine's own.
    """
    return CALLS if job.name in {CALL_KORE, IMPORT_CALL, SLOT} else NOTIFICATIONS


def _age(job: WorkflowStatus) -> float:
    """Return how many seconds a job has been running; one that never queued started when it was created."""
    return time.time() - (job.dequeued_at or job.created_at or 0) / 1000


def _is_ours(job: WorkflowStatus) -> bool:
    return job.executor_id == DBOS.executor_id
