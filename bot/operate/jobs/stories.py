"""What became of each request of a person, from the jobs that it left in the store. Pure: no I/O.

Jobs of a kind that is not known here, or that a newer version saved, are told plainly: by name and status.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from bot.errors import Cancelled
from bot.jobs.contract import CALL_KORE, NOTIFY, OPEN, WAITING
from bot.jobs.resolution import Call
from bot.jobs.stored import StoredJob
from bot.models import Created, Failed, Notification, Outcome, Submission

LIST = "contact list"


class State(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    """In the queue, and not accepted by Kore.ai so far."""
    RUNNING = "running"
    LOOKING_UP = "looking up"
    """Sent without a clear answer."""
    NOTIFYING = "notifying"
    """It ended, and somebody is still to hear of it."""
    BROKEN = "broken"
    """The engine could not end its job; the bot goes on after it."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CREATED = "created"
    CANCELLED = "cancelled"
    ENDED = "ended"
    """As far as one can tell: of a kind that is not known here."""


IN_NEED = frozenset(State) - {State.CREATED, State.CANCELLED, State.ENDED}
"""What `jobs list` shows: open, failed and uncertain."""

_ENDED = {"SUCCESS": State.ENDED, "CANCELLED": State.CANCELLED}
"""By the engine's status, of what says no more than that."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """One request of a person. Times are in seconds since the epoch."""

    code: str
    """What the person was given, if the request has one."""
    job: str
    """How the log and the store name it."""
    kind: str
    name: str
    user: str
    channel: str
    state: State
    began_at: float
    changed_at: float
    outcome: Outcome | None
    jobs: tuple[StoredJob, ...]
    retry_of: str = ""

    @property
    def error(self) -> str:
        """The class of what went wrong, if something did."""
        return self.outcome.error if isinstance(self.outcome, Failed) else ""


def stories(jobs: Iterable[StoredJob]) -> list[Story]:
    """Tell one story for each request, the newest first."""
    groups: dict[str, list[StoredJob]] = defaultdict(list)
    for each in jobs:
        groups[_key_of(each)].append(each)
    return sorted(map(_story, groups.items()), key=lambda each: each.began_at, reverse=True)


def in_need(found: Sequence[Story]) -> list[Story]:
    """Leave out what is well, and what failed and was sent again."""
    sent_again = {each.retry_of for each in found}
    over = {State.FAILED, State.UNCERTAIN}
    return [
        each
        for each in found
        if each.state in IN_NEED and not (each.state in over and each.job in sent_again)
    ]


def payload_read(job: StoredJob) -> Call | Notification | None:
    """Read what a job was given; None if it is of no kind that is known here."""
    try:
        if job.name == CALL_KORE:
            return Call.model_validate(job.payload)
        if job.name == NOTIFY:
            return Notification.model_validate(job.payload)
    except ValidationError:  # a newer version saved it
        pass
    return None


def outcome_of(job: StoredJob) -> Outcome | None:
    """Read how a job ended its request, if it did: what a notification has to tell, or has told."""
    payload = payload_read(job)
    if isinstance(payload, Notification):
        return payload.outcome
    if payload is None or not job.output:
        return None
    return Notification.model_validate(job.output).outcome


def _key_of(job: StoredJob) -> str:
    payload = payload_read(job)
    return payload.submission.key if payload else _request_in(job.payload).get("key", job.id)


def _story(group: tuple[str, list[StoredJob]]) -> Story:
    key, jobs = group
    jobs.sort(key=_order)
    payload = payload_read(jobs[0])
    return _plain_story(key, jobs) if payload is None else _submission_story(payload.submission, jobs)


def _order(job: StoredJob) -> tuple[float, float]:
    """Order the jobs of a request; SQLite notes whole seconds, and a notification follows its call."""
    payload = payload_read(job)
    return job.made_at, payload.number if isinstance(payload, Call) else math.inf


def _submission_story(submission: Submission, jobs: list[StoredJob]) -> Story:
    outcome = _final([outcome for each in jobs if (outcome := outcome_of(each))])
    return Story(
        code=submission.reference,
        job=submission.key,
        kind=LIST,
        name=submission.draft.name,
        user=submission.origin.user_id,
        channel=submission.origin.channel_id,
        state=_state(jobs, outcome),
        began_at=submission.submitted_at,
        changed_at=_changed_at(jobs),
        outcome=outcome,
        jobs=tuple(jobs),
        retry_of=submission.retry_of,
    )


def _final(outcomes: list[Outcome]) -> Outcome | None:
    """Return as created if it ever was, else as it ended last."""
    created = [each for each in outcomes if isinstance(each, Created)]
    return next(iter([*created, *reversed(outcomes)]), None)


def _state(jobs: list[StoredJob], outcome: Outcome | None) -> State:
    if under_way := [each for each in jobs if each.status in OPEN]:
        return _state_of_open(under_way[-1])
    if outcome is None:
        return _ENDED.get(jobs[-1].status, State.BROKEN)
    if isinstance(outcome, Created):
        return State.CREATED
    if outcome.error == Cancelled.__name__:
        return State.CANCELLED
    return State.UNCERTAIN if outcome.maybe_created else State.FAILED


def _state_of_open(job: StoredJob) -> State:
    payload = payload_read(job)
    if isinstance(payload, Notification):
        return State.NOTIFYING
    if isinstance(payload, Call) and payload.operation != "create":
        return State.LOOKING_UP
    return State.WAITING if job.status in WAITING else State.RUNNING


def _plain_story(key: str, jobs: list[StoredJob]) -> Story:
    """Tell what any job says: its name and status, and what a request usually has, if it is there."""
    request = _request_in(jobs[0].payload)
    origin = request.get("origin")
    origin = origin if isinstance(origin, dict) else {}
    return Story(
        code=str(request.get("reference", "")),
        job=key,
        kind=jobs[0].name,
        name=str(request.get("list_name", "")),
        user=str(origin.get("user_id", "")),
        channel=str(origin.get("channel_id", "")),
        state=_plain_state(jobs),
        began_at=jobs[0].made_at,
        changed_at=_changed_at(jobs),
        outcome=None,
        jobs=tuple(jobs),
    )


def _plain_state(jobs: list[StoredJob]) -> State:
    if under_way := [each for each in jobs if each.status in OPEN]:
        return _state_of_open(under_way[-1])
    return _ENDED.get(jobs[-1].status, State.BROKEN)


def _request_in(payload: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a job was given
    """Find a person's request in what a job was given: what has a key and a reference."""
    return next(_requests_in(payload), {})


def _requests_in(payload: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - the same
    if isinstance(payload, dict):
        if payload.get("key") and payload.get("reference"):
            yield payload
        for each in payload.values():
            yield from _requests_in(each)


def _changed_at(jobs: list[StoredJob]) -> float:
    return max(each.ended_at or each.started_at or each.made_at for each in jobs)
