"""One request step by step, in words and with times. Pure: no I/O."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import ValidationError

from bot.contact_import import Added, Stopped, Unsure
from bot.jobs.contract import ASK_KORE, CLAIM_CALL, EXPIRE_IMPORT, NOTIFY_STEPS, OPEN, Json
from bot.jobs.import_resolution import ChunkAccepted, ImportCall, Inspected, Namesakes, NotDone
from bot.jobs.import_resolution import read_answer as read_import_answer
from bot.jobs.notifying import ImportNotification
from bot.jobs.resolution import Call, Found, Listed, read_answer
from bot.jobs.stored import StoredJob
from bot.models import Created, Failed, Notification, Route
from bot.operate.jobs.stories import AnyOutcome, Story

OPERATIONS = {
    "create": "Create",
    "list": "Lookup",
    "get": "Lookup",
    "find": "Find",
    "inspect": "Inspect",
    "add": "Add",
    "count": "Count",
    "expire": "Expire",
}
WHOM = {"channel": "The summary", "second_channel": "The copy for NOTIFY_CHANNEL", "person": "The person"}
ROUTES = {
    Route.CHANNEL: "posted in the channel",
    Route.RESPONSE_URL: "posted through the command's own address",
    Route.DIRECT_MESSAGE: "sent as a direct message",
    Route.FORM: "shown in the form",
    Route.UNCONFIRMED: "sent, but Slack didn't confirm it",
    Route.DEFERRED: "not delivered yet, because Slack doesn't accept it",
    Route.NOWHERE: "not delivered: no route worked",
}
UNREAD = "Job {job.id} ({job.name}): {job.status}. Another version saved what it did."
BROKE = "The job broke. The bot recovers by itself."


class Event(NamedTuple):
    """What happened, and when, in seconds since the epoch."""

    at: float
    what: str


def events(story: Story) -> list[Event]:
    """Return the events of a request in chronological order."""
    where = f", for {story.channel}" if story.channel else ""
    again = f", as another try of job {story.retry_of}" if story.retry_of else ""
    asked = f"Submitted by {story.user}{where}{again}." if story.user else "Saved."
    found = [Event(story.began_at, asked)]
    jobs = sorted(story.jobs, key=lambda each: each.due_at or 0)  # what lies ahead comes last
    for event in (event for job in jobs for event in _events_of(job)):
        found.append(event._replace(at=max(event.at, found[-1].at)))  # SQLite stores whole seconds
    return found


def in_words(outcome: AnyOutcome) -> str:
    """Return how a request ended, in words."""
    match outcome:
        case Created():
            return f"created {outcome.contact_list.id}"
        case Added():
            count = "" if outcome.count_after is None else f"; the list holds {outcome.count_after}"
            return f"{outcome.sent} contacts sent{'' if outcome.is_confirmed else ', not confirmed'}{count}"
        case Stopped():
            known = f"{outcome.sent} contacts sent, {outcome.uncertain} uncertain"
            return f"stopped ({outcome.error}): {outcome.sentence} {known}"
        case Unsure():
            rows = f"rows {outcome.first_row} to {outcome.last_row}"
            return f"uncertain whether {rows} arrived, and the person decides: {outcome.sentence}"
    if outcome.alike:
        return f"uncertain: {outcome.alike.id} may be the one, and the person decides"
    return f"{'uncertain' if outcome.maybe_created else 'failed'} ({outcome.error}): {outcome.sentence}"


def _events_of(job: StoredJob) -> Iterator[Event]:
    try:
        yield from _what_it_did(job)
    except ValidationError:  # saved by another version
        yield Event(job.made_at, UNREAD.format(job=job))
    if job.status == "CANCELLED":
        yield Event(job.ended_at or job.made_at, "Cancelled.")
    elif job.status not in {*OPEN, "SUCCESS"}:
        yield Event(job.ended_at or job.made_at, BROKE)


def _what_it_did(job: StoredJob) -> Iterator[Event]:
    payload = job.payload
    if job.name == EXPIRE_IMPORT and payload:
        yield Event(job.due_at or job.made_at, "Stops then, unless the person decides before.")
    elif isinstance(payload, Call | ImportCall):
        yield from _call(job, payload)
    elif payload:
        yield from _notification(job, payload)
    else:
        yield Event(job.made_at, UNREAD.format(job=job))


def _call(job: StoredJob, call: Call | ImportCall) -> Iterator[Event]:
    """Yield the event of a call to Kore.ai: what it waits for, or when it began and how it ended."""
    name = OPERATIONS[call.operation]
    steps = {each.name: each for each in job.steps}
    claim, asked = steps.get(CLAIM_CALL), steps.get(ASK_KORE)
    if claim:
        at = float(claim.output["at"])
        unknown = f"sent by {job.process}, and no answer noted so far."
        yield Event(at, f"{name}: {_answer(call, asked.output, at) if asked else unknown}")
    elif job.status == "PENDING":
        yield Event(job.started_at or job.made_at, f"{name}: started by {job.process}, nothing sent yet.")
    elif job.due_at:
        yield Event(job.due_at, f"{name}: waits until then.")
    elif job.status == "ENQUEUED":
        yield Event(job.made_at, f"{name}: has waited in the queue since then.")


def _answer(call: Call | ImportCall, noted: Json, began_at: float) -> str:
    """Return Kore.ai's answer, in words."""
    if isinstance(call, ImportCall):
        return _import_answer(call, noted)
    return _list_answer(noted, took=f"after {float(noted['at']) - began_at:.1f} s")


