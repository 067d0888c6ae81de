"""Phone numbers as people and spreadsheets write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts import phones
from bot.contacts.phones import Phone, looks_like_phone, phone_number
from bot.contacts.sheet import BadValue
from tests.contacts.files import is_told


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("+49 151 12345678", "", "+4915112345678"),
        ("+49 (0)151 / 1234-5678", "", "+4915112345678"),
        ("0049 151 12345678", "", "+4915112345678"),
        ("0049 151 12345678", "DE", "+4915112345678"),
        ("0151 12345678", "DE", "+4915112345678"),
        ("0151 12345678", "de", "+4915112345678"),
        ("15112345678", "DE", "+4915112345678"),
        ("4915112345678", "DE", "+4915112345678"),
        ("491521", "DE", "+49491521"),
        ("12025550143", "US", "+12025550143"),
        ("+33612345678", "DE", "+33612345678"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("011 49 151 12345678", "US", "+4915112345678"),
        ("0011 49 151 12345678", "AU", "+4915112345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("tel:+49-151-12345678", "", "+4915112345678"),
        ("p:+4915112345678", "", "+4915112345678"),
        ("\u202a+49\u00a0151\u00a012345678\u202c", "", "+4915112345678"),
        ("\uff0b49 \uff11\uff15\uff11 12345678", "", "+4915112345678"),
        ("+9122333445566", "", "+9122333445566"),
        ("4915112345678.0", "DE", "+4915112345678"),
        ("0151.1234.5678", "DE", "+4915112345678"),
    ],
)
def test_written_in_many_ways(written: str, country: str, e164: str) -> None:
    """Each is the number that a person would dial."""
    assert phone_number(written, country).e164 == e164


@pytest.mark.parametrize(("written", "is_unusual"), [("+4915112345678", False), ("+9122333445566", True)])
def test_unusual(written: str, is_unusual: bool) -> None:  # noqa: FBT001 - a table
    """A number that is possible and given out nowhere is sent, and noticed."""
    assert phone_number(written, "").is_unusual is is_unusual


@pytest.mark.parametrize(
    ("written", "lacks_plus"), [("4915112345678", True), ("+4915112345678", False), ("015112345678", False)]
)
def test_without_plus(written: str, lacks_plus: bool) -> None:  # noqa: FBT001 - a table
    """That it was read as an international number can be told."""
    assert phone_number(written, "DE").lacks_plus is lacks_plus


@pytest.mark.parametrize(
    ("written", "country", "reason"),
    [
        ("", "", phones.MISSING),
        (" \u200b ", "", phones.MISSING),
        ("4.9E+12", "", phones.SHORTENED),
        ("4,91512E+12", "DE", phones.SHORTENED),
        ("Ana", "DE", phones.LETTERS),
        ("0151 1234567 Ana", "DE", phones.LETTERS),
        ("+1 202 555 0143 x5", "", phones.LETTERS),
        ("+1 202 555 0143 #5", "", phones.EXTENSION),
        ("1234567890123456", "", phones.TOO_MANY_DIGITS),
        ("+491511234567890123", "", phones.TOO_MANY_DIGITS),
        ("0151 12345678", "", phones.NO_COUNTRY),
        ("0151 12345678", "XX", phones.NO_COUNTRY),
        ("9122333445566", "", phones.NO_COUNTRY),
        ("+999 12345678", "", phones.UNKNOWN_COUNTRY),
        ("+0 12345678", "", phones.UNKNOWN_COUNTRY),
        ("+49 1", "", phones.TOO_SHORT),
        ("+49", "", phones.NOT_A_PHONE),
        ("+1 202", "", phones.TOO_SHORT),
        ("555-0143", "US", phones.NO_AREA),
        ("+1 202 555 01431", "", phones.TOO_LONG),
        ("+299 1234567", "", phones.TOO_LONG),
        ("+672 12345678", "", phones.TOO_LONG),
        ("+49 1234567890123", "", None),
        ("012345678901234", "DE", phones.TOO_LONG),
        ("+49 12345678901234", "", phones.TOO_MANY_DIGITS),
        ("+4915112345678; +4915187654321", "", phones.SEVERAL),
        ("+4930123\n456789", "", phones.SEVERAL),
        ("030123456 +49151", "DE", phones.SEVERAL),
        ("030123456 & 7", "DE", phones.SEVERAL),
        ("+49 151 12! 3456", "", phones.NOT_A_PHONE),
        ("4915112345678.5", "DE", phones.NOT_A_PHONE),
        ("4915112345678,25", "DE", phones.NOT_A_PHONE),
        ("***", "DE", phones.NOT_A_PHONE),
    ],
)
def test_refused(written: str, country: str, reason: str | None) -> None:
    """What can't be dialled for certain isn't, and the reason quotes nothing of it."""
    if reason is None:
        assert phone_number(written, country)
        return
    with pytest.raises(BadValue) as refused:
        phone_number(written, country)
    assert str(refused.value) == reason


@given(st.text(alphabet="0123456789+- ()./xE,;", max_size=25), st.sampled_from(["", "DE", "US", "AR", "IT"]))
def test_any_writing(written: str, country: str) -> None:
    """Whatever is written is a number of E.164, and stays the same when it is read again, or is refused."""
    phone = read_or_refused(written, country)
    if isinstance(phone, BadValue):
        assert is_told(phone)
    else:
        assert re.fullmatch(r"\+[1-9]\d{3,14}", phone.e164, re.ASCII)
        assert phone_number(phone.e164, "").e164 == phone.e164


def read_or_refused(written: str, country: str) -> Phone | BadValue:
    """Read a number."""
    try:
        return phone_number(written, country)
    except BadValue as refused:
        return refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+49 151 1234", True),
        ("0151/1234567", True),
        ("123456", False),
        ("Phone 1234567", False),
        ("01/02/2024", False),
        ("2024-02-01", False),
        ("01.23.45.67.89", True),
        ("", False),
    ],
)
def test_looks_like_one(text: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Enough digits, and nothing but what stands between them."""
    assert looks_like_phone(text) is expected
