"""What follows from an answer of Kore.ai: the next call, or the end. Pure: no I/O, no clock.

    create ── accepted ──────────────────────────────► Created
       ├───── refused ───────────────────────────────► Failed
       ├───── not accepted ── pause ── create again  (no connection, rate limit: half an hour)
       └───── unclear ── pause ── list ── get … get ─► Created
                           ▲               │
                           └── none ours ──┴─────────► Failed: Unconfirmed, after the last lookup

A lookup that the bot's own end cut off is repeated and does not count: Kore.ai was not heard.

A job never waits: each call is a job of its own with all that is known in it, so that every wait is a place
in the queue, which costs nothing and survives everything.
"""

from typing import Literal

from bot.errors import (
    COULD_NOT_LOOK,
    NOT_CONFIRMED,
    NOT_FOUND_OUT,
    NOT_SEEN,
    STILL_NOT_SEEN,
    WHAT_NEXT,
    Interrupted,
    KoreWrongAddress,
    Unconfirmed,
)
from bot.kore.models import ContactList
from bot.kore.protocol import SOURCE
from bot.models import Created, Failed, Saved, Submission
from bot.timing import Timing

CLOCKS_APART = 5
"""Seconds by which the clocks of two processes of ours may differ: one posts, another may look."""
MAX_INTERRUPTIONS = 20
"""Lookups of a submission that are repeated because the bot ended; one of them may be what ends it."""
UNKNOWN_CLOCK = 60
"""Seconds by which Kore.ai's clock may differ from ours when an answer has no `Date`."""


class Call(Saved):
    """One call to Kore.ai, with everything that is known so far."""

    submission: Submission
    operation: Literal["create", "list", "get"] = "create"
    number: int = 0
    """How many calls went before this one."""
    press: str = ""
    """Which press of *Check again* began this."""
    tries: int = 0
    """How often Kore.ai did not accept the POST."""
    tried_at: float | None = None
    """When it was not accepted for the first time, in seconds since the epoch."""
    posted_at: float | None = None
    """When the POST began, in seconds since the epoch by our clock."""
    lookups: int = 0
    """How many lookups began."""
    interruptions: int = 0
    """How many calls of the lookups the bot's own end cut off."""
    has_looked_up: bool = False
    """Whether the last one that Kore.ai answered went through, with every list of that name."""
    is_incomplete: bool = False
    """Whether one of those in this lookup was not shown in full: it may be ours."""
    candidates: tuple[str, ...] = ()
    """Ids of lists of that name that were not asked for yet."""
    others: tuple[str, ...] = ()
    """Ids of lists of that name that are not ours."""
    cause: str = ""
    """Why it is not known whether the list exists: a sentence."""
    reference: str | None = None
    """Where the log has a fault of ours that made the answer unclear."""

    @property
    def id(self) -> str:
        """Name this call: the first has the submission's own key."""
        parts = [self.submission.key, self.press, str(self.number or "")]
        return "/".join(filter(None, parts))


class Listed(Saved):
    """The lists that have the right name."""

    kind: Literal["listed"] = "listed"
    ids: tuple[str, ...]


class Found(Saved):
    """One list in full. `clock_ahead` is by how many seconds Kore.ai's clock is ahead of ours, at least."""

    kind: Literal["found"] = "found"
    contact_list: ContactList
    clock_ahead: float | None = None


Answer = Created | Failed | Listed | Found
Next = tuple[Call, float] | Created | Failed
"""The next call and the seconds to wait before it, or the end."""


def first_call(submission: Submission) -> Call:
    """Begin with the POST."""
    return Call(submission=submission)


def lookup_again(submission: Submission, *, posted_at: float, press: str, timing: Timing) -> Call:
    """Look up, one more time, a list that was not confirmed."""
    return Call(
        submission=submission,
        operation="list",
        press=press,
        posted_at=posted_at,
        lookups=len(timing.lookup_delays),
    )


def after_failure(call: Call, *, timing: Timing) -> Next:
    """Go on after a job that the engine could not end: whether its call was made is not known."""
    posted_at = call.posted_at or call.submission.submitted_at
    return lookup_later(call.model_copy(update={"posted_at": posted_at}), timing=timing)


