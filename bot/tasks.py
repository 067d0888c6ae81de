"""Background work: what continues after Slack was answered, and what is polled."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

log = structlog.get_logger(__name__)

Work = Coroutine[object, object, object]


class Tasks:
    """The running tasks, held by strong references: a bare `create_task` may be collected while it waits."""

    def __init__(self, on_error: Callable[[Exception], Awaitable[None]] | None = None) -> None:
        """`on_error` gets the errors that work raises, in the context of that work."""
        self._on_error = on_error
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Work) -> None:
        """Run a coroutine to its end in the background."""
        task = asyncio.create_task(self._run(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, *, seconds: float) -> None:
        """Wait up to `seconds` for running tasks and those they start, then cancel the rest."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._running and (left := until - loop.time()) > 0:
            await asyncio.wait(self._running, timeout=left)
        await asyncio.sleep(0)  # let new tasks start before they are cancelled, so that they can clean up
        late = list(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, work: Work) -> None:
        try:
            try:
                await work
            except Exception as error:
                if self._on_error is None:
                    raise
                await self._on_error(error)
        except Exception:
            log.exception("task_failed")


async def poll(work: Callable[[], Awaitable[None]], *, every: float, first_after: float = 0) -> None:
    """Repeat `work` until cancelled, with pauses of `every` seconds; errors are logged, and don't end it."""
    await asyncio.sleep(first_after)
    while True:
        try:
            await work()
        except Exception:
            log.exception("poll_failed", work=getattr(work, "__qualname__", repr(work)))
        await asyncio.sleep(every)
