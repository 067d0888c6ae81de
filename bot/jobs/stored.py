"""The jobs in a store, read without changing anything, from outside the bot that may be using it.

Source: https://docs.dbos.dev/python/reference/client
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dbos import WorkflowStatus
from pydantic import ValidationError
from sqlalchemy import Engine, NullPool, create_engine

from bot.jobs.contract import CALL_KORE, EXPIRE_IMPORT, IMPORT_CALL, NOTIFY, NOTIFY_IMPORT, RECORD, SLOT
from bot.jobs.engine import POSTGRESQL, answered_within, client_of
from bot.jobs.import_resolution import ImportCall
from bot.jobs.notifying import ImportNotification
from bot.jobs.resolution import Call
from bot.jobs.steps import payload_of
from bot.jobs.workers import stranded
from bot.models import Notification
from bot.settings import Settings

PAGE_SIZE = 500
READ_TIMEOUT = 30
"""Seconds allowed for one page."""
JobPayload = Call | Notification | ImportCall | ImportNotification
KINDS: dict[str, type[JobPayload]] = {
    CALL_KORE: Call,
    NOTIFY: Notification,
    IMPORT_CALL: ImportCall,
    NOTIFY_IMPORT: ImportNotification,
    EXPIRE_IMPORT: ImportCall,
}
AUXILIARY = (RECORD, SLOT)
"""Jobs without a story of their own."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a job recorded in one step; times are in seconds since the epoch."""

    name: str
    output: Any
    ended_at: float | None


@dataclass(frozen=True, kw_only=True)
class StoredJob:
    """One job in the store; times are in seconds since the epoch."""

    id: str
    name: str
    status: str
    """The engine's own status."""
    payload: JobPayload | None
    """None if another version saved it, in a form this one can't read."""
    output: Any
    made_at: float
    started_at: float | None = None
    ended_at: float | None = None
    due_at: float | None = None
    """The time before which it doesn't start."""
    process: str = ""
    """The process that runs it, or ran it last."""
    steps: tuple[Step, ...] = ()


class StoredJobs:
    """Reads a store; raises `StoreUnavailable`."""

    def __init__(self, store: Engine) -> None:
        self._client = client_of(store)

    async def all(self) -> AsyncIterator[StoredJob]:
        """Read all jobs, oldest first; jobs saved in the meantime come at the end."""
        offset = 0
        while found := await self._page(offset):
            for each in found:
                if each.name not in AUXILIARY:
                    yield _stored(each)
            offset += len(found)

    async def with_steps(self, jobs: Sequence[StoredJob]) -> list[StoredJob]:
        """Return these jobs with the steps each has recorded."""
        return [replace(each, steps=await self._steps_of(each.id)) for each in jobs]

    async def stranded(self, *, after: float) -> int:
        """Count the jobs that have waited for `after` seconds, if no job was started in that time."""
        async with answered_within(READ_TIMEOUT):
            return await stranded(self._client.list_workflows_async, after=after)

    async def _page(self, offset: int) -> list[WorkflowStatus]:
        async with answered_within(READ_TIMEOUT):
            return await self._client.list_workflows_async(limit=PAGE_SIZE, offset=offset)

    async def _steps_of(self, job_id: str) -> tuple[Step, ...]:
        async with answered_within(READ_TIMEOUT):
            found = await self._client.list_workflow_steps_async(job_id)
        return tuple(
            Step(
                name=each["function_name"],
                output=each["output"],
                ended_at=_seconds(each["completed_at_epoch_ms"]),
            )
            for each in found
        )


@asynccontextmanager
async def stored_jobs(settings: Settings) -> AsyncIterator[StoredJobs]:
    """Open the store read-only, even while a bot is running on it."""
    store = _store_to_read(settings)
    try:
        yield StoredJobs(store)
    finally:
        store.dispose()


def _store_to_read(settings: Settings) -> Engine:
    """Create a store whose connections can't change anything."""
    if settings.on_sqlite:
        address = f"{settings.store_file.absolute().as_uri()}?mode=ro"
        connect = partial(sqlite3.connect, address, uri=True, check_same_thread=False)
        return create_engine("sqlite://", creator=connect, poolclass=NullPool)
    store = create_engine(settings.store_url, poolclass=NullPool, connect_args=POSTGRESQL)
    return store.execution_options(postgresql_readonly=True)


def _stored(job: WorkflowStatus) -> StoredJob:
    return StoredJob(
        id=job.workflow_id,
        name=job.name,
        status=job.status,
        payload=_payload(job),
        output=job.output,
        made_at=_seconds(job.created_at) or 0,
        started_at=_seconds(job.dequeued_at),
        ended_at=_seconds(job.completed_at),
        due_at=_seconds(job.delay_until_epoch_ms) if job.status == "DELAYED" else None,
        process=job.executor_id or "",
    )


def _payload(job: WorkflowStatus) -> JobPayload | None:
    try:
        return KINDS[job.name].model_validate(payload_of(job))
    except (KeyError, ValidationError):
        return None


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None
