"""Whole files: which rows are sent, which aren't, and what a person sees of them."""

import csv
import hashlib
from io import StringIO

import pytest

from bot.contact_file import KEEP, LEAVE_OUT, Column
from bot.contacts import contact, phones, rows, sheet, table
from bot.errors import UnreadableFile
from tests.contacts.files import contacts, read, reasons, xlsx
from tests.contacts.files import phones as phones_of

FILE = """\
First name,Phone,City,Time zone,Priority
Ana,+4915112345678,Rome,europe/berlin,1
Bob,0151 12345679,,,
Ana again,0049 151 12345678,Rome,,
Cid,+49 1,Rome,,
Dora,+4915112345670,Rome,Rome,
Eve,+4915112345671,Rome,,high
Flo,+4915112345672,Smith, Rome,,x
"""


def test_a_file() -> None:
    """Rows that can be called are sent once each, the others are told by their numbers and why."""
    found = read(FILE, country="DE")

    assert contacts(found) == [
        {
            "phoneNumber": "+4915112345678",
            "firstName": "Ana",
            "City": "Rome",
            "timeZone": "Europe/Berlin",
            "contactPriority": 1,
        },
        {"phoneNumber": "+4915112345679", "firstName": "Bob"},
    ]
    seen = found.preview
    assert (seen.rows_total, seen.ready, seen.problem_count, seen.repeated) == (7, 2, 4, 1)
    assert [each.row for each in seen.problems] == [5, 6, 7, 8]
    assert seen.problems[3].reason == contact.MOVED
    assert seen.columns[:2] == (
        Column(header="First name", field="firstName", example="A••••"),
        Column(header="Phone", field="phoneNumber", example="+49•••78"),
    )
    assert seen.digest == hashlib.sha256(b",".join(found.contacts)).hexdigest()


def test_chunks_are_all() -> None:
    """Put together, they are what is sent, and each knows its rows."""
    found = read("phone\n" + "".join(f"+49151123456{n:02}\n" for n in range(25)))

    chunks = [found.chunk(number, 10) for number in range(3)]

    assert b",".join(each.contacts[1:-1] for each in chunks) == b",".join(found.contacts)
    assert [(each.first_row, each.last_row) for each in chunks] == [(2, 11), (12, 21), (22, 26)]


def test_the_same_file_twice() -> None:
    """It says the same; in another country or with another mapping, it doesn't."""
    digests = [
        read(FILE, country="DE").preview.digest,
        read(FILE, country="DE").preview.digest,
        read(FILE).preview.digest,
        read(FILE, columns=(LEAVE_OUT, "phoneNumber", KEEP, KEEP, KEEP)).preview.digest,
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    ("text", "first_row"),
    [
        ("phone\n+4915112345678\n+4915112345679\n", 2),
        ("Ana's list\n+4915112345678\n+4915112345679\n", 2),
        ("+4915112345678\n+4915112345679\n", 1),
        ("\n\n+4915112345678\n+4915112345679", 3),
    ],
)
def test_a_list_of_phones(text: str, first_row: int) -> None:
    """One column is a list of phone numbers, with a header or without one."""
    found = read(text)

    assert [each["phoneNumber"] for each in contacts(found)] == ["+4915112345678", "+4915112345679"]
    assert found.rows[0] == first_row
    assert found.preview.notes == ()


@pytest.mark.parametrize(
    ("above", "first_row"), [("", 2), ("Customers in July\n\n", 4), ("Customers,\nas of today\n,,\n", 5)]
)
def test_titles(above: str, first_row: int) -> None:
    """What stands over the whole table is no header, and row numbers stay those that a spreadsheet shows."""
    found = read(f"{above}Name,Phone\nAna,+4915112345678\n")

    assert contacts(found) == [{"Name": "Ana", "phoneNumber": "+4915112345678"}]
    assert found.rows[0] == first_row


