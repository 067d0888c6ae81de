"""Notifying people how a submission or an import ended: each once, and later those Slack couldn't reach.

Within a job, each notification is recorded, so that a run after a crash notifies only those not notified yet.
The last one is recorded by the end of the job, which follows at once.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeGuard

import structlog
from dbos import DBOS
from pydantic import Field

from bot.contact_import import RESTORED, Added, ContactImport, ImportOutcome, Stopped, Unsure
from bot.jobs.contract import (
    NOTIFICATIONS,
    NOTIFY,
    NOTIFY_IMPORT,
    NOTIFY_STEPS,
    Json,
    import_notification_id,
    later_id,
    resumed_id,
)
from bot.jobs.import_resolution import ImportCall
from bot.jobs.open_failures import note_failure
from bot.jobs.runs import run_begins, until_abandoned
from bot.jobs.steps import Workflow, enqueue, read_job_steps, recorded
from bot.kore.models import ContactList
from bot.models import Created, Notification, Route, Saved
from bot.notify.delivering import Delivered
from bot.notify.import_delivery import ImportDelivery
from bot.notify.routes import Delivery
from bot.observe import audit
from bot.observe.logs import about, about_import
from bot.observe.metrics import Metrics
from bot.timing import Timing

log = structlog.get_logger(__name__)

Deliver = Callable[[], Coroutine[object, object, Delivered]]


class ImportNotification(Saved):
    """How an import ended, or what it waits for, on its way to the people who must hear about it."""

    call: ImportCall
    """The import's last call."""
    outcome: ImportOutcome
    delivered: dict[str, Route] = Field(default_factory=dict)
    tries: int = 0


class Deliveries:
    """Notifies each recipient once, skipping those notified before, or in a run before a crash."""

    def __init__(self, delivered: Mapping[str, Route]) -> None:
        self.delivered = dict(delivered)
        self.named_wait = 0.0
        """The longest wait that Slack asked for, in seconds."""

    async def deliver_once(self, whom: str, deliver: Deliver, *, is_last: bool = False) -> Delivered:
        """Notify one recipient; the last one is recorded by the end of the job, which follows at once."""
        if (route := self.delivered.get(whom, Route.DEFERRED)) is not Route.DEFERRED:
            return Delivered(route)
        async with until_abandoned():
            found = Delivered(*await (deliver() if is_last else recorded(f"{NOTIFY_STEPS}{whom}", deliver)))
        self.delivered[whom] = Route(found.route)
        self.named_wait = max(self.named_wait, found.retry_after)
        return found

    def pause(self, tries: int, delays: Sequence[float]) -> float | None:
        """Return the seconds until the next try: its delay, or longer if Slack asked, up to the longest one.

        None if everyone was notified, or the delays are used up.
        """
        if Route.DEFERRED not in self.delivered.values():
            return None
        if tries == len(delays):
            log.error("notification_given_up", delivered=self.delivered)
            return None
        return max(delays[tries], min(self.named_wait, max(delays)))


