"""The bot's calls to Slack: the Web API, `response_url`s and the sockets of Socket Mode.

Calls that need a trigger are tried once, because a trigger lives three seconds; for all others, `WebApi`
decides.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import aiohttp
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.errors import SlackError, SlackRefused, SlackUncertain
from bot.observe.logs import library_logger
from bot.slack.addresses import RESPONSE_URLS, is_at, origin_of
from bot.slack.failures import failure_of, failures
from bot.slack.files import SlackFiles
from bot.slack.web_api import Method, WebApi, read
from bot.timing import Timing

NEVER = "1.000000"
"""A timestamp that no message has: 1970."""
CLOSE_TIMEOUT = 1
"""Seconds allowed for Slack to agree to close a Socket Mode connection."""
USERS_SCOPE = "users:read"
"""The scope that bots.info and users.info need."""

_REFUSALS = {*range(400, 500)} - {HTTPStatus.TOO_MANY_REQUESTS}
"""Statuses by which a `response_url` says that it is used up, or rejects a message."""

Json = dict[str, object]
Message = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the bot token belongs to."""

    bot_id: str
    bot_user_id: str
    name: str
    team_id: str
    scopes: frozenset[str]
    """The token's scopes."""
    enterprise_id: str = ""
    """The organisation, if the workspace belongs to one."""
    spans_organisation: bool = False
    """Whether the app is installed for all workspaces of the organisation."""
    app_id: str = ""
    """The app, if the token may know it."""

    @property
    def teams(self) -> frozenset[str]:
        """The bot's own workspace and organisation."""
        return frozenset(filter(None, [self.team_id, self.enterprise_id]))


@dataclass(frozen=True)
class PostedMessage:
    """Where a message is, so that it can be updated, and answered in its thread."""

    channel_id: str
    """The channel, even for a direct message that was sent to a user id."""
    ts: str


