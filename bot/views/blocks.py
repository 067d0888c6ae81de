"""Block Kit as plain dicts, in which other people's text stays text. Pure: no I/O.

What a person or Kore.ai wrote is plain text, which Slack never parses, or made inert: it can't ping, link or
format. Our own sentences are mrkdwn. Slack refuses empty fields, so anything that is None is left out, even a
block.

Source: https://docs.slack.dev/reference/block-kit
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.views.text import cut, straight

UNPARSED = {
    "mrkdwn": False,
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}
"""Keeps Slack from finding anything in a message's `text`. Source: the arguments of chat.postMessage."""
REPLACES = {"replace_original": True}
"""Makes a message sent to a `response_url` replace the one whose button was pressed."""
INPUT = "input"
"""The action_id of every input in a form: the block_id tells them apart."""
HEADER_LIMIT = 150
SECTION_LIMIT = 2_900
"""Characters of a section, a little below Slack's own limit."""
OPTION_VALUE_LIMIT = 150
DATE_FORMAT = "{date_short_pretty} at {time}"
DAY_AND_TIME = "%-d %b %Y, %H:%M"

Json = dict[str, Any]
Problems = dict[str, str]
"""A sentence for each input that must be changed, by block_id."""


def message(text: str, *blocks: Json | None) -> Json:
    """Build a message; `text` is what notifications and screen readers use."""
    return {"text": text, "blocks": [block for block in blocks if block], **UNPARSED}


def modal(
    title: str,
    *blocks: Json | None,
    close: str = "Close",
    submit: str | None = None,
    callback_id: str | None = None,
    private_metadata: str | None = None,
    closes_all: bool = False,
) -> Json:
    """Build a modal: one to read and close, or with `submit`, a form.

    Closing one that `closes_all` also closes those below it.
    """
    return _given(
        type="modal",
        callback_id=callback_id,
        private_metadata=private_metadata,
        clear_on_close=closes_all or None,
        title=plain(title),
        submit=plain(submit) if submit else None,
        close=plain(close),
        blocks=[block for block in blocks if block],
    )


def as_view(message: Json) -> Json:
    """Build a modal from a message."""
    return modal("Contact Lists", *(message.get("blocks") or [section(message["text"])]))


def home(*blocks: Json | None) -> Json:
    """Build an App Home."""
    return {"type": "home", "blocks": [block for block in blocks if block]}


def header(text: str) -> Json:
    """Build a heading that shows text as it is."""
    return {"type": "header", "text": plain(cut(text, HEADER_LIMIT))}


def divider() -> Json:
    """Build a dividing line between blocks."""
    return {"type": "divider"}


def section(text: str, *, block_id: str | None = None, accessory: Json | None = None) -> Json:
    """Build a paragraph, with an element beside it if given; `text` is our own sentence, or made inert."""
    return _given(type="section", block_id=block_id, text=mrkdwn(text), accessory=accessory)


def literal_section(text: str) -> Json:
    """Build a paragraph that shows text as it is."""
    return {"type": "section", "text": plain(text)}


def note(text: str) -> Json:
    """Build a line of small print; `text` is our own sentence."""
    return context(mrkdwn(text))


def context(*elements: Json) -> Json:
    """Build small print from texts."""
    return {"type": "context", "elements": list(elements)}


def actions(*elements: Json) -> Json:
    """Build a row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(action_id: str, text: str, *, value: str | None = None, style: str | None = None) -> Json:
    """Build a button."""
    return _given(type="button", action_id=action_id, text=plain(text), value=value, style=style)


def overflow(action_id: str, options: Sequence[Json]) -> Json:
    """Build a menu that opens from three dots."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def option(value: str, text: str, *, description: str | None = None) -> Json:
    """Build a menu option, or a box to tick."""
    described = plain(description) if description else None
    return _given(text=plain(text), value=value, description=described)


def input_block(block_id: str, label: str, element: Json, *, hint: str = "", optional: bool = False) -> Json:
    """Build a labelled input."""
    return _given(
        type="input",
        block_id=block_id,
        label=plain(label),
        element=element,
        hint=plain(hint) if hint else None,
        optional=optional,
    )


def text_input(action_id: str, value: str, *, max_length: int, placeholder: str, **more: object) -> Json:
    """Build a text field."""
    return _given(
        type="plain_text_input",
        action_id=action_id,
        initial_value=value or None,
        max_length=max_length,
        placeholder=plain(placeholder),
        **more,
    )


def checkbox(action_id: str, box: Json, *, ticked: bool) -> Json:
    """Build a single checkbox."""
    initial = [box] if ticked else None
    return _given(type="checkboxes", action_id=action_id, options=[box], initial_options=initial)


def channel_select(action_id: str, channel_id: str | None) -> Json:
    """Build a menu for choosing a channel or a direct message, with a response_url for it."""
    return _given(
        type="conversations_select",
        action_id=action_id,
        initial_conversation=channel_id,
        default_to_current_conversation=True,
        response_url_enabled=True,
    )


def plain(text: str) -> Json:
    """Wrap text to be shown as it is, whoever wrote it: even `:tada:` stays as typed."""
    return {"type": "plain_text", "text": straight(text), "emoji": False}


def mrkdwn(text: str) -> Json:
    """Wrap our own sentence; Slack adds nothing to it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def mrkdwn_date(moment: datetime) -> str:
    """Format a time in mrkdwn, which Slack shows in the reader's own zone."""
    if moment.tzinfo is None:
        return utc(moment)
    return f"<!date^{int(moment.timestamp())}^{DATE_FORMAT}|{utc(moment)}>"


def utc(moment: datetime) -> str:
    """Format a time for texts that can't show it in the reader's zone."""
    if moment.tzinfo is None:
        return f"{moment:{DAY_AND_TIME}} by Kore.ai's clock"
    return f"{moment.astimezone(UTC):{DAY_AND_TIME}} UTC"


def _given(**fields: object) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
