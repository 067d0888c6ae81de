"""Pure: the interactive elements and composition objects that may stand in a block.

Follows docs.slack.dev/reference/block-kit/block-elements and …/composition-objects. What is not listed here
is refused, also where the real Slack would take it: the sandbox knows the elements that this bot may need.
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.schema import (
    Check,
    boolean,
    both,
    each,
    number,
    one_of,
    problem,
    shape,
    string,
    typed,
    units,
    visible,
)

IDENTIFIER = 255
PLAIN_TEXT_INPUT = 3000
CHOICES = 10
MENU_OPTIONS = 100
OVERFLOW_FEWEST = 2
OVERFLOW_OPTIONS = 5
OPTION_VALUE = 150
SHORT_TEXT = 75
PLACEHOLDER = 150
FILES = 10
BUTTON_VALUE = 2000
URL = 3000


def plain_text(maximum: int) -> Check:
    """Allow a `plain_text` object of at most `maximum` UTF-16 units."""
    return typed({"plain_text": shape({"text": visible(maximum)}, {"emoji": boolean})})


def any_text(maximum: int) -> Check:
    """Allow a `plain_text` or `mrkdwn` object of at most `maximum` UTF-16 units."""
    mrkdwn = shape({"text": visible(maximum)}, {"verbatim": boolean})
    plain = shape({"text": visible(maximum)}, {"emoji": boolean})
    return typed({"plain_text": plain, "mrkdwn": mrkdwn})


def _input_bounds(element: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - its shape was checked before
    low, high = element.get("min_length", 0), element.get("max_length", PLAIN_TEXT_INPUT)
    if low > high:
        yield problem("min_length must not be more than max_length", path)
    if units(element.get("initial_value", "")) > high:
        yield problem(f"must be less than {high + 1} characters", f"{path}/initial_value")


def _chosen(element: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - its shape was checked before
    options = element["options"]
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        yield problem("option values must be unique", f"{path}/options")
    chosen = element.get("initial_options", [])
    chosen = [*chosen, element["initial_option"]] if "initial_option" in element else chosen
    if any(option not in options for option in chosen):
        yield problem("initial options must match options exactly", path)


def _placed(element: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - its shape was checked before
    in_form = path.startswith("/view/") and path.endswith("/element")
    if element.get("response_url_enabled") and not in_form:
        yield problem("response_url_enabled works in the input blocks of a modal alone", path)


CONFIRM = shape(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)
_ACTION = {"action_id": string(IDENTIFIER)}
_ASKED = {**_ACTION, "confirm": CONFIRM, "focus_on_load": boolean}
_PLACED = {**_ASKED, "placeholder": plain_text(PLACEHOLDER)}

_MENU_OPTION = shape(
    {"text": plain_text(SHORT_TEXT), "value": string(OPTION_VALUE)},
    {"description": plain_text(SHORT_TEXT)},
)
_CHOICE = shape(
    {"text": any_text(SHORT_TEXT), "value": string(OPTION_VALUE)},
    {"description": any_text(SHORT_TEXT)},
)
_FILTER = shape(
    {},
    {
        "include": each(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_DISPATCH = shape({}, {"trigger_actions_on": each(one_of("on_enter_pressed", "on_character_entered"), 2)})

BUTTON = shape(
    {"text": plain_text(SHORT_TEXT)},
    {
        **_ACTION,
        "url": string(URL),
        "value": string(BUTTON_VALUE, 0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(SHORT_TEXT),
    },
)
_TEXT_INPUT = both(
    shape(
        {},
        {
            **_ACTION,
            "initial_value": string(PLAIN_TEXT_INPUT),
            "multiline": boolean,
            "min_length": number(0, PLAIN_TEXT_INPUT),
            "max_length": number(1, PLAIN_TEXT_INPUT),
            "dispatch_action_config": _DISPATCH,
            "focus_on_load": boolean,
            "placeholder": plain_text(PLACEHOLDER),
        },
    ),
    _input_bounds,
)
_CHECKBOXES = both(
    shape({"options": each(_CHOICE, CHOICES)}, {**_ASKED, "initial_options": each(_CHOICE, CHOICES)}),
    _chosen,
)
_RADIO_BUTTONS = both(
    shape({"options": each(_CHOICE, CHOICES)}, {**_ASKED, "initial_option": _CHOICE}), _chosen
)
_STATIC_SELECT = both(
    shape({"options": each(_MENU_OPTION, MENU_OPTIONS)}, {**_PLACED, "initial_option": _MENU_OPTION}),
    _chosen,
)
_OVERFLOW_OPTION = shape(
    {"text": plain_text(SHORT_TEXT), "value": string(OPTION_VALUE)},
    {"description": plain_text(SHORT_TEXT), "url": string(URL)},
)
_OVERFLOW = both(
    shape(
        {"options": each(_OVERFLOW_OPTION, OVERFLOW_OPTIONS, OVERFLOW_FEWEST)},
        {**_ACTION, "confirm": CONFIRM},
    ),
    _chosen,
)
_CONVERSATIONS_SELECT = both(
    shape(
        {},
        {
            **_PLACED,
            "initial_conversation": string(IDENTIFIER),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        },
    ),
    _placed,
)
IMAGE = shape({"image_url": string(URL), "alt_text": string(2000)})


def _filetype(value: object, path: str) -> Iterator[str]:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_]{1,20}", value):
        yield problem("must be a file extension, without its dot", path)


_FILE_INPUT = shape({}, {**_ACTION, "filetypes": each(_filetype, 100), "max_files": number(1, FILES)})
"""Follows docs.slack.dev/reference/block-kit/block-elements/file-input-element."""

CHOOSERS: dict[str, Check] = {
    "checkboxes": _CHECKBOXES,
    "radio_buttons": _RADIO_BUTTONS,
    "static_select": _STATIC_SELECT,
    "conversations_select": _CONVERSATIONS_SELECT,
}
_INPUTS = {**CHOOSERS, "plain_text_input": _TEXT_INPUT}
IN_INPUT = typed(_INPUTS)
IN_MODAL_INPUT = typed({**_INPUTS, "file_input": _FILE_INPUT})
_PRESSED = {"button": BUTTON, "overflow": _OVERFLOW}
IN_ACTIONS = typed({**CHOOSERS, **_PRESSED})
IN_SECTION = typed({**CHOOSERS, **_PRESSED, "image": IMAGE})
