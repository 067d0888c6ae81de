"""What is sent to Kore.ai, and what each of its answers means for the list."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.kore.listing import Lists, RowReader
from bot.kore.models import ContactList, ContactListDraft
from bot.kore.protocol import (
    Account,
    create_request,
    details_request,
    error_for,
    headers_for,
    list_request,
    read_contact_list,
    read_lists,
)
from tests.kore.answers import answered

ACCOUNT = Account(stream_id="st-1", account_id="67777ce93e25326494e90001", iid="st-2")
LIMIT = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."
HTML = "<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>"
CREATED: dict[str, Any] = {
    "status": "success",
    "message": "Contact list Renewal Due created successfully",
    "data": {"_id": "cl-1", "name": "Renewal Due"},
}
UNCERTAIN = {
    errors.KoreUnavailable,
    errors.KoreUnreadable,
    errors.KoreTimedOut,
    errors.KoreConnectionLost,
}


def refusal(msg: object, code: int = 4002, *, key: str = "msg") -> str:
    """Word a refusal as the vendor's public APIs do."""
    return json.dumps({"errors": [{key: msg, "code": code}]})


def flat(status: object, message: str = "Unable to process") -> str:
    """Word a business failure."""
    return json.dumps({"status": status, "message": message})


MATRIX: list[tuple[str, int, str, type[errors.KoreError]]] = [
    ("wrong credentials", 401, refusal("Invalid SDK credentials"), errors.KoreUnauthorized),
    ("garbage token", 401, refusal("Invalid JWT token"), errors.KoreInvalidToken),
    ("replay", 401, refusal("error verifying the jwt: possibly a replay"), errors.KoreInvalidToken),
    ("scope in msg", 401, refusal("Permission denied. Scope is incorrect!"), errors.KoreScopeMissing),
    (
        "scope in message",
        401,
        refusal("Permission denied. Scope is incorrect!", key="message"),
        errors.KoreScopeMissing,
    ),
    ("scope in a flat message", 401, flat("error", "Scope is incorrect"), errors.KoreScopeMissing),
    ("401 without a body", 401, "", errors.KoreUnauthorized),
    ("401 as a page", 401, HTML, errors.KoreUnauthorized),
    ("403", 403, refusal("Forbidden"), errors.KoreUnauthorized),
    ("403 for the scope", 403, refusal("Scope is incorrect"), errors.KoreScopeMissing),
    ("403 for the scope, flat", 403, '{"message": "Scope is incorrect"}', errors.KoreScopeMissing),
    ("403 for the token, flat", 403, '{"message": "jwt expired"}', errors.KoreInvalidToken),
    ("403 in a flat form of the API's", 403, flat("Error", "Not for you"), errors.KoreUnauthorized),
    ("403 of a gateway, as JSON", 403, '{"message": "Forbidden"}', errors.KoreBlocked),
    ("403 as a page", 403, HTML.replace("Bad Gateway", "token and scope"), errors.KoreBlocked),
    ("403 as text", 403, "Request blocked. Reference 18.4", errors.KoreBlocked),
    ("406 as a page", 406, HTML, errors.KoreBlocked),
    ("451 as a page", 451, HTML, errors.KoreBlocked),
    ("403 without a body", 403, "", errors.KoreBlocked),
    ("400", 400, refusal("Bad Request", 400), errors.KoreInvalid),
    ("400 as a page", 400, HTML, errors.KoreInvalid),
    ("412", 412, refusal("Validation errors/ Invalid arguments", 412), errors.KoreInvalid),
    ("413", 413, HTML, errors.KoreInvalid),
    ("422", 422, refusal("Unprocessable", 422), errors.KoreInvalid),
    ("409", 409, flat("Error", "Contact list limit reached"), errors.KoreRejected),
    ("409 for the name", 409, flat("Error", "Contact list already exists"), errors.KoreNameTaken),
    ("412 for the name", 412, refusal("Name is already in use", 412), errors.KoreNameTaken),
    ("400 for the name, as text", 400, "Duplicate name", errors.KoreNameTaken),
    ("Error for the name, 200", 200, flat("Error", "The name already exists"), errors.KoreNameTaken),
    ("404 for the name", 404, refusal("Name already exists", 404), errors.KoreNotFound),
    ("405", 405, refusal("Method Not Allowed", 405), errors.KoreWrongAddress),
    ("404 as a page", 404, HTML, errors.KoreWrongAddress),
    ("404 of the API", 404, refusal("Stream not found", 404), errors.KoreNotFound),
    ("404 of the API, flat", 404, flat("Error", "Stream not found"), errors.KoreNotFound),
    ("404 of a gateway", 404, '{"message": "no Route matched"}', errors.KoreWrongAddress),
    ("302", 302, "", errors.KoreWrongAddress),
    ("308", 308, HTML, errors.KoreWrongAddress),
    ("418", 418, "short and stout", errors.KoreWrongAddress),
    ("408", 408, "", errors.KoreUnavailable),
    ("429", 429, refusal(LIMIT, 429), errors.KoreRateLimited),
    ("429 without a body", 429, "", errors.KoreRateLimited),
    ("429 as a page", 429, HTML, errors.KoreRateLimited),
    ("limit as text, 200", 200, LIMIT, errors.KoreRateLimited),
    ("limit in errors[], 200", 200, refusal(LIMIT), errors.KoreRateLimited),
    ("limit in a flat message, 200", 200, flat("Error", LIMIT), errors.KoreRateLimited),
    ("limit as text, 400", 400, LIMIT, errors.KoreRateLimited),
    ("limit in errors[], 400", 400, refusal(LIMIT), errors.KoreRateLimited),
    ("limit in errors[].message, 503", 503, refusal(LIMIT, key="message"), errors.KoreRateLimited),
    ("limit as text, 503", 503, f"\n {LIMIT}", errors.KoreRateLimited),
    ("limit with a curly apostrophe", 503, LIMIT.replace("'", "\u2019").upper(), errors.KoreRateLimited),
    ("limit, 401", 401, refusal(LIMIT), errors.KoreRateLimited),
    ("limit quoted, 500", 500, refusal(f"list {LIMIT} failed"), errors.KoreUnavailable),
    ("500 as JSON", 500, refusal("Internal Server Error", 500), errors.KoreUnavailable),
    ("500 that says success", 500, json.dumps(CREATED), errors.KoreUnavailable),
    ("502 as a page", 502, HTML, errors.KoreUnavailable),
    ("503 without a body", 503, "", errors.KoreUnavailable),
    ("504", 504, HTML, errors.KoreUnavailable),
    ("599", 599, "", errors.KoreUnavailable),
    ("Error, 200", 200, flat("Error"), errors.KoreRejected),
    ("error, 200", 200, flat("error"), errors.KoreRejected),
    ("failure, 200", 200, flat("failure"), errors.KoreRejected),
    ("failed, 201", 201, flat("FAILED"), errors.KoreRejected),
    ("fail, 200", 200, flat(" Fail "), errors.KoreRejected),
    ("errors[], 200", 200, refusal("Something is wrong"), errors.KoreRejected),
    ("error, no status, 200", 200, '{"error": {"message": "no"}}', errors.KoreRejected),
    ("errors[] empty, 200", 200, '{"errors": []}', errors.KoreUnreadable),
    ("a list, and a word of failure", 200, json.dumps(CREATED | {"status": "failed"}), errors.KoreUnreadable),
    (
        "a list, and no errors",
        200,
        json.dumps(CREATED | {"status": "ok", "errors": []}),
        errors.KoreUnreadable,
    ),
    ("errors of words, 200", 200, '{"errors": ["wrong"]}', errors.KoreRejected),
    ("errors as an object, 200", 200, '{"errors": {"msg": "wrong"}}', errors.KoreRejected),
    ("unknown status word, 200", 200, flat("queued"), errors.KoreUnreadable),
    ("status of another type, 200", 200, flat(["success"]), errors.KoreUnreadable),
    ("no status, 200", 200, json.dumps({"data": CREATED["data"]}), errors.KoreUnreadable),
    ("empty, 200", 200, "", errors.KoreUnreadable),
    ("empty, 204", 204, "", errors.KoreUnreadable),
    ("a page, 200", 200, HTML, errors.KoreUnreadable),
    ("truncated, 200", 200, json.dumps(CREATED)[:60], errors.KoreUnreadable),
    ("without data", 200, flat("success"), errors.KoreUnreadable),
    ("data null", 200, json.dumps(CREATED | {"data": None}), errors.KoreUnreadable),
    ("data without _id", 200, json.dumps(CREATED | {"data": {"name": "x"}}), errors.KoreUnreadable),
    ("data a list", 200, json.dumps(CREATED | {"data": [{"_id": "cl-1"}]}), errors.KoreUnreadable),
    ("data a text", 200, json.dumps(CREATED | {"data": "cl-1"}), errors.KoreUnreadable),
    ("a JSON list", 200, json.dumps([CREATED]), errors.KoreUnreadable),
    ("a JSON text", 200, '"success"', errors.KoreUnreadable),
    ("a JSON number", 200, "200", errors.KoreUnreadable),
    ("JSON null", 200, "null", errors.KoreUnreadable),
    ("a number without an end", 200, "1" * 10_000, errors.KoreUnreadable),
    ("deep JSON", 200, "[" * 100_000, errors.KoreUnreadable),
    ("deep JSON that closes", 500, '{"errors":' * 5_000 + "1" + "}" * 5_000, errors.KoreUnavailable),
]


