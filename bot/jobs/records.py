"""What the jobs have left in the store, read from outside of them.

Source: https://docs.dbos.dev/python/tutorials/workflow-management
"""

import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from dbos import DBOS
from pydantic import TypeAdapter

from bot.errors import StoreUnavailable
from bot.imports import ImportOutcome
from bot.jobs.contract import (
    CALL_KORE,
    CALLS,
    IMPORT_CALL,
    NOTIFICATIONS,
    NOTIFY,
    OPEN,
    created_id,
    import_call_id,
    import_calls_prefix,
    import_expiries_prefix,
    import_number,
    import_stop_id,
    imports_prefix,
    imports_told_prefixes,
    list_claim_id,
    payload_of,
)
from bot.jobs.engine import answered_within
from bot.jobs.filling import ImportCall
from bot.jobs.resolution import Call
from bot.models import Created, Notification, Route, Submission
from bot.notify.queue_positions import Queue
from bot.timing import Timing

MAX_JOBS = 100
"""Jobs of one submission that are looked through: each press of *Check again* adds some."""

MAX_WAITING = 1000
"""Jobs that wait and are counted."""

R = TypeVar("R")
_OUTCOME: TypeAdapter[ImportOutcome] = TypeAdapter(ImportOutcome)


@dataclass(frozen=True)
class Queues:
    """How both queues move."""

    waiting: int
    """Jobs that could start at once, but for the limit of calls."""
    latest_start: int | None
    """When a job has started last, in ms since the epoch; None if that is long ago, or none waits."""
    is_used_up: bool
    """Whether the limit of calls lets none start."""


