"""Requests to Kore.ai and what its answers mean. Pure: no I/O.

Source: Kore.ai, "AI for Service > APIs > Contact Center": Create contact list v2, Rate limits. The campaign
pages document no error answer; the shapes read here are those of the vendor's other public APIs.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from bot import errors
from bot.kore.listing import Listing, newest_first, read_listing
from bot.kore.models import ContactList, ContactListDraft

SOURCE = "passiveApi"
"""The only documented source of a list that is made through the API."""

_RATE_LIMITED = re.compile(r"\s*you.ve exceeded the per-minute rate limit", re.IGNORECASE)
"""Only at the start of the sentence: an answer may quote a list's name, and a name may say anything."""
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
        body={**draft.model_dump(by_alias=True), "source": SOURCE},
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


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer as it came; times are in seconds."""

    status: int
    text: str
    retry_after: float | None = None
    """After which the API wants to be asked again, if it said so."""
    clock_ahead: float | None = None
    """By which the clock there is ahead of ours at least, if the answer has a date."""

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object in the answer; empty if there is something else."""
        try:
            body = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def sentence(self) -> str:
        """The vendor's sentence: errors[].msg, errors[].message, a flat message, or else the whole text."""
        first = next(iter(self._errors), {})
        return str(first.get("msg") or first.get("message") or self.body.get("message") or self.text)

    @property
    def summary(self) -> str:
        """What the log may hold of it: nothing that people or gateways wrote."""
        codes = [str(each["code"]) for each in self._errors if isinstance(each.get("code"), int)]
        return ", ".join([f"HTTP {self.status}", *(f"code {code}" for code in codes)])

    @property
    def _errors(self) -> list[dict[str, Any]]:
        listed = self.body.get("errors")
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

    def as_error(self, kind: type[errors.KoreError]) -> errors.KoreError:
        """Return the error of this kind that the answer stands for."""
        sentence = "" if self.sentence == self.text else self.sentence
        return kind(self.summary, vendor_message=sentence, retry_after=self.retry_after)


def read_contact_list(answer: Answer) -> ContactList:
    """Read the answer to a create or to a details request; raises the `KoreError` that it stands for."""
    try:
        return ContactList.model_validate(_data(answer))
    except ValidationError as problem:
        raise answer.as_error(errors.KoreUnreadable) from problem


def read_alike(answer: Answer, draft: ContactListDraft) -> tuple[str, ...]:
    """Read the ids of the lists with this name, but for those that are known to have another description.

    Raises the `KoreError` that the answer stands for.
    """
    alike = (
        row
        for row in _rows(answer)
        if isinstance(row, dict)
        and row.get("name") == draft.name
        and row.get("description") in (None, draft.description)
    )
    return tuple(row["_id"] for row in alike if isinstance(row.get("_id"), str))


def read_listings(answer: Answer) -> tuple[Listing, ...]:
    """Read all lists, the newest first; raises the `KoreError` that the answer stands for."""
    return newest_first(filter(None, map(read_listing, _rows(answer))))


def error_for(answer: Answer) -> errors.KoreError | None:
    """Return the error that an answer stands for, or None for a success.

    The HTTP status decides first, then the body's own `status`; only the rate-limit sentence counts under any
    status, because it says for certain that the request was not accepted.
    """
    kind = _kind(answer)
    return answer.as_error(kind) if kind else None


def _rows(answer: Answer) -> list[object]:
    rows = _data(answer)
    if not isinstance(rows, list):
        raise answer.as_error(errors.KoreUnreadable)
    return rows


def _data(answer: Answer) -> object:
    if error := error_for(answer):
        raise error
    return answer.body.get("data")


def _kind(answer: Answer) -> type[errors.KoreError] | None:
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _kind_of_success(answer)
    if status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_LIMITED.match(answer.sentence):
        return errors.KoreRateLimited
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _unauthorized(answer.sentence)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.KoreUnavailable
    return _OTHER_KINDS.get(status, errors.KoreWrongAddress)


def _kind_of_success(answer: Answer) -> type[errors.KoreError] | None:
    body = answer.body
    if body.get("status") == "success":
        return None
    if _RATE_LIMITED.match(answer.sentence):
        return errors.KoreRateLimited
    refused = bool(body.get("errors")) or str(body.get("status")).lower() in _FAILURE_WORDS
    data = body.get("data")
    shows_a_list = isinstance(data, dict) and bool(data.get("_id"))
    return errors.KoreRejected if refused and not shows_a_list else errors.KoreUnreadable


def _unauthorized(sentence: str) -> type[errors.KoreUnauthorized]:
    if _SCOPE.search(sentence):
        return errors.KoreScopeMissing
    return errors.KoreInvalidToken if _TOKEN.search(sentence) else errors.KoreUnauthorized


def _public(account: Account) -> tuple[str, ...]:
    return ("campaign", "api", "v2", "public", account.stream_id, "campaign", "contactList")


def _headers(account: Account, token: str) -> dict[str, str]:
    return {"auth": token, "iid": account.iid, "accountId": account.account_id}
