"""Slack and its tokens: what can be wrong with them, in words shared by the start and the doctor."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from yarl import URL

from bot.errors import Problem, SlackError, SlackRefused, SlackUnavailable
from bot.operate.startup import SLACK, Awaited
from bot.settings import Settings
from bot.slack.client import Identity, SlackClient
from bot.slack.failures import MAX_RETRY_AFTER, RATE_LIMIT_CODES
from bot.timing import Timing
from bot.unreachable import why_unreachable

BOT_TOKEN, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
COPY_AGAIN = "Copy {token} again from the app's page. If it was revoked, reinstall the app first."
NEW_APP_TOKEN = "Make an app-level token with the scope connections:write on the app's page."  # noqa: S105
LATER = "Try again in a minute. If it keeps happening, look at SLACK_API_URL and at status.slack.com."

T = TypeVar("T")


def problem_of(error: SlackError, settings: Settings, *, token: str) -> Problem:
    """Return what an error of Slack's means for the operator; `token` is the setting in use."""
    host = URL(settings.slack_api_url).host or ""
    if isinstance(error, SlackRefused):
        is_poor = token == APP_TOKEN and error.code == "missing_scope"
        advice = NEW_APP_TOKEN if is_poor else COPY_AGAIN.format(token=token)
        return Problem(f"Slack refused {token} ({error.code})", advice, may_pass=False)
    if error.code in RATE_LIMIT_CODES:
        return Problem(f"Slack wants fewer requests ({error.code})", LATER)
    no_answer = Problem(f"There was no usable answer from {host} ({error.code})", LATER)
    return why_unreachable(error.__cause__, host, setting="SLACK_API_URL") or no_answer


async def checked_tokens(
    slack: SlackClient, settings: Settings, awaited: Awaited, timing: Timing
) -> Identity:
    """Check both tokens with Slack before anything depends on them, waiting while Slack is unavailable.

    Raises `StartError`.
    """
    ask_bot = partial(_answer, slack.identify, settings, timing, token=BOT_TOKEN)
    identity = await awaited.answer(SLACK, ask_bot)
    if settings.slack_app_token and settings.socket_mode:
        ask = partial(slack.socket_address, settings.slack_app_token.get_secret_value())
        await awaited.answer(SLACK, partial(_answer, ask, settings, timing, token=APP_TOKEN))
    return identity


async def _answer(ask: Callable[[], Awaitable[T]], settings: Settings, timing: Timing, *, token: str) -> T:
    """Return Slack's answer; raises `NotThereYet`, or `StartError` if waiting wouldn't help."""
    try:
        return await ask()
    except SlackError as error:
        problem = problem_of(error, settings, token=token)
        raise problem.as_error(seconds=_wanted_pause(error, timing)) from error


def _wanted_pause(error: SlackError, timing: Timing) -> float | None:
    """Return how many seconds Slack asked us to wait, if it did."""
    wanted = error.retry_after if isinstance(error, SlackUnavailable) else None
    if wanted is None and error.code in RATE_LIMIT_CODES:
        wanted = timing.rate_limited_wait
    return None if wanted is None else min(wanted, MAX_RETRY_AFTER)
