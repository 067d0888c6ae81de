"""The local Kore.ai, through a real aiohttp client: shapes, refusals, faults, rate limit."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
import warnings
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import jwt
import pytest

from sandbox.kore.faults import FAULTS
from sandbox.kore.routes import OPERATIONS
from sandbox.kore.server import LocalKore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STREAM_ID = "st-0603182c-7ffb-53c3-b307-47ca14b90001"
ACCOUNT_ID = "67777ce93e25326494e90001"
CLIENT_ID = "cs-1f2e3d4c-0000-5555-8888-aaaaaaaaaaaa"
CLIENT_SECRET = "a-made-up-secret-of-more-than-sixty-four-bytes-for-hs512-as-well-0123456789"
NOW = 1_764_926_571.001  # 2025-12-05T09:22:51.001Z
LISTS = f"/campaign/api/v2/public/{STREAM_ID}/campaign/contactList"
CREATE = f"{LISTS}/createContactList"
LIST_ALL = f"{LISTS}/getAllListDetails"
ADD = f"/api/1.1/public/{STREAM_ID}/campaign/contactList/addContacts"
DRAFT = {
    "name": "Renewal Due",
    "description": "Due in July.",
    "source": "passiveApi",
    "allowDuplicates": True,
}
QUERY = {"accountId": ACCOUNT_ID}
HEADERS = {"iid": STREAM_ID, "accountId": ACCOUNT_ID}
BAD_CREDENTIALS = {"errors": [{"msg": "Invalid SDK credentials", "code": 4002}]}
BAD_TOKEN = {"errors": [{"msg": "Invalid JWT token", "code": 4002}]}
REPLAY = {"errors": [{"msg": "error verifying the jwt: possibly a replay", "code": 4002}]}
INVALID = {"errors": [{"msg": "Validation errors/ Invalid arguments", "code": 412}]}
WRONG_METHOD = {"errors": [{"msg": "Method Not Allowed", "code": 405}]}
LIMIT = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


class Client:
    """A client that does everything right, unless it is told otherwise."""

    def __init__(self, kore: LocalKore, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.kore, self.session, self.clock = kore, session, clock

    async def send(self, method: str, path: str, **changed: Any) -> tuple[int, Any]:  # noqa: ANN401
        """Return the status, and the body as a JSON value or as text."""
        headers = {"auth": token(self.clock.now), **HEADERS} | changed.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        url = self.kore.url + path
        options = {"params": QUERY, "headers": headers} | changed
        async with self.session.request(method, url, **options) as response:
            text = await response.text()
        return response.status, json.loads(text) if text[:1] in {"{", "["} else text

    async def create(self, **changed: Any) -> tuple[int, Any]:  # noqa: ANN401
        """Create a list, DRAFT unless told otherwise."""
        return await self.send("POST", CREATE, **({"json": DRAFT} | changed))

    async def list_all(self, **changed: Any) -> tuple[int, Any]:  # noqa: ANN401
        """Get all lists."""
        return await self.send("POST", LIST_ALL, **({"params": QUERY | {"type": "call"}} | changed))


def token(now: float = NOW, *, key: str = CLIENT_SECRET, algorithm: str = "HS256", **changed: object) -> str:
    """Return a JWT, with claims changed, or left out where the change is None."""
    claims = {
        "appId": CLIENT_ID,
        "sub": "bot",
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
    } | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def local_kore(clock: Clock, **changed: Any) -> LocalKore:  # noqa: ANN401
    """Return a server for the made-up account."""
    ids: dict[str, Any] = {"client_id": CLIENT_ID, "stream_id": STREAM_ID, "account_id": ACCOUNT_ID}
    return LocalKore(**({**ids, "client_secret": CLIENT_SECRET, "clock": clock} | changed))


@asynccontextmanager
async def started(**changed: Any) -> AsyncIterator[Client]:  # noqa: ANN401
    """Start a server and a session."""
    clock = Clock()
    async with local_kore(clock, **changed) as kore, aiohttp.ClientSession() as session:
        yield Client(kore, session, clock)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Start a fresh server."""
    async with started() as one:
        yield one


