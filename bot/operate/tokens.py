"""Slack and its tokens: what can be wrong with them, in the words that the start and the doctor share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from yarl import URL

from bot.errors import SlackError, SlackRefused, SlackUnavailable, StartError
from bot.settings import Settings
from bot.slack.client import Identity, SlackClient
from bot.slack.failures import RATE_LIMITED
from bot.timing import Timing
from bot.unreachable import why_unreachable

BOT_TOKEN, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
COPY_AGAIN = "Copy {token} again from the app's page. If it was revoked, reinstall the app first."
NEW_APP_TOKEN = "Make an app-level token with the scope connections:write on the app's page."  # noqa: S105
LATER = "Try again in a minute. If it stays like this, look at SLACK_API_URL and at status.slack.com."

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what to do about it."""

    found: str
    advice: str


def problem_of(error: SlackError, settings: Settings, *, token: str) -> Problem:
    """Say what an error of Slack's means for the one who runs the bot; `token` is the setting in use."""
    host = URL(settings.slack_api_url).host or ""
    if isinstance(error, SlackRefused):
        is_poor = token == APP_TOKEN and error.code == "missing_scope"
        advice = NEW_APP_TOKEN if is_poor else COPY_AGAIN.format(token=token)
        return Problem(f"Slack refused {token} ({error.code})", advice)
    if error.code in RATE_LIMITED:
        return Problem(f"Slack wants fewer requests ({error.code})", LATER)
    if problem := why_unreachable(error.__cause__, host):
        return Problem(str(problem), problem.advice("SLACK_API_URL"))
    return Problem(f"There was no usable answer from {host} ({error.code})", LATER)


async def checked_tokens(slack: SlackClient, settings: Settings, timing: Timing) -> Identity:
    """Ask Slack about both tokens, before anything depends on them; raises `StartError`."""
    identity = await _answer(slack.identify, settings, timing, token=BOT_TOKEN)
    if settings.slack_app_token and settings.socket_mode:
        ask = partial(slack.socket_address, settings.slack_app_token.get_secret_value())
        await _answer(ask, settings, timing, token=APP_TOKEN)
    return identity


async def _answer(ask: Callable[[], Awaitable[T]], settings: Settings, timing: Timing, *, token: str) -> T:
    """Return Slack's answer; a rate limit is no fault, and is waited out."""
    while True:
        try:
            return await ask()
        except SlackError as error:
            if not isinstance(error, SlackUnavailable) or error.code not in RATE_LIMITED:
                problem = problem_of(error, settings, token=token)
                raise StartError(f"{problem.found}. {problem.advice}") from error
            seconds = min(error.retry_after or timing.rate_limited_wait, timing.max_told_wait)
            log.warning("start_delayed", error=error.code, seconds=seconds)
        await asyncio.sleep(seconds)
