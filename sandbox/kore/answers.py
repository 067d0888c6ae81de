"""What the local Kore.ai says: the vendor's answer and error shapes. Pure: no I/O, no clock.

The campaign pages document no error body; the shapes follow the vendor's other public APIs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

RATE_LIMIT_SENTENCE = (
    "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."  # vendor's words
)
ACCESS_CODE = 4002
_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Answer:
    """One answer: HTTP status, a JSON value or a text, and (never sent) why it was refused.

    `raw` is sent in place of the body, if there is one.
    """

    status: int
    body: object
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    raw: bytes | None = None


def success(data: object, message: str = "") -> Answer:
    """Answer `{"status": "success", "message": …, "data": …}`.

    The status code of a success is not documented; 200 is assumed, also for a creation.
    """
    return Answer(200, {"status": "success", "message": message, "data": data})


def refusal(status: int, msg: str, code: int, *, reason: str = "", key: str = "msg") -> Answer:
    """Answer `{"errors": [{"msg": …, "code": …}]}`; one vendor page prints `message` for `msg`."""
    return Answer(status, {"errors": [{key: msg, "code": code}]}, reason=reason)


def flat(status: str, message: str, code: int = 200) -> Answer:
    """Answer `{"status": …, "message": …}`: a business failure.

    Its HTTP status is not documented; 200 is what a careless client would take for a success.
    """
    return Answer(code, {"status": status, "message": message}, reason=message)


def bad_credentials(reason: str) -> Answer:
    """Answer 401 as to a bad signature, a missing `auth`, or ids of another account."""
    return refusal(401, "Invalid SDK credentials", ACCESS_CODE, reason=reason)


def bad_token(reason: str) -> Answer:
    """Answer 401 as to a token that cannot be read or has unusable claims."""
    return refusal(401, "Invalid JWT token", ACCESS_CODE, reason=reason)


def replayed() -> Answer:
    """Answer 401 as to a `jti` that was used before."""
    return refusal(401, "error verifying the jwt: possibly a replay", ACCESS_CODE, reason="jti used before")


def invalid(reason: str) -> Answer:
    """Answer 412 as to anything that fails validation."""
    return refusal(412, "Validation errors/ Invalid arguments", 412, reason=reason)


def wrong_method(reason: str = "") -> Answer:
    """Answer 405."""
    return refusal(405, "Method Not Allowed", 405, reason=reason)


def too_many(reason: str = "") -> Answer:
    """Answer 429 with the sentence of "Rate limits"; the status code is likely, not documented."""
    return refusal(429, RATE_LIMIT_SENTENCE, 429, reason=reason)


def page(status: int, title: str) -> Answer:
    """Answer with an HTML page, as a gateway does."""
    return Answer(status, _PAGE.format(title), HTML, reason=title)
