"""An import of contacts step by step, in words and times. Pure: no I/O."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import TypeAdapter

from bot.jobs.contract import ASK_KORE, CLAIM_CALL
from bot.jobs.filling import Accepted, Answer, ImportCall, Inspected, Listed, NotDone
from bot.jobs.stored import Step, StoredJob

ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
CALLS = {"find": "Find", "inspect": "Inspect", "add": "Add", "count": "Count", "give_up": "Give up"}


class Event(NamedTuple):
    """What happened, at which second since the epoch."""

    at: float
    what: str


def import_events(job: StoredJob, call: ImportCall) -> Iterator[Event]:
    """Tell of one call."""
    steps = {each.name: each for each in job.steps}
    name = CALLS[call.operation]
    if claim := steps.get(CLAIM_CALL):
        yield Event(float(claim.output["at"]), f"{name}: {_answer(steps.get(ASK_KORE), call, job)}")
    else:
        yield from not_begun(job, name)


def not_begun(job: StoredJob, name: str) -> Iterator[Event]:
    """Say what a call waits for that was not made so far."""
    if job.status == "PENDING":
        yield Event(job.started_at or job.made_at, f"{name}: started by {job.process}, nothing sent yet.")
    elif job.due_at:
        yield Event(job.due_at, f"{name}: waits until then.")
    elif job.status == "ENQUEUED":
        yield Event(job.made_at, f"{name}: waits in the queue since then.")


def _answer(step: Step | None, call: ImportCall, job: StoredJob) -> str:
    if step is None:
        return f"sent by {job.process}, and no answer noted so far."
    answer = ANSWER.validate_python(step.output["answer"])
    match answer:
        case Listed():
            return f"{len(answer.namesakes)} with that name, {answer.missing} not read."
        case Inspected():
            return answer.sentence or f"the list holds {answer.count} contacts."
        case Accepted():
            return f"Kore.ai accepted contacts {_part(call)}, up to row {answer.last_row} of the file."
        case NotDone():
            said = f" Kore.ai said: “{answer.vendor_message}”" if answer.vendor_message else ""
            arrived = "They may have arrived." if answer.may_have_arrived else "Nothing was sent."
            return f"{answer.error}. {arrived if call.operation == 'add' else ''}{said}".rstrip()
    return "the list was inspected too long ago, and is inspected again."


def _part(call: ImportCall) -> str:
    first = call.chunk * call.importing.chunk_size
    return f"{first + 1} to {first + call.importing.size_of(call.chunk)}"