@pytest.fixture
async def list_id(client: Client) -> str:
    """Create a list and return its id."""
    _, answer = await client.create()
    return str(answer["data"]["_id"])


# --- the operations -------------------------------------------------------------------------------


async def test_create_answers_the_vendors_whole_object(client: Client) -> None:
    """Every field of the sample answer is there, and no other."""
    status, answer = await client.create()

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
    assert client.kore.lists == {created["_id"]: created}


async def test_duplicates_are_not_allowed_unless_asked_for(client: Client) -> None:
    """The flag is optional and false by default."""
    _, answer = await client.create(json={key: DRAFT[key] for key in ("name", "description", "source")})
    assert answer["data"]["allowDuplicates"] is False
    assert answer["data"]["apiConfigurations"] == {"dataSyncMode": "removeDuplicates"}


async def test_names_need_not_be_unique(client: Client) -> None:
    """The same body twice makes two lists."""
    await client.create()
    await client.create()
    assert [one["name"] for one in client.kore.lists.values()] == ["Renewal Due", "Renewal Due"]


async def test_list_all_answers_shortened_lists(client: Client, list_id: str) -> None:
    """The array is plain, and its items lack what the vendor's lack."""
    status, answer = await client.list_all()
    assert (status, answer["status"], answer["message"]) == (200, "success", "")
    (item,) = answer["data"]
    assert item["_id"] == list_id
    assert item.items() <= client.kore.lists[list_id].items()
    assert client.kore.lists[list_id].keys() - item.keys() == {
        *("isActive", "createdBy", "updatedBy", "createdAt"),
        *("isGlobalDNC", "isDefault", "columns", "allowDuplicates"),
    }


async def test_get_answers_the_list_as_created(client: Client, list_id: str) -> None:
    """Details are the create object."""
    status, answer = await client.send("GET", f"{LISTS}/{list_id}")
    assert (status, answer) == (200, {"status": "success", "message": "", "data": client.kore.lists[list_id]})


async def test_update_answers_the_change_and_keeps_the_rest(client: Client, list_id: str) -> None:
    """`data` holds the id and the change, not the list."""
    client.clock.now += 60
    status, answer = await client.send("PUT", f"{LISTS}/{list_id}", json={"name": "Renewed"})
    body = {"name": "Renewed", "updatedAt": "2025-12-05T09:23:51.001Z"}
    assert (status, answer["data"]) == (200, {"contactListId": list_id, "body": body})
    assert answer["message"] == "Contact list Renewed updated successfully"
    stored = client.kore.lists[list_id]
    assert (stored["name"], stored["description"]) == ("Renewed", "Due in July.")
    assert str(stored["createdAt"]) < str(stored["updatedAt"])


async def test_delete_answers_the_deleted_list(client: Client, list_id: str) -> None:
    """The list is gone, and its object is the answer."""
    deleted = client.kore.lists[list_id]
    status, answer = await client.send("DELETE", f"{LISTS}/{list_id}")
    assert (status, answer["data"]) == (200, deleted)
    assert answer["message"] == "Contact list Renewal Due deleted successfully"
    assert not client.kore.lists


async def test_a_list_in_use_is_not_deleted(client: Client, list_id: str) -> None:
    """The refusal is a flat error with 200."""
    client.kore.lists[list_id]["isListInUse"] = True
    status, answer = await client.send("DELETE", f"{LISTS}/{list_id}")
    assert (status, answer["status"]) == (200, "Error")
    assert answer.keys() == {"status", "message"}
    assert list_id in client.kore.lists


