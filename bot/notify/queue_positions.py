"""Forms that wait for a slot say so: "position 3, about 10 s".

The account's limit may make a submission wait for minutes. Its form is only updated while the result
certainly can't arrive at the same moment, and each update but the first names the state it replaces, so that
Slack refuses one that comes too late.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.errors import SlackError, SlackRefused, SlackUnavailable, StoreUnavailable
from bot.models import Submission
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.timing import Timing
from bot.views import progress

BATCH_SIZE = 3
"""Forms updated per poll: Slack accepts about a hundred updates a minute."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CallQueue:
    """The waiting calls' ids in order, when the latest ones started, and how many may in `period` seconds."""

    waiting: tuple[str, ...]
    started: tuple[float, ...]
    limit: int
    period: float


@dataclass(frozen=True)
class QueuePosition:
    """A submission's place in the queue: 1 is next; `seconds` is about how long it will wait."""

    position: int
    seconds: float


def queue_positions_of(queue: CallQueue, *, now: float) -> dict[str, QueuePosition]:
    """Work out when each waiting call may start, given when the latest ones started.

    At most `limit` start in any `period` seconds; times are in seconds since the epoch.
    """
    slots = sorted(each for each in queue.started if each > now - queue.period)[-queue.limit :]
    found = {}
    for position, key in enumerate(queue.waiting, 1):
        slot = now if len(slots) < queue.limit else max(now, slots[-queue.limit] + queue.period)
        slots.append(slot)
        found[key] = QueuePosition(position, slot - now)
    return found


@dataclass
class _Form:
    submission: Submission
    changed: bool
    hash: str | None = None
    is_counted: bool = False


class WaitingForms:
    """Forms that this process switched to "Creating…" and whose jobs haven't begun."""

    def __init__(
        self,
        read_queue: Callable[[], Awaitable[CallQueue]],
        slack: SlackClient,
        metrics: Metrics,
        *,
        timing: Timing,
    ) -> None:
        self._read_queue = read_queue
        self._metrics = metrics
        self._slack = slack
        self._timing = timing
        self._forms: dict[str, _Form] = {}
        self._paused_until = 0.0

    def watch(self, submission: Submission, *, changed: bool = False) -> None:
        """Keep a form up to date until its job begins; `changed` if it was edited too late."""
        self._forms[submission.key] = _Form(submission, changed)

    async def refresh(self) -> None:
        """Forget the forms whose jobs have begun, and update those that have waited longest for an update."""
        if not self._forms or time.time() < self._paused_until:
            return
        watched = set(self._forms)
        try:
            queue = await self._read_queue()
        except StoreUnavailable:
            return
        now = time.time()
        found = queue_positions_of(queue, now=now)
        for key in watched - set(found):
            del self._forms[key]
        min_wait = self._timing.queue_position_min_wait
        late = [key for key in self._forms if key in found and found[key].seconds > min_wait]
        for key in late[:BATCH_SIZE]:
            if now + found[key].seconds - time.time() < min_wait:
                continue  # the updates before this one took too long
            form = self._forms.pop(key)
            await self._show(form, found[key])
            self._forms[key] = form  # to the back, so that every form gets its update

    async def _show(self, form: _Form, found: QueuePosition) -> None:
        if not form.is_counted:
            self._metrics.rate_limit_waits.labels("slot").inc()
            form.is_counted = True
        view = progress.waiting_view(
            form.submission, position=found.position, seconds=found.seconds, changed=form.changed
        )
        view_id = form.submission.origin.view_id
        try:
            async with asyncio.timeout(self._timing.queue_position_timeout):
                form.hash = await self._slack.update_view(view_id, view, replacing=form.hash)
        except (SlackError, TimeoutError) as error:
            if not isinstance(error, SlackRefused):
                form.hash = None  # Slack may have applied it
            if isinstance(error, SlackUnavailable):
                self._paused_until = time.time() + (error.retry_after or 0)
            log.info(
                "queue_position_not_shown", job=form.submission.key, error=str(error) or type(error).__name__
            )
