"""The Web API and `response_url`s by slack_sdk, with Slack's failures as errors of `bot.errors`.

One owner of retries: what was certainly not done may be tried a second time, after a rate limit or over a new
connection; what Slack may have done is never repeated. What needs a trigger is tried once, because a trigger
lives three seconds.

Source: https://docs.slack.dev/reference/methods
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse
from yarl import URL

from bot.errors import SlackAppRefused, SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.observe.logs import library_logger
from bot.timing import Timing

NEVER = "1.000000"
"""The time of a message that no channel has: 1970."""
RATE_LIMITED = {"ratelimited", "rate_limited", "accesslimited"}
"""Codes by which Slack asks for fewer requests; HTTP 429 has the first."""

BOTS_SCOPE = "users:read"
"""What bots.info needs."""

_UNCERTAIN = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
"""Codes after which Slack may have done what was asked. Source: the errors table of chat.postMessage."""
_OF_THE_APP = {
    *{"account_inactive", "invalid_auth", "no_permission", "not_allowed_token_type", "not_authed"},
    *{"missing_scope", "token_expired", "token_revoked", "team_access_not_granted", "access_denied"},
    *{"team_added_to_org", "org_login_required", "two_factor_setup_required", "ekm_access_denied"},
    "message_limit_exceeded",
}
"""Codes that say nothing of what was asked, and may pass: a token is renewed, a workspace moves."""
_REFUSALS = {*range(400, 500)} - {HTTPStatus.TOO_MANY_REQUESTS}
"""How a `response_url` says that it is used up, or that it does not like a message."""
_REDIRECTS = {301, 302, 303, 307, 308}
_SLACK, _RESPONSE_URLS = URL("https://slack.com"), URL("https://hooks.slack.com")

Json = dict[str, Any]
Message = Mapping[str, object]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the bot token belongs to."""

    bot_id: str
    bot_user_id: str
    name: str
    team_id: str
    scopes: frozenset[str]
    """What the token may do."""
    enterprise_id: str = ""
    """The organisation, if the workspace is of one."""
    spans_organisation: bool = False
    """Whether the app is installed for all workspaces of the organisation."""
    app_id: str = ""
    """The app, if that may be known."""

    @property
    def teams(self) -> frozenset[str]:
        """The bot's own workspace and organisation."""
        return frozenset(filter(None, [self.team_id, self.enterprise_id]))


@dataclass(frozen=True)
class Posted:
    """Where a message stands: it can be changed, and answered in its thread."""

    channel_id: str
    """The channel, also of a direct message that was sent to a user id."""
    ts: str