@dataclass(kw_only=True)
class Notifier:
    """Notifies people; each notification is a job of its own."""

    running: ClassVar["Notifier"]

    delivery: Delivery
    import_delivery: ImportDelivery
    on_created: Callable[[ContactList], None]
    """Called with a new list, before anyone hears about it."""
    on_ended: Callable[[Notification], None]
    """Called when everyone has been notified how a submission ended."""
    on_import_ended: Callable[[ContactImport], None]
    """Called before anyone hears how an import ended."""
    metrics: Metrics
    keep_days: int
    """How long to keep failures that nobody has dealt with."""
    timing: Timing

    async def notify(self, notification: Notification) -> Notification:
        """Notify everyone not notified yet; return the notification with everyone who was."""
        submission, outcome = notification.submission, notification.outcome
        deliveries = Deliveries(notification.delivered)
        with about(submission):
            if not notification.tries:
                await note_failure(notification, keep_days=self.keep_days)
            if isinstance(outcome, Created):
                if not notification.tries:
                    self.on_created(outcome.contact_list)
                notification = await self._announce(deliveries, notification, outcome)
            announced = notification.replace(delivered=deliveries.delivered)
            show = partial(self.delivery.notify_person, announced)
            await deliveries.deliver_once("person", show, is_last=True)
            notified = notification.replace(delivered=deliveries.delivered)
            if not await self._continue_later(run_notify, notified, deliveries):
                audit.submission_ended(notified, self.metrics)
                self.on_ended(notified)
        return notified

    async def notify_of_import(self, notification: ImportNotification) -> None:
        """Notify everyone not notified yet; if a chunk is in doubt, only the person."""
        importing, outcome = notification.call.importing, notification.outcome
        deliveries = Deliveries(notification.delivered)
        with about_import(importing):
            if not (notification.tries or isinstance(outcome, Unsure)):
                self.on_import_ended(importing)
            if _is_heard_of(outcome):
                announce = partial(self.import_delivery.announce, importing, outcome)
                await deliveries.deliver_once("channel", announce)
            job_id = import_notification_id(notification.call.job_id)
            show = partial(self.import_delivery.notify_person, importing, outcome, job_id=job_id)
            await deliveries.deliver_once("person", show, is_last=True)
            notified = notification.replace(delivered=deliveries.delivered)
            is_over = not await self._continue_later(run_notify_import, notified, deliveries)
            if is_over and not isinstance(outcome, Unsure):
                audit.import_ended(importing, outcome, deliveries.delivered, self.metrics)

    async def resume(self, payload: Json, job_id: str) -> None:
        """Continue after a job that broke in the engine; safe to repeat."""
        await self._resume(run_notify, Notification.model_validate(payload), job_id)

    async def resume_import(self, payload: Json, job_id: str) -> None:
        """Continue after a job of an import that broke in the engine; safe to repeat."""
        await self._resume(run_notify_import, ImportNotification.model_validate(payload), job_id)

    async def _announce(
        self, deliveries: Deliveries, notification: Notification, created: Created
    ) -> Notification:
        """Notify the channels; return the notification with the place of the summary."""
        submission = notification.submission
        posted = await deliveries.deliver_once(
            "channel", partial(self.delivery.announce, submission, created)
        )
        if self.delivery.has_second_channel(submission):
            notify = partial(self.delivery.copy_to_notify_channel, submission, created)
            await deliveries.deliver_once("second_channel", notify)
        if not posted.ts:
            return notification
        return notification.replace(summary_channel=posted.channel_id, summary_ts=posted.ts)

    async def _continue_later(
        self, workflow: Workflow, notified: Notification | ImportNotification, deliveries: Deliveries
    ) -> bool:
        """Leave the rest to another job; return False if there is nobody left, or this was the last try."""
        pause = deliveries.pause(notified.tries, self.timing.notify_delays)
        if pause is None:
            return False
        again, job_id = notified.replace(tries=notified.tries + 1), later_id(DBOS.workflow_id or "")
        await enqueue(workflow, again, job_id=job_id, queue=NOTIFICATIONS, delay=pause)
        return True

    async def _resume(
        self, workflow: Workflow, broken: Notification | ImportNotification, job_id: str
    ) -> None:
        delivered = broken.delivered | _delivered_in(await read_job_steps(job_id))
        again = broken.replace(delivered=delivered)
        await enqueue(workflow, again, job_id=resumed_id(job_id), queue=NOTIFICATIONS)


def _is_heard_of(outcome: ImportOutcome) -> TypeGuard[Added | Stopped]:
    """Return whether the channel hears about it: contacts were or may have been sent, and nothing is open."""
    if isinstance(outcome, Unsure) or (isinstance(outcome, Stopped) and outcome.error == RESTORED):
        return False
    return outcome.sent + outcome.uncertain > 0


def _delivered_in(steps: Json) -> dict[str, Route]:
    """Return who was notified, and by which route, according to a job's records."""
    return {
        step.removeprefix(NOTIFY_STEPS): Route(Delivered(*found).route)
        for step, found in steps.items()
        if step.startswith(NOTIFY_STEPS)
    }


@DBOS.workflow(name=NOTIFY)
async def run_notify(payload: Json) -> Json:
    """Notify people how a submission ended."""
    run_begins(Notifier.running.timing)
    notified = await Notifier.running.notify(Notification.model_validate(payload))
    return notified.model_dump(mode="json")


@DBOS.workflow(name=NOTIFY_IMPORT)
async def run_notify_import(payload: Json) -> None:
    """Notify people how an import ended, or what it waits for."""
    run_begins(Notifier.running.timing)
    await Notifier.running.notify_of_import(ImportNotification.model_validate(payload))
