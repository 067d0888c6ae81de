"""The page on files says what the code does."""

import re
from pathlib import Path

import pytest

from bot.contact_file import FIELDS
from bot.contacts import headers, rows, sheet

PAGE = (Path(__file__).parents[2] / "docs" / "contact-files.md").read_text()
NAMES = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE))


def test_every_field_has_names() -> None:
    """Each field stands in the table."""
    assert sorted(NAMES) == sorted(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_the_names_are_known(field: str) -> None:
    """A column that is called as the page says is that field."""
    for name in NAMES[field].partition(";")[0].split(", "):
        assert headers.mapping([name, "anything"])[0] == field, name


def test_the_limits() -> None:
    """The page has those of the code."""
    megabytes = sheet.MAX_BYTES >> 20
    assert (
        f"{megabytes} MB, {sheet.MAX_ROWS:,} rows, {sheet.MAX_COLUMNS} columns, "
        f"{sheet.MAX_CHARACTERS} characters a value; {rows.MAX_ENCODED >> 20} MB as it is sent"
    ) in PAGE
    assert f"cut to {headers.KEY_LENGTH} characters" in PAGE