class SlackClient:
    """Every call that the bot makes to Slack, over one shared session. Each method raises `SlackError`."""

    def __init__(
        self, session: aiohttp.ClientSession, *, token: str, api_url: str, timing: Timing | None = None
    ) -> None:
        """`api_url` ends with a slash; the session has the time-out, and the proxy if there is one."""
        self._session = session
        self._timing = timing or Timing()
        self._logger = library_logger("slack_sdk")
        self._web = self._web_client(token, api_url)
        self._response_urls = _RESPONSE_URLS if URL(api_url).origin() == _SLACK else URL(api_url).origin()

    async def identify(self) -> Identity:
        """Ask who we are (auth.test)."""
        answer = await self._patiently("auth.test")
        scopes = answer.headers.get("x-oauth-scopes", "")
        return _read(
            answer,
            lambda body: Identity(
                bot_id=body["bot_id"],
                bot_user_id=body["user_id"],
                name=body["user"],
                team_id=body["team_id"],
                scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
                enterprise_id=body.get("enterprise_id") or "",
                spans_organisation=bool(body.get("is_enterprise_install")),
                app_id=body.get("app_id") or "",
            ),
        )

    async def app_id_of(self, identity: Identity) -> str:
        """Ask which app the bot is of (bots.info); an empty text where the token may not know."""
        if identity.app_id or BOTS_SCOPE not in identity.scopes:
            return identity.app_id
        try:
            answer = await self._patiently("bots.info", params={"bot": identity.bot_id})
            return _read(answer, lambda body: str(body["bot"]["app_id"]))
        except SlackError:
            return ""

    async def open_view(self, trigger_id: str, view: Json) -> str:
        """Open a modal (views.open), without a second try. Returns its id."""
        answer = await self._show("views.open", trigger_id, view)
        return _read(answer, lambda body: str(body["view"]["id"]))

    async def push_view(self, trigger_id: str, view: Json) -> str:
        """Push a modal over the one in which the trigger arose (views.push). Returns its id."""
        answer = await self._show("views.push", trigger_id, view)
        return _read(answer, lambda body: str(body["view"]["id"]))

    async def publish_home(self, user_id: str, view: Json) -> None:
        """Show a person's App Home, or replace it (views.publish)."""
        await self._patiently("views.publish", json={"user_id": user_id, "view": view})

    async def update_view(self, view_id: str, view: Json, *, replacing: str | None = None) -> str:
        """Replace an open modal (views.update); `not_found` when it was closed.

        Returns the hash of the new state. With `replacing`, the hash of an earlier state, Slack refuses
        (`hash_conflict`) to replace any other.
        """
        arguments: Json = {"view_id": view_id, "view": view}
        if replacing:
            arguments["hash"] = replacing
        answer = await self._patiently("views.update", json=arguments)
        return _read(answer, lambda body: str(body["view"]["hash"]))

    async def post_message(self, channel_id: str, message: Message, *, thread_ts: str = "") -> Posted | None:
        """Post to a channel, to a person by user id, or in a thread (chat.postMessage).

        Returns where it stands, or None if Slack does not say so: it stands there anyway.
        """
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        answer = await self._patiently("chat.postMessage", json={"channel": channel_id, **thread, **message})
        with suppress(SlackUncertain):
            return _read(answer, lambda body: Posted(str(body["channel"]), str(body["ts"])))
        return None

    async def update_message(self, posted: Posted, message: Message) -> None:
        """Change a message of the bot's (chat.update)."""
        place = {"channel": posted.channel_id, "ts": posted.ts}
        await self._patiently("chat.update", json={**place, **message})

    async def respond(self, response_url: str, message: Message, *, in_channel: bool) -> None:
        """Post through a `response_url`: to everybody in the channel, or to the one person.

        Only Slack's own addresses are called: a `response_url` comes in a payload.
        """
        if not self._is_response_url(response_url):
            raise SlackRefused("not_a_response_url")
        body = {**message, "response_type": "in_channel" if in_channel else "ephemeral"}
        await self._twice(partial(self._respond, response_url, body))

    async def members(self, usergroup_id: str) -> frozenset[str]:
        """Read the user ids of a user group (usergroups.users.list)."""
        answer = await self._patiently("usergroups.users.list", params={"usergroup": usergroup_id})
        return _read(answer, lambda body: frozenset(body["users"]))

    async def is_active(self, user_id: str) -> bool:
        """Return whether an account is in use, and not deactivated (users.info)."""
        answer = await self._patiently("users.info", params={"user": user_id})
        return _read(answer, lambda body: not body["user"].get("deleted"))

    async def sees(self, channel_id: str) -> bool:
        """Return whether there is a channel that the bot can see (chat.getPermalink).

        That needs no scope. The message cannot be there, so Slack's refusal says whether the channel is.
        """
        try:
            await self._patiently("chat.getPermalink", params={"channel": channel_id, "message_ts": NEVER})
        except SlackRefused as error:
            if error.code == "channel_not_found":
                return False
            if error.code != "message_not_found":
                raise
        return True

    async def socket_address(self, app_token: str) -> str:
        """Ask where to open a connection of Socket Mode, once and at once (apps.connections.open).

        Only a good app token gets an address. The caller sees to second tries.
        """
        client = self._web_client(app_token, self._web.base_url)
        answer = await _called(client, "apps.connections.open", within=self._timing.slack_timeout)
        return _read(answer, lambda body: str(body["url"]))

    async def open_websocket(self, address: str) -> aiohttp.ClientWebSocketResponse:
        """Open a WebSocket that closes itself when the other side answers no ping."""
        timing = self._timing
        with _failures():
            return await self._session.ws_connect(
                address,
                heartbeat=timing.socket_ping,
                timeout=aiohttp.ClientWSTimeout(ws_close=timing.socket_close_timeout),
            )

    def _web_client(self, token: str, api_url: str) -> AsyncWebClient:
        client = AsyncWebClient(
            token, base_url=api_url, session=self._session, retry_handlers=[], logger=self._logger
        )
        client.proxy = None  # the session knows it, and NO_PROXY too; the SDK takes it from the environment
        return client

    async def _show(self, method: str, trigger_id: str, view: Json) -> AsyncSlackResponse:
        """Show a modal; nothing else can be done for its trigger, so a late answer is waited for."""
        content = {"trigger_id": trigger_id, "view": view}
        return await _called(self._web, method, within=self._timing.view_timeout, json=content)

    async def _call(self, method: str, **content: Json) -> AsyncSlackResponse:
        return await _called(self._web, method, within=self._timing.slack_timeout, **content)

    async def _patiently(self, method: str, **content: Json) -> AsyncSlackResponse:
        return await self._twice(partial(self._call, method, **content))

    async def _twice(self, send: Callable[[], Awaitable[T]]) -> T:
        """Send again what Slack certainly did not do, if it asks for no long wait."""
        try:
            return await send()
        except SlackUnavailable as error:
            if error.retry_after is None or error.retry_after > self._timing.max_retry_wait:
                raise
            wait = max(error.retry_after, self._timing.min_retry_wait)
            await asyncio.sleep(wait + random.uniform(0, self._timing.retry_jitter))  # noqa: S311 - no secret
            return await send()

    async def _respond(self, response_url: str, body: Json) -> None:
        webhook = AsyncWebhookClient(
            response_url, session=self._session, retry_handlers=[], logger=self._logger
        )
        webhook.proxy = None  # as above
        with _failures():
            async with asyncio.timeout(self._timing.slack_timeout):
                answer = await webhook.send_dict(body)
        _check(answer)

    def _is_response_url(self, text: str) -> bool:
        try:
            url = URL(text)
            return url.origin() == self._response_urls and url.user is None
        except ValueError:
            return False


