"""Pure: the blocks that may stand in a view or a message.

Follows docs.slack.dev/reference/block-kit/blocks. What is not listed here is refused. Empty lists and white
space alone are refused too, where the pages are silent.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.elements import (
    IDENTIFIER,
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_MODAL_INPUT,
    IN_SECTION,
    URL,
    any_text,
    plain_text,
)
from sandbox.slack.schema import Check, boolean, both, each, number, one_of, problem, shape, string, typed

SECTION_TEXT = 3000
FIELD_TEXT = 2000
HEADER_TEXT = 150
LABEL = 2000
ACTIONS = 25
CONTEXT_ELEMENTS = 10
FIELDS = 10
RICH_TEXT = 4000
RICH_ELEMENTS = 1000
ALERT_TEXT = 2000
"""Not documented."""
LATEST = 253_402_300_799

_BLOCK = {"block_id": string(IDENTIFIER)}
_STYLE = {
    "style": shape(
        {}, {"bold": boolean, "italic": boolean, "strike": boolean, "underline": boolean, "code": boolean}
    )
}


def _says_something(block: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - its shape was checked before
    if "text" not in block and "fields" not in block:
        yield problem("missing required field: text or fields", path)


def _distinct_actions(block: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - its shape was checked before
    ids = [element["action_id"] for element in block["elements"] if "action_id" in element]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield problem(f"action_id {name} already exists for this block", path)


_LINK = shape({"url": string(URL)}, {"text": string(RICH_TEXT), "unsafe": boolean, **_STYLE})
_PLAIN = shape({"text": string(RICH_TEXT)}, _STYLE)
_DATE = shape(
    {"timestamp": number(0, LATEST), "format": string(255)},
    {"url": string(URL), "fallback": string(RICH_TEXT), **_STYLE},
)
INLINE = typed(
    {
        "text": _PLAIN,
        "link": _LINK,
        "user": shape({"user_id": string(IDENTIFIER)}, _STYLE),
        "usergroup": shape({"usergroup_id": string(IDENTIFIER)}, _STYLE),
        "channel": shape({"channel_id": string(IDENTIFIER)}, _STYLE),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLE),
        "emoji": shape(
            {"name": string(IDENTIFIER)}, {"unicode": string(IDENTIFIER), "skin_tone": number(1, 6)}
        ),
        "date": _DATE,
    }
)
_INLINES = {"elements": each(INLINE, RICH_ELEMENTS)}
_BORDER = {"border": number(0, 1)}
_SECTION = shape(_INLINES)
RICH = typed(
    {
        "rich_text_section": _SECTION,
        "rich_text_quote": shape(_INLINES, _BORDER),
        "rich_text_preformatted": shape(
            {"elements": each(typed({"text": _PLAIN, "link": _LINK}), RICH_ELEMENTS)}, _BORDER
        ),
        "rich_text_list": shape(
            {
                "style": one_of("bullet", "ordered"),
                "elements": each(typed({"rich_text_section": _SECTION}), RICH_ELEMENTS),
            },
            {"indent": number(0, 8), "offset": number(0, 10_000), **_BORDER},
        ),
    }
)
_CONTEXT_TEXT = any_text(SECTION_TEXT)


def _in_context(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict) and value.get("type") == "image":
        yield from IMAGE(value, path)
    else:
        yield from _CONTEXT_TEXT(value, path)


def _input(element: Check) -> Check:
    return shape(
        {"label": plain_text(LABEL), "element": element},
        {**_BLOCK, "hint": plain_text(LABEL), "optional": boolean, "dispatch_action": boolean},
    )


BLOCKS: dict[str, Check] = {
    "section": both(
        shape(
            {},
            {
                **_BLOCK,
                "text": any_text(SECTION_TEXT),
                "fields": each(any_text(FIELD_TEXT), FIELDS),
                "accessory": IN_SECTION,
                "expand": boolean,
            },
        ),
        _says_something,
    ),
    "header": shape({"text": plain_text(HEADER_TEXT)}, _BLOCK),
    "divider": shape({}, _BLOCK),
    "context": shape({"elements": each(_in_context, CONTEXT_ELEMENTS)}, _BLOCK),
    "actions": both(shape({"elements": each(IN_ACTIONS, ACTIONS)}, _BLOCK), _distinct_actions),
    "rich_text": shape({"elements": each(RICH, RICH_ELEMENTS)}, _BLOCK),
    "image": shape(
        {"image_url": string(URL), "alt_text": string(2000)}, {**_BLOCK, "title": plain_text(2000)}
    ),
    "input": _input(IN_INPUT),
}
BLOCK = typed(BLOCKS)
_ALERT = shape(
    {"text": any_text(ALERT_TEXT)},
    {**_BLOCK, "level": one_of("default", "info", "warning", "error", "success")},
)
IN_MODAL = typed({**BLOCKS, "input": _input(IN_MODAL_INPUT), "alert": _ALERT})
"""The same, with what may stand in a modal alone."""
