"""Every call that the bot makes to Slack: a method for each, with what it gives back.

What needs a trigger is tried once, because a trigger lives three seconds; everything else patiently.

Source: https://docs.slack.dev/reference/methods
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from bot.errors import SlackRefused
from bot.slack.web import Answer, WebApi, patiently

NEVER = "1.000000"
"""The time of a message that no conversation has: 1970."""

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
    """The Web API and `response_url`, over one shared session. Each method raises `SlackError`."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str, api_url: str) -> None:
        self._api = WebApi(session, token=token, api_url=api_url)

    async def identify(self) -> Identity:
        """Ask who we are (auth.test)."""
        answer = await self._patiently("auth.test")
        scopes = answer.headers.get("x-oauth-scopes", "")
        return answer.read(
            lambda body: Identity(
                bot_id=body["bot_id"],
                bot_user_id=body["user_id"],
                name=body["user"],
                team_id=body["team_id"],
                scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
            )
        )

    async def open_view(self, trigger_id: str, view: Json) -> str:
        """Open a modal (views.open); once, and at once. Returns its id."""
        answer = await self._api.call("views.open", json={"trigger_id": trigger_id, "view": view})
        return answer.read(lambda body: str(body["view"]["id"]))

    async def push_view(self, trigger_id: str, view: Json) -> str:
        """Lay a modal over the one in which the trigger arose (views.push); once. Returns its id."""
        answer = await self._api.call("views.push", json={"trigger_id": trigger_id, "view": view})
        return answer.read(lambda body: str(body["view"]["id"]))

    async def publish_home(self, user_id: str, view: Json) -> None:
        """Show somebody's App Home, or replace it (views.publish)."""
        await self._patiently("views.publish", json={"user_id": user_id, "view": view})

    async def update_view(self, view_id: str, view: Json, *, replacing: str | None = None) -> str:
        """Turn an open modal into another (views.update); `not_found` when it was closed.

        Returns the hash of the new state. With `replacing`, the hash of an earlier state, Slack refuses
        (`hash_conflict`) to replace any other.
        """
        arguments: Json = {"view_id": view_id, "view": view}
        if replacing:
            arguments["hash"] = replacing
        answer = await self._patiently("views.update", json=arguments)
        return answer.read(lambda body: str(body["view"]["hash"]))

    async def post(self, channel_id: str, message: Message) -> None:
        """Post to a conversation, or to a person by user id (chat.postMessage)."""
        await self._patiently("chat.postMessage", json={"channel": channel_id, **message})

    async def respond(self, response_url: str, message: Message, *, in_channel: bool) -> None:
        """Post through a `response_url`: to everybody there, or to the one person."""
        whom = "in_channel" if in_channel else "ephemeral"
        await patiently(partial(self._api.respond, response_url, {**message, "response_type": whom}))

    async def members(self, usergroup_id: str) -> frozenset[str]:
        """Read the user ids of a user group (usergroups.users.list)."""
        answer = await self._patiently("usergroups.users.list", query={"usergroup": usergroup_id})
        return answer.read(lambda body: frozenset(body["users"]))

    async def is_active(self, user_id: str) -> bool:
        """Tell whether an account is in use, and not deactivated (users.info)."""
        answer = await self._patiently("users.info", query={"user": user_id})
        return answer.read(lambda body: not body["user"].get("deleted"))

    async def sees(self, channel_id: str) -> bool:
        """Tell whether there is a conversation that the bot can see (chat.getPermalink).

        That needs no scope. The message cannot be there, so Slack's refusal says whether the conversation is.
        """
        try:
            await self._patiently("chat.getPermalink", query={"channel": channel_id, "message_ts": NEVER})
        except SlackRefused as error:
            if error.code == "channel_not_found":
                return False
            if error.code != "message_not_found":
                raise
        return True

    async def check_app_token(self, app_token: str) -> None:
        """Ask for a Socket Mode address, which only a good app token gets (apps.connections.open)."""
        await self._patiently("apps.connections.open", token=app_token)

    async def _patiently(self, method: str, **content: Any) -> Answer:  # noqa: ANN401 - as `call` takes it
        return await patiently(partial(self._api.call, method, **content))
