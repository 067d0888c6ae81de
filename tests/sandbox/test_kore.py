"""The local Kore.ai, through a real aiohttp client: shapes, refusals, rate limit."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import aiohttp
import jwt
import pytest

from tests.sandbox.kore_client import (
    ACCOUNT_ID,
    ADD,
    BAD_CREDENTIALS,
    BAD_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    CREATE,
    DRAFT,
    INVALID,
    LIMIT,
    LIST_ALL,
    LISTS,
    NOW,
    QUERY,
    REPLAY,
    STREAM_ID,
    WRONG_METHOD,
    Client,
    Clock,
    local_kore,
    started,
    token,
)


async def test_create_answers_the_vendors_whole_object(kore_client: Client) -> None:
    """Every field of the sample answer is there, and no other."""
    status, answer = await kore_client.create()

    created = answer["data"]
    assert (status, answer["status"]) == (200, "success")
    assert answer["message"] == "Contact list Renewal Due created successfully"
    assert re.fullmatch(r"cl-[0-9a-f]{7}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", created["_id"])
    assert re.fullmatch(r"u-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created["createdBy"])
    columns = ["firstName", "lastName", "phoneNumber", "timeZone", "uniqueId", "contactPriority"]
    assert created == {
        "isActive": True,
        "name": "Renewal Due",
        "description": "Due in July.",
        "totalRecordCount": 0,
        "status": "Ready",
        "createdBy": created["createdBy"],
        "updatedBy": created["createdBy"],
        "mapping": {name: name for name in columns},
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
        "_id": created["_id"],
        "allowDuplicates": True,
    }
    assert kore_client.kore.lists == {created["_id"]: created}


async def test_duplicates_are_not_allowed_unless_asked_for(kore_client: Client) -> None:
    """The flag is optional and false by default."""
    _, answer = await kore_client.create(json={key: DRAFT[key] for key in ("name", "description", "source")})
    assert answer["data"]["allowDuplicates"] is False
    assert answer["data"]["apiConfigurations"] == {"dataSyncMode": "removeDuplicates"}


async def test_names_need_not_be_unique(kore_client: Client) -> None:
    """The same body twice makes two lists."""
    await kore_client.create()
    await kore_client.create()
    assert [one["name"] for one in kore_client.kore.lists.values()] == ["Renewal Due", "Renewal Due"]


async def test_list_all_answers_shortened_lists(kore_client: Client, list_id: str) -> None:
    """The array is plain, and its items lack what the vendor's lack."""
    status, answer = await kore_client.list_all()
    assert (status, answer["status"], answer["message"]) == (200, "success", "")
    (item,) = answer["data"]
    assert item["_id"] == list_id
    assert item.items() <= kore_client.kore.lists[list_id].items()
    assert kore_client.kore.lists[list_id].keys() - item.keys() == {
        *("isActive", "createdBy", "updatedBy", "createdAt"),
        *("isGlobalDNC", "isDefault", "columns", "allowDuplicates"),
    }


async def test_get_answers_the_list_as_created(kore_client: Client, list_id: str) -> None:
    """Details are the create object."""
    status, answer = await kore_client.send("GET", f"{LISTS}/{list_id}")
    assert (status, answer) == (
        200,
        {"status": "success", "message": "", "data": kore_client.kore.lists[list_id]},
    )


async def test_update_answers_the_change_and_keeps_the_rest(kore_client: Client, list_id: str) -> None:
    """`data` holds the id and the change, not the list."""
    kore_client.clock.now += 60
    status, answer = await kore_client.send("PUT", f"{LISTS}/{list_id}", json={"name": "Renewed"})
    body = {"name": "Renewed", "updatedAt": "2025-12-05T09:23:51.001Z"}
    assert (status, answer["data"]) == (200, {"contactListId": list_id, "body": body})
    assert answer["message"] == "Contact list Renewed updated successfully"
    stored = kore_client.kore.lists[list_id]
    assert (stored["name"], stored["description"]) == ("Renewed", "Due in July.")
    assert str(stored["createdAt"]) < str(stored["updatedAt"])