@pytest.mark.parametrize(
    ("status", "text", "expected"), [row[1:] for row in MATRIX], ids=[row[0] for row in MATRIX]
)
def test_each_answer_means_one_thing(status: int, text: str, expected: type[errors.KoreError]) -> None:
    """Status and body together decide the class, and with it whether the list may exist."""
    with pytest.raises(errors.KoreError) as caught:
        read_contact_list(answered(status, text))
    assert type(caught.value) is expected
    assert caught.value.maybe_created is (expected in UNCERTAIN)
    assert caught.value.not_accepted is (expected is errors.KoreRateLimited)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_created_list_is_read(status: int) -> None:
    """Any 2xx with the documented body is a success: which of them it is, is not documented."""
    answer = answered(status, json.dumps(CREATED))
    assert error_for(answer) is None
    read = read_contact_list(answer)
    assert (read.id, read.name) == ("cl-1", "Renewal Due")


@pytest.mark.parametrize("status", ["success", "Success", " SUCCESS "])
@pytest.mark.parametrize("name_of_id", ["_id", "id"])
def test_forms_of_a_success(status: str, name_of_id: str) -> None:
    """The vendor mixes cases, and calls the id by two names."""
    answer = {"status": status, "message": "", "data": {name_of_id: "cl-1"}}
    assert read_contact_list(answered(200, json.dumps(answer))).id == "cl-1"