def test_lines_without_end() -> None:
    """Where no table follows, the first row is the header, as ever."""
    assert read("\n".join(["List", *["x"] * 30])).preview.rows_total == 30


@pytest.mark.parametrize("above", ["Phone", "+4915112345679", ",Phone"])
def test_no_titles(above: str) -> None:
    """A lonely header of phone numbers is none, nor is a lonely phone number."""
    found = read(f"{above}\n+4915112345678,Ana\n" if above[0] != "," else f"{above}\nAna,+4915112345678\n")
    assert found.preview.columns[-1].field == "phoneNumber"
    assert found.preview.rows_total == (2 if above.startswith("+") else 1)


def test_no_contact_is_taken_for_a_header() -> None:
    """A first row with a phone number is sent, though another value in it is called as a field is."""
    found = read("Ana,Mobile,+4915112345678,01.02.2024\nBob,Home,+4915112345679,\n")
    assert [each["Column A"] for each in contacts(found)] == ["Ana", "Bob"]


def test_dates_in_the_header() -> None:
    """A date isn't taken for a phone number."""
    assert contacts(read("Phone,01/02/2024\n+4915112345678,x\n")) == [
        {"phoneNumber": "+4915112345678", "01/02/2024": "x"}
    ]


def test_no_header() -> None:
    """Columns have the names that spreadsheets have for them, and phones are found by their values."""
    found = read("1234567,Ana,+4915112345678\n1234568,Bob,+4915112345679\n")

    assert contacts(found)[0] == {
        "phoneNumber": "+4915112345678",
        "Column A": "1234567",
        "Column B": "Ana",
    }
    assert found.preview.ready == 2


@pytest.mark.parametrize("name", ["Anschluss", ""])
def test_phones_by_their_values(name: str) -> None:
    """Where no header says phone, the column that holds them is taken, and that is said."""
    found = read(f"City,{name},Note\nRome,+4915112345678,x\nBonn,+4915112345679\nKiel\n")

    assert [each.field for each in found.preview.columns][:2] == [KEEP, "phoneNumber"]
    assert found.preview.notes == (table.FOUND_BY_VALUES.format(column=name or "Column B"),)
    assert reasons(f"City,{name},Note\nRome,+4915112345678,x\nBonn,\nKiel\n")[-1] == (4, phones.MISSING)


@pytest.mark.parametrize("columns", [None, (KEEP, KEEP)])
def test_no_phones(columns: tuple[str, ...] | None) -> None:
    """Without a column of them nothing is sent, and the person is asked to choose one."""
    found = read("City,Note\nRome,1\nBonn,2\n", columns=columns)

    assert found.preview.ready == 0
    assert found.preview.notes == (table.NO_PHONES,)
    assert {each.reason for each in found.preview.problems} == {phones.MISSING}


def test_a_country_is_missing() -> None:
    """The column is found anyway, so that the person reads what is missing."""
    assert reasons("City,X\nRome,0151 12345678\n") == [(2, phones.NO_COUNTRY)]


def test_options() -> None:
    """What the person chose for each column goes before what the headers say."""
    found = read("A,B,C\n+4915112345678,Rome,Ana\n", columns=("phoneNumber", LEAVE_OUT, "firstName"))
    assert contacts(found) == [{"phoneNumber": "+4915112345678", "firstName": "Ana"}]


def test_duplicate_headers() -> None:
    """Columns of one name are all sent, under names that tell them apart."""
    found = read("Phone,Tag,Tag\n+4915112345678,a,b\n")
    assert contacts(found) == [{"phoneNumber": "+4915112345678", "Tag": "a", "Tag 2": "b"}]


