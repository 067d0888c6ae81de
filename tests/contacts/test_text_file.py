"""CSV in the encodings and with the delimiters of the world."""

import pytest

from bot.contacts import text_file
from bot.contacts.sheet import EMPTY
from bot.contacts.text_file import delimiter_of
from bot.errors import UnreadableFile
from tests.contacts.files import contacts, read

UMLAUT = "phone,Ort\n+4915112345678,Köln\n"
KOELN = {"phoneNumber": "+4915112345678", "Ort": "Köln"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1"]
)
def test_encodings(encoding: str) -> None:
    """Letters are what they were, whatever a spreadsheet wrote them in."""
    assert contacts(read(UMLAUT.encode(encoding))) == [KOELN]


@pytest.mark.parametrize(("encoding", "notes"), [("utf-8", ()), ("cp1252", (text_file.GUESSED,))])
def test_a_guess_is_told(encoding: str, notes: tuple[str, ...]) -> None:
    """Only where the encoding isn't certain."""
    assert read(UMLAUT.encode(encoding)).preview.notes == notes


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str, end: str) -> None:
    """The header tells, also if other delimiters stand in the values."""
    rows = [["phone", "Note, long; or | so"], ["+4915112345678", "a, b; c | d\t"]]
    quoted = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert contacts(read(quoted)) == [{"phoneNumber": "+4915112345678", "Note, long; or | so": "a, b; c | d"}]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b,c;d", ";"),
        ("a,b", ","),
        ("a", ","),
        ("", ","),
        ("a;b,c", ";"),
        ("\n\na|b\nc;d;e", "|"),
        ("a\tb c,d", "\t"),
        ('"a,b,c";d', ";"),
        ("a;b\rc,d,e,f", ";"),
    ],
)
def test_the_header_tells(text: str, delimiter: str) -> None:
    """What separates most, outside of quotes, in the first line with anything in it."""
    assert delimiter_of(text) == delimiter


@pytest.mark.parametrize("line", ["sep=|\n", "SEP=|\r\n", "sep=|\r"])
def test_a_line_for_excel(line: str) -> None:
    """`sep=` is no row, and goes before what the header looks like."""
    found = read(f"{line}phone|a,b,c\n+4915112345678|x\n")

    assert contacts(found) == [{"phoneNumber": "+4915112345678", "a,b,c": "x"}]
    assert found.rows[0] == 2


def test_quotes_and_line_breaks() -> None:
    """A value with a line break is one row, and row numbers are those that a spreadsheet shows."""
    found = read('phone,Note\n\n+4915112345678,"says ""hi""\nand goes"\n,\n+4915112345679,x\n')

    assert [each["Note"] for each in contacts(found)] == ['says "hi"\nand goes', "x"]
    assert list(found.rows) == [3, 5]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", EMPTY),
        (b" \r\n\t\n", EMPTY),
        (b";;;\n;;;\n", EMPTY),
        (b"sep=;\n", EMPTY),
        (b"%PDF-1.7\n\0\0\1", text_file.NOT_TEXT),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", text_file.NOT_TEXT),
        (b"<!DOCTYPE html><html>", text_file.WEB_PAGE),
        (b"\xef\xbb\xbf  <html lang=en>", text_file.WEB_PAGE),
        (b'<?xml version="1.0"?><Workbook>', text_file.WEB_PAGE),
        (b'phone\n+4915112345678\n"' + b"x" * 200_000, text_file.OPEN_QUOTE.format(row=3)),
    ],
)
def test_not_one(content: bytes, sentence: str) -> None:
    """What is no CSV file is refused with a sentence that says what to do."""
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert refused.value.sentence == sentence
