"""What may be typed after the command, and the help about it. Pure: no I/O."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.views.blocks import Json
from bot.views.form import SUBMIT
from bot.views.text import has_unnamed_mention, read_command_text, unquoted

COMMAND = "/contactlist"

Verb = Literal["create", "list", "show", "help"]


class _Usage(NamedTuple):
    verb: Verb
    example: str
    help: str
    pattern: str | None = None
    """Fits all that was typed; `words` in it is what follows the verb. Without one: what fits no other."""


_USAGES = (
    _Usage(
        "create",
        "NAME",
        f"opens a form with the name filled in; *{SUBMIT}* there makes the contact list in "
        "Kore.ai and posts its summary.",
    ),
    _Usage("create", "", "the same, with an empty form."),
    # Names like "List of renewals" are common, so a verb with words after it is in small letters.
    _Usage(
        "list",
        "list",
        "shows you the lists that exist; add words to search.",
        r"list(?: (?P<words>.+))?|show",
    ),
    _Usage("show", "show NAME", "shows you one list in full, by name or id.", r"show (?P<words>.+)"),
    _Usage("help", "help", "shows you this.", r"(?i:help)"),
)
_ELSEWHERE = (
    "In a thread, where commands do not work, use the shortcut *Create contact list*. The bot's Home tab "
    "has all the lists too."
)


@dataclass(frozen=True)
class TypedCommand:
    """What a person wants, and the words for it: a name, or what to search for."""

    verb: Verb
    words: str = ""
    lacks_mention: bool = False
    """Whether a mention was left out, because Slack does not tell its name."""


def read_command(text: str) -> TypedCommand:
    """Read what was typed after the command; what is no verb of ours is the name of a new list."""
    typed = read_command_text(text)
    for usage in _USAGES:
        if usage.pattern and (found := re.fullmatch(usage.pattern, typed)):
            return TypedCommand(usage.verb, unquoted(found.groupdict().get("words") or ""))
    return TypedCommand("create", unquoted(typed), lacks_mention=has_unnamed_mention(text))


def help_message() -> Json:
    """Explain every way to use the command."""
    usages = [f"`{f'{COMMAND} {usage.example}'.strip()}`: {usage.help}" for usage in _USAGES]
    return {"text": "\n".join([*usages, _ELSEWHERE])}
