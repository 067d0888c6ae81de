"""What follows from an answer while filling a list: the next call, a pause, or the end. Pure: no I/O.

    find ─ inspect ─ add 0 ─ add 1 ─ … ─ count … count ─► Added
      │               │ │
      │               │ └─ unclear ─ count … count ─► arrived: the next one
      │               │                            └► Unsure: the person decides, or a day later the bot
      │               └─── not accepted ─ pause ─ add again
      └──────────────────── the list was inspected long ago, or before the person decided

The list is found by its name, which is how Kore.ai addresses it, and inspected right before the first chunk,
and again once that is long ago: another list may have the name by then.

Each chunk is sent once; it is sent again only if Kore.ai certainly did not accept it, or if the person says
so. Calls that only read are repeated.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, assert_never

from pydantic import Field, TypeAdapter

from bot.contact_import import RESTORED, Added, ContactImport, ImportOutcome, Stopped, Tally, Unsure
from bot.errors import Cancelled, Interrupted, JobError
from bot.jobs.contract import IMPORT_CALL, IMPORT_PRIORITY, import_call_id
from bot.jobs.queued_call import QueuedCall
from bot.models import Saved, Trouble
from bot.timing import Timing

NO_DECISION = "I asked you about some of those rows and got no answer for a day, so I stopped there."
FROM_BACKUP = (
    "I was restored from a backup made before this ended, so I can't tell which of the contacts were sent. "
    "Check the list in Kore.ai before you add any again."
)


class Namesakes(Saved):
    """Which lists have the import's name, and how many lists couldn't be read."""

    kind: Literal["namesakes"] = "namesakes"
    ids: tuple[str, ...]
    missing: int = 0


class Inspected(Saved):
    """The list's current state, and whether it is the right list."""

    kind: Literal["inspected"] = "inspected"
    wrong: str = ""
    """If it is the wrong list: a class name from `bot.errors`; `sentence` says why."""
    sentence: str = ""
    count: int | None = None
    allows_duplicates: bool | None = None


class InspectionExpired(Saved):
    """Nothing was sent: the list may be a different one by now."""

    kind: Literal["inspection_expired"] = "inspection_expired"


class ChunkAccepted(Saved):
    """Kore.ai accepted a chunk, and adds its contacts later."""

    kind: Literal["chunk_accepted"] = "chunk_accepted"
    last_row: int
    imports: int = 1
    """Number of imports under way."""


class NotDone(Trouble):
    """A call failed."""

    kind: Literal["not_done"] = "not_done"
    first_row: int = 0
    """The chunk's first row, if it was read."""
    last_row: int = 0

    @staticmethod
    def sentence_of(error: JobError) -> str:
        """Return what people read about an error."""
        return error.contacts_message()


class ImportCall(QueuedCall):
    """One call to Kore.ai for an import, with everything known so far; chunks count from 0."""

    workflow = IMPORT_CALL

    importing: ContactImport
    id: str
    """The import's own id; each job's id adds the number of its call."""
    operation: Literal["find", "inspect", "add", "count", "expire"] = "find"
    chunk: int = 0
    """The chunk that is sent next, or that is in doubt."""
    tally: Tally = Tally()
    inspected_at: float = 0
    """When the list was last inspected, in seconds since the epoch."""
    namesakes: Namesakes | None = None
    """The lists that had the name when we asked."""
    doubt: NotDone | None = None
    """Why it isn't known whether the chunk arrived."""
    earlier_doubt: NotDone | None = None
    """The same for a chunk that the person had sent again."""
    has_decided: bool = False
    """Whether the person has decided about a chunk: after that, no count proves anything."""
    counts: int = 0
    """Number of counts requested in a row."""
    count: int | None = None
    """The latest count."""
    after_row: int = 0
    """The last row of the file that was sent."""
    imports: int = 1
    """Imports under way when a chunk was accepted: they share what is left of the rate limit."""

    @property
    def job_id(self) -> str:
        """Return the id of the call's job."""
        return import_call_id(self.id, self.number)

    @property
    def priority(self) -> int:
        """Return the lowest priority, so that all other calls go first."""
        return IMPORT_PRIORITY

    @property
    def expected(self) -> int | None:
        """Contacts in the list once everything sent has arrived; None if that can't be known."""
        before = self.tally.count_before
        if before is None or self.has_decided:
            return None
        doubted = self.importing.size_of(self.chunk) if self.doubt else 0
        return before + self.tally.sent + doubted


