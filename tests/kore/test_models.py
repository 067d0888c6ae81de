"""What Kore.ai answers: the documented sample fills everything, and odd values do no harm."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from bot.kore.models import ApiConfigurations, ContactList

SAMPLE: dict[str, Any] = {
    "isActive": True,
    "name": "Renewal Due 1- July 2025",
    "description": "This list contains customers with services expiring in July 2025.",
    "totalRecordCount": 0,
    "status": "Ready",
    "createdBy": "u-eb5bbee1-6af9-5b9a-b471-03a3fe4xxxxx",
    "updatedBy": "u-eb5bbee1-6af9-5b9a-b471-03a3fe4xxxxx",
    "mapping": {
        "firstName": "firstName",
        "lastName": "lastName",
        "phoneNumber": "phoneNumber",
        "timeZone": "timeZone",
        "uniqueId": "uniqueId",
        "contactPriority": "contactPriority",
    },
    "isListInUse": False,
    "listType": "call",
    "isGlobalDNC": False,
    "isDefault": False,
    "campaignInUse": [],
    "source": "passiveApi",
    "apiConfigurations": {"dataSyncMode": "allowDuplicates"},
    "columns": [],
    "files": [],
    "createdAt": "2025-12-05T09:22:51.001Z",
    "updatedAt": "2025-12-05T09:22:51.001Z",
    "_id": "cl-67a405c-ae3b-4a42-8cd2-5dcd699xxxxx",
    "allowDuplicates": True,
}
MOMENT = datetime(2025, 12, 5, 9, 22, 51, 1000, tzinfo=UTC)
READ: dict[str, Any] = {
    "id": "cl-67a405c-ae3b-4a42-8cd2-5dcd699xxxxx",
    "name": "Renewal Due 1- July 2025",
    "description": "This list contains customers with services expiring in July 2025.",
    "is_active": True,
    "total_record_count": 0,
    "status": "Ready",
    "created_by": "u-eb5bbee1-6af9-5b9a-b471-03a3fe4xxxxx",
    "updated_by": "u-eb5bbee1-6af9-5b9a-b471-03a3fe4xxxxx",
    "mapping": SAMPLE["mapping"],
    "is_list_in_use": False,
    "campaign_in_use": [],
    "list_type": "call",
    "is_global_dnc": False,
    "is_default": False,
    "source": "passiveApi",
    "api_configurations": {"data_sync_mode": "allowDuplicates"},
    "columns": [],
    "files": [],
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "allow_duplicates": True,
}
ODD: dict[str, list[object]] = {
    "name": [5, ["x"], {}],
    "description": [False, {}],
    "isActive": ["perhaps", 7, []],
    "totalRecordCount": ["many", 1.5, [], {}],
    "status": [1, ["Ready"]],
    "createdBy": [{"id": "u-1"}],
    "updatedBy": [12],
    "mapping": ["firstName", [], {"firstName": 1}],
    "isListInUse": ["in use"],
    "campaignInUse": [{}, "c-1", [1]],
    "listType": [["call"]],
    "isGlobalDNC": ["unknown"],
    "isDefault": [[]],
    "source": [0],
    "apiConfigurations": ["allowDuplicates", []],
    "columns": ["name", {}],
    "files": [1],
    "createdAt": ["yesterday", [], {}],
    "updatedAt": ["2025-13-45T00:00:00Z"],
    "allowDuplicates": ["sometimes", {}],
}


def field_of(key: str) -> str:
    """Name the field that reads a key of theirs."""
    (found,) = [name for name, field in ContactList.model_fields.items() if (field.alias or name) == key]
    return found


def test_the_documented_sample_fills_every_field() -> None:
    """Each field of the vendor's sample answer is read, under our name for it."""
    assert ContactList.model_validate(SAMPLE).model_dump() == READ
    assert set(READ) == set(ContactList.model_fields)


def test_the_id_is_enough() -> None:
    """An answer that says nothing else still says that the list exists."""
    read = ContactList.model_validate({"_id": "cl-1"})
    assert read.id == "cl-1"
    assert {value for name, value in read.model_dump().items() if name != "id"} == {None}


@pytest.mark.parametrize(
    "data", [{}, {"_id": ""}, {"_id": None}, {"_id": True}, {"_id": [5]}, [], "cl-1", None]
)
def test_without_an_id_there_is_no_list(data: object) -> None:
    """What has no id cannot be believed to be a list."""
    with pytest.raises(ValidationError):
        ContactList.model_validate(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, values in ODD.items() for value in [None, *values]],
)
def test_an_odd_value_reads_as_none(key: str, value: object) -> None:
    """One field of an unexpected type is unknown; every other one is read as ever."""
    read = ContactList.model_validate(SAMPLE | {key: value}).model_dump()
    assert read == READ | {field_of(key): None}


def test_the_odd_values_above_cover_every_field() -> None:
    """A field that is added has to say what an odd value does to it."""
    assert {field_of(key) for key in ODD} | {"id"} == set(ContactList.model_fields)


