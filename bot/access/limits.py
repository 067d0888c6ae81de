"""Limits against misuse: forms and lookups per person per minute, and open jobs.

Everything is counted in memory, so checking is instant. Each process counts only its own requests, while the
number of open jobs is also read from the store.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from bot.models import BoundedDict

WINDOW = 60.0
"""Length of the window, in seconds."""
LOOKUPS_PER_MINUTE = 20
"""Calls to Kore.ai that one person may cause by browsing; each takes a slot that submissions wait for too."""

CACHE_SIZE = 10_000
"""Forms remembered as already counted."""

Clock = Callable[[], float]
Excess = Literal["too_many_submissions", "too_many_forms", "too_many_open_jobs"]


class Limits:
    """What one person, and everyone together, may do. `clock` counts seconds."""

    def __init__(self, *, per_minute: int, open_jobs: int, clock: Clock = time.monotonic) -> None:
        self.per_minute = per_minute
        self.open_jobs = open_jobs
        self.lookups_per_minute = LOOKUPS_PER_MINUTE
        self._submitted, self._looked = _Lately(clock), _Lately(clock)
        self._taken = BoundedDict[str, None](CACHE_SIZE)
        self._open = 0

    def take(self, user_id: str, key: str, *, opens_job: bool) -> Excess | None:
        """Count a form, or return the limit it exceeds; the same form counts only once."""
        if key in self._taken:
            return None
        if self._submitted.by(user_id) >= self.per_minute:
            return "too_many_submissions" if opens_job else "too_many_forms"
        if opens_job and self._open >= self.open_jobs:
            return "too_many_open_jobs"
        self._submitted.note(user_id)
        self._taken[key] = None
        if opens_job:
            self._open += 1
        return None

    def allows_lookup(self, user_id: str) -> bool:
        """Count a lookup that costs a call, if it is within the limit; return whether it is."""
        if self._looked.by(user_id) >= self.lookups_per_minute:
            return False
        self._looked.note(user_id)
        return True

    def are_open(self, count: int) -> None:
        """Note how many jobs are open in the store."""
        self._open = count


class _Lately:
    """How often each person did something within the last minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: deque[tuple[float, str]] = deque()

    def by(self, user_id: str) -> int:
        """Count what one person did within the window."""
        while self._done and self._done[0][0] <= self._clock() - WINDOW:
            self._done.popleft()
        return sum(user == user_id for _, user in self._done)

    def note(self, user_id: str) -> None:
        """Note that a person did something just now."""
        self._done.append((self._clock(), user_id))
