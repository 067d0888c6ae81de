"""Telling people how a submission ended: each of them once, and later whom Slack could not reach.

Within a job each is recorded, so that a run after a crash tells only those who were not told yet; the last
one by the end of the job, which follows at once.
"""

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.jobs.engine import NOTIFICATIONS, recorded
from bot.models import Created, Failed, Notification, Route, Told
from bot.notify.routes import Delivery
from bot.observe.logs import about
from bot.observe.metrics import Metrics

NOTIFY = "tell"
NOTIFY_STEPS = "tell_"
"""How the names of the steps begin that tell somebody."""
NOTIFY_DELAYS = (5, 15, 60, 300, 900, 1800, 3600, 3600, 3600)
"""Seconds before people are told again whom Slack could not reach."""

log = structlog.get_logger(__name__)

Json = dict[str, Any]
Work = Callable[[], Coroutine[object, object, Route]]


class Notifier:
    """Make one between `configure_engine` and `launch_engine`."""

    def __init__(self, delivery: Delivery, metrics: Metrics) -> None:
        self._delivery = delivery
        self._metrics = metrics
        self.on_notified: Callable[[Notification], None] = lambda _: None
        """What this process does when everybody was told how a submission ended."""

        @DBOS.workflow(name=NOTIFY)
        async def tell(saved: Json) -> Json:
            return (await self.tell(Notification.model_validate(saved))).model_dump(mode="json")

        self._workflow: Callable[[Json], Coroutine[object, object, Json]] = tell

    async def tell(self, notification: Notification) -> Told:
        """Tell everybody who was not told yet, as a part of the job that runs."""
        submission, outcome, delivered = (
            notification.submission,
            notification.outcome,
            dict(notification.delivered),
        )

        async def tell(whom: str, work: Work, *, is_last: bool = False) -> None:
            if delivered.get(whom, Route.DEFERRED) is Route.DEFERRED:
                delivered[whom] = Route(
                    await (work() if is_last else recorded(f"{NOTIFY_STEPS}{whom}", work))
                )

        with about(submission):
            if isinstance(outcome, Created):
                await tell("channel", partial(self._delivery.announce, submission, outcome))
                if self._delivery.has_second_channel(submission):
                    await tell("second_channel", partial(self._delivery.notify, submission, outcome))
            if delivered.get("person") is Route.FORM and delivered.get(
                "channel"
            ) is not notification.delivered.get("channel"):
                delivered["person"] = Route.DEFERRED  # the form says that the summary is still to come
            shown = partial(
                self._delivery.notify_person, submission, outcome, delivered.get("channel", Route.NOWHERE)
            )
            await tell("person", shown, is_last=True)
            if Route.DEFERRED in delivered.values():
                await self._tell_later(notification, delivered)
            else:
                self._audit(notification, delivered)
        return Told(outcome=outcome, delivered=delivered)

    async def start(self, notification: Notification, *, under: str) -> None:
        """Begin to tell in a job of its own; the same id is told once."""
        with SetWorkflowID(under):
            await DBOS.start_workflow_async(self._workflow, notification.model_dump(mode="json"))

    async def enqueue(self, notification: Notification, *, under: str, pause: float) -> None:
        """Tell after so many seconds; the same id is told once."""
        with SetWorkflowID(under), SetEnqueueOptions(delay_seconds=pause or None):
            await DBOS.enqueue_workflow_async(
                NOTIFICATIONS, self._workflow, notification.model_dump(mode="json")
            )

    async def _tell_later(self, notification: Notification, delivered: dict[str, Route]) -> None:
        if notification.tries == len(NOTIFY_DELAYS):
            log.error("notification_given_up", delivered=delivered)
            self._audit(notification, delivered)
            return
        again = notification.model_copy(update={"tries": notification.tries + 1, "delivered": delivered})
        await self.enqueue(again, under=f"{DBOS.workflow_id}/+", pause=NOTIFY_DELAYS[notification.tries])

    def _audit(self, notification: Notification, delivered: dict[str, Route]) -> None:
        submission, outcome = notification.submission, notification.outcome
        seconds = time.time() - submission.submitted_at
        unclear = isinstance(outcome, Failed) and outcome.maybe_created
        ending = "unconfirmed" if unclear else outcome.kind
        self._metrics.jobs.labels(ending).inc()
        self._metrics.submit_to_told_seconds.observe(seconds)
        log.info(
            "submission_ended",
            user=submission.origin.user_id,
            channel=submission.origin.channel_id,
            name=submission.draft.name,
            outcome=ending,
            contact_list=outcome.contact_list.id if isinstance(outcome, Created) else None,
            error=outcome.error if isinstance(outcome, Failed) else None,
            told=delivered,
            seconds=round(seconds, 3),
        )
        self.on_notified(notification)