ImportAnswer = Annotated[
    Namesakes | Inspected | InspectionExpired | ChunkAccepted | NotDone, Field(discriminator="kind")
]
_ANSWER: TypeAdapter[ImportAnswer] = TypeAdapter(ImportAnswer)

ImportNext = ImportCall | ImportOutcome
"""The next call, or how the import ended, or what it waits for."""


class Decision(StrEnum):
    """What a person decides about a chunk that may have arrived, or the bot if nobody decides."""

    CHECK = "check"
    SEND_AGAIN = "send_again"
    LEAVE_OUT = "leave_out"
    EXPIRE = "expire"


def read_answer(noted: Mapping[str, object]) -> ImportAnswer:
    """Read the answer from what a job noted about its call."""
    return _ANSWER.validate_python(noted["answer"])


def next_after(call: ImportCall, answer: ImportAnswer, *, now: float, timing: Timing) -> ImportNext:
    """Decide what comes after an answer; `now` is in seconds since the epoch."""
    if call.operation == "count":
        return _after_count(call, answer.count if isinstance(answer, Inspected) else None, timing=timing)
    match answer:
        case NotDone():
            return _after_not_done(call, answer, now=now, timing=timing)
        case ChunkAccepted():
            return _sent(
                call.replace(after_row=answer.last_row, imports=answer.imports),
                timing=timing,
            )
        case Namesakes():
            return _following(call, operation="inspect", namesakes=answer)
        case Inspected():
            return _inspected(call, answer, now=now)
        case InspectionExpired():
            return _following(call, operation="find")
        case _:
            assert_never(answer)


def after_failure(call: ImportCall, *, now: float, timing: Timing) -> ImportNext:
    """Decide what comes after a job that broke without noting an answer: its call may have been sent."""
    return next_after(call, NotDone.because(Interrupted()), now=now, timing=timing)


def decided(call: ImportCall, decision: Decision, *, timing: Timing) -> ImportCall:
    """Return the call that follows a decision about a chunk in doubt.

    Whichever it is, it has the next number, so the first of several decisions holds.
    """
    match decision:
        case Decision.CHECK:
            return _count(call, timing=timing)
        case Decision.SEND_AGAIN:
            known = call.replace(doubt=None, earlier_doubt=call.doubt, has_decided=True, inspected_at=0)
            return _following(known, operation="add")
        case Decision.EXPIRE:
            return _following(call, operation="expire")
        case Decision.LEAVE_OUT:
            left_out = _uncertain(call, call.doubt).replace(inspected_at=0)
            return _next_chunk(left_out, timing=timing)
        case _:
            assert_never(decision)


def expired(call: ImportCall) -> Stopped:
    """End an import without knowing about a chunk, and without sending the next one."""
    return _stopped(_uncertain(call, call.doubt), "DecisionTimedOut", NO_DECISION)


def cancelled(call: ImportCall) -> Stopped:
    """End an import whose next call the operator cancelled; none of it is in doubt."""
    return _stopped(call, Cancelled.__name__, Cancelled.contacts_message())


def restored(call: ImportCall) -> Stopped | None:
    """End an import that is open in a restored backup: everything that follows may have been sent since.

    None if there is nothing left to send.
    """
    left = call.importing.rows.count - call.tally.sent - call.tally.uncertain
    if not left:
        return None
    tally = call.tally.replace(uncertain=call.tally.uncertain + left)
    return Stopped(**tally.model_dump(), error=RESTORED, sentence=FROM_BACKUP)


def _inspected(call: ImportCall, found: Inspected, *, now: float) -> ImportNext:
    """Send the next chunk to the right list; `count_before` stays as it was before the first chunk."""
    if found.wrong:
        return _stopped(call, found.wrong, found.sentence)
    tally = call.tally.replace(allows_duplicates=found.allows_duplicates)
    if not (call.tally.sent or call.has_decided):
        tally = tally.replace(count_before=found.count)
    return _following(call, operation="add", inspected_at=now, tally=tally)


