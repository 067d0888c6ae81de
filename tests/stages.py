"""The sandbox as tests start it: its bot waits for nothing, meets no limit, and finds its store ready."""

import asyncio
import atexit
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from dbos import DBOS

from bot.jobs.contract import CALL_KORE, NOTIFY, OPEN, SLOT
from bot.jobs.engine import EngineError, close_engine, configure_engine, launch_engine, open_store
from bot.jobs.pace import Pace
from bot.settings import Settings
from bot.timing import Timing
from sandbox import demo
from tests.marks import require_mark
from tests.quick import QUICK
from tests.story import FAST


@asynccontextmanager
async def stage(
    *, rate_per_minute: int = FAST, timing: Timing = QUICK, **changes: object
) -> AsyncIterator[demo.Stage]:
    """Start the bot between both ends, as `sandbox.demo.stage` does.

    Its store has its tables and its queues already: the engine looks for new queues once a second, and the
    first job of each of many bots would wait for that.
    """
    require_mark("slow", "process", why="starts the whole bot")
    limit = changes.get("kore_rate_per_minute", rate_per_minute)
    with TemporaryDirectory() as folder:
        store = Path(folder) / "contactlist.db"
        shutil.copy(await _ready_store(int(str(limit)), timing), store)
        changes = {"database_url": f"sqlite:///{store}", **changes}
        async with demo.stage(rate_per_minute=rate_per_minute, timing=timing, **changes) as running:  # type: ignore[arg-type]
            yield running
            await _jobs_ended()


async def refresh_access(scene: demo.Stage) -> None:
    """Have the bot read now who is in the user groups, as it does every five minutes."""
    parts = scene.bot._parts  # noqa: SLF001 - nothing but a test is in a hurry
    assert parts
    await parts.allow_lists.refresh()


async def nothing_read(scene: demo.Stage) -> None:
    """Wait until the bot reads no lists: whoever asks meanwhile is told what there was before."""
    parts = scene.bot._parts  # noqa: SLF001 - as above
    if parts is None:
        return  # a test has stopped the bot
    catalog = parts.catalog
    if catalog._warming:  # noqa: SLF001
        await asyncio.wait([catalog._warming])  # noqa: SLF001
    if reading := catalog._lists._reading:  # noqa: SLF001
        await asyncio.wait([reading])


async def _jobs_ended() -> None:
    """Let the jobs that run note that they have ended: the bot that stops gives them no grace."""
    with suppress(*EngineError, TimeoutError):  # of a test that has stopped the bot, or has one hang
        async with asyncio.timeout(2):
            while await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.05)


async def nothing_open() -> None:
    """Wait until no job is open; a claim is one that waits for days."""
    jobs = [CALL_KORE, NOTIFY, SLOT]
    while await DBOS.list_workflows_async(name=jobs, status=OPEN, load_input=False, load_output=False):  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.05)


@cache
def _folder() -> Path:
    folder = mkdtemp(prefix="contactlist-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


async def _ready_store(limit: int, timing: Timing) -> Path:
    """Return a store as a bot of this limit leaves it that was stopped while work was expected.

    Each is made once. With another limit in it, the first look into the queue would keep that one.
    """
    path = _folder() / f"{limit} in {timing.rate_limit_period} s.db"
    if not path.exists():
        settings = Settings.model_validate(
            {
                "slack_bot_token": "xoxb-made-up",
                "slack_signing_secret": "made-up",
                "kore_stream_id": "st-made-up",
                "kore_account_id": "0123456789abcdef01234567",
                "kore_client_id": "cs-made-up",
                "kore_client_secret": "made-up",
                "database_url": f"sqlite:///{path}",
            }
        )
        store = open_store(settings)
        configure_engine(settings, store, QUICK)
        await launch_engine(Pace(rate_per_minute=limit, timing=timing).declare)
        await close_engine(grace=0)
        store.dispose()
    return path