def test_said_without_secrets() -> None:
    """What people read of it has gone through what hides secrets, before it is cut."""
    text = refusal("x" * 290 + " key=hush-hush" + "y" * 5_000)
    answer = replace(answered(412, text), hide=lambda told: told.replace("hush-hush", "[hidden]"))
    error = error_for(answer)
    assert error
    assert error.vendor_message == "x" * 290 + " key=[hidden]"[:10]


@pytest.mark.parametrize(
    "name", [LIMIT, "error", "Invalid JWT token", "Scope is incorrect", '", "status": "Error'], ids=ascii
)
def test_a_lists_name_may_say_anything(name: str) -> None:
    """A list that is named like a complaint and was created is a success, whatever quotes its name."""
    answer = CREATED | {
        "message": f"{name} created successfully",
        "data": {"_id": "cl-1", "name": name, "description": name},
    }
    assert read_contact_list(answered(200, json.dumps(answer))).name == name


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, json.dumps({"status": "success", "message": f"Contact list {LIMIT} created successfully"})),
        (200, json.dumps(CREATED | {"message": LIMIT, "data": {"_id": "cl-1", "name": LIMIT}})[:-5]),
        (500, json.dumps({"status": "error", "message": f"Contact list {LIMIT} could not be indexed"})),
        (502, f"<html>{LIMIT}</html>"),
    ],
)
def test_a_quoted_name_never_makes_an_answer_certain(status: int, text: str) -> None:
    """The rate-limit sentence inside another answer does not make anybody send the POST again."""
    error = error_for(answered(status, text))
    if error is None:
        with pytest.raises(errors.KoreUnreadable):
            read_contact_list(answered(status, text))
    else:
        assert error.maybe_created


