"""Slots in the rate limit for people who browse: they wait in the same queue as the jobs' calls.

So one limit holds for all calls of all processes. A slot is a durable workflow that does nothing: any process
may grant it, and the process that waits for it makes the call itself. Kore.ai's answer stays in that
process's memory, and the store holds only the id of the slot.

The engine's own handle could wait for a slot too, but then only the store's clock would tell when it was
granted: if that clock is two seconds behind ours, every slot looks too late.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.errors import NoSlotInTime
from bot.jobs.contract import CALLS, CREATE_PRIORITY, ENDED, SLOT, WAITING, slot_id
from bot.jobs.engine import EngineError
from bot.jobs.pace import Pace
from bot.timing import Timing

log = structlog.get_logger(__name__)


class RateLimitSlots:
    """The slots this process is waiting for."""

    running: ClassVar["RateLimitSlots"]

    def __init__(self, pace: Pace, *, timing: Timing, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._timing = timing
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[float]] = {}

    async def acquire(self, *, within: float) -> None:
        """Wait for a slot; the call must follow at once. Raises `NoSlotInTime` after `within` seconds."""
        self._pace.expect_work()
        try:
            async with asyncio.timeout(within):
                while not await self._acquire_in_time():
                    log.info("rate_limit_slot_missed")
        except EngineError as error:
            raise NoSlotInTime(type(error).__name__) from error

    def grant(self, slot: str) -> None:
        """Note that a slot has left the queue; if it is another process's, nothing here waits for it."""
        waiting = self._waiting.get(slot)
        if waiting and not waiting.done():
            waiting.set_result(self._clock())

    async def _acquire_in_time(self) -> bool:
        """Wait for one slot; return False if its grant was noticed too late to be of use."""
        slot = slot_id(uuid.uuid4().hex)
        self._waiting[slot] = asyncio.get_running_loop().create_future()
        is_granted = False
        try:
            with SetWorkflowID(slot), SetEnqueueOptions(priority=CREATE_PRIORITY):
                await DBOS.enqueue_workflow_async(CALLS, run_slot, slot)
            granted_at = await self._granted_at(slot)
            is_granted = True
            return self._clock() - granted_at <= self._timing.call_start_timeout
        finally:
            del self._waiting[slot]
            if not is_granted:
                await self._give_up(slot)

    async def _granted_at(self, slot: str) -> float:
        """Wait until the slot is granted; return the earliest time at which that may have happened.

        The limit counts the slot from when it leaves the queue.
        """
        granted = self._waiting[slot]
        seen_waiting = self._clock()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.slot_poll):
                    return await asyncio.shield(granted)
            looked_at = self._clock()
            found = await DBOS.get_workflow_status_async(slot)
            if granted.done() or (found and found.status in ENDED):
                return granted.result() if granted.done() else seen_waiting
            if found and found.status in WAITING:
                seen_waiting = looked_at

    async def _give_up(self, slot: str) -> None:
        """Leave the queue, so that an unused slot takes nothing from the jobs."""
        with suppress(*EngineError):
            await DBOS.cancel_workflow_async(slot)


async def count_again(job_id: str, started_at: int) -> None:
    """Take a slot for a call whose start was erased; without a priority, it goes before all others.

    Raises `EngineError`.
    """
    slot = slot_id(f"{job_id}-{started_at}")
    with SetWorkflowID(slot):
        await DBOS.enqueue_workflow_async(CALLS, run_slot, slot)


@DBOS.workflow(name=SLOT)
async def run_slot(slot: str) -> None:
    """Grant a slot to whatever waits for it, if that is in this process."""
    RateLimitSlots.running.grant(slot)
