"""The marks of what starts a process or a bot: no test does so without them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from tests.stages import stage

NOTHING = [sys.executable, "-c", ""]


async def run() -> None:
    """Start a process as a test may."""
    subprocess.run(NOTHING, check=True)  # noqa: ASYNC221, S603 - our own interpreter


async def run_beside() -> None:
    """Start one as the sandbox does."""
    await asyncio.create_subprocess_exec(*NOTHING)


async def fork() -> None:
    """Start one as `multiprocessing` does."""
    if os.fork() == 0:
        os._exit(0)


@pytest.mark.parametrize("start", [run, run_beside, fork])
async def test_unmarked_start(start: Callable[[], Awaitable[None]]) -> None:
    """A test that starts a process fails without the mark, however it does so, and none is started."""
    with pytest.raises(pytest.fail.Exception, match="starts a process"):
        await start()


@pytest.mark.process
def test_marked_start() -> None:
    """With the mark it may."""
    assert subprocess.run(NOTHING, check=False).returncode == 0  # noqa: S603 - our own interpreter


async def test_unmarked_bot() -> None:
    """Nor does one start a bot without the mark of slow tests."""
    with pytest.raises(pytest.fail.Exception, match="starts the whole bot"):
        async with stage():
            """Never come to."""
