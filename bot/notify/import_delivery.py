"""Where an import's progress and end go: the person's view or direct messages, and once the channel."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from bot.contact_import import Added, ContactImport, ImportOutcome, Stopped, Unsure
from bot.errors import SlackError, SlackUncertain
from bot.models import Created, Notification, Route
from bot.notify.delivering import Delivered, Routes, deliver, settled
from bot.observe.metrics import Metrics
from bot.slack.client import PostedMessage, SlackClient
from bot.timing import Timing
from bot.views import importing as views
from bot.views import progress
from bot.views.app_info import AppInfo
from bot.views.blocks import Json

log = structlog.get_logger(__name__)

FindSummary = Callable[[str], Awaitable[Notification | None]]
"""Finds the notification that announced a list, by the list's id."""


@dataclass(frozen=True, kw_only=True)
class ImportDelivery:
    """Notifies people of imports. A failing Slack never fails the job."""

    slack: SlackClient
    metrics: Metrics
    timing: Timing
    find_summary: FindSummary
    app: AppInfo

    async def show_progress(self, importing: ContactImport, *, sent: int) -> bool:
        """Show in the view, which may be closed, how many contacts were sent.

        Returns whether that is settled; if not, Slack may still show it, over what comes next.
        """
        return await self._show(importing, views.adding_view(importing, sent=sent))

    async def show_again(self, importing: ContactImport, outcome: ImportOutcome, *, job_id: str) -> None:
        """Show the end, or the question, in the view, which may be closed."""
        await self._show(importing, views.ended_view(importing, outcome, job_id=job_id, app=self.app))

    async def announce(self, importing: ContactImport, outcome: Added | Stopped) -> Delivered:
        """Notify the channel: in the thread of the list's summary, which is updated, or else by a message."""
        channel, thread = importing.origin.channel_id, ""
        summary = await self.find_summary(importing.list_id)
        if summary and summary.summary_ts:
            channel, thread = summary.summary_channel, summary.summary_ts
            await self._update(summary, outcome)
        message = views.announcement(importing, outcome)
        post = partial(self.slack.post_message, channel, message, thread_ts=thread)
        routes: Routes = {Route.CHANNEL: post} if channel else {}
        return await deliver("import", routes, self.metrics)

    async def notify_person(
        self, importing: ContactImport, outcome: ImportOutcome, *, job_id: str
    ) -> Delivered:
        """Notify the person of the end: in the view, or else directly. A decision is asked for in both.

        The import waits for the decision, and nothing leads back to a view that was closed.
        """
        await settled(importing.confirmed_at, self.timing)
        origin = importing.origin
        view = views.ended_view(importing, outcome, job_id=job_id, app=self.app)
        message = views.ended_message(importing, outcome, job_id=job_id, app=self.app)
        routes: Routes = {
            Route.FORM: lambda: self.slack.update_view(origin.view_id, view),
            Route.DIRECT_MESSAGE: lambda: self.slack.post_message(origin.user_id, message),
        }
        if isinstance(outcome, Unsure):
            await self._show(importing, view)
            del routes[Route.FORM]
        return await deliver("import_person", routes, self.metrics, repeats=True)

    async def _show(self, importing: ContactImport, view: Json) -> bool:
        try:
            await self.slack.update_view(importing.origin.view_id, view)
        except SlackError as error:
            log.debug("progress_not_shown", error=error.code)
            return not isinstance(error, SlackUncertain)
        return True

    async def _update(self, summary: Notification, outcome: Added | Stopped) -> None:
        """Update the list's card with its new number of contacts, if known."""
        count = outcome.count_after if isinstance(outcome, Added) else None
        if count is None or not isinstance(summary.outcome, Created):
            return
        known = summary.outcome.contact_list.model_copy(update={"total_record_count": count})
        card = progress.summary(summary.submission, known, self.app)
        posted = PostedMessage(summary.summary_channel, summary.summary_ts)
        try:
            await self.slack.update_message(posted, card)
        except SlackError as error:
            log.info("summary_not_updated", error=error.code)
