"""Whether Kore.ai accepts the credentials: every answer shows it, and soon after startup one is requested.

So an operator hears about a wrong secret within a minute, and not from the first person who creates a list.
"""

from collections.abc import Awaitable, Callable

import structlog

from bot.errors import KoreUnauthorized
from bot.models import Snapshot
from bot.observe.metrics import Metrics

UNAUTHORIZED = "401"

ReadLists = Callable[[], Awaitable[Snapshot[object]]]

log = structlog.get_logger(__name__)


class KoreCredentials:
    """Tracks what Kore.ai's answers say about the credentials."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._are_accepted: bool | None = None

    @property
    def are_refused(self) -> bool:
        """Whether Kore.ai rejected them last time."""
        return self._are_accepted is False

    def heard(self, operation: str, status: str, seconds: float) -> None:
        """Record a call to Kore.ai: `status` is the HTTP status, or else the class of the error."""
        self._metrics.kore_called(operation, status, seconds)
        if status == UNAUTHORIZED or status.startswith("2"):
            self._note(accepted=status != UNAUTHORIZED)

    async def check(self, read_lists: ReadLists) -> None:
        """Read the lists, unless the credentials are known to be good; the call counts towards the limit."""
        if not self._are_accepted and isinstance((await read_lists()).trouble, KoreUnauthorized):
            self._note(accepted=False)

    def _note(self, *, accepted: bool) -> None:
        if accepted is self._are_accepted:
            return
        if not accepted:
            log.error("kore_credentials_refused")
        elif self.are_refused:
            log.info("kore_credentials_accepted")
        self._are_accepted = accepted
        self._metrics.kore_credentials_ok.set(accepted)
