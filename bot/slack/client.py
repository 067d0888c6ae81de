"""Every call that the bot makes to Slack, with Slack's failures as errors of `bot.errors`.

One owner of retries: the client that posts waits out a rate limit and connects again, and repeats nothing
that Slack may already have done; the client that opens forms repeats nothing, because a trigger lives three
seconds.
"""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackAway, SlackError, SlackRefused, SlackUncertain
from bot.telemetry import library_logger

__all__ = ["Identity", "SlackClient"]

LONGEST_WAIT = 5
"""Seconds of a `Retry-After` that are waited out at once; after a longer one the delivery comes later."""
NEVER = "1.000000"
"""The time of a message that no conversation has: 1970."""

_UNCERTAIN = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
"""Codes after which Slack may have done what was asked. Source: the errors table of chat.postMessage."""

_LATER = {"ratelimited", "rate_limited", "accesslimited"}

Json = dict[str, Any]
Message = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the bot token belongs to."""

    bot_id: str
    bot_user_id: str
    name: str
    team_id: str
    scopes: frozenset[str]
    """What the token may do."""


class SlackClient:
    """The Web API and `response_url`, over one shared session."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str, api_url: str) -> None:
        self._session = session
        self._api_url = api_url
        self._authorization = {"Authorization": f"Bearer {token}"}
        logger = library_logger("slack_sdk")
        self.web = AsyncWebClient(
            token=token, base_url=api_url, session=session, retry_handlers=[], logger=logger
        )
        self._patient = AsyncWebClient(
            token=token, base_url=api_url, session=session, retry_handlers=_patience(), logger=logger
        )

    async def identify(self) -> Identity:
        """Ask who we are (auth.test)."""
        response = await _response(self._patient.auth_test())
        answer: dict[str, Any] = response.data  # type: ignore[assignment]  # bytes are for files alone
        scopes = response.headers.get("x-oauth-scopes", "")
        return Identity(
            bot_id=answer["bot_id"],
            bot_user_id=answer["user_id"],
            name=answer["user"],
            team_id=answer["team_id"],
            scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
        )

    async def open_form(self, trigger_id: str, view: Json) -> str:
        """Open a modal (views.open); once, and at once. Returns its id."""
        return await self._opened("views.open", {"trigger_id": trigger_id, "view": view})

    async def lay_form(self, trigger_id: str, view: Json) -> str:
        """Lay a modal over the one in which the trigger arose (views.push); returns its id."""
        return await self._opened("views.push", {"trigger_id": trigger_id, "view": view})

    async def show_home(self, user_id: str, view: Json) -> None:
        """Show somebody's App Home, or replace it (views.publish)."""
        await _asked(self._patient.views_publish(user_id=user_id, view=view))

    async def update_form(self, view_id: str, view: Json, *, replacing: str | None = None) -> str:
        """Turn an open modal into another (views.update); `not_found` when it was closed.

        Returns the hash of the new state. With `replacing`, the hash of an earlier state, Slack refuses
        (`hash_conflict`) to replace any other.
        """
        answer = await _asked(self._patient.views_update(view_id=view_id, view=view, hash=replacing))
        return str(answer["view"]["hash"])

    async def post(self, channel_id: str, message: Message) -> None:
        """Post to a conversation, or to a person by user id (chat.postMessage)."""
        await _asked(self._patient.api_call("chat.postMessage", json={"channel": channel_id, **message}))

    async def respond(self, response_url: str, message: Message, *, in_channel: bool) -> None:
        """Post through a `response_url`: to everybody there, or to the one person."""
        whom = "in_channel" if in_channel else "ephemeral"
        webhook = AsyncWebhookClient(
            response_url,
            session=self._session,
            retry_handlers=_patience(),
            logger=library_logger("slack_sdk"),
        )
        with _failures():
            answer = await webhook.send_dict({**message, "response_type": whom})
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise SlackAway("ratelimited")
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SlackUncertain(f"http_{answer.status_code}")
        if answer.status_code != HTTPStatus.OK:
            raise SlackRefused(f"response_url_{answer.status_code}")

    async def members(self, usergroup_id: str) -> frozenset[str]:
        """Read the user ids of a user group (usergroups.users.list)."""
        answer = await _asked(self._patient.usergroups_users_list(usergroup=usergroup_id))
        return frozenset(answer["users"])

    async def is_active(self, user_id: str) -> bool:
        """Tell whether an account is in use, and not deactivated (users.info)."""
        answer = await _asked(self._patient.users_info(user=user_id))
        return not answer["user"].get("deleted")

    async def sees(self, channel_id: str) -> bool:
        """Tell whether there is a conversation that the bot can see (chat.getPermalink).

        That needs no scope. The message cannot be there, so Slack's refusal says whether the conversation is.
        """
        try:
            await _asked(self._patient.chat_getPermalink(channel=channel_id, message_ts=NEVER))
        except SlackRefused as error:
            if error.code == "channel_not_found":
                return False
            if error.code != "message_not_found":
                raise
        return True

    async def check_app_token(self, app_token: str) -> None:
        """Ask for a Socket Mode address, which only a good app token gets (apps.connections.open)."""
        await _asked(self._patient.apps_connections_open(app_token=app_token))

    async def _opened(self, method: str, arguments: Json) -> str:
        """Open a view by the session itself, which is quicker than the SDK: a trigger lives three seconds."""
        with _failures():
            async with self._session.post(
                self._api_url + method, json=arguments, headers=self._authorization
            ) as response:
                answer = orjson.loads(await response.read())
        if not isinstance(answer, dict) or not answer.get("ok"):
            raise _refusal(answer, response.status)
        return str(answer["view"]["id"])


class _RateLimit(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks, within reason."""

    async def _can_retry_async(self, *, response: HttpResponse | None = None, **others: Any) -> bool:  # noqa: ANN401
        if not await super()._can_retry_async(response=response, **others) or response is None:
            return False
        wait = response.headers.get("Retry-After", ["1"])[0]
        return wait.isdecimal() and int(wait) <= LONGEST_WAIT


def _patience() -> list[Any]:
    never_sent: list[type[Exception]] = [aiohttp.ClientConnectorError]
    return [_RateLimit(1), AsyncConnectionErrorRetryHandler(1, error_types=never_sent)]


async def _asked(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    return (await _response(call)).data  # type: ignore[return-value]  # bytes are for files alone


async def _response(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    try:
        with _failures():
            return await call
    except AttributeError as error:  # the SDK takes a plain text, as gateways send it, for an answer
        raise SlackUncertain("no_json") from error


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what the session and the SDK raise into our own errors."""
    try:
        yield
    except SlackApiError as error:
        answer = error.response
        body = answer.data if isinstance(answer, AsyncSlackResponse) else None
        status = getattr(answer, "status_code", None) or getattr(answer, "status", 0) or 0
        raise _refusal(body, status) from error
    except aiohttp.ClientConnectorError as error:
        raise SlackAway("unreachable") from error
    except (aiohttp.ClientError, TimeoutError, SlackClientError, ValueError) as error:  # or no JSON
        raise SlackUncertain("no_answer") from error


def _refusal(body: object, status: int) -> SlackError:
    """Tell a refusal from an answer that leaves it open."""
    code = body.get("error") if isinstance(body, dict) else None
    if not code:
        return SlackUncertain(f"http_{status}")
    if code in _LATER:
        return SlackAway(code)
    return SlackUncertain(code) if code in _UNCERTAIN else SlackRefused(code)
