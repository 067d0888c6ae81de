"""Other people's text, made to fit and harmless. Pure: no I/O.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import html
import re

SHOWN_LIMIT = 300
"""Characters of a value from Kore.ai that are shown; our own limits are below it."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What JSON, a console or Slack would choke on."""
_TOKEN = re.compile(r"<(?P<kind>[@#!]?)(?P<id>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
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
    """Count characters as UTF-16 units: the strictest way in which Slack or Kore.ai may count.

    Neither documents how it counts; what fits by this measure fits by any.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Shorten text to `limit` UTF-16 units without splitting a character."""
    while length(text) > limit:
        text = text[: limit if len(text) > limit else -1]
    return text


def read_typed_text(text: str) -> str:
    """Read what a person typed after the command: Slack's escapes undone, in one line."""
    plain = html.unescape(_TOKEN.sub(_as_typed, text))
    return " ".join(CONTROL.sub(" ", plain).split())


def straight(text: str) -> str:
    """Leave out signs that show nothing and turn the direction of what follows, also of our own words."""
    return _TURNING.sub("", text) or text


def escaped(text: str) -> str:
    """Escape what opens a mention or a link. Source: the formatting page, "Escaping text"."""
    return straight(cut(text, SHOWN_LIMIT)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Escape, and part every character that could format, ping or link from the next by an invisible one."""
    return _LIVE.sub(lambda found: found[0][:1] + _INERT + found[0][1:], escaped(text))


def unformatted(text: str) -> str:
    """Show text in mrkdwn, where nothing in it is alive: what would format is replaced by its like."""
    shown = inert(text.translate(_LOOK_ALIKES)).replace("\n", " ")
    return _INERT + shown if shown.lstrip().startswith("&gt;") else shown  # at the beginning it would quote


def code(text: str) -> str:
    """Show text in code style, in mrkdwn; an id stays as it is, so that it can be copied."""
    return f"`{text if _ID.fullmatch(text) else unformatted(text)}`"


def _as_typed(token: re.Match[str]) -> str:
    """Turn `<#C1|general>` back into `#general`, `<@U1|mina>` into `@mina`, a link into its text."""
    sign = token["kind"].replace("!", "@")
    return sign + (token["label"] or token["id"]).removeprefix(sign)
