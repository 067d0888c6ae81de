"""Whatever a file holds, it is read or refused with a sentence."""

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.contact_file import FIELDS, ReadFile, ReadOptions
from bot.errors import UnreadableFile
from tests.contacts.files import contacts, is_told, read, xlsx

GOOD = xlsx(["Phone", "Name"], ["+4915112345678", "Ana"], [4915112345679, None])
E164 = re.compile(r"\+[1-9]\d{3,14}", re.ASCII)

cells = st.one_of(
    st.sampled_from(
        ["+4915112345678", "0151 1234567", "Phone", "=1+1", "UTC", "", " ", "1", '"', "'", "sep="]
    ),
    st.integers(10**9, 10**16).map(str),
    st.text(max_size=12),
)
tables = st.lists(st.lists(cells, max_size=6), max_size=8)
options = st.builds(
    ReadOptions,
    country=st.sampled_from(["", "DE", "us", "XX", "??"]),
    columns=st.none() | st.lists(st.sampled_from([*FIELDS, "*", ""]), max_size=6).map(tuple),
)


def check(content: bytes, name: str, options: ReadOptions) -> None:
    """Read a file, and look at what every file that is read must keep."""
    outcome = read_or_refused(content, name, options)
    if isinstance(outcome, UnreadableFile):
        assert is_told(outcome)
    else:
        check_contacts(outcome)
        assert read_or_refused(content, name, options) == outcome


def read_or_refused(content: bytes, name: str, options: ReadOptions) -> ReadFile | UnreadableFile:
    """Read a file as it is read in the process."""
    try:
        return read(content, name, country=options.country, columns=options.columns)
    except UnreadableFile as refused:
        return refused


def check_contacts(found: ReadFile) -> None:
    """Every number can be called and comes once, every row is counted, and the chunks are all."""
    sent = contacts(found)
    seen = found.preview
    assert all(E164.fullmatch(str(each["phoneNumber"])) for each in sent)
    assert len({each["phoneNumber"] for each in sent}) == len(sent) == seen.ready == len(found.rows)
    assert seen.rows_total == seen.ready + seen.problem_count + seen.repeated
    assert list(found.rows) == sorted(set(found.rows))
    chunks = [json.loads(found.chunk(number, 3).contacts) for number in range(-(-seen.ready // 3))]
    assert [each for chunk in chunks for each in chunk] == sent


@pytest.mark.slow
@given(st.binary(max_size=400), st.sampled_from(["x.csv", "x.xlsx", ""]), options)
@example(b"\xff\xfe\x00", "x.csv", ReadOptions())
@example(b"\xff\xfe\x00\xd8", "x.csv", ReadOptions())
@example(b"\xef\xbb\xbf", "x.csv", ReadOptions())
@example(b"PK\x03\x04", "x.xlsx", ReadOptions())
def test_any_bytes(content: bytes, name: str, told: ReadOptions) -> None:
    """Bytes of any kind."""
    check(content, name, told)


@pytest.mark.slow
@given(tables, st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]), st.sampled_from(",;\t|"), options)
def test_any_csv(rows: list[list[str]], encoding: str, delimiter: str, told: ReadOptions) -> None:
    """Tables of any kind, quoted in part."""
    text = "\n".join(delimiter.join(row) for row in rows)
    check(text.encode(encoding, errors="replace"), "x.csv", told)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(tables, options)
def test_any_sheet(rows: list[list[str]], told: ReadOptions) -> None:
    """The same in an Excel file."""
    plain = [["".join(filter(str.isprintable, cell)) for cell in row] for row in rows]
    check(xlsx(*plain), "x.xlsx", told)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_broken_excel_file(data: st.DataObject) -> None:
    """An Excel file in which some bytes are others."""
    content = bytearray(GOOD)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    check(bytes(content), "x.xlsx", ReadOptions())