class Records:
    """Reads the store of an engine that is launched."""

    def __init__(self, *, rate_per_minute: int, timing: Timing) -> None:
        self._rate_per_minute = rate_per_minute
        self._period = timing.rate_limit_period
        self._timeout = timing.save_timeout

    async def submission_of(self, key: str) -> Submission | None:
        """Read a submission; None when it is no longer in the store. Raises `StoreUnavailable`."""
        payload = payload_of(await self._ask(DBOS.get_workflow_status_async(key)))
        return Call.model_validate(payload).submission if payload else None

    async def notification_of(self, key: str) -> Notification | None:
        """Read how a submission ended, if it has: as created if it ever was, else as it ended last.

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
            ),
        )
        notifications = [Notification.model_validate(each.output) for each in jobs]
        created = [each for each in notifications if isinstance(each.outcome, Created)]
        return next(iter([*created, *notifications]), None)

    async def success_of(self, key: str) -> tuple[Created, Route] | None:
        """Read the list that a submission is known to have made, and where its summary went.

        Raises `StoreUnavailable`.
        """
        notification = await self.notification_of(key)
        if notification and isinstance(notification.outcome, Created):
            return notification.outcome, notification.summary_route
        return None

    async def is_notified(self, key: str) -> bool:
        """Return whether people hear, or have heard, of a list that a submission made.

        Raises `StoreUnavailable`.
        """
        return await self._ask(DBOS.get_workflow_status_async(created_id(key))) is not None

    async def open_jobs(self, *, limit: int) -> list[float]:
        """Read when the oldest open jobs were made, `limit` at most, in seconds since the epoch.

        Raises `StoreUnavailable`.
        """
        jobs = await self._ask(
            DBOS.list_workflows_async(
                name=[CALL_KORE, NOTIFY],
                status=list(OPEN),
                limit=limit,
                load_input=False,
                load_output=False,
            ),
        )
        return [each.created_at / 1000 for each in jobs if each.created_at]

    async def queue(self) -> Queue:
        """Read the queue of calls. Raises `StoreUnavailable`."""
        read = partial(DBOS.list_workflows_async, queue_name=CALLS, load_input=False, load_output=False)
        since = datetime.fromtimestamp(time.time() - self._period, UTC).isoformat()
        waiting = await self._ask(read(status="ENQUEUED"))
        started = await self._ask(read(dequeued_after=since))
        return Queue(
            waiting=tuple(
                each.workflow_id for each in waiting if each.name != IMPORT_CALL
            ),  # they let others pass
            started=tuple(each.dequeued_at / 1000 for each in started if each.dequeued_at),
            limit=self._rate_per_minute,
            period=self._period,
        )

    async def queues(self) -> Queues:
        """Read what waits in both queues, `MAX_WAITING` at most, and what has started lately.

        Raises `StoreUnavailable`.
        """
        both = [CALLS, NOTIFICATIONS]
        read = partial(DBOS.list_workflows_async, queue_name=both, load_input=False, load_output=False)
        waiting = await self._ask(read(status="ENQUEUED", limit=MAX_WAITING))
        since = datetime.fromtimestamp(time.time() - self._period, UTC).isoformat()
        started = await self._ask(read(dequeued_after=since)) if waiting else []
        calls = [each for each in started if each.queue_name == CALLS]
        return Queues(
            waiting=len(waiting),
            latest_start=max((each.dequeued_at or 0 for each in started), default=None),
            is_used_up=len(calls) >= self._rate_per_minute,
        )

    async def steps_of(self, job_id: str) -> dict[str, Any]:
        """Read what a job has recorded, by the names of its steps."""
        steps = await DBOS.list_workflow_steps_async(job_id)
        return {each["function_name"]: each["output"] for each in steps if each["output"] is not None}

    async def owner_of(self, list_id: str) -> str | None:
        """Read the key of the submission that claimed a list first."""
        owner = payload_of(await DBOS.get_workflow_status_async(list_claim_id(list_id)))
        return str(owner) if owner else None

    async def made_by(self, list_id: str) -> str | None:
        """Read who created a list here, as a user id; None also when the store does not answer."""
        try:
            key = await self._ask(self.owner_of(list_id))
            submission = await self.submission_of(key) if key else None
        except StoreUnavailable:
            return None
        return submission.origin.user_id if submission else None

    async def creation_of(self, list_id: str) -> Notification | None:
        """Read how people were told of a list that was created here; None also when the store is silent."""
        try:
            key = await self._ask(self.owner_of(list_id))
            return await self.notification_of(key) if key else None
        except StoreUnavailable:
            return None

    async def payload(self, job_id: str) -> Any:  # noqa: ANN401 - the reader validates it
        """Read what a job was given; None when it is no longer in the store. Raises `StoreUnavailable`."""
        return payload_of(await self._ask(DBOS.get_workflow_status_async(job_id)))

    async def import_call(self, job_id: str) -> ImportCall | None:
        """Read a call of an import."""
        payload = payload_of(await DBOS.get_workflow_status_async(job_id))
        return ImportCall.model_validate(payload) if payload else None

    async def imports_into(self, list_id: str) -> list[ImportCall]:
        """Read the first calls of all imports into a list, the newest import first, whatever a clock says."""
        prefix = imports_prefix(list_id)
        jobs = await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_output=False)
        newest = sorted(jobs, key=lambda each: import_number(each.workflow_id), reverse=True)
        return [ImportCall.model_validate(payload_of(each)) for each in newest]

    async def outcomes_into(self, list_id: str, *, since: float) -> list[ImportOutcome] | None:
        """Read what people were told of imports into a list in so many seconds, the newest first.

        None where the store is silent.
        """
        began = datetime.fromtimestamp(time.time() - since, UTC).isoformat()
        told = DBOS.list_workflows_async(
            workflow_id_prefix=imports_told_prefixes(list_id),
            start_time=began,
            sort_desc=True,
            load_output=False,
        )
        try:
            return [_OUTCOME.validate_python(payload_of(each)["outcome"]) for each in await self._ask(told)]
        except StoreUnavailable:
            return None

    async def open_imports(self) -> int:
        """Count the imports that have a call to make; it is 1 where the store does not say."""
        with suppress(StoreUnavailable):
            jobs = DBOS.list_workflows_async(
                name=IMPORT_CALL, status=list(OPEN), load_input=False, load_output=False
            )
            return max(1, len(await self._ask(jobs)))
        return 1

    async def is_stopped(self, an_import: str) -> bool:
        """Return whether a person has stopped an import; False also when the store is silent."""
        found = None
        with suppress(StoreUnavailable):
            found = await self._ask(DBOS.get_workflow_status_async(import_stop_id(an_import)))
        return found is not None

    async def is_under_way(self, an_import: str) -> bool:
        """Return whether an import has not ended: it has calls to make, or waits for a decision."""
        first = await DBOS.get_workflow_status_async(import_call_id(an_import, 0))
        read = partial(DBOS.list_workflows_async, status=list(OPEN), load_input=False, load_output=False)
        if (first and first.status in OPEN) or await read(
            workflow_id_prefix=import_calls_prefix(an_import), limit=1
        ):
            return True
        waiting = await read(workflow_id_prefix=import_expiries_prefix(an_import))
        numbers = [int(each.workflow_id.rpartition("/")[2]) for each in waiting]
        following = [import_call_id(an_import, number + 1) for number in numbers]
        return None in [await DBOS.get_workflow_status_async(each) for each in following]

    async def has_rival(self, call: Call) -> bool:
        """Return whether a POST of the same words for another submission runs: it may have made our list."""
        running = await DBOS.list_workflows_async(name=CALL_KORE, status="PENDING", load_output=False)
        others = [Call.model_validate(payload_of(each)) for each in running]
        mine = call.submission
        return any(
            other.operation == "create"
            and other.submission.draft == mine.draft
            and other.submission.key != mine.key
            for other in others
        )

    async def _ask(self, work: Coroutine[object, object, R]) -> R:
        async with answered_within(self._timeout):
            return await work
