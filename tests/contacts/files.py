"""Files of contacts for the tests, and how they are read there: without a process."""

import json
from io import BytesIO
from typing import Any

import openpyxl

from bot.contact_file import ReadFile, ReadOptions
from bot.contacts.file import read_file

ZONES = {zone.casefold(): zone for zone in ("Europe/Berlin", "America/New_York", "UTC")}


def xlsx(*rows: list[Any], sheets: dict[str, list[list[Any]]] | None = None) -> bytes:
    """Make an Excel file of one sheet, or of several."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, of_sheet in (sheets or {"Sheet1": [*rows]}).items():
        sheet = workbook.create_sheet(name)
        for row in of_sheet:
            sheet.append(row)
    return saved(workbook)


def saved(workbook: openpyxl.Workbook) -> bytes:
    """Return the file of a workbook."""
    written = BytesIO()
    workbook.save(written)
    return written.getvalue()


def read(
    content: bytes | str,
    name: str = "contacts.csv",
    *,
    country: str = "",
    columns: tuple[str, ...] | None = None,
) -> ReadFile:
    """Read a file as a person chose."""
    told = content.encode() if isinstance(content, str) else content
    return read_file(told, name, ReadOptions(country=country, columns=columns), ZONES)


def contacts(read: ReadFile) -> list[dict[str, str | int]]:
    """Return what is sent of a file."""
    sent: list[dict[str, str | int]] = json.loads(read.chunk(0, 100_000).contacts) if read.rows else []
    return sent


def phones(content: bytes | str) -> list[str | int]:
    """Return the numbers of a file."""
    return [each["phoneNumber"] for each in contacts(read(content))]


def reasons(content: bytes | str, *, country: str = "") -> list[tuple[int, str]]:
    """Return the rows that are not sent, and why."""
    return [(each.row, each.reason) for each in read(content, country=country).preview.problems]


def is_told(error: Exception) -> bool:
    """Return whether what is said about a file or a value is a whole sentence."""
    return str(error).endswith(".")