@settings(max_examples=100, deadline=None)
@given(
    status=st.integers(100, 599),
    text=st.text(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("success"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["status", "message", "errors", "msg", "data", "_id"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    ).map(json.dumps),
)
def test_no_answer_breaks_the_reader(status: int, text: str) -> None:
    """Whatever answers, there is a class for it, and nothing but a 2xx is ever a success."""
    error = error_for(answered(status, text))
    if error is None:
        assert 200 <= status < 300
        assert json.loads(text)["status"] == "success"
    else:
        assert isinstance(error, errors.KoreError)
        assert str(error).startswith(f"HTTP {status}")
        assert text not in str(error) or text in f"HTTP {status}, no JSON object"


@pytest.mark.parametrize(
    ("text", "logged", "said"),
    [
        (refusal("Invalid SDK credentials"), "HTTP 401, code 4002", "Invalid SDK credentials"),
        (flat("Error", "No list: hush"), "HTTP 401", "No list: hush"),
        (refusal("x" * 400, 412), "HTTP 401, code 412", "x" * 300),
        (
            json.dumps({"errors": ["hush", {"code": "hush"}, {"code": 7}]}),
            "HTTP 401, code 7",
            "hush",
        ),
        (HTML, "HTTP 401, no JSON object", ""),
        ("", "HTTP 401, no JSON object", ""),
        ("Not  for\nyou", "HTTP 401, no JSON object", "Not for you"),
        ('{"errors": [{"code": 1e9}, {"msg": {"message": "deep"}}]}', "HTTP 401", "deep"),
        ('{"errors": [{"code": 12345678901}], "detail": "d"}', "HTTP 401", "d"),
        ('{"error": [[[[["too deep"]]]]], "message": "m"}', "HTTP 401", "m"),
    ],
)
def test_what_an_error_says(text: str, logged: str, said: str) -> None:
    """The log gets numbers alone; the vendor's sentence is kept beside them, cut."""
    error = error_for(answered(401, text))
    assert error
    assert (str(error), error.vendor_message) == (logged, said)


@settings(max_examples=60, deadline=None)
@given(status=st.integers(100, 599), text=st.text(max_size=30))
def test_a_fault_of_the_server_is_never_certain(status: int, text: str) -> None:
    """5xx leaves it open whether the list exists, whatever the body says."""
    error = error_for(answered(status, text))
    assert error is not None
    assert error.maybe_created is (status >= 500 or status == 408 or 200 <= status < 300)


@pytest.mark.parametrize("allow_duplicates", [True, False])
def test_the_request_is_the_documented_one(*, allow_duplicates: bool) -> None:
    """Path, query and body, with a real boolean."""
    draft = ContactListDraft(name="Renewal Due", description="Due.", allow_duplicates=allow_duplicates)
    request = create_request(draft, account=ACCOUNT)
    assert request.method == "POST"
    assert "/".join(request.path) == ("campaign/api/v2/public/st-1/campaign/contactList/createContactList")
    assert request.query == {"accountId": "67777ce93e25326494e90001"}
    assert request.body is not None
    assert json.loads(request.body) == {
        "name": "Renewal Due",
        "description": "Due.",
        "source": "passiveApi",
        "allowDuplicates": allow_duplicates,
    }


def test_headers() -> None:
    """The token is bare."""
    assert headers_for(ACCOUNT, "header.claims.signature") == {
        "auth": "header.claims.signature",
        "iid": "st-2",
        "accountId": "67777ce93e25326494e90001",
    }


def test_the_looks_are_the_documented_requests() -> None:
    """All lists by a POST without a body, one list by a GET."""
    everything = list_request(account=ACCOUNT)
    assert (everything.method, everything.body) == ("POST", None)
    assert "/".join(everything.path) == "campaign/api/v2/public/st-1/campaign/contactList/getAllListDetails"
    assert everything.query == {"accountId": "67777ce93e25326494e90001", "type": "call"}
    one = details_request("cl-1", account=ACCOUNT)
    assert (one.method, one.body) == ("GET", None)
    assert "/".join(one.path) == "campaign/api/v2/public/st-1/campaign/contactList/cl-1"
    assert one.query == {"accountId": "67777ce93e25326494e90001"}


def kept(data: object, **more: object) -> Lists[str]:
    """Read all lists as their names."""
    rows = RowReader(lambda row: ContactList.model_validate(row).name)
    text = json.dumps({"status": "Success", "message": "", "data": data, **more})
    return read_lists(answered(200, text, on_row=rows.take), rows)


ROW = {"_id": "cl-1", "name": "one"}


@pytest.mark.parametrize(
    ("data", "names", "missing"),
    [
        ([], (), 0),
        (None, (), 0),
        ([ROW, {"id": "cl-2", "name": "two"}, {"_id": 5, "name": "three"}], ("one", "two", "three"), 0),
        ([ROW, None, "x", 7, [], {}, {"name": "no id"}, {"_id": ""}, {"_id": "cl-2"}], ("one",), 7),
        ({"results": [ROW]}, ("one",), 0),
        ({"results": None}, (), 0),
        ({"results": [ROW, None], "totalResults": 9, "hasMore": True}, ("one",), 8),
        ({"hasMore": True, "results": [ROW]}, ("one",), 1),
        ({"results": [ROW], "totalResults": "many", "hasMore": False}, ("one",), 0),
    ],
)
def test_all_lists_are_read(data: object, names: tuple[str, ...], missing: int) -> None:
    """In whatever form; what cannot be read and what is held back is counted, never passed over."""
    assert kept(data) == Lists(names, missing)


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (200, json.dumps({"status": "success", "data": {}}), errors.KoreUnreadable),
        (200, json.dumps({"status": "success", "data": "none"}), errors.KoreUnreadable),
        (200, json.dumps({"status": "success", "data": {"results": {}}}), errors.KoreUnreadable),
        (200, json.dumps({"status": "success"}), errors.KoreUnreadable),
        (200, HTML, errors.KoreUnreadable),
        (401, refusal("Invalid SDK credentials"), errors.KoreUnauthorized),
        (429, "", errors.KoreRateLimited),
        (503, HTML, errors.KoreUnavailable),
    ],
)
def test_a_lookup_that_saw_nothing_is_no_empty_list(
    status: int, text: str, expected: type[errors.KoreError]
) -> None:
    """An answer that cannot be read never means that there is no list."""
    rows = RowReader(ContactList.model_validate)
    with pytest.raises(expected):
        read_lists(answered(status, text, on_row=rows.take), rows)
