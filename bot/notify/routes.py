"""Where a result goes. Success: channel → response_url → direct message. Trouble: only to the person.

Each function tries the routes in order and returns the one that worked; a Slack that fails never fails the
job.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

import structlog

from bot.errors import SlackAppRefused, SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.models import BoundedDict, Created, Outcome, Route, Submission
from bot.observe.metrics import Metrics
from bot.slack.client import PostedMessage, SlackClient
from bot.timing import Timing
from bot.views import progress
from bot.views.app_info import AppInfo
from bot.views.blocks import REPLACES, Json

RESPONSE_URL_LIVES = 30 * 60
"""Seconds. Source: https://docs.slack.dev/interactivity/handling-user-interaction, "response_url"."""

CACHE_SIZE = 1000
"""Forms of which it is remembered that they are filled in again."""

log = structlog.get_logger(__name__)


Ladder = dict[Route, Callable[[], Awaitable[object]]]
"""Routes that one message may take, the best first."""


class Delivered(NamedTuple):
    """How one message fared; a job records it, and reads it back as a list."""

    route: Route
    retry_after: float = 0
    """Seconds for which Slack wants to be left alone, if it was deferred and Slack named them."""
    refusal: str = ""
    """Slack's code for why the first route was closed."""
    channel_id: str = ""
    """Where it is, if it is a message that can be changed."""
    ts: str = ""


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
        self._view_settles = timing.view_settles
        self._view_timeout = timing.slack_timeout
        self._attempts = BoundedDict[str, int](CACHE_SIZE)

    def form_reopened(self, view_id: str, attempt: int) -> None:
        """Note that a view shows a form again, which no result of an earlier attempt may replace.

        This process alone knows: a job that another one runs may still do so.
        """
        self._attempts[view_id] = attempt

    def shows_result(self, view_id: str) -> None:
        """Note that a view shows a result again: a button in it was pressed."""
        self._attempts.pop(view_id, None)

    async def announce(self, submission: Submission, created: Created) -> Delivered:
        """Post the summary where it was asked for, or as near to it as Slack allows."""
        origin, found = submission.origin, created.contact_list
        summary = progress.summary(submission, found, self._app)
        posted = await self._try(
            "summary",
            {
                Route.CHANNEL: lambda: self._slack.post_message(origin.channel_id, summary),
                **self._response_url(submission, summary, in_channel=True),
            },
        )
        if posted.route is Route.NOWHERE:
            direct = progress.summary_for_the_person(submission, found, self._app, refusal=posted.refusal)
            write: Ladder = {Route.DIRECT_MESSAGE: lambda: self._slack.post_message(origin.user_id, direct)}
            posted = await self._try("summary", write)
        return self._noted("summary", posted)

    def has_second_channel(self, submission: Submission) -> bool:
        """Return whether another channel than the submission's own hears of every new list."""
        return self._notify_channel not in {None, submission.origin.channel_id}

    async def notify(self, submission: Submission, created: Created) -> Delivered:
        """Notify the second channel."""
        channel = self._notify_channel or ""
        summary = progress.summary(submission, created.contact_list, self._app)
        return await self.deliver(
            "notice", {Route.CHANNEL: lambda: self._slack.post_message(channel, summary)}
        )

    async def share(self, channel_id: str, message: Json, *, response_url: str | None) -> Delivered:
        """Post what a person wants others to see, in the channel they chose."""
        ladder: Ladder = {Route.CHANNEL: lambda: self._slack.post_message(channel_id, message)}
        if response_url:
            ladder[Route.RESPONSE_URL] = lambda: self._slack.respond(response_url, message, in_channel=True)
        return await self.deliver("list", ladder)

    async def show_waiting(self, submission: Submission) -> Delivered:
        """Say in the form that the bot waits for Kore.ai."""
        view = progress.waiting_view(submission)
        return await self.deliver("waiting", self._form(submission, view))

    async def show_checking(
        self, submission: Submission, number: int, of: int, *, replacing: str | None
    ) -> str | None:
        """Say in the form which lookup is next; return the hash of that state, None if that is unknown.

        It is empty if Slack has certainly not shown it. `replacing` is the hash of the state before: a change
        that comes late then lies over no result.
        """
        await self.settled(submission.submitted_at)
        view, view_id = progress.checking_view(submission, number=number, of=of), submission.origin.view_id
        try:
            async with asyncio.timeout(self._view_timeout):
                return await self._slack.update_view(view_id, view, replacing=replacing)
        except (SlackError, TimeoutError) as error:
            log.info("lookup_not_shown", error=str(error) or type(error).__name__)
            return None if isinstance(error, SlackUncertain | TimeoutError) else ""

    async def show(
        self, submission: Submission, outcome: Outcome, *, summary_route: Route, reply_to: str | None = None
    ) -> Delivered:
        """Turn the form to the result, or the message in which a button was pressed.

        `NOWHERE` when the form was closed, or is filled in again.
        """
        await self.settled(submission.submitted_at)
        return await self.deliver("form", self._where_it_is(submission, outcome, summary_route, reply_to))

    async def notify_person(
        self, submission: Submission, outcome: Outcome, summary_route: Route, reply_to: str | None = None
    ) -> Delivered:
        """Notify the person: in the message or form, or else directly, once the summary's way is known."""
        await self.settled(submission.submitted_at)
        ladder = self._where_it_is(submission, outcome, summary_route, reply_to)
        is_known = summary_route is not Route.DEFERRED
        if is_known:
            others = self._to_the_person(submission, outcome, summary_route)
            ladder |= {route: send for route, send in others.items() if route not in ladder}
        found = await self.deliver("person", ladder, repeatable=True)
        if is_known or found.route is Route.FORM:
            return found
        return found._replace(route=Route.DEFERRED)

    def _where_it_is(
        self, submission: Submission, outcome: Outcome, summary_route: Route, reply_to: str | None
    ) -> Ladder:
        """Change what the person looks at: the message in which they pressed a button, or the form."""
        view = progress.result_view(submission, outcome, summary_route=summary_route, app=self._app)
        if reply_to is None:
            return self._form(submission, view)
        shown = progress.result_message(submission, outcome, summary_route=summary_route, app=self._app)
        replace = partial(self._slack.respond, reply_to, {**shown, **REPLACES}, in_channel=False)
        return {Route.RESPONSE_URL: replace, **self._form(submission, view)}

    def _to_the_person(self, submission: Submission, outcome: Outcome, summary_route: Route) -> Ladder:
        """Tell the person privately what the closed form would have shown.

        A success that its channel has heard of needs no more.
        """
        if isinstance(outcome, Created):
            if summary_route not in {Route.UNCONFIRMED, Route.NOWHERE}:
                return {}
            message = progress.summary_for_the_person(
                submission,
                outcome.contact_list,
                self._app,
                perhaps_posted=summary_route is Route.UNCONFIRMED,
            )
        else:
            message = progress.failure(submission, outcome, self._app)
        return {
            Route.DIRECT_MESSAGE: lambda: self._slack.post_message(submission.origin.user_id, message),
            **self._response_url(submission, message, in_channel=False),
        }

    async def settled(self, submitted_at: float) -> None:
        """Wait until the acknowledged view is surely in its place."""
        settles_in = submitted_at + self._view_settles - time.time()
        await asyncio.sleep(min(self._view_settles, max(0, settles_in)))  # more only if clocks are apart

    def _form(self, submission: Submission, view: Json) -> Ladder:
        view_id = submission.origin.view_id
        if self._attempts.get(view_id, 0) > submission.attempt:
            return {}
        return {Route.FORM: lambda: self._slack.update_view(view_id, view)}

    def _response_url(self, submission: Submission, message: Json, *, in_channel: bool) -> Ladder:
        url = submission.origin.response_url
        if url is None or time.time() - submission.submitted_at > RESPONSE_URL_LIVES:
            return {}
        return {Route.RESPONSE_URL: lambda: self._slack.respond(url, message, in_channel=in_channel)}

    async def deliver(self, what: str, ladder: Ladder, *, repeatable: bool = False) -> Delivered:
        """Send one message by the first route that works; `repeatable` is what a person may read twice."""
        return self._noted(what, await self._try(what, ladder, repeatable=repeatable))

    async def _try(self, what: str, ladder: Ladder, *, repeatable: bool = False) -> Delivered:
        """Try the routes in order; stop at the first that worked.

        Stop too at one that may have, unless the message is `repeatable`: one person may read it twice. Where
        Slack refuses the whole app, only a response_url is left, which needs no token; what that does not
        reach is deferred.
        """
        route, refusal = Route.NOWHERE, ""
        for each, send in ladder.items():
            if route is Route.DEFERRED and each is not Route.RESPONSE_URL:
                continue
            try:
                posted = await send()
            except SlackAppRefused as error:
                log.warning("delivery_deferred", what=what, route=each, error=error.code)
                route = Route.DEFERRED
            except SlackRefused as error:
                log.info("not_delivered", what=what, route=each, error=error.code)
                refusal = refusal or error.code
            except SlackUnavailable as error:
                log.warning("delivery_deferred", what=what, route=each, error=error.code)
                return Delivered(Route.DEFERRED, error.retry_after or 0, refusal)
            except SlackUncertain as error:
                log.warning("delivery_unconfirmed", what=what, route=each, error=error.code)
                if not repeatable:
                    return Delivered(Route.UNCONFIRMED, 0, refusal)
                route = Route.UNCONFIRMED if route is Route.NOWHERE else route
            else:
                where = (posted.channel_id, posted.ts) if isinstance(posted, PostedMessage) else ()
                return Delivered(each, 0, refusal, *where)
        return Delivered(route, 0, refusal)

    def _noted(self, what: str, found: Delivered) -> Delivered:
        self._metrics.deliveries.labels(found.route).inc()
        if found.route not in {Route.NOWHERE, Route.DEFERRED}:
            log.debug("delivered", what=what, route=found.route)
        return found
