"""The faults of the local Kore.ai: each can be told apart, and is used once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from sandbox.kore.faults import FAULTS, SHAPES
from sandbox.kore.routes import OPERATIONS
from tests.sandbox.kore_client import (
    ADD,
    BAD_CREDENTIALS,
    BAD_TOKEN,
    CREATE,
    DRAFT,
    HEADERS,
    INVALID,
    LIMIT,
    QUERY,
    WRONG_METHOD,
    Client,
    Clock,
    local_kore,
    token,
)

SCOPE = "Permission denied. Scope is incorrect!"
TAKEN = "A contact list with this name already exists"
ANSWERED = {
    "unauthorized": (401, BAD_CREDENTIALS, 0),
    "invalid_token": (401, BAD_TOKEN, 0),
    "scope_missing": (401, {"errors": [{"msg": SCOPE, "code": 4002}]}, 0),
    "scope_missing_message": (401, {"errors": [{"message": SCOPE, "code": 4002}]}, 0),
    "method_not_allowed": (405, WRONG_METHOD, 0),
    "invalid": (412, INVALID, 0),
    "rate_limited": (429, {"errors": [{"msg": LIMIT, "code": 429}]}, 0),
    "rate_limited_text": (200, LIMIT, 0),
    "server_error": (500, {"errors": [{"msg": "Internal Server Error", "code": 500}]}, 0),
    "server_error_after_commit": (500, {"errors": [{"msg": "Internal Server Error", "code": 500}]}, 1),
    "accepted_and_lost": (200, {"message": "Adding contacts to public list is in progress"}, 0),
    "added_in_part": (500, {"errors": [{"msg": "Internal Server Error", "code": 500}]}, 1),
    "empty": (200, "", 1),
    "data_missing": (
        200,
        {"status": "success", "message": "Contact list Renewal Due created successfully"},
        1,
    ),
    "limit_reached": (200, {"status": "Error", "message": "Contact list limit reached"}, 0),
    "name_taken": (409, {"status": "Error", "message": TAKEN}, 0),
    "name_invalid": (412, {"errors": [{"msg": TAKEN, "code": 412}]}, 0),
    "stream_unknown": (404, {"errors": [{"msg": "Stream not found", "code": 404}]}, 0),
}
SHAPED = {"html", "html_ok", "firewall", "flat_error", "failure", "truncated", "created_201", "slow", *SHAPES}
UNANSWERED = {
    "timeout": 0,
    "timeout_after_commit": 1,
    "drop_before_commit": 0,
    "drop_after_commit": 1,
    "drop_commit_late": 0,
}


def test_every_fault_is_tried_and_described() -> None:
    """The tables below leave none out."""
    assert ANSWERED.keys() | SHAPED | UNANSWERED.keys() == FAULTS.keys()
    assert all(text and "\n" not in text for text in FAULTS.values())


@pytest.mark.parametrize("fault", ANSWERED)
async def test_a_fault_answers_once(kore_client: Client, fault: str) -> None:
    """The next call gets it, the one after that does not."""
    status, answer, created = ANSWERED[fault]
    kore_client.kore.fault(fault)
    assert await kore_client.create() == (status, answer)
    assert len(kore_client.kore.lists) == created
    assert (kore_client.kore.calls[0].status, kore_client.kore.calls[0].fault) == (status, fault)
    assert (await kore_client.create())[1]["status"] == "success"


@pytest.mark.parametrize(
    ("fault", "status", "created"), [("html", 502, 0), ("html_ok", 200, 1), ("firewall", 403, 0)]
)
async def test_a_fault_answers_a_page(kore_client: Client, fault: str, status: int, created: int) -> None:
    """HTML, typed as such."""
    kore_client.kore.fault(fault)
    headers = {"auth": token(), **HEADERS}
    async with kore_client.session.post(
        kore_client.kore.url + CREATE, params=QUERY, json=DRAFT, headers=headers
    ) as response:
        assert (response.status, response.content_type) == (status, "text/html")
    assert len(kore_client.kore.lists) == created


@pytest.mark.parametrize(("fault", "word"), [("flat_error", "Error"), ("failure", "failure")])
async def test_a_fault_answers_a_flat_failure(kore_client: Client, fault: str, word: str) -> None:
    """200, but not a success, and nothing was created."""
    kore_client.kore.fault(fault)
    status, answer = await kore_client.create()
    assert (status, answer["status"], answer.keys()) == (200, word, {"status", "message"})
    assert not kore_client.kore.lists


async def test_a_truncated_answer_is_not_json(kore_client: Client) -> None:
    """The list exists all the same."""
    kore_client.kore.fault("truncated")
    with pytest.raises(json.JSONDecodeError):
        await kore_client.create()
    assert len(kore_client.kore.lists) == 1


async def test_a_success_may_be_201(kore_client: Client) -> None:
    """The vendor does not say which it is."""
    kore_client.kore.fault("created_201")
    status, answer = await kore_client.create()
    assert (status, answer["status"]) == (201, "success")


async def test_a_slow_answer_comes_after_its_seconds(kore_client: Client) -> None:
    """The list is there before the answer."""
    kore_client.kore.fault("slow", seconds=0.2)
    begun = asyncio.get_running_loop().time()
    waiting = asyncio.create_task(kore_client.create())
    await kore_client.kore.until(lambda: bool(kore_client.kore.lists))
    assert not waiting.done()
    assert (await waiting)[0] == 200
    assert asyncio.get_running_loop().time() - begun >= 0.2


@pytest.mark.parametrize("fault", UNANSWERED)
async def test_a_fault_leaves_without_an_answer(kore_client: Client, fault: str) -> None:
    """The client learns nothing, whether the list was created or not."""
    kore_client.kore.fault(fault, seconds=60)
    is_silent = fault.startswith("timeout")
    with pytest.raises(TimeoutError if is_silent else aiohttp.ServerDisconnectedError):
        await kore_client.create(timeout=aiohttp.ClientTimeout(total=0.1 if is_silent else 5))
    assert len(kore_client.kore.lists) == UNANSWERED[fault]
    assert (kore_client.kore.calls[0].status, kore_client.kore.calls[0].answer) == (0, None)


async def test_a_list_may_appear_after_the_connection_dropped(kore_client: Client) -> None:
    """A look-up in between does not find it."""
    kore_client.kore.fault("drop_commit_late", seconds=0.1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await kore_client.create()
    assert not kore_client.kore.lists
    await kore_client.kore.until(lambda: bool(kore_client.kore.lists))


async def test_the_server_closes_over_a_call_without_an_answer() -> None:
    """Closing drops it, and does not wait for the kore_client."""
    async with aiohttp.ClientSession() as session:
        clock = Clock()
        async with local_kore(clock) as kore:
            kore.fault("timeout")
            waiting = asyncio.create_task(Client(kore, session, clock).create())
            await kore.until(lambda: kore.calls != [] and kore.calls[0].fault == "timeout")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await waiting


async def test_a_fault_can_say_when_to_come_again(kore_client: Client) -> None:
    """Retry-After stands there only if it was given."""
    kore_client.kore.fault("rate_limited", retry_after=7)
    kore_client.kore.fault("rate_limited")
    seen = []
    for _ in range(2):
        headers = {"auth": token(), **HEADERS}
        async with kore_client.session.post(
            kore_client.kore.url + CREATE, params=QUERY, headers=headers
        ) as response:
            seen.append(response.headers.get("Retry-After"))
    assert seen == ["7", None]


async def test_faults_wait_for_their_operation(kore_client: Client) -> None:
    """Each call takes the oldest that is meant for it."""
    kore_client.kore.fault("server_error", operation="list")
    kore_client.kore.fault("html", operation="any", times=2)
    assert (await kore_client.create())[0] == 502
    assert (await kore_client.list_all())[0] == 500
    assert [(fault.name, fault.operation) for fault in kore_client.kore.faults_waiting] == [("html", "any")]
    kore_client.kore.clear_faults()
    assert (await kore_client.create())[0] == 200
    assert kore_client.kore.faults_waiting == []


async def test_a_refused_call_leaves_the_fault_waiting(kore_client: Client) -> None:
    """A fault does not hide a bad token."""
    kore_client.kore.fault("html_ok")
    assert await kore_client.create(headers={"auth": "garbage"}) == (401, BAD_TOKEN)
    assert len(kore_client.kore.faults_waiting) == 1


async def test_a_fault_after_commit_does_not_hide_a_bad_body(kore_client: Client) -> None:
    """What cannot be done is not pretended to be done."""
    kore_client.kore.fault("created_201")
    assert await kore_client.create(json={}) == (412, INVALID)


@pytest.mark.parametrize("wrong", [{"fault": "nonsense"}, {"operation": "nonsense"}, {"times": 0}])
def test_a_misspelt_fault_is_an_error(wrong: dict[str, Any]) -> None:
    """Else a test would wait for what never comes."""
    with pytest.raises(ValueError, match=r"no such|times"):
        local_kore(Clock()).fault(**({"fault": "slow"} | wrong))


async def test_contact_answers_survive_the_data_fault(kore_client: Client, list_id: str) -> None:
    """An answer that has no data anyway goes through unchanged."""
    kore_client.kore.fault("data_missing", operation="add_contacts")
    body = {"contact_list_name": "Renewal Due", "data": [{"phoneNumber": "+4930"}]}
    assert (await kore_client.send("POST", ADD, json=body))[1].keys() == {"message"}
    assert kore_client.kore.lists[list_id]["totalRecordCount"] == 1


def test_the_operations_are_those_of_the_vendor() -> None:
    """Whoever switches faults on can offer them by name."""
    assert set(OPERATIONS) == {"create", "list", "get", "update", "delete", "contacts", "add_contacts"}
