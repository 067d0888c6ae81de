"""Work beside the requests: what goes on after Slack was answered, and what is done again and again.

The first is held by strong references, and drained at shutdown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

__all__ = ["Tasks", "for_ever"]

log = structlog.get_logger(__name__)


class Tasks:
    """The tasks under way. A bare `create_task` may be collected while it waits; these are not."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    @property
    def are_done(self) -> bool:
        """Whether none is under way."""
        return not self._running

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Run a coroutine to its end; an error that it lets out is logged."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def drain(self, *, seconds: float) -> None:
        """Wait up to `seconds` for what is under way, then cancel the rest."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("task_failed", exc_info=error)


async def for_ever(work: Callable[[], Awaitable[None]], *, every: float) -> None:
    """Do something again and again, with `every` seconds between; a fault is logged, and does not end it."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("work_failed", work=getattr(work, "__qualname__", repr(work)))
        await asyncio.sleep(every)
