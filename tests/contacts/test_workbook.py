"""Excel files as people have them."""

import datetime as dt
import zipfile
from io import BytesIO

import openpyxl
import pytest
from openpyxl.styles import Font

from bot.contacts import file, phones, workbook
from bot.contacts.sheet import DAMAGED, EMPTY
from bot.contacts.workbook import as_text
from bot.errors import UnreadableFile
from tests.contacts.files import contacts, read, reasons, saved, xlsx
from tests.contacts.files import phones as phones_of


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """Change a part of a file."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(written, "w") as after:
        for name in before.namelist():
            told = before.read(name)
            after.writestr(name, told.replace(old, new) if name == part else told)
    return written.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (4915112345678.0, "4915112345678"),
        (4.9e17, "490000000000000000"),
        (1.5, "1.5"),
        (float("inf"), "inf"),
        (7, "7"),
        (True, "TRUE"),
        (dt.date(2024, 2, 1), "2024-02-01"),
        (dt.datetime(2024, 2, 1), "2024-02-01"),  # noqa: DTZ001 - Excel knows no time zones
        (dt.datetime(2024, 2, 1, 9, 30), "2024-02-01 09:30:00"),  # noqa: DTZ001
        (dt.time(9, 30), "09:30:00"),
        (dt.timedelta(hours=30), "1 day, 6:00:00"),
    ],
)
def test_cells(value: workbook.Value, text: str) -> None:
    """A cell is what a person would type."""
    assert as_text(value) == text


def test_a_sheet() -> None:
    """Numbers are phone numbers, dates are text, and rows have the numbers that Excel shows."""
    found = read(
        xlsx(
            ["Phone", "First name", "Born", "Contact priority"],
            [4915112345678, "Ana", dt.date(1990, 2, 1), 2],
            [None, None, None, None],
            ["+4915112345679", "Bob", "", 1.0],
        ),
        country="DE",
    )

    assert contacts(found) == [
        {"phoneNumber": "+4915112345678", "firstName": "Ana", "Born": "1990-02-01", "contactPriority": 2},
        {"phoneNumber": "+4915112345679", "firstName": "Bob", "contactPriority": 1},
    ]
    assert list(found.rows) == [2, 4]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (491511234567890123, phones.TOO_MANY_DIGITS),
        ("4.9E+12", phones.SHORTENED),
        (4915112345678.5, phones.NOT_A_PHONE),
        (True, phones.LETTERS),
    ],
)
def test_cells_that_are_no_phone(cell: workbook.Value, reason: str) -> None:
    """What Excel has made of a number isn't dialled."""
    assert reasons(xlsx(["Phone"], [cell]), country="DE") == [(2, reason)]


def test_text_that_looks_like_a_formula() -> None:
    """What exports and people write to keep Excel from changing a number is taken off."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row, value in enumerate(["Phone", '="+4915112345678"', "'+4915112345679"], 1):
        sheet.cell(row, 1, value).data_type = "s"

    assert phones_of(saved(book)) == ["+4915112345678", "+4915112345679"]


def test_a_table_in_the_middle() -> None:
    """Rows and columns before the first value are nothing, and others are called as Excel calls them."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["C4"], sheet["E4"] = "Phone", "City"
    sheet["C5"], sheet["D5"], sheet["E5"] = "+4915112345678", "x", "Rome"
    sheet["C7"] = "12"
    sheet.cell(900_000, 30).font = Font(bold=True)

    found = read(saved(book))

    assert contacts(found) == [{"phoneNumber": "+4915112345678", "Column D": "x", "City": "Rome"}]
    assert [each.header for each in found.preview.columns] == ["Phone", "Column D", "City"]
    assert (list(found.rows), found.preview.problems[0].row) == ([5], 7)


def test_a_value_far_to_the_right() -> None:
    """What no header stands over is left out, and that is said."""
    found = read(xlsx(["Phone", "City"], ["+4915112345678", "Rome", "", "sum"]))

    assert contacts(found) == [{"phoneNumber": "+4915112345678", "City": "Rome"}]
    assert found.preview.notes == ("Values to the right of the last header were left out.",)


@pytest.mark.parametrize(
    ("sheets", "notes"),
    [
        (["Info", "Main"], ("I read only the sheet “Main”. The file has 1 more.",)),
        (["Info", "Main", "Rest"], ("I read only the sheet “Main”. The file has 2 more.",)),
    ],
)
def test_the_first_sheet_with_rows(sheets: list[str], notes: tuple[str, ...]) -> None:
    """Empty and hidden ones are passed over; that there are others is said."""
    rows = {"Info": [], "Main": [["Phone"], ["+4915112345678"]], "Rest": [["x"]]}
    book = openpyxl.load_workbook(
        BytesIO(xlsx(sheets={"Hidden": [["secret"]], **{each: rows[each] for each in sheets}}))
    )
    book.active = 1
    book["Hidden"].sheet_state = "hidden"

    found = read(saved(book))

    assert (contacts(found), found.preview.notes) == ([{"phoneNumber": "+4915112345678"}], notes)


@pytest.mark.slow
def test_hidden_rows() -> None:
    """Rows that a filter hides are read too, and that is said; also far down."""
    book = openpyxl.load_workbook(BytesIO(xlsx(["Phone", "Note"], *(["", "x" * 250] for _ in range(4_500)))))
    assert read(saved(book)).preview.notes == ()
    book.worksheets[0].row_dimensions[4_400].hidden = True

    found = read(saved(book)).preview

    assert found.notes == ("Some rows are hidden in Excel. I read them too.",)
    assert found.rows_total == 4_500


PLAIN = xlsx(["Phone"], ["+4915112345678"])
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (xlsx(), EMPTY),
        (PLAIN[: len(PLAIN) // 2], DAMAGED),
        (b"PK\x03\x04" + b"x" * 100, DAMAGED),
        (changed(PLAIN, SHEET, b"</sheetData>", b"</x>"), DAMAGED),
        (changed(PLAIN, SHEET, b"<sheetData>", b'<sheetData><row r="a"><c r="1A"><v>&x;</v></c>'), DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, file.OLD_OR_LOCKED),
        (b"not a zip\0", DAMAGED),
    ],
)
def test_not_one(content: bytes, sentence: str) -> None:
    """What is no Excel file that can be read is refused with a sentence that says what to do."""
    with pytest.raises(UnreadableFile) as refused:
        read(content, "contacts.xlsx")
    assert refused.value.sentence == sentence


def zipped(name: str, length: int) -> bytes:
    """Make a file that is packed, and no Excel file."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, bytes(length))
    return written.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "length", "sentence"),
    [
        ("content.xml", 9, workbook.NOT_EXCEL),
        ("xl/media/image.bmp", workbook.MAX_UNPACKED + 1, workbook.UNPACKS_TOO_LARGE),
    ],
)
def test_packed(name: str, length: int, sentence: str) -> None:
    """What is inside is looked at before it is unpacked."""
    content = zipped(name, length)
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert refused.value.sentence == sentence


def test_a_csv_by_another_name() -> None:
    """What a file holds goes before what it is called."""
    assert phones_of(PLAIN) == ["+4915112345678"]
    assert contacts(read("phone\n+4915112345678", "contacts.xlsx")) == [{"phoneNumber": "+4915112345678"}]
