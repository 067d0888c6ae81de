"""The durable jobs: one for each call to Kore.ai, with its telling when that is the end.

A job makes its call at most once, notes the answer, and leaves what follows (see `resolution`) to the next.
So no job waits, each is soon done, and one that was cut off is run again by whoever finds it, without its
call.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.errors import InternalError, Interrupted, JobError, KoreUnreachable, StoreUnavailable
from bot.jobs.engine import CALLS, LAST, NOTIFICATIONS, SAVE_WITHIN, recorded, within
from bot.jobs.intake import Intake
from bot.jobs.notifying import NOTIFY, NOTIFY_STEPS, Notifier
from bot.jobs.rate_limit import SLOT
from bot.jobs.records import ANSWER, ASK_KORE, CALL_KORE, CLAIM_CALL, PROBES, RECORD, Records, created_id
from bot.jobs.resolution import (
    Answer,
    Call,
    Found,
    Listed,
    Next,
    after_failure,
    first_call,
    lookup_again,
    lookup_later,
    next_after,
    not_ours,
)
from bot.kore.circuit import Circuit
from bot.kore.client import KoreClient
from bot.models import Created, Failed, Notification, Route, Submission, Told
from bot.notify.routes import Delivery
from bot.observe.logs import about, reference

LATE = 1.0
"""Seconds after its start in which a job makes its call; later the account's limit might not hold."""
SOON = 10.0
"""Seconds in which an answer comes that is told in the same job; so every job ends within `LEFT_AFTER`."""
PRIORITIES = {"list": 1, "get": 1, "create": LAST}
"""In the queue, whoever waits to hear how a POST ended goes before the POSTs that have not begun."""
ACK_SETTLES = 1.0
"""Seconds after which Slack has surely put an acknowledged view in place."""

log = structlog.get_logger(__name__)

Json = dict[str, Any]
Workflow = Callable[[Json], Coroutine[object, object, Json | None]]


