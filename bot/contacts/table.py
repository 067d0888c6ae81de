"""Which row is the header, and which column is which field. Pure: no I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile

from bot.contact_file import KEEP, PHONE, ReadOptions
from bot.contacts import headers
from bot.contacts.phones import looks_like_phone, phone_number
from bot.contacts.sheet import EMPTY, MAX_COLUMNS, TOO_MANY_COLUMNS, BadValue, Row, Sheet, letter
from bot.errors import UnreadableFile

MAX_TITLES = 10
"""Rows of titles that can stand above a table."""
SAMPLE = 100
"""Rows searched for a column of phone numbers."""

NO_ROWS = "This file has a header, but no rows below it. Add some, then try again."
FOUND_BY_VALUES = "No header says “phone”, so I took {column} by its values. Check that it's the right one."
NO_PHONES = "I didn't find a column with phone numbers. Choose it under Change columns."


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sheet whose columns have been identified."""

    headers: list[str]
    """As people see them."""
    fields: list[str]
    """One of `FIELDS`, `KEEP` or `LEAVE_OUT` for each column."""
    keys: list[str]
    """The name each column is sent under."""
    letters: list[str]
    """The letter of each column in a spreadsheet."""
    width: int
    """Cells in the first row: in a longer row, values have shifted."""
    rows: Iterator[Row]
    """Without the header."""
    notes: list[str]


def table_of(sheet: Sheet, options: ReadOptions) -> Table:
    """Find the header and the fields. Raises `UnreadableFile`."""
    first, rows = _below_titles(iter(sheet.rows))
    names = _names(first)
    sample = list(islice(rows, SAMPLE))
    if any(names) and not sample:
        raise UnreadableFile(NO_ROWS)
    sample = sample if any(names) else [first, *sample]
    fields, notes = _fields(names, sample, options, sheet.left)
    places = range(sheet.left, sheet.left + len(names))
    return Table(
        headers=[headers.shown(name, place) for name, place in zip(names, places, strict=True)],
        fields=fields,
        keys=headers.keys(names, fields, left=sheet.left),
        letters=[letter(place) for place in places],
        width=len(first.cells),
        rows=chain(sample, rows),
        notes=[*sheet.notes, *notes],
    )


def is_header(cells: Sequence[str]) -> bool:
    """Return whether a row is a header. A row with a phone number in it is a contact."""
    return not any(map(looks_like_phone, cells))


def _below_titles(rows: Iterator[Row]) -> tuple[Row, Iterator[Row]]:
    """Return the first row that isn't a title, and the rows below it."""
    top = list(islice(rows, MAX_TITLES + 1))
    if not top:
        raise UnreadableFile(EMPTY)
    titles = len(list(takewhile(_is_title, top)))
    if titles == len(top) or len(_filled(top[titles])) == 1:  # titles only stand above wider tables
        titles = 0
    return top[titles], chain(top[titles + 1 :], rows)


def _is_title(row: Row) -> bool:
    """Return whether a row has a single value, neither a phone number nor a header for one."""
    first, *others = _filled(row)
    return not others and not looks_like_phone(first) and headers.field_of(first) != PHONE


def _filled(row: Row) -> list[str]:
    return [cell for cell in row.cells if cell]


def _names(first: Row) -> list[str]:
    """Return the header up to its last name, or as many blanks as there are columns."""
    names = list(first.cells)
    if not is_header(names):
        names = [""] * len(names)
    else:
        while not names[-1]:
            names.pop()
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(TOO_MANY_COLUMNS)
    return names


def _fields(
    names: list[str], sample: list[Row], options: ReadOptions, left: int
) -> tuple[list[str], list[str]]:
    if options.columns is not None:
        fields = headers.as_chosen(options.columns, len(names))
        return fields, [] if PHONE in fields else [NO_PHONES]
    fields = headers.mapping(names)
    if PHONE in fields:
        return fields, []
    found = _phone_column(sample, fields, options.country)
    if found is None:
        return fields, [NO_PHONES]
    fields[found] = PHONE
    notes = [FOUND_BY_VALUES.format(column=headers.shown(names[found], left + found))] if any(names) else []
    return fields, notes


def _phone_column(sample: list[Row], fields: list[str], country: str) -> int | None:
    """Return the column with the most valid phone numbers, if at least half its values look like one."""
    free = [i for i, field in enumerate(fields) if field == KEEP]
    counts = {i: _count_phones([row.cells[i] for row in sample if i < len(row.cells)], country) for i in free}
    best = max(counts, key=counts.__getitem__, default=None)
    return best if best is not None and counts[best][1] * 2 >= len(sample) else None


def _count_phones(values: Iterable[str], country: str) -> tuple[int, int]:
    """Return how many values are valid phone numbers, and how many look like one."""
    alike = [value for value in values if looks_like_phone(value)]
    return sum(_is_phone(value, country) for value in alike), len(alike)


def _is_phone(value: str, country: str) -> bool:
    try:
        return not phone_number(value, country).is_unusual
    except BadValue:
        return False