def _list_answer(noted: Json, *, took: str) -> str:
    answer = read_answer(noted)
    match answer:
        case Created():
            return f"Kore.ai created {answer.contact_list.id}, {took}."
        case Listed():
            missing = "" if answer.is_complete else ", and not all could be read"
            return f"{len(answer.rows)} of that name found{missing}."
        case Found():
            whose = ", which belongs to another request" if answer.is_anothers else ""
            return f"read {answer.contact_list.id}{whose}."
    return f"{answer.error} {took}{_certainty(answer)}{_said(answer.vendor_message)}"


def _certainty(failed: Failed) -> str:
    if failed.not_accepted:
        return ". Not accepted, so nothing was created."
    return ". It may have been created." if failed.maybe_created else ". Nothing was created."


def _import_answer(call: ImportCall, noted: Json) -> str:
    answer = read_import_answer(noted)
    match answer:
        case Namesakes():
            return f"{len(answer.ids)} with that name, {answer.missing} not read."
        case Inspected():
            return answer.sentence or f"the list holds {answer.count} contacts."
        case ChunkAccepted():
            return f"Kore.ai accepted contacts {_part(call)}, up to row {answer.last_row} of the file."
        case NotDone():
            arrived = "They may have arrived." if answer.maybe_created else "Nothing was sent."
            known = f" {arrived}" if call.operation == "add" else ""
            return f"{answer.error}.{known}{_said(answer.vendor_message)}"
    return "the list was inspected too long ago, and is inspected again."


def _part(call: ImportCall) -> str:
    first = call.chunk * call.importing.chunk_size
    return f"{first + 1} to {first + call.importing.size_of(call.chunk)}"


def _said(vendor_message: str) -> str:
    return f" Kore.ai said: “{vendor_message}”" if vendor_message else ""


def _notification(job: StoredJob, notification: Notification | ImportNotification) -> Iterator[Event]:
    if job.due_at:
        yield Event(job.due_at, f"Slack is tried again then (try {notification.tries + 1}).")
    elif not notification.tries:
        yield Event(job.made_at, f"Ended: {in_words(notification.outcome)}")
    yield from _deliveries(job)


def _deliveries(job: StoredJob) -> Iterator[Event]:
    """Yield who was notified and how: all but the last are steps, the last is the job's own result."""
    noted = {each.name.removeprefix(NOTIFY_STEPS): each for each in job.steps if each.name in _STEPS}
    for whom, step in noted.items():
        yield Event(step.ended_at or job.made_at, _delivery(whom, Route(step.output[0])))
    if job.output:
        notified = Notification.model_validate(job.output)
        yield Event(job.ended_at or job.made_at, _delivery("person", notified.delivered["person"]))


_STEPS = {f"{NOTIFY_STEPS}{each}" for each in WHOM}


def _delivery(whom: str, route: Route) -> str:
    return f"{WHOM[whom]}: {ROUTES[route]}."
