"""Excel files: the first visible sheet with rows, its cells as the text a person would type. Pure: no I/O."""

import datetime as dt
import re
import zlib
from contextlib import suppress
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
"""Bytes; 50,000 rows of 20 columns are about 60 million."""

NOT_EXCEL = "This isn't an Excel file that I can read. Save it as XLSX or CSV, then try again."
UNPACKS_TOO_LARGE = (
    "This Excel file is far larger inside than its size says. Copy the rows into a new one, then try again."
)
OTHER_SHEETS = "I read only the sheet “{name}”. The file has {more}."

HIDDEN_ROWS = "Some rows are hidden in Excel. I read them too."
WORKBOOK_ERRORS = (
    BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""Raised for a file that no ordinary program packed."""
PIECE = 1024 * 1024
"""Bytes of a sheet searched at a time."""

_HIDDEN_ROW = re.compile(rb'<row\s[^>]*\bhidden="(?:1|true)"')

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_workbook(content: bytes) -> Sheet:
    """Read an Excel file."""
    package = _package(content)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            names = _visible_sheets(workbook)
            for name in names:
                found = workbook.get_sheet_by_name(name)
                if found.start:
                    cells = ([as_text(value) for value in row] for row in found.iter_rows())
                    notes = [*_other_sheets(name, len(names) - 1), *_hidden_rows(package)]
                    return Sheet(rows=filled_rows(cells), left=found.start[1], notes=notes)
    except CalamineError as error:
        raise UnreadableFile(DAMAGED) from error
    raise UnreadableFile(EMPTY)


def as_text(value: Value) -> str:
    """Return a cell's text, without the `.0` of Excel's numbers."""
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


def _package(content: bytes) -> ZipFile:
    """Open the ZIP file and check its declared size; if that is false, the process's own limits apply."""
    try:
        package = ZipFile(BytesIO(content))
    except WORKBOOK_ERRORS as error:
        raise UnreadableFile(DAMAGED) from error
    if not any(name.startswith("xl/") for name in package.namelist()):
        raise UnreadableFile(NOT_EXCEL)
    if sum(entry.file_size for entry in package.infolist()) > MAX_UNPACKED:
        raise UnreadableFile(UNPACKS_TOO_LARGE)
    return package


def _visible_sheets(workbook: CalamineWorkbook) -> list[str]:
    return [
        each.name
        for each in workbook.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
    ]


def _hidden_rows(package: ZipFile) -> list[str]:
    """Return a note if any sheet hides rows: a person who filters rows might not want the hidden ones."""
    sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/")]
    return [HIDDEN_ROWS] if any(_hides_rows(package, name) for name in sheets) else []


def _hides_rows(package: ZipFile, name: str) -> bool:
    rest = b""
    with suppress(*WORKBOOK_ERRORS), package.open(name) as part:
        while piece := part.read(PIECE):
            if _HIDDEN_ROW.search(rest + piece):
                return True
            rest = piece[piece.rfind(b"<") :]
    return False


def _other_sheets(name: str, count: int) -> list[str]:
    more = "1 more" if count == 1 else f"{count} more"
    return [OTHER_SHEETS.format(name=name, more=more)] if count else []
