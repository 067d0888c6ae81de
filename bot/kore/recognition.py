"""Whether a list is one that we sent, even if Kore.ai stores texts differently. Pure: no I/O."""

import html
import re
import unicodedata

from bot.kore.models import ContactList, ContactListDraft
from bot.kore.names import name_key

_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
"""HTML entities; the `&reg` in `Sales&region` isn't one."""
_TAG = re.compile(r"<[^<>]*>")
_TIMES_ESCAPED = 3
"""How many times a text may have been escaped on its way."""
_ASTRAL = 0x10000
"""From here on, characters take four bytes, which some databases drop or replace with a question mark."""


def is_as_sent(found: ContactList, draft: ContactListDraft) -> bool:
    """Return whether a list matches what was sent: all non-empty texts are there, and no field differs."""
    sent = draft.model_dump()
    kept = found.model_dump(include=set(sent), exclude_none=True)
    texts = {name for name, value in sent.items() if isinstance(value, str) and value}
    return texts <= kept.keys() and all(_is_same(kept[name], sent[name]) for name in kept)


def kept_key(text: str) -> str:
    """Normalize what an API may change in a text it stores: entities, forms of a character, blanks."""
    return " ".join(unicodedata.normalize("NFC", _unescaped(text)).split())


def alike_keys(name: str) -> frozenset[str]:
    """Return the keys of a name: lists whose names may be the same share at least one.

    A key keeps only letters and digits; one key leaves out anything that looks like HTML, which some APIs
    strip.
    """
    plain = _unescaped(name)
    return frozenset(_skeleton(text) for text in (plain, _TAG.sub("", plain)))


def _is_same(kept: object, sent: object) -> bool:
    if isinstance(kept, str) and isinstance(sent, str):
        return kept_key(kept) == kept_key(sent)
    return kept == sent


def _unescaped(text: str) -> str:
    for _ in range(_TIMES_ESCAPED):
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return text


def _skeleton(text: str) -> str:
    key = name_key(text)
    letters = "".join(sign for sign in key if sign.isalnum() and ord(sign) < _ASTRAL)
    return letters or key
