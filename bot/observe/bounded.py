"""The lines that strangers can cause, or a store that is away, again and again: a few of each kind at a time.

Otherwise they fill a disk. The metrics count every refusal.
"""

import logging
from collections import deque

LINES = 20
PERIOD = 10
"""Seconds in which so many lines of a kind are written."""
_OF_LIBRARIES = (
    "Error handling request",  # aiohttp, with a traceback, about what is not HTTP
    "socket.accept() out of system resource",  # asyncio, with a traceback, without descriptors
    "Exception ",  # DBOS, whenever it looks for something: queues, schedules, its own lock
    "Database connection failed",
)


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
    """Name the kind of such a line; the kinds are few."""
    if isinstance(record.msg, dict):  # ours
        return str(record.msg.get("reason")) if record.msg.get("event") == "request_refused" else None
    return record.name if str(record.msg).startswith(_OF_LIBRARIES) else None
