"""One request to Slack and its answer, with Slack's failures as errors of `bot.errors`.

One owner of retries: what was certainly not done may be tried once more, when a rate limit has passed or by a
new connection; what Slack may have done is never repeated.

Source: https://docs.slack.dev/apis/web-api
"""

import json
import random
from asyncio import sleep
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp

from bot.errors import SlackError, SlackRefused, SlackUnavailable, SlackUncertain

LONGEST_WAIT = 5
"""Seconds of a `Retry-After` that are waited out at once; after a longer one the delivery comes later."""
SHORTEST_WAIT = 1
"""Seconds before a second try where Slack names no time, or could not be reached."""

_UNCERTAIN = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
"""Codes after which Slack may have done what was asked. Source: the errors table of chat.postMessage."""

_LATER = {"ratelimited", "rate_limited", "accesslimited"}

_REFUSALS = {*range(400, 500)} - {HTTPStatus.TOO_MANY_REQUESTS}
"""How a `response_url` says that it is used up, or that it does not like a message."""

Json = Mapping[str, object]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """An answer of Slack; its JSON object is empty where a gateway sent something else."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    def read(self, reader: Callable[[dict[str, Any]], T]) -> T:
        """Read what was asked for; raises `SlackUncertain` if it is not there."""
        try:
            return reader(self.body)
        except (AttributeError, KeyError, TypeError) as error:
            raise SlackUncertain("unreadable") from error


class WebApi:
    """The methods of the Web API and `response_url`, over one session."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str, api_url: str) -> None:
        self._session = session
        self._token = token
        self._api_url = api_url

    async def call(
        self,
        method: str,
        *,
        json: Json | None = None,
        query: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Call a method once; raises `SlackError`. Methods that only read take a `query`, and no JSON."""
        headers = {"Authorization": f"Bearer {token or self._token}"}
        verb, url = "GET" if query else "POST", self._api_url + method
        answer = await self._sent(verb, url, params=query, json=json, headers=headers)
        if answer.status != HTTPStatus.OK or not answer.body.get("ok"):
            raise _failure(answer)
        return answer

    async def respond(self, response_url: str, message: Json) -> None:
        """Post through a `response_url` once; raises `SlackError`."""
        answer = await self._sent("POST", response_url, json=message)
        if answer.status == HTTPStatus.OK and answer.body.get("ok") is not False:
            return
        if answer.status in _REFUSALS:
            raise SlackRefused(f"response_url_{answer.status}")
        raise _failure(answer)

    async def _sent(self, verb: str, url: str, **content: Any) -> Answer:  # noqa: ANN401 - as aiohttp takes it
        with _failures():
            async with self._session.request(verb, url, allow_redirects=False, **content) as response:
                return Answer(response.status, response.headers, _object(await response.read()))


async def patiently(send: Callable[[], Awaitable[T]]) -> T:
    """Do something, and once more if Slack certainly did not do it and asks for no long wait."""
    try:
        return await send()
    except SlackUnavailable as away:
        if away.retry_after is None or away.retry_after > LONGEST_WAIT:
            raise
        await sleep(away.retry_after + random.random())  # noqa: S311 - so that not all come back at once
        return await send()


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what the session raises into our own errors."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as error:
        raise SlackUnavailable("unreachable", retry_after=SHORTEST_WAIT) from error
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # or a URL that names no host
        raise SlackUncertain("no_answer") from error


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _failure(answer: Answer) -> SlackError:
    """Tell a refusal from an answer that leaves it open, as that of a failing server or of a gateway does."""
    code = answer.body.get("error")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = answer.headers.get("Retry-After", str(SHORTEST_WAIT))
        return SlackUnavailable("ratelimited", retry_after=float(wait) if wait.isdecimal() else None)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(code, str) or not code:
        return SlackUncertain(f"http_{answer.status}")
    if code in _LATER:
        return SlackUnavailable(code)
    return SlackUncertain(code) if code in _UNCERTAIN else SlackRefused(code)
