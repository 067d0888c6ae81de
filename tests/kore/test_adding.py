"""Adding contacts: the request, which answer accepts them, what is shown of a refusal, the wrong list."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot import errors
from bot.kore.adding import MASK, add_contacts_request, read_added, without_contacts, wrong_list
from bot.kore.listing import Lists, listing_of
from bot.kore.models import ContactList
from bot.kore.protocol import Account
from tests.kore.answers import answered

ACCOUNT = Account(stream_id="st-1", account_id="67777ce93e25326494e90001", iid="st-2")
SENT = json.dumps(
    [{"phoneNumber": "+4915112345678", "lastName": "Meier", "Kundenname": "Zoë O'Neil"}]
).encode()
IN_PROGRESS = '{"message": "Adding contacts to public list is in progress"}'
QUEUED = '{"status": "success", "message": "Contacts queued for addition."}'
RENEWAL: dict[str, Any] = {"_id": "cl-1", "name": "Renewal Due", "source": "passiveApi", "isGlobalDNC": False}


def answer(**body: object) -> str:
    """Word an answer."""
    return json.dumps(body)


def wrong(
    *others: dict[str, Any], seen: str = "Renewal Due", missing: int = 0, **changes: object
) -> type[errors.WrongList] | None:
    """Ask about a list that says this by now, beside others."""
    told = ContactList.model_validate(RENEWAL | changes)
    rows = tuple(listing_of(ContactList.model_validate(row)) for row in ({**RENEWAL, **changes}, *others))
    return wrong_list(Lists(rows, missing), told, list_id="cl-1", name=seen)


def test_request() -> None:
    """It is the documented one, and the contacts are sent as they came, byte by byte."""
    request = add_contacts_request('Über "A"', b'[ {"phoneNumber":"+49"} ]', account=ACCOUNT)
    assert (request.method, "/".join(request.path)) == (
        "POST",
        "api/1.1/public/st-2/campaign/contactList/addContacts",
    )
    assert request.query == {"accountId": "67777ce93e25326494e90001"}
    assert request.body is not None
    assert json.loads(request.body) == {"contact_list_name": 'Über "A"', "data": [{"phoneNumber": "+49"}]}
    assert b'[ {"phoneNumber":"+49"} ]' in request.body
    assert "+49" not in repr(request)


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "text",
    [
        IN_PROGRESS,
        QUEUED,
        QUEUED.replace("success", "SUCCESS "),
        answer(status="In Progress"),
        answer(status="queued", message=""),
        answer(message="  adding contacts to PUBLIC list is in progress."),
        answer(message="Contacts queued for addition."),
    ],
)
def test_accepted(status: int, text: str) -> None:
    """Both documented answers accept, in any case, and so does a status that says as much."""
    read_added(answered(status, text), sent=SENT)


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (500, IN_PROGRESS, errors.KoreUnavailable),
        (302, QUEUED, errors.KoreWrongAddress),
        (200, answer(message="Another adding contacts is in progress"), errors.KoreUnreadable),
        (200, answer(message="Adding contacts"), errors.KoreUnreadable),
        (200, answer(message="Contacts added"), errors.KoreUnreadable),
        (200, answer(status="partial", message="Contacts queued for addition."), errors.KoreUnreadable),
        (200, answer(message="Contacts queued", errors=[{"msg": "no"}]), errors.KoreRejected),
        (200, answer(status="queued", error="no"), errors.KoreRejected),
        (200, answer(status="Error", message="Contacts queued"), errors.KoreRejected),
        (200, answer(status="Error", message="List not found"), errors.KoreRejected),
        (409, answer(status="Error", message="Contact already exists"), errors.KoreNameTaken),
        (404, answer(status="Error", message="List not found"), errors.KoreNotFound),
        (404, "<html>", errors.KoreWrongAddress),
        (401, "", errors.KoreUnauthorized),
        (412, answer(errors=[{"msg": "Validation errors", "code": 412}]), errors.KoreInvalid),
        (429, "", errors.KoreRateLimited),
        (200, "", errors.KoreUnreadable),
        (204, "", errors.KoreUnreadable),
    ],
)
def test_refused(status: int, text: str, expected: type[errors.KoreError]) -> None:
    """Everything else is what the same answer is to a create."""
    with pytest.raises(errors.KoreError) as caught:
        read_added(answered(status, text), sent=SENT)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("List not found", "List not found"),
        ("phoneNumber is required in row 412", "phoneNumber is required in row 412"),
        ("Invalid: +4915112345678.", f"Invalid: +{MASK}."),
        ("Invalid: +49 (151) 123-45 67 8!", f"Invalid: +{MASK}!"),
        ("Another number: 12345, not 1234", f"Another number: {MASK}, not 1234"),
        ("Bad contact MEIER, 'meier'", f"Bad contact {MASK}, '{MASK}'"),
        ("Bad contact O&#39;Neil", f"Bad contact O&#39;{MASK}"),
        ("Bad Zo\\u00eb", f"Bad {MASK}\\{MASK}"),
        ("Bad Jürgen", f"Bad {MASK}"),
        ("Field Kundenname", f"Field {MASK}"),
        ("", ""),
    ],
)
def test_contacts_are_masked(said: str, shown: str) -> None:
    """What was sent, numbers and foreign letters are masked; what helps to mend it stays."""
    assert without_contacts(said, SENT) == shown


def test_cut_words() -> None:
    """A word at the end of a long sentence may be the beginning of a name, so it is left out."""
    said = "no " * 200 + "Mei"
    assert without_contacts(said, SENT).split() == ["no"] * 200
    assert without_contacts("x" * 400, SENT) == ""


@pytest.mark.parametrize("word", ["x" * 100_000, "1a" * 50_000])
def test_long_words(word: str) -> None:
    """A word of any length is read once, not from each of its letters: that would take minutes."""
    assert without_contacts(f"no {word} end", SENT) == f"no {word}"


@given(value=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=2), row=st.integers(0, 3))
@example(value="12345Meier", row=0)
@example(value="Meier12345", row=0)
def test_any_value_is_masked(value: str, row: int) -> None:
    """Whichever row it is of, and whatever stands around it, but for the name of the required field."""
    assume(value.casefold() != "phonenumber")
    contacts = [{"phoneNumber": "+4915112345678", "note": f"n{number}"} for number in range(4)]
    contacts[row]["note"] = f"so {value}!"
    shown = without_contacts(f"Row <{value}>: bad", json.dumps(contacts).encode())
    assert shown == f"Row <{MASK}>: bad"


def test_errors_quote_no_contact() -> None:
    """Secrets and contacts are both out of what people read of a refusal."""
    refusal = answered(412, answer(errors=[{"msg": "hush: Meier, +4915112345678", "code": 412}]))
    with pytest.raises(errors.KoreInvalid) as caught:
        read_added(replace(refusal, hide=lambda text: text.replace("hush", "[hidden]")), sent=SENT)
    assert caught.value.vendor_message == f"[hidden]: {MASK}, +{MASK}"
    assert str(caught.value) == "HTTP 412, code 412"


@pytest.mark.parametrize("source", ["passiveApi", "PassiveApi", "passiveApiIntegration", "", None])
def test_right_list(source: str | None) -> None:
    """A list of the API under the name that the person saw; texts may be kept otherwise."""
    other = {"_id": "cl-2", "name": "Renewal"}
    assert wrong(other, source=source) is None
    assert wrong(other, seen="Renewal  Due ", isGlobalDNC=None) is None
    assert wrong(other, {"_id": "cl-3"}, seen="A & B", name="A &amp; B") is None


@pytest.mark.parametrize(
    ("others", "changes", "expected"),
    [
        ([], {"name": "Renewal due"}, errors.ListRenamed),
        ([], {"name": "Others"}, errors.ListRenamed),
        ([{"_id": "cl-2", "name": "Renewal Due"}], {"name": "Others"}, errors.ListRenamed),
        ([{"_id": "cl-2", "name": "Renewal Due"}], {}, errors.NameShared),
        ([{"_id": "cl-2", "name": " r\u00e9newal  DUE"}], {}, errors.NameShared),
        ([{"_id": "cl-2", "name": "Renewal Due"}], {"missing": 1}, errors.NameShared),
        ([], {"missing": 1}, errors.NamesUnread),
        ([], {"name": None}, errors.NamesUnread),
        ([], {"source": "localDrive"}, errors.ListFilledElsewhere),
        ([], {"source": "notPassiveApi"}, errors.ListFilledElsewhere),
        ([], {"isGlobalDNC": True}, errors.DoNotCallList),
    ],
)
def test_wrong_list(
    others: list[dict[str, Any]], changes: dict[str, Any], expected: type[errors.WrongList]
) -> None:
    """Another name by now, a name that two share or may share, another source, people not to be called."""
    assert wrong(*others, **changes) is expected


def test_list_gone() -> None:
    """A list that Kore.ai does not know any more is filled under no name."""
    rows = (listing_of(ContactList.model_validate(RENEWAL)),)
    assert wrong_list(Lists(rows), None, list_id="cl-1", name="Renewal Due") is errors.ListGone


def test_name_of_the_row() -> None:
    """Details without a name have the one that the list has among all."""
    rows = (listing_of(ContactList.model_validate(RENEWAL)),)
    nameless = ContactList.model_validate(RENEWAL | {"name": None})
    assert wrong_list(Lists(rows), nameless, list_id="cl-1", name="Renewal Due") is None
    assert wrong_list(Lists(rows), nameless, list_id="cl-1", name="Renewal") is errors.ListRenamed
