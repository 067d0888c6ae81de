"""What follows from Kore.ai's answer: the next call, or the end. Pure: no I/O, no clock.

    create ── accepted ──────────────────────────────► Created
       ├───── refused ───────────────────────────────► Failed
       ├───── not accepted ── pause ── create again  (no connection, rate limit: half an hour)
       └───── unclear ── pause ── list ── get … get ─► Created: it is ours for certain
                           ▲               │
                           └── none ours ──┴─────────► Failed, after the last lookup: Alike if one of that
                                                       name may be ours, else Unconfirmed

A lookup cut off because the bot stopped is repeated and doesn't count: Kore.ai's answer was never heard.

A job never waits: each call is a job of its own that carries everything known, so that every wait is a place
in the queue, which costs nothing and survives everything.
"""

import math
from collections.abc import Mapping
from enum import Enum, auto
from typing import Literal

from pydantic import Field, TypeAdapter

from bot.errors import Alike, Interrupted, KoreNotFound, KoreWrongAddress, Unconfirmed
from bot.jobs.contract import CALL_KORE, CREATE_PRIORITY, LOOKUP_PRIORITY
from bot.jobs.queued_call import QueuedCall
from bot.kore.listing import Lists
from bot.kore.models import ContactList, seconds_of
from bot.kore.recognition import is_as_sent
from bot.models import Created, Failed, PostBegun, Saved, Submission
from bot.timing import Timing

MAX_INTERRUPTIONS = 20
"""Lookups repeated per submission because the bot stopped; one of them may be what stops it."""
MAX_ALIKE = 10
"""Lists with the name that one lookup asks about, newest first."""
MAX_LISTED = 50
"""Listed rows that are noted."""
TOO_OLD = 24 * 60 * 60
"""Seconds a list must predate the POST to be ruled out; no two time zones are further apart."""
CLOCKS_APART = 60
"""Seconds a timestamp may lie ahead of Kore.ai's clock; beyond that, they can't be the same clock."""
NOT_SEEN = "It hasn't shown up yet."
WHAT_NEXT = "*Check again*, or *Create anyway* – you might end up with two."
ONLY_OTHERS = "The other lists with this name were there before, or belong to another request."
NOT_FOUND_OUT = "I haven't been able to check since."
STILL_NOT_SEEN = "I checked again and didn't find the list, so I can't tell whether it was created."
COULD_NOT_LOOK = "I tried to check again but couldn't, so I can't tell whether the list was created."


class Call(QueuedCall):
    """One call to Kore.ai for a submission, with everything known so far."""

    workflow = CALL_KORE

    submission: Submission
    operation: Literal["create", "list", "get"] = "create"
    posted: PostBegun | None = None
    """When the POST began; only lookups know it."""
    press: str = ""
    """The press of *Check again* that began this."""
    reply_to: str | None = Field(default=None, repr=False)
    """Changes the message whose button was pressed. A secret."""
    lookups: int = 0
    """Number of lookups begun."""
    interruptions: int = 0
    """Number of lookup calls cut off because the bot stopped."""
    has_looked_up: bool = False
    """Whether the last lookup that Kore.ai answered was completed, covering every list there is."""
    is_incomplete: bool = False
    """Whether some lists were missing from this lookup's answer: one of them may be ours."""
    candidates: tuple[str, ...] = ()
    """Ids of lists with the name not asked about yet; a `get` asks about the first one."""
    alike: tuple[ContactList, ...] = ()
    """Lists that may be ours, as the last lookup showed them."""
    asked: tuple[str, ...] = ()
    """Ids of those in `alike` that were read in full."""
    others: tuple[str, ...] = ()
    """Ids of lists with the name that aren't ours."""
    cause: str = ""
    """Why it isn't known whether the list exists: a sentence."""
    vendor_message: str = ""
    """Kore.ai's own words about it."""
    reference: str | None = None
    """The reference in the log of a fault of ours that made the answer unclear."""
    shown: str | None = None
    """The hash of the form's view that shows the lookups' progress, if known."""

    @property
    def job_id(self) -> str:
        """Return the id of the call's job; the first is the submission's own key."""
        parts = [self.submission.key, self.press, str(self.number or "")]
        return "/".join(filter(None, parts))

    @property
    def priority(self) -> int:
        """Return the call's priority; lookups go first."""
        return CREATE_PRIORITY if self.operation == "create" else LOOKUP_PRIORITY


class Listed(Saved):
    """The lists that may have the name, and whether they are complete."""

    kind: Literal["listed"] = "listed"
    rows: tuple[ContactList, ...]
    is_complete: bool = True


