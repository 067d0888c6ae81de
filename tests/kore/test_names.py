"""The one key of names: what people take for the same has the same key."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kore.names import name_key

CAFE = unicodedata.normalize("NFC", "Café")
WIDE = "".join(chr(ord(each) + 0xFEE0) for each in "Spring")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CAFE, unicodedata.normalize("NFD", CAFE)),
        (CAFE, "CAFE"),
        (f"{WIDE}\u30002026", "spring 2026"),
        ("Mina's list", "Mina\u2019s list"),
        ("Mina's list", "Mina`s list"),
        ('the "best"', "the “best”"),
        ('the "best"', "the «best»"),
        ("Q1-Q2", "Q1\u2013Q2"),
        ("Q1-Q2", "Q1—Q2"),
        ("Q1-Q2", "Q1\u2011Q2"),
        ("Spring", "Sp\u200bring\u2060\ufeff"),
        ("Spring", "\u202eSpring\u00ad"),
        ("Spring sale", " Spring\u00a0\t sale "),
        ("Straße", "STRASSE"),
        ("and so on...", "and so on…"),
        ("ﬁrst", "first"),
        ("👩‍💻 team", "👩💻 team"),
        ("❤️", "❤"),
        ("ガ", "ｶﾞ"),
    ],
)
def test_same_to_people(one: str, other: str) -> None:
    """Nobody sees a difference, or only one that does not tell names apart."""
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Spring 1", "Spring 2"),
        ("Spring sale", "Springsale"),
        ("A & B", "A + B"),
        ("ガ", "カ"),
        ("a-b", "a b"),
        ("a'b", 'a"b'),
        ("a≠b", "a=b"),
    ],
)
def test_different_to_people(one: str, other: str) -> None:
    """What tells names apart stays."""
    assert name_key(one) != name_key(other)


@given(st.text(max_size=60))
def test_key_of_a_key(text: str) -> None:
    """A key is its own key, and the same for each Unicode form of the text."""
    key = name_key(text)

    assert name_key(key) == key
    assert {name_key(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")} == {key}


def test_nothing_to_see() -> None:
    """A name of nothing but signs that show nothing is an empty one."""
    assert name_key("\u200b \ufeff\u3164") == ""
