"""When two names are the same to a person: one key for the warning, `show`, search and the lookup.

Pure: no I/O.
"""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Invisible characters: controls, zero widths, directions, fillers, selectors of variants, tags."""

_VIRAMA = 9
"""Marks of this class and below make another letter, as が of か; accents have higher ones."""
_VARIANTS = {
    "'": "`\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\ua78c",
    '"': "\u00ab\u00bb\u02ba\u201c\u201d\u201e\u201f\u2033\u2036\u301d\u301e\u301f",
    "-": "\u02d7\u058a\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b",
    "/": "\u2044\u2215",
}
_PLAIN = str.maketrans({variant: plain for plain, variants in _VARIANTS.items() for variant in variants})
"""Quotes, dashes and slashes that keyboards and editors put in place of the plain ones."""


def name_key(text: str) -> str:
    """Normalize what people do not tell names apart by.

    Signs that cannot be seen are out, forms of one sign (NFC and NFD, full width, curly quotes, dashes) are
    one, and accents, case and the number of blanks do not count. The key of a key is the key itself.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", _plain(text))
        text = "".join(sign for sign in text if unicodedata.combining(sign) <= _VIRAMA)
    return " ".join(_plain(_plain(text).casefold()).split())


def _plain(text: str) -> str:
    """Fold before the normal form too: in it a lone acute accent becomes a blank and a combining one."""
    visible = _INVISIBLE.sub("", text)
    return unicodedata.normalize("NFKC", visible.translate(_PLAIN)).translate(_PLAIN)
