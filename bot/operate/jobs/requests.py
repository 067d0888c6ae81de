"""What a person asked for, and how that ended. Pure: no I/O."""

from bot.imports import Added, ContactImport, ImportOutcome, Stopped, Unsure
from bot.jobs.contract import ASK_KORE
from bot.jobs.import_workflows import ImportNotification
from bot.jobs.resolution import Call
from bot.jobs.stored import JobPayload, StoredJob
from bot.models import Created, Notification, Outcome, Submission

Ending = Outcome | ImportOutcome


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


def ending_of(job: StoredJob) -> Ending | None:
    """Read how a job ended its request, if it did: what a notification has to announce, or has announced."""
    payload = job.payload
    return payload.outcome if isinstance(payload, Notification | ImportNotification) else None


def ended(ending: Ending) -> str:
    """Return how a request ended, in words."""
    match ending:
        case Created():
            return f"created {ending.contact_list.id}"
        case Added():
            count = "" if ending.count_after is None else f"; the list holds {ending.count_after}"
            return f"{ending.sent} contacts sent{'' if ending.is_confirmed else ', not confirmed'}{count}"
        case Stopped():
            known = f"{ending.sent} contacts sent, {ending.uncertain} uncertain"
            return f"stopped ({ending.error}): {ending.sentence} {known}"
        case Unsure():
            rows = f"rows {ending.first_row} to {ending.last_row}"
            return f"uncertain whether {rows} arrived, and the person decides: {ending.sentence}"
    if ending.alike:
        return f"uncertain: {ending.alike.id} may be the one, and the person decides"
    return f"{'uncertain' if ending.maybe_created else 'failed'} ({ending.error}): {ending.sentence}"
