"""Contacts in the local Kore.ai: who gets them and when, what is refused, what goes wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.sandbox.kore_client import ADD, DRAFT, INVALID, LISTS, Client

IN_PROGRESS = (200, {"message": "Adding contacts to public list is in progress"})
BROKEN = (500, {"errors": [{"msg": "Internal Server Error", "code": 500}]})


async def add(client: Client, *phones: str, name: str = "Renewal Due", **more: str) -> tuple[int, Any]:
    """Add contacts with these phone numbers, and more fields that are the same for all."""
    rows = [{"phoneNumber": phone, **more} for phone in phones]
    return await client.send("POST", ADD, json={"contact_list_name": name, "data": rows})


async def counted(client: Client, list_id: str) -> tuple[int, int]:
    """Return how many contacts the list has by its details, and by its contacts."""
    _, details = await client.send("GET", f"{LISTS}/{list_id}")
    _, contacts = await client.send("GET", f"{LISTS}/{list_id}/getAllContacts")
    return details["data"]["totalRecordCount"], contacts["data"]["totalResults"]


async def test_contacts_are_added_by_name_and_read_by_page(kore_client: Client, list_id: str) -> None:
    """What was added is counted, and the first fifty are answered."""
    rows = [{"phoneNumber": f"+4930{number:06}", "first name": "Ada"} for number in range(51)]
    body = {"contact_list_name": "Renewal Due", "data": rows}
    status, answer = await kore_client.send("POST", ADD, json=body)
    assert (status, answer) == (200, {"message": "Adding contacts to public list is in progress"})

    status, answer = await kore_client.send("GET", f"{LISTS}/{list_id}/getAllContacts")
    data = answer["data"]
    assert (status, answer["status"], len(data["results"])) == (200, "success", 50)
    assert data["results"][0].keys() == {"_id", "createdAt", "updatedAt", "phoneNumber"}
    assert data["results"][0]["_id"].startswith("cc-")
    del data["results"]
    assert data == {"skip": 0, "limit": 50, "hasMore": True, "totalPages": 2, "totalResults": 51}
    assert kore_client.kore.lists[list_id]["totalRecordCount"] == 51
    assert kore_client.kore.contacts(list_id) == rows


@pytest.mark.parametrize(("allowed", "count"), [(True, 2), (False, 1)])
async def test_a_number_added_twice_counts_by_the_lists_rule(
    kore_client: Client, *, allowed: bool, count: int
) -> None:
    """A list that does not allow duplicates keeps one row."""
    await kore_client.create(json=DRAFT | {"allowDuplicates": allowed})
    body = {"contact_list_name": "Renewal Due", "data": [{"phoneNumber": "+49301"}] * 2}
    await kore_client.send("POST", ADD, json=body, params={})  # only an older page has the query
    assert next(iter(kore_client.kore.lists.values()))["totalRecordCount"] == count


async def test_contacts_of_an_unknown_list_are_a_validation_error(kore_client: Client) -> None:
    """Reading and adding alike."""
    assert await kore_client.send("GET", f"{LISTS}/cl-unknown/getAllContacts") == (412, INVALID)
    body = {"contact_list_name": "unknown", "data": [{"phoneNumber": "+4930"}]}
    assert await kore_client.send("POST", ADD, json=body) == (412, INVALID)


@pytest.mark.parametrize(
    "data",
    [
        *(None, [], ["+4930"], [{}], {"phoneNumber": "+4930"}),
        *([{"phoneNumber": phone}] for phone in (4930, "", "+49 30", "49301.0", "4.9E+12", "4" * 16)),
        [{"phoneNumber": "+4930"}, {"firstName": "Ada"}],
        [{"phoneNumber": "+4930", "note": "x" * 301}],
        [{"phoneNumber": "+4930", "contactPriority": 1}],
        [{"phoneNumber": "+4930", **{f"column {number}": "" for number in range(150)}}],
    ],
)
async def test_rows_are_checked(kore_client: Client, list_id: str, data: object) -> None:
    """A row without a phone number, or with more than the console allows, is refused with all others."""
    body = {"contact_list_name": "Renewal Due", "data": data}
    assert await kore_client.send("POST", ADD, json=body) == (412, INVALID)
    assert kore_client.kore.lists[list_id]["totalRecordCount"] == 0


async def test_a_row_may_be_large(kore_client: Client, list_id: str) -> None:
    """As large as the console allows."""
    row = {"phoneNumber": "4" * 15, **{f"column {number}": "x" * 300 for number in range(149)}}
    body = {"contact_list_name": "Renewal Due", "data": [row]}
    assert await kore_client.send("POST", ADD, json=body) == IN_PROGRESS
    assert kore_client.kore.contacts(list_id) == [row]


async def test_the_oldest_of_a_name(kore_client: Client, list_id: str) -> None:
    """Of two lists of one name the older one gets the contacts: another case is another name."""
    await kore_client.create()
    await add(kore_client, "+4930")
    assert (await add(kore_client, "+4930", name="renewal due"))[0] == 412
    assert [kore_client.kore.phones(each).total() for each in kore_client.kore.lists] == [1, 0]
    assert next(iter(kore_client.kore.lists)) == list_id


async def test_counts_rise_later(kore_client: Client, list_id: str) -> None:
    """One contact after the other gets there while adding takes its time."""
    kore_client.kore.adding_takes = 60
    assert await add(kore_client, "+49301", "+49302", "+49303") == IN_PROGRESS
    assert await counted(kore_client, list_id) == (0, 0)
    kore_client.clock.now += 40
    assert await counted(kore_client, list_id) == (2, 2)
    kore_client.clock.now += 40
    assert await counted(kore_client, list_id) == (3, 3)
    assert kore_client.kore.lists[list_id]["updatedAt"] == "2025-12-05T09:23:51.001Z"


async def test_counts_rise_on_call(kore_client: Client, list_id: str) -> None:
    """What would never get there does when it is told to, by the list's rule for duplicates at that time."""
    kore_client.kore.adding_takes = math.inf
    await add(kore_client, "+49301", "+49301")
    kore_client.clock.now += 10**9
    assert await counted(kore_client, list_id) == (0, 0)
    kore_client.kore.lists[list_id]["allowDuplicates"] = False
    kore_client.kore.settle()
    assert kore_client.kore.phones(list_id) == {"+49301": 1}
    assert await counted(kore_client, list_id) == (1, 1)