async def _called(
    client: AsyncWebClient, method: str, *, within: float, **content: Json
) -> AsyncSlackResponse:
    """Call a method without a second try; those that only read take `params`, and no JSON."""
    with _failures():
        async with asyncio.timeout(within):
            verb = "GET" if "params" in content else "POST"
            return await client.api_call(method, http_verb=verb, **content)


def _read(answer: AsyncSlackResponse, reader: Callable[[Any], T]) -> T:
    """Read what was asked for; raises `SlackUncertain` if it is not there."""
    try:
        return reader(answer.data)
    except (AttributeError, KeyError, TypeError) as error:
        raise SlackUncertain("unreadable") from error


async def no_redirects(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Follow no redirect, as a middleware of the session: where it leads is not Slack's Web API."""
    response = await send(request)
    if response.status in _REDIRECTS:
        response.release()
        raise SlackUncertain(f"http_{response.status}")
    return response


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what the SDK and the session raise into our own errors."""
    try:
        yield
    except SlackApiError as error:
        raise _failure(error.response) from error
    except aiohttp.WSServerHandshakeError as error:
        wait = _named_wait(error.headers or {}, default="0")
        raise SlackUnavailable(f"http_{error.status}", retry_after=wait) from error
    except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as error:
        raise SlackUnavailable("unreachable", retry_after=0) from error
    # ValueError: a URL that names no host; AttributeError: the SDK's own, about an answer in plain text
    except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError) as error:
        raise SlackUncertain("no_answer") from error


def _failure(answer: Any) -> SlackError:  # noqa: ANN401 - the SDK gives its own response, or aiohttp's
    """Distinguish a refusal from an answer that leaves it open, as a failing server's or a gateway's does."""
    if not isinstance(answer, AsyncSlackResponse):  # the body was not JSON
        return _failure_of(answer.status, answer.headers, {})
    return _failure_of(answer.status_code, answer.headers, answer.data)


def _failure_of(status: int, headers: Mapping[str, str], body: object) -> SlackError:
    code = body.get("error") if isinstance(body, dict) else None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SlackUnavailable("ratelimited", retry_after=_named_wait(headers, default="0"))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(code, str) or not code:
        return SlackUncertain(f"http_{status}")
    if code in RATE_LIMITED:
        return SlackUnavailable(code, retry_after=_named_wait(headers))
    if code in _OF_THE_APP:
        return SlackAppRefused(code)
    return SlackUncertain(code) if code in _UNCERTAIN else SlackRefused(code)


def _named_wait(headers: Mapping[str, str], *, default: str = "") -> float | None:
    """Read for how many seconds Slack wants to be left alone, if it says so."""
    wait = headers.get("Retry-After", default)
    return float(wait) if wait.isdecimal() else None


def _check(answer: WebhookResponse) -> None:
    """Raise what the answer of a `response_url` stands for, if that is no success."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = {}
    is_refusal = isinstance(body, dict) and body.get("ok") is False
    if answer.status_code == HTTPStatus.OK and not is_refusal:
        return
    if answer.status_code in _REFUSALS:
        raise SlackRefused(f"response_url_{answer.status_code}")
    raise _failure_of(answer.status_code, answer.headers, body)
