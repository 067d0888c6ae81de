"""When Python looks for cycles of objects: while nobody waits for the bot.

A command leaves none behind, the engine's looks into its queues leave two thousand objects a second. Left to
itself the collector runs when many objects are new, which is in the middle of a crowd: it took a tenth of
the time until the last one had the form.
"""

import asyncio
import gc
from collections.abc import Callable

__all__ = ["collect_between_requests"]

EVERY = 0.25
"""Seconds between two looks."""
PATIENCE = 8
"""Looks that may be left out in a row, because somebody waited."""
OLD = 240
"""Looks after which the next one is at everything; the others are at what is new."""
TOO_MANY = 100_000
"""New objects after which the collector runs by itself all the same."""


async def collect_between_requests(is_quiet: Callable[[], bool]) -> None:
    """Collect for ever; what is there when this begins is taken to stay, and is not looked at again."""
    gc.set_threshold(TOO_MANY)
    gc.freeze()
    looks = left_out = 0
    while True:
        await asyncio.sleep(EVERY)
        looks += 1
        if not is_quiet() and left_out < PATIENCE:
            left_out += 1
            continue
        left_out = 0
        if looks < OLD:
            gc.collect(1)
        else:
            gc.collect()
            looks = 0
