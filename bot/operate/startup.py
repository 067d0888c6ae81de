"""What startup waits for: Slack and the store may be unavailable for a while without ending it.

Each is asked again with growing pauses; the log says why, and `/readyz` says what for.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.errors import NotThereYet
from bot.timing import Timing

SLACK, STORE, NAMES = "slack", "store", "dns"

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Awaited:
    """What was unavailable when it was last asked."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._away: dict[str, NotThereYet] = {}

    @property
    def reasons(self) -> list[str]:
        """Return what is unavailable, plus "dns" if a name isn't found."""
        names = [NAMES] if any(each.problem.by_name for each in self._away.values()) else []
        return [*sorted(self._away), *names]

    async def answer(self, of: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer, whatever it is; `ask` may raise `NotThereYet`."""
        failures = 0
        while True:
            try:
                answer = await ask()
            except NotThereYet as error:
                self._away[of] = error
                failures += 1
                seconds = self._pause(failures) if error.seconds is None else error.seconds
                log.warning("start_delayed", waits_for=of, problem=str(error), seconds=round(seconds, 1))
            else:
                self._away.pop(of, None)
                return answer
            await asyncio.sleep(seconds)

    def _pause(self, failures: int) -> float:
        """Return the seconds to wait, randomly shortened by up to half: many processes may start together."""
        return self._timing.reconnect_delay(failures) * random.uniform(0.5, 1)  # noqa: S311 - no secret
