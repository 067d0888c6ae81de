"""What jobs have left in the store, read from outside the jobs.

Source: https://docs.dbos.dev/python/tutorials/workflow-management
"""

from collections.abc import Coroutine
from functools import partial
from typing import TypeVar

from dbos import DBOS

from bot.jobs.contract import CALL_KORE, CALLS, IMPORT_CALL, NOTIFY, OPEN, created_id
from bot.jobs.engine import ago, answered_within
from bot.jobs.resolution import Call
from bot.jobs.steps import read_job_payload
from bot.models import Created, Notification, Submission
from bot.notify.queue_positions import CallQueue
from bot.timing import Timing

MAX_JOBS = 100
"""Jobs examined per submission: each press of *Check again* adds some."""

R = TypeVar("R")


class Records:
    """Reads the store of a launched engine."""

    def __init__(self, *, rate_per_minute: int, timing: Timing) -> None:
        self._rate_per_minute = rate_per_minute
        self._period = timing.rate_limit_period
        self._timeout = timing.save_timeout

    async def submission_of(self, key: str) -> Submission | None:
        """Read a submission; None if it isn't in the store anymore. Raises `StoreUnavailable`."""
        payload = await self._ask(read_job_payload(key))
        return Call.model_validate(payload).submission if payload else None

    async def notification_of(self, key: str) -> Notification | None:
        """Read how a submission ended, if it has: as created if it ever was, else by its latest outcome.

        Raises `StoreUnavailable`.
        """
        jobs = await self._ask(
            DBOS.list_workflows_async(
                workflow_id_prefix=f"{key}/",
                name=NOTIFY,
                status="SUCCESS",
                sort_desc=True,
                limit=MAX_JOBS,
                load_input=False,
            )
        )
        notifications = [Notification.model_validate(each.output) for each in jobs]
        created = [each for each in notifications if isinstance(each.outcome, Created)]
        return next(iter([*created, *notifications]), None)

    async def success_of(self, key: str) -> Notification | None:
        """Read how people were notified of the list that a submission created, if it has created one by now.

        Raises `StoreUnavailable`.
        """
        notification = await self.notification_of(key)
        return notification if notification and isinstance(notification.outcome, Created) else None

    async def is_notified(self, key: str) -> bool:
        """Return whether people are being, or were, notified of a list that a submission created.

        Raises `StoreUnavailable`.
        """
        return await self._ask(DBOS.get_workflow_status_async(created_id(key))) is not None

    async def open_jobs(self, *, limit: int) -> list[float]:
        """Read when the oldest open jobs were created, at most `limit`, in seconds since the epoch.

        Raises `StoreUnavailable`.
        """
        jobs = await self._ask(
            DBOS.list_workflows_async(
                name=[CALL_KORE, NOTIFY], status=OPEN, limit=limit, load_input=False, load_output=False
            )
        )
        return [each.created_at / 1000 for each in jobs if each.created_at]

    async def queue(self) -> CallQueue:
        """Read the queue of calls. Raises `StoreUnavailable`."""
        read = partial(DBOS.list_workflows_async, queue_name=CALLS, load_input=False, load_output=False)
        since = ago(self._period)
        waiting = await self._ask(read(status="ENQUEUED"))
        started = await self._ask(read(dequeued_after=since))
        return CallQueue(
            # without import calls, which let others pass
            waiting=tuple(each.workflow_id for each in waiting if each.name != IMPORT_CALL),
            started=tuple(each.dequeued_at / 1000 for each in started if each.dequeued_at),
            limit=self._rate_per_minute,
            period=self._period,
        )

    async def _ask(self, work: Coroutine[object, object, R]) -> R:
        async with answered_within(self._timeout):
            return await work
