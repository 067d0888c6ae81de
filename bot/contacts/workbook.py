"""Excel files: the first sheet with rows, its cells as the text that a person would type. Pure: no I/O."""

import datetime as dt
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.contacts.sheet import DAMAGED, EMPTY, Sheet, filled_rows
from bot.errors import UnreadableFile

MAX_UNPACKED = 150 * 1024 * 1024
"""Bytes. 50,000 rows of 20 columns are about 60 million."""

NOT_EXCEL = "This isn't an Excel file that I can read. Save it as XLSX or CSV, then try again."
UNPACKS_TOO_LARGE = (
    "This Excel file is far larger inside than its size says. Copy the rows into a new one, then try again."
)
OTHER_SHEETS = "I read only the sheet “{name}”. The file has {more}."

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_workbook(content: bytes) -> Sheet:
    """Read an Excel file."""
    _check_package(content)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            names = _visible_sheets(workbook)
            for name in names:
                found = workbook.get_sheet_by_name(name)
                if found.start:
                    cells = ([as_text(value) for value in row] for row in found.iter_rows())
                    notes = _other_sheets(name, len(names) - 1)
                    return Sheet(rows=filled_rows(cells), left=found.start[1], notes=notes)
    except CalamineError as error:
        raise UnreadableFile(DAMAGED) from error
    raise UnreadableFile(EMPTY)


def as_text(value: Value) -> str:
    """Return what a cell says, without the `.0` that Excel's numbers have."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _check_package(content: bytes) -> None:
    """Look at the table of contents alone; what lies about its size meets the limits of the process."""
    try:
        entries = ZipFile(BytesIO(content)).infolist()
    except (BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
        raise UnreadableFile(DAMAGED) from error
    if not any(entry.filename.startswith("xl/") for entry in entries):
        raise UnreadableFile(NOT_EXCEL)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise UnreadableFile(UNPACKS_TOO_LARGE)


def _visible_sheets(workbook: CalamineWorkbook) -> list[str]:
    return [
        each.name
        for each in workbook.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
    ]


def _other_sheets(name: str, count: int) -> list[str]:
    more = "1 more" if count == 1 else f"{count} more"
    return [OTHER_SHEETS.format(name=name, more=more)] if count else []
