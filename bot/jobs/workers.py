"""Whether anything runs the jobs: without a worker, what a process with ROLE=web saves never starts."""

import time
from collections.abc import Callable

import structlog

from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.observe.metrics import Metrics
from bot.timing import Timing

log = structlog.get_logger(__name__)


class Workers:
    """The processes that run jobs, known by what they start."""

    def __init__(
        self,
        records: Records,
        metrics: Metrics,
        *,
        timing: Timing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.are_missing = False
        """Whether jobs have waited for so long that any process would have started one by now."""
        self._records, self._metrics = records, metrics
        self._missing_after, self._clock = timing.worker_missing_after, clock
        self._latest_start: int | None = None
        self._moved_at = clock()

    async def look(self) -> None:
        """Check what waits and what has started; a store that is down says nothing about workers."""
        try:
            queues = await self._records.queues()
        except StoreUnavailable:
            if not self.are_missing:
                self._moved_at = self._clock()
            return
        now = self._clock()
        has_started = queues.latest_start not in {None, self._latest_start}
        if not queues.waiting or queues.is_used_up or has_started:
            self._moved_at = now
        self._latest_start = queues.latest_start or self._latest_start
        self._note(queues.waiting if now - self._moved_at >= self._missing_after else 0)

    def _note(self, stranded: int) -> None:
        self._metrics.jobs_without_worker.set(stranded)
        was_missing, self.are_missing = self.are_missing, stranded > 0
        if self.are_missing and not was_missing:
            log.error("worker_missing", jobs=stranded)
        elif was_missing and not self.are_missing:
            log.info("worker_found")
