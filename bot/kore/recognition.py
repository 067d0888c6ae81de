"""Whether a list is one that was sent, though Kore.ai may keep texts otherwise. Pure: no I/O."""

import html
import re
import unicodedata

from bot.kore.models import ContactList, ContactListDraft
from bot.kore.names import name_key

_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
"""What is written for a character in HTML; `&reg` in `Sales&region` is none."""
_TAG = re.compile(r"<[^<>]*>")
_TIMES_ESCAPED = 3
"""How often a text may have been escaped on its way."""
_ASTRAL = 0x10000
"""From here on characters have four bytes, which some databases leave out or replace by a question mark."""


def is_as_sent(found: ContactList, draft: ContactListDraft) -> bool:
    """Return whether a list says what was sent: all texts but empty ones, and nothing else."""
    sent = draft.model_dump()
    kept = found.model_dump(include=set(sent), exclude_none=True)
    texts = {name for name, value in sent.items() if isinstance(value, str) and value}
    return texts <= kept.keys() and all(_is_same(kept[name], sent[name]) for name in kept)


def kept_key(text: str) -> str:
    """Normalize what an API changes in a text that it keeps: entities, forms of a character, blanks."""
    return " ".join(unicodedata.normalize("NFC", _unescaped(text)).split())


def alike_keys(name: str) -> frozenset[str]:
    """Return what a list may be called whose name was this, if more was changed: two of one name share a key.

    Letters and digits are left; and once without what looks like HTML, which some take out.
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
