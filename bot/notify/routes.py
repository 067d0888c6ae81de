"""Where a result goes. Success: channel → response_url → direct message. Trouble: only to the person.

Each function tries the ways in order and says which one it was; a Slack that fails never fails the job.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import SlackAway, SlackRefused, SlackUncertain
from bot.models import Created, Outcome, Remembered, Submission, Way
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.views import outcome as messages
from bot.views.blocks import Json

RESPONSE_URL_LIVES = 30 * 60
"""Seconds. Source: https://docs.slack.dev/interactivity/handling-user-interaction, "response_url"."""

REMEMBERED = 1000
"""Forms of which it is remembered that they are filled in anew."""
FORM_SETTLES = 0.5
"""Seconds after its submission in which a form may still turn to "Creating…", over a result that came."""

log = structlog.get_logger(__name__)


Ladder = dict[Way, Callable[[], Awaitable[object]]]
"""Ways to deliver one message, the best first."""


class Delivery:
    """Tells people how a submission ended."""

    def __init__(
        self, slack: SlackClient, *, bot_name: str, notify_channel: str | None, metrics: Metrics
    ) -> None:
        self._slack = slack
        self._bot_name = bot_name
        self._notify_channel = notify_channel
        self._metrics = metrics
        self._attempts = Remembered[str, int](REMEMBERED)

    def filled_anew(self, view_id: str, attempt: int) -> None:
        """Note that a window shows a form again, which no result of an earlier attempt may replace.

        This process alone knows: a job that another one runs may still do so.
        """
        self._attempts[view_id] = attempt

    def shows_result(self, view_id: str) -> None:
        """Note that a window shows a result after all: somebody pressed a button in it."""
        self._attempts.pop(view_id, None)

    async def announce(self, submission: Submission, created: Created) -> Way:
        """Post the summary where it was asked for, or as near to it as Slack allows."""
        origin, found = submission.origin, created.contact_list
        summary = messages.summary(submission, found)

        def write() -> Awaitable[object]:
            direct = messages.summary_for_the_person(submission, found, bot_name=self._bot_name)
            return self._slack.post(origin.user_id, direct)

        return await self._deliver(
            "summary",
            {
                Way.CHANNEL: lambda: self._slack.post(origin.channel_id, summary),
                **self._response_url(submission, summary, in_channel=True),
                Way.DIRECT_MESSAGE: write,
            },
        )

    def has_second_channel(self, submission: Submission) -> bool:
        """Tell whether another channel than the submission's own hears of every new list."""
        return self._notify_channel not in {None, submission.origin.channel_id}

    async def notify(self, submission: Submission, created: Created) -> Way:
        """Tell the second channel."""
        channel = self._notify_channel or ""
        summary = messages.summary(submission, created.contact_list)
        return await self._deliver("notice", {Way.CHANNEL: lambda: self._slack.post(channel, summary)})

    async def share(self, channel_id: str, message: Json, *, response_url: str | None) -> Way:
        """Post what somebody wants others to see, where the person chose."""
        ladder: Ladder = {Way.CHANNEL: lambda: self._slack.post(channel_id, message)}
        if response_url:
            ladder[Way.RESPONSE_URL] = lambda: self._slack.respond(response_url, message, in_channel=True)
        return await self._deliver("list", ladder)

    async def show_waiting(self, submission: Submission) -> Way:
        """Say in the form that the bot waits for Kore.ai."""
        view = messages.waiting_view(submission)
        return await self._deliver("waiting", self._form(submission, view))

    async def show(self, submission: Submission, outcome: Outcome, *, summary_went: Way) -> Way:
        """Turn the form to the result; NONE when the person has closed it, or fills it in anew."""
        settles_in = submission.submitted_at + FORM_SETTLES - time.time()
        await asyncio.sleep(min(FORM_SETTLES, max(0, settles_in)))  # more only if clocks are apart
        view = messages.result_view(submission, outcome, summary_went=summary_went)
        return await self._deliver("form", self._form(submission, view))

    async def tell_person(self, submission: Submission, outcome: Outcome, summary_went: Way) -> Way:
        """Tell the person: in the form, or else directly, as soon as it is known where the summary went."""
        shown = await self.show(submission, outcome, summary_went=summary_went)
        if shown in {Way.FORM, Way.LATER}:
            return shown
        if summary_went is Way.LATER:
            return Way.LATER
        return await self._write(submission, outcome, summary_went)

    async def _write(self, submission: Submission, outcome: Outcome, summary_went: Way) -> Way:
        """Write to the person, and nobody else, what the closed form would have shown.

        A success that its channel has heard of needs no more.
        """
        if isinstance(outcome, Created):
            if summary_went not in {Way.UNCERTAIN, Way.NONE}:
                return Way.NONE
            message = messages.summary_for_the_person(
                submission,
                outcome.contact_list,
                bot_name=self._bot_name,
                perhaps_posted=summary_went is Way.UNCERTAIN,
            )
        else:
            message = messages.failure(submission, outcome)
        ladder: Ladder = {
            Way.DIRECT_MESSAGE: lambda: self._slack.post(submission.origin.user_id, message),
            **self._response_url(submission, message, in_channel=False),
        }
        return await self._deliver("person", ladder)

    def _form(self, submission: Submission, view: Json) -> Ladder:
        view_id = submission.origin.view_id
        if self._attempts.get(view_id, 0) > submission.attempt:
            return {}
        return {Way.FORM: lambda: self._slack.update_form(view_id, view)}

    def _response_url(self, submission: Submission, message: Json, *, in_channel: bool) -> Ladder:
        url = submission.origin.response_url
        if url is None or time.time() - submission.submitted_at > RESPONSE_URL_LIVES:
            return {}
        return {Way.RESPONSE_URL: lambda: self._slack.respond(url, message, in_channel=in_channel)}

    async def _deliver(self, what: str, ladder: Ladder) -> Way:
        """Try the ways in order; stop at the first that worked, or that may have."""
        used = Way.NONE
        for way, send in ladder.items():
            try:
                await send()
            except SlackRefused as error:
                log.info("not_delivered", what=what, way=way, error=error.code)
                continue
            except SlackAway as error:
                log.warning("delivered_later", what=what, way=way, error=error.code)
                used = Way.LATER
                break
            except SlackUncertain as error:
                log.warning("perhaps_delivered", what=what, way=way, error=error.code)
                used = Way.UNCERTAIN
                break
            used = way
            break
        self._metrics.deliveries.labels(used).inc()
        if used not in {Way.NONE, Way.LATER}:
            log.debug("delivered", what=what, way=used)
        return used