class Found(Saved):
    """One list in full.

    `clock_ahead` is the least number of seconds by which Kore.ai's clock is ahead of the one that timed the
    POST; None if unknown.
    """

    kind: Literal["found"] = "found"
    contact_list: ContactList
    clock_ahead: float | None = None
    is_anothers: bool = False
    """Whether the list is known to be another submission's."""


class Verdict(Enum):
    """How a list relates to a submission."""

    OURS = auto()
    ALIKE = auto()
    OTHER = auto()


CallAnswer = Created | Failed | Listed | Found
_ANSWER: TypeAdapter[CallAnswer] = TypeAdapter(CallAnswer)
Next = Call | Created | Failed
"""The next call, or the end."""


def listed(lists: Lists[ContactList]) -> Listed:
    """Return the newest of the lists that may have the name."""
    rows = sorted(lists.rows, key=_changed_at, reverse=True)
    return Listed(rows=tuple(rows[:MAX_LISTED]), is_complete=not lists.missing and len(rows) <= MAX_LISTED)


def read_answer(noted: Mapping[str, object]) -> CallAnswer:
    """Read the answer from what a job noted about its call."""
    return _ANSWER.validate_python(noted["answer"])


def lookup_again(
    submission: Submission,
    posted: PostBegun | None,
    *,
    press: str,
    reply_to: str | None = None,
    timing: Timing,
) -> Call:
    """Return the call that looks up an unconfirmed list once more, leaving time to tell the person first."""
    return Call(
        submission=submission,
        operation="list",
        posted=posted,
        press=press,
        reply_to=reply_to,
        lookups=len(timing.lookup_delays),
        pause=timing.ack_settles,
    )


def after_failure(call: Call, *, timing: Timing) -> Next:
    """Continue after a job that broke in the engine: its call may have been made."""
    posted = call.posted or PostBegun(at=call.submission.submitted_at)
    return lookup_later(call.replace(posted=posted), timing=timing)


def next_after(call: Call, answer: CallAnswer, *, now: float, timing: Timing) -> Next:
    """Decide what comes after an answer, which arrived at `now`, in seconds since the epoch."""
    match answer:
        case Created():
            return answer
        case Failed() if call.operation == "create":
            return _after_failed_create(call, answer, now=now, timing=timing)
        case Failed():
            return _after_failed_lookup(call, answer, timing=timing)
        case Listed():
            return _check_next(_with_rows(call, answer), timing=timing)
    return _after_details(call, answer, now=now, timing=timing)


def verdict(found: ContactList, call: Call, clock_ahead: float | None, *, now: float) -> Verdict:
    """Decide how a list relates to the submission; `docs/decisions/is-it-ours.md` explains why.

    A list is ours if it matches everything that was sent, was created after the POST began by Kore.ai's own
    clock, and wasn't known before. It is another one if it was known, or is a day older. The rest is up to
    the person.
    """
    if _was_there_before(found, call):
        return Verdict.OTHER
    is_newer = _is_newer(found, call, clock_ahead, now=now)
    return Verdict.OURS if is_newer and is_as_sent(found, call.submission.draft) else Verdict.ALIKE


def not_ours(call: Call, list_id: str, *, timing: Timing) -> Next:
    """Continue after a list that looks like ours turned out to be another submission's."""
    alike = tuple(each for each in call.alike if each.id != list_id)
    known = call.replace(others=(*call.others, list_id), alike=alike, candidates=call.candidates[1:])
    return _check_next(known, timing=timing)


def lookup_later(call: Call, *, timing: Timing) -> Next:
    """Continue after a lookup without a result; after the last lookup, the list stays unconfirmed."""
    if call.lookups >= len(timing.lookup_delays):
        return unconfirmed(call)
    pause = timing.lookup_delays[call.lookups]
    return _following(call, pause=pause, operation="list", lookups=call.lookups + 1, candidates=())


def unconfirmed(call: Call) -> Failed:
    """End without knowing: show the likeliest list, or else say why."""
    ended = Failed.because(Alike() if call.alike else Unconfirmed(), reference=call.reference)
    ended = ended.replace(posted=call.posted, vendor_message=call.vendor_message)
    if not call.alike:
        return ended.replace(sentence=_why_unconfirmed(call))
    draft = call.submission.draft
    likeliest = max(call.alike, key=lambda each: (is_as_sent(each, draft), _changed_at(each)))
    return ended.replace(alike=likeliest)