async def test_delete_answers_the_deleted_list(kore_client: Client, list_id: str) -> None:
    """The list is gone, and its object is the answer."""
    deleted = kore_client.kore.lists[list_id]
    status, answer = await kore_client.send("DELETE", f"{LISTS}/{list_id}")
    assert (status, answer["data"]) == (200, deleted)
    assert answer["message"] == "Contact list Renewal Due deleted successfully"
    assert not kore_client.kore.lists


async def test_a_list_in_use_is_not_deleted(kore_client: Client, list_id: str) -> None:
    """The refusal is a flat error with 200."""
    kore_client.kore.lists[list_id]["isListInUse"] = True
    status, answer = await kore_client.send("DELETE", f"{LISTS}/{list_id}")
    assert (status, answer["status"]) == (200, "Error")
    assert answer.keys() == {"status", "message"}
    assert list_id in kore_client.kore.lists


@pytest.mark.parametrize(
    "body",
    [
        [DRAFT],
        {**DRAFT, "extra": 1},
        {key: DRAFT[key] for key in ("name", "source")},
        {**DRAFT, "name": ""},
        {**DRAFT, "name": 7},
        {**DRAFT, "name": "x" * 49},
        {**DRAFT, "name": "😀" * 25},
        {**DRAFT, "description": ""},
        {**DRAFT, "description": "x" * 257},
        {**DRAFT, "source": "localDrive"},
        {**DRAFT, "allowDuplicates": "true"},
        {**DRAFT, "allowDuplicates": None},
    ],
)
async def test_create_refuses_what_is_not_documented(kore_client: Client, body: object) -> None:
    """A body that strays from the page is a validation error, and creates nothing."""
    assert await kore_client.create(json=body) == (412, INVALID)
    assert not kore_client.kore.lists
    assert kore_client.kore.calls[0].reason


@pytest.mark.parametrize("body", [{"name": "😀" * 24}, {"description": "x" * 256}, {"name": "\ud800"}])
async def test_create_takes_texts_up_to_the_limit(kore_client: Client, body: dict[str, str]) -> None:
    """48 and 256 UTF-16 units are allowed, whatever they are."""
    status, answer = await kore_client.create(json=DRAFT | body)
    assert status == 200
    assert body.items() <= answer["data"].items()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff"])
async def test_create_refuses_a_body_that_is_not_json(kore_client: Client, data: bytes) -> None:
    """Empty, cut and undecodable bodies are validation errors."""
    headers = {"Content-Type": "application/json"}
    assert await kore_client.create(json=None, data=data, headers=headers) == (412, INVALID)


async def test_a_json_body_needs_its_content_type(kore_client: Client) -> None:
    """The right bytes under another type are refused."""
    headers = {"Content-Type": "text/plain"}
    assert await kore_client.create(json=None, data=json.dumps(DRAFT), headers=headers) == (412, INVALID)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_an_unknown_list_is_a_validation_error(kore_client: Client, method: str) -> None:
    """Whatever is asked of a list that is not there."""
    body = {"json": {"name": "x"}} if method == "PUT" else {}
    assert await kore_client.send(method, f"{LISTS}/cl-unknown", **body) == (412, INVALID)


async def test_update_refuses_other_fields(kore_client: Client, list_id: str) -> None:
    """Only name and description can be changed."""
    for body in ({"source": "passiveApi"}, {"name": "x" * 49}):
        assert await kore_client.send("PUT", f"{LISTS}/{list_id}", json=body) == (412, INVALID)


