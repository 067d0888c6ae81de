"""What became of each person's requests, judging by the jobs they left in the store. Pure: no I/O.

A job from another version that this one can't read is a story of its own, with its name and its status.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.contact_import import Added, ContactImport, ImportOutcome, Stopped, Unsure
from bot.errors import Cancelled
from bot.jobs.contract import ASK_KORE, EXPIRE_IMPORT, OPEN, WAITING
from bot.jobs.import_resolution import ImportCall
from bot.jobs.notifying import ImportNotification
from bot.jobs.resolution import Call
from bot.jobs.stored import JobPayload, StoredJob
from bot.models import Created, Failed, Notification, Outcome, Submission

AnyOutcome = Outcome | ImportOutcome
LIST = "contact list"
CONTACTS = "contacts"
ON_PURPOSE = (Cancelled.__name__, "Stopped")
"""Errors that the operator or the person caused on purpose."""


class State(StrEnum):
    """The state of a request."""

    WAITING = "waiting"
    """In the queue, and not accepted by Kore.ai so far."""
    RUNNING = "running"
    LOOKING_UP = "looking up"
    """Sent without a clear answer: the bot is checking whether it arrived."""
    NOTIFYING = "notifying"
    """It ended, but someone still has to be notified."""
    BROKEN = "broken"
    """Its job broke in the engine; the bot recovers by itself."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CREATED = "created"
    ADDED = "added"
    CANCELLED = "cancelled"
    ENDED = "ended"
    """Seems to have ended: from another version."""


NEEDS_ATTENTION = frozenset(State) - {State.CREATED, State.ADDED, State.CANCELLED, State.ENDED}


_ENDED = {"SUCCESS": State.ENDED, "CANCELLED": State.CANCELLED}
"""States by the engine's status, for jobs that tell no more than that."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """One person's request. Times are in seconds since the epoch."""

    job: str
    """Its name in the log and the store."""
    kind: str
    state: State
    began_at: float
    changed_at: float
    jobs: tuple[StoredJob, ...]
    code: str = ""
    """The code the person was given, if the request has one."""
    name: str = ""
    user: str = ""
    channel: str = ""
    outcome: AnyOutcome | None = None
    retry_of: str = ""

    @property
    def error(self) -> str:
        """The name of the error's class, if something went wrong."""
        return self.outcome.error if isinstance(self.outcome, Failed | Stopped) else ""


def stories(jobs: Iterable[StoredJob]) -> list[Story]:
    """Return one story per request, newest first."""
    groups: dict[str, list[StoredJob]] = defaultdict(list)
    for each in jobs:
        groups[key_of(each)].append(each)
    return sorted(map(_story, groups.items()), key=lambda each: each.began_at, reverse=True)


def needs_attention(jobs: Iterable[StoredJob]) -> list[Story]:
    """Return what is open, failed or uncertain, newest first, except failures that were sent again."""
    found = stories(jobs)
    sent_again = {each.retry_of for each in found}
    over = {State.FAILED, State.UNCERTAIN}
    return [
        each
        for each in found
        if each.state in NEEDS_ATTENTION and not (each.state in over and each.job in sent_again)
    ]


def key_of(job: StoredJob) -> str:
    """Return the key of the request that a job belongs to."""
    return request_of(job.payload).key if job.payload else job.id


def request_of(payload: JobPayload) -> Submission | ContactImport:
    """Return the person's request."""
    if isinstance(payload, Call | Notification):
        return payload.submission
    call = payload.call if isinstance(payload, ImportNotification) else payload
    return call.importing


def was_refused(job: StoredJob) -> bool:
    """Return whether a call noted that Kore.ai did not accept it: its next run would send it again."""
    answers = [each.output.get("answer", {}) for each in job.steps if each.name == ASK_KORE]
    return any(each.get("not_accepted") for each in answers)


def outcome_of(job: StoredJob) -> AnyOutcome | None:
    """Return the outcome that a job announces or has announced, if it is a notification."""
    payload = job.payload
    return payload.outcome if isinstance(payload, Notification | ImportNotification) else None


def _story(group: tuple[str, list[StoredJob]]) -> Story:
    key, jobs = group
    jobs = sorted(_without_obsolete_expiries(jobs), key=_order)
    outcome = _final([found for each in jobs if (found := outcome_of(each))])
    payload = jobs[0].payload
    story = Story(
        job=key,
        kind=jobs[0].name,
        state=_state(jobs, outcome),
        began_at=jobs[0].made_at,
        changed_at=max(each.ended_at or each.started_at or each.made_at for each in jobs),
        jobs=tuple(jobs),
        outcome=outcome,
    )
    return _of_request(story, request_of(payload)) if payload else story


def _of_request(story: Story, request: Submission | ContactImport) -> Story:
    """Add what was requested, by whom and where."""
    origin = request.origin
    story = replace(story, code=request.reference, user=origin.user_id, channel=origin.channel_id)
    if isinstance(request, Submission):
        name, began_at, retry_of = request.draft.name, request.submitted_at, request.retry_of
        return replace(story, kind=LIST, name=name, began_at=began_at, retry_of=retry_of)
    return replace(story, kind=CONTACTS, name=request.list_name, began_at=request.confirmed_at)


def _without_obsolete_expiries(jobs: list[StoredJob]) -> list[StoredJob]:
    """Leave out the jobs that end a wait whose decision was made: they stay in the store, and do nothing."""
    numbers = {each.id: each.payload.number for each in jobs if isinstance(each.payload, ImportCall)}
    last = max(numbers.values(), default=0)
    return [each for each in jobs if each.name != EXPIRE_IMPORT or numbers.get(each.id, last) == last]


def _order(job: StoredJob) -> tuple[float, float]:
    """Return a job's sort key; SQLite stores whole seconds, and a notification follows its call."""
    payload = job.payload
    if isinstance(payload, ImportNotification):
        return job.made_at, payload.call.number + 0.5
    if isinstance(payload, Call | ImportCall) and job.name != EXPIRE_IMPORT:
        return job.made_at, payload.number
    return job.made_at, math.inf


def _final(outcomes: list[AnyOutcome]) -> AnyOutcome | None:
    """Return the outcome: as created if it ever was, else the latest."""
    created = [each for each in outcomes if isinstance(each, Created)]
    return next(iter([*created, *reversed(outcomes)]), None)


def _state(jobs: list[StoredJob], outcome: AnyOutcome | None) -> State:
    if under_way := [each for each in jobs if each.status in OPEN and each.name != EXPIRE_IMPORT]:
        return _state_of_open(under_way[-1])
    match outcome:
        case None:
            return _ENDED.get(jobs[-1].status, State.BROKEN)
        case Created() | Added():
            return State.CREATED if isinstance(outcome, Created) else State.ADDED
        case Unsure():
            return State.UNCERTAIN
    if outcome.uncertain if isinstance(outcome, Stopped) else outcome.maybe_created:
        return State.UNCERTAIN
    return State.CANCELLED if outcome.error in ON_PURPOSE else State.FAILED


def _state_of_open(job: StoredJob) -> State:
    payload = job.payload
    if isinstance(payload, Notification | ImportNotification):
        return State.NOTIFYING
    if isinstance(payload, Call) and payload.operation != "create":
        return State.LOOKING_UP
    if isinstance(payload, ImportCall) and payload.doubt:
        return State.LOOKING_UP
    return State.WAITING if job.status in WAITING else State.RUNNING
