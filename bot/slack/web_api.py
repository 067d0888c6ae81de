"""Calls to slack_sdk's methods, each with a timeout, with Slack's failures as errors of `bot.errors`.

One owner of retries: a call that was certainly not done may be tried a second time, after a rate limit or
over a new connection; a call that Slack may have done is never repeated.

Source: https://docs.slack.dev/reference/methods
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnavailable, SlackUncertain
from bot.observe.logs import library_logger
from bot.slack.failures import failures
from bot.timing import Timing

T = TypeVar("T")


Method = Callable[..., Awaitable[AsyncSlackResponse]]
"""A method of `WebApi.client`, such as `chat_postMessage`."""


class WebApi:
    """Calls the Web API's methods over a shared session. Each call raises `SlackError`."""

    client: AsyncWebClient
    """Has the methods: `client.views_open` is views.open."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str, api_url: str, timing: Timing) -> None:
        """`api_url` ends with a slash; the session has the proxy, if there is one."""
        self._timing = timing
        self.client = AsyncWebClient(
            token, base_url=api_url, session=session, retry_handlers=[], logger=library_logger("slack_sdk")
        )
        self.client.proxy = None  # the session knows it, and NO_PROXY too; the SDK would read the environment

    async def call(self, method: Method, **arguments: object) -> AsyncSlackResponse:
        """Call a method, and try again if it was certainly not done."""
        return await self.twice(partial(self.call_once, method, self._timing.slack_timeout, **arguments))

    async def call_once(self, method: Method, within: float, /, **arguments: object) -> AsyncSlackResponse:
        """Call a method without a second try, for at most `within` seconds."""
        with failures():
            async with asyncio.timeout(within):
                return await method(**arguments)

    async def twice(self, send: Callable[[], Awaitable[T]]) -> T:
        """Send, and try again if Slack certainly didn't do it and asks for no long wait."""
        try:
            return await send()
        except SlackUnavailable as error:
            if error.retry_after is None or error.retry_after > self._timing.max_retry_wait:
                raise
            wait = max(error.retry_after, self._timing.min_retry_wait)
            await asyncio.sleep(wait + random.uniform(0, self._timing.retry_jitter))  # noqa: S311 - no secret
            return await send()


def read(answer: AsyncSlackResponse, reader: Callable[[Any], T]) -> T:
    """Read a value from an answer; raises `SlackUncertain` if it isn't there."""
    try:
        return reader(answer.data)
    except (AttributeError, KeyError, TypeError) as error:
        raise SlackUncertain("unreadable") from error
