"""Log lines that strangers, or an unavailable store, can cause again and again: a few per kind at a time.

Otherwise they would fill a disk. The metrics count every refusal.
"""

import logging
from collections import deque

LINES = 20
PERIOD = 10
"""Seconds in which that many lines of a kind are written."""
_OF_LIBRARIES = (
    "Error handling request",  # aiohttp, with a traceback, for anything that isn't HTTP
    "socket.accept() out of system resource",  # asyncio, with a traceback, when out of file descriptors
    "Exception ",  # DBOS, whenever it polls for something: queues, schedules, its own lock
    "Database connection failed",
)


class Bounded(logging.Filter):
    """Drops such lines beyond the limit."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, deque[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a line."""
        if (kind := _kind(record)) is None:
            return True
        written = self._written.setdefault(kind, deque(maxlen=LINES))
        if len(written) == LINES and record.created - written[0] < PERIOD:
            return False
        written.append(record.created)
        return True


def _kind(record: logging.LogRecord) -> str | None:
    """Return the kind of a limited line, or None for any other; there are only a few kinds."""
    if isinstance(record.msg, dict):  # ours
        return str(record.msg.get("reason")) if record.msg.get("event") == "request_refused" else None
    return record.name if str(record.msg).startswith(_OF_LIBRARIES) else None
