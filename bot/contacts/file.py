"""A contact file in any format, recognised by its content rather than its name. Pure: no I/O."""

from collections.abc import Mapping

from bot.contact_file import ReadFile, ReadOptions
from bot.contacts.rows import read_sheet
from bot.contacts.sheet import DAMAGED, EMPTY, MAX_BYTES, TOO_LARGE, Sheet
from bot.contacts.text_file import read_text
from bot.contacts.workbook import read_workbook
from bot.errors import UnreadableFile

OLD_OR_LOCKED = (
    "This file is protected by a password or in Excel's old format. Save it as an unprotected XLSX or CSV "
    "file, then try again."
)

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXCEL_NAMES = (".xlsx", ".xlsm", ".xls")


def read_file(content: bytes, file_name: str, options: ReadOptions, zones: Mapping[str, str]) -> ReadFile:
    """Read a file; raises `UnreadableFile`. `zones` maps lower-case time zone names to their proper form."""
    return read_sheet(_sheet(content, file_name), options, zones)


def _sheet(content: bytes, file_name: str) -> Sheet:
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_LARGE)
    if not content.strip(b"\0 \r\n\t"):
        raise UnreadableFile(EMPTY)
    if content.startswith(_ZIP):
        return read_workbook(content)
    if content.startswith(_COMPOUND):
        raise UnreadableFile(OLD_OR_LOCKED)
    if file_name.lower().endswith(_EXCEL_NAMES) and b"\0" in content:
        raise UnreadableFile(DAMAGED)
    return read_text(content)
