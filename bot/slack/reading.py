"""Reading what Slack sends, once, into the types of `bot.slack.payloads`. Pure: no I/O."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError

from bot.errors import UnreadablePayload
from bot.slack.payloads import (
    AnyPayload,
    BlockActions,
    Command,
    EventCallback,
    Handled,
    MessageShortcut,
    Payload,
    Shortcut,
    ViewSubmission,
)

_PAYLOAD: TypeAdapter[AnyPayload] = TypeAdapter(Payload)


def is_certificate_check(body: bytes) -> bool:
    """Return whether Slack is checking the TLS certificate: its only request that may come unsigned.

    Source: https://docs.slack.dev/interactivity/implementing-slash-commands ("ssl_check")
    """
    try:
        fields = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=2)
    except ValueError:
        return False
    return sorted(name for name, _ in fields) == ["ssl_check", "token"] and ("ssl_check", "1") in fields


def installed_in(payload: Handled) -> frozenset[str]:
    """Return the workspaces and organisations of the installation a payload is for, if it names them."""
    if isinstance(payload, EventCallback):
        return frozenset(
            filter(
                None, (id_ for each in payload.authorizations for id_ in (each.team_id, each.enterprise_id))
            )
        )
    view = payload.view if isinstance(payload, ViewSubmission | BlockActions) else None
    return frozenset(filter(None, [view.app_installed_team_id if view else ""]))


def read_form(body: bytes) -> dict[str, object]:
    """Read an HTTP body: a command's form fields, or the JSON in the field `payload`.

    Raises `UnreadablePayload`. A command is recognised by its `command` field, so its text may contain any
    word.
    """
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        payload: object = fields if "command" in fields else json.loads(fields["payload"])
    except (ValueError, KeyError, RecursionError) as problem:
        raise UnreadablePayload("not a command and not an interaction") from problem
    if not isinstance(payload, dict):
        raise UnreadablePayload("not a JSON object")
    return payload


def read_json(body: bytes | str) -> dict[str, object]:
    """Read plain JSON: an Events API body, or a Socket Mode message. Raises `UnreadablePayload`."""
    try:
        payload: object = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise UnreadablePayload("not JSON") from problem
    if not isinstance(payload, dict):
        raise UnreadablePayload("not a JSON object")
    return payload


def read_payload(payload: Mapping[str, object]) -> AnyPayload:
    """Read a payload into its type; raises `UnreadablePayload`, whose text quotes nothing from it."""
    try:
        return _PAYLOAD.validate_python(payload)
    except ValidationError as problem:
        where = {".".join(str(part) for part in each["loc"][:2]) for each in problem.errors()}
        raise UnreadablePayload(f"cannot read {', '.join(sorted(where)) or 'its kind'}") from None


def private_texts(payload: Payload) -> list[str]:
    """Return what must not be logged of a payload: text typed into a form, and Slack's one-time keys."""
    if isinstance(payload, ViewSubmission):
        inputs = [each for block in payload.view.state.values.values() for each in block.values()]
        urls = [each.response_url for each in payload.response_urls]
        typed = [each.value for each in inputs]
        files = [file.name for each in inputs for file in each.files]
        found = [*urls, *typed, payload.view.private_metadata, *files]
    elif isinstance(payload, BlockActions):
        values = [each.value for each in payload.actions]
        found = [payload.trigger_id, payload.response_url, *values, *map(_description, values)]
    elif isinstance(payload, Command):
        found = [payload.trigger_id, payload.response_url]
    elif isinstance(payload, MessageShortcut):
        found = [payload.trigger_id, payload.response_url, *(each.name for each in payload.files)]
    elif isinstance(payload, Shortcut):
        found = [payload.trigger_id]
    else:
        found = []
    return [each for each in found if each]


def _description(value: str | None) -> str | None:
    """Find the description in a button's value, as set by the bot."""
    try:
        filling = json.loads(value or "")
    except (ValueError, RecursionError):
        return None
    found = filling.get("description") if isinstance(filling, dict) else None
    return found if isinstance(found, str) else None
