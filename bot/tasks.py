"""Work beside the requests: what goes on after Slack was answered, and what is done again and again.

The first is held by strong references, and drained at shutdown. When a crowd comes, everybody is answered
before the first one's work begins: an answer is the shorter part, and Slack waits for it three seconds only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, copy_context

import structlog

__all__ = ["Tasks", "for_ever"]

QUIET_TURNS = 2
"""Turns of the event loop without new work after which a crowd has been answered: a request is read in one
and answered in the next."""
BEGIN_WITHIN = 0.1
"""Seconds after which work begins all the same, however many still come."""

log = structlog.get_logger(__name__)

Work = Coroutine[object, object, None]


class Tasks:
    """The tasks under way. A bare `create_task` may be collected while it waits; these are not."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Work, Context]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._quiet_turns = 0
        self.when_broken: Callable[[Exception], Awaitable[None]] = _raise
        """What is done about an error that work lets out, in the context of that work."""

    @property
    def are_done(self) -> bool:
        """Whether none is under way."""
        return not self._running and not self._waiting

    def start(self, work: Work) -> None:
        """Run a coroutine to its end, after the answers to all who came at the same time."""
        if not self._waiting:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._wait_for_quiet, loop.time() + BEGIN_WITHIN)
        self._waiting.append((work, copy_context()))
        self._quiet_turns = 0

    def begin(self, work: Work) -> None:
        """Do the same at once: this is an answer itself."""
        self._begin(work, copy_context())

    async def drain(self, *, seconds: float) -> None:
        """Wait up to `seconds` for what is under way and what that begins, then cancel the rest."""
        self._begin_all()
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._running and loop.time() < until:
            await asyncio.wait(self._running, timeout=until - loop.time())
            self._begin_all()
        await asyncio.sleep(0)  # what is cancelled has begun, so that it can clean up
        late = list(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _wait_for_quiet(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        self._quiet_turns += 1
        if self._quiet_turns > QUIET_TURNS or loop.time() > until:
            self._begin_all()
        else:
            loop.call_soon(self._wait_for_quiet, until)

    def _begin_all(self) -> None:
        for work, context in self._waiting:
            self._begin(work, context)
        self._waiting.clear()

    def _begin(self, work: Work, context: Context) -> None:
        task = asyncio.create_task(self._run(work), context=context)
        self._running.add(task)
        task.add_done_callback(self._ended, context=context)

    async def _run(self, work: Work) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is, the next one goes on
            await self.when_broken(error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("task_failed", exc_info=error)


async def _raise(error: Exception) -> None:
    raise error


async def for_ever(work: Callable[[], Awaitable[None]], *, every: float) -> None:
    """Do something again and again, with `every` seconds between; a fault is logged, and does not end it."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("work_failed", work=getattr(work, "__qualname__", repr(work)))
        await asyncio.sleep(every)
