"""Cancelling a job that waits, from outside the bot that may be about to start it.

The engine's own cancel also stops a job that runs, after its call may have left. So the row is changed here,
and only if no process has ever taken it: of two who want a row at the same moment the second one waits, and
finds it changed. That the person is to hear of it is saved in the same commit.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dbos import DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy import Connection, Engine, column, false, table, update

from bot.errors import Cancelled
from bot.jobs.contract import APPLICATION, JOB_VERSION, NOTIFICATIONS, NOTIFY, WAITING, failed_id
from bot.jobs.engine import open_store, within
from bot.jobs.resolution import Call
from bot.models import Failed, Notification
from bot.settings import Settings
from bot.timing import Timing

SCHEMA = "dbos"
"""The engine's own, in PostgreSQL; SQLite has none."""
_NAMES = ("workflow_uuid", "status", "rate_limited", "queue_name", "deduplication_id", "updated_at")


class Canceller:
    """Cancels calls that create a list."""

    def __init__(self, store: Engine, *, timing: Timing) -> None:
        self._store, self._timeout = store, timing.doctor_timeout
        self._client = DBOSClient(
            system_database_engine=store,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
            retry_connection_errors=False,
        )

    async def cancel(self, call: Call) -> bool:
        """Cancel a POST that was never sent, and have the person told; return whether that was so.

        Raises `StoreUnavailable`.
        """
        return await within(self._timeout, asyncio.to_thread(self._cancel, call))

    def _cancel(self, call: Call) -> bool:
        with self._store.begin() as connection:
            is_cancelled = self._take(connection, call.id)
            if is_cancelled:
                self._notify(connection, call)
        return is_cancelled

    def _take(self, connection: Connection, job_id: str) -> bool:
        """Take a job out of its queue unless a process has taken it, now or before; `resume` forgets no mark.

        The mark is `rate_limited`: every start in the queue of calls sets it, and nothing takes it away.
        """
        jobs = table(
            "workflow_status",
            *map(column, (*_NAMES, "completed_at")),
            schema=None if self._store.dialect.name == "sqlite" else SCHEMA,
        )
        now = int(time.time() * 1000)
        changed = connection.execute(
            update(jobs)
            .where(jobs.c.workflow_uuid == job_id, jobs.c.status.in_(WAITING), jobs.c.rate_limited == false())
            .values(
                status="CANCELLED", queue_name=None, deduplication_id=None, updated_at=now, completed_at=now
            )
        )
        return changed.rowcount == 1

    def _notify(self, connection: Connection, call: Call) -> None:
        outcome = Failed.because(Cancelled())
        notification = Notification(submission=call.submission, outcome=outcome)
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": NOTIFY,
                "queue_name": NOTIFICATIONS,
                "workflow_id": failed_id(call.id),
                "workflow_id_reuse_policy": "reject",
                "app_version": JOB_VERSION,
            },
            notification.model_dump(mode="json"),
        )


@contextmanager
def canceller(settings: Settings, timing: Timing) -> Iterator[Canceller]:
    """Open the store beside a bot that may be using it; raises `StartError`."""
    store = open_store(settings)
    try:
        yield Canceller(store, timing=timing)
    finally:
        store.dispose()
