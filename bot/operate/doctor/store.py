"""Either kind of store, and whether anything runs its jobs."""

import asyncio

from bot.errors import StoreUnavailable
from bot.jobs.stored import stored_jobs
from bot.operate.doctor.postgresql import STORE, examine_postgresql
from bot.operate.doctor.report import Report
from bot.operate.doctor.sqlite import examine_sqlite
from bot.settings import Settings
from bot.timing import Timing

ROLE = "Role"
STORE_TIMEOUT = 5
"""Seconds allowed for connecting to the store."""


async def examine_store(report: Report, settings: Settings, timing: Timing) -> None:
    """Check the store without changing it."""
    if settings.on_sqlite:
        await asyncio.to_thread(examine_sqlite, report, settings.store_file, timeout=STORE_TIMEOUT)
        return
    pool_size = settings.database_pool_size
    url = settings.store_url
    await asyncio.to_thread(examine_postgresql, report, url, pool_size=pool_size, timeout=STORE_TIMEOUT)
    if settings.role != "all" and not report.skipped(ROLE, needs=STORE):
        await _role(report, settings, timing)


async def _role(report: Report, settings: Settings, timing: Timing) -> None:
    """Check that the other role is running, which only shows in jobs that nothing starts."""
    try:
        async with stored_jobs(settings) as store:
            stranded = await store.stranded(after=timing.worker_missing_after)
    except StoreUnavailable:  # no tables yet
        stranded = 0
    if settings.role == "worker":
        report.good(ROLE, "worker: runs the jobs that processes with ROLE=web save")
    elif stranded:
        found = f"web, and nothing runs the jobs: {stranded} waiting for more than a minute"
        report.bad(
            ROLE, found, "Start a process with ROLE=worker on the same DATABASE_URL, or take ROLE out."
        )
    else:
        report.good(ROLE, "web: no job has waited for long; a process with ROLE=worker must run them")
