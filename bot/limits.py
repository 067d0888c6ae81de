"""Limits against misuse: forms and looks of one person in a minute, and open jobs.

All is counted in memory, so asking is instant. Each process counts what it is asked for itself; how many jobs
are open in the store is read beside that.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

__all__ = ["Excess", "Limits"]

WINDOW = 60.0
"""Seconds over which it is counted what a person does."""
LOOKS_PER_MINUTE = 20
"""Calls to Kore.ai that one person may cause by looking; each takes a turn that submissions wait for too."""

Clock = Callable[[], float]
Excess = Literal["too_many_submissions", "too_many_open_jobs"]


class Limits:
    """What one person, and all together, may do. `clock` counts seconds."""

    def __init__(self, *, per_minute: int, open_jobs: int, clock: Clock = time.monotonic) -> None:
        self.per_minute = per_minute
        self.open_jobs = open_jobs
        self.looks_per_minute = LOOKS_PER_MINUTE
        self._submitted, self._looked = _Lately(clock), _Lately(clock)
        self._open = 0

    def exceeded(self, *, user_id: str, key: str) -> Excess | None:
        """Take a submission, or say which limit it exceeds; a second press of the same form counts once."""
        mine = self._submitted.by(user_id)
        if key in mine:
            return None
        if len(mine) >= self.per_minute:
            return "too_many_submissions"
        if self._open >= self.open_jobs:
            return "too_many_open_jobs"
        self._submitted.note(user_id, key)
        self._open += 1
        return None

    def allows_look(self, user_id: str) -> bool:
        """Take a look that costs a call, or say that it is one too many."""
        if len(self._looked.by(user_id)) >= self.looks_per_minute:
            return False
        self._looked.note(user_id)
        return True

    def are_open(self, count: int) -> None:
        """Note how many jobs are open in the store."""
        self._open = count


class _Lately:
    """What people did within the last minute; a key tells what is done twice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: deque[tuple[float, str, str]] = deque()

    def by(self, user_id: str) -> list[str]:
        """List what one person did."""
        while self._done and self._done[0][0] <= self._clock() - WINDOW:
            self._done.popleft()
        return [key for _, user, key in self._done if user == user_id]

    def note(self, user_id: str, key: str = "") -> None:
        """Note that somebody does something now."""
        self._done.append((self._clock(), user_id, key))
