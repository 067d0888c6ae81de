"""Whether anything runs the jobs: without a worker, jobs saved by a process with ROLE=web never start."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from dbos import DBOS, WorkflowStatus

from bot.errors import StoreUnavailable
from bot.jobs.contract import CALLS, NOTIFICATIONS
from bot.jobs.engine import ago, answered_within
from bot.observe.metrics import Metrics
from bot.timing import Timing

MAX_WAITING = 1000
"""Waiting jobs that are counted at most."""

log = structlog.get_logger(__name__)


class Workers:
    """Tells whether any process runs jobs, judging by what gets started."""

    def __init__(self, metrics: Metrics, *, timing: Timing) -> None:
        self.are_missing = False
        """Whether jobs have waited so long that any process would have started one by now."""
        self._metrics, self._timing = metrics, timing
        self._stranded = 0

    async def look(self) -> None:
        """Count the stranded jobs, and compare with the last count.

        Jobs that were only held up by the store will have started by the second count.
        """
        timing, before = self._timing, self._stranded
        try:
            async with answered_within(timing.save_timeout):
                self._stranded = await stranded(DBOS.list_workflows_async, after=timing.worker_missing_after)
        except StoreUnavailable:
            return
        self._note(min(before, self._stranded))

    def _note(self, jobs: int) -> None:
        self._metrics.jobs_without_worker.set(jobs)
        was_missing, self.are_missing = self.are_missing, jobs > 0
        if self.are_missing and not was_missing:
            log.error("worker_missing", jobs=jobs)
        elif was_missing and not self.are_missing:
            log.info("worker_found")


async def stranded(list_workflows: Callable[..., Awaitable[list[WorkflowStatus]]], *, after: float) -> int:
    """Count the jobs that have waited for `after` seconds, if no job was started in that time.

    `after` is longer than the rate limit's period, so even while the limit is used up, some jobs were
    started.
    """
    read = partial(list_workflows, queue_name=[CALLS, NOTIFICATIONS], load_input=False, load_output=False)
    since, moved_after = time.time() - after, ago(after)
    waiting = await read(status="ENQUEUED", limit=MAX_WAITING)
    late = [each for each in waiting if (each.updated_at or 0) / 1000 < since]
    return 0 if late and await read(dequeued_after=moved_after, limit=1) else len(late)
