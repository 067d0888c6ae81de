"""Saving jobs while people wait: jobs that arrive together share a commit.

One by one, the engine saves about 930 a second on SQLite, which is all a core can do; together, 4,500.

Source: https://docs.dbos.dev/python/reference/client
"""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from dbos import DBOS, EnqueueOptions
from dbos import error as dbos_error
from sqlalchemy import Engine

from bot.jobs.contract import CALLS, DAY, JOB_VERSION, NOTIFICATIONS, RECORD, Json, probe_id
from bot.jobs.engine import EngineError, cause_of, client_of
from bot.jobs.queued_call import QueuedCall
from bot.timing import Timing

BATCH_SIZE = 100
"""Jobs per commit."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Job:
    options: EnqueueOptions
    payload: Json | str
    is_first: asyncio.Future[bool]


def options_of(workflow: str, *, job_id: str, queue: str, priority: int = 0) -> EnqueueOptions:
    """Return the options for saving a job: the first one with its id holds."""
    options: EnqueueOptions = {
        "workflow_name": workflow,
        "queue_name": queue,
        "workflow_id": job_id,
        "workflow_id_reuse_policy": "reject",
        "app_version": JOB_VERSION,
    }
    return {**options, "priority": priority} if priority else options


class Enqueuer:
    """Saves jobs through the engine's own pool of connections."""

    def __init__(self, store: Engine, *, timing: Timing, on_saved: Callable[[], None] = lambda: None) -> None:
        """`on_saved` is called after each commit."""
        self._store, self._on_saved = store, on_saved
        self._timeout = timing.save_timeout
        self._client = client_of(store)
        self._arrived: list[_Job] = []
        self._probe = probe_id(uuid.uuid4().hex)
        self._committing: asyncio.Task[None] | None = None

    async def enqueue(
        self,
        workflow: str,
        payload: Json | str,
        *,
        job_id: str,
        queue: str,
        priority: int = 0,
        delay: float = 0,
    ) -> bool:
        """Save a job, to start in `delay` seconds; return whether it is the first with its id, which holds.

        Raises `EngineError`, in which case it may have been saved; saving again is safe.
        """
        options = options_of(workflow, job_id=job_id, queue=queue, priority=priority)
        if delay:
            options["delay_seconds"] = delay
        job = _Job(options, payload, asyncio.get_running_loop().create_future())
        self._arrived.append(job)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return await job.is_first

    async def save_call(self, call: QueuedCall) -> bool:
        """Save a call to Kore.ai; return whether it is the first with its id. Raises `EngineError`."""
        return await self.enqueue(
            call.workflow,
            call.model_dump(mode="json"),
            job_id=call.job_id,
            queue=CALLS,
            priority=call.priority,
            delay=call.pause,
        )

    async def can_save(self) -> bool:
        """Return whether a job can be saved, by saving one and deleting it."""
        probe = self._probe  # one id per process: an interrupted probe leaves at most one row
        try:
            await self.enqueue(RECORD, probe, job_id=probe, queue=NOTIFICATIONS, delay=DAY)
            await DBOS.delete_workflow_async(probe)
        except EngineError as error:
            log.warning("store_does_not_save", error=cause_of(error))
            return False
        return True

    async def _commit_all(self) -> None:
        """Commit until nothing is left; a commit that hangs doesn't hold up the next ones for good."""
        while self._arrived:
            first, self._arrived = self._arrived[:BATCH_SIZE], self._arrived[BATCH_SIZE:]
            # a person whose wait timed out will press again
            batch = [each for each in first if not each.is_first.done()]
            try:
                async with asyncio.timeout(self._timeout):
                    firsts = await asyncio.to_thread(self._commit, batch)
            except Exception as error:  # noqa: BLE001 - it is raised again in each caller that waits
                for each in batch:
                    if not each.is_first.done():
                        each.is_first.set_exception(error)
            else:
                self._on_saved()
                for each, is_first in zip(batch, firsts, strict=True):
                    if not each.is_first.done():
                        each.is_first.set_result(is_first)
        self._committing = None

    def _commit(self, batch: Sequence[_Job]) -> list[bool]:
        firsts = []
        with self._store.begin() as connection:
            for each in batch:
                try:
                    self._client.enqueue_in_transaction(connection, each.options, each.payload)
                    firsts.append(True)
                except dbos_error.DBOSWorkflowIDInUseError:
                    firsts.append(False)
        return firsts