class Jobs:
    """Submissions on their way. Make one between `configure_engine` and `launch_engine`."""

    def __init__(
        self, *, kore: KoreClient, delivery: Delivery, notifier: Notifier, intake: Intake, records: Records
    ) -> None:
        self._kore = kore
        self._delivery = delivery
        self._notifier = notifier
        self._intake = intake
        self._records = records
        self._circuit = Circuit(self._take_turn)

        @DBOS.workflow(name=CALL_KORE)
        async def call_kore(saved: Json) -> Json | None:
            told = await self._call_kore(Call.model_validate(saved))
            return told.model_dump(mode="json") if told else None

        @DBOS.workflow(name=RECORD)
        async def record(what: str) -> str:
            return what

        self._call_workflow: Workflow = call_kore

    async def save(self, submission: Submission) -> Submission:
        """Save a submission durably; the same key is the same job, however often it is saved.

        Returns what is saved under the key: this submission, or the one before it, which holds. Raises
        `StoreUnavailable`: it may have been saved all the same, and saving again is safe.
        """
        return await within(SAVE_WITHIN, self._save_first(submission))

    async def show_again(self, submission: Submission) -> None:
        """Show the result once more, as an acknowledgement of ours may have been put over it.

        That is so after a second press of the button, and when saving took so long that the job may have
        ended before its submission was acknowledged.
        """
        await asyncio.sleep(ACK_SETTLES)
        try:
            told = await self._records.told(submission.key)
        except StoreUnavailable:
            return  # the job itself shows how it ends
        if told:
            await self._delivery.show(submission, told.outcome, summary_route=told.summary_route)

    async def lookup_again(self, submission: Submission, *, posted_at: float, press: str) -> None:
        """Look once more for the list of an unconfirmed submission; `press` names the press of the button.

        The look waits a moment, so that whoever pressed is told of it first. Raises `StoreUnavailable`.
        """
        call = lookup_again(submission, posted_at=posted_at, press=press)
        await within(SAVE_WITHIN, self._save(call, pause=ACK_SETTLES))

    async def resume_failed(self, name: str, saved: Json, failed_id: str) -> None:
        """Go on after a job that ended in an error of its store; doing so again changes nothing."""
        steps = await self._records.steps_of(failed_id)
        delivered = {
            step[len(NOTIFY_STEPS) :]: Route(route)
            for step, route in steps.items()
            if step.startswith(NOTIFY_STEPS)
        }
        if name == NOTIFY:
            notification = Notification.model_validate(saved)
            notification = notification.model_copy(update={"delivered": notification.delivered | delivered})
            await self._notifier.enqueue(notification, under=f"{failed_id}!", pause=0)
            return
        call = Call.model_validate(saved)
        known = ASK_KORE in steps and call.operation == "create"
        following = _next(call, steps[ASK_KORE]) if known else after_failure(call)
        key = call.submission.key
        if await self._records.is_told_of(key) or await self._records.success_of(key):
            return
        await self._go_on(call, following, delivered=delivered)

    async def count_again(self, job_id: str, started_at: int) -> None:
        """Keep a place in the account's limit, before all others, for a call whose start is forgotten."""
        turn = f"turn-{job_id}-{started_at}"
        await self._intake.save(SLOT, queue=CALLS, under=turn, saved=turn)

    async def _call_kore(self, call: Call) -> Told | None:
        """Make one call at most once, and tell how it ended, or pass on to the next call."""
        with about(call.submission):
            noted = await self._once(call)
            following = _next(call, noted)
            if isinstance(following, Created) and call.operation == "get":
                following = await self._if_ours(call, following)
            if isinstance(following, Created | Failed):
                if call.operation != "create" and await self._is_known(call):
                    return None
                was_found = isinstance(following, Created) and call.operation == "get"  # told once, by its id
                if not was_found and noted["at"] - noted["asked_at"] < SOON:
                    return await self._notifier.tell(
                        Notification(submission=call.submission, outcome=following)
                    )
            if isinstance(following, tuple) and following[0].operation == "create":
                await recorded("show_waiting", self._delivery.show_waiting, call.submission)
            await self._go_on(call, following)
            return None

    async def _once(self, call: Call) -> Json:
        """Let only the run whose claim is recorded make the call; a run after a crash finds another's."""
        execution, began = uuid.uuid4().hex, time.monotonic()

        async def claim() -> Json:
            return {"by": execution, "at": time.time()}

        async def ask() -> Json:
            if claimed["by"] != execution:
                answer: Answer = Failed.because(Interrupted())
            elif time.monotonic() - began > LATE:
                answer = Failed.because(KoreUnreachable())
            else:
                answer = await self._ask(call)
            return {"answer": answer.model_dump(mode="json"), "asked_at": claimed["at"], "at": time.time()}

        claimed = await recorded(CLAIM_CALL, claim)
        return await recorded(ASK_KORE, ask)

    async def _ask(self, call: Call) -> Answer:
        if not await self._circuit.lets_through():
            return Failed.because(KoreUnreachable())
        try:
            answer = await self._request(call)
        except JobError as error:
            kind = type(error).__name__
            log.warning("kore_failed", operation=call.operation, error=kind, answer=str(error))
            self._note_reach(error)
            return Failed.because(error)
        except Exception:  # the job boundary: the person hears of our own faults too
            mine = reference()
            log.exception("job_failed", operation=call.operation, reference=mine)
            return Failed.because(InternalError(mine), reference=mine)
        self._circuit.reached()
        return answer

    async def _request(self, call: Call) -> Answer:
        if call.operation == "create":
            return Created(contact_list=await self._kore.create(call.submission.draft))
        if call.operation == "list":
            return Listed(ids=await self._kore.alike(call.submission.draft))
        contact_list, clock_ahead = await self._kore.details(call.candidates[0])
        return Found(contact_list=contact_list, clock_ahead=clock_ahead)

    def _note_reach(self, error: JobError) -> None:
        if isinstance(error, KoreUnreachable):
            self._circuit.not_reached()
        else:
            self._circuit.reached()

    async def _is_known(self, call: Call) -> bool:
        """Show what another look found meanwhile, if one did: that is how the submission ended."""
        return await recorded("show_known", self._show_known, call.submission)

    async def _show_known(self, submission: Submission) -> bool:
        try:
            ending = await self._records.success_of(submission.key)
            if ending is None:
                return await self._records.is_told_of(submission.key)
        except StoreUnavailable:
            return False
        await self._delivery.show(submission, ending[0], summary_route=ending[1])
        return True

    async def _if_ours(self, call: Call, found: Created) -> Next:
        """Leave a list to the submission that has it: the same words may have been submitted twice."""
        list_id = found.contact_list.id
        owner = await recorded("own_list", self._own, call, list_id)
        return {"ours": found, "another's": not_ours(call, list_id)}.get(owner) or lookup_later(call)

    async def _own(self, call: Call, list_id: str) -> Literal["ours", "another's", "not known yet"]:
        """Take a list that was found by looking; the first record of it holds for ever."""
        key = call.submission.key
        if verdicts := await self._records.rivals_have(list_id, call):
            return "another's" if "another's" in verdicts else "not known yet"
        record = f"list/{list_id}"
        if await self._intake.save(RECORD, queue=NOTIFICATIONS, under=record, saved=key):
            return "ours"
        found = await DBOS.get_workflow_status_async(record)
        return "ours" if found and found.input and found.input["args"][0] == key else "another's"

    async def _take_turn(self, number: int) -> bool:
        """Take the turn to probe an API that cannot be reached, of all processes together."""
        taken = self._intake.save(RECORD, queue=NOTIFICATIONS, under=f"{PROBES}{number}", saved=str(number))
        try:
            return await within(SAVE_WITHIN, taken)
        except StoreUnavailable:
            return False

    async def _save_first(self, submission: Submission) -> Submission:
        if await self._save(first_call(submission)):
            return submission
        return await self._records.submission_of(submission.key) or submission

    async def _save(self, call: Call, *, pause: float = 0) -> bool:
        saved = call.model_dump(mode="json")
        priority = PRIORITIES[call.operation]
        return await self._intake.save(
            CALL_KORE, queue=CALLS, under=call.id, saved=saved, priority=priority, pause=pause
        )

    async def _go_on(self, call: Call, following: Next, *, delivered: dict[str, Route] | None = None) -> None:
        """Pass on to the next call, or begin to tell; a success is told once, however often it is found."""
        if isinstance(following, tuple):
            await self._enqueue(*following)
            return
        under = created_id(call.submission.key) if isinstance(following, Created) else f"{call.id}/failed"
        notification = Notification(submission=call.submission, outcome=following, delivered=delivered or {})
        await self._notifier.start(notification, under=under)

    async def _enqueue(self, call: Call, pause: float) -> None:
        priority = PRIORITIES[call.operation]
        with SetWorkflowID(call.id), SetEnqueueOptions(delay_seconds=pause or None, priority=priority):
            await DBOS.enqueue_workflow_async(CALLS, self._call_workflow, call.model_dump(mode="json"))


def _next(call: Call, noted: Json) -> Next:
    """Decide what comes after an answer as it was noted."""
    if call.operation == "create":
        call = call.model_copy(update={"posted_at": noted["asked_at"]})
    return next_after(call, ANSWER.validate_python(noted["answer"]), now=noted["at"])
