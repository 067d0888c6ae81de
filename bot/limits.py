"""Limits against misuse: forms of one person in a minute, and open jobs.

All is counted in memory, so asking is instant. Each process counts the forms that it takes itself; how many
jobs are open in the store is read beside that.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

__all__ = ["Excess", "Limits"]

WINDOW = 60.0
"""Seconds over which the forms of a person are counted."""

Excess = Literal["too_many_submissions", "too_many_open_jobs"]


class Limits:
    """What one person, and all together, may submit. `clock` counts seconds."""

    def __init__(
        self, *, per_minute: int, open_jobs: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_minute = per_minute
        self.open_jobs = open_jobs
        self._clock = clock
        self._recent: deque[tuple[float, str, str]] = deque()
        self._open = 0

    def exceeded(self, *, user_id: str, key: str) -> Excess | None:
        """Take a submission, or say which limit it exceeds; a second press of the same form counts once."""
        now = self._clock()
        while self._recent and self._recent[0][0] <= now - WINDOW:
            self._recent.popleft()
        mine = [recent for _, user, recent in self._recent if user == user_id]
        if key in mine:
            return None
        if len(mine) >= self.per_minute:
            return "too_many_submissions"
        if self._open >= self.open_jobs:
            return "too_many_open_jobs"
        self._recent.append((now, user_id, key))
        self._open += 1
        return None

    def are_open(self, count: int) -> None:
        """Note how many jobs are open in the store."""
        self._open = count
