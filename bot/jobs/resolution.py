"""What follows from an answer of Kore.ai: the next call, or the end. Pure: no I/O, no clock.

    create ── accepted ──────────────────────────────► Created
       ├───── refused ───────────────────────────────► Failed
       ├───── not accepted ── pause ── create again  (no connection, rate limit: half an hour)
       └───── unclear ── pause ── list ── get … get ─► Created: it is ours for certain
                           ▲               │
                           └── none ours ──┴─────────► Failed, after the last lookup: Alike if one of that
                                                       name may be ours, else Unconfirmed

A lookup that the bot's own end cut off is repeated and does not count: Kore.ai was not heard.

A job never waits: each call is a job of its own with all that is known in it, so that every wait is a place
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
"""Lookups of a submission that are repeated because the bot ended; one of them may be what ends it."""
MAX_ALIKE = 10
"""Lists of that name that one lookup asks for: the newest."""
MAX_LISTED = 50
"""Those that are noted."""
TOO_OLD = 24 * 60 * 60
"""Seconds by which a list must be older than the POST to be another one: no zone is further from another."""
CLOCKS_APART = 60
"""Seconds by which a time stamp may lie ahead of Kore.ai's own clock; else the two are not one clock."""
NOT_SEEN = "It hasn't shown up yet."
WHAT_NEXT = "*Check again*, or *Create anyway* – you might end up with two."
ONLY_OTHERS = "The other lists with this name were there before, or belong to another request."
NOT_FOUND_OUT = "I haven't been able to check since."
STILL_NOT_SEEN = "I checked again and didn't find the list, so I can't tell whether it was created."
COULD_NOT_LOOK = "I tried to check again but couldn't, so I can't tell whether the list was created."


class Call(QueuedCall):
    """One call to Kore.ai for a submission, with everything that is known so far."""

    workflow = CALL_KORE

    submission: Submission
    operation: Literal["create", "list", "get"] = "create"
    posted: PostBegun | None = None
    """Known to a lookup."""
    press: str = ""
    """Which press of *Check again* began this."""
    reply_to: str | None = Field(default=None, repr=False)
    """Changes the message in which it was pressed. A secret."""
    lookups: int = 0
    """How many lookups began."""
    interruptions: int = 0
    """How many calls of the lookups the bot's own end cut off."""
    has_looked_up: bool = False
    """Whether the last one that Kore.ai answered went through, with every list there is."""
    is_incomplete: bool = False
    """Whether some lists were missing in this one's answer: one of them may be ours."""
    candidates: tuple[str, ...] = ()
    """Ids of lists of that name that were not asked for yet; a `get` asks for the first one."""
    alike: tuple[ContactList, ...] = ()
    """Lists that may be ours, as far as the last lookup showed them."""
    asked: tuple[str, ...] = ()
    """Ids of those of them that were read in full."""
    others: tuple[str, ...] = ()
    """Ids of lists of that name that are not ours."""
    cause: str = ""
    """Why it is not known whether the list exists: a sentence."""
    vendor_message: str = ""
    """What Kore.ai said to it, in its own words."""
    reference: str | None = None
    """Where the log has a fault of ours that made the answer unclear."""
    shown: str | None = None
    """The hash of the form's view that says how far the lookups are, if it is known."""

    @property
    def job_id(self) -> str:
        """Name its job: the first has the submission's own key."""
        parts = [self.submission.key, self.press, str(self.number or "")]
        return "/".join(filter(None, parts))

    @property
    def priority(self) -> int:
        """Let lookups go first."""
        return CREATE_PRIORITY if self.operation == "create" else LOOKUP_PRIORITY


class Listed(Saved):
    """The lists that may be called so, and whether that was all of them."""

    kind: Literal["listed"] = "listed"
    rows: tuple[ContactList, ...]
    is_complete: bool = True


class Found(Saved):
    """One list in full.

    `clock_ahead` is by how many seconds Kore.ai's clock is ahead of the one that says when the POST began, at
    least; None if that is not known.
    """

    kind: Literal["found"] = "found"
    contact_list: ContactList
    clock_ahead: float | None = None
    is_anothers: bool = False
    """Whether it is known to be another submission's."""


