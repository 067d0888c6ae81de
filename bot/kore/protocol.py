"""Requests to Kore.ai and what its answers mean. Pure: no I/O.

Source: Kore.ai, "AI for Service > APIs > Contact Center": Create contact list v2, Rate limits. The campaign
pages document no error answer; the shapes read here are those of the vendor's other public APIs.
"""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from bot import errors
from bot.kore.listing import Listing, newest_first, read_listing
from bot.kore.models import ContactList, ContactListDraft

SOURCE = "passiveApi"
"""The only documented source of a list that is made through the API."""

_RATE_LIMITED = re.compile(r"\s*you.ve exceeded the per-minute rate limit", re.IGNORECASE)
"""Only at the start of the complaint: an answer may quote a list's name, and a name may say anything."""
_SCOPE = re.compile(r"\bscope\b", re.IGNORECASE)
_TOKEN = re.compile(r"\b(jwt|token)\b", re.IGNORECASE)
_FAILURE_WORDS = {"error", "failure", "failed"}
_OTHER_KINDS: dict[int, type[errors.KoreError]] = {
    400: errors.KoreInvalid,
    408: errors.KoreUnavailable,
    409: errors.KoreRejected,
    412: errors.KoreInvalid,
    413: errors.KoreInvalid,
    422: errors.KoreInvalid,
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose lists these are. `stream_id` and `iid` are mostly one `st-…`, `account_id` is 24 hex digits."""

    stream_id: str
    account_id: str
    iid: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request; `path` segments are not yet quoted, `body` is JSON."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, object] | None = None


def create_request(draft: ContactListDraft, *, account: Account, token: str) -> Request:
    """Build the Create contact list v2 request."""
    return Request(
        method="POST",
        path=(*_public(account), "createContactList"),
        query={"accountId": account.account_id},
        headers=_headers(account, token),
        body={
            "name": draft.name,
            "description": draft.description,
            "source": SOURCE,
            "allowDuplicates": draft.allow_duplicates,
        },
    )


def list_request(*, account: Account, token: str) -> Request:
    """Build the Get all contact lists v2 request: a POST without a body, and no paging."""
    return Request(
        method="POST",
        path=(*_public(account), "getAllListDetails"),
        query={"accountId": account.account_id, "type": "call"},
        headers=_headers(account, token),
    )


def details_request(list_id: str, *, account: Account, token: str) -> Request:
    """Build the Get contact list details v2 request."""
    return Request(
        method="GET",
        path=(*_public(account), list_id),
        query={"accountId": account.account_id},
        headers=_headers(account, token),
    )


def read_contact_list(status: int, text: str) -> ContactList:
    """Read the answer to a create or to a details request; raises the `KoreError` that it stands for."""
    try:
        return ContactList.model_validate(_data(status, text))
    except ValidationError as problem:
        raise errors.KoreUnreadable(f"{status}: {text}") from problem


def read_alike(status: int, text: str, draft: ContactListDraft) -> tuple[str, ...]:
    """Read the ids of the lists with this name, but for those that are known to have another description.

    Raises the `KoreError` that the answer stands for.
    """
    rows = _data(status, text)
    if not isinstance(rows, list):
        raise errors.KoreUnreadable(f"{status}: no list of lists")
    alike = (
        row
        for row in rows
        if isinstance(row, dict)
        and row.get("name") == draft.name
        and row.get("description") in (None, draft.description)
    )
    return tuple(row["_id"] for row in alike if isinstance(row.get("_id"), str))


def read_listings(status: int, text: str) -> tuple[Listing, ...]:
    """Read all lists, the newest first; raises the `KoreError` that the answer stands for."""
    rows = _data(status, text)
    if not isinstance(rows, list):
        raise errors.KoreUnreadable(f"{status}: no list of lists")
    return newest_first(filter(None, map(read_listing, rows)))


def _data(status: int, text: str) -> object:
    if error := error_for(status, text):
        raise error
    return _json_object(text).get("data")


def error_for(status: int, text: str) -> errors.KoreError | None:
    """Tell which error an answer stands for, or None for a success.

    The HTTP status decides first, then the body's own `status`; only the rate-limit sentence counts under any
    status, because it says for certain that the request was not taken.
    """
    body = _json_object(text)
    kind = _kind(status, body, _complaint(body, text))
    return kind(f"{status}: {text}") if kind else None


def _kind(status: int, body: dict[str, Any], complaint: str) -> type[errors.KoreError] | None:
    if _is_success(status):
        return _kind_of_success(body, complaint)
    if status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_LIMITED.match(complaint):
        return errors.KoreRateLimited
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _unauthorized(complaint)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.KoreUnavailable
    return _OTHER_KINDS.get(status, errors.KoreWrongAddress)


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _kind_of_success(body: dict[str, Any], complaint: str) -> type[errors.KoreError] | None:
    if body.get("status") == "success":
        return None
    if _RATE_LIMITED.match(complaint):
        return errors.KoreRateLimited
    refused = bool(body.get("errors")) or str(body.get("status")).lower() in _FAILURE_WORDS
    data = body.get("data")
    shows_a_list = isinstance(data, dict) and bool(data.get("_id"))
    return errors.KoreRejected if refused and not shows_a_list else errors.KoreUnreadable


def _unauthorized(complaint: str) -> type[errors.KoreUnauthorized]:
    if _SCOPE.search(complaint):
        return errors.KoreScopeMissing
    return errors.KoreInvalidToken if _TOKEN.search(complaint) else errors.KoreUnauthorized


def _complaint(body: dict[str, Any], text: str) -> str:
    """Find the sentence in an answer: errors[].msg, errors[].message, a flat message, or else all of it."""
    listed = body.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else {}
    spoken = first if isinstance(first, dict) else {}
    return str(spoken.get("msg") or spoken.get("message") or body.get("message") or text)


def _json_object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _public(account: Account) -> tuple[str, ...]:
    return ("campaign", "api", "v2", "public", account.stream_id, "campaign", "contactList")


def _headers(account: Account, token: str) -> dict[str, str]:
    return {"auth": token, "iid": account.iid, "accountId": account.account_id}
