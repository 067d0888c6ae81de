"""The circuit to Kore.ai: while it cannot be reached, a call every few seconds finds out if it can again."""

import time
from collections.abc import Callable

__all__ = ["PROBE_EVERY", "Circuit"]

PROBE_EVERY = 5.0
"""Seconds between two calls while the circuit is open."""


class Circuit:
    """Shared by all jobs of a process. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_probe: float | None = None

    def lets_through(self) -> bool:
        """Tell whether a call may be made now; while the circuit is open, this takes the next probe."""
        if self._next_probe is None:
            return True
        if self._clock() < self._next_probe:
            return False
        self._next_probe = self._clock() + PROBE_EVERY
        return True

    def reached(self) -> None:
        """Note that Kore.ai answered, whatever it said."""
        self._next_probe = None

    def not_reached(self) -> None:
        """Note that it could not be reached."""
        self._next_probe = self._clock() + PROBE_EVERY
