"""The durable jobs: one for each call to Kore.ai, and one to tell people how it ended.

A job makes its call at most once, notes the answer, and leaves what follows (see `resolution`) to the next.
So no job waits, each is soon done, and one that was cut off is run again by whoever finds it, without its
call. The names of workflows and steps are in the store: renaming one would break the jobs under way.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, StepOptions
from pydantic import TypeAdapter

from bot.delivery import Delivery
from bot.engine import CALLS, MINUTE, TELLINGS, EngineError
from bot.errors import Interrupted, JobError, KoreUnreachable, StoreUnavailable, Unexpected
from bot.kore.circuit import Circuit
from bot.kore.client import KoreClient
from bot.models import Created, Failed, Outcome, Submission, Telling, Way
from bot.resolution import (
    Answer,
    Call,
    Found,
    Listed,
    Next,
    after_failure,
    first_call,
    follow,
    look_again,
    not_ours,
)
from bot.telemetry import Metrics

__all__ = ["CALL_KORE", "OWN_LIST", "TELL", "Jobs", "Queue"]

CALL_KORE = "call_kore"
TELL = "tell"
OWN_LIST = "own_list"
SAVE_WITHIN = 1.5
"""Seconds for which Slack's answer may wait for the store; Slack itself waits three."""
LATE = 1.0
"""Seconds after its start in which a job makes its call; later the account's limit might not hold."""
ACK_SETTLES = 1.0
"""Seconds after which Slack has surely put an acknowledged view in place."""
TELL_AGAIN = (5, 15, 60, 300, 900, 1800, 3600, 3600, 3600)
"""Seconds before people are told again whom Slack could not reach."""

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Json = dict[str, Any]
Workflow = Callable[[Json], Coroutine[object, object, Json | None]]
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


@dataclass(frozen=True)
class Queue:
    """The calls that wait, in order, by id; when the last ones started; how many may in `period` seconds."""

    waiting: tuple[str, ...]
    started: tuple[float, ...]
    limit: int
    period: float


