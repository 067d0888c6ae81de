"""How much work is open in the store: counted regularly, for the metrics and for the limit on open jobs."""

import time

from bot.access.limits import Limits
from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.observe.metrics import Metrics


async def count_open_jobs(limits: Limits, records: Records, metrics: Metrics) -> None:
    """Count the open jobs, oldest first, up to the limit.

    While the store is unavailable, the last count stands.
    """
    try:
        created_at = await records.open_jobs(limit=limits.open_jobs)
    except StoreUnavailable:
        return
    oldest = min(created_at, default=None)
    limits.are_open(len(created_at))
    metrics.open_jobs.set(len(created_at))
    metrics.oldest_job_seconds.set(max(0.0, time.time() - oldest) if oldest else 0)
