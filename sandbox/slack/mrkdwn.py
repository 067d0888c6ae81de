"""Pure: read a text the way Slack parses it, into what a person sees and what in it is alive.

Follows docs.slack.dev/messaging/formatting-message-text. Where the page is vague it errs on the side of
reporting: an escaped `&gt;` at the start of a line quotes just as `>` does, control sequences work inside
code, and any bare `#word`, `@word`, address or web domain counts wherever Slack may link it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

HOLE = "\ufffc"
CODE_HOLE = "\ufff9"
_CONTROL = re.compile(rf"<([^<>\n]+)>|{HOLE}")
_CODE = re.compile(rf"```(.+?)```|`([^`\n]+)`|{CODE_HOLE}", re.DOTALL)
_QUOTE = re.compile(r"^(?:>|&gt;)+ ?(.*)$", re.MULTILINE)
_STYLES = tuple(
    re.compile(rf"(?<![^\W_]){mark}(?![\s{mark}])([^\n{mark}]*)(?<!\s){mark}(?![^\W_])")
    for mark in (r"\*", "_", "~")
)
_ADDRESS = re.compile(
    r"\b(?:https?://[^\s|]+|mailto:\S+)|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w-])(?:[\w-]+\.)+(?:ai|app|biz|co|com|de|dev|edu|eu|gov|info|io|link|ly|md|me|net|org|py|rs|sh|uk|us|zip)\b[^\s|]*",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w&/])([@#])([\w.-]*\w)")
_BROADCASTS = ("here", "channel", "everyone")


@dataclass(frozen=True)
class Rules:
    """What is parsed beside control sequences: `*styles*`, bare addresses, bare `@names` and `#names`."""

    styles: bool = True
    addresses: bool = True
    names: bool = True


@dataclass(frozen=True)
class Names:
    """The names that ids are shown with."""

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The text as it is shown, and its live parts such as `user:U1`, `link:https://…`, `format:*bold*`."""

    shown: str
    live: list[str]


def unescape(text: str) -> str:
    """Turn Slack's three entities back into the characters that they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def date_text(epoch: object) -> str:
    """Show an epoch in seconds as a reader in UTC would see it: `5 Dec 2025, 09:22 UTC`."""
    try:
        moment = datetime.fromtimestamp(int(str(epoch)), UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def read(text: str, rules: Rules, names: Names) -> Reading:
    """Parse a text that Slack formats (a mrkdwn object, or a message's top-level text)."""
    live: list[str] = []
    shown: list[str] = []
    for match in _CONTROL.finditer(text):
        label, part = _control(match[1], names) if match[1] else (HOLE, None)
        shown.append(label)
        live += [part] if part else []
    rest = _CONTROL.sub(HOLE, text)
    live += _bare(rest, rules)
    if rules.styles:
        rest, styled = _unstyle(rest)
        live += styled
    holes = iter(shown)
    return Reading(re.sub(HOLE, lambda _: next(holes), unescape(rest)), live)


def _control(inner: str, names: Names) -> tuple[str, str | None]:
    target, _, label = inner.partition("|")
    label = unescape(label)
    if target.startswith("@"):
        return f"@{names.people.get(target[1:], label or target[1:])}", f"user:{target[1:]}"
    if target.startswith("#"):
        return f"#{names.channels.get(target[1:], label or target[1:])}", f"channel:{target[1:]}"
    if target.startswith("!"):
        return _special(target[1:], label)
    return label or unescape(target), f"link:{unescape(target)}"


def _special(target: str, label: str) -> tuple[str, str | None]:
    kind, *parts = target.split("^")
    if kind == "date":
        epoch = parts[0] if parts else ""
        return date_text(epoch) or label, f"date:{epoch}"
    if kind == "subteam":
        group = parts[0] if parts else ""
        return label or f"@{group}", f"usergroup:{group}"
    return f"@{kind}", f"broadcast:{kind}"


def _bare(text: str, rules: Rules) -> Iterator[str]:
    outside = _CODE.sub(" ", text)
    if rules.addresses:
        for match in _ADDRESS.finditer(outside):
            yield f"link:{unescape(match[0])}"
    if rules.names:
        for match in _NAME.finditer(_ADDRESS.sub(" ", outside)):
            yield _bare_name(match[1], match[2])


def _bare_name(mark: str, name: str) -> str:
    if mark == "@" and name in _BROADCASTS:
        return f"broadcast:{name}"
    return f"{'user' if mark == '@' else 'channel'}:{mark}{name}"


def _unstyle(text: str) -> tuple[str, list[str]]:
    kept: list[str] = []
    live: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[1] or match[2] or match[0])
        live.extend([] if match[0] == CODE_HOLE else [f"format:{match[0]}"])
        return CODE_HOLE

    shown, styled = _unstyle_plain(_CODE.sub(keep, text))
    codes = iter(kept)
    return re.sub(CODE_HOLE, lambda _: next(codes), shown), live + styled


def _unstyle_plain(text: str) -> tuple[str, list[str]]:
    live: list[str] = []
    for pattern in (_QUOTE, *_STYLES):
        live += [f"format:{match[0]}" for match in pattern.finditer(text)]
        text = pattern.sub(r"\1", text)
    return text, live
