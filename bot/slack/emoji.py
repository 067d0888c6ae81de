"""Emoji in a command's text: Slack's clients write `:tada:` for what the person saw as 🎉."""

import re
from functools import cache
from importlib.resources import files

_CODE = re.compile(r":(?P<name>[\w+'-]+):(?::skin-tone-(?P<tone>[2-6]):)?")
_TONES = dict(zip("23456", "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff", strict=True))
_VARIATION = "\ufe0f"


def with_emoji(text: str) -> str:
    """Replace codes with emoji; a code that Unicode lacks, such as a workspace's own emoji, stays a code.

    So does anything within a word, such as a ratio of 1:100:5.
    """
    return _CODE.sub(_emoji, text)


def _emoji(code: re.Match[str]) -> str:
    text, emoji = code.string, _table().get(code["name"])
    around = text[: code.start()][-1:], text[code.end() :][:1]
    if emoji is None or all(each.isalnum() for each in around):
        return code[0]
    if code["tone"] is None:
        return emoji
    return emoji[0] + _TONES[code["tone"]] + emoji[1:].removeprefix(_VARIATION)


@cache
def _table() -> dict[str, str]:
    """Read the table of emoji by name, once the first code comes up."""
    lines = files(__package__).joinpath("emoji.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ") for line in lines if not line.startswith("#"))
