"""How much work is open in the store: looked at now and then, for the metrics and the limit of open jobs."""

import time

import structlog

from bot.access.limits import Limits
from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.observe.metrics import Metrics
from bot.tasks import poll

LOOK_EVERY = 5.0
"""Seconds between two looks."""

log = structlog.get_logger(__name__)


class Backlog:
    """The open jobs, as they were at the last look."""

    def __init__(self, limits: Limits, records: Records, metrics: Metrics) -> None:
        self._limits = limits
        self._records = records
        self._metrics = metrics

    async def keep_fresh(self) -> None:
        """Look for ever; a store that is away is asked again."""
        await poll(self._try_to_look, every=LOOK_EVERY)

    async def look(self) -> None:
        """Count the open jobs, the oldest first; no more of them than the limit allows."""
        created_at = await self._records.open_jobs(limit=self._limits.open_jobs)
        oldest = min(created_at, default=None)
        self._limits.are_open(len(created_at))
        self._metrics.open_jobs.set(len(created_at))
        self._metrics.oldest_job_seconds.set(max(0.0, time.time() - oldest) if oldest else 0)

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except StoreUnavailable as error:
            log.warning("backlog_unknown", error=str(error))
