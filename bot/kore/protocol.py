"""Requests to Kore.ai and what its answers mean. Pure: no I/O.

Source: Kore.ai, "AI for Service > APIs > Contact Center": Create contact list v2, Rate limits. The campaign
pages document no error responses; the shapes read here are those of the vendor's other public APIs.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import ValidationError

from bot import errors
from bot.kore.listing import Lists, RowReader
from bot.kore.models import ContactList, ContactListDraft

T = TypeVar("T")

SOURCE = "passiveApi"
"""The only documented source of a list created through the API."""
SENTENCE_LIMIT = 2_000
"""Characters of a sentence searched for secrets; people see fewer."""
MAX_CODES = 5
CODE_LIMIT = 10**9
MAX_DEPTH = 4
"""Objects and arrays nested around a sentence."""

_RATE_LIMITED = re.compile(r"\s*you.ve exceeded the per-minute rate limit", re.IGNORECASE)
"""Only at the start of the sentence: an answer may quote a list's name, which may say anything."""
_SCOPE = re.compile(r"\bscope\b", re.IGNORECASE)
_TOKEN = re.compile(r"\b(jwt|token)\b", re.IGNORECASE)
_TAKEN = re.compile(r"\balready (?:exists?|in use|taken|used)\b|\bduplicate name\b", re.IGNORECASE)
_MARKUP = re.compile(r"[<{[]")
_SENTENCES = ("errors", "error", "msg", "message", "errorMessage", "detail", "details")
"""Fields that may hold a sentence, in this order."""
_FAILURE_WORDS = {"error", "failure", "failed", "fail", "false"}
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
}
"""Firewalls answer with the last three of these."""
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
    """The account. `stream_id` and `iid` are usually the same `st-…`; `account_id` is 24 hex digits."""

    stream_id: str
    account_id: str
    iid: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request; `path` segments aren't quoted yet, `body` is JSON as it is sent."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    body: bytes | None = field(default=None, repr=False)


def create_request(draft: ContactListDraft, *, account: Account) -> Request:
    """Build the Create contact list v2 request."""
    return Request(
        method="POST",
        path=(*_public(account), "createContactList"),
        query={"accountId": account.account_id},
        body=json.dumps({**draft.model_dump(by_alias=True), "source": SOURCE}).encode(),
    )


def list_request(*, account: Account) -> Request:
    """Build the Get all contact lists v2 request: a POST without a body, and no paging."""
    return Request(
        method="POST",
        path=(*_public(account), "getAllListDetails"),
        query={"accountId": account.account_id, "type": "call"},
    )


def details_request(list_id: str, *, account: Account) -> Request:
    """Build the Get contact list details v2 request."""
    return Request(
        method="GET",
        path=(*_public(account), list_id),
        query={"accountId": account.account_id},
    )


def headers_for(account: Account, token: str) -> dict[str, str]:
    """Return the headers of every request; the token works for one request."""
    return {"auth": token, "iid": account.iid, "accountId": account.account_id}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer as it came: its JSON object, or else the beginning of its text."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    is_too_long: bool = False
    """Whether it was too long, so that none of it was kept."""
    retry_after: float | None = None
    """Seconds to wait before asking the API again, if it said so."""
    hide: Callable[[str], str] = str
    """Removes secrets from a text."""

    @cached_property
    def sentence(self) -> str:
        """The vendor's sentence, wherever it is; if the answer has no object, its text."""
        return _sentence_in(self.body) if self.body else self.text

    @property
    def vendor_message(self) -> str:
        """The sentence for people; empty if the answer is a web page or other markup."""
        is_page = not self.body and _MARKUP.search(self.text)
        return "" if is_page else self.hide(" ".join(self.sentence[:SENTENCE_LIMIT].split()))

    @property
    def is_in_own_form(self) -> bool:
        """Whether the API itself is answering, and not something on the way to it."""
        return bool(self.body.get("errors")) or isinstance(self.body.get("status"), str)

    @property
    def summary(self) -> str:
        """What may be logged of it: nothing that people or gateways wrote."""
        listed = self.body.get("errors")
        objects = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        codes = [each.get("code") for each in objects[:MAX_CODES]]
        numbers = [f"code {code}" for code in codes if isinstance(code, int) and abs(code) < CODE_LIMIT]
        return ", ".join(filter(None, [f"HTTP {self.status}", *numbers, self._flaw]))

    @property
    def _flaw(self) -> str:
        if self.is_too_long:
            return "too long"
        return "" if self.body else "no JSON object"

    def as_error(self, kind: type[errors.KoreError]) -> errors.KoreError:
        """Return the answer as an error of this kind."""
        return kind(self.summary, vendor_message=self.vendor_message, retry_after=self.retry_after)


