"""From a file's rows to the contacts that are sent, and to the preview. Pure: no I/O."""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256

from bot.contact_file import Column, Preview, ReadFile, ReadOptions, RowProblem
from bot.contacts.contact import ContactReader
from bot.contacts.report import ProblemReport
from bot.contacts.sheet import BadValue, Row, Sheet, limited
from bot.contacts.table import Table, table_of
from bot.contacts.values import masked
from bot.errors import UnreadableFile

SHOWN_PROBLEMS = 5
MAX_ENCODED = 32 * 1024 * 1024
"""Bytes of all contacts. Column names are sent with every contact, so a small file can grow large."""

TOO_MUCH = "This file holds too much for one go. Leave columns out or split it, then try again."
NOT_BELOW = "Values to the right of the last header were left out."
NO_PLUS = (
    "1 phone number starts with its country code, but has no +. I read it as if it had one.",
    "{count} phone numbers start with their country code, but have no +. I read them as if they had one.",
)
UNUSUAL = (
    "1 phone number is unusual, because no country is known to use numbers like it. Check it.",
    "{count} phone numbers are unusual, because no country is known to use numbers like them. Check them.",
)


def read_sheet(sheet: Sheet, options: ReadOptions, zones: Mapping[str, str]) -> ReadFile:
    """Read all rows; `zones` maps lower-case time zone names to their proper form."""
    table = table_of(sheet, options)
    reading = _Reading(table, options.country, zones, ProblemReport(table.headers, sheet.delimiter))
    for row in limited(table.rows):
        reading.take(row)
    return reading.result()


class _Reading:
    """What has been found so far."""

    def __init__(self, table: Table, country: str, zones: Mapping[str, str], report: ProblemReport) -> None:
        self._table = table
        self._reader = ContactReader(table, country, zones)
        self._report = report
        self._examples = [""] * len(table.headers)
        self._contacts: list[bytes] = []
        self._rows: list[int] = []
        self._length = 0
        self._phones: set[str] = set()
        self._problems: list[RowProblem] = []
        self._counts = Counter[str]()

    def take(self, row: Row) -> None:
        """Read one more row."""
        self._find_examples(row.cells)
        try:
            phone, contact = self._reader.read(row.cells)
        except BadValue as error:
            self._refuse(row, str(error))
            return
        if phone.e164 in self._phones:
            self._counts["repeated"] += 1
        else:
            self._phones.add(phone.e164)
            self._counts["unusual"] += phone.is_unusual
            self._counts["no plus"] += phone.lacks_plus
            self._keep(contact, row.number)

    def result(self) -> ReadFile:
        """Return what was found in all rows."""
        preview = Preview(
            columns=self._columns(),
            rows_total=len(self._rows) + self._counts["problems"] + self._counts["repeated"],
            ready=len(self._rows),
            problem_count=self._counts["problems"],
            problems=tuple(self._problems),
            repeated=self._counts["repeated"],
            notes=(*self._table.notes, *self._own_notes()),
            digest=sha256(b",".join(self._contacts)).hexdigest(),
        )
        return ReadFile(
            preview=preview,
            report=self._report.content(),
            contacts=tuple(self._contacts),
            rows=tuple(self._rows),
        )

    def _find_examples(self, cells: list[str]) -> None:
        """Find an example for each column, and values that belong to none."""
        for index, (example, cell) in enumerate(zip(self._examples, cells, strict=False)):
            if cell and not example:
                self._examples[index] = cell
        self._counts["beyond"] += any(cells[len(self._examples) : self._table.width])

    def _refuse(self, row: Row, reason: str) -> None:
        self._counts["problems"] += 1
        if len(self._problems) < SHOWN_PROBLEMS:
            self._problems.append(RowProblem(row=row.number, reason=reason))
        self._report.add(row, reason)

    def _keep(self, contact: bytes, row: int) -> None:
        self._length += len(contact)
        if self._length > MAX_ENCODED:
            raise UnreadableFile(TOO_MUCH)
        self._contacts.append(contact)
        self._rows.append(row)

    def _columns(self) -> tuple[Column, ...]:
        return tuple(
            Column(header=header, field=field, example=masked(example))
            for header, field, example in zip(
                self._table.headers, self._table.fields, self._examples, strict=True
            )
        )

    def _own_notes(self) -> list[str]:
        counted = ((NO_PLUS, self._counts["no plus"]), (UNUSUAL, self._counts["unusual"]))
        notes = [sentences[count > 1].format(count=f"{count:,}") for sentences, count in counted if count]
        return [*notes, NOT_BELOW] if self._counts["beyond"] else notes
