"""Notifying people how a submission ended: each of them once, and later whom Slack could not reach.

Within a job each is recorded, so that a run after a crash notifies only those who were not notified yet; the
last one by the end of the job, which follows at once.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import ClassVar

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.jobs.contract import NOTIFICATIONS, NOTIFY, NOTIFY_STEPS, Json, later_id
from bot.jobs.engine import recorded
from bot.models import Created, Notification, Route
from bot.notify.routes import Delivered, Delivery
from bot.observe import audit
from bot.observe.logs import about
from bot.observe.metrics import Metrics
from bot.timing import Timing

log = structlog.get_logger(__name__)

Work = Callable[[], Coroutine[object, object, Delivered]]


class Notifier:
    """Notifies people, as a part of the job that runs or in a job of its own."""

    running: ClassVar["Notifier"]

    def __init__(
        self,
        delivery: Delivery,
        metrics: Metrics,
        *,
        on_notified: Callable[[Notification], None],
        timing: Timing,
    ) -> None:
        """`on_notified` is what this process does when everybody was notified how a submission ended."""
        self._delivery = delivery
        self._metrics = metrics
        self._on_notified = on_notified
        self._delays = timing.notify_delays

    async def notify(self, notification: Notification) -> Notification:
        """Notify everybody who was not notified yet; return it with all who are."""
        submission, outcome = notification.submission, notification.outcome
        delivered = dict(notification.delivered)
        waits = [0.0]

        async def notify(whom: str, work: Work, *, is_last: bool = False) -> None:
            if delivered.get(whom, Route.DEFERRED) is Route.DEFERRED:
                found = Delivered(*await (work() if is_last else recorded(f"{NOTIFY_STEPS}{whom}", work)))
                delivered[whom] = Route(found.route)
                waits.append(found.retry_after)

        with about(submission):
            if isinstance(outcome, Created):
                await notify("channel", partial(self._delivery.announce, submission, outcome))
                if self._delivery.has_second_channel(submission):
                    await notify("second_channel", partial(self._delivery.notify, submission, outcome))
            is_news = delivered.get("channel") is not notification.delivered.get("channel")
            if delivered.get("person") is Route.FORM and is_news:
                delivered["person"] = Route.DEFERRED  # the form says that the summary is still to come
            summary_route = delivered.get("channel", Route.NOWHERE)
            show = partial(self._delivery.notify_person, submission, outcome, summary_route)
            await notify("person", show, is_last=True)
            notified = notification.model_copy(update={"delivered": delivered})
            if Route.DEFERRED in delivered.values():
                await self._notify_later(notified, named_wait=max(waits))
            else:
                self._end(notified)
        return notified

    async def start(self, notification: Notification, *, job_id: str) -> None:
        """Begin to notify at once, in a job of its own; the same id is one job."""
        with SetWorkflowID(job_id):
            await DBOS.start_workflow_async(run_notify, notification.model_dump(mode="json"))

    async def enqueue(self, notification: Notification, *, job_id: str, delay: float) -> None:
        """Notify after `delay` seconds; the same id is one job."""
        with SetWorkflowID(job_id), SetEnqueueOptions(delay_seconds=delay or None):
            await DBOS.enqueue_workflow_async(NOTIFICATIONS, run_notify, notification.model_dump(mode="json"))

    async def _notify_later(self, notification: Notification, *, named_wait: float) -> None:
        """Notify again after a while: as long as Slack wants, and no longer than the longest of ours."""
        if notification.tries == len(self._delays):
            log.error("notification_given_up", delivered=notification.delivered)
            self._end(notification)
            return
        again = notification.model_copy(update={"tries": notification.tries + 1})
        job_id = later_id(DBOS.workflow_id or "")
        delay = max(self._delays[notification.tries], min(named_wait, max(self._delays)))
        await self.enqueue(again, job_id=job_id, delay=delay)

    def _end(self, notification: Notification) -> None:
        audit.submission_ended(notification, self._metrics)
        self._on_notified(notification)


@DBOS.workflow(name=NOTIFY)
async def run_notify(payload: Json) -> Json:
    """Notify people in a job of its own."""
    notified = await Notifier.running.notify(Notification.model_validate(payload))
    return notified.model_dump(mode="json")
