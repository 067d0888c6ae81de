"""How fast the queues are polled: fast while work is expected, not at all otherwise.

At the pace people need, polling costs 8 % of a core. So the queues are only declared from when a form opens
until some time after the last job: the engine polls what is declared, and notices changes within a second. A
longer polling interval wouldn't do: the engine shortens a long one only gradually.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from dbos import DBOS

from bot.jobs.contract import CALLS, NOTIFICATIONS
from bot.jobs.engine import EngineError
from bot.timing import Timing

CONCURRENCY = 12
"""Jobs that one process runs at a time. With 8, it idles until the next poll; with 16, acknowledgements were
slower while PostgreSQL handed out jobs.
"""

log = structlog.get_logger(__name__)


class Pace:
    """Declares the queues in time. Processes share them, and each declares what it needs."""

    def __init__(
        self, *, rate_per_minute: int, timing: Timing, on_poll: Callable[[], None] = lambda: None
    ) -> None:
        """`on_poll` is called whenever the store has said whether work is waiting."""
        self._rate_per_minute, self._on_poll = rate_per_minute, on_poll
        self._timing = timing
        self._expected_until = 0.0
        self._is_busy = True
        self._wanted = asyncio.Event()

    def expect_work(self) -> None:
        """Poll the queues from now on, because a job is about to arrive."""
        self._expected_until = time.monotonic() + self._timing.busy_for
        if not self._is_busy:
            self._wanted.set()

    async def keep(self) -> None:
        """Adjust the pace until cancelled, even through outages of the store."""
        while True:
            try:
                await self.adjust()
            except EngineError as error:
                log.warning("pace_not_adjusted", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.idle_poll):
                    await self._wanted.wait()
            self._wanted.clear()

    async def adjust(self) -> None:
        """Declare the queues if there is work or some is expected; delete them once there is none."""
        waiting_or_running = await DBOS.list_workflows_async(
            status=["ENQUEUED", "PENDING"], limit=1, load_input=False, load_output=False
        )
        self._on_poll()
        if waiting_or_running:
            self.expect_work()
        was_busy, self._is_busy = self._is_busy, time.monotonic() < self._expected_until
        if self._is_busy:
            if await DBOS.retrieve_queue_async(CALLS) is None:  # another process may have deleted it
                await self.declare()
        elif was_busy:
            await DBOS.delete_queue_async(CALLS)
            await DBOS.delete_queue_async(NOTIFICATIONS)

    async def declare(self) -> None:
        """Declare the queues with this process's settings."""
        await DBOS.register_queue_async(
            NOTIFICATIONS,
            worker_concurrency=CONCURRENCY,
            polling_interval_sec=self._timing.notifications_poll,
        )
        await DBOS.register_queue_async(
            CALLS,
            worker_concurrency=CONCURRENCY,
            polling_interval_sec=self._timing.busy_poll,
            limiter={"limit": self._rate_per_minute, "period": self._timing.rate_limit_period},
        )
