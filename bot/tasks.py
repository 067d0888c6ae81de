"""Work that goes on after Slack was answered: held by strong references, and drained at shutdown."""

import asyncio
from collections.abc import Coroutine

import structlog

__all__ = ["Tasks"]

log = structlog.get_logger(__name__)


class Tasks:
    """The tasks under way. A bare `create_task` may be collected while it waits; these are not."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

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
