"""What every call to Kore.ai is to the queue in which it waits. Pure: no I/O, no clock."""

from abc import abstractmethod
from typing import ClassVar, Self

from bot.models import Saved


class QueuedCall(Saved):
    """One call to Kore.ai: what its job is given."""

    workflow: ClassVar[str]
    """The name of the workflow that makes it."""

    number: int = 0
    """How many calls went before this one."""
    pause: float = 0
    """Seconds in the queue before it may begin."""

    @property
    @abstractmethod
    def job_id(self) -> str:
        """Name its job."""

    @property
    @abstractmethod
    def priority(self) -> int:
        """Return its place in the queue; the smaller one goes first."""

    def after(self, pause: float) -> Self:
        """Return it with at least this pause."""
        return self.replace(pause=max(self.pause, pause))
