"""The circuit to Kore.ai: while it cannot be reached, a call every few seconds finds out if it can again."""

import time
from collections.abc import Awaitable, Callable

PROBE_EVERY = 5.0
"""Seconds between two calls while the circuit is open."""


class Circuit:
    """Each process opens and closes its own; while it is open, all of them share the turns to probe.

    `take_turn` takes the turn of a number, and tells whether nobody had taken it; `clock` counts seconds
    since the epoch.
    """

    def __init__(
        self, take_turn: Callable[[int], Awaitable[bool]], clock: Callable[[], float] = time.time
    ) -> None:
        self._take_turn = take_turn
        self._clock = clock
        self._next_probe: float | None = None

    async def lets_through(self) -> bool:
        """Tell whether a call may be made now; while the circuit is open, this takes the next probe."""
        if self._next_probe is None:
            return True
        now = self._clock()
        if 0 < self._next_probe - now <= PROBE_EVERY:  # more only if the clock was set back
            return False
        self._next_probe = now + PROBE_EVERY
        return await self._take_turn(int(now / PROBE_EVERY))

    def reached(self) -> None:
        """Note that Kore.ai answered, whatever it said."""
        self._next_probe = None

    def not_reached(self) -> None:
        """Note that it could not be reached."""
        self._next_probe = self._clock() + PROBE_EVERY
