"""`jobs recheck`: whatever is open in a restored store may have been sent since the backup."""

from collections.abc import Container

from bot.errors import StoreUnavailable
from bot.jobs.cancelling import Canceller, canceller
from bot.jobs.contract import IMPORT_CALL, OPEN, import_call_id
from bot.jobs.engine import sole_use
from bot.jobs.import_resolution import ImportCall, restored
from bot.jobs.resolution import Call
from bot.jobs.stored import StoredJob, stored_jobs
from bot.operate.jobs.command import UNREAD
from bot.operate.jobs.stories import key_of, was_refused
from bot.operate.terminal import Ended
from bot.settings import Settings
from bot.timing import Timing

RECHECKED = "Jobs to be looked up or ended instead of sent: {rechecked}. Left as they are: {left}."


async def recheck_jobs(settings: Settings) -> Ended:
    """Look up each list that is open in a restored store, as it may have been sent since the backup.

    Imports of contacts end there: no lookup could tell which of them were sent. Raises `StartError` if a bot
    is running on a SQLite store.
    """
    try:
        async with stored_jobs(settings) as store:
            ids = {each.id async for each in store.all()}
            under_way = await store.with_steps([each async for each in store.all() if each.status in OPEN])
        with sole_use(settings), canceller(settings, Timing()) as changing:
            rechecked = {key_of(each) for each in under_way if await _recheck(changing, each, ids)}
    except StoreUnavailable as error:
        return Ended(1, UNREAD.format(cause=error))
    left = len({key_of(each) for each in under_way} - rechecked)
    return Ended(0, RECHECKED.format(rechecked=len(rechecked), left=left))


async def _recheck(changing: Canceller, job: StoredJob, ids: Container[str]) -> bool:
    """Replace a call that might be sent with a lookup or an end; return whether it was such a call.

    A list that was claimed, and not refused, is looked up by the next run of its job anyway. For an import,
    only the last call counts: the one before it may still be noting that it has ended.
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