def test_an_odd_setting_within_the_settings_reads_as_none() -> None:
    """Also one level deeper an odd value does not take its neighbours along."""
    read = ContactList.model_validate(SAMPLE | {"apiConfigurations": {"dataSyncMode": 5, "more": 1}})
    assert read.api_configurations == ApiConfigurations(data_sync_mode=None)


def test_unknown_fields_are_ignored() -> None:
    """What the vendor adds one day breaks nothing."""
    read = ContactList.model_validate(SAMPLE | {"tenant": {"id": 1}, "__v": 0})
    assert read.model_dump() == READ


def test_it_survives_the_store() -> None:
    """A list that was saved as JSON is read back equal."""
    read = ContactList.model_validate(SAMPLE)
    assert ContactList.model_validate(read.model_dump(mode="json")) == read
    assert ContactList.model_validate_json(read.model_dump_json(by_alias=True)) == read


def test_so_much_is_kept() -> None:
    """No field is longer than anybody reads; an id that nobody could use shows that it was cut."""
    texts = ("name", "description", "status", "createdBy", "updatedBy", "listType", "source")
    many = [{"name": "c" * 999}] * 999
    mapping = {f"{number}{'k' * 999}": "v" * 999 for number in range(999)}
    long = dict.fromkeys(texts, "x" * 60000) | {"_id": "i" * 60_000, "mapping": mapping}
    read = ContactList.model_validate(long | dict.fromkeys(("columns", "files", "campaignInUse"), many))

    assert read.id == "i" * 199 + "…"
    assert {len(getattr(read, field_of(key)) or "") for key in texts} == {1_000}
    assert [len(each or ()) for each in (read.columns, read.files, read.campaign_in_use, read.mapping)] == [
        200
    ] * 4
    assert len(read.model_dump_json()) < 250_000


def test_parts_have_names() -> None:
    """Columns, files and campaigns are told as texts, or as objects with a name or an id."""
    parts = ["a", {"name": "b", "id": "no"}, {"id": "c"}, {"_id": "d"}, {"other": 1}]
    assert ContactList.model_validate({"_id": "cl-1", "campaignInUse": parts}).campaign_in_use == [
        *"abcd",
        "",
    ]


@pytest.mark.parametrize("records", [-1, 10**13, 10**400])
def test_no_such_number_of_records(records: int) -> None:
    """A number that no list can have is none, and none that no store takes."""
    assert ContactList.model_validate({"_id": "cl-1", "totalRecordCount": records}).total_record_count is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2025-12-05T09:22:51.001Z", MOMENT),
        ("2025-12-05T10:22:51.001+01:00", MOMENT),
        (1764926571001, MOMENT),
        ("1764926571001", MOMENT),
        ("Fri Dec 05 2025 09:22:51 GMT+0000 (Coordinated Universal Time)", MOMENT.replace(microsecond=0)),
        ("Fri Dec 05 2025 14:52:51 GMT+0530 (IST)", MOMENT.replace(microsecond=0)),
        ("Fri, 05 Dec 2025 09:22:51 GMT", MOMENT.replace(microsecond=0)),
        ("Fri, 05 Dec 2025 09:22:51 +9999999", None),
        ("12/5/2025, 9:22:51 AM", None),
        ("Fri, 05 Dec 99999999999999999999 09:22:51 GMT", None),
        ("Fri, 05 Dec 2025 99999999999999999999:22:51 GMT", None),
    ],
)
def test_forms_of_a_moment(told: object, expected: datetime | None) -> None:
    """ISO, milliseconds, JavaScript's own, and mail's."""
    assert ContactList.model_validate({"_id": "cl-1", "createdAt": told}).created_at == expected


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "1969-12-31T00:00:00Z"]
)
def test_a_time_that_cannot_be_shown_is_no_time(moment: str) -> None:
    """An odd time stamp does not spoil the summary of a list that exists."""
    assert ContactList.model_validate({"_id": "cl-1", "createdAt": moment}).created_at is None


PARTS = some.sampled_from(
    ["Fri,", "Dec", "05", "2025", "09:22:51", "9:9", ":::", "GMT", "GMT+0100", "-0000", "9" * 20, "+9999999"]
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(some.lists(PARTS, max_size=9).map(" ".join) | some.text(max_size=30))
def test_no_moment_breaks_the_reader(told: str) -> None:
    """Whatever stands where a time should, the list is read."""
    assert ContactList.model_validate({"_id": "cl-1", "createdAt": told}).id == "cl-1"


@pytest.mark.parametrize("told", ["2025-12-05T09:22:51", "Fri Dec 05 2025 09:22:51", "2025-12-05 09:22:51"])
def test_a_time_without_a_zone_has_none(told: str) -> None:
    """It is not read in a zone that nobody named: neither this server's nor UTC."""
    found = ContactList.model_validate({"_id": "cl-1", "createdAt": told})
    assert found.created_at == MOMENT.replace(tzinfo=None, microsecond=0)
    assert ContactList.model_validate(found.model_dump(mode="json")) == found
