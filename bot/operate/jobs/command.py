"""`jobs list`, `jobs show CODE` and `jobs cancel CODE`: what is printed, and how the command ends."""

import json
from collections.abc import Container, Sequence
from datetime import UTC, datetime

from bot.errors import Cancelled, StoreUnavailable
from bot.jobs.cancelling import Canceller, canceller
from bot.jobs.contract import EXPIRE_IMPORT, IMPORT_CALL, OPEN, WAITING, import_call_id
from bot.jobs.engine import sole_use
from bot.jobs.filling import ImportCall, restored
from bot.jobs.resolution import Call
from bot.jobs.stored import StoredJob, stored_jobs
from bot.operate.jobs.events import events
from bot.operate.jobs.requests import ended, ending_of, request_of, was_refused
from bot.operate.jobs.stories import State, Story, key_of, needs_attention, stories
from bot.operate.terminal import Ended, harmless
from bot.settings import Settings
from bot.timing import Timing

SHOWN = 100
"""Lines of `list`; JSON has all."""
WIDEST = 48
NOTHING = "No job is open, failed or uncertain."
UNREAD = "The store can't be read ({cause}). Run `contactlist-bot doctor`."
UNKNOWN = (
    "No job has the code {code}. It may be older than KEEP_DAYS, or something broke before anything was "
    "saved. The log has everything about the code."
)
CANCELLED = "Cancelled: {name}. The bot tells {user}, and nothing more is sent."
OF_ANOTHER_VERSION = "{name} was saved by another version of the bot, so it can't be cancelled here."
NOT_WAITING = {
    State.RUNNING: "{name} is being sent right now, so it can't be cancelled.",
    State.LOOKING_UP: "{name} was sent, so it can't be cancelled. The bot is checking whether it arrived.",
}
BEFORE = "{name} was cancelled before."
OVER = "{name} has ended, so there is nothing to cancel."
RECHECKED = "{rechecked} to be looked up or ended instead of sent, {left} left as they are."
STARTED_BEFORE = (
    "{name} was started a moment ago, so it may have been sent. The bot finds out, and tells {user}."
)


async def list_jobs(settings: Settings, *, as_json: bool) -> Ended:
    """Print what is open, failed or uncertain, the newest first."""
    try:
        async with stored_jobs(settings) as store:
            jobs = [each async for each in store.all() if each.status != "SUCCESS" or ending_of(each)]
    except StoreUnavailable as error:
        return _unread(error, as_json=as_json)
    found = needs_attention(jobs)
    if as_json:
        return Ended(0, json.dumps({"jobs": [_as_json(each) for each in found]}, indent=2))
    return Ended(0, table(found) if found else NOTHING)


async def show_job(settings: Settings, code: str, *, as_json: bool) -> Ended:
    """Print the whole story of a code that a person was given, or of a job's id."""
    try:
        found = await _with_code(settings, code)
    except StoreUnavailable as error:
        return _unread(error, as_json=as_json)
    if as_json:
        jobs = [{**_as_json(each), "events": _events_as_json(each)} for each in found]
        return Ended(0 if found else 1, json.dumps({"jobs": jobs}, indent=2))
    if not found:
        return Ended(1, UNKNOWN.format(code=harmless(code)))
    return Ended(0, "\n\n".join(map(written, found)))


async def cancel_job(settings: Settings, code: str, timing: Timing | None = None) -> Ended:
    """Cancel what was never sent, and say what was; the exit status is 0 if something was cancelled."""
    try:
        found = await _with_code(settings, code)
        if not found:
            return Ended(1, UNKNOWN.format(code=harmless(code)))
        ended = [await _cancel(settings, each, timing or Timing()) for each in found]
    except StoreUnavailable as error:
        return Ended(1, UNREAD.format(cause=error))
    return Ended(min(each.status for each in ended), "\n".join(each.text for each in ended))


async def recheck_jobs(settings: Settings, timing: Timing | None = None) -> Ended:
    """Look up each list that is open in a restored store, as it may have been sent since the backup.

    Imports of contacts end there: no lookup could tell which of them were sent.

    Raises `StartError` if a bot runs on a SQLite store.
    """
    timing = timing or Timing()
    try:
        async with stored_jobs(settings) as store:
            ids = {each.id async for each in store.all()}
            under_way = await store.with_steps([each async for each in store.all() if each.status in OPEN])
        with sole_use(settings), canceller(settings, timing) as changing:
            rechecked = {key_of(each) for each in under_way if await _recheck(changing, each, ids)}
    except StoreUnavailable as error:
        return Ended(1, UNREAD.format(cause=error))
    left = len({key_of(each) for each in under_way} - rechecked)
    return Ended(0, RECHECKED.format(rechecked=len(rechecked), left=left))


