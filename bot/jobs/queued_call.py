"""What the queue needs to know about any call to Kore.ai. Pure: no I/O, no clock."""

from abc import abstractmethod
from typing import ClassVar, Self

from bot.models import Saved
from bot.timing import Timing


class QueuedCall(Saved):
    """One call to Kore.ai: the payload of its job."""

    workflow: ClassVar[str]
    """Name of the workflow that makes the call."""

    number: int = 0
    """Number of calls before this one."""
    pause: float = 0
    """Seconds to wait in the queue before starting."""
    tries: int = 0
    """How often it was refused: by Kore.ai, or the file by Slack."""
    tried_at: float | None = None
    """When that first happened, in seconds since the epoch."""

    @property
    @abstractmethod
    def job_id(self) -> str:
        """Return the id of the call's job."""

    @property
    @abstractmethod
    def priority(self) -> int:
        """Return the call's priority in the queue; smaller goes first."""

    def again(self, *, now: float, retry_after: float | None, timing: Timing) -> Self | None:
        """Return the same call after a pause; None if it has been tried for too long.

        `now` is in seconds since the epoch; `retry_after` is how many seconds Kore.ai asked us to wait.
        """
        tries, tried_at = self.tries + 1, self.tried_at or now
        pause = timing.retry_pause(tries, elapsed=now - tried_at, retry_after=retry_after)
        if pause is None:
            return None
        return self.replace(number=self.number + 1, pause=pause, tries=tries, tried_at=tried_at)

    def after(self, pause: float) -> Self:
        """Return the call with at least this pause."""
        return self.replace(pause=max(self.pause, pause))
