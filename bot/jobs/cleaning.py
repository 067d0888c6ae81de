"""Deleting jobs that ended long ago."""

import structlog
from dbos import DBOS

from bot.jobs.contract import DAY, ENDED, RECORD, SLOT
from bot.jobs.engine import EngineError, ago

BATCH_SIZE = 500
"""Jobs deleted in one go."""
CLEANUP_INTERVAL = 3600
"""Seconds between deletions."""

log = structlog.get_logger(__name__)


async def delete_old_jobs(*, keep_days: float, keep_slots: float = CLEANUP_INTERVAL) -> None:
    """Delete jobs that ended over `keep_days` days ago, and slots that ended over `keep_slots` seconds ago.

    If the store is unavailable, they wait for the next time.
    """
    try:
        await _delete(older_than=keep_days * DAY)
        await _delete(older_than=keep_slots, name=SLOT)
        await _delete(older_than=0, name=RECORD)  # it became due when its days were over
    except EngineError as error:
        log.warning("old_jobs_not_deleted", error=type(error).__name__)


async def _delete(*, older_than: float, name: str | None = None) -> None:
    before = ago(older_than)
    while True:
        old = await DBOS.list_workflows_async(
            name=name,
            status=ENDED,
            completed_before=before,
            limit=BATCH_SIZE,
            load_input=False,
            load_output=False,
        )
        if not old:
            return
        await DBOS.delete_workflows_async([each.workflow_id for each in old])
        log.info("jobs_deleted", count=len(old))
