"""When two names look the same to a person: one key for the warning, `show`, search and lookups.

Pure: no I/O.
"""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Invisible characters: controls, zero widths, direction marks, fillers, variation selectors, tags."""

_VIRAMA = 9
"""Marks of this combining class or below make a different letter, as が from か; accents have higher ones."""
_VARIANTS = {
    "'": "`\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\ua78c",
    '"': "\u00ab\u00bb\u02ba\u201c\u201d\u201e\u201f\u2033\u2036\u301d\u301e\u301f",
    "-": "\u02d7\u058a\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b",
    "/": "\u2044\u2215",
}
_PLAIN = str.maketrans({variant: plain for plain, variants in _VARIANTS.items() for variant in variants})
"""Quotes, dashes and slashes that keyboards and editors substitute for the plain ones."""


def name_key(text: str) -> str:
    """Normalize away the differences that people don't tell names apart by.

    Invisible characters are removed, variants of a character (NFC and NFD, full width, curly quotes, dashes)
    become one, and accents, case and the number of blanks don't count. The key of a key is the key itself.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", _plain(text))
        text = "".join(sign for sign in text if unicodedata.combining(sign) <= _VIRAMA)
    return " ".join(_plain(_plain(text).casefold()).split())


def _plain(text: str) -> str:
    """Fold before normalizing too, which turns a lone acute accent into a blank and a combining one."""
    visible = _INVISIBLE.sub("", text)
    return unicodedata.normalize("NFKC", visible.translate(_PLAIN)).translate(_PLAIN)
