"""What a list may be called that was sent under another name: the lookup must not miss it."""

import pytest

from bot.kore.models import ContactList, ContactListDraft
from bot.kore.recognition import alike_keys, is_as_sent

DRAFT = ContactListDraft(name="A  name", description="one two")


def test_empty_text() -> None:
    """What was sent empty need not come back, but nothing else may be in its place."""
    sent = DRAFT.model_copy(update={"description": ""})

    assert is_as_sent(ContactList(id="cl-1", name="A name"), sent)
    assert not is_as_sent(ContactList(id="cl-1", name="A name", description="two"), sent)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("Renewals 2025", "renewals  2025"),
        ("Renewals – 2025!", "Renewals2025"),
        ("Sales & service", "Sales &amp;amp;amp; service"),
        ("Café", "Cafe\u0301"),
        ("Big <b>sale</b>", "Big sale"),
        ("Big <b>sale</b>", "Big bsaleb"),
        ("Call 📞 list", "Call ? list"),
        ("Call \U00010000 list", "Call ? list"),
        ("Call \ufffd list", "Call list"),
        ("???", "???"),
        ("📞", "📞"),
    ],
)
def test_alike(sent: str, told: str) -> None:
    """Case, signs, escapes, tags and characters of four bytes may be lost on the way: they share a key."""
    assert alike_keys(sent) & alike_keys(told)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("Renewals 2025", "Renewals 2026"),
        ("Sales&region", "Sales®ion"),
        ("Sales & service", "Sales &amp;amp;amp;amp; service"),
        ("???", "!!!"),
        ("📞", "?"),
    ],
)
def test_not_alike(sent: str, told: str) -> None:
    """What differs in a letter, or in a name without letters at all, is another name."""
    assert not alike_keys(sent) & alike_keys(told)


@pytest.mark.parametrize(
    ("description", "expected"),
    [("one\r\n two", True), ("onetwo", False), ("one XX two", False), ("one &lt;two", False)],
)
def test_blanks_of_a_text(description: str, *, expected: bool) -> None:
    """How many blanks there are does not count, but where there is one does."""
    told = ContactList(id="cl-1", name="A name", description=description)
    assert is_as_sent(told, DRAFT) is expected