def _after_not_done(call: ImportCall, answer: NotDone, *, now: float, timing: Timing) -> ImportNext:
    if answer.maybe_created and call.operation == "add":
        return _count(call.replace(doubt=answer), timing=timing)
    again = call.again(now=now, retry_after=answer.retry_after, timing=timing)
    if again and (answer.not_accepted or answer.maybe_created):  # the other operations only read
        return again
    stopped = _stopped(call, answer.error, answer.sentence)
    details = {"vendor_message", "needs_operator", "reference"}
    return stopped.replace(**answer.model_dump(include=details))


def _after_count(call: ImportCall, count: int | None, *, timing: Timing) -> ImportNext:
    call = call.replace(count=count if count is not None else call.count)
    has_arrived = count is not None and count == call.expected
    if has_arrived:
        return _arrived(call, timing=timing)
    if call.counts < len(timing.count_delays):
        return _following(call, pause=timing.count_delays[call.counts], counts=call.counts + 1)
    return _unsure(call, call.doubt) if call.doubt else _added(call, is_confirmed=False)


def _arrived(call: ImportCall, *, timing: Timing) -> ImportNext:
    """Continue after a count that proves that everything arrived, including the chunk in doubt."""
    if call.doubt is None:
        return _added(call, is_confirmed=True)
    certain = call.replace(doubt=None, after_row=call.doubt.last_row)
    return _sent(certain, timing=timing)


def _sent(call: ImportCall, *, timing: Timing) -> ImportCall:
    sent = call.tally.sent + call.importing.size_of(call.chunk)
    tally = call.tally.replace(sent=sent)
    return _next_chunk(call.replace(tally=tally), timing=timing)


def _uncertain(call: ImportCall, doubt: NotDone | None) -> ImportCall:
    """Count the chunk as uncertain, if there is a doubt."""
    if doubt is None:
        return call
    uncertain = call.tally.uncertain + call.importing.size_of(call.chunk)
    tally = call.tally.replace(uncertain=uncertain)
    return call.replace(
        tally=tally, after_row=doubt.last_row, doubt=None, earlier_doubt=None, has_decided=True
    )


def _next_chunk(call: ImportCall, *, timing: Timing) -> ImportCall:
    """Send the next chunk, or after the last one, count the list."""
    following = call.replace(chunk=call.chunk + 1, earlier_doubt=None)
    if following.chunk < call.importing.chunks:
        return _following(following, operation="add")
    return _count(following, timing=timing)


def _count(call: ImportCall, *, timing: Timing) -> ImportCall:
    """Count the list several times, or once if that can't prove anything."""
    counts = len(timing.count_delays) if call.expected is None else 1
    return _following(call, pause=timing.count_delays[0], operation="count", counts=counts)


def _following(call: ImportCall, *, pause: float = 0, **changes: object) -> ImportCall:
    """Return the call after this one; tries and counts in a row restart unless they are among `changes`."""
    in_a_row: dict[str, object] = {"tries": 0, "tried_at": None, "counts": 0}
    return call.replace(number=call.number + 1, pause=pause, **(in_a_row | changes))


def _added(call: ImportCall, *, is_confirmed: bool) -> Added:
    return Added(**call.tally.model_dump(), count_after=call.count, is_confirmed=is_confirmed)


def _unsure(call: ImportCall, doubt: NotDone) -> Unsure:
    return Unsure(
        **call.tally.model_dump(),
        sentence=doubt.sentence,
        vendor_message=doubt.vendor_message,
        first_row=doubt.first_row,
        last_row=doubt.last_row,
        contacts=call.importing.size_of(call.chunk),
        count=call.count,
        expected=call.expected,
    )


def _stopped(call: ImportCall, error: str, sentence: str) -> Stopped:
    ended = _uncertain(call, call.earlier_doubt)
    return Stopped(**ended.tally.model_dump(), error=error, sentence=sentence, after_row=ended.after_row)