def next_after(call: Call, answer: Answer, *, now: float, timing: Timing) -> Next:
    """Decide what comes after an answer. `now` is when it came, in seconds since the epoch."""
    match answer:
        case Created():
            return answer
        case Failed() if call.operation == "create":
            return _after_failed_create(call, answer, now=now, timing=timing)
        case Failed():
            return _after_failed_lookup(call, answer, timing=timing)
        case Listed(ids=ids):
            candidates = tuple(each for each in ids if each not in call.others)
            began = call.model_copy(update={"has_looked_up": False, "is_incomplete": False})
            return _check_next(began, candidates, timing=timing)
    ours = is_ours(answer.contact_list, call, answer.clock_ahead)
    found = answer.contact_list
    return Created(contact_list=found) if ours else not_ours(call, found.id, timing=timing)


def not_ours(call: Call, list_id: str, *, timing: Timing) -> Next:
    """Go on after a list that looks like ours turned out to be another submission's."""
    known = call.model_copy(update={"others": (*call.others, list_id)})
    return _check_next(known, call.candidates[1:], timing=timing)


def lookup_later(call: Call, *, timing: Timing) -> Next:
    """Go on after a lookup without a result; after the last one it stays unconfirmed."""
    if call.lookups >= len(timing.lookup_delays):
        return unconfirmed(call)
    following = _following(call, operation="list", lookups=call.lookups + 1, candidates=())
    return following, timing.lookup_delays[call.lookups]


def unconfirmed(call: Call) -> Failed:
    """End without knowing, and say why."""
    failed = Failed.because(Unconfirmed(), reference=call.reference, posted_at=call.posted_at)
    if call.press:
        known = [STILL_NOT_SEEN if call.has_looked_up else COULD_NOT_LOOK]
    else:
        known = [call.cause or NOT_CONFIRMED, NOT_SEEN if call.has_looked_up else NOT_FOUND_OUT]
    return failed.model_copy(update={"sentence": " ".join([*known, WHAT_NEXT])})


def is_ours(found: ContactList, call: Call, clock_ahead: float | None) -> bool:
    """Return whether a list is the one that this submission made: all that is told is what was sent.

    Name and description must be told, and it must not be older: its time stamp is by Kore.ai's clock, the
    beginning of the POST by ours.
    """
    sent = {**call.submission.draft.model_dump(), "source": SOURCE}
    told = found.model_dump(include=set(sent), exclude_none=True)
    is_same = sent | told == sent and {"name", "description"} <= told.keys()
    if not is_same or found.created_at is None or call.posted_at is None:
        return False
    ahead = -UNKNOWN_CLOCK if clock_ahead is None else clock_ahead
    return found.created_at.timestamp() >= call.posted_at + ahead - CLOCKS_APART


def _after_failed_create(call: Call, failed: Failed, *, now: float, timing: Timing) -> Next:
    if failed.maybe_created:
        unclear = call.model_copy(update={"reference": failed.reference, "cause": failed.sentence})
        return lookup_later(unclear, timing=timing)
    tried_at = call.tried_at or now
    delay = timing.retry_delays[min(call.tries, len(timing.retry_delays) - 1)]
    pause = max(delay, failed.retry_after or 0)
    if not failed.not_accepted or now - tried_at + pause > timing.retry_for:
        return failed
    again = _following(call, operation="create", tries=call.tries + 1, tried_at=tried_at, posted_at=None)
    return again, pause


def _after_failed_lookup(call: Call, failed: Failed, *, timing: Timing) -> Next:
    if failed.error == Interrupted.__name__:
        return _repeat(call, timing=timing)
    is_gone = failed.error == KoreWrongAddress.__name__  # a 404: of one list that says that it was deleted
    is_about_one_list = is_gone or not (failed.not_accepted or failed.needs_operator)
    if call.operation == "get" and is_about_one_list:
        incomplete = call.model_copy(update={"is_incomplete": True})
        return _check_next(incomplete, call.candidates[1:], timing=timing)
    return lookup_later(call, timing=timing)


def _repeat(call: Call, *, timing: Timing) -> Next:
    """Repeat a call that only reads and whose answer was not noted."""
    if call.interruptions == MAX_INTERRUPTIONS:
        return lookup_later(call, timing=timing)
    return _following(call, interruptions=call.interruptions + 1), 0


def _check_next(call: Call, candidates: tuple[str, ...], *, timing: Timing) -> Next:
    if not candidates:
        ended = call.model_copy(update={"has_looked_up": not call.is_incomplete})
        return lookup_later(ended, timing=timing)
    return _following(call, operation="get", candidates=candidates), 0


def _following(call: Call, **changes: object) -> Call:
    return call.model_copy(update={"number": call.number + 1, **changes})