async def test_list_all_needs_its_type_and_no_body(kore_client: Client) -> None:
    """The query is as documented, the body is empty."""
    assert await kore_client.list_all(params=QUERY) == (412, INVALID)
    assert await kore_client.list_all(json={}) == (412, INVALID)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CREATE),
        ("PUT", CREATE),
        ("GET", LIST_ALL),
        ("POST", f"{LISTS}/cl-1"),
        ("POST", f"{LISTS}/cl-1/getAllContacts"),
        ("GET", ADD),
    ],
)
async def test_a_wrong_method_is_refused(kore_client: Client, method: str, path: str) -> None:
    """Known paths answer 405 in the vendor's shape."""
    assert await kore_client.send(method, path) == (405, WRONG_METHOD)
    assert kore_client.kore.calls[0].operation == "unknown"


async def test_an_unknown_path_is_a_page(kore_client: Client) -> None:
    """A gateway answers in HTML."""
    status, answer = await kore_client.send("GET", "/nowhere")
    assert (status, answer[:15]) == (404, "<!DOCTYPE html>")


@pytest.mark.parametrize(
    "changed",
    [
        {"params": {}},
        {"params": {"accountId": "other"}},
        {"params": [("accountId", ACCOUNT_ID), ("accountId", "other")]},
        {"headers": {"accountId": None}},
        {"headers": {"accountId": "other"}},
        {"headers": {"iid": None}},
        {"headers": {"iid": "st-other"}},
        {"headers": {"auth": None}},
    ],
)
async def test_foreign_ids_are_bad_credentials(kore_client: Client, changed: dict[str, Any]) -> None:
    """Each id is checked in each of its places."""
    assert await kore_client.create(**changed) == (401, BAD_CREDENTIALS)
    assert not kore_client.kore.lists


async def test_a_foreign_stream_id_is_bad_credentials(kore_client: Client) -> None:
    """Also where the path says iid, and where an optional query is wrong."""
    for path in (CREATE, ADD):
        assert await kore_client.send("POST", path.replace(STREAM_ID, "st-other")) == (401, BAD_CREDENTIALS)
    assert await kore_client.send("POST", ADD, params={"accountId": "other"}) == (401, BAD_CREDENTIALS)


async def test_an_iid_of_its_own_is_expected_in_its_places() -> None:
    """The header and the path of v1.1 take the iid, the path of v2 the stream id."""
    async with started(iid="st-app") as kore_client:
        assert (await kore_client.create(headers={"iid": "st-app"}))[0] == 200
        assert await kore_client.create() == (401, BAD_CREDENTIALS)
        body = {"contact_list_name": "Renewal Due", "data": [{"phoneNumber": "+4930"}]}
        path = ADD.replace(STREAM_ID, "st-app")
        assert (await kore_client.send("POST", path, json=body, headers={"iid": "st-app"}))[0] == 200


