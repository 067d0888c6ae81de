"""How much work is open in the store: looked at now and then, for the metrics and the limit of open jobs."""

import time

import structlog
from dbos import DBOS

from bot.engine import EngineError
from bot.limits import Limits
from bot.metrics import Metrics
from bot.records import CALL_KORE
from bot.tasks import for_ever
from bot.telling import TELL

__all__ = ["Backlog"]

LOOK_EVERY = 5.0
"""Seconds between two looks."""

log = structlog.get_logger(__name__)


class Backlog:
    """The open jobs, as they were at the last look."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics

    async def keep_fresh(self) -> None:
        """Look for ever; a store that is away is asked again."""
        await for_ever(self._try_to_look, every=LOOK_EVERY)

    async def look(self) -> None:
        """Count the open jobs, the oldest first; no more of them than the limit allows."""
        jobs = await DBOS.list_workflows_async(
            name=[CALL_KORE, TELL],
            status=["ENQUEUED", "PENDING", "DELAYED"],
            limit=self._limits.open_jobs,
            load_input=False,
            load_output=False,
        )
        oldest = min((each.created_at / 1000 for each in jobs if each.created_at), default=None)
        self._limits.are_open(len(jobs))
        self._metrics.open_jobs.set(len(jobs))
        self._metrics.oldest_job_seconds.set(max(0.0, time.time() - oldest) if oldest else 0)

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except EngineError as error:
            log.warning("backlog_unknown", error=type(error).__name__)
