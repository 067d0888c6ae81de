"""One request step by step, in words and times. Pure: no I/O."""

from collections.abc import Iterator

from pydantic import ValidationError

from bot.jobs.contract import IMPORT_CALL, NOTIFY_STEPS, OPEN, Json
from bot.jobs.import_resolution import ImportCall
from bot.jobs.import_workflows import ImportNotification
from bot.jobs.resolution import Call, Found, Listed, read_answer
from bot.jobs.stored import StoredJob
from bot.models import Created, Failed, Notification, Route
from bot.operate.jobs.import_events import Event, call_events, import_events
from bot.operate.jobs.requests import ended
from bot.operate.jobs.stories import Story

OPERATIONS = {"create": "Create", "list": "Lookup", "get": "Lookup"}
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


def events(story: Story) -> list[Event]:
    """Return the events of a request in chronological order."""
    where = f", for {story.channel}" if story.channel else ""
    again = f", as another try of job {story.retry_of}" if story.retry_of else ""
    asked = f"Submitted by {story.user}{where}{again}." if story.user else "Saved."
    found = [Event(story.began_at, asked)]
    for event in (event for job in story.jobs for event in _events_of(job)):
        found.append(event._replace(at=max(event.at, found[-1].at)))  # SQLite notes whole seconds
    return found


def _events_of(job: StoredJob) -> Iterator[Event]:
    try:
        yield from _what_it_did(job)
    except ValidationError:  # another version noted it
        yield Event(job.made_at, UNREAD.format(job=job))
    if job.status == "CANCELLED":
        yield Event(job.ended_at or job.made_at, "Cancelled.")
    elif job.status not in {*OPEN, "SUCCESS"}:
        yield Event(job.ended_at or job.made_at, BROKE)


def _what_it_did(job: StoredJob) -> Iterator[Event]:
    payload = job.payload
    if isinstance(payload, Call):
        yield from call_events(job, OPERATIONS[payload.operation], _answer)
    elif isinstance(payload, ImportCall) and job.name == IMPORT_CALL:
        yield from import_events(job, payload)
    elif isinstance(payload, ImportCall):
        yield Event(job.due_at or job.made_at, "Stops by itself then, without a decision.")
    elif payload:
        yield from _notification(job, payload)
    else:
        yield Event(job.made_at, UNREAD.format(job=job))


def _answer(noted: Json, began_at: float) -> str:
    answer = read_answer(noted)
    took = f"after {float(noted['at']) - began_at:.1f} s"
    match answer:
        case Created():
            return f"Kore.ai created {answer.contact_list.id}, {took}."
        case Listed():
            missing = "" if answer.is_complete else ", and not all could be read"
            return f"{len(answer.rows)} of that name found{missing}."
        case Found():
            whose = ", which belongs to another request" if answer.is_anothers else ""
            return f"read {answer.contact_list.id}{whose}."
    return f"{answer.error} {took}{_certainty(answer)}{_said(answer)}"


def _certainty(failed: Failed) -> str:
    if failed.not_accepted:
        return ". Not accepted, so nothing was created."
    return ". It may have been created." if failed.maybe_created else ". Nothing was created."


def _said(failed: Failed) -> str:
    return f" Kore.ai said: “{failed.vendor_message}”" if failed.vendor_message else ""


def _notification(job: StoredJob, notification: Notification | ImportNotification) -> Iterator[Event]:
    if job.due_at:
        yield Event(job.due_at, f"Slack is tried again then (try {notification.tries + 1}).")
    elif not notification.tries:
        yield Event(job.made_at, f"Ended: {ended(notification.outcome)}")
    yield from _deliveries(job)


def _deliveries(job: StoredJob) -> Iterator[Event]:
    """Return who was notified how: all but the last are steps, the last is what the job returned."""
    noted = {each.name.removeprefix(NOTIFY_STEPS): each for each in job.steps if each.name in _STEPS}
    for whom, step in noted.items():
        yield Event(step.ended_at or job.made_at, _delivery(whom, Route(step.output[0])))
    if job.output:
        notified = Notification.model_validate(job.output)
        yield Event(job.ended_at or job.made_at, _delivery("person", notified.delivered["person"]))


_STEPS = {f"{NOTIFY_STEPS}{each}" for each in WHOM}


def _delivery(whom: str, route: Route) -> str:
    return f"{WHOM[whom]}: {ROUTES[route]}."
