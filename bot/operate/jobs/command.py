"""`jobs list`, `jobs show CODE` and `jobs cancel CODE`: what they print, and how they end."""

import json

from bot.errors import Cancelled, StoreUnavailable
from bot.jobs.cancelling import canceller
from bot.jobs.contract import EXPIRE_IMPORT, WAITING
from bot.jobs.import_resolution import ImportCall
from bot.jobs.resolution import Call
from bot.jobs.stored import StoredJob, stored_jobs
from bot.operate.jobs.printing import in_json, table, written
from bot.operate.jobs.stories import (
    State,
    Story,
    key_of,
    needs_attention,
    outcome_of,
    request_of,
    stories,
)
from bot.operate.terminal import Ended, in_one_line
from bot.settings import Settings
from bot.timing import Timing

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
BEFORE = "{name} was already cancelled."
OVER = "{name} has ended, so there is nothing to cancel."
STARTED_BEFORE = (
    "{name} was started a moment ago, so it may have been sent. The bot finds out, and tells {user}."
)


async def list_jobs(settings: Settings, *, as_json: bool) -> Ended:
    """Print what is open, failed or uncertain, newest first."""
    try:
        async with stored_jobs(settings) as store:
            jobs = [each async for each in store.all() if each.status != "SUCCESS" or outcome_of(each)]
    except StoreUnavailable as error:
        return _unread(error, as_json=as_json)
    found = needs_attention(jobs)
    if as_json:
        return Ended(0, in_json(found))
    return Ended(0, table(found) if found else NOTHING)


async def show_job(settings: Settings, code: str, *, as_json: bool) -> Ended:
    """Print the whole story behind a code that a person was given, or a job's id."""
    try:
        found = await _with_code(settings, code)
    except StoreUnavailable as error:
        return _unread(error, as_json=as_json)
    if as_json:
        return Ended(0 if found else 1, in_json(found, with_events=True))
    if not found:
        return Ended(1, UNKNOWN.format(code=in_one_line(code)))
    return Ended(0, "\n\n".join(map(written, found)))


async def cancel_job(settings: Settings, code: str) -> Ended:
    """Cancel what was never sent, and say what happened; the exit status is 0 if anything was cancelled."""
    try:
        found = await _with_code(settings, code)
        if not found:
            return Ended(1, UNKNOWN.format(code=in_one_line(code)))
        ended = [await _cancel(settings, each) for each in found]
    except StoreUnavailable as error:
        return Ended(1, UNREAD.format(cause=error))
    return Ended(min(each.status for each in ended), "\n".join(each.text for each in ended))


def _unread(error: StoreUnavailable, *, as_json: bool) -> Ended:
    said = UNREAD.format(cause=error)
    return Ended(1, json.dumps({"jobs": [], "error": said}, indent=2) if as_json else said)


async def _cancel(settings: Settings, story: Story) -> Ended:
    name = in_one_line(story.name or story.job)
    waiting = [each for each in story.jobs if each.status in WAITING and each.name != EXPIRE_IMPORT]
    call = waiting[-1].payload if waiting else None
    if waiting and call is None:
        return Ended(1, OF_ANOTHER_VERSION.format(name=name))
    if story.state is State.WAITING and isinstance(call, Call | ImportCall):
        with canceller(settings, Timing()) as store:
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
