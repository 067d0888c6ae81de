"""What can be typed after the command, and the help about it. Pure: no I/O.

To add a verb, add one line to `VERBS`, and one case to `ContactListFlow.typed_command`.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.views.app_info import AppInfo
from bot.views.blocks import Json, actions, button, header, message, note, section
from bot.views.text import code, has_unnamed_mention, read_command_text, unquoted

COMMAND = "/contactlist"
HELP_CREATE, HELP_LIST = "help_create", "help_list"

Verb = Literal["create", "list", "show", "add", "help"]


class _Usage(NamedTuple):
    verb: Verb
    words: tuple[str, ...]
    """What can be typed for it, in any case."""
    example: str
    help: str
    words_follow: Literal["always", "or not", "never"] = "always"


VERBS = (
    _Usage("create", ("create", "new"), "July renewals", "Create a list with this name", "or not"),
    _Usage("list", ("list", "search"), "list july", "Find lists by name, description or ID", "or not"),
    _Usage("show", ("show",), "show July renewals", "See everything about one list"),
    _Usage("add", ("add",), "add July renewals", "Fill a list with contacts from a file"),
    _Usage("help", ("help",), "help", "Show this", "never"),
)
_NAME_OR_SEARCH = re.compile(r"List of |(?i:lists)(?= |$)")
"""Beginnings that may be a name as well."""


@dataclass(frozen=True)
class TypedCommand:
    """What a person wants, and the words that follow: a name, or what to search for."""

    verb: Verb
    words: str = ""
    other: str = ""
    """Another possible meaning, as it would be typed: "List of renewals" may be a name or a search."""
    lacks_mention: bool = False
    """Whether a mention was left out because Slack doesn't give its name."""


def read_command(text: str, app: AppInfo) -> TypedCommand:
    """Read what was typed after the command; anything that isn't a verb is the name of a new list.

    Anything in quotes is a name. "List of renewals" is read as a name, with the other reading offered.
    """
    typed, lacks_mention = read_command_text(text), has_unnamed_mention(text)
    first, _, rest = typed.partition(" ")
    if _NAME_OR_SEARCH.match(typed):
        other = f"{COMMAND} list {rest}".strip()
        return TypedCommand("create", typed, other=other, lacks_mention=lacks_mention)
    usage = next((each for each in _offered(app) if first.casefold() in each.words), None)
    if usage is None or (usage.words_follow == "never" and rest):
        return TypedCommand("create", unquoted(typed), lacks_mention=lacks_mention)
    if usage.words_follow == "always" and not rest:
        return TypedCommand("list")
    return TypedCommand(usage.verb, unquoted(rest), lacks_mention=lacks_mention)


def help_message(app: AppInfo) -> Json:
    """Explain every way to use the command."""
    usages = [f"`{COMMAND} {usage.example}`  {usage.help}" for usage in _offered(app)]
    more = f'Put a name in quotes if it starts with one of these words: `{COMMAND} "list of July"`.'
    return message(
        f"Type {COMMAND} and a name to create a contact list, or {COMMAND} list to see what's there.",
        header("Contact Lists"),
        section("\n".join(usages)),
        actions(
            button(HELP_CREATE, "Create contact list", style="primary"), button(HELP_LIST, "See all lists")
        ),
        note(f"{more} In a thread, use the *Create contact list* shortcut."),
    )


def other_reading(other: str) -> str:
    """Offer the other reading of what was typed."""
    return f"Looking for a list instead? Type {code(other)}."


def _offered(app: AppInfo) -> list[_Usage]:
    return [usage for usage in VERBS if usage.verb != "add" or app.add_contacts]
