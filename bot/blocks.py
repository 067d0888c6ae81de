"""Pieces of Block Kit in which text that is not ours stays text. Pure: no I/O.

What a person or Kore.ai wrote is shown as rich text, which Slack never parses: it cannot ping, link, format.
In the fallback `text`, which Slack may parse, it is made inert.
Source: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from datetime import UTC, datetime
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    MarkdownTextObject,
    RichTextBlock,
    RichTextElement,
    RichTextSectionElement,
)
from slack_sdk.models.blocks import RichTextElementParts as Rich

from bot.models import cut

__all__ = [
    "UNPARSED",
    "Json",
    "bold",
    "date",
    "escaped",
    "inert",
    "literal",
    "message",
    "named",
    "note",
    "rich",
    "sentence",
    "utc",
]

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
_INERT = "\N{WORD JOINER}"

Json = dict[str, Any]


def message(text: str, blocks: list[Block]) -> Json:
    """Build a message; `text` is what notifications and screen readers have."""
    return {
        "text": text,
        "blocks": [block.to_dict() for block in blocks],
        **UNPARSED,
    }


def rich(elements: list[RichTextElement]) -> RichTextBlock:
    """Build a paragraph."""
    return RichTextBlock(elements=[RichTextSectionElement(elements=elements)])


def named(before: str, name: str, after: str) -> Json:
    """Build a paragraph around a name in bold, as Block Kit's own JSON.

    Somebody waits for it: the SDK's models would take twenty times as long.
    """
    texts = [
        {"type": "text", "text": before},
        {"type": "text", "text": cut(name, SHOWN_LIMIT), "style": {"bold": True}},
        {"type": "text", "text": after},
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": texts}]}


def literal(text: str) -> RichTextElement:
    """Show text as it is."""
    return Rich.Text(text=cut(text, SHOWN_LIMIT))


def bold(text: str) -> RichTextElement:
    """Show text as it is, in bold."""
    return Rich.Text(text=cut(text, SHOWN_LIMIT), style=Rich.TextStyle(bold=True))


def date(moment: datetime) -> RichTextElement:
    """Show a moment in the reader's own zone."""
    return Rich.Date(
        timestamp=int(moment.timestamp()), format="{date_short_pretty} at {time}", fallback=utc(moment)
    )


def note(text: str) -> ContextBlock:
    """Build a line in small print; `text` is a sentence of ours."""
    return ContextBlock(elements=[sentence(text)])


def sentence(text: str) -> MarkdownTextObject:
    """Wrap a sentence of ours, in mrkdwn; Slack adds nothing to it."""
    return MarkdownTextObject(text=text, verbatim=True)


def escaped(text: str) -> str:
    """Escape what opens a mention or a link. Source: the formatting page, "Escaping text"."""
    return cut(text, SHOWN_LIMIT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Escape, and part every character that could format, ping or link from the next by an invisible one."""
    return _LIVE.sub(lambda found: found[0][:1] + _INERT + found[0][1:], escaped(text))


def utc(moment: datetime) -> str:
    """Write a moment for texts that cannot show it in the reader's zone."""
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