async def _recheck(changing: Canceller, job: StoredJob, ids: Container[str]) -> bool:
    """Put a lookup or an end in the place of a call that might be sent; returns whether it was such a call.

    A list that was claimed, and not refused, is looked up by the next run of its job anyway. Of an import the
    last call counts: the one before it may still be noting that it has ended.
    """
    call = job.payload
    if isinstance(call, Call) and call.operation == "create" and (not job.steps or was_refused(job)):
        await changing.look_up_instead(call)
        return True
    if isinstance(call, ImportCall) and job.name == IMPORT_CALL:
        is_last = import_call_id(call.id, call.number + 1) not in ids
        if is_last and (outcome := restored(call)):
            await changing.end_import(call, outcome)
            return True
    return False


def _unread(error: StoreUnavailable, *, as_json: bool) -> Ended:
    said = UNREAD.format(cause=error)
    return Ended(1, json.dumps({"jobs": [], "error": said}, indent=2) if as_json else said)


async def _cancel(settings: Settings, story: Story, timing: Timing) -> Ended:
    name = harmless(story.name or story.job)
    waiting = [each for each in story.jobs if each.status in WAITING and each.name != EXPIRE_IMPORT]
    call = waiting[-1].payload if waiting else None
    if waiting and call is None:
        return Ended(1, OF_ANOTHER_VERSION.format(name=name))
    if story.state is State.WAITING and isinstance(call, Call | ImportCall):
        with canceller(settings, timing) as store:
            is_cancelled = await store.cancel(waiting[-1].id)
        said = CANCELLED if is_cancelled else STARTED_BEFORE
        return Ended(0 if is_cancelled else 1, said.format(name=name, user=story.user))
    is_notified_soon = story.state is State.CANCELLED and not story.outcome
    over = BEFORE if is_notified_soon or story.error == Cancelled.__name__ else OVER
    return Ended(1, NOT_WAITING.get(story.state, over).format(name=name))


async def _with_code(settings: Settings, code: str) -> list[Story]:
    async with stored_jobs(settings) as store:
        jobs = [each async for each in store.all() if _is_about(each, code)]
        return stories(await store.with_steps(jobs))


def _is_about(job: StoredJob, code: str) -> bool:
    return code in {key_of(job), request_of(job.payload).reference if job.payload else None}


def table(found: Sequence[Story]) -> str:
    """Write a line for each story, as far as a terminal has room."""
    head = ("CODE", "STATE", "SINCE (UTC)", "LIST", "USER", "CHANNEL")
    rows = [head, *map(_row, found[:SHOWN])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    more = [f"… and {len(found) - SHOWN} more; --json has all."] if len(found) > SHOWN else []
    return "\n".join([*lines, *more, "", "`contactlist-bot jobs show CODE` says what happened."])


def _row(story: Story) -> tuple[str, ...]:
    name = story.name or f"({story.kind})"
    cells = (
        story.code or story.job,
        story.state,
        _time(story.changed_at),
        name,
        story.user or "-",
        story.channel or "-",
    )
    return tuple(harmless(each)[:WIDEST] for each in cells)


def written(story: Story) -> str:
    """Write down one story, an event a line."""
    head = [
        f"{story.name or story.kind}: {story.state}",
        f"code {story.code or '-'}, job {story.job}",
        "",
        *(f"{_time(each.at)}  {each.what}" for each in events(story)),
    ]
    return "\n".join(map(harmless, head))


def _as_json(story: Story) -> dict[str, object]:
    return {
        "code": story.code,
        "job": story.job,
        "kind": story.kind,
        "state": story.state,
        "name": story.name,
        "user": story.user,
        "channel": story.channel,
        "began_at": _time(story.began_at),
        "changed_at": _time(story.changed_at),
        "error": story.error,
        "outcome": ended(story.outcome) if story.outcome else "",
    }


def _events_as_json(story: Story) -> list[dict[str, str]]:
    return [{"at": _time(each.at), "event": each.what} for each in events(story)]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
