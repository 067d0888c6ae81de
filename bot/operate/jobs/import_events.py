"""An import of contacts step by step, in words and times. Pure: no I/O."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bot.jobs.contract import ASK_KORE, CLAIM_CALL, Json
from bot.jobs.import_resolution import ChunkAccepted, ImportCall, Inspected, Namesakes, NotDone, read_answer
from bot.jobs.stored import StoredJob

OPERATIONS = {"find": "Find", "inspect": "Inspect", "add": "Add", "count": "Count", "expire": "Expire"}


class Event(NamedTuple):
    """What happened, at which second since the epoch."""

    at: float
    what: str


def import_events(job: StoredJob, call: ImportCall) -> Iterator[Event]:
    """Return the events of one call."""
    return call_events(job, OPERATIONS[call.operation], lambda noted, _: _answer(noted, call))


def call_events(job: StoredJob, name: str, describe: Callable[[Json, float], str]) -> Iterator[Event]:
    """Return the event of a call to Kore.ai: what it waits for, or when it began and how it ended.

    `describe` says that, of the answer as it was noted and of when the call began.
    """
    steps = {each.name: each for each in job.steps}
    claim, asked = steps.get(CLAIM_CALL), steps.get(ASK_KORE)
    if claim:
        at = float(claim.output["at"])
        what = describe(asked.output, at) if asked else f"sent by {job.process}, and no answer noted so far."
        yield Event(at, f"{name}: {what}")
    elif job.status == "PENDING":
        yield Event(job.started_at or job.made_at, f"{name}: started by {job.process}, nothing sent yet.")
    elif job.due_at:
        yield Event(job.due_at, f"{name}: waits until then.")
    elif job.status == "ENQUEUED":
        yield Event(job.made_at, f"{name}: waits in the queue since then.")


def _answer(noted: Json, call: ImportCall) -> str:
    answer = read_answer(noted)
    match answer:
        case Namesakes():
            return f"{len(answer.ids)} with that name, {answer.missing} not read."
        case Inspected():
            return answer.sentence or f"the list holds {answer.count} contacts."
        case ChunkAccepted():
            return f"Kore.ai accepted contacts {_part(call)}, up to row {answer.last_row} of the file."
        case NotDone():
            said = f" Kore.ai said: “{answer.vendor_message}”" if answer.vendor_message else ""
            arrived = "They may have arrived." if answer.maybe_created else "Nothing was sent."
            return f"{answer.error}. {arrived if call.operation == 'add' else ''}{said}".rstrip()
    return "the list was inspected too long ago, and is inspected again."


def _part(call: ImportCall) -> str:
    first = call.chunk * call.importing.chunk_size
    return f"{first + 1} to {first + call.importing.size_of(call.chunk)}"
