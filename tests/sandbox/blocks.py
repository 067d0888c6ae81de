"""Blocks and views as an app sends them, built short."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Build a plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str, **more: object) -> Json:
    """Build a mrkdwn object."""
    return {"type": "mrkdwn", "text": text, **more}


def option(value: str, text: str = "Yes") -> Json:
    """Build an option."""
    return {"text": plain(text), "value": value}


def asking(element: Json, **more: object) -> Json:
    """Build an input block."""
    return {"type": "input", "label": plain("Name"), "element": element, **more}


def typing(**more: object) -> Json:
    """Build an input block with a text input."""
    return asking({"type": "plain_text_input", **more})


def actions(*elements: Json) -> Json:
    """Build an actions block."""
    return {"type": "actions", "elements": list(elements)}


def button(**more: object) -> Json:
    """Build a button."""
    return {"type": "button", "text": plain("Go"), **more}


def rich(*elements: Json) -> Json:
    """Build a rich text block of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def modal(*blocks: Json, **more: object) -> Json:
    """Build a modal."""
    return {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": list(blocks), **more}


def choosing(kind: str = "checkboxes", count: int = 1, **more: object) -> Json:
    """Build an input block with options."""
    return asking({"type": kind, "options": [option(str(number)) for number in range(count)], **more})


def conversations(**more: object) -> Json:
    """Build an input block with a conversations menu."""
    return asking({"type": "conversations_select", **more})
