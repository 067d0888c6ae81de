"""Single values: checking, masking, and making them harmless in a spreadsheet. Pure: no I/O."""

import re
from collections.abc import Mapping

from bot.contacts.phones import looks_like_phone
from bot.contacts.sheet import MAX_CHARACTERS, BadValue

TOO_LONG = "The value in column {column} has more than 300 characters."
NO_TIME_ZONE = "The time zone isn't one like Europe/Berlin or America/New_York."
NO_PRIORITY = "The priority isn't a whole number."

_WHOLE = re.compile(r"(\d{1,9})(?:[.,]0+)?", re.ASCII)
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def checked(text: str, column: str) -> str:
    """Return a value; raises `BadValue` if it is too long."""
    if len(text) > MAX_CHARACTERS:
        raise BadValue(TOO_LONG.format(column=column))
    return text


def time_zone(text: str, zones: Mapping[str, str]) -> str:
    """Return the name in the tz database; `zones` maps lower-case names to their proper form."""
    found = zones.get(text.casefold().replace(" ", "_"))
    if found is None:
        raise BadValue(NO_TIME_ZONE)
    return found


def whole_number(text: str) -> int:
    """Read a priority."""
    found = _WHOLE.fullmatch(text)
    if not found:
        raise BadValue(NO_PRIORITY)
    return int(found[1])


def masked(text: str) -> str:
    """Mask a value, so that it shows what kind of value it is but not whose."""
    if looks_like_phone(text):
        return f"{text[:3]}•••{text[-2:]}"
    return f"{text[0]}••••" if text else ""


def harmless(text: str) -> str:
    """Return the value as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
