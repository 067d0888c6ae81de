"""Where a result goes. Success: channel → response_url → direct message. Trouble: only to the person.

Each function tries its routes in order and returns the one that worked; a failing Slack never fails the job.
"""

import asyncio
import time
from functools import partial

import structlog

from bot.errors import SlackError, SlackUncertain
from bot.models import BoundedDict, Created, Notification, Route, Submission
from bot.notify.delivering import Delivered, Routes, counted, deliver, first_that_works, settled
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.timing import Timing
from bot.views import progress
from bot.views.app_info import AppInfo
from bot.views.blocks import REPLACES, Json

RESPONSE_URL_LIVES = 30 * 60
"""Seconds; source: https://docs.slack.dev/interactivity/handling-user-interaction, "response_url"."""

CACHE_SIZE = 1000
"""Forms remembered as being filled in again."""

log = structlog.get_logger(__name__)


class Delivery:
    """Notifies people how a submission ended."""

    def __init__(
        self,
        slack: SlackClient,
        *,
        app: AppInfo,
        notify_channel: str | None,
        metrics: Metrics,
        timing: Timing,
    ) -> None:
        self._slack = slack
        self._app = app
        self._notify_channel = notify_channel
        self._metrics = metrics
        self._timing = timing
        self._attempts = BoundedDict[str, int](CACHE_SIZE)

    def form_reopened(self, view_id: str, attempt: int) -> None:
        """Note that a view shows a form again, which no result of an earlier attempt may replace.

        Only this process knows: a job that runs in another one may still replace it.
        """
        self._attempts[view_id] = attempt

    def shows_result(self, view_id: str) -> None:
        """Note that a view shows a result again, as a button in it was pressed."""
        self._attempts.pop(view_id, None)

    async def announce(self, submission: Submission, created: Created) -> Delivered:
        """Post the summary where it was asked for, or as near as Slack allows."""
        origin, found = submission.origin, created.contact_list
        summary = progress.summary(submission, found, self._app)
        posted = await first_that_works(
            "summary",
            {
                Route.CHANNEL: lambda: self._slack.post_message(origin.channel_id, summary),
                **self._response_url(submission, summary, in_channel=True),
            },
        )
        if posted.route is Route.NOWHERE:
            direct = progress.summary_for_the_person(submission, found, self._app, refusal=posted.refusal)
            write: Routes = {Route.DIRECT_MESSAGE: lambda: self._slack.post_message(origin.user_id, direct)}
            posted = await first_that_works("summary", write)
        return counted("summary", posted, self._metrics)

    def has_second_channel(self, submission: Submission) -> bool:
        """Return whether a channel other than the submission's own hears about every new list."""
        return self._notify_channel not in {None, submission.origin.channel_id}

    async def copy_to_notify_channel(self, submission: Submission, created: Created) -> Delivered:
        """Notify the second channel."""
        channel = self._notify_channel or ""
        summary = progress.summary(submission, created.contact_list, self._app)
        post: Routes = {Route.CHANNEL: lambda: self._slack.post_message(channel, summary)}
        return await deliver("notice", post, self._metrics)

    async def share(self, channel_id: str, message: Json, *, response_url: str | None) -> Delivered:
        """Post what a person shares with others to the channel they chose."""
        routes: Routes = {Route.CHANNEL: lambda: self._slack.post_message(channel_id, message)}
        if response_url:
            routes[Route.RESPONSE_URL] = lambda: self._slack.respond(response_url, message, in_channel=True)
        return await deliver("list", routes, self._metrics)

    async def show_waiting(self, submission: Submission) -> Delivered:
        """Say in the form that the bot is waiting for Kore.ai."""
        view = progress.waiting_view(submission)
        return await deliver("waiting", self._form(submission, view), self._metrics)

    async def show_checking(
        self, submission: Submission, number: int, of: int, *, replacing: str | None
    ) -> str | None:
        """Say in the form which lookup is next; return the hash of that view, or None if unknown.

        The hash is empty if Slack certainly hasn't shown it. `replacing` is the hash of the view before, so
        that a late update never covers a result.
        """
        await settled(submission.submitted_at, self._timing)
        view, view_id = progress.checking_view(submission, number=number, of=of), submission.origin.view_id
        try:
            async with asyncio.timeout(self._timing.slack_timeout):
                return await self._slack.update_view(view_id, view, replacing=replacing)
        except (SlackError, TimeoutError) as error:
            log.info("lookup_not_shown", error=str(error) or type(error).__name__)
            return None if isinstance(error, SlackUncertain | TimeoutError) else ""

    async def show(self, ended: Notification, *, reply_to: str | None = None) -> Delivered:
        """Show the result in the form, or in the message in which a button was pressed.

        The route is `NOWHERE` if the form was closed, or is being filled in again.
        """
        await settled(ended.submission.submitted_at, self._timing)
        return await deliver("form", self._where_it_is(ended, reply_to), self._metrics)

    async def notify_person(self, ended: Notification) -> Delivered:
        """Notify the person: in the message or form, or else directly, once the summary's route is known.

        Until then, they have to be notified again, as what they see says that the summary is still to come.
        """
        await settled(ended.submission.submitted_at, self._timing)
        routes = self._where_it_is(ended, ended.reply_to)
        is_known = ended.summary_route is not Route.DEFERRED
        if is_known:
            others = self._to_the_person(ended)
            routes |= {route: send for route, send in others.items() if route not in routes}
        found = await deliver("person", routes, self._metrics, repeats=True)
        return found if is_known else found._replace(route=Route.DEFERRED)

    def _where_it_is(self, ended: Notification, reply_to: str | None) -> Routes:
        """Return the routes to what the person is looking at: a message with a button, or the form."""
        form = self._form(ended.submission, progress.result_view(ended, self._app))
        if reply_to is None:
            return form
        shown = progress.result_message(ended, self._app)
        replace = partial(self._slack.respond, reply_to, {**shown, **REPLACES})
        return {Route.RESPONSE_URL: replace, **form}

    def _to_the_person(self, ended: Notification) -> Routes:
        """Return the routes that tell the person privately what the closed form would have shown.

        A success that its channel has heard about needs none.
        """
        submission, outcome = ended.submission, ended.outcome
        if isinstance(outcome, Created):
            if ended.summary_route not in {Route.UNCONFIRMED, Route.NOWHERE}:
                return {}
            message = progress.summary_for_the_person(
                submission,
                outcome.contact_list,
                self._app,
                perhaps_posted=ended.summary_route is Route.UNCONFIRMED,
            )
        else:
            message = progress.failure(submission, outcome, self._app)
        return {
            Route.DIRECT_MESSAGE: lambda: self._slack.post_message(submission.origin.user_id, message),
            **self._response_url(submission, message, in_channel=False),
        }

    def _form(self, submission: Submission, view: Json) -> Routes:
        view_id = submission.origin.view_id
        if self._attempts.get(view_id, 0) > submission.attempt:
            return {}
        return {Route.FORM: lambda: self._slack.update_view(view_id, view)}

    def _response_url(self, submission: Submission, message: Json, *, in_channel: bool) -> Routes:
        url = submission.origin.response_url
        if url is None or time.time() - submission.submitted_at > RESPONSE_URL_LIVES:
            return {}
        return {Route.RESPONSE_URL: lambda: self._slack.respond(url, message, in_channel=in_channel)}
