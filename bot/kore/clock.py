"""Kore.ai's clock, as far as its answers reveal it. Pure: our time is passed in."""

from collections import deque

KEPT_FOR = 600
"""Seconds for which an answer counts: clocks drift, and get adjusted."""
CACHE_SIZE = 100


class KoreClock:
    """How far Kore.ai's clock is ahead of ours: never overestimated, and closer with each answer.

    A `Date` has whole seconds and was written before we received it, so each answer understates the lead, by
    up to a second plus the transit time; the largest value is the closest.
    """

    def __init__(self) -> None:
        self._heard: deque[tuple[float, float]] = deque(maxlen=CACHE_SIZE)

    def hear(self, moment: float, *, now: float) -> None:
        """Note a time given in an answer that was received `now`; both in seconds since the epoch."""
        self._heard.append((now, moment - now))

    def ahead(self, *, now: float) -> float | None:
        """Return the least number of seconds it is ahead of ours; None if no recent answer has shown it."""
        return max((ahead for at, ahead in self._heard if now - at < KEPT_FOR), default=None)
