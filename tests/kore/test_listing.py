"""Rows of Get all contact lists v2: what is there is kept, what is odd is passed over."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import KoreRateLimited, KoreUnreadable
from bot.kore.listing import (
    Listing,
    as_contact_list,
    listing_of,
    newest_first,
    read_listing,
)
from bot.kore.models import ContactList
from bot.kore.protocol import Answer, read_listings

FULL = {
    "_id": "cl-1",
    "name": "Éclair",
    "description": "For München",
    "status": "Ready",
    "totalRecordCount": 3,
    "isListInUse": True,
    "updatedAt": "2025-12-05T09:22:51.001Z",
    "createdAt": "2025-11-05T09:22:51.001Z",
    "mapping": {"firstName": "firstName"},
}


def test_a_full_row_is_kept() -> None:
    """The fields that people see."""
    moment = datetime(2025, 12, 5, 9, 22, 51, 1000, UTC)
    assert read_listing(FULL) == Listing(
        id="cl-1",
        name="Éclair",
        status="Ready",
        records=3,
        in_use=True,
        changed_at=moment,
        key="eclair",
        words="eclair for munchen",
    )


@pytest.mark.parametrize("row", [None, 1, "x", [], {}, {"name": "x"}, {"_id": ""}, {"_id": 7}])
def test_a_row_without_an_id_is_none(row: object) -> None:
    """Nothing could be done with it."""
    assert read_listing(row) is None


def test_a_row_may_have_its_id_alone() -> None:
    """No page documents which fields are sure to be there."""
    assert read_listing({"_id": "cl-1"}) == Listing(id="cl-1")


@given(some.dictionaries(some.sampled_from(sorted(FULL)), some.none() | some.integers() | some.text()))
def test_odd_values_are_no_error(row: dict[str, object]) -> None:
    """Whatever stands in a field, the row is read."""
    found = read_listing({**row, "_id": "cl-1"})
    assert found
    assert found.id == "cl-1"


def test_a_row_is_a_list_of_which_little_is_known() -> None:
    """There and back, nothing is lost but the words."""
    row = read_listing(FULL)
    assert row
    again = listing_of(as_contact_list(row))
    assert (again.id, again.name, again.records, again.changed_at) == (row.id, row.name, 3, row.changed_at)
    assert as_contact_list(Listing(id="x")) == ContactList(id="x")


def test_the_newest_come_first() -> None:
    """Without a date last; of equals the later row first, as rows come in order of creation."""
    days = ["", "2025-12-01", "2025-12-02", "2025-12-01"]
    rows = [read_listing({"_id": str(number), "updatedAt": day}) for number, day in enumerate(days)]
    assert [row.id for row in newest_first(filter(None, rows))] == ["2", "3", "1", "0"]


def test_an_answer_is_read() -> None:
    """Or it is the error that it stands for."""
    answer = {"status": "success", "message": "", "data": [FULL, "odd", {"_id": "cl-2"}]}
    assert [row.id for row in read_listings(Answer(status=200, text=json.dumps(answer)))] == ["cl-1", "cl-2"]
    with pytest.raises(KoreUnreadable):
        read_listings(Answer(status=200, text=json.dumps({"status": "success", "data": {}})))
    with pytest.raises(KoreRateLimited):
        read_listings(Answer(status=429, text=""))