async def test_a_list_that_is_gone_gets_none(kore_client: Client, list_id: str) -> None:
    """It was deleted while its contacts were on their way."""
    kore_client.kore.adding_takes = math.inf
    await add(kore_client, "+49301")
    await kore_client.send("DELETE", f"{LISTS}/{list_id}")
    kore_client.kore.settle()
    assert kore_client.kore.contacts(list_id) == []


async def test_what_was_there_counts(kore_client: Client) -> None:
    """The console's own contacts count too, though nobody knows them."""
    list_id = kore_client.kore.put("Renewal Due", totalRecordCount=1204)
    await add(kore_client, "+49301")
    assert kore_client.kore.lists[list_id]["totalRecordCount"] == 1205


async def test_pages_hear_of_it(kore_client: Client, list_id: str) -> None:
    """Who watches is told once the contacts are there, without asking."""
    heard: list[int] = []
    kore_client.kore.adding_takes = 0.05
    await add(kore_client, "+49301")
    kore_client.clock.now += 1
    kore_client.kore.listeners.add(lambda: heard.append(kore_client.kore.phones(list_id).total()))
    await kore_client.kore.until(lambda: heard == [1])


@pytest.mark.parametrize(
    ("fault", "answer", "added"),
    [("accepted_and_lost", IN_PROGRESS, 0), ("added_in_part", BROKEN, 2), (None, IN_PROGRESS, 3)],
)
async def test_what_an_answer_hides(
    kore_client: Client, list_id: str, fault: str | None, answer: tuple[int, Any], added: int
) -> None:
    """It says yes and adds nothing, or breaks down after the first half."""
    if fault:
        kore_client.kore.fault(fault, operation="add_contacts")
    assert await add(kore_client, "+49301", "+49302", "+49303", firstName="Ada") == answer
    assert kore_client.kore.phones(list_id).total() == added