def read_contact_list(answer: Answer) -> ContactList:
    """Read the answer to a create or details request; raises the `KoreError` it stands for."""
    try:
        return ContactList.model_validate(_data(answer))
    except ValidationError as problem:
        raise answer.as_error(errors.KoreUnreadable) from problem


def read_lists(answer: Answer, rows: RowReader[T]) -> Lists[T]:
    """Read all lists, whose rows `rows` has already taken; raises the `KoreError` the answer stands for.

    No data means no lists. Lists that the answer holds back (`hasMore`) or that can't be read are counted as
    missing.
    """
    data = _data(answer)
    content = data if isinstance(data, dict) else {"results": data}
    if "data" not in answer.body or content.get("results", 0) not in (None, []):
        raise answer.as_error(errors.KoreUnreadable)
    total = content.get("totalResults")
    held_back = total - rows.count if isinstance(total, int) else 0
    held_back = max(held_back, 1 if content.get("hasMore") is True else 0)
    return Lists(tuple(rows.kept), rows.unreadable + held_back)


def error_for(answer: Answer) -> errors.KoreError | None:
    """Return the error an answer stands for, or None for a success.

    The HTTP status decides first, then the body's own `status`. Only the rate-limit sentence counts under any
    status, because it says for certain that the request wasn't accepted.
    """
    kind = _kind(answer)
    return answer.as_error(kind) if kind else None


def _data(answer: Answer) -> object:
    if error := error_for(answer):
        raise error
    return answer.body.get("data")


def _kind(answer: Answer) -> type[errors.KoreError] | None:
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return _kind_of_success(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_LIMITED.match(answer.sentence):
        return errors.KoreRateLimited
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.KoreUnavailable
    if answer.status in _REFUSALS:
        return _kind_of_refusal(answer)
    if answer.status == HTTPStatus.NOT_FOUND and answer.is_in_own_form:
        return errors.KoreNotFound
    kind = _OTHER_KINDS.get(answer.status, errors.KoreWrongAddress)
    is_about_the_list = issubclass(kind, errors.KoreInvalid | errors.KoreRejected)
    return errors.KoreNameTaken if is_about_the_list and _TAKEN.search(answer.vendor_message) else kind


def _kind_of_success(answer: Answer) -> type[errors.KoreError] | None:
    body = answer.body
    status = str(body.get("status")).strip().lower()
    if status == "success":
        return None
    if _RATE_LIMITED.match(answer.sentence):
        return errors.KoreRateLimited
    refused = bool(body.get("errors") or body.get("error")) or status in _FAILURE_WORDS
    data = body.get("data")
    shows_a_list = isinstance(data, dict) and bool(data.get("_id") or data.get("id"))
    if not refused or shows_a_list:
        return errors.KoreUnreadable
    return errors.KoreNameTaken if _TAKEN.search(answer.vendor_message) else errors.KoreRejected


def _kind_of_refusal(answer: Answer) -> type[errors.KoreError]:
    """Distinguish bad credentials from a firewall, which objects to words and answers in its own form."""
    is_of_the_api = answer.is_in_own_form or answer.status == HTTPStatus.UNAUTHORIZED
    if not is_of_the_api and not answer.body:
        return errors.KoreBlocked
    if _SCOPE.search(answer.sentence):
        return errors.KoreScopeMissing
    if _TOKEN.search(answer.sentence):
        return errors.KoreInvalidToken
    return errors.KoreUnauthorized if is_of_the_api else errors.KoreBlocked


def _sentence_in(value: object, depth: int = 0) -> str:
    """Find the first sentence: in `errors[].msg`, `errors[].message`, a flat `message`, or the like."""
    if isinstance(value, str):
        return value
    if depth == MAX_DEPTH:
        return ""
    if isinstance(value, dict):
        value = [value.get(name) for name in _SENTENCES]
    found = (_sentence_in(each, depth + 1) for each in value) if isinstance(value, list) else ()
    return next(filter(None, found), "")


def _public(account: Account) -> tuple[str, ...]:
    return ("campaign", "api", "v2", "public", account.stream_id, "campaign", "contactList")
