"""Rows of Get all contact lists v2: what is there is kept, what is odd is passed over."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from bot.kore.listing import (
    Listing,
    as_contact_list,
    listing_of,
    newest_first,
    read_alike,
    read_listing,
)
from bot.kore.models import ContactList
from bot.kore.recognition import alike_keys

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
        words="eclair for munchen",
        key="eclair",
    )


@pytest.mark.parametrize("row", [{}, {"name": "x"}, {"_id": ""}, {"_id": None}])
def test_a_row_without_an_id_is_an_error(row: dict[str, object]) -> None:
    """Nothing could be done with it."""
    with pytest.raises(ValidationError):
        read_listing(row)


def test_a_row_may_have_its_id_alone() -> None:
    """No page documents which fields are sure to be there."""
    assert read_listing({"id": "cl-1"}) == Listing(id="cl-1")


@pytest.mark.parametrize(
    ("told", "in_use"),
    [
        ({"isListInUse": False, "campaignInUse": [{"id": "cd-1", "name": "Renewals"}]}, True),
        ({"isListInUse": False, "campaignInUse": ["cd-1"]}, True),
        ({"isListInUse": True, "campaignInUse": []}, True),
        ({"campaignInUse": ["cd-1"]}, True),
        ({"isListInUse": False, "campaignInUse": []}, False),
        ({"campaignInUse": []}, None),
    ],
)
def test_a_list_is_in_use_by_either_field(told: dict[str, object], in_use: bool | None) -> None:  # noqa: FBT001 - a row of the table
    """The vendor's own sample has campaigns beside "not in use"."""
    assert read_listing({"_id": "cl-1", **told}).in_use is in_use


@given(some.dictionaries(some.sampled_from(sorted(FULL)), some.none() | some.integers() | some.text()))
def test_odd_values_are_no_error(row: dict[str, object]) -> None:
    """Whatever stands in a field, the row is read."""
    assert read_listing({**row, "_id": "cl-1"}).id == "cl-1"


def test_a_row_is_a_list_of_which_little_is_known() -> None:
    """There and back, nothing is lost but the words."""
    row = read_listing(FULL)
    again = listing_of(as_contact_list(row))
    assert (again.id, again.name, again.records, again.changed_at) == (row.id, row.name, 3, row.changed_at)
    assert as_contact_list(Listing(id="x")) == ContactList(id="x")


def test_the_newest_come_first() -> None:
    """Without a date last; of equals the later row first, as rows come in order of creation."""
    days = ["", "2025-12-01", "2025-12-02", "2025-12-01"]
    rows = [read_listing({"_id": str(number), "updatedAt": day}) for number, day in enumerate(days)]
    assert [row.id for row in newest_first(rows)] == ["2", "3", "1", "0"]


NAME = "<VIP> Zoë's list \N{TELEPHONE RECEIVER} 1"


@pytest.mark.parametrize(
    "name",
    [
        NAME,
        "&lt;VIP&gt; Zo&#235;&#x27;s list \N{TELEPHONE RECEIVER} 1",
        "&amp;lt;VIP&amp;gt; Zoe\u0308\u2019s  list ? 1",
        "Zoë's list 1 ",
        "<vip> zoë's LIST 1",
    ],
)
def test_alike(name: str) -> None:
    """A row of a name that may have been this one is kept, whatever was done to it."""
    row = read_alike({"_id": "cl-1", "name": name, "createdBy": "u-1"}, alike_keys(NAME))
    assert row
    assert (row.id, row.created_by) == ("cl-1", "u-1")


@pytest.mark.parametrize("name", ["<VIP> Zoë's list 2", "Zoe's lists 1", "", None])
def test_not_alike(name: str | None) -> None:
    """Other letters or digits make another name."""
    assert read_alike({"_id": "cl-1", "name": name}, alike_keys(NAME)) is None


def test_alike_of_signs() -> None:
    """A name without letters is compared by its signs."""
    assert read_alike({"_id": "cl-1", "name": "***"}, alike_keys("***"))
    assert read_alike({"_id": "cl-1", "name": "---"}, alike_keys("***")) is None
