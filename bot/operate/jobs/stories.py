"""What became of each request of a person, from the jobs that it left in the store. Pure: no I/O.

A job of another version, which this one can't read, is a story by itself, with its name and its status.
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
"""What an end that the operator or the person wanted is called."""


class State(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    """In the queue, and not accepted by Kore.ai so far."""
    RUNNING = "running"
    LOOKING_UP = "looking up"
    """Sent without a clear answer: the bot looks whether it arrived."""
    NOTIFYING = "notifying"
    """It ended, and someone is still to be notified."""
    BROKEN = "broken"
    """The engine couldn't end its job; the bot recovers by itself."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CREATED = "created"
    ADDED = "added"
    CANCELLED = "cancelled"
    ENDED = "ended"
    """As far as one can tell: of another version."""


NEEDS_ATTENTION = frozenset(State) - {State.CREATED, State.ADDED, State.CANCELLED, State.ENDED}


_ENDED = {"SUCCESS": State.ENDED, "CANCELLED": State.CANCELLED}
"""By the engine's status, of what says no more than that."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """One request of a person. Times are in seconds since the epoch."""

    job: str
    """How the log and the store name it."""
    kind: str
    state: State
    began_at: float
    changed_at: float
    jobs: tuple[StoredJob, ...]
    code: str = ""
    """What the person was given, if the request has one."""
    name: str = ""
    user: str = ""
    channel: str = ""
    outcome: AnyOutcome | None = None
    retry_of: str = ""

    @property
    def error(self) -> str:
        """The class of what went wrong, if something did."""
        return self.outcome.error if isinstance(self.outcome, Failed | Stopped) else ""


def stories(jobs: Iterable[StoredJob]) -> list[Story]:
    """Return one story for each request, the newest first."""
    groups: dict[str, list[StoredJob]] = defaultdict(list)
    for each in jobs:
        groups[key_of(each)].append(each)
    return sorted(map(_story, groups.items()), key=lambda each: each.began_at, reverse=True)


def needs_attention(jobs: Iterable[StoredJob]) -> list[Story]:
    """Return what is open, failed or uncertain, the newest first, without what failed and was sent again."""
    found = stories(jobs)
    sent_again = {each.retry_of for each in found}
    over = {State.FAILED, State.UNCERTAIN}
    return [
        each
        for each in found
        if each.state in NEEDS_ATTENTION and not (each.state in over and each.job in sent_again)
    ]


def key_of(job: StoredJob) -> str:
    """Name the request that a job belongs to."""
    return request_of(job.payload).key if job.payload else job.id


def request_of(payload: JobPayload) -> Submission | ContactImport:
    """Return what the person asked for."""
    if isinstance(payload, Call | Notification):
        return payload.submission
    call = payload.call if isinstance(payload, ImportNotification) else payload
    return call.importing


def was_refused(job: StoredJob) -> bool:
    """Return whether a call has noted that Kore.ai did not accept it: its next run would send it again."""
    answers = [each.output.get("answer", {}) for each in job.steps if each.name == ASK_KORE]
    return any(each.get("not_accepted") for each in answers)


def outcome_of(job: StoredJob) -> AnyOutcome | None:
    """Read how a job ended its request, if it did: what a notification has to announce, or has announced."""
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
    """Say what was asked for, by whom and where."""
    origin = request.origin
    story = replace(story, code=request.reference, user=origin.user_id, channel=origin.channel_id)
    if isinstance(request, Submission):
        name, began_at, retry_of = request.draft.name, request.submitted_at, request.retry_of
        return replace(story, kind=LIST, name=name, began_at=began_at, retry_of=retry_of)
    return replace(story, kind=CONTACTS, name=request.list_name, began_at=request.confirmed_at)


def _without_obsolete_expiries(jobs: list[StoredJob]) -> list[StoredJob]:
    """Leave out the ends of waits for a decision that was made: they wait in the store, and do nothing."""
    numbers = {each.id: each.payload.number for each in jobs if isinstance(each.payload, ImportCall)}
    last = max(numbers.values(), default=0)
    return [each for each in jobs if each.name != EXPIRE_IMPORT or numbers.get(each.id, last) == last]


def _order(job: StoredJob) -> tuple[float, float]:
    """Order the jobs of a request; SQLite notes whole seconds, and a notification follows its call."""
    payload = job.payload
    if isinstance(payload, ImportNotification):
        return job.made_at, payload.call.number + 0.5
    if isinstance(payload, Call | ImportCall) and job.name != EXPIRE_IMPORT:
        return job.made_at, payload.number
    return job.made_at, math.inf


def _final(outcomes: list[AnyOutcome]) -> AnyOutcome | None:
    """Return as created if it ever was, else as it ended last."""
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
