"""Converting phone numbers as people write them to E.164. Pure: no I/O."""

import re
from contextlib import suppress
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from bot.contacts.sheet import BadValue

MAX_DIGITS = 15
"""The limit of E.164; Excel keeps no more digits either."""
MIN_DIGITS = 7
"""For a value to pass as a phone number without a header that says so."""

MISSING = "There's no phone number."
NOT_A_PHONE = "This isn't a phone number."
LETTERS = "The phone number has letters in it."
SHORTENED = "Excel shortened the phone number, as in 4.9E+12. Format the column as text and enter it again."
SEVERAL = "There might be more than one phone number. Keep one."
TOO_MANY_DIGITS = "The phone number has more than 15 digits."
NO_COUNTRY = "The phone number has no country code. Start it with +, or choose a country."
UNKNOWN_COUNTRY = "The phone number has an unknown country code."
TOO_SHORT = "The phone number is too short."
TOO_LONG = "The phone number is too long."
WRONG_LENGTH = "The phone number has too few or too many digits."
NO_AREA = "The phone number has no area code."
EXTENSION = "The phone number has an extension. Remove it."

_SHORTENED = re.compile(r"\+?\d(?:[.,]\d*)?e\+?\d+", re.IGNORECASE)
_POINT_ZERO = re.compile(r"^(\+?\d{7,})\.0+$")
"""How programs write a phone number that they took for an amount."""
_FRACTION = re.compile(r"\+?\d{7,}[.,]\d{1,2}")
_SEVERAL = re.compile(r"[\r\n,;|&]|.\+", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")
_OTHER = re.compile(r"\D")
_LABEL = re.compile(r"^(?:tel|p):", re.IGNORECASE)
"""A prefix from an address (`tel:`) or, in lead form exports, from the kind of value (`p:`)."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Invisible characters copied along with a number, for example from an address book."""
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}([./-])\d{1,2}\2\d{1,2}")
_LOOKS_LIKE_ONE = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015]+")
_IMPOSSIBLE: dict[int, str] = {
    ValidationResult.INVALID_COUNTRY_CODE: UNKNOWN_COUNTRY,
    ValidationResult.TOO_SHORT: TOO_SHORT,
    ValidationResult.TOO_LONG: TOO_LONG,
    ValidationResult.INVALID_LENGTH: WRONG_LENGTH,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: NO_AREA,
}
_UNREADABLE = {
    NumberParseException.TOO_LONG: TOO_LONG,
    NumberParseException.TOO_SHORT_AFTER_IDD: TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: TOO_SHORT,
}


@dataclass(frozen=True, kw_only=True)
class Phone:
    """A number that can be called."""

    e164: str
    is_unusual: bool
    """Whether its length is possible, but no country is known to have issued such numbers."""
    lacks_plus: bool
    """Whether it was read as international because it starts with the country's code."""


def phone_number(text: str, country: str) -> Phone:
    """Read a phone number; raises `BadValue` if it isn't one, or needs a country and has none."""
    written = _LABEL.sub("", _INVISIBLE.sub("", text).strip()).strip()
    written = _POINT_ZERO.sub(r"\1", written)
    _check_writing(written)
    if not country and written.startswith("00"):
        written = f"+{written[2:]}"
    number = _parsed(written, country)
    international = _without_plus(written, number)
    e164 = _formatted(international or number)
    return Phone(
        e164=e164,
        is_unusual=not phonenumbers.is_valid_number(international or number),
        lacks_plus=international is not None and international != number,
    )


def looks_like_phone(text: str) -> bool:
    """Return whether a cell looks like a phone number of any country rather than a column's name."""
    is_one = _LOOKS_LIKE_ONE.fullmatch(text) and not _DATE.fullmatch(text)
    return bool(is_one) and len(_OTHER.sub("", text)) >= MIN_DIGITS


def _check_writing(written: str) -> None:
    if not written:
        raise BadValue(MISSING)
    if _FRACTION.fullmatch(written):
        raise BadValue(NOT_A_PHONE)
    if _SHORTENED.fullmatch(written):
        raise BadValue(SHORTENED)
    if _LETTER.search(written):
        raise BadValue(LETTERS)
    if _SEVERAL.search(written):
        raise BadValue(SEVERAL)
    if len(_OTHER.sub("", written).lstrip("0")) > MAX_DIGITS:
        raise BadValue(TOO_MANY_DIGITS)


def _parsed(written: str, country: str) -> PhoneNumber:
    try:
        number = phonenumbers.parse(written, country.upper() or None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise BadValue(UNKNOWN_COUNTRY if written.startswith("+") else NO_COUNTRY) from None
        raise BadValue(_UNREADABLE.get(error.error_type, NOT_A_PHONE)) from None
    if number.extension:
        raise BadValue(EXTENSION)
    return number


def _without_plus(written: str, number: PhoneNumber) -> PhoneNumber | None:
    """Return the number as read with a `+`, if it starts with its country's code and is valid that way.

    Excel drops the `+`. Where numbers vary in length, 49151… is also a domestic German number, but that is
    hardly what anyone meant.
    """
    if not written.startswith(str(number.country_code)):
        return None
    with suppress(NumberParseException):
        international = phonenumbers.parse(f"+{written}")
        if phonenumbers.is_valid_number(international):
            return international
    return None


def _formatted(number: PhoneNumber) -> str:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible in _IMPOSSIBLE:
        raise BadValue(_IMPOSSIBLE[possible])
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if len(e164) > MAX_DIGITS + 1:
        raise BadValue(TOO_LONG)
    return e164
