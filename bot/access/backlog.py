"""How much work is open in the store: counted now and then, for the metrics and the limit of open jobs."""

import time

from bot.access.limits import Limits
from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.observe.metrics import Metrics


class Backlog:
    """The open jobs, as they were when they were counted last."""

    def __init__(self, limits: Limits, records: Records, metrics: Metrics) -> None:
        self._limits = limits
        self._records = records
        self._metrics = metrics

    async def count(self) -> None:
        """Count the open jobs, the oldest first, and no more of them than the limit allows.

        While the store is away, what was known stays known.
        """
        try:
            created_at = await self._records.open_jobs(limit=self._limits.open_jobs)
        except StoreUnavailable:
            return
        oldest = min(created_at, default=None)
        self._limits.are_open(len(created_at))
        self._metrics.open_jobs.set(len(created_at))
        self._metrics.oldest_job_seconds.set(max(0.0, time.time() - oldest) if oldest else 0)