async def test_contacts_are_added_by_name_and_read_by_page(client: Client, list_id: str) -> None:
    """What was added is counted, and the first fifty are answered."""
    rows = [{"phoneNumber": f"+4930{number:06}", "first name": "Ada"} for number in range(51)]
    body = {"contact_list_name": "Renewal Due", "data": rows}
    status, answer = await client.send("POST", ADD, json=body)
    assert (status, answer) == (200, {"message": "Adding contacts to public list is in progress"})

    status, answer = await client.send("GET", f"{LISTS}/{list_id}/getAllContacts")
    data = answer["data"]
    assert (status, answer["status"], len(data["results"])) == (200, "success", 50)
    assert data["results"][0].keys() == {"_id", "createdAt", "updatedAt", "phoneNumber"}
    assert data["results"][0]["_id"].startswith("cc-")
    del data["results"]
    assert data == {"skip": 0, "limit": 50, "hasMore": True, "totalPages": 2, "totalResults": 51}
    assert client.kore.lists[list_id]["totalRecordCount"] == 51


@pytest.mark.parametrize(("allowed", "count"), [(True, 2), (False, 1)])
async def test_a_number_added_twice_counts_by_the_lists_rule(
    client: Client, *, allowed: bool, count: int
) -> None:
    """A list that does not allow duplicates keeps one row."""
    await client.create(json=DRAFT | {"allowDuplicates": allowed})
    body = {"contact_list_name": "Renewal Due", "data": [{"phoneNumber": "+49301"}] * 2}
    await client.send("POST", ADD, json=body, params={})  # only an older page has the query
    assert next(iter(client.kore.lists.values()))["totalRecordCount"] == count


# --- refusals -------------------------------------------------------------------------------------


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
async def test_create_refuses_what_is_not_documented(client: Client, body: object) -> None:
    """A body that strays from the page is a validation error, and creates nothing."""
    assert await client.create(json=body) == (412, INVALID)
    assert not client.kore.lists
    assert client.kore.calls[0].reason


@pytest.mark.parametrize("body", [{"name": "😀" * 24}, {"description": "x" * 256}, {"name": "\ud800"}])
async def test_create_takes_texts_up_to_the_limit(client: Client, body: dict[str, str]) -> None:
    """48 and 256 UTF-16 units are allowed, whatever they are."""
    status, answer = await client.create(json=DRAFT | body)
    assert status == 200
    assert body.items() <= answer["data"].items()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff"])
async def test_create_refuses_a_body_that_is_not_json(client: Client, data: bytes) -> None:
    """Empty, cut and undecodable bodies are validation errors."""
    headers = {"Content-Type": "application/json"}
    assert await client.create(json=None, data=data, headers=headers) == (412, INVALID)


async def test_a_json_body_needs_its_content_type(client: Client) -> None:
    """The right bytes under another type are refused."""
    headers = {"Content-Type": "text/plain"}
    assert await client.create(json=None, data=json.dumps(DRAFT), headers=headers) == (412, INVALID)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_an_unknown_list_is_a_validation_error(client: Client, method: str) -> None:
    """Whatever is asked of a list that is not there."""
    body = {"json": {"name": "x"}} if method == "PUT" else {}
    assert await client.send(method, f"{LISTS}/cl-unknown", **body) == (412, INVALID)


async def test_contacts_of_an_unknown_list_are_a_validation_error(client: Client) -> None:
    """Reading and adding alike."""
    assert await client.send("GET", f"{LISTS}/cl-unknown/getAllContacts") == (412, INVALID)
    body = {"contact_list_name": "unknown", "data": [{"phoneNumber": "+4930"}]}
    assert await client.send("POST", ADD, json=body) == (412, INVALID)


@pytest.mark.parametrize("data", [None, [], ["+4930"], [{}], [{"phoneNumber": 4930}], [{"phoneNumber": ""}]])
async def test_contacts_need_a_phone_number_each(client: Client, list_id: str, data: object) -> None:
    """Rows without one are refused, all together."""
    body = {"contact_list_name": "Renewal Due", "data": data}
    assert await client.send("POST", ADD, json=body) == (412, INVALID)
    assert client.kore.lists[list_id]["totalRecordCount"] == 0


async def test_update_refuses_other_fields(client: Client, list_id: str) -> None:
    """Only name and description can be changed."""
    for body in ({"source": "passiveApi"}, {"name": "x" * 49}):
        assert await client.send("PUT", f"{LISTS}/{list_id}", json=body) == (412, INVALID)


