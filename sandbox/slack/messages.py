"""Posting, changing and deleting messages, through the Web API and through response URLs. No I/O.

Follows docs.slack.dev/methods/chat.postMessage, chat.postEphemeral, chat.update, chat.delete, and
docs.slack.dev/interactivity/handling-user-interaction for response URLs.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.slack.blockkit import message_problems
from sandbox.slack.files import file_object
from sandbox.slack.inputs import initial_values, kept_values, with_ids
from sandbox.slack.tickets import ResponsePermit
from sandbox.slack.workspace import Channel, File, Message, RefusalError, Workspace


def channel_for_bot(workspace: Workspace, name: object) -> Channel:
    """Find a channel by id, name or user id, or raise `channel_not_found` for what the bot cannot know of."""
    if not isinstance(name, str) or not name:
        raise RefusalError("channel_not_found")
    if name[0] in "UW":
        return direct(workspace, name)
    named = [
        one for one in workspace.channels.values() if one.kind == "public" and one.name == name.lstrip("#")
    ]
    channel = workspace.channels.get(name) or (named[0] if named else None)
    if channel is None or not channel.is_seen_by(workspace.bot_user_id):
        raise RefusalError("channel_not_found")
    return channel


def direct(workspace: Workspace, user_id: str) -> Channel:
    """Open the direct messages with a person, or raise `user_not_found` or `cannot_dm_bot`."""
    if user_id not in workspace.people:
        raise RefusalError("user_not_found")
    if user_id == workspace.bot_user_id:
        raise RefusalError("cannot_dm_bot")
    return workspace.direct_channel(user_id)


def post(workspace: Workspace, arguments: Mapping[str, Any], *, to_any_public: bool) -> Message:
    """Post for everybody in a channel; `to_any_public` is what the scope chat:write.public allows."""
    channel = channel_for_bot(workspace, arguments.get("channel"))
    if channel.is_archived:
        raise RefusalError("is_archived")
    if workspace.bot_user_id not in channel.members and not to_any_public:
        raise RefusalError("not_in_channel")
    return _add(workspace, channel, arguments, "chat.postMessage", None)


def post_ephemeral(workspace: Workspace, arguments: Mapping[str, Any]) -> Message:
    """Post for one person in a channel that the bot and the person are both in."""
    channel = channel_for_bot(workspace, arguments.get("channel"))
    if channel.is_archived:
        raise RefusalError("is_archived")
    if workspace.bot_user_id not in channel.members:
        raise RefusalError("not_in_channel")
    user_id = str(arguments.get("user"))
    if user_id not in channel.members:
        raise RefusalError("user_not_in_channel")
    return _add(workspace, channel, arguments, "chat.postEphemeral", user_id)


def own_message(workspace: Workspace, arguments: Mapping[str, Any], refusal: str) -> Message:
    """Find a message of the bot by `channel` and `ts`; `refusal` is for those of others."""
    channel = channel_for_bot(workspace, arguments.get("channel"))
    for message in channel.messages:
        if message.ts == arguments.get("ts") and not message.deleted and message.ephemeral_to is None:
            if message.author != "bot":
                raise RefusalError(refusal)
            return message
    raise RefusalError("message_not_found")


def rewrite(workspace: Workspace, message: Message, arguments: Mapping[str, Any]) -> None:
    """Give a message new content: what is not given is gone."""
    _check(arguments)
    filled = with_ids(arguments, f"b{workspace.number()}")
    message.text, message.blocks = filled.get("text") or "", filled.get("blocks") or []
    message.payload, message.metadata = dict(arguments), arguments.get("metadata")
    message.values = kept_values(filled, initial_values(filled, lambda _: message.channel_id), message.values)
    message.edits += 1
    workspace.changed()


def delete(workspace: Workspace, message: Message) -> None:
    """Take a message away for everybody."""
    message.deleted = True
    workspace.changed()


def respond(workspace: Workspace, permit: ResponsePermit, body: Mapping[str, Any]) -> None:
    """Do what was posted to a response URL: it reaches channels that the bot is not in.

    Without `response_type: in_channel` only the person sees it. `replace_original` and `delete_original` work
    on the message whose button was pressed; elsewhere there is no original, and a new message is posted.
    """
    channel = workspace.channels[permit.channel_id]
    original = permit.message
    if original is not None and original.deleted:
        original = None
    if body.get("delete_original") and original is not None:
        delete(workspace, original)
    elif body.get("replace_original") and original is not None:
        rewrite(workspace, original, body)
    else:
        answer_in(workspace, channel, permit.user_id, body, "response_url")


def answer_in(
    workspace: Workspace, channel: Channel, user_id: str, body: Mapping[str, Any], via: str
) -> Message:
    """Post an answer to what a person did, for them alone or for the channel as `response_type` asks."""
    if body.get("response_type", "ephemeral") not in {"ephemeral", "in_channel"}:
        raise RefusalError("invalid_payload")
    to = None if body.get("response_type") == "in_channel" else user_id
    if channel.is_archived:
        raise RefusalError("is_archived")
    return _add(workspace, channel, body, via, to)


def message_answer(workspace: Workspace, message: Message) -> dict[str, Any]:
    """Show a message as payloads and answers do."""
    of_bot = {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    shown: dict[str, Any] = {
        "type": "message",
        "user": workspace.bot_user_id if message.author == "bot" else message.author,
        **(of_bot if message.author == "bot" else {}),
        "team": workspace.team_id,
        "ts": message.ts,
        "text": message.text,
    }
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.metadata:
        shown["metadata"] = message.metadata
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.files:
        shown["files"] = [file_object(workspace, each) for each in message.files]
    return shown


def write(
    workspace: Workspace,
    author: str,
    channel: Channel,
    text: str,
    files: Sequence[File] = (),
    *,
    only_to: str | None = None,
) -> Message:
    """Put a message of a person, or of Slack itself, into a channel; the bot does not hear of it."""
    return _put(workspace, channel, author, {"text": text}, files, only_to=only_to, via="typed")


def channels_for_files(workspace: Workspace, arguments: Mapping[str, Any]) -> list[Channel]:
    """Find the channels in which files of the bot are to be shown: without any, they stay private.

    `channel_id` takes no user ids, `channels` does (slackapi/bolt-js#2115). A thread takes one channel.
    """
    one, many = arguments.get("channel_id"), str(arguments.get("channels") or "")
    if one is not None and not re.fullmatch("[CGDZ][A-Z0-9]+", str(one)):
        sentence = "[ERROR] input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]"
        raise RefusalError("invalid_arguments", response_metadata={"messages": [sentence]})
    names = [str(one)] if one is not None else [each for each in many.split(",") if each]
    if len(names) > 1 and arguments.get("thread_ts") is not None:
        raise RefusalError("invalid_arguments")
    if arguments.get("initial_comment"):
        _check({"text": arguments["initial_comment"]})
    return [_own_channel(workspace, each) for each in names]


def share(
    workspace: Workspace, channels: Sequence[Channel], arguments: Mapping[str, Any], files: Sequence[File]
) -> None:
    """Show files of the bot, with a comment; the answer does not say where the messages stand."""
    message = {**arguments, "text": arguments.get("initial_comment") or ""}
    for channel in channels:
        _put(workspace, channel, "bot", message, files, via="files.completeUploadExternal")


def _own_channel(workspace: Workspace, name: str) -> Channel:
    channel = channel_for_bot(workspace, name)
    if channel.is_archived:
        raise RefusalError("is_archived")
    if workspace.bot_user_id not in channel.members:
        raise RefusalError("not_in_channel")
    return channel


def _put(  # noqa: PLR0913 - keyword-only but the first, each has its own meaning
    workspace: Workspace,
    channel: Channel,
    author: str,
    payload: Mapping[str, Any],
    files: Sequence[File],
    *,
    via: str,
    only_to: str | None = None,
) -> Message:
    for file in files:
        file.shared_in.add(channel.id)
    message = Message(
        ts=workspace.timestamp(),
        channel_id=channel.id,
        author=author,
        text=str(payload["text"]),
        blocks=[],
        payload={**payload, "files": [workspace.named_file(each.id) for each in files]},
        ephemeral_to=only_to,
        via=via,
        thread_ts=thread_of(channel, payload),
        files=list(files),
    )
    channel.messages.append(message)
    workspace.changed()
    return message


def thread_of(channel: Channel, arguments: Mapping[str, Any]) -> str | None:
    """Find the thread that `thread_ts` asks for, if the channel has such a message.

    Slack does not refuse a reply to a message that is gone: it stands in the channel, and its answer has no
    `thread_ts` (slack-go/slack#1571). A reply is taken for no message to reply to, which is the strict
    reading of "use its parent instead".
    """
    ts = arguments.get("thread_ts")
    if ts is not None and not isinstance(ts, str):
        raise RefusalError("invalid_arguments")
    parents = [
        one.ts
        for one in channel.messages
        if not one.deleted and one.thread_ts is None and one.ephemeral_to is None
    ]
    return ts if ts in parents else None


def _add(
    workspace: Workspace, channel: Channel, arguments: Mapping[str, Any], via: str, ephemeral_to: str | None
) -> Message:
    _check(arguments)
    filled = with_ids(arguments, f"b{workspace.number()}")
    message = Message(
        ts=workspace.timestamp(),
        channel_id=channel.id,
        author="bot",
        text=filled.get("text") or "",
        blocks=filled.get("blocks") or [],
        payload=dict(arguments),
        ephemeral_to=ephemeral_to,
        via=via,
        metadata=filled.get("metadata"),
        thread_ts=thread_of(channel, arguments),
        values=initial_values(filled, lambda _: channel.id),
    )
    channel.messages.append(message)
    workspace.changed()
    return message


def _check(arguments: Mapping[str, Any]) -> None:
    problems = message_problems(arguments)
    if problems:
        code = problems[0].partition(":")[0]
        sentences = [one.partition(": ")[2] for one in problems]
        raise RefusalError(code, errors=sentences, response_metadata={"messages": sentences})
