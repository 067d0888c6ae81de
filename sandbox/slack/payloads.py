"""Pure: the payloads that tell the bot what a person did.

Follows docs.slack.dev/interactivity/implementing-slash-commands and …/reference/interaction-payloads.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.slack.inputs import state_values
from sandbox.slack.messages import message_answer
from sandbox.slack.views import view_answer
from sandbox.slack.workspace import TEAM_DOMAIN, Channel, Message, User, View, Workspace

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - Slack's deprecated field, no secret
_EMOJI = {"🎉": "tada", "👋": "wave", "📞": "telephone_receiver", "🇩🇪": "flag-de", "🥚": "egg", "❤️": "heart"}
"""The emoji that the sandbox's people type."""
_TONES = {tone: f":skin-tone-{number}:" for number, tone in enumerate("🏻🏼🏽🏾🏿", 2)}
_MENTION = re.compile(r"(?<!\S)([@#])([\w.-]*\w)")


def escaped(workspace: Workspace, text: str) -> str:
    """Write a command's text as `should_escape: true` makes Slack send it.

    `&`, `<`, `>` become entities, `@handle` becomes `<@U1|handle>` and `#channel` becomes `<#C1|channel>`, a
    private one without its name; an emoji becomes its code. What Slack does to web addresses here is not
    documented: they are left alone.
    """
    people = {user.name: f"{user.id}|{user.name}" for user in workspace.people.values()}
    channels = {
        channel.name: f"{channel.id}|{channel.name if channel.kind == 'public' else ''}"
        for channel in workspace.channels.values()
        if channel.kind in {"public", "private"}
    }

    def mention(match: re.Match[str]) -> str:
        known = (people if match[1] == "@" else channels).get(match[2])
        return f"<{match[1]}{known}>" if known else match[0]

    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for emoji, name in _EMOJI.items():
        entities = entities.replace(emoji, f":{name}:")
    for tone, code in _TONES.items():
        entities = entities.replace(tone, code)
    return _MENTION.sub(mention, entities)


def slash_command(
    workspace: Workspace, user: User, channel: Channel, command: str, text: str
) -> dict[str, Any]:
    """Fill the form fields of a slash command, without its response_url and trigger_id."""
    enterprise_id = _enterprise_of(workspace, user)
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team_id,
        "team_domain": TEAM_DOMAIN,
        **({"enterprise_id": enterprise_id, "enterprise_name": "Organisation"} if enterprise_id else {}),
        "channel_id": channel.id,
        "channel_name": channel.wire_name(),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escaped(workspace, text),
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
    }


def interaction(workspace: Workspace, user: User, kind: str, **fields: object) -> dict[str, Any]:
    """Fill what all interactive payloads share; team and organisation are the person's."""
    enterprise_id = _enterprise_of(workspace, user)
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "api_app_id": workspace.app_id,
        "team": {"id": user.team_id, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "enterprise": {"id": enterprise_id, "name": "Organisation"} if enterprise_id else None,
        "is_enterprise_install": False,
        **fields,
    }


def chosen_message(
    workspace: Workspace, user: User, callback_id: str, message: Message, **keys: str
) -> dict[str, Any]:
    """Describe a shortcut in the menu of a message; `keys` are its trigger_id and response_url.

    Follows docs.slack.dev/interactivity/implementing-shortcuts.
    """
    channel = workspace.channels[message.channel_id]
    return interaction(
        workspace,
        user,
        "message_action",
        callback_id=callback_id,
        channel={"id": channel.id, "name": channel.wire_name()},
        message_ts=message.ts,
        message=message_answer(workspace, message),
        action_ts=workspace.timestamp(),
        **keys,
    )


def _enterprise_of(workspace: Workspace, user: User) -> str | None:
    return workspace.enterprise_id if user.team_id == workspace.team_id else user.enterprise_id


def event(workspace: Workspace, user: User, happened: Mapping[str, Any]) -> dict[str, Any]:
    """Wrap an event as the Events API does. Follows docs.slack.dev/apis/events-api."""
    number, now = workspace.number(), int(workspace.clock())
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team_id,
        "enterprise_id": _enterprise_of(workspace, user),
        "api_app_id": workspace.app_id,
        "event": {**happened, "event_ts": f"{now}.{number:06d}"},
        "type": "event_callback",
        "event_id": f"Ev{number:09d}",
        "event_time": now,
        "authorizations": [
            {
                "enterprise_id": workspace.enterprise_id,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": user.team_id != workspace.team_id,
    }


def app_home_opened(workspace: Workspace, user: User, channel: Channel, tab: str) -> dict[str, Any]:
    """Say that somebody looks at the App Home. Follows docs.slack.dev/reference/events/app_home_opened."""
    happened: dict[str, Any] = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": tab,
    }
    home = workspace.homes.get(user.id)
    shown = {**happened, "view": view_answer(home)} if home and tab == "home" else happened
    return event(workspace, user, shown)


def pressed(element: Mapping[str, Any], block_id: str, action_ts: str, **what: object) -> dict[str, Any]:
    """Describe a press of a button, a choice in a menu (`selected_option`), or a text (`value`)."""
    names = ("action_id", "text", "value", "style", "url", "placeholder")
    kept = {name: element[name] for name in names if name in element}
    return {"type": element["type"], "block_id": block_id, **kept, **what, "action_ts": action_ts}


def place(workspace: Workspace, where: View | Message) -> dict[str, Any]:
    """Say where an element stands: a view, or a message and its channel (ephemeral ones are not repeated)."""
    if isinstance(where, View):
        return {"container": {"type": "view", "view_id": where.id}, "view": view_answer(where)}
    channel = workspace.channels[where.channel_id]
    ephemeral = where.ephemeral_to is not None
    found = {
        "container": {
            "type": "message",
            "message_ts": where.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        },
        "channel": {"id": channel.id, "name": channel.wire_name()},
        "state": {"values": state_values({"blocks": where.blocks}, where.values, workspace.named_file)},
    }
    return found if ephemeral else {**found, "message": message_answer(workspace, where)}
