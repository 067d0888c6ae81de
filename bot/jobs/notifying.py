"""Notifying people how a submission ended: each of them once, and later whom Slack could not reach.

Within a job each is recorded, so that a run after a crash notifies only those who were not notified yet; the
last one by the end of the job, which follows at once.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import ClassVar

import structlog
from dbos import DBOS

from bot.jobs.contract import NOTIFICATIONS, NOTIFY, NOTIFY_STEPS, Json, later_id
from bot.jobs.open_failures import Failures
from bot.jobs.runs import run_begins, while_ours
from bot.jobs.steps import enqueue, recorded
from bot.models import Created, Notification, Route
from bot.notify.delivering import Delivered
from bot.notify.routes import Delivery
from bot.observe import audit
from bot.observe.logs import about
from bot.observe.metrics import Metrics
from bot.timing import Timing

log = structlog.get_logger(__name__)

Deliver = Callable[[], Coroutine[object, object, Delivered]]


class Round:
    """Notifies each of several once: those who were notified before, or in a run before a crash, are not."""

    def __init__(self, delivered: Mapping[str, Route]) -> None:
        self.delivered = dict(delivered)
        self.named_wait = 0.0
        """The longest wait that Slack named, in seconds."""

    async def notify(self, whom: str, deliver: Deliver, *, is_last: bool = False) -> Delivered:
        """Notify one of them; the last one is recorded by the end of the job, which follows at once."""
        if (route := self.delivered.get(whom, Route.DEFERRED)) is not Route.DEFERRED:
            return Delivered(route)
        async with while_ours():
            found = Delivered(*await (deliver() if is_last else recorded(f"{NOTIFY_STEPS}{whom}", deliver)))
        self.delivered[whom] = Route(found.route)
        self.named_wait = max(self.named_wait, found.retry_after)
        return found

    def pause(self, tries: int, delays: Sequence[float]) -> float | None:
        """Return how long to wait for another try: as long as Slack wants, at most the longest of `delays`.

        None: everyone was notified, or the delays are used up.
        """
        if Route.DEFERRED not in self.delivered.values():
            return None
        if tries == len(delays):
            log.error("notification_given_up", delivered=self.delivered)
            return None
        return max(delays[tries], min(self.named_wait, max(delays)))


def delivered_in(steps: Json) -> dict[str, Route]:
    """Return who was notified, and how, by what a job has recorded."""
    return {
        step.removeprefix(NOTIFY_STEPS): Route(Delivered(*found).route)
        for step, found in steps.items()
        if step.startswith(NOTIFY_STEPS)
    }


class Notifier:
    """Notifies people, each time in a job of its own."""

    running: ClassVar["Notifier"]

    def __init__(
        self,
        delivery: Delivery,
        metrics: Metrics,
        *,
        failures: Failures,
        on_notified: Callable[[Notification], None],
        timing: Timing,
    ) -> None:
        """`on_notified` is what this process does when everyone was notified how a submission ended."""
        self._delivery = delivery
        self._metrics = metrics
        self._failures = failures
        self._on_notified = on_notified
        self.timing = timing

    async def notify(self, notification: Notification) -> Notification:
        """Notify everyone who was not notified yet; return it with all who are."""
        submission, outcome = notification.submission, notification.outcome
        this_round = Round(notification.delivered)
        with about(submission):
            if not notification.tries:
                await self._failures.note(notification)
            if isinstance(outcome, Created):
                posted = await this_round.notify(
                    "channel", partial(self._delivery.announce, submission, outcome)
                )
                if posted.ts:
                    notification = notification.replace(
                        summary_channel=posted.channel_id, summary_ts=posted.ts
                    )
                if self._delivery.has_second_channel(submission):
                    await this_round.notify(
                        "second_channel", partial(self._delivery.notify, submission, outcome)
                    )
            is_news = this_round.delivered.get("channel") is not notification.delivered.get("channel")
            if this_round.delivered.get("person") is Route.FORM and is_news:
                # the form says that the summary is still to come
                this_round.delivered["person"] = Route.DEFERRED
            summary_route = this_round.delivered.get("channel", Route.NOWHERE)
            show = partial(
                self._delivery.notify_person, submission, outcome, summary_route, notification.reply_to
            )
            await this_round.notify("person", show, is_last=True)
            notified = notification.replace(delivered=this_round.delivered)
            pause = this_round.pause(notified.tries, self.timing.notify_delays)
            if pause is None:
                audit.submission_ended(notified, self._metrics)
                self._on_notified(notified)
            else:
                again, job_id = notified.replace(tries=notified.tries + 1), later_id(DBOS.workflow_id or "")
                await enqueue(run_notify, again, job_id=job_id, queue=NOTIFICATIONS, delay=pause)
        return notified


@DBOS.workflow(name=NOTIFY)
async def run_notify(payload: Json) -> Json:
    """Notify people in a job of its own."""
    run_begins(Notifier.running.timing)
    notified = await Notifier.running.notify(Notification.model_validate(payload))
    return notified.model_dump(mode="json")
