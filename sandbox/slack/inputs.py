"""Pure: what the inputs of a form hold, and when Slack's client would not let a person submit them.

Follows docs.slack.dev/reference/interaction-payloads/view-interactions-payload (the shape of `state.values`).
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from sandbox.slack.schema import units

Value: TypeAlias = str | list[str] | None
Values: TypeAlias = dict[tuple[str, str], Value]
FILES = 10
"""In one `file_input`, at most."""
UNFILLED = ("button", "overflow")
MANY = ("checkboxes", "file_input")
STATEFUL = (*MANY, "plain_text_input", "conversations_select", "radio_buttons", "static_select")
"""Elements that hold a value: a list of option values or of ids of files (`MANY`), else a text."""


def with_ids(payload: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Copy a view or message with a block_id and action_id wherever the app left them out, as Slack does."""
    filled = copy.deepcopy(dict(payload))
    for number, block in enumerate(filled.get("blocks") or []):
        block.setdefault("block_id", f"{prefix}-{number}")
        for place, element in enumerate(elements(block)):
            if element.get("type") in (*UNFILLED, *STATEFUL):
                element.setdefault("action_id", f"{prefix}-{number}-{place}")
    return filled


def elements(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the elements of a block, wherever its type keeps them."""
    if block["type"] in {"actions", "context"}:
        return list(block["elements"])
    return [block[place] for place in ("element", "accessory") if block.get(place)]


def fields(payload: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Go through every (block, element) that holds a value."""
    for block in payload.get("blocks") or []:
        for element in elements(block):
            if element.get("type") in STATEFUL:
                yield block, element


def input_blocks(payload: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Find the input blocks by their block_id."""
    return {block["block_id"]: block for block in payload["blocks"] if block["type"] == "input"}


def initial_values(payload: Mapping[str, Any], current: Callable[[Mapping[str, Any]], str | None]) -> Values:
    """Say what each input holds at first; `current` is the channel that an element may start with."""
    return {
        (block["block_id"], element["action_id"]): _initial(element, current)
        for block, element in fields(payload)
    }


def _initial(element: Mapping[str, Any], current: Callable[[Mapping[str, Any]], str | None]) -> Value:
    match element["type"]:
        case "plain_text_input":
            text: str | None = element.get("initial_value")
            return text
        case "conversations_select":
            default = current(element) if element.get("default_to_current_conversation") else None
            chosen: str | None = element.get("initial_conversation", default)
            return chosen
        case "checkboxes":
            return [option["value"] for option in element.get("initial_options", [])]
        case "file_input":
            return []
        case _:
            return element["initial_option"]["value"] if element.get("initial_option") else None


def kept_values(payload: Mapping[str, Any], fresh: Values, typed: Values) -> Values:
    """Carry over what was typed to the elements with the same ids, where it still fits them."""
    kept = dict(fresh)
    for block, element in fields(payload):
        key = (block["block_id"], element["action_id"])
        if key in typed and not impossible(element, typed[key]):
            kept[key] = typed[key]
    return kept


def state_values(
    payload: Mapping[str, Any], values: Values, describe: Callable[[str], Mapping[str, Any]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Build `state.values`: block_id to action_id to the element's type and value.

    `describe` shows a file of this id.
    """
    state: dict[str, dict[str, dict[str, Any]]] = {}
    for block, element in fields(payload):
        key = (block["block_id"], element["action_id"])
        state.setdefault(key[0], {})[key[1]] = {
            "type": element["type"],
            **_state(element, values.get(key), describe),
        }
    return state


def _state(
    element: Mapping[str, Any], value: Value, describe: Callable[[str], Mapping[str, Any]]
) -> dict[str, Any]:
    match element["type"]:
        case "plain_text_input":
            return {"value": value or None}
        case "conversations_select":
            return {"selected_conversation": value or None}
        case "file_input":
            return {"files": [describe(file_id) for file_id in value or []]}
        case "checkboxes":
            return {
                "selected_options": [
                    option for option in element["options"] if option["value"] in (value or [])
                ]
            }
        case _:
            chosen = [option for option in element["options"] if option["value"] == value]
            return {"selected_option": chosen[0] if chosen else None}


def impossible(element: Mapping[str, Any], value: Value) -> str | None:
    """Say why nobody could bring this element to that value, or None."""
    is_list = element["type"] in MANY
    if value is not None and isinstance(value, list) is not is_list:
        return f"{element['type']} takes {'a list' if is_list else 'a text'}"
    if element["type"] == "file_input" and len(value or []) > element.get("max_files", FILES):
        return f"no more than {element.get('max_files', FILES)} files"
    if "options" in element and value is not None:
        known = {option["value"] for option in element["options"]}
        wanted = set(value if isinstance(value, list) else [value])
        if wanted - known:
            return f"there is no option {sorted(wanted - known)}"
    return None


def unsubmittable(block: Mapping[str, Any], value: Value) -> str | None:
    """Say why Slack's client keeps a form open with this value in an input block, or None."""
    if not value:
        return None if block.get("optional") else "it is required"
    element = block["element"]
    if element["type"] != "plain_text_input" or not isinstance(value, str):
        return None
    if units(value) > element.get("max_length", 3000):
        return f"it is longer than {element.get('max_length', 3000)} characters"
    if units(value) < element.get("min_length", 0):
        return f"it is shorter than {element['min_length']} characters"
    return None
