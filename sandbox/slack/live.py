"""Pure: everything in a message or view that pings somebody, links somewhere, or is formatted."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.mrkdwn import Names, Rules, read

_NOBODY = Names()
_OFF = (False, 0, "false", "0")
_ON = (True, 1, "true", "1")
_RICH = {"user": "user_id", "usergroup": "usergroup_id", "channel": "channel_id", "broadcast": "range"}


def live_parts(message_or_view: Mapping[str, object]) -> list[str]:
    """List what is alive in it, such as `user:U1`, `broadcast:here`, `link:https://…` or `format:*bold*`.

    Names and links that Slack would find by itself count as well: `channel:#general`, `user:@mina`,
    `link:kore.ai`. A plain_text object and the literal text of a rich text block hold nothing alive, and
    their style is the author's. An image is not reported.
    """
    text = message_or_view.get("text")
    found = read(text, top_level_rules(message_or_view), _NOBODY).live if isinstance(text, str) else []
    return [*found, *_in_value(message_or_view.get("blocks"))]


def top_level_rules(message: Mapping[str, object]) -> Rules:
    """Say how a message's own `text` is parsed, by its `mrkdwn`, `parse` and `link_names` arguments."""
    parse = message.get("parse")
    return Rules(
        styles=message.get("mrkdwn") not in _OFF and parse != "full",
        addresses=parse != "none",
        names=parse == "full" or message.get("link_names") in _ON,
    )


def text_rules(text: Mapping[str, object]) -> Rules:
    """Say how a mrkdwn object is parsed, by its `verbatim` field."""
    verbatim = bool(text.get("verbatim"))
    return Rules(addresses=not verbatim, names=not verbatim)


def _in_value(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _in_value(entry)
    elif isinstance(value, dict):
        yield from _in_object(value)


def _in_object(value: dict[str, Any]) -> Iterator[str]:
    kind = value.get("type")
    if kind == "mrkdwn":
        yield from read(str(value.get("text", "")), text_rules(value), _NOBODY).live
    elif isinstance(kind, str) and kind in _RICH:
        yield f"{kind}:{value.get(_RICH[kind])}"
    elif kind == "date":
        yield f"date:{value.get('timestamp')}"
    if isinstance(value.get("url"), str):
        yield f"link:{value['url']}"
    for entry in value.values():
        yield from _in_value(entry)
