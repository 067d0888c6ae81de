"""What the page shows one person, as JSON: workspace, Kore.ai, bot, and what went between them. No I/O.

A snapshot is small enough to be sent at every change. The bodies of the traffic are fetched one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sandbox.ends import Ends
from sandbox.kore.faults import ANY, FAULTS
from sandbox.kore.routes import OPERATIONS
from sandbox.kore.server import Call, LocalKore
from sandbox.page.examples import EXAMPLES
from sandbox.process import BotProcess
from sandbox.slack.files import TRAPS, pretty_type
from sandbox.slack.inputs import fields
from sandbox.slack.server import LocalSlack
from sandbox.slack.traffic import Exchange
from sandbox.slack.views import may_choose
from sandbox.slack.workspace import Channel, File, Message, View, Workspace

COMMANDS = [
    {
        "name": "/contactlist",
        "description": "Create a contact list in Kore.ai, or find one",
        "usage": "[name of the new list], add [name], list [words], show [name or ID] or help",
    }
]
SHORTCUTS = [
    {
        "type": "global",
        "callback_id": "create_contact_list",
        "name": "Create contact list",
        "description": "Opens the same form as /contactlist",
    },
    {
        "type": "message",
        "callback_id": "add_contacts_from_file",
        "name": "Add contacts from file",
        "description": "Fills a contact list from a file in the message",
    },
]
"""What the app offers; a test compares both with manifest.yml."""
PLAIN_FAULTS = {
    "drop_after_commit": "Kore.ai loses the answer",
    "slow": "Kore.ai is slow",
    "flat_error": "Kore.ai says no",
    "timeout": "Kore.ai never answers",
    "server_error": "Kore.ai breaks down",
    "rate_limited": "Kore.ai is over its request limit",
    "accepted_and_lost": "Kore.ai accepts contacts and loses them",
    "added_in_part": "Kore.ai adds half of the contacts, then breaks down",
}
"""The faults that come up in life, as people would say it."""
SHOWN_TRAFFIC = 150
SHOWN_LOG = 60
SHOWN_CALLS = 300
KINDS = ("public", "private", "im")
_OF_A_VIEW = ("type", "title", "submit", "close", "blocks")

Json = dict[str, Any]


def snapshot(ends: Ends, bot: BotProcess, person_id: str, *, allowed: Sequence[str]) -> Json:
    """Describe everything that this person's page shows now; `allowed` are those who may use the bot."""
    space = ends.slack.workspace
    return {
        "me": person_id,
        "bot_user": space.bot_user_id,
        "people": [
            {**asdict(user), "may_use": user.id in allowed}
            for user in space.people.values()
            if user.id != space.bot_user_id
        ],
        "names": space.names(),
        "channels": list(_channels(space, person_id)),
        "views": [_view(view) for view in _open_views(space, person_id)],
        "home": _view(space.homes[person_id]) if person_id in space.homes else None,
        "commands": COMMANDS,
        "shortcuts": [one for one in SHORTCUTS if one["type"] == "global"],
        "message_shortcuts": [one for one in SHORTCUTS if one["type"] == "message"],
        "examples": [{"name": one.name, "note": one.note} for one in EXAMPLES.values()],
        "file_traps": TRAPS,
        "file_trap": space.file_trap,
        "kore": _kore(ends.kore),
        "bot": {"state": bot.state, "process_id": bot.process_id, "log": list(bot.log)[-SHOWN_LOG:]},
        "traffic": _traffic(ends.slack, ends.kore),
    }


def exchange(ends: Ends, name: str) -> Json | None:
    """Give one exchange in full, its secrets hidden; None if there is none of that name."""
    kind, number = name[:1], int(name[1:]) if name[1:].isdecimal() else -1
    if kind == "s" and 0 <= number < len(ends.slack.traffic):
        shown = ends.slack.traffic[number].masked()
        return {"request": shown.request, "answer": shown.answer}
    if kind == "k" and 0 <= number < len(ends.kore.calls):
        call = ends.kore.calls[number].masked()
        address = {"method": call.method, "path": call.path, "query": call.query}
        return {"request": {**address, "headers": call.headers, "body": call.body}, "answer": call.answer}
    return None


def _channels(space: Workspace, person_id: str) -> Iterator[Json]:
    seen = [one for one in space.channels.values() if one.is_seen_by(person_id) and not one.is_archived]
    for channel in sorted(seen, key=lambda one: KINDS.index(one.kind)):
        with_bot = space.bot_user_id in channel.members
        yield {
            "id": channel.id,
            "name": _name(space, channel, person_id),
            "kind": "app" if channel.kind == "im" and with_bot else channel.kind,
            "has_bot": with_bot,
            "members": len(channel.members),
            "messages": [_message(space, one) for one in channel.messages if _is_shown(one, person_id)],
        }


