"""Cancelling calls from outside a bot that may be about to make them, through the engine's own cancel.

The engine ends a cancelled job at its next step, wherever it runs, and the first step of a call is its claim.
So a job that has claimed nothing when it is cancelled never makes its call. The bot finds the cancelled jobs,
and notifies people, or looks up what may have been sent (`Adoption`).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dbos import EnqueueOptions
from dbos import error as dbos_error
from sqlalchemy import Engine

from bot.contact_import import Stopped
from bot.jobs.contract import (
    CALLS,
    CLAIM_CALL,
    NOTIFICATIONS,
    NOTIFY_IMPORT,
    Json,
    import_notification_id,
)
from bot.jobs.engine import answered_within, client_of, open_store
from bot.jobs.enqueuing import options_of
from bot.jobs.import_resolution import ImportCall
from bot.jobs.notifying import ImportNotification
from bot.jobs.resolution import Call, after_failure
from bot.settings import Settings
from bot.timing import Timing

CHANGE_TIMEOUT = 5
"""Seconds allowed for each change."""


class Canceller:
    """Cancels calls to Kore.ai, or replaces them with something else."""

    def __init__(self, store: Engine, *, timing: Timing) -> None:
        self._client, self._timing = client_of(store), timing

    async def cancel(self, job_id: str) -> bool:
        """Cancel a call; return whether it was never made and never will be. Raises `StoreUnavailable`."""
        async with answered_within(CHANGE_TIMEOUT):
            if await self._is_claimed(job_id):
                return False
            await self._client.cancel_workflow_async(job_id)
            (job,) = await self._client.list_workflows_async(workflow_ids=[job_id])
            return job.status == "CANCELLED" and not await self._is_claimed(job_id)

    async def look_up_instead(self, call: Call) -> None:
        """Look up a list instead of sending its POST, which may have been sent since the store was backed up.

        Raises `StoreUnavailable`.
        """
        lookup = after_failure(call, timing=self._timing)
        assert isinstance(lookup, Call)  # noqa: S101 - no lookup was made so far
        options = options_of(lookup.workflow, job_id=lookup.job_id, queue=CALLS, priority=lookup.priority)
        await self._replace(call.job_id, options, lookup.replace(pause=0).model_dump(mode="json"))

    async def end_import(self, call: ImportCall, outcome: Stopped) -> None:
        """End an import instead of making its next call, and notify people. Raises `StoreUnavailable`."""
        notification = ImportNotification(call=call, outcome=outcome)
        job_id = import_notification_id(call.job_id)
        options = options_of(NOTIFY_IMPORT, job_id=job_id, queue=NOTIFICATIONS)
        await self._replace(call.job_id, options, notification.model_dump(mode="json"))

    async def _replace(self, job_id: str, options: EnqueueOptions, payload: Json) -> None:
        """Save what follows a job, then cancel the job; safe to repeat."""
        async with answered_within(CHANGE_TIMEOUT):
            with suppress(dbos_error.DBOSWorkflowIDInUseError):
                await self._client.enqueue_async(options, payload)
            await self._client.cancel_workflow_async(job_id)

    async def _is_claimed(self, job_id: str) -> bool:
        steps = await self._client.list_workflow_steps_async(job_id)
        return any(each["function_name"] == CLAIM_CALL for each in steps)


@contextmanager
def canceller(settings: Settings, timing: Timing) -> Iterator[Canceller]:
    """Open the store alongside a bot that may be using it; raises `StartError`."""
    store = open_store(settings)
    try:
        yield Canceller(store, timing=timing)
    finally:
        store.dispose()
