"""Files that are made to hurt what reads them: `python -m tests.contacts.odd_files FOLDER` writes them."""

import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from string import ascii_uppercase

from tests.contacts.files import xlsx

SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.encode() for n in range(1, 12)
)


def with_sheet(content: bytes, *, size: int | None = None) -> bytes:
    """Make an Excel file with this sheet, which may lie about its size."""
    written = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(xlsx(["Phone"], ["+4915112345678"]))) as before,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(name, content if name == SHEET else before.read(name))
    return written.getvalue() if size is None else lying(written.getvalue(), len(content), size)


def lying(content: bytes, size: int, told: int) -> bytes:
    """Say of something packed that it is smaller."""
    return content.replace(size.to_bytes(4, "little"), told.to_bytes(4, "little"))


def sheet(*cells: tuple[str, str]) -> bytes:
    """Write the XML of a sheet with a few cells, wherever they are."""
    rows = [
        f'<row r="{place.lstrip(ascii_uppercase)}"><c r="{place}" t="str"><v>{value}</v></c></row>'
        for place, value in cells
    ]
    return HEAD + "".join(rows).encode() + TAIL


def unpacking(megabytes: int) -> bytes:
    """Write a sheet of blanks."""
    return HEAD + b" " * (megabytes << 20) + TAIL


def wide() -> bytes:
    """Write as many columns as Excel has."""
    return xlsx([f"c{n}" for n in range(16_384)], ["+4915112345678"])


ODD_FILES: dict[str, Callable[[], bytes]] = {
    "16,384 columns.csv": lambda: b",".join([b"c"] * 16_384) + b"\n" + b"," * 16_384,
    "16,384 columns.xlsx": wide,
    "a million columns below.csv": lambda: b"phone\n" + b"," * 1_000_000 + b"1",
    "a million quotes.csv": lambda: b'phone\n"' + b'"' * 1_000_000,
    "a million quotes in the header.csv": lambda: b'"' * 1_000_001,
    "a million rows.csv": lambda: b"phone\n" + b"1\n" * 1_000_000,
    "five million blank rows.csv": lambda: b"phone\n+4915112345678\n" + b"\n" * 5_000_000,
    "one long value.csv": lambda: b"phone\n" + b"1" * 5_000_000,
    "null bytes.csv": lambda: bytes(5_000_000),
    "half a surrogate.csv": lambda: b"\xff\xfe" + "phone\n".encode("utf-16-le") + b"\x00\xd8",
    "far corner.xlsx": lambda: with_sheet(sheet(("A1", "Phone"), ("XFD1048576", "+4915112345678"))),
    "beyond the corner.xlsx": lambda: with_sheet(sheet(("A1", "Phone"), ("ZZZZZZ99999999999", "x"))),
    "entity bomb.xlsx": lambda: with_sheet(
        ENTITIES + b"]>" + HEAD[21:] + b'<row r="1"><c r="A1" t="str"><v>&a11;</v></c></row>' + TAIL
    ),
    "zip bomb.xlsx": lambda: with_sheet(unpacking(160)),
    "zip bomb that lies.xlsx": lambda: with_sheet(unpacking(160), size=1000),
    "deep.xlsx": lambda: with_sheet(HEAD + b"<row>" * 1_000_000 + TAIL),
    "no workbook.xlsx": lambda: xlsx(["Phone"]).replace(b"xl/workbook.xml", b"xl/workbook.xm_"),
}


if __name__ == "__main__":
    for file_name, make in ODD_FILES.items():
        (Path(sys.argv[1]) / file_name).write_bytes(make())