class Verdict(Enum):
    """What a list is to a submission."""

    OURS = auto()
    ALIKE = auto()
    OTHER = auto()


CallAnswer = Created | Failed | Listed | Found
_ANSWER: TypeAdapter[CallAnswer] = TypeAdapter(CallAnswer)
Next = Call | Created | Failed
"""The next call, or the end."""


def listed(lists: Lists[ContactList]) -> Listed:
    """Note the newest of the lists that may have this name."""
    rows = sorted(lists.rows, key=_changed_at, reverse=True)
    return Listed(rows=tuple(rows[:MAX_LISTED]), is_complete=not lists.missing and len(rows) <= MAX_LISTED)


def read_answer(noted: Mapping[str, object]) -> CallAnswer:
    """Read the answer from what a job has noted of its call."""
    return _ANSWER.validate_python(noted["answer"])


def lookup_again(
    submission: Submission,
    posted: PostBegun | None,
    *,
    press: str,
    reply_to: str | None = None,
    timing: Timing,
) -> Call:
    """Look up, one more time, a list that was not confirmed; the person hears of it first."""
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
    """Continue after a job that the engine couldn't end: its call may have been made."""
    posted = call.posted or PostBegun(at=call.submission.submitted_at)
    return lookup_later(call.replace(posted=posted), timing=timing)


def next_after(call: Call, answer: CallAnswer, *, now: float, timing: Timing) -> Next:
    """Decide what comes after an answer. `now` is when it came, in seconds since the epoch."""
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
    """Decide what a list is to the submission; `docs/decisions/is-it-ours.md` says why.

    Ours is what says everything that was sent, was created after the POST began by Kore.ai's own clock, and
    was not known before. Another one is what was known, or is a day older. The rest is for the person.
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
    """Continue after a lookup without a result; after the last one the list stays unconfirmed."""
    if call.lookups >= len(timing.lookup_delays):
        return unconfirmed(call)
    pause = timing.lookup_delays[call.lookups]
    return _following(call, pause=pause, operation="list", lookups=call.lookups + 1, candidates=())


def unconfirmed(call: Call) -> Failed:
    """End without knowing: show what may be it, or else say why."""
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
    """Return whether a list was known, or is older by so much that no clock and no zone can explain it."""
    posted_at = call.posted.at if call.posted else 0
    is_old = 0 < _changed_at(found) < posted_at - TOO_OLD
    return is_old or found.id in call.submission.known


def _is_newer(found: ContactList, call: Call, clock_ahead: float | None, *, now: float) -> bool:
    """Return whether a list was created after the POST began, by Kore.ai's clock and with its zone."""
    posted, created_at = call.posted, found.created_at
    if posted is None or created_at is None or created_at.tzinfo is None:
        return False
    translated = None if clock_ahead is None else posted.at + clock_ahead
    known = [each for each in (posted.at_theirs, translated) if each is not None]
    elapsed = created_at.timestamp() - max(known, default=math.inf)
    return 0 <= elapsed <= now - posted.at + CLOCKS_APART


def _changed_at(found: ContactList) -> float:
    """Return when a list was created, or else changed last; 0 if it does not say."""
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
    if call.operation == "get" and is_of_one:  # what its row says is what is known of it
        return _check_next(call.replace(candidates=call.candidates[1:]), timing=timing)
    return lookup_later(call, timing=timing)


def _repeat(call: Call, *, timing: Timing) -> Next:
    """Repeat a call that only reads and whose answer was not noted."""
    if call.interruptions == MAX_INTERRUPTIONS:
        return lookup_later(call, timing=timing)
    return _following(call, interruptions=call.interruptions + 1)


def _with_rows(call: Call, listed: Listed) -> Call:
    """Begin a lookup: what is not another list may be ours; those that were read in full stay so."""
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
    """Ask for the next list of that name."""
    if not call.candidates:
        ended = call.replace(has_looked_up=not call.is_incomplete)
        return lookup_later(ended, timing=timing)
    return _following(call, operation="get")


def _following(call: Call, *, pause: float = 0, **changes: object) -> Call:
    return call.replace(number=call.number + 1, pause=pause, **changes)
