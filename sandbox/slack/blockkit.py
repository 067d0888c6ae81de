"""Pure: what Slack would refuse in a view or a message, and what in it would ping, link or format.

Follows docs.slack.dev/reference/views, …/reference/block-kit and …/methods/chat.postMessage. Three readings
are the strictest ones, as the pages leave them open: characters are UTF-16 units, a view's size is that of
its JSON in ASCII, and the blocks of a message hold 13 200 characters in all.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.blocks import BLOCK, IN_MODAL
from sandbox.slack.elements import IDENTIFIER, plain_text
from sandbox.slack.schema import boolean, each, one_of, problem, shape, string, units

VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
TITLE = 24
PRIVATE_METADATA = 3000
MESSAGE_BLOCKS = 50
MESSAGE_TEXT = 40_000
MESSAGE_BLOCKS_TEXT = 13_200

_VIEW = shape(
    {
        "type": one_of("modal"),
        "title": plain_text(TITLE),
        "blocks": each(IN_MODAL, VIEW_BLOCKS),
    },
    {
        "submit": plain_text(TITLE),
        "close": plain_text(TITLE),
        "private_metadata": string(PRIVATE_METADATA, 0),
        "callback_id": string(IDENTIFIER, 0),
        "external_id": string(IDENTIFIER, 0),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
)
_HOME = shape(
    {"type": one_of("home"), "blocks": each(BLOCK, VIEW_BLOCKS)},
    {
        "private_metadata": string(PRIVATE_METADATA, 0),
        "callback_id": string(IDENTIFIER, 0),
        "external_id": string(IDENTIFIER, 0),
    },
)
_MESSAGE_BLOCKS = each(BLOCK, MESSAGE_BLOCKS, 0)


def view_problems(view: object) -> list[str]:
    """List why Slack would refuse a modal, worded as `response_metadata.messages`; [] when it takes it."""
    found = list(_VIEW(view, "/view"))
    if isinstance(view, dict) and not found:
        found += [*_form_problems(view), *_focus_problems(view), *_whole_view_problems(view)]
    return found


def home_problems(view: object) -> list[str]:
    """List why Slack would refuse the view of an App Home, worded as `view_problems` does."""
    found = list(_HOME(view, "/view"))
    if isinstance(view, dict) and not found:
        found += [*_url_problems(view), *_focus_problems(view), *_whole_view_problems(view)]
    return found


def message_problems(message: Mapping[str, object]) -> list[str]:
    """List why Slack would refuse a message, each as `error_code: sentence`; [] when it would take it.

    Codes: `no_text`, `msg_too_long`, `invalid_arguments`, `invalid_blocks`, `msg_blocks_too_long`,
    `invalid_metadata_format`, `invalid_attachments`.
    """
    found = [*_text_problems(message), *_other_problems(message)]
    blocks = message.get("blocks")
    if blocks is not None:
        found += [f"invalid_blocks: {one}" for one in _MESSAGE_BLOCKS(blocks, "/blocks")]
    if blocks and not found:
        found += _whole_blocks_problems(blocks)
    return found


def _form_problems(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view["blocks"]
    if "submit" not in view and any(block["type"] == "input" for block in blocks):
        yield problem("missing required field: submit, as there are input blocks", "/view")


def _url_problems(view: Mapping[str, Any]) -> Iterator[str]:
    for index, block in enumerate(view["blocks"]):
        if block.get("element", {}).get("response_url_enabled"):
            where = f"/view/blocks/{index}/element"
            yield problem("response_url_enabled works in the input blocks of a modal alone", where)


def _whole_view_problems(view: Mapping[str, Any]) -> Iterator[str]:
    yield from _block_id_problems(view["blocks"], "/view/blocks")
    if len(json.dumps(view)) > VIEW_BYTES:
        yield problem(f"view must be less than {VIEW_BYTES} bytes", "/view")


def _focus_problems(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view["blocks"]
    focused = [block for block in blocks if block.get("element", {}).get("focus_on_load")]
    if len(focused) > 1:
        yield problem("only one element may have focus_on_load", "/view/blocks")


def _block_id_problems(blocks: list[dict[str, Any]], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name is not None and name in seen:
            yield problem(f"block_id {name} already exists", f"{path}/{index}/block_id")
        seen.add(str(name))


def _text_problems(message: Mapping[str, object]) -> Iterator[str]:
    text, blocks = message.get("text"), message.get("blocks")
    if text is not None:
        for one in string(MESSAGE_TEXT, 0)(text, "/text"):
            yield f"{'msg_too_long' if 'less than' in one else 'invalid_arguments'}: {one}"
    if not blocks and not (isinstance(text, str) and text.strip()):
        yield "no_text: neither a text nor blocks"


def _other_problems(message: Mapping[str, object]) -> Iterator[str]:
    if message.get("attachments"):
        yield "invalid_attachments: the sandbox does not know attachments"
    metadata = message.get("metadata")
    if metadata is None:
        return
    fields = metadata if isinstance(metadata, dict) else {}
    if not isinstance(fields.get("event_type"), str) or not isinstance(fields.get("event_payload"), dict):
        yield "invalid_metadata_format: event_type (a string) and event_payload (an object) are required"


def _whole_blocks_problems(blocks: Any) -> Iterator[str]:  # noqa: ANN401 - its shape was checked before
    for one in _block_id_problems(blocks, "/blocks"):
        yield f"invalid_blocks: {one}"
    size = sum(units(text) for text in _texts(blocks))
    if size > MESSAGE_BLOCKS_TEXT:
        yield f"msg_blocks_too_long: {size} characters"


def _texts(value: object) -> Iterator[str]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, entry in entries:
        if isinstance(entry, str) and name == "text":
            yield entry
        else:
            yield from _texts(entry)
