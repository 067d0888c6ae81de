"""What views and buttons carry: it comes back as it was, and what cannot be read does no harm."""

import pytest

from bot.kore.models import ContactList
from bot.models import PostBegun
from bot.views.card import facts_of
from bot.views.state import (
    Carried,
    ConfirmRequest,
    FormContext,
    FormValues,
    LookupRequest,
    Page,
    ShareContext,
)
from tests.views.samples import contact_list

FILLED: list[Carried] = [
    FormContext(channel_id="C1", response_url="https://hooks.slack.com/1", attempt=2, retry_of="V1"),
    ShareContext(channel_id="C1", list_id="cl-1"),
    FormValues(name="Renewals", description="Due\nin July", channel_id="C1", attempt=2, retry_of="V1"),
    LookupRequest(key="V1", posted=PostBegun(at=1_764_926_571.25, on="here", at_theirs=1.5)),
    ConfirmRequest(key="V1", contact_list=ContactList(id="cl-1", name="Renewals", total_record_count=0)),
    Page(words="renewal due", number=3),
]


@pytest.mark.parametrize("carried", FILLED, ids=lambda carried: type(carried).__name__)
def test_it_comes_back(carried: Carried) -> None:
    """Slack gives back what it was given."""
    assert type(carried).read(carried.write()) == carried


def test_summary_of_a_carried_list() -> None:
    """What *That's it* carries is enough for the summary."""
    shown = contact_list()

    carried = ConfirmRequest.of("V1", shown).contact_list

    assert carried
    assert facts_of(carried) == facts_of(shown)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "null", '"text"', '{"attempt": "many", "number": []}'])
@pytest.mark.parametrize("kind", [type(each) for each in FILLED], ids=lambda kind: kind.__name__)
def test_unreadable(kind: type[Carried], text: str | None) -> None:
    """What another version wrote, or nobody, is as if nothing had been carried."""
    assert kind.read(text) == kind()