async def test_list_all_needs_its_type_and_no_body(client: Client) -> None:
    """The query is as documented, the body is empty."""
    assert await client.list_all(params=QUERY) == (412, INVALID)
    assert await client.list_all(json={}) == (412, INVALID)


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
async def test_a_wrong_method_is_refused(client: Client, method: str, path: str) -> None:
    """Known paths answer 405 in the vendor's shape."""
    assert await client.send(method, path) == (405, WRONG_METHOD)
    assert client.kore.calls[0].operation == "unknown"


async def test_an_unknown_path_is_a_page(client: Client) -> None:
    """A gateway answers in HTML."""
    status, answer = await client.send("GET", "/nowhere")
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
async def test_foreign_ids_are_bad_credentials(client: Client, changed: dict[str, Any]) -> None:
    """Each id is checked in each of its places."""
    assert await client.create(**changed) == (401, BAD_CREDENTIALS)
    assert not client.kore.lists


async def test_a_foreign_stream_id_is_bad_credentials(client: Client) -> None:
    """Also where the path says iid, and where an optional query is wrong."""
    for path in (CREATE, ADD):
        assert await client.send("POST", path.replace(STREAM_ID, "st-other")) == (401, BAD_CREDENTIALS)
    assert await client.send("POST", ADD, params={"accountId": "other"}) == (401, BAD_CREDENTIALS)


async def test_an_iid_of_its_own_is_expected_in_its_places() -> None:
    """The header and the path of v1.1 take the iid, the path of v2 the stream id."""
    async with started(iid="st-app") as client:
        assert (await client.create(headers={"iid": "st-app"}))[0] == 200
        assert await client.create() == (401, BAD_CREDENTIALS)
        body = {"contact_list_name": "Renewal Due", "data": [{"phoneNumber": "+4930"}]}
        path = ADD.replace(STREAM_ID, "st-app")
        assert (await client.send("POST", path, json=body, headers={"iid": "st-app"}))[0] == 200


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
async def test_a_bad_token_is_refused(client: Client, case: str) -> None:
    """Signature, algorithm, claims, and the bare form."""
    auth, answer = BAD_TOKENS[case]
    assert await client.create(headers={"auth": auth}) == (401, answer)
    assert not client.kore.lists


async def test_a_token_may_live_an_hour(client: Client) -> None:
    """The limit itself is allowed."""
    assert (await client.create(headers={"auth": token(exp=NOW + 3600)}))[0] == 200


async def test_a_token_is_used_once(client: Client) -> None:
    """A replay is refused on any operation, also when the first use ended in a refusal."""
    headers = {"auth": token()}
    assert await client.create(json={}, headers=headers) == (412, INVALID)
    assert await client.create(headers=headers) == (401, REPLAY)
    assert await client.list_all(headers=headers) == (401, REPLAY)