class Jobs:
    """Submissions on their way. Make one between `configure_engine` and `launch_engine`."""

    def __init__(
        self, kore: KoreClient, delivery: Delivery, metrics: Metrics, *, rate_per_minute: int
    ) -> None:
        self._rate_per_minute = rate_per_minute
        self._kore = kore
        self._delivery = delivery
        self._metrics = metrics
        self._circuit = Circuit()
        self.when_ended: Callable[[Telling], None] = lambda _: None
        """What this process does when everybody was told how a submission ended."""

        @DBOS.workflow(name=CALL_KORE)
        async def call_kore(saved: Json) -> None:
            await self._call_kore(Call.model_validate(saved))

        @DBOS.workflow(name=TELL)
        async def tell(saved: Json) -> Json:
            return await self._tell(Telling.model_validate(saved))

        @DBOS.workflow(name=OWN_LIST)
        async def own_list(key: str) -> None:
            log.debug("list_owned", job=key)

        self._own_workflow = own_list
        self._call_workflow: Workflow = call_kore
        self._tell_workflow: Workflow = tell

    async def save(self, submission: Submission) -> None:
        """Save a submission durably; the same key is the same job, however often it is saved.

        Raises `StoreUnavailable`. It may have been saved all the same: saving again is safe.
        """
        await _within(SAVE_WITHIN, self._enqueue_call(first_call(submission), pause=0))

    async def show_again(self, submission: Submission, *, saved_slowly: bool) -> None:
        """Show the result once more, if an acknowledgement of ours may have been put over it.

        That is so after a second press of the button (told from the first by its time), and when saving took
        so long that the job may have ended before its submission was acknowledged.
        """
        await asyncio.sleep(ACK_SETTLES)
        first = await self.submission_of(submission.key)
        if first != submission or saved_slowly:
            for outcome, went in await self._endings(submission.key):
                await self._delivery.show(submission, outcome, summary_went=went)

    async def submission_of(self, key: str) -> Submission | None:
        """Read a submission; None when it is no longer in the store. Raises `StoreUnavailable`."""
        found = await _within(SAVE_WITHIN, DBOS.get_workflow_status_async(key))
        return Call.model_validate(found.input["args"][0]).submission if found and found.input else None

    async def success_of(self, key: str) -> tuple[Created, Way] | None:
        """Read the list that a submission is known to have made, and where its summary went.

        Raises `StoreUnavailable`.
        """
        for outcome, went in await self._endings(key):
            if isinstance(outcome, Created):
                return outcome, went
        return None

    async def look_again(self, submission: Submission, *, posted_at: float, press: str) -> None:
        """Look once more for the list of an unconfirmed submission; `press` names the press of the button.

        Raises `StoreUnavailable`.
        """
        call = look_again(submission, posted_at=posted_at, press=press)
        await _within(SAVE_WITHIN, self._enqueue_call(call, pause=0))

    async def carry_on(self, name: str, saved: Json, failed_id: str) -> None:
        """Go on after a job that ended in an error of its store; doing so again changes nothing."""
        if name == TELL:
            await self._enqueue_telling(f"{failed_id}!", Telling.model_validate(saved), pause=0)
            return
        following = after_failure(Call.model_validate(saved))
        if isinstance(following, tuple):
            await self._enqueue_call(following[0], pause=following[1])
        else:
            await self._start_telling(Call.model_validate(saved), following)

    async def queue(self) -> Queue:
        """Look at the queue of calls. Raises `StoreUnavailable`."""
        since = datetime.fromtimestamp(time.time() - MINUTE, UTC).isoformat()
        look = partial(DBOS.list_workflows_async, queue_name=CALLS, load_input=False, load_output=False)
        waiting = await _within(SAVE_WITHIN, look(status="ENQUEUED"))
        started = await _within(SAVE_WITHIN, look(dequeued_after=since))
        return Queue(
            waiting=tuple(each.workflow_id for each in waiting),
            started=tuple(each.dequeued_at / 1000 for each in started if each.dequeued_at),
            limit=self._rate_per_minute,
            period=MINUTE,
        )

    async def _call_kore(self, call: Call) -> None:
        """Make one call at most once, and pass on to what follows from its answer."""
        with structlog.contextvars.bound_contextvars(job=call.submission.key):
            following = await self._once(call)
            if isinstance(following, Created) and call.operation == "get":
                following = await self._if_not_owned(call, following)
            elif isinstance(following, Created):
                await self._owner(following.contact_list.id, call.submission.key)
            if not isinstance(following, tuple):
                await self._start_telling(call, following)
                return
            next_call, pause = following
            if next_call.operation == "create":
                await _step("show_waiting", self._delivery.show_waiting, call.submission)
            await self._enqueue_call(next_call, pause=pause)

    async def _if_not_owned(self, call: Call, found: Created) -> Next:
        """Leave a list to the submission that has it: the same words may have been submitted twice."""
        list_id = found.contact_list.id
        owner = await self._owner(list_id, call.submission.key)
        return found if owner == call.submission.key else not_ours(call, list_id)

    async def _owner(self, list_id: str, key: str) -> str:
        """Record whose list this is, unless that is recorded already; returns the owner's key.

        The record is the input of a workflow of that id, which nobody has to wait for.
        """
        record = f"list/{list_id}"

        async def read() -> str:
            found = await DBOS.get_workflow_status_async(record)
            return str(found.input["args"][0]) if found and found.input else key

        with SetWorkflowID(record):
            await DBOS.enqueue_workflow_async(TELLINGS, self._own_workflow, key)
        return await _step("read_owner", read)

    async def _once(self, call: Call) -> Next:
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
            return {"answer": answer.model_dump(mode="json"), "at": time.time()}

        claimed = await _step("claim_call", claim)
        if call.operation == "create":
            call = call.model_copy(update={"posted_at": claimed["at"]})
        noted = await _step("ask_kore", ask)
        return follow(call, _ANSWER.validate_python(noted["answer"]), now=noted["at"])

    async def _ask(self, call: Call) -> Answer:
        if not self._circuit.lets_through():
            return Failed.because(KoreUnreachable())
        try:
            answer = await self._request(call)
        except JobError as error:
            kind = type(error).__name__
            log.warning("kore_failed", operation=call.operation, error=kind, answer=str(error)[:500])
            self._note_reach(error)
            return Failed.because(error)
        except Exception:  # the job boundary: the person hears of our own faults too
            reference = uuid.uuid4().hex[:8]
            log.exception("job_failed", operation=call.operation, reference=reference)
            return Failed.because(Unexpected(reference), reference=reference)
        self._circuit.reached()
        return answer

    async def _request(self, call: Call) -> Answer:
        if call.operation == "create":
            return Created(contact_list=await self._kore.create(call.submission.draft))
        if call.operation == "list":
            return Listed(ids=await self._kore.ids_by_name(call.submission.draft.name))
        contact_list, clock_ahead = await self._kore.details(call.candidates[0])
        return Found(contact_list=contact_list, clock_ahead=clock_ahead)

    def _note_reach(self, error: JobError) -> None:
        if isinstance(error, KoreUnreachable):
            self._circuit.not_reached()
        else:
            self._circuit.reached()

    async def _enqueue_call(self, call: Call, *, pause: float) -> None:
        with SetWorkflowID(call.id), SetEnqueueOptions(delay_seconds=pause or None):
            await DBOS.enqueue_workflow_async(CALLS, self._call_workflow, call.model_dump(mode="json"))

    async def _start_telling(self, call: Call, outcome: Outcome) -> None:
        """Begin to tell at once. A success is told once for a submission, however often it is found."""
        telling = Telling(submission=call.submission, outcome=outcome)
        created = isinstance(outcome, Created)
        with SetWorkflowID(f"{call.submission.key}/created" if created else f"{call.id}/failed"):
            await DBOS.start_workflow_async(self._tell_workflow, telling.model_dump(mode="json"))

    async def _tell(self, telling: Telling) -> Json:
        """Tell everybody who was not told yet, and note how; whom Slack cannot reach now is told later."""
        submission, outcome, went = telling.submission, telling.outcome, dict(telling.went)

        async def tell(whom: str, work: Callable[[], Coroutine[object, object, Way]]) -> None:
            if went.get(whom, Way.LATER) is Way.LATER:
                went[whom] = Way(await _step(f"tell_{whom}", work))

        with structlog.contextvars.bound_contextvars(job=submission.key):
            if isinstance(outcome, Created):
                await tell("channel", partial(self._delivery.announce, submission, outcome))
                await tell("second_channel", partial(self._delivery.notify, submission, outcome))
            summary_went = went.get("channel", Way.NONE)
            await tell("form", partial(self._delivery.show, submission, outcome, summary_went=summary_went))
            if went["form"] is not Way.FORM and summary_went is not Way.LATER:
                await tell("person", partial(self._delivery.tell_person, submission, outcome, summary_went))
            await self._tell_later(telling, went) if Way.LATER in went.values() else self._audit(telling)
        return dict(went)

    async def _tell_later(self, telling: Telling, went: dict[str, Way]) -> None:
        if telling.tries == len(TELL_AGAIN):
            log.error("not_everybody_told", went=went)
            self._audit(telling)
            return
        again = telling.model_copy(update={"tries": telling.tries + 1, "went": went})
        await self._enqueue_telling(f"{DBOS.workflow_id}+", again, pause=TELL_AGAIN[telling.tries])

    async def _enqueue_telling(self, telling_id: str, telling: Telling, *, pause: float) -> None:
        with SetWorkflowID(telling_id), SetEnqueueOptions(delay_seconds=pause or None):
            await DBOS.enqueue_workflow_async(TELLINGS, self._tell_workflow, telling.model_dump(mode="json"))

    async def _endings(self, key: str) -> list[tuple[Outcome, Way]]:
        """Read how a submission ended, the newest first, and where its summary went."""
        look = DBOS.list_workflows_async(
            workflow_id_prefix=f"{key}/", name=TELL, status="SUCCESS", sort_desc=True, limit=1
        )
        told = [
            (each.input["args"][0], each.output) for each in await _within(SAVE_WITHIN, look) if each.input
        ]
        return [
            (Telling.model_validate(saved).outcome, Way((went or {}).get("channel", Way.NONE)))
            for saved, went in told
        ]

    def _audit(self, telling: Telling) -> None:
        submission, outcome = telling.submission, telling.outcome
        self._metrics.jobs.labels(outcome.kind).inc()
        log.info(
            "submission_ended",
            user=submission.origin.user_id,
            channel=submission.origin.channel_id,
            name=submission.draft.name,
            outcome=outcome.kind,
            contact_list=outcome.contact_list.id if isinstance(outcome, Created) else None,
            error=outcome.error if isinstance(outcome, Failed) else None,
            seconds=round(time.time() - submission.submitted_at, 3),
        )
        self.when_ended(telling)


async def _step(
    name: str, work: Callable[P, Coroutine[object, object, R]], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Do something whose answer is recorded: after a crash it is read back, and not done again."""
    return await DBOS.run_step_async(StepOptions(name=name), work, *args, **kwargs)


async def _within(seconds: float, work: Coroutine[object, object, R]) -> R:
    """Ask the store; what it raises, or its silence, is `StoreUnavailable`."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except (TimeoutError, *EngineError) as error:
        raise StoreUnavailable(type(error).__name__) from error
