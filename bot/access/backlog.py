"""How much work is open in the store: counted now and then, for the metrics and the limit of open jobs."""

import time

from bot.access.limits import Limits
from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.observe.metrics import Metrics


async def count_open_jobs(limits: Limits, records: Records, metrics: Metrics) -> None:
    """Count the open jobs, the oldest first, and no more of them than the limit allows.

    While the store is away, what was known stays known.
    """
    try:
        created_at = await records.open_jobs(limit=limits.open_jobs)
    except StoreUnavailable:
        return
    oldest = min(created_at, default=None)
    limits.are_open(len(created_at))
    metrics.open_jobs.set(len(created_at))
    metrics.oldest_job_seconds.set(max(0.0, time.time() - oldest) if oldest else 0)
