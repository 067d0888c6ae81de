"""The lines that somebody without a signature can cause: a few of each kind at a time, or they fill a disk.

The metrics count all of them.
"""

import logging
from collections import deque

LINES = 20
PERIOD = 10
"""Seconds in which so many lines of a kind are written."""
_OF_LIBRARIES = ("Error handling request", "socket.accept() out of system resource")
"""How lines begin that have a traceback each: aiohttp's about what is not HTTP, asyncio's when connections
use up the descriptors of the process."""


class Bounded(logging.Filter):
    """Drops the rest of such lines."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, deque[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written."""
        if (kind := _kind(record)) is None:
            return True
        written = self._written.setdefault(kind, deque(maxlen=LINES))
        if len(written) == LINES and record.created - written[0] < PERIOD:
            return False
        written.append(record.created)
        return True


def _kind(record: logging.LogRecord) -> str | None:
    """Name the kind of a line that a stranger can cause; the kinds are few."""
    if isinstance(record.msg, dict):  # ours
        return str(record.msg.get("reason")) if record.msg.get("event") == "request_refused" else None
    return record.name if str(record.msg).startswith(_OF_LIBRARIES) else None
