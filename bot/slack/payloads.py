"""What Slack sends, read once into types. Pure: no I/O.

Only the fields that the bot uses are kept, so nothing odd in a payload travels further than this module.
Source: https://docs.slack.dev/interactivity/ (slash commands, shortcuts, view submissions, block actions).
"""

import json
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError

from bot.errors import UnreadablePayload

__all__ = [
    "Action",
    "BlockActions",
    "Command",
    "InputState",
    "Payload",
    "Reference",
    "ResponseUrl",
    "Shortcut",
    "ViewPayload",
    "ViewState",
    "ViewSubmission",
    "private_texts",
    "read_form",
    "read_payload",
]


class _Theirs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Reference(_Theirs):
    """Something that is named by its id: a user, a team, a channel."""

    id: str


class Command(_Theirs):
    """A slash command; `text` is what was typed behind it, with `&`, `<` and `>` escaped."""

    command: str
    text: str = ""
    user_id: str
    channel_id: str
    trigger_id: str
    response_url: str
    team_id: str = ""


class Shortcut(_Theirs):
    """A global shortcut; it names no channel."""

    type: Literal["shortcut"]
    callback_id: str
    trigger_id: str
    user: Reference
    team: Reference | None = None


class InputState(_Theirs):
    """What one input holds; which field is filled depends on its type."""

    value: str | None = None
    selected_conversation: str | None = None
    selected_options: list[dict[str, object]] = []


class ViewState(_Theirs):
    """What all inputs hold, by block_id, then action_id."""

    values: dict[str, dict[str, InputState]] = {}


class ViewPayload(_Theirs):
    """A modal."""

    id: str
    type: str = "modal"
    callback_id: str = ""
    private_metadata: str = ""
    state: ViewState = ViewState()


class ResponseUrl(_Theirs):
    """A way to post into the conversation that was chosen in a form."""

    channel_id: str
    response_url: str


class ViewSubmission(_Theirs):
    """Somebody pressed a form's submit button."""

    type: Literal["view_submission"]
    user: Reference
    team: Reference | None = None
    view: ViewPayload
    response_urls: list[ResponseUrl] = []


class Action(_Theirs):
    """A button that was pressed; `value` is what the bot put into it."""

    type: str
    action_id: str
    block_id: str = ""
    value: str | None = None


class BlockActions(_Theirs):
    """Somebody pressed a button in a form (`view`) or in a message (`channel`, `response_url`)."""

    type: Literal["block_actions"]
    user: Reference
    team: Reference | None = None
    trigger_id: str
    channel: Reference | None = None
    view: ViewPayload | None = None
    response_url: str | None = None
    actions: Annotated[list[Action], Field(min_length=1)]


def _kind(payload: object) -> str | None:
    if not isinstance(payload, dict):
        return None
    return "command" if "command" in payload else payload.get("type")


Payload = Annotated[
    Annotated[Command, Tag("command")]
    | Annotated[Shortcut, Tag("shortcut")]
    | Annotated[ViewSubmission, Tag("view_submission")]
    | Annotated[BlockActions, Tag("block_actions")],
    Discriminator(_kind),
]
_PAYLOAD: TypeAdapter[Command | Shortcut | ViewSubmission | BlockActions] = TypeAdapter(Payload)


def read_form(body: bytes) -> dict[str, object]:
    """Read an HTTP body: a command's form fields, or the JSON in the field `payload`.

    Raises `UnreadablePayload`. A command is told by its own field, so its text may hold any word.
    """
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict"))
        payload: object = fields if "command" in fields else json.loads(fields["payload"])
    except (ValueError, KeyError, RecursionError) as problem:
        raise UnreadablePayload("not a command and not an interaction") from problem
    if not isinstance(payload, dict):
        raise UnreadablePayload("not a JSON object")
    return payload


def read_payload(payload: Mapping[str, object]) -> Command | Shortcut | ViewSubmission | BlockActions:
    """Read a payload into its type; raises `UnreadablePayload`, whose text holds none of the payload."""
    try:
        return _PAYLOAD.validate_python(payload)
    except ValidationError as problem:
        where = {".".join(str(part) for part in each["loc"][:2]) for each in problem.errors()}
        raise UnreadablePayload(f"cannot read {', '.join(sorted(where)) or 'its kind'}") from None


def private_texts(payload: Command | Shortcut | ViewSubmission | BlockActions) -> list[str]:
    """List what of a payload no log may hold: what was typed into a form, and Slack's one-time keys."""
    if isinstance(payload, ViewSubmission):
        inputs = [each for block in payload.view.state.values.values() for each in block.values()]
        urls = [each.response_url for each in payload.response_urls]
        found = [*urls, *(each.value for each in inputs), payload.view.private_metadata]
    elif isinstance(payload, BlockActions):
        values = [each.value for each in payload.actions]
        found = [payload.trigger_id, payload.response_url, *values, *map(_description, values)]
    elif isinstance(payload, Command):
        found = [payload.trigger_id, payload.response_url]
    else:
        found = [payload.trigger_id]
    return [each for each in found if each]


def _description(value: str | None) -> str | None:
    """Find the description in what the bot put into a button."""
    try:
        filling = json.loads(value or "")
    except (ValueError, RecursionError):
        return None
    found = filling.get("description") if isinstance(filling, dict) else None
    return found if isinstance(found, str) else None