@pytest.mark.parametrize(
    ("numbers", "notes"),
    [
        (["+9122333445566"], (rows.UNUSUAL[0],)),
        (["+9122333445566", "+9122333445567"], (rows.UNUSUAL[1].format(count=2),)),
        (["4915112345678"], (rows.NO_PLUS[0],)),
        (
            ["4915112345678", "4915112345679", "+9122333445566"],
            (rows.NO_PLUS[1].format(count=2), rows.UNUSUAL[0]),
        ),
    ],
)
def test_what_to_look_at(numbers: list[str], notes: tuple[str, ...]) -> None:
    """Numbers that are sent, but might not be meant so, are counted."""
    assert read("\n".join(["phone", *numbers]), country="DE").preview.notes == notes


@pytest.mark.slow
def test_the_limit_of_rows() -> None:
    """50,000 are read, one more isn't."""
    text = "phone\n" + "1\n" * sheet.MAX_ROWS
    found = read(text)

    assert found.preview.rows_total == found.preview.problem_count == sheet.MAX_ROWS
    with pytest.raises(UnreadableFile) as refused:
        read(text + "1\n")
    assert refused.value.sentence == sheet.TOO_MANY_ROWS


@pytest.mark.parametrize("header", [True, False])
def test_the_limit_of_columns(header: bool) -> None:  # noqa: FBT001 - a table
    """150 are read, one more isn't; empty ones at the end are none."""
    names = ",".join(f"c{n}" for n in range(149)) if header else "," * 148
    assert phones_of(f"phone,{names},,,\n+4915112345678" if header else f"+4915112345678,{names}")
    with pytest.raises(UnreadableFile) as refused:
        read(f"phone,x,{names}\n+4915112345678" if header else f"+4915112345678,,{names}")
    assert refused.value.sentence == sheet.TOO_MANY_COLUMNS


def test_the_limit_of_bytes() -> None:
    """A file of 10 MB is read, a larger one isn't."""
    with pytest.raises(UnreadableFile) as refused:
        read(b"phone\n" + b" " * sheet.MAX_BYTES)
    assert refused.value.sentence == sheet.TOO_LARGE


@pytest.mark.slow
def test_the_limit_of_what_is_sent() -> None:
    """A small file can become a large one, because each contact has the names of its columns."""
    names = ",".join(f"{n}{'x' * 56}" for n in range(149))
    lines = (f"+4915{n:09}{',1' * 149}" for n in range(100_000_000, 100_004_000))
    with pytest.raises(UnreadableFile) as refused:
        read(f"phone,{names}\n" + "\n".join(lines))
    assert refused.value.sentence == rows.TOO_MUCH


@pytest.mark.parametrize("content", ["phone\n", "phone,name\n,\n", xlsx(["phone"])])
def test_a_header_alone(content: str | bytes) -> None:
    """A template that wasn't filled in is told so."""
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert refused.value.sentence == table.NO_ROWS


def test_five_problems() -> None:
    """The preview has the first few; the report has all."""
    found = read("phone;note\n" + "1;=1+1\n" * 8)

    assert [each.row for each in found.preview.problems] == [2, 3, 4, 5, 6]
    lines = list(csv.reader(StringIO(found.report.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["Row in the file", "Problem", "phone", "note"]
    assert lines[1] == ["2", phones.NOT_A_PHONE, "1", "'=1+1"]
    assert len(lines) == 9


def test_the_report_comes_back() -> None:
    """Corrected and uploaded again, it is a file of contacts: its own two columns aren't sent."""
    report = read("phone;City\n0151 12345678;Köln\n+49;x\n").report.decode("utf-8-sig")

    found = read(report, country="DE")

    assert contacts(found) == [{"phoneNumber": "+4915112345678", "City": "Köln"}]


@pytest.mark.slow
def test_a_long_report_ends() -> None:
    """It says how many rows aren't in it."""
    found = read("phone,note\n" + f"1,{'x' * 290}\n" * 20_000)

    lines = found.report.decode("utf-8-sig").splitlines()
    assert len(found.report) < 6_000_000
    told = f"There are {20_001 - len(lines[1:]):,} more rows with problems. Correct these first."
    assert lines[-1] == f',"{told}"'
