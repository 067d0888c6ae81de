"""CSV in any encoding and with any delimiter that spreadsheets use. Pure: no I/O."""

import codecs
import csv
import re
from collections.abc import Iterator
from io import StringIO

from bot.contacts.sheet import Sheet, filled_rows
from bot.errors import UnreadableFile

DELIMITERS = "\t;,|"
"""On a tie, the first one wins."""
SAMPLE = 1_000
"""Bytes examined to recognize UTF-16 without a byte order mark."""
HEADER_LIMIT = 100_000
"""Characters searched for the header."""

NOT_TEXT = "This isn't a CSV or Excel file. Save it as one, then try again."
WEB_PAGE = "This is a web page, not a CSV file. Download the file again, or save it as CSV."
GUESSED = (
    "The file doesn't say how its letters are encoded, so I read it as Windows text. If names look wrong, "
    "save it as CSV UTF-8."
)
OPEN_QUOTE = (
    "Row {row} has a value that doesn't end. Look for a missing quotation mark there, then try again."
)

_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR = re.compile(r"sep=(.)(?:\r\n|\r|\n|$)", re.IGNORECASE)
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|\?xml|head|table)\b", re.IGNORECASE)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(content: bytes) -> Sheet:
    """Read a CSV file."""
    text, is_guessed = decoded(content)
    if "\0" in text:
        raise UnreadableFile(NOT_TEXT)
    if _WEB_PAGE.match(text):
        raise UnreadableFile(WEB_PAGE)
    separator = _SEPARATOR.match(text)
    delimiter = separator[1] if separator else delimiter_of(text)
    rows = _records(text[separator.end() :] if separator else text, delimiter)
    return Sheet(
        rows=filled_rows(rows),
        delimiter=delimiter,
        notes=[GUESSED] if is_guessed else [],
    )


def decoded(content: bytes) -> tuple[str, bool]:
    """Return the text, and whether its encoding is a guess."""
    try:
        return content.decode(_encoding(content)), False
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), True


def delimiter_of(text: str) -> str:
    """Return the delimiter of the header, which is the first line that isn't blank."""
    line = text[:HEADER_LIMIT].lstrip("\r\n ").partition("\n")[0].partition("\r")[0]
    plain = _QUOTED.sub("", line)
    found = max(DELIMITERS, key=plain.count)
    return found if found in plain else ","


def _encoding(content: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return name
    if _is_mostly_zero(content[1:SAMPLE:2]):
        return "utf-16-le"
    return "utf-16-be" if _is_mostly_zero(content[:SAMPLE:2]) else "utf-8"


def _is_mostly_zero(half: bytes) -> bool:
    """Return whether these bytes are the high halves of Latin letters."""
    return half.count(0) * 2 > len(half)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the records; one with line breaks in it is one row, as in a spreadsheet."""
    number = 0
    try:
        for number, record in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), 1):  # noqa: B007
            yield record
    except csv.Error as error:
        raise UnreadableFile(OPEN_QUOTE.format(row=number + 1)) from error