async def test_only_the_algorithm_of_the_account_counts() -> None:
    """An app set to HS512 takes HS512 alone, and a short secret draws no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        right, wrong = (token(key="short", algorithm=name) for name in ("HS512", "HS256"))
    async with started(algorithm="HS512", client_secret="short") as client:
        assert (await client.create(headers={"auth": right}))[0] == 200
        assert await client.create(headers={"auth": wrong}) == (401, BAD_CREDENTIALS)


# --- rate limit, clock, record --------------------------------------------------------------------


async def test_the_rate_limit_slides_over_all_operations() -> None:
    """Three calls in any minute, whatever they are; a refused one does not count."""
    async with started(rate_per_minute=3) as client:
        await client.create()
        client.clock.now += 30
        await client.list_all()
        await client.create(headers={"auth": "garbage"})
        await client.create()
        assert await client.create() == (429, {"errors": [{"msg": LIMIT, "code": 429}]})
        client.clock.now += 29.9
        assert (await client.create())[0] == 429
        client.clock.now += 0.1
        assert (await client.create())[0] == 200
        assert (await client.create())[0] == 429
    assert len(client.kore.lists) == 3


async def test_answers_carry_the_clocks_date(client: Client) -> None:
    """The Date header is the server's time, not the machine's."""
    async with client.session.get(client.kore.url) as response:
        assert response.headers["Date"] == "Fri, 05 Dec 2025 09:22:51 GMT"


async def test_calls_are_recorded_in_full(client: Client) -> None:
    """Request and answer, in order."""
    _, answer = await client.create()
    await client.send("GET", "/nowhere", data=b"not json")
    first, second = client.kore.calls
    assert (first.at, first.operation, first.method, first.path) == (NOW, "create", "POST", CREATE)
    assert (dict(first.query), first.headers["IID"], first.body) == (QUERY, STREAM_ID, DRAFT)
    assert (first.status, first.answer, first.fault, first.reason) == (200, answer, "", "")
    assert (second.operation, second.body, second.status) == ("unknown", "not json", 404)


async def test_what_was_answered_does_not_change_later(client: Client, list_id: str) -> None:
    """The record holds copies."""
    await client.send("PUT", f"{LISTS}/{list_id}", json={"name": "Renewed"})
    recorded: Any = client.kore.calls[0].answer
    assert recorded["data"]["name"] == "Renewal Due"


async def test_until_gives_up(client: Client) -> None:
    """A condition that never holds is a time-out."""
    with pytest.raises(TimeoutError):
        await client.kore.until(lambda: False, timeout=0.01)


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


# --- faults ---------------------------------------------------------------------------------------

SCOPE = "Permission denied. Scope is incorrect!"
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
    "empty": (200, "", 1),
    "data_missing": (
        200,
        {"status": "success", "message": "Contact list Renewal Due created successfully"},
        1,
    ),
}
SHAPED = {"html", "html_ok", "flat_error", "failure", "truncated", "created_201", "slow"}
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
async def test_a_fault_answers_once(client: Client, fault: str) -> None:
    """The next call gets it, the one after that does not."""
    status, answer, created = ANSWERED[fault]
    client.kore.fault(fault)
    assert await client.create() == (status, answer)
    assert len(client.kore.lists) == created
    assert (client.kore.calls[0].status, client.kore.calls[0].fault) == (status, fault)
    assert (await client.create())[1]["status"] == "success"


@pytest.mark.parametrize(("fault", "status", "created"), [("html", 502, 0), ("html_ok", 200, 1)])
async def test_a_fault_answers_a_page(client: Client, fault: str, status: int, created: int) -> None:
    """HTML, typed as such."""
    client.kore.fault(fault)
    headers = {"auth": token(), **HEADERS}
    async with client.session.post(
        client.kore.url + CREATE, params=QUERY, json=DRAFT, headers=headers
    ) as response:
        assert (response.status, response.content_type) == (status, "text/html")
    assert len(client.kore.lists) == created


@pytest.mark.parametrize(("fault", "word"), [("flat_error", "Error"), ("failure", "failure")])
async def test_a_fault_answers_a_flat_failure(client: Client, fault: str, word: str) -> None:
    """200, but not a success, and nothing was created."""
    client.kore.fault(fault)
    status, answer = await client.create()
    assert (status, answer["status"], answer.keys()) == (200, word, {"status", "message"})
    assert not client.kore.lists


async def test_a_truncated_answer_is_not_json(client: Client) -> None:
    """The list exists all the same."""
    client.kore.fault("truncated")
    with pytest.raises(json.JSONDecodeError):
        await client.create()
    assert len(client.kore.lists) == 1


async def test_a_success_may_be_201(client: Client) -> None:
    """The vendor does not say which it is."""
    client.kore.fault("created_201")
    status, answer = await client.create()
    assert (status, answer["status"]) == (201, "success")


async def test_a_slow_answer_comes_after_its_seconds(client: Client) -> None:
    """The list is there before the answer."""
    client.kore.fault("slow", seconds=0.2)
    begun = asyncio.get_running_loop().time()
    waiting = asyncio.create_task(client.create())
    await client.kore.until(lambda: bool(client.kore.lists))
    assert not waiting.done()
    assert (await waiting)[0] == 200
    assert asyncio.get_running_loop().time() - begun >= 0.2


@pytest.mark.parametrize("fault", UNANSWERED)
async def test_a_fault_leaves_without_an_answer(client: Client, fault: str) -> None:
    """The client learns nothing, whether the list was created or not."""
    client.kore.fault(fault, seconds=60)
    is_silent = fault.startswith("timeout")
    with pytest.raises(TimeoutError if is_silent else aiohttp.ServerDisconnectedError):
        await client.create(timeout=aiohttp.ClientTimeout(total=0.1 if is_silent else 5))
    assert len(client.kore.lists) == UNANSWERED[fault]
    assert (client.kore.calls[0].status, client.kore.calls[0].answer) == (0, None)


async def test_a_list_may_appear_after_the_connection_dropped(client: Client) -> None:
    """A look-up in between does not find it."""
    client.kore.fault("drop_commit_late", seconds=0.1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.create()
    assert not client.kore.lists
    await client.kore.until(lambda: bool(client.kore.lists))


async def test_the_server_closes_over_a_call_without_an_answer() -> None:
    """Closing drops it, and does not wait for the client."""
    async with aiohttp.ClientSession() as session:
        clock = Clock()
        async with local_kore(clock) as kore:
            kore.fault("timeout")
            waiting = asyncio.create_task(Client(kore, session, clock).create())
            await kore.until(lambda: kore.calls != [] and kore.calls[0].fault == "timeout")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await waiting


async def test_a_fault_can_say_when_to_come_again(client: Client) -> None:
    """Retry-After stands there only if it was given."""
    client.kore.fault("rate_limited", retry_after=7)
    client.kore.fault("rate_limited")
    seen = []
    for _ in range(2):
        headers = {"auth": token(), **HEADERS}
        async with client.session.post(client.kore.url + CREATE, params=QUERY, headers=headers) as response:
            seen.append(response.headers.get("Retry-After"))
    assert seen == ["7", None]


async def test_faults_wait_for_their_operation(client: Client) -> None:
    """Each call takes the oldest that is meant for it."""
    client.kore.fault("server_error", operation="list")
    client.kore.fault("html", operation="any", times=2)
    assert (await client.create())[0] == 502
    assert (await client.list_all())[0] == 500
    assert [(fault.name, fault.operation) for fault in client.kore.faults_waiting] == [("html", "any")]
    client.kore.clear_faults()
    assert (await client.create())[0] == 200
    assert client.kore.faults_waiting == []


async def test_a_refused_call_leaves_the_fault_waiting(client: Client) -> None:
    """A fault does not hide a bad token."""
    client.kore.fault("html_ok")
    assert await client.create(headers={"auth": "garbage"}) == (401, BAD_TOKEN)
    assert len(client.kore.faults_waiting) == 1


async def test_a_fault_after_commit_does_not_hide_a_bad_body(client: Client) -> None:
    """What cannot be done is not pretended to be done."""
    client.kore.fault("created_201")
    assert await client.create(json={}) == (412, INVALID)


@pytest.mark.parametrize("wrong", [{"fault": "nonsense"}, {"operation": "nonsense"}, {"times": 0}])
def test_a_misspelt_fault_is_an_error(wrong: dict[str, Any]) -> None:
    """Else a test would wait for what never comes."""
    with pytest.raises(ValueError, match=r"no such|times"):
        local_kore(Clock()).fault(**({"fault": "slow"} | wrong))


async def test_contact_answers_survive_the_data_fault(client: Client, list_id: str) -> None:
    """An answer that has no data anyway goes through unchanged."""
    client.kore.fault("data_missing", operation="add_contacts")
    body = {"contact_list_name": "Renewal Due", "data": [{"phoneNumber": "+4930"}]}
    assert (await client.send("POST", ADD, json=body))[1].keys() == {"message"}
    assert client.kore.lists[list_id]["totalRecordCount"] == 1


def test_the_operations_are_those_of_the_vendor() -> None:
    """Whoever switches faults on can offer them by name."""
    assert set(OPERATIONS) == {"create", "list", "get", "update", "delete", "contacts", "add_contacts"}
