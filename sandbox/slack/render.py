"""Pure: how a person reads a message or a form, in plain text."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.live import text_rules, top_level_rules
from sandbox.slack.mrkdwn import Names, date_text, read


def as_text(
    message_or_view: Mapping[str, Any], *, people: Mapping[str, str], channels: Mapping[str, str]
) -> str:
    """Show what a person reads, one line for each block, field or choice.

    `people` and `channels` map ids to names. A view shows its `state` (else the initial values) and its
    `errors` (block_id to text), if it has these. Blocks hide a message's top-level text, as they do in Slack.
    """
    names = Names(people, channels)
    if message_or_view.get("type") == "modal":
        lines = list(_view(message_or_view, names))
    elif message_or_view.get("blocks"):  # of a message, or of an App Home, which has no title
        lines = [
            line for block in message_or_view["blocks"] for line in _block(block, message_or_view, names)
        ]
    else:
        text = message_or_view.get("text") or ""
        lines = [read(text, top_level_rules(message_or_view), names).shown]
    files = message_or_view.get("files") or []
    return "\n".join([*lines, *(f"[file: {_file(each)}]" for each in files)])


def _view(view: Mapping[str, Any], names: Names) -> Iterator[str]:
    title = _text(view.get("title"), names)
    yield title
    yield "=" * len(title)
    for block in view.get("blocks", []):
        yield from _block(block, view, names)
    buttons = [_text(view[name], names) for name in ("close", "submit") if view.get(name)]
    if buttons:
        yield "  ".join(f"[ {button} ]" for button in buttons)


def _block(block: Mapping[str, Any], whole: Mapping[str, Any], names: Names) -> Iterator[str]:
    kind = block.get("type")
    if kind == "input":
        yield from _input(block, whole, names)
    elif kind == "rich_text":
        for element in block["elements"]:
            yield from _rich(element, names)
    elif kind == "divider":
        yield "---"
    elif kind == "alert":
        yield f"({block.get('level', 'default')}) {_text(block['text'], names)}"
    elif kind in {"actions", "context"}:
        state = _block_state(block, whole)
        yield "  ".join(_element(element, state, names) for element in block["elements"])
    elif kind == "image":
        yield f"({block.get('alt_text', '')})"
    else:
        yield from _section(block, _block_state(block, whole), names)


def _block_state(block: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = whole.get("state", {}).get("values", {}).get(block.get("block_id"), {})
    return found


def _section(block: Mapping[str, Any], state: Mapping[str, Any], names: Names) -> Iterator[str]:
    texts = [block["text"]] if block.get("text") else []
    for text in [*texts, *block.get("fields", [])]:
        yield _text(text, names)
    if block.get("accessory"):
        yield _element(block["accessory"], state, names)


def _element(element: Mapping[str, Any], state: Mapping[str, Any], names: Names) -> str:
    if element.get("type") == "button":
        return f"[ {_text(element['text'], names)} ]"
    if element.get("type") == "image":
        return f"({element.get('alt_text', '')})"
    if element.get("type") == "overflow":
        return f"[ … {' | '.join(_text(option['text'], names) for option in element['options'])} ]"
    if "options" in element:
        return "  ".join(_choices(element, state.get(element.get("action_id", ""), {}), names))
    return _text(element, names)


def _text(text: Mapping[str, Any] | None, names: Names) -> str:
    if not text or not isinstance(text.get("text"), str):
        return ""
    if text.get("type") == "mrkdwn":
        return read(text["text"], text_rules(text), names).shown
    return str(text["text"])


def _input(block: Mapping[str, Any], view: Mapping[str, Any], names: Names) -> Iterator[str]:
    element = block["element"]
    state = _block_state(block, view).get(element.get("action_id"))
    label = _text(block["label"], names) + (" (optional)" if block.get("optional") else "")
    if "options" in element:
        yield f"{label}:"
        yield from (f"  {line}" for line in _choices(element, state, names))
    else:
        yield f"{label}: {_typed(element, state, names)}".rstrip()
    if block.get("hint"):
        yield f"  ({_text(block['hint'], names)})"
    error = view.get("errors", {}).get(block.get("block_id"))
    if error:
        yield f"  ! {error}"


def _typed(element: Mapping[str, Any], state: Mapping[str, Any] | None, names: Names) -> str:
    if element["type"] == "conversations_select":
        chosen = state["selected_conversation"] if state else element.get("initial_conversation")
        return f"#{names.channels.get(chosen, chosen)}" if chosen else ""
    if element["type"] == "file_input":
        return ", ".join(_file(each) for each in (state or {}).get("files", []))
    value = state["value"] if state else element.get("initial_value")
    return str(value or "")


def _file(file: Mapping[str, Any]) -> str:
    return str(file.get("name") or file["id"])


def _choices(element: Mapping[str, Any], state: Mapping[str, Any] | None, names: Names) -> Iterator[str]:
    single = [element["initial_option"]] if element.get("initial_option") else []
    chosen = [*element.get("initial_options", []), *single]
    if state:
        one = state.get("selected_option")
        chosen = [*state.get("selected_options", []), *([one] if one else [])]
    ticked = {option["value"] for option in chosen}
    for option in element["options"]:
        about = f", {_text(option['description'], names)}" if option.get("description") else ""
        yield f"[{'x' if option['value'] in ticked else ' '}] {_text(option['text'], names)}{about}"


def _rich(element: Mapping[str, Any], names: Names) -> Iterator[str]:
    if element["type"] == "rich_text_list":
        for number, item in enumerate(element["elements"], 1 + element.get("offset", 0)):
            mark = f"{number}." if element["style"] == "ordered" else "•"
            yield f"{mark} {_inline(item['elements'], names)}"
        return
    mark = "> " if element["type"] == "rich_text_quote" else ""
    for line in _inline(element["elements"], names).split("\n"):
        yield mark + line


def _inline(elements: list[dict[str, Any]], names: Names) -> str:
    return "".join(_inline_one(element, names) for element in elements)


def _inline_one(element: Mapping[str, Any], names: Names) -> str:
    kind = element["type"]
    if kind == "date":
        return date_text(element["timestamp"])
    if kind == "user":
        return f"@{names.people.get(element['user_id'], element['user_id'])}"
    if kind == "channel":
        return f"#{names.channels.get(element['channel_id'], element['channel_id'])}"
    if kind in {"broadcast", "usergroup"}:
        return f"@{element.get('range') or element.get('usergroup_id')}"
    if kind == "emoji":
        return f":{element['name']}:"
    return str(element.get("text") or element.get("url", ""))
