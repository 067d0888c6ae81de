"""When two names are the same to a person."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kore.names import name_key

SEEN = {"Arabic": range(0x600, 0x8FF), "Syriac": range(0x700, 0x750), "other": range(0x11000, 0x13460)}
"""Where Unicode's format signs have a shape of their own."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9", "Cafe\u0301"),
        ("\uff36\uff29\uff30\u3000\uff11", "vip 1"),
        ("Men\u2019s \u201cgold\u201d \u2013 50\u202f%", 'men\'s "gold" - 50 %'),
        ("Spring\u200b \u2060July\ufeff", "spring july"),
        ("STRA\u00dfE", "strasse"),
        ("  Spring \t\r\n July ", "Spring July"),
        ("\u2764\ufe0f fans", "\u2764 fans"),
        ("dad\u00b4s", "dad's"),
        ("a\u2026", "A..."),
        ("\u202eeman", "eman"),
        ("Q1\u20444", "q1/4"),
    ],
)
def test_same_to_a_person(one: str, other: str) -> None:
    """Names that look alike have one key."""
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("July 1", "July 11"),
        ("a-b", "a b"),
        ("Sales&region", "Sales\u00aeion"),
        ("&", "&amp;"),
    ],
)
def test_others_to_a_person(one: str, other: str) -> None:
    """Names that differ in what a person sees have two."""
    assert name_key(one) != name_key(other)


@given(st.text())
def test_key_of_a_key(text: str) -> None:
    """The key of a key is the key itself, so it does not matter which of them was saved."""
    key = name_key(text)

    assert name_key(key) == key


def test_no_invisible_sign() -> None:
    """No format sign of Unicode that has no shape is left in a key."""
    signs = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]

    left = [sign for sign in signs if name_key(sign) and not any(ord(sign) in each for each in SEEN.values())]

    assert left == []


def test_accents() -> None:
    """Accents do not count, but marks that make another letter do."""
    assert name_key("STRASSE Éclair") == name_key("Straße eclair")
    assert name_key("Zoe\u0308") == "zoe"
    assert name_key("\u304c") != name_key("\u304b")
