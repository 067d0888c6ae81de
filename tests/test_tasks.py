"""Work behind an answer: it is held, heard of when it fails, and drained at the end."""

import asyncio
import gc
import time
import weakref

import pytest
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from bot.tasks import Tasks, poll


async def test_work_runs_to_its_end() -> None:
    """Draining waits for what is under way."""
    tasks, done = Tasks(), list[str]()
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        done.append("work")

    tasks.start(work())
    tasks.start(work())
    asyncio.get_running_loop().call_soon(go.set)
    await tasks.drain(seconds=5)
    assert done == ["work", "work"]


async def test_work_is_not_collected_while_it_waits() -> None:
    """Work that waits for something that nobody else holds survives the garbage collector."""
    tasks, started, done = Tasks(), asyncio.Event(), asyncio.Event()
    awaited: list[weakref.ref[asyncio.Future[None]]] = []

    async def work() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        awaited.append(weakref.ref(future))
        started.set()
        await future
        done.set()

    tasks.start(work())
    await started.wait()
    gc.collect()
    future = awaited[0]()
    assert future is not None
    future.set_result(None)
    await asyncio.wait_for(done.wait(), 5)


async def test_late_work_is_cancelled() -> None:
    """After the grace period the rest is cancelled, and its clean-up is waited for."""
    tasks, ended, cleaned = Tasks(), list[str](), list[str]()

    async def late() -> None:
        try:
            await asyncio.Event().wait()
            ended.append("late")
        finally:
            await asyncio.sleep(0)
            cleaned.append("late")

    async def quick() -> None:
        ended.append("quick")

    tasks.start(late())
    tasks.start(quick())
    with capture_logs() as logs:
        await tasks.drain(seconds=0.01)
    assert (ended, cleaned) == (["quick"], ["late"])
    assert logs == []


@pytest.mark.parametrize("seconds", [0, 5])
async def test_draining_nothing_is_instant(seconds: float) -> None:
    """Without work there is nothing to wait for, before and after some was done."""
    tasks = Tasks()

    async def work() -> None:
        pass

    async with asyncio.timeout(1):
        await tasks.drain(seconds=seconds)
        tasks.start(work())
        await tasks.drain(seconds=5)
        await tasks.drain(seconds=seconds)


async def test_draining_waits_for_what_begins_meanwhile() -> None:
    """Work that begins other work is done when both are."""
    tasks, done = Tasks(), list[str]()

    async def other() -> None:
        done.append("other")

    async def work() -> None:
        await asyncio.sleep(0.01)
        tasks.start(other())

    tasks.start(work())
    await tasks.drain(seconds=5)
    assert done == ["other"]


async def test_whoever_handles_errors_may_fail_as_well() -> None:
    """Both errors stand in the log, under the reference of the request that they belong to."""

    async def failing(_: Exception | None = None) -> None:
        raise ValueError("broken")

    tasks = Tasks(on_error=failing)
    with capture_logs(processors=[merge_contextvars]) as logs:
        for number in range(2):
            with bound_contextvars(reference=number):
                tasks.start(failing())
        await tasks.drain(seconds=5)
    assert [(log["event"], log["reference"]) for log in logs] == [("task_failed", 0), ("task_failed", 1)]


async def test_an_error_is_logged() -> None:
    """An error that nobody waits for stands in the log with its traceback, and stops nothing else."""
    tasks, done = Tasks(), asyncio.Event()

    async def failing() -> None:
        raise ValueError("broken")

    async def working() -> None:
        done.set()

    with capture_logs() as logs:
        tasks.start(failing())
        tasks.start(working())
        await tasks.drain(seconds=5)
    assert done.is_set()
    assert [(log["event"], log["log_level"]) for log in logs] == [("task_failed", "error")]
    assert logs[0]["exc_info"] is True


async def test_what_is_done_poll_outlives_a_fault() -> None:
    """The fault stands in the log with its traceback, and the next round follows."""
    rounds, enough = list[int](), asyncio.Event()

    async def work() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 3:
            enough.set()
        if len(rounds) == 2:
            raise ValueError("broken")

    with capture_logs() as logs:
        task = asyncio.create_task(poll(work, every=0))
        async with asyncio.timeout(30):
            await enough.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [(log["event"], log["log_level"], log["exc_info"]) for log in logs] == [
        ("poll_failed", "error", True)
    ]


async def test_the_first_poll_may_wait() -> None:
    """What the start has done already, or what others do first, is not done at once."""
    rounds, enough = list[float](), asyncio.Event()

    async def work() -> None:
        rounds.append(time.monotonic())
        if len(rounds) == 2:
            enough.set()

    began = time.monotonic()
    task = asyncio.create_task(poll(work, every=0, first_after=0.1))
    async with asyncio.timeout(30):
        await enough.wait()
    task.cancel()

    assert rounds[0] - began >= 0.1
    assert rounds[1] - rounds[0] < 0.1
