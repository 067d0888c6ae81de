"""Kore.ai's clock, as far as its answers tell it. Pure: the time of ours is passed in."""

from collections import deque

KEPT_FOR = 600
"""Seconds for which it is believed: clocks drift, and are set."""
CACHE_SIZE = 100


class KoreClock:
    """By how much Kore.ai's clock is ahead of ours: never more than it is, and closer with each answer.

    A `Date` has whole seconds and was written before we received it, so each answer says too little, by up to
    a second and the way; the greatest of them is the closest.
    """

    def __init__(self) -> None:
        self._heard: deque[tuple[float, float]] = deque(maxlen=CACHE_SIZE)

    def hear(self, moment: float, *, now: float) -> None:
        """Note a moment that an answer named, which was received now; both in seconds since the epoch."""
        self._heard.append((now, moment - now))

    def ahead(self, *, now: float) -> float | None:
        """Return by how many seconds it is ahead of ours, at least; None if no answer has shown it lately."""
        return max((ahead for at, ahead in self._heard if now - at < KEPT_FOR), default=None)
