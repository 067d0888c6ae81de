"""A turn to call Kore.ai, for people who browse: one place in the queue in which the jobs' calls wait too.

So one limit holds for all calls of all processes. The turn is a durable workflow that does nothing: any
process may let it come, and the process that waits for it makes the call itself. What Kore.ai answers stays
in memory there, and the store holds no more than the id of the turn.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.errors import NoSlotInTime
from bot.jobs.engine import CALLS, LAST, EngineError

SLOT = "turn"
"""The name of the workflow. It is in the store: renaming it strands the turns under way."""
LOOK_EVERY = 0.25
"""Seconds between two looks for a turn that another process may have let come."""
LATE = 1.0
"""Seconds after it came in which a turn is of use; later the account's limit might not hold."""
_WAITING = {"ENQUEUED", "DELAYED"}
"""The account's limit has not counted it yet; it has as soon as the turn leaves the queue."""
_OVER = {"SUCCESS", "ERROR", "CANCELLED"}

log = structlog.get_logger(__name__)


class RateLimitSlots:
    """The turns that this process waits for. Make one between `configure_engine` and `launch_engine`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[float]] = {}

        @DBOS.workflow(name=SLOT)
        async def turn(turn_id: str) -> None:
            self._comes(turn_id)

        self._workflow: Callable[[str], Coroutine[object, object, None]] = turn

    async def take(self, *, within: float) -> None:
        """Wait for a turn: the call must be made at once. Raises `NoSlotInTime` after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                while not await self._in_time():
                    log.info("rate_limit_slot_missed")
        except (TimeoutError, *EngineError) as error:
            raise NoSlotInTime(type(error).__name__) from error

    async def _in_time(self) -> bool:
        """Wait for one turn; False if it was noticed too late to be of use."""
        turn_id = f"turn-{uuid.uuid4().hex}"
        self._waiting[turn_id] = asyncio.get_running_loop().create_future()
        over = False
        try:
            with SetWorkflowID(turn_id), SetEnqueueOptions(priority=LAST):
                await DBOS.enqueue_workflow_async(CALLS, self._workflow, turn_id)
            came_at = await self._coming(turn_id)
            over = True
            return self._clock() - came_at <= LATE
        finally:
            del self._waiting[turn_id]
            if not over:
                await self._give_up(turn_id)

    async def _coming(self, turn_id: str) -> float:
        """Wait until the turn comes; returns when that was at the earliest."""
        coming = self._waiting[turn_id]
        seen_waiting = self._clock()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    return await asyncio.shield(coming)
            looked_at = self._clock()
            found = await DBOS.get_workflow_status_async(turn_id)
            if coming.done() or (found and found.status in _OVER):
                return coming.result() if coming.done() else seen_waiting
            if found and found.status in _WAITING:
                seen_waiting = looked_at

    def _comes(self, turn_id: str) -> None:
        waiting = self._waiting.get(turn_id)
        if waiting and not waiting.done():
            waiting.set_result(self._clock())

    async def _give_up(self, turn_id: str) -> None:
        """Leave the queue, so that a turn that nobody waits for takes no place from the jobs."""
        with suppress(*EngineError):
            await DBOS.cancel_workflow_async(turn_id)
