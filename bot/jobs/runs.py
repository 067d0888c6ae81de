"""The time in which a run of a job may show something.

Later another process may have adopted the job, and ended it: a process that was frozen wakes up in the middle
of its runs. What it showed then would lie over how the job ended, or come a second time.
"""

import asyncio
from contextvars import ContextVar

from bot.timing import Timing

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


def run_begins(timing: Timing) -> None:
    """Note that a run of a job begins, in its own context."""
    _ends_at.set(asyncio.get_running_loop().time() + timing.abandoned_after)


def until_abandoned() -> asyncio.Timeout:
    """Limit what is done within to the time of the run; raises `TimeoutError` at its end.

    A job that ends in it goes on from what it has recorded.
    """
    return asyncio.timeout_at(_ends_at.get())
