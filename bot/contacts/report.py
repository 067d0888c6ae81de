"""The problem rows as a file to correct and upload again. Pure: no I/O."""

import codecs
import csv
from collections.abc import Sequence
from io import StringIO

from bot.contacts.headers import REPORT_HEADERS
from bot.contacts.sheet import Row
from bot.contacts.values import harmless

MAX_CHARACTERS = 5_000_000
"""The limit for a whole report."""
MORE = "There are {count} more rows with problems. Correct these first."


class ProblemReport:
    """Collects problem rows, with the file's own delimiter, as UTF-8 that Excel recognizes."""

    def __init__(self, headers: Sequence[str], delimiter: str) -> None:
        self._text = StringIO(newline="")
        self._writer = csv.writer(self._text, delimiter=delimiter)
        self._writer.writerow([*REPORT_HEADERS, *map(harmless, headers)])
        self._left_out = 0

    def add(self, row: Row, reason: str) -> None:
        """Add a row, if there is room."""
        if self._text.tell() + sum(map(len, row.cells)) > MAX_CHARACTERS:
            self._left_out += 1
        else:
            self._writer.writerow([row.number, reason, *map(harmless, row.cells)])

    def content(self) -> bytes:
        """Return the report's content."""
        if self._left_out:
            self._writer.writerow(["", MORE.format(count=f"{self._left_out:,}")])
        return codecs.BOM_UTF8 + self._text.getvalue().encode()
