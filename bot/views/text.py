"""Other people's text, made to fit and harmless. Pure: no I/O.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import re

from bot.slack.emoji import with_emoji

SHOWN_LIMIT = 300
"""Characters shown of a value from Kore.ai; our own limits are lower."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that JSON, a console or Slack would choke on."""
_TOKEN = re.compile(
    r"<(?:(?P<kind>[@#!])(?P<id>[^<>|]+)|(?P<link>[a-z]+:[^<>|]*))(?:\|(?P<label>[^<>]*))?>", re.IGNORECASE
)
"""A mention or a link, as Slack writes it in a command's text. Source: the formatting page, "Parsing"."""
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))
"""All that Slack escapes; anything else that looks like an entity was typed."""
_SPECIAL = {"here", "channel", "everyone"}
"""Mentions whose id is their name."""
_EMPTY = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Characters that show nothing and join nothing, unlike those in letters, emoji and flags."""
_QUOTES = ('"\u201c\u201d\u201e\u201f\u00ab\u00bb', "'\u2018\u2019\u201a\u201b\u2039\u203a`")
"""Double and single quotes; clients turn straight ones into curly ones."""
_LIVE = re.compile(r"[@#*_~`:]|(?<=:)//")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_ID = re.compile(r"[\w.-]{1,150}", re.ASCII)
_INERT = "\N{WORD JOINER}"
_LOOK_ALIKES = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "_": "\N{FULLWIDTH LOW LINE}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
    }
)


def length(text: str) -> int:
    """Count characters as UTF-16 units: the strictest way Slack or Kore.ai may count.

    Neither documents how it counts; what fits by this measure fits by any.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Shorten text to `limit` UTF-16 units without splitting a character."""
    while length(text) > limit:
        text = text[: limit if len(text) > limit else -1]
    return text


def read_command_text(text: str) -> str:
    """Read, as one line, what a person typed after the command: the only text that Slack rewrites.

    Mentions become names again, emoji become emoji, and `&`, `<`, `>` become themselves. A mention whose name
    Slack doesn't give is left out.
    """
    named = _TOKEN.sub(_as_typed, text)
    return read_words(with_emoji(_ENTITY.sub(lambda found: _ENTITIES[found[0]], named)))


def has_unnamed_mention(text: str) -> bool:
    """Return whether a command's text contains a mention whose name Slack doesn't give."""
    return any(not _as_typed(found) for found in _TOKEN.finditer(text))


def read_words(text: str) -> str:
    """Read what a person typed into a single-line field, in which every character stands for itself."""
    return " ".join(CONTROL.sub(" ", visible(text)).split())


def visible(text: str) -> str:
    """Leave out invisible characters: clients put them in, and nobody sees them."""
    return _EMPTY.sub("", text)


def unquoted(text: str) -> str:
    """Remove the quotes around a text, if one pair encloses it."""
    inner = text[1:-1].strip()
    for quotes in _QUOTES:
        if inner and text[0] in quotes and text[-1] in quotes and not set(quotes) & set(inner):
            return inner
    return text


def straight(text: str) -> str:
    """Leave out invisible characters that change the direction of the text after them, including our own."""
    return _TURNING.sub("", text) or text


def escaped(text: str) -> str:
    """Escape what would open a mention or a link. Source: the formatting page, "Escaping text"."""
    return straight(cut(text, SHOWN_LIMIT)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Escape, and put an invisible character after every character that could format, ping or link."""
    return _LIVE.sub(lambda found: found[0][:1] + _INERT + found[0][1:], escaped(text))


def unformatted(text: str) -> str:
    """Return text for mrkdwn with nothing in it alive: characters that would format become look-alikes."""
    shown = inert(text.translate(_LOOK_ALIKES)).replace("\n", " ")
    return _INERT + shown if shown.lstrip().startswith("&gt;") else shown  # at the beginning it would quote


def code(text: str) -> str:
    """Return text in code style, for mrkdwn; an id stays as it is, so that it can be copied."""
    return f"`{text if _ID.fullmatch(text) else unformatted(text)}`"


def _as_typed(token: re.Match[str]) -> str:
    """Turn `<#C1|general>` back into `#general`, `<@U1|mina>` into `@mina`, a link into its text."""
    label = token["label"]
    if token["link"]:
        return label or token["link"]
    sign = token["kind"].replace("!", "@")
    name = label or (token["id"] if token["id"] in _SPECIAL else "")
    if token["id"].startswith("date^"):
        return name
    return sign + name.removeprefix(sign) if name else ""
