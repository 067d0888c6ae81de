"""Forms that wait for their turn say so: "position 3, about 10 s".

The account's limit may make a submission wait for minutes. Its form is kept up to date while it is certain
that the result does not come at that moment, and each change but the first names the state that it replaces,
so that Slack refuses one that comes too late.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.errors import SlackError, SlackRefused, StoreUnavailable
from bot.models import Submission
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.tasks import poll
from bot.views import progress

LOOK_EVERY = 3.0
"""Seconds between two looks at the queue."""
AT_ONCE = 3
"""Forms that are changed at each look: Slack takes about a hundred changes a minute."""
SOON = 12.0
"""Seconds before its turn in which a form is left alone: its result is on the way."""
UPDATE_WITHIN = 8.0
"""Seconds for which Slack may take over a change: one that came later might lie over the result."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Queue:
    """The calls that wait, in order, by id; when the last ones started; how many may in `period` seconds."""

    waiting: tuple[str, ...]
    started: tuple[float, ...]
    limit: int
    period: float


@dataclass(frozen=True)
class QueuePosition:
    """Where a submission stands in the queue: 1 is next; `seconds` is about how long it will wait."""

    position: int
    seconds: float


def queue_positions_of(
    waiting: Sequence[str], started: Sequence[float], *, limit: int, period: float, now: float
) -> dict[str, QueuePosition]:
    """Tell when each of the `waiting` (in order) may start, given when the last ones `started`.

    At most `limit` start in any `period` seconds; times are seconds since the epoch.
    """
    slots = sorted(each for each in started if each > now - period)[-limit:]
    found = {}
    for position, key in enumerate(waiting, 1):
        turn = now if len(slots) < limit else max(now, slots[-limit] + period)
        slots.append(turn)
        found[key] = QueuePosition(position, turn - now)
    return found


@dataclass
class _Form:
    submission: Submission
    changed: bool
    hash: str | None = None
    is_counted: bool = False


class WaitingForms:
    """The forms that this process has turned to "Creating…" and whose jobs have not begun."""

    def __init__(
        self, read_queue: Callable[[], Awaitable[Queue]], slack: SlackClient, metrics: Metrics
    ) -> None:
        self._read_queue = read_queue
        self._metrics = metrics
        self._slack = slack
        self._forms: dict[str, _Form] = {}

    def watch(self, submission: Submission, *, changed: bool = False) -> None:
        """Keep a form up to date until its job begins; `changed` if it was changed too late."""
        self._forms[submission.key] = _Form(submission, changed)

    async def keep_fresh(self) -> None:
        """Look at the queue for ever."""
        await poll(self._refresh_some, every=LOOK_EVERY)

    async def _refresh_some(self) -> None:
        if self._forms:
            await self.refresh()

    async def refresh(self) -> None:
        """Forget the forms whose jobs have begun, and change those whose place is most out of date."""
        try:
            queue = await self._read_queue()
        except StoreUnavailable:
            return
        now = time.time()
        found = queue_positions_of(
            queue.waiting, queue.started, limit=queue.limit, period=queue.period, now=now
        )
        self._forms = {key: form for key, form in self._forms.items() if key in found}
        for key in [key for key in self._forms if found[key].seconds > SOON][:AT_ONCE]:
            if now + found[key].seconds - time.time() < SOON:
                continue  # the changes before this one took long
            form = self._forms.pop(key)
            await self._show(form, found[key])
            self._forms[key] = form  # behind the others: every form has its turn

    async def _show(self, form: _Form, place: QueuePosition) -> None:
        if not form.is_counted:
            self._metrics.rate_limit_waits.labels("turn").inc()
            form.is_counted = True
        view = progress.waiting_view(
            form.submission, position=place.position, seconds=place.seconds, changed=form.changed
        )
        view_id = form.submission.origin.view_id
        try:
            async with asyncio.timeout(UPDATE_WITHIN):
                form.hash = await self._slack.update_view(view_id, view, replacing=form.hash)
        except (SlackError, TimeoutError) as error:
            if not isinstance(error, SlackRefused):
                form.hash = None  # Slack may have taken it
            log.info(
                "queue_position_not_shown", job=form.submission.key, error=str(error) or type(error).__name__
            )
