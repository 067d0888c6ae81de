"""How long a run of a job may show something.

After that, another process may have adopted the job and ended it, while a frozen process can wake up in the
middle of its run. Whatever it showed then would cover the job's outcome, or appear twice.
"""

import asyncio
from contextvars import ContextVar

from bot.timing import Timing

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


def run_begins(timing: Timing) -> None:
    """Note that a run of a job begins, in its own context."""
    _ends_at.set(asyncio.get_running_loop().time() + timing.abandoned_after)


def until_abandoned() -> asyncio.Timeout:
    """Limit a block to the time of the run; raises `TimeoutError` when it is over.

    A job that breaks this way is resumed from what it has recorded.
    """
    return asyncio.timeout_at(_ends_at.get())