BAD_TOKENS = {
    "another secret": (token(key=CLIENT_SECRET[::-1]), BAD_CREDENTIALS),
    "another algorithm": (token(algorithm="HS512"), BAD_CREDENTIALS),
    "unsigned": (token(key="", algorithm="none"), BAD_CREDENTIALS),
    "another app": (token(appId=CLIENT_ID.upper()), BAD_CREDENTIALS),
    "appId in another case": (token(appId=None, appid=CLIENT_ID), BAD_CREDENTIALS),
    "no sub": (token(sub=None), BAD_TOKEN),
    "no jti": (token(jti=None), BAD_TOKEN),
    "empty jti": (token(jti=""), BAD_TOKEN),
    "no iat": (token(iat=None), BAD_TOKEN),
    "no exp": (token(exp=None), BAD_TOKEN),
    "exp true": (token(exp=True), BAD_TOKEN),
    "expired": (token(exp=NOW), BAD_TOKEN),
    "too long": (token(exp=NOW + 3601), BAD_TOKEN),
    "bearer": (f"bearer {token()}", BAD_TOKEN),
    "Bearer": (f"Bearer {token()}", BAD_TOKEN),
    "garbage": ("garbage", BAD_TOKEN),
    "garbage in three": ("a.b.c", BAD_TOKEN),
    "not ascii": ("clé.b.c", BAD_TOKEN),
    "empty": ("", BAD_TOKEN),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_bad_token_is_refused(kore_client: Client, case: str) -> None:
    """Signature, algorithm, claims, and the bare form."""
    auth, answer = BAD_TOKENS[case]
    assert await kore_client.create(headers={"auth": auth}) == (401, answer)
    assert not kore_client.kore.lists


async def test_a_token_may_live_an_hour(kore_client: Client) -> None:
    """The limit itself is allowed."""
    assert (await kore_client.create(headers={"auth": token(exp=NOW + 3600)}))[0] == 200


async def test_a_token_is_used_once(kore_client: Client) -> None:
    """A replay is refused on any operation, also when the first use ended in a refusal."""
    headers = {"auth": token()}
    assert await kore_client.create(json={}, headers=headers) == (412, INVALID)
    assert await kore_client.create(headers=headers) == (401, REPLAY)
    assert await kore_client.list_all(headers=headers) == (401, REPLAY)


async def test_only_the_algorithm_of_the_account_counts() -> None:
    """An app set to HS512 takes HS512 alone, and a short secret draws no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        right, wrong = (token(key="short", algorithm=name) for name in ("HS512", "HS256"))
    async with started(algorithm="HS512", client_secret="short") as kore_client:
        assert (await kore_client.create(headers={"auth": right}))[0] == 200
        assert await kore_client.create(headers={"auth": wrong}) == (401, BAD_CREDENTIALS)


async def test_the_rate_limit_slides_over_all_operations() -> None:
    """Three calls in any minute, whatever they are; a refused one does not count."""
    async with started(rate_per_minute=3) as kore_client:
        await kore_client.create()
        kore_client.clock.now += 30
        await kore_client.list_all()
        await kore_client.create(headers={"auth": "garbage"})
        await kore_client.create()
        assert await kore_client.create() == (429, {"errors": [{"msg": LIMIT, "code": 429}]})
        kore_client.clock.now += 29.9
        assert (await kore_client.create())[0] == 429
        kore_client.clock.now += 0.1
        assert (await kore_client.create())[0] == 200
        assert (await kore_client.create())[0] == 429
    assert len(kore_client.kore.lists) == 3


async def test_answers_carry_the_clocks_date(kore_client: Client) -> None:
    """The Date header is the server's time, not the machine's."""
    async with kore_client.session.get(kore_client.kore.url) as response:
        assert response.headers["Date"] == "Fri, 05 Dec 2025 09:22:51 GMT"


async def test_calls_are_recorded_in_full(kore_client: Client) -> None:
    """Request and answer, in order."""
    _, answer = await kore_client.create()
    await kore_client.send("GET", "/nowhere", data=b"not json")
    first, second = kore_client.kore.calls
    assert (first.at, first.operation, first.method, first.path) == (NOW, "create", "POST", CREATE)
    assert (dict(first.query), first.headers["IID"], first.body) == (QUERY, STREAM_ID, DRAFT)
    assert (first.status, first.answer, first.fault, first.reason) == (200, answer, "", "")
    assert (second.operation, second.body, second.status) == ("unknown", "not json", 404)


async def test_what_was_answered_does_not_change_later(kore_client: Client, list_id: str) -> None:
    """The record holds copies."""
    await kore_client.send("PUT", f"{LISTS}/{list_id}", json={"name": "Renewed"})
    recorded: Any = kore_client.kore.calls[0].answer
    assert recorded["data"]["name"] == "Renewal Due"


async def test_until_gives_up(kore_client: Client) -> None:
    """A condition that never holds is a time-out."""
    with pytest.raises(TimeoutError):
        await kore_client.kore.until(lambda: False, timeout=0.01)


async def test_the_server_can_go_away_and_come_back() -> None:
    """Lists and port survive, and no connection is accepted between."""
    clock = Clock()
    kore = local_kore(clock)
    urls = set()
    for _ in range(2):
        async with kore, aiohttp.ClientSession() as session:
            assert (await Client(kore, session, clock).create())[0] == 200
            urls.add(kore.url)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await Client(kore, session, clock).create()
    assert len(urls) == 1
    assert len(kore.lists) == 2