def _why_unconfirmed(call: Call) -> str:
    if call.press:
        known = [STILL_NOT_SEEN if call.has_looked_up else COULD_NOT_LOOK]
    else:
        known = [call.cause or Unconfirmed.user_message(), NOT_SEEN if call.has_looked_up else NOT_FOUND_OUT]
    return " ".join([*known, *([ONLY_OTHERS] if call.others else []), WHAT_NEXT])


def _was_there_before(found: ContactList, call: Call) -> bool:
    """Return whether a list was known, or is too old for any clock or time zone to explain."""
    posted_at = call.posted.at if call.posted else 0
    is_old = 0 < _changed_at(found) < posted_at - TOO_OLD
    return is_old or found.id in call.submission.known


def _is_newer(found: ContactList, call: Call, clock_ahead: float | None, *, now: float) -> bool:
    """Return whether a list was created after the POST began, by Kore.ai's clock and with a time zone."""
    posted, created_at = call.posted, found.created_at
    if posted is None or created_at is None or created_at.tzinfo is None:
        return False
    translated = None if clock_ahead is None else posted.at + clock_ahead
    known = [each for each in (posted.at_theirs, translated) if each is not None]
    elapsed = created_at.timestamp() - max(known, default=math.inf)
    return 0 <= elapsed <= now - posted.at + CLOCKS_APART


def _changed_at(found: ContactList) -> float:
    """Return when a list was created, or else last changed; 0 if it doesn't say."""
    moment = found.created_at or found.updated_at
    return seconds_of(moment) if moment else 0


def _after_failed_create(call: Call, failed: Failed, *, now: float, timing: Timing) -> Next:
    if failed.maybe_created:
        unclear = call.replace(
            reference=failed.reference, cause=failed.sentence, vendor_message=failed.vendor_message
        )
        return lookup_later(unclear, timing=timing)
    again = call.again(now=now, retry_after=failed.retry_after, timing=timing)
    return again if again and failed.not_accepted else failed


def _after_details(call: Call, answer: Found, *, now: float, timing: Timing) -> Next:
    found = answer.contact_list
    seen_as = verdict(found, call, answer.clock_ahead, now=now)
    if seen_as is Verdict.OTHER or answer.is_anothers:
        return not_ours(call, found.id, timing=timing)
    if seen_as is Verdict.OURS:
        return Created(contact_list=found)
    return _check_next(_with_details(call, found), timing=timing)


def _after_failed_lookup(call: Call, failed: Failed, *, timing: Timing) -> Next:
    if failed.error == Interrupted.__name__:
        return _repeat(call, timing=timing)
    is_gone = failed.error in {KoreWrongAddress.__name__, KoreNotFound.__name__}
    is_of_one = is_gone or not (failed.not_accepted or failed.needs_operator)
    if call.operation == "get" and is_of_one:  # its row is all that is known about it
        return _check_next(call.replace(candidates=call.candidates[1:]), timing=timing)
    return lookup_later(call, timing=timing)


def _repeat(call: Call, *, timing: Timing) -> Next:
    """Repeat a read-only call whose answer was not noted."""
    if call.interruptions == MAX_INTERRUPTIONS:
        return lookup_later(call, timing=timing)
    return _following(call, interruptions=call.interruptions + 1)


def _with_rows(call: Call, listed: Listed) -> Call:
    """Begin a lookup: lists not ruled out may be ours; those already read in full are kept as read."""
    in_full = {each.id: each for each in call.alike if each.id in call.asked}
    before = {row.id for row in listed.rows if _was_there_before(row, call)}
    others = [*call.others, *sorted(before.difference(call.others))]
    rows = sorted((row for row in listed.rows if row.id not in others), key=_changed_at, reverse=True)
    alike = tuple(in_full.get(row.id, row) for row in rows[:MAX_ALIKE])
    return call.replace(
        has_looked_up=False,
        is_incomplete=not listed.is_complete or len(rows) > MAX_ALIKE,
        others=tuple(others),
        alike=alike,
        candidates=tuple(each.id for each in alike if each.id not in call.asked),
    )


def _with_details(call: Call, found: ContactList) -> Call:
    alike = tuple(found if each.id == found.id else each for each in call.alike)
    return call.replace(alike=alike, asked=(*call.asked, found.id), candidates=call.candidates[1:])


def _check_next(call: Call, *, timing: Timing) -> Next:
    """Ask about the next list with the name, or end this lookup."""
    if not call.candidates:
        ended = call.replace(has_looked_up=not call.is_incomplete)
        return lookup_later(ended, timing=timing)
    return _following(call, operation="get")


def _following(call: Call, *, pause: float = 0, **changes: object) -> Call:
    return call.replace(number=call.number + 1, pause=pause, **changes)
