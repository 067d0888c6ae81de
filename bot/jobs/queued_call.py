"""What every call to Kore.ai is to the queue in which it waits. Pure: no I/O, no clock."""

from abc import abstractmethod
from typing import ClassVar, Self

from bot.models import Saved
from bot.timing import Timing


class QueuedCall(Saved):
    """One call to Kore.ai: what its job is given."""

    workflow: ClassVar[str]
    """The name of the workflow that makes it."""

    number: int = 0
    """How many calls went before this one."""
    pause: float = 0
    """Seconds in the queue before it may begin."""
    tries: int = 0
    """How often it was not accepted: by Kore.ai, or the file by Slack."""
    tried_at: float | None = None
    """When that was for the first time, in seconds since the epoch."""

    @property
    @abstractmethod
    def job_id(self) -> str:
        """Name its job."""

    @property
    @abstractmethod
    def priority(self) -> int:
        """Return its place in the queue; the smaller one goes first."""

    def again(self, *, now: float, retry_after: float | None, timing: Timing) -> Self | None:
        """Return the same call after a pause; None if it was tried for too long.

        `now` is in seconds since the epoch; `retry_after` is for how long Kore.ai wants to be left alone.
        """
        tries, tried_at = self.tries + 1, self.tried_at or now
        pause = timing.retry_pause(tries, elapsed=now - tried_at, retry_after=retry_after)
        if pause is None:
            return None
        return self.replace(number=self.number + 1, pause=pause, tries=tries, tried_at=tried_at)

    def after(self, pause: float) -> Self:
        """Return it with at least this pause."""
        return self.replace(pause=max(self.pause, pause))