class SlackClient:
    """Every call the bot makes to Slack, over one shared session. Each method raises `SlackError`."""

    files: SlackFiles
    """The files the bot can see."""

    def __init__(
        self, session: aiohttp.ClientSession, *, token: str, api_url: str, timing: Timing | None = None
    ) -> None:
        """`api_url` ends with a slash; the session has the timeout, and the proxy if there is one."""
        self._session = session
        self._timing = timing or Timing()
        self._logger = library_logger("slack_sdk")
        self._api = WebApi(session, token=token, api_url=api_url, timing=self._timing)
        self._client = self._api.client
        self.files = SlackFiles(self._api, session, api_url=api_url, timing=self._timing)
        self._response_urls = origin_of(RESPONSE_URLS, api_url=api_url)

    async def identify(self) -> Identity:
        """Ask who we are (auth.test)."""
        answer = await self._api.call(self._client.auth_test)
        scopes = answer.headers.get("x-oauth-scopes", "")
        return read(
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
        """Ask which app the bot belongs to (bots.info); an empty string if the token isn't allowed to ask."""
        if identity.app_id or USERS_SCOPE not in identity.scopes:
            return identity.app_id
        try:
            answer = await self._api.call(self._client.bots_info, bot=identity.bot_id)
            return read(answer, lambda body: str(body["bot"]["app_id"]))
        except SlackError:
            return ""

    async def open_view(self, trigger_id: str, view: Json) -> str:
        """Open a modal (views.open), without a second try. Returns its id."""
        answer = await self._show(self._client.views_open, trigger_id, view)
        return read(answer, lambda body: str(body["view"]["id"]))

    async def push_view(self, trigger_id: str, view: Json) -> str:
        """Push a modal on top of the one that the trigger came from (views.push). Returns its id."""
        answer = await self._show(self._client.views_push, trigger_id, view)
        return read(answer, lambda body: str(body["view"]["id"]))

    async def publish_home(self, user_id: str, view: Json) -> None:
        """Show a person's App Home, or replace it (views.publish)."""
        await self._api.call(self._client.views_publish, user_id=user_id, view=view)

    async def update_view(self, view_id: str, view: Json, *, replacing: str | None = None) -> str:
        """Replace an open modal (views.update); raises `SlackRefused` with `not_found` if it was closed.

        Returns the hash of the new state. With `replacing`, the hash of an earlier state, Slack refuses
        (`hash_conflict`) to replace any other. An empty hash counts as none: what Slack would make of it
        isn't documented.
        """
        update = self._client.views_update
        answer = await self._api.call(update, view_id=view_id, view=view, hash=replacing or None)
        return read(answer, lambda body: str(body["view"]["hash"]))

    async def post_message(
        self, channel_id: str, message: Message, *, thread_ts: str = ""
    ) -> PostedMessage | None:
        """Post to a channel, to a person by user id, or in a thread (chat.postMessage).

        Returns where the message is, or None if Slack doesn't say: it was posted anyway.
        """
        post = self._client.chat_postMessage
        answer = await self._api.call(post, channel=channel_id, thread_ts=thread_ts or None, **message)
        with suppress(SlackUncertain):
            return read(answer, lambda body: PostedMessage(str(body["channel"]), str(body["ts"])))
        return None

    async def update_message(self, posted: PostedMessage, message: Message) -> None:
        """Update one of the bot's messages (chat.update)."""
        update = self._client.chat_update
        await self._api.call(update, channel=posted.channel_id, ts=posted.ts, **message)

    async def respond(self, response_url: str, message: Message, *, in_channel: bool = False) -> None:
        """Post through a `response_url`: to everyone in the channel, or to one person.

        A message that replaces another is seen by whoever saw that one. Only Slack's own addresses are
        called, since a `response_url` comes from a payload.
        """
        if not is_at(self._response_urls, response_url):
            raise SlackRefused("not_a_response_url")
        to = {"response_type": "in_channel" if in_channel else "ephemeral"}
        body = {**message, **({} if message.get("replace_original") else to)}
        await self._api.twice(partial(self._respond, response_url, body))

    async def members(self, usergroup_id: str) -> frozenset[str]:
        """Read the user ids of a user group (usergroups.users.list)."""
        answer = await self._api.call(self._client.usergroups_users_list, usergroup=usergroup_id)
        return read(answer, lambda body: frozenset(body["users"]))

    async def is_active(self, user_id: str) -> bool:
        """Return whether an account is active, and not deactivated (users.info)."""
        answer = await self._api.call(self._client.users_info, user=user_id)
        return read(answer, lambda body: not body["user"].get("deleted"))

    async def sees(self, channel_id: str) -> bool:
        """Return whether a channel exists that the bot can see (chat.getPermalink).

        That needs no scope. No channel has this message, so the kind of refusal says whether the channel
        exists.
        """
        try:
            await self._api.call(self._client.chat_getPermalink, channel=channel_id, message_ts=NEVER)
        except SlackRefused as error:
            if error.code == "channel_not_found":
                return False
            if error.code != "message_not_found":
                raise
        return True

    async def socket_address(self, app_token: str) -> str:
        """Ask where to open a Socket Mode connection, once and without waiting (apps.connections.open).

        Only a good app token gets an address. Retries are up to the caller.
        """
        ask, timeout = self._client.apps_connections_open, self._timing.slack_timeout
        answer = await self._api.call_once(ask, timeout, app_token=app_token)
        return read(answer, lambda body: str(body["url"]))

    async def open_websocket(self, address: str) -> aiohttp.ClientWebSocketResponse:
        """Open a WebSocket that closes itself if the other side doesn't answer a ping."""
        timing = self._timing
        with failures():
            return await self._session.ws_connect(
                address,
                heartbeat=timing.socket_ping,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
            )

    async def _show(self, method: Method, trigger_id: str, view: Json) -> AsyncSlackResponse:
        """Show a modal, waiting even for a late answer, as nothing else can be done with its trigger."""
        timeout = self._timing.view_timeout
        return await self._api.call_once(method, timeout, trigger_id=trigger_id, view=view)

    async def _respond(self, response_url: str, body: Json) -> None:
        webhook = AsyncWebhookClient(
            response_url, session=self._session, retry_handlers=[], logger=self._logger
        )
        webhook.proxy = None  # as in `WebApi`: the session knows it
        with failures():
            async with asyncio.timeout(self._timing.slack_timeout):
                answer = await webhook.send_dict(body)
        _check(answer)


def _check(answer: WebhookResponse) -> None:
    """Raise the error that a `response_url`'s answer stands for, unless it is a success."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = {}
    is_refusal = isinstance(body, dict) and body.get("ok") is False
    if answer.status_code == HTTPStatus.OK and not is_refusal:
        return
    if answer.status_code in _REFUSALS:
        raise SlackRefused(f"response_url_{answer.status_code}")
    raise failure_of(answer.status_code, answer.headers, body)
