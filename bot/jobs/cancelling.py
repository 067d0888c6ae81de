"""Cancelling a call that was not made, from outside the bot that may be about to make it.

The engine's own cancel also stops a job that runs, after its call may have left. So the row is changed here,
and only if it is certain: of two who want a row at the same moment the second one waits, and finds it
changed. What follows, a word to the person or a lookup, is saved in the same commit.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dbos import EnqueueOptions
from sqlalchemy import ColumnElement, Connection, Engine, TableClause, column, exists, false, table, update

from bot.errors import Cancelled
from bot.imports import Stopped
from bot.jobs.contract import (
    CALL_KORE,
    CALLS,
    LOOKUP_PRIORITY,
    NOTIFICATIONS,
    NOTIFY,
    NOTIFY_IMPORT,
    OPEN,
    WAITING,
    Json,
    failed_id,
    import_call_id,
    import_told_id,
)
from bot.jobs.engine import answered_within, client_of, open_store
from bot.jobs.enqueuing import options_of
from bot.jobs.filling import ImportCall, cancelled, restored
from bot.jobs.imports import ImportNotification
from bot.jobs.resolution import Call, after_failure
from bot.models import Failed, Notification
from bot.settings import Settings
from bot.timing import Timing

SCHEMA = "dbos"
"""The engine's own, in PostgreSQL; SQLite has none."""
_JOBS = "workflow_status"
_NAMES = ("workflow_uuid", "status", "rate_limited", "queue_name", "deduplication_id")
_TIMES = ("updated_at", "completed_at")
_STEPS = "operation_outputs"

Condition = Callable[[TableClause, TableClause], ColumnElement[bool]]


class Canceller:
    """Cancels calls that create a list, and ends imports."""

    def __init__(self, store: Engine, *, timing: Timing) -> None:
        self._store, self._timing = store, timing
        schema = None if store.dialect.name == "sqlite" else SCHEMA
        self._jobs = table(_JOBS, *map(column, (*_NAMES, *_TIMES)), schema=schema)
        self._steps = table(_STEPS, column("workflow_uuid"), schema=schema)
        self._client = client_of(store)

    async def cancel(self, call: Call) -> bool:
        """Cancel a POST that no process has taken, now or before, and notify the person.

        Returns whether that was so. Raises `StoreUnavailable`.
        """
        told = Notification(submission=call.submission, outcome=Failed.because(Cancelled()))
        options = options_of(NOTIFY, job_id=failed_id(call.id), queue=NOTIFICATIONS)
        return await self._replace(call.id, _never_taken, options, told.model_dump(mode="json"))

    async def look_up_instead(self, call: Call, *, was_refused: bool = False) -> bool:
        """Look a list up instead of sending its POST, which may have been sent since the store was backed up.

        Returns whether that would have been sent: the job had not begun in there, or was refused. Raises
        `StoreUnavailable`.
        """
        following = after_failure(call, timing=self._timing)
        assert isinstance(following, tuple)  # noqa: S101 - no lookup was made so far
        lookup, _ = following
        options = options_of(CALL_KORE, job_id=lookup.id, queue=CALLS, priority=LOOKUP_PRIORITY)
        condition = _open if was_refused else _without_steps
        return await self._replace(call.id, condition, options, lookup.model_dump(mode="json"))

    async def end_import(self, call: ImportCall) -> bool:
        """End an import in place of its next call, if there is something left to send, and notify people.

        Returns whether that was so. Raises `StoreUnavailable`.
        """
        outcome = restored(call)
        return outcome is not None and await self._end_import(call, outcome, _open)

    async def cancel_import(self, call: ImportCall) -> bool:
        """End an import before its next call, if no process has taken that, and notify the person.

        Returns whether that was so. Raises `StoreUnavailable`.
        """
        return await self._end_import(call, cancelled(call), _never_taken)

    async def _end_import(self, call: ImportCall, outcome: Stopped, condition: Condition) -> bool:
        told = ImportNotification(call=call, outcome=outcome)
        job_id = import_call_id(call.id, call.number)
        options = options_of(NOTIFY_IMPORT, job_id=import_told_id(job_id), queue=NOTIFICATIONS)
        return await self._replace(job_id, condition, options, told.model_dump(mode="json"))

    async def _replace(
        self, job_id: str, condition: Condition, options: EnqueueOptions, payload: Json
    ) -> bool:
        async with answered_within(self._timing.doctor_timeout):
            return await asyncio.to_thread(self._replace_in_thread, job_id, condition, options, payload)

    def _replace_in_thread(
        self, job_id: str, condition: Condition, options: EnqueueOptions, payload: Json
    ) -> bool:
        """Replace an open job by another one, if the condition holds."""
        with self._store.begin() as connection:
            if is_taken := self._take(connection, job_id, condition):
                self._client.enqueue_in_transaction(connection, options, payload)
        return is_taken

    def _take(self, connection: Connection, job_id: str, condition: Condition) -> bool:
        jobs, now = self._jobs, int(time.time() * 1000)
        cancelled: dict[str, Any] = dict.fromkeys(_TIMES, now) | {"status": "CANCELLED"}
        changed = connection.execute(
            update(jobs)
            .where(jobs.c.workflow_uuid == job_id, condition(jobs, self._steps))
            .values(queue_name=None, deduplication_id=None, **cancelled)
        )
        return changed.rowcount == 1


def _never_taken(jobs: TableClause, _: TableClause) -> ColumnElement[bool]:
    """Every start in the queue of calls sets `rate_limited`, and nothing takes it away, not even a resume."""
    return jobs.c.status.in_(WAITING) & (jobs.c.rate_limited == false())


def _without_steps(jobs: TableClause, steps: TableClause) -> ColumnElement[bool]:
    """Its claim is the first step of a call, and its own next run looks a claimed one up."""
    return jobs.c.status.in_(OPEN) & ~exists().where(steps.c.workflow_uuid == jobs.c.workflow_uuid)


def _open(jobs: TableClause, _: TableClause) -> ColumnElement[bool]:
    """Take claimed calls too: what the next run of such a call finds out would lead on to more contacts."""
    return jobs.c.status.in_(OPEN)


@contextmanager
def canceller(settings: Settings, timing: Timing) -> Iterator[Canceller]:
    """Open the store beside a bot that may be using it; raises `StartError`."""
    store = open_store(settings)
    try:
        yield Canceller(store, timing=timing)
    finally:
        store.dispose()
