"""The one key of names, for warnings, `show`, search and look-ups: what people take for one. Pure: no I/O.

Nobody tells `Café` in one Unicode form from `Café` in another, a full-width letter from a narrow one, or a
curly quote from a straight one; Macs, word processors and Slack's own clients put in either.
"""

import re
import unicodedata

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Signs that show nothing. Source: Unicode, Default_Ignorable_Code_Point."""
_VARIANTS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u00b4`", "'"),
        **dict.fromkeys("\u02b9\u02bb\u02bc\u02bd\u02c8\u2035", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u301d\u301e\u301f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796\u301c", "-"),
        "\u2044": "/",
    }
)
_VOICED, _VIRAMA = 8, 9
"""Classes of marks that make another letter, as が of か; accents have higher ones."""


def name_key(text: str) -> str:
    """Return what two texts have in common if people take them for the same.

    Compatible forms (NFKC), signs that show nothing, variants of quotes and dashes, accents, case, and how
    many blanks there are of which kind make no difference.
    """
    if not text.isascii():
        text = _plain(text)
    return " ".join(text.translate(_VARIANTS).casefold().split())


def _plain(text: str) -> str:
    # Variants go first: some of them would come apart into a blank and an accent.
    text = unicodedata.normalize("NFKD", INVISIBLE.sub("", text).translate(_VARIANTS))
    letters = "".join(each for each in text if not unicodedata.combining(each) > _VIRAMA)
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", letters))
