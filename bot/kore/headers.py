"""What an answer's headers say about time. Pure: no I/O.

Source: RFC 9110, 5.6.7 (dates) and 10.2.3 (`Retry-After`: seconds or a date).
"""

import re
from collections.abc import Mapping

from bot.kore.models import mail_date, seconds_of

MAX_WAIT = 86_400
"""Seconds; longer than any wait here, and small enough for every store."""

_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def date_of(headers: Mapping[str, str]) -> float | None:
    """Return when an answer was written, in whole seconds since the epoch by the server's clock."""
    return _date(headers.get("Date", ""))


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return how many seconds the API asks us to wait; `now` is by the clock that a date would be from."""
    wait = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(wait):
        return min(float(wait), MAX_WAIT)
    date = _date(wait)
    return None if date is None else min(max(date - now, 0), MAX_WAIT)


def _date(text: str) -> float | None:
    date = mail_date(text)
    return seconds_of(date) if date else None
