"""A file as a table of text, whatever its format, and the limits on its size. Pure: no I/O."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.errors import UnreadableFile

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 150
MAX_CHARACTERS = 300
"""Per value."""

TOO_LARGE = "This file is larger than 10 MB. Split it into smaller ones, then try again."
TOO_MANY_ROWS = "This file has more than 50,000 rows. Split it into smaller ones, then try again."
TOO_MANY_COLUMNS = "This file has more than 150 columns. Remove those you don't need, then try again."
EMPTY = "This file is empty. Choose one with a phone number in each row."
DAMAGED = (
    "I couldn't read this file. It might be damaged, or need too much memory. Save it as a CSV file, then "
    "try again."
)


_BLANKS = " \t\r\n\u00a0\ufeff"
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"}
_AS_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
"""How exports keep Excel from changing a number: `="…"`."""
_AS_TEXT = re.compile(r"'(?=[\d+=(])")
"""How people do the same: a leading apostrophe."""


class BadValue(ValueError):
    """A value that keeps its row from being sent. The text is a sentence that quotes nothing from the row."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that isn't blank."""

    number: int
    """The row number a spreadsheet shows."""
    cells: list[str]
    """Cleaned."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The contents of a file."""

    rows: Iterable[Row]
    """Read lazily; iterating may raise `UnreadableFile`."""
    left: int = 0
    """Columns to the left of the first one here."""
    delimiter: str = ","
    notes: list[str] = field(default_factory=list)


def cleaned(text: str) -> str:
    """Return a cell's value, without what spreadsheets put around it."""
    value = text if text.isprintable() else text.translate(_CONTROLS)
    value = value.strip(_BLANKS)
    if value.startswith("=") and (quoted := _AS_FORMULA.fullmatch(value)):
        value = quoted[1].replace('""', '"').strip(_BLANKS)
    return _AS_TEXT.sub("", value, count=1) if value.startswith("'") else value


def filled_rows(rows: Iterable[list[str]]) -> Iterator[Row]:
    """Yield the non-blank rows with their numbers."""
    for number, texts in enumerate(rows, 1):
        cells = [cleaned(cell) for cell in texts]
        if any(cells):
            yield Row(number=number, cells=cells)


def limited(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows up to the limit; raises `UnreadableFile` at the first row beyond it."""
    for count, row in enumerate(rows):
        if count >= MAX_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS)
        yield row


def letter(index: int) -> str:
    """Return a column's letters in a spreadsheet: A, B … Z, AA."""
    name = ""
    while index >= 0:
        name = chr(ord("A") + index % 26) + name
        index = index // 26 - 1
    return name
