"""Pieces of Block Kit in which text that is not ours stays text. Pure: no I/O.

What a person or Kore.ai wrote is shown as rich text, which Slack never parses: it cannot ping, link, format.
In the fallback `text`, which Slack may parse, it is made inert.
Source: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from slack_sdk.models.blocks import Block

from bot.views.text import cut

SHOWN_LIMIT = 300
"""Characters of a value from Kore.ai that are shown; our own limits are below it."""
UNPARSED = {
    "mrkdwn": False,
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}
"""Keeps Slack from finding anything in a message's `text`. Source: the arguments of chat.postMessage."""
_LIVE = re.compile(r"[@#*_~`]|(?<=:)//")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_INERT = "\N{WORD JOINER}"

Json = dict[str, Any]


def message(text: str, blocks: Iterable[Block | Json]) -> Json:
    """Build a message; `text` is what notifications and screen readers have."""
    return {"text": text, "blocks": laid_out(blocks), **UNPARSED}


def modal(title: str, *blocks: Block | Json) -> Json:
    """Build a window that is read and closed."""
    words = {"title": title, "close": "Close"}
    labels = {name: {"type": "plain_text", "text": text, "emoji": True} for name, text in words.items()}
    return {"type": "modal", **labels, "blocks": laid_out(blocks)}


def laid_out(blocks: Iterable[Block | Json]) -> list[Json]:
    """Bring blocks into Block Kit's own JSON.

    What every summary and every form is made of is written in it from the beginning: the SDK's models check
    nothing of it and take twenty times as long.
    """
    return [block if isinstance(block, dict) else block.to_dict() for block in blocks]


def rich(*parts: Json) -> Json:
    """Build a block of rich text from lines, quotes and preformatted texts."""
    return {"type": "rich_text", "elements": list(parts)}


def line(*elements: Json) -> Json:
    """Put elements in a row; a line break in one of them begins another line."""
    return {"type": "rich_text_section", "elements": list(elements)}


def quote(text: str) -> Json:
    """Show text as it is, as somebody's words."""
    return {"type": "rich_text_quote", "elements": [literal(text)]}


def preformatted(text: str, *, limit: int) -> Json:
    """Show text as it is, to be copied."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": cut(text, limit)}]}


def literal(text: str, *, limit: int = SHOWN_LIMIT) -> Json:
    """Show text as it is."""
    return {"type": "text", "text": _straight(cut(text, limit))}


def bold(text: str) -> Json:
    """Show text as it is, in bold."""
    return {**literal(text), "style": {"bold": True}}


def person(user_id: str) -> Json:
    """Name a person, who is pinged where this is posted."""
    return {"type": "user", "user_id": user_id}


def date(moment: datetime) -> Json:
    """Show a moment in the reader's own zone."""
    return {
        "type": "date",
        "timestamp": int(moment.timestamp()),
        "format": "{date_short_pretty} at {time}",
        "fallback": utc(moment),
    }


def section(text: str) -> Json:
    """Build a paragraph; `text` is a sentence of ours."""
    return {"type": "section", "text": sentence(text)}


def note(text: str) -> Json:
    """Build a line in small print; `text` is a sentence of ours."""
    return {"type": "context", "elements": [sentence(text)]}


def sentence(text: str) -> Json:
    """Wrap a sentence of ours, in mrkdwn; Slack adds nothing to it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def escaped(text: str) -> str:
    """Escape what opens a mention or a link. Source: the formatting page, "Escaping text"."""
    return _straight(cut(text, SHOWN_LIMIT)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Escape, and part every character that could format, ping or link from the next by an invisible one."""
    return _LIVE.sub(lambda found: found[0][:1] + _INERT + found[0][1:], escaped(text))


def utc(moment: datetime) -> str:
    """Write a moment for texts that cannot show it in the reader's zone."""
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def _straight(text: str) -> str:
    """Leave out signs that show nothing and turn the direction of what follows, also of our own words."""
    return _TURNING.sub("", text) or text
