"""Single values of a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts.sheet import BadValue, cleaned
from bot.contacts.values import checked, harmless, masked, time_zone, whole_number
from tests.contacts.files import ZONES


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" Ana \u00a0", "Ana"),
        ("\ufeffAna\x00\x07", "Ana"),
        ("a\r\nb", "a\r\nb"),
        ('="0049151"', "0049151"),
        ('=" a ""b"" "', 'a "b"'),
        ("=1+1", "=1+1"),
        ("'0151", "0151"),
        ("'+49", "+49"),
        ("'=1", "=1"),
        ("'t Hooft", "'t Hooft"),
        ("O'Neill", "O'Neill"),
        ("", ""),
    ],
)
def test_cleaned(cell: str, text: str) -> None:
    """What spreadsheets put around a value is taken off, and nothing else."""
    assert cleaned(cell) == text


def test_long_values() -> None:
    """300 characters are sent, one more is a problem that names the column."""
    assert checked("x" * 300, "D") == "x" * 300
    with pytest.raises(BadValue, match="column D has more than 300 characters"):
        checked("x" * 301, "D")


@pytest.mark.parametrize(
    ("text", "zone"),
    [("europe/berlin", "Europe/Berlin"), ("America/New York", "America/New_York"), ("utc", "UTC")],
)
def test_time_zones(text: str, zone: str) -> None:
    """In any case, with a blank for a dash, the name of the tz database is sent."""
    assert time_zone(text, ZONES) == zone


@pytest.mark.parametrize("text", ["Berlin", "GMT+25", "Europe"])
def test_no_time_zones(text: str) -> None:
    """A contact isn't called in the night because its time zone was guessed."""
    with pytest.raises(BadValue, match="time zone"):
        time_zone(text, ZONES)


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("07", 7), ("3.0", 3), ("3,00", 3), ("999999999", 999_999_999)]
)
def test_priorities(text: str, number: int) -> None:
    """A whole number, as people and Excel write it."""
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["high", "1.5", "-1", "1e3", "1234567890", "٣", ""])
def test_no_priorities(text: str) -> None:
    """Anything else is a problem."""
    with pytest.raises(BadValue, match="priority"):
        whole_number(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+4915112345667", "+49•••67"),
        ("0151 1234567", "015•••67"),
        ("Maria", "M••••"),
        ("M", "M••••"),
        ("", ""),
    ],
)
def test_masked(text: str, shown: str) -> None:
    """The kind of a value can be seen, and not whose it is."""
    assert masked(text) == shown


@given(st.text(min_size=1))
def test_nothing_else_is_shown(text: str) -> None:
    """At most five characters of any value are seen."""
    assert len(masked(text).replace("•", "")) <= 5


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_no_formula(start: str) -> None:
    """What a spreadsheet would calculate is text."""
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless("1=1") == "1=1"