def _name(space: Workspace, channel: Channel, person_id: str) -> str:
    others = [space.people[each].real_name for each in sorted(channel.members) if each != person_id]
    return ", ".join(others) if channel.kind == "im" else channel.name


def _is_shown(message: Message, person_id: str) -> bool:
    return not message.deleted and message.ephemeral_to in {None, person_id}


def _message(space: Workspace, message: Message) -> Json:
    return {
        "ts": message.ts,
        "author": space.bot_user_id if message.author == "bot" else message.author,
        "text": message.text,
        "plain": message.payload.get("mrkdwn") is False,
        "blocks": message.blocks,
        "values": [[*key, value] for key, value in message.values.items()],
        "ephemeral": message.ephemeral_to is not None,
        "edited": message.edits > 0,
        "thread": message.thread_ts,
        "files": [_file(each) for each in message.files],
    }


def _open_views(space: Workspace, person_id: str) -> list[View]:
    return [one for one in space.views.values() if one.user_id == person_id and one.state == "open"]


def _view(view: View) -> Json:
    """Show a view without what the app keeps in it unseen."""
    return {
        **{name: view.payload.get(name) for name in _OF_A_VIEW},
        "id": view.id,
        "hash": view.hash,
        "values": [[*key, value] for key, value in view.values.items()],
        "errors": view.errors,
        "alert": view.alert,
        "conversations": _conversations(view),
        "files": {file_id: _file(view.workspace.files[file_id]) for file_id in _files_in(view)},
    }


def _file(file: File) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "size": len(file.content),
        "kind": pretty_type(file),
        "is_deleted": file.is_deleted,
    }


def _files_in(view: View) -> Iterator[str]:
    for block, element in fields(view.payload):
        if element["type"] == "file_input":
            yield from view.values[block["block_id"], element["action_id"]] or []


def _conversations(view: View) -> dict[str, list[str]]:
    """List, by block_id, the channels that a conversations_select offers."""
    return {
        block["block_id"]: [
            channel_id
            for channel_id in view.workspace.channels
            if may_choose(view.workspace, view.user_id, element, channel_id)
        ]
        for block, element in fields(view.payload)
        if element["type"] == "conversations_select"
    }


def _kore(kore: LocalKore) -> Json:
    return {
        "rate_per_minute": kore.rate_per_minute,
        "called_at": [call.at for call in kore.calls[-SHOWN_CALLS:]],
        "lists": [
            {
                "id": list_id,
                "name": each["name"],
                "description": each["description"],
                "allow_duplicates": each["allowDuplicates"],
                "contacts": each["totalRecordCount"],
                "created_at": each["createdAt"],
            }
            for list_id, each in kore.lists.items()
        ],
        "plain_faults": PLAIN_FAULTS,
        "faults": FAULTS,
        "operations": [*OPERATIONS, ANY],
        "waiting": [{"name": one.name, "operation": one.operation} for one in kore.faults_waiting],
    }


def _traffic(slack: LocalSlack, kore: LocalKore) -> list[Json]:
    rows = [
        *(_slack_row(f"s{number}", one) for number, one in enumerate(slack.traffic)),
        *(_kore_row(f"k{number}", one) for number, one in enumerate(kore.calls)),
    ]
    return sorted(rows, key=lambda row: row["at"])[-SHOWN_TRAFFIC:]


def _slack_row(name: str, one: Exchange) -> Json:
    from_slack = one.sender == "slack"
    answer = one.answer if isinstance(one.answer, dict) else {}
    return {
        "id": name,
        "at": one.at,
        "from": "Slack" if from_slack else "Bot",
        "to": "Bot" if from_slack else "Slack",
        "what": _label(one.request) if from_slack else one.what,
        "how": one.what if from_slack else "",
        "status": one.status,
        "note": str(answer.get("error", answer.get("response_action", ""))),
        "milliseconds": round(one.seconds * 1000) if from_slack else None,
        "is_fine": one.status == 200 and answer.get("ok", True),  # noqa: PLR2004 - HTTP's own number
    }


def _label(payload: Json) -> str:
    """Name what Slack sends: the command, the event, or the kind of the interaction."""
    event = payload.get("event") or {}
    return str(payload.get("command") or event.get("type") or payload.get("type"))


def _kore_row(name: str, call: Call) -> Json:
    return {
        "id": name,
        "at": call.at,
        "from": "Bot",
        "to": "Kore.ai",
        "what": call.operation,
        "how": f"{call.method} {call.path}",
        "status": call.status,
        "note": call.reason or (f"fault: {call.fault}" if call.fault else ""),
        "milliseconds": None,
        "is_fine": 200 <= call.status < 300,  # noqa: PLR2004 - HTTP's own numbers
    }
