"""What the jobs have left in the store, read from outside of them.

The names of workflows and steps are in the store: renaming one would break the jobs under way.

Source: https://docs.dbos.dev/python/tutorials/workflow-management
"""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from dbos import DBOS, WorkflowStatus
from pydantic import TypeAdapter

from bot.jobs.engine import CALLS, MINUTE, SAVE_WITHIN, within
from bot.jobs.notifying import NOTIFY
from bot.jobs.resolution import Answer, Call
from bot.models import Created, Route, Submission, Told
from bot.notify.queue_positions import Queue

CALL_KORE = "call_kore"
CLAIM_CALL = "claim_call"
ASK_KORE = "ask_kore"
RECORD = "record"
UNDER_WAY = ("PENDING", "ENQUEUED")
RIVALS_WITHIN = 10 * 60
"""Seconds before a POST in which another may have made the list that is taken for its own: longer than clocks
are apart."""
MANY = 100
"""Jobs of one submission that are looked through: each press of *Check again* adds some."""

ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

Verdict = Literal["another's", "not known yet"]


class Records:
    """Reads the store of an engine that is launched."""

    def __init__(self, *, rate_per_minute: int) -> None:
        self._rate_per_minute = rate_per_minute

    async def submission_of(self, key: str) -> Submission | None:
        """Read a submission; None when it is no longer in the store. Raises `StoreUnavailable`."""
        found = await within(SAVE_WITHIN, DBOS.get_workflow_status_async(key))
        return Call.model_validate(found.input["args"][0]).submission if found and found.input else None

    async def told(self, key: str) -> Told | None:
        """Read how a submission ended, if it has: as created if it ever was, else as it ended last.

        Raises `StoreUnavailable`.
        """
        later = await within(
            SAVE_WITHIN,
            DBOS.list_workflows_async(
                workflow_id_prefix=f"{key}/",
                name=[NOTIFY, CALL_KORE],
                status="SUCCESS",
                sort_desc=True,
                limit=MANY,
            ),
        )
        jobs = [*later, await within(SAVE_WITHIN, DBOS.get_workflow_status_async(key))]
        endings = [Told.model_validate(each.output) for each in jobs if each and each.output]
        created = [each for each in endings if isinstance(each.outcome, Created)]
        return next(iter([*created, *endings]), None)

    async def success_of(self, key: str) -> tuple[Created, Route] | None:
        """Read the list that a submission is known to have made, and where its summary went.

        Raises `StoreUnavailable`.
        """
        ending = await self.told(key)
        if ending and isinstance(ending.outcome, Created):
            return ending.outcome, ending.summary_route
        return None

    async def is_told_of(self, key: str) -> bool:
        """Tell whether people hear, or have heard, of a list that was found for it by looking.

        Raises `StoreUnavailable`.
        """
        return await within(SAVE_WITHIN, DBOS.get_workflow_status_async(created_id(key))) is not None

    async def open_jobs(self, *, limit: int) -> list[float]:
        """Read when the oldest open jobs were made, `limit` at most, in seconds since the epoch.

        Raises `StoreUnavailable`.
        """
        jobs = await within(
            SAVE_WITHIN,
            DBOS.list_workflows_async(
                name=[CALL_KORE, NOTIFY],
                status=["ENQUEUED", "PENDING", "DELAYED"],
                limit=limit,
                load_input=False,
                load_output=False,
            ),
        )
        return [each.created_at / 1000 for each in jobs if each.created_at]

    async def queue(self) -> Queue:
        """Look at the queue of calls. Raises `StoreUnavailable`."""
        look = partial(DBOS.list_workflows_async, queue_name=CALLS, load_input=False, load_output=False)
        waiting = await within(SAVE_WITHIN, look(status="ENQUEUED"))
        started = await within(SAVE_WITHIN, look(dequeued_after=_timestamp(time.time() - MINUTE)))
        return Queue(
            waiting=tuple(each.workflow_id for each in waiting),
            started=tuple(each.dequeued_at / 1000 for each in started if each.dequeued_at),
            limit=self._rate_per_minute,
            period=MINUTE,
        )

    async def steps_of(self, job_id: str) -> dict[str, Any]:
        """Read what a job has recorded, by the names of its steps."""
        steps = await DBOS.list_workflow_steps_async(job_id)
        return {each["function_name"]: each["output"] for each in steps if each["output"] is not None}

    async def rivals_have(self, list_id: str, call: Call) -> set[Verdict]:
        """Tell what the POSTs of the same words for other submissions made of a list: nothing, if empty."""
        verdicts = {
            _rival_has(list_id, each, await self.steps_of(each.workflow_id)) for each in await _rivals(call)
        }
        return {verdict for verdict in verdicts if verdict}


def created_id(key: str) -> str:
    """Name the job that tells of the list that was found for a submission: there is one of it."""
    return f"{key}/created"


def _rival_has(list_id: str, rival: WorkflowStatus, steps: dict[str, Any]) -> Verdict | None:
    """Tell whether the POST of another job made a list, or may have."""
    if ASK_KORE not in steps:
        return "not known yet" if CLAIM_CALL in steps and rival.status in UNDER_WAY else None
    answer = ANSWER.validate_python(steps[ASK_KORE]["answer"])
    return "another's" if isinstance(answer, Created) and answer.contact_list.id == list_id else None


async def _rivals(call: Call) -> list[WorkflowStatus]:
    """Find the POSTs of the same words for other submissions, by now or still under way."""
    since = _timestamp((call.posted_at or 0) - RIVALS_WITHIN)
    look = partial(DBOS.list_workflows_async, name=CALL_KORE, load_output=False)
    jobs = [
        *await look(status=list(UNDER_WAY)),
        *await look(status=["SUCCESS", "ERROR"], completed_after=since),
    ]
    others = [(each, Call.model_validate(each.input["args"][0])) for each in jobs if each.input]
    return [
        each
        for each, other in others
        if other.operation == "create"
        and other.submission.draft == call.submission.draft
        and other.submission.key != call.submission.key
    ]


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
