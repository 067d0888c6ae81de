"""The Web API methods that the sandbox knows, one function each: arguments in, answer out. No I/O.

Follows docs.slack.dev/methods: each function is the page of its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.slack import files, messages, views
from sandbox.slack.tickets import Triggers
from sandbox.slack.workspace import TEAM_DOMAIN, Channel, RefusalError, Workspace

Arguments: TypeAlias = Mapping[str, Any]
Result: TypeAlias = dict[str, Any]
_ANY_READ = frozenset({"channels:read", "groups:read", "im:read", "mpim:read"})
_ANY_OPEN = frozenset({"im:write", "mpim:write", "channels:manage", "groups:write"})


@dataclass(frozen=True)
class Office:
    """What the methods work with; `connect` makes the address of a new socket."""

    workspace: Workspace
    triggers: Triggers
    connect: Callable[[], str]


@dataclass(frozen=True)
class Method:
    """A method, the scopes of which one is needed (none: any token), and the kind of token."""

    run: Callable[[Office, Arguments], Result]
    scopes: frozenset[str] = frozenset()
    token: str = "bot"  # noqa: S105 - the kind of token, not one
    reads_json: bool = True


def auth_test(office: Office, _: Arguments) -> Result:
    """Say whose token it is."""
    space = office.workspace
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Sandbox",
        "user": space.people[space.bot_user_id].name,
        "team_id": space.team_id,
        "user_id": space.bot_user_id,
        "bot_id": space.bot_id,
        "is_enterprise_install": False,
        **({"enterprise_id": space.enterprise_id} if space.enterprise_id else {}),
    }


def bots_info(office: Office, arguments: Arguments) -> Result:
    """Describe the bot, with the app that it is of."""
    space = office.workspace
    if arguments.get("bot") != space.bot_id:
        raise RefusalError("bot_not_found")
    return {
        "bot": {
            "id": space.bot_id,
            "app_id": space.app_id,
            "user_id": space.bot_user_id,
            "name": space.people[space.bot_user_id].name,
            "deleted": False,
        }
    }


def apps_connections_open(office: Office, _: Arguments) -> Result:
    """Make the address of a socket."""
    return {"url": office.connect()}


def views_open(office: Office, arguments: Arguments) -> Result:
    """Open a form for a trigger, which a faulty view uses up too (not documented: the strict reading)."""
    view, trigger_id = _view(arguments), arguments.get("trigger_id")
    trigger = office.triggers.redeem(trigger_id)
    opened = views.open_view(office.workspace, trigger, view)
    return {"view": views.view_answer(opened)}


def views_push(office: Office, arguments: Arguments) -> Result:
    """Lay a form over the one that the trigger came from."""
    view, trigger = _view(arguments), office.triggers.redeem(arguments.get("trigger_id"))
    pushed = views.push_view(office.workspace, trigger, view)
    return {"view": views.view_answer(pushed)}


def views_update(office: Office, arguments: Arguments) -> Result:
    """Replace the content of an open form."""
    payload = _view(arguments)
    view = views.find_view(office.workspace, arguments)
    return {"view": views.view_answer(views.replace_view(office.workspace, view, payload))}


def views_publish(office: Office, arguments: Arguments) -> Result:
    """Show or replace the App Home of one person."""
    home = views.publish_home(office.workspace, arguments, _view(arguments))
    return {"view": views.view_answer(home)}


def chat_post_message(office: Office, arguments: Arguments) -> Result:
    """Post a message."""
    anywhere = "chat:write.public" in office.workspace.scopes
    message = messages.post(office.workspace, arguments, to_any_public=anywhere)
    shown = messages.message_answer(office.workspace, message)
    return {"channel": message.channel_id, "ts": message.ts, "message": shown}


def chat_post_ephemeral(office: Office, arguments: Arguments) -> Result:
    """Post a message that one person sees."""
    return {"message_ts": messages.post_ephemeral(office.workspace, arguments).ts}


def chat_update(office: Office, arguments: Arguments) -> Result:
    """Change a message of the bot."""
    message = messages.own_message(office.workspace, arguments, "cant_update_message")
    messages.rewrite(office.workspace, message, arguments)
    shown = messages.message_answer(office.workspace, message)
    return {"channel": message.channel_id, "ts": message.ts, "text": message.text, "message": shown}


def chat_delete(office: Office, arguments: Arguments) -> Result:
    """Delete a message of the bot."""
    message = messages.own_message(office.workspace, arguments, "cant_delete_message")
    messages.delete(office.workspace, message)
    return {"channel": message.channel_id, "ts": message.ts}


def chat_get_permalink(office: Office, arguments: Arguments) -> Result:
    """Make the link to a message, in a conversation that the bot may know of."""
    channel = _known_channel(office, arguments)
    ts = arguments.get("message_ts")
    if not any(one.ts == ts and not one.deleted and one.ephemeral_to is None for one in channel.messages):
        raise RefusalError("message_not_found")
    number = str(ts).replace(".", "")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{number}"
    return {"channel": channel.id, "permalink": link}


def conversations_open(office: Office, arguments: Arguments) -> Result:
    """Open the direct messages with one person; groups are not known here."""
    users = arguments.get("users") or ""
    names = str(",".join(map(str, users)) if isinstance(users, list) else users).split(",")
    if len(names) != 1 or not names[0]:
        raise RefusalError("too_many_users" if users else "users_list_not_supplied")
    known = f"D{names[0][1:]}" in office.workspace.channels
    channel = messages.direct(office.workspace, names[0])
    return {"channel": {"id": channel.id}, "no_op": known, "already_open": known}


def conversations_info(office: Office, arguments: Arguments) -> Result:
    """Describe a channel that the bot may know of."""
    channel = _known_channel(office, arguments)
    return {"channel": _channel_answer(channel, office.workspace.bot_user_id)}


def users_info(office: Office, arguments: Arguments) -> Result:
    """Describe a person."""
    space = office.workspace
    user = space.people.get(str(arguments.get("user")))
    if user is None:
        raise RefusalError("user_not_found")
    return {
        "user": {
            "id": user.id,
            "team_id": user.team_id,
            "name": user.name,
            "real_name": user.real_name,
            "deleted": user.is_deactivated,
            "is_bot": user.id == space.bot_user_id,
            "tz": "Etc/UTC",
            "tz_offset": 0,
            "profile": {"real_name": user.real_name, "display_name": user.name},
        }
    }


def usergroups_users_list(office: Office, arguments: Arguments) -> Result:
    """List the people in a user group."""
    group = str(arguments.get("usergroup"))
    if group not in office.workspace.user_groups:
        raise RefusalError("no_such_subteam")
    return {"users": list(office.workspace.user_groups[group])}


def files_info(office: Office, arguments: Arguments) -> Result:
    """Describe a file that the app may see."""
    return {"file": files.info(office.workspace, arguments.get("file")), "comments": []}


def files_get_upload_url_external(office: Office, arguments: Arguments) -> Result:
    """Make an address that takes the bytes of a file."""
    file = files.reserve(office.workspace, arguments)
    return {"upload_url": files.upload_url(office.workspace, file), "file_id": file.id}


def files_complete_upload_external(office: Office, arguments: Arguments) -> Result:
    """End the upload of files, and show them to somebody: only now they are there."""
    space = office.workspace
    channels = messages.channels_for_files(space, arguments)
    found = files.complete(space, arguments.get("files"))
    messages.share(space, channels, arguments, found)
    return {"files": [files.file_object(space, each) for each in found]}


METHODS = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(apps_connections_open, token="app"),  # noqa: S106 - the kind of token, not one
    "bots.info": Method(bots_info, frozenset({"users:read"})),
    "views.open": Method(views_open),
    "views.push": Method(views_push),
    "views.update": Method(views_update),
    "views.publish": Method(views_publish),
    "chat.postMessage": Method(chat_post_message, frozenset({"chat:write"})),
    "chat.postEphemeral": Method(chat_post_ephemeral, frozenset({"chat:write"})),
    "chat.update": Method(chat_update, frozenset({"chat:write"})),
    "chat.delete": Method(chat_delete, frozenset({"chat:write"})),
    "chat.getPermalink": Method(chat_get_permalink),
    "conversations.open": Method(conversations_open, _ANY_OPEN),
    "conversations.info": Method(conversations_info, _ANY_READ),
    "users.info": Method(users_info, frozenset({"users:read"})),
    "files.info": Method(files_info, frozenset({"files:read"})),
    # it is said to read JSON, and does not (Octember/earshot#10, seen in 2026)
    "files.getUploadURLExternal": Method(
        files_get_upload_url_external, frozenset({"files:write"}), reads_json=False
    ),
    "files.completeUploadExternal": Method(files_complete_upload_external, frozenset({"files:write"})),
    "usergroups.users.list": Method(usergroups_users_list, frozenset({"usergroups:read"})),
}


def _view(arguments: Arguments) -> Mapping[str, Any]:
    view = arguments.get("view")
    if not isinstance(view, dict):
        raise views.invalid("[ERROR] missing required field: view [json-pointer:]")
    return view


def _known_channel(office: Office, arguments: Arguments) -> Channel:
    """Find a conversation by its id alone."""
    name = str(arguments.get("channel"))
    if name not in office.workspace.channels:
        raise RefusalError("channel_not_found")
    return messages.channel_for_bot(office.workspace, name)


def _channel_answer(channel: Channel, bot_user_id: str) -> Result:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": channel.kind == "public",
        "is_private": channel.kind != "public",
        "is_im": channel.kind == "im",
        "is_archived": channel.is_archived,
        "is_member": bot_user_id in channel.members,
    }
