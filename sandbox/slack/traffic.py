"""What went over the wire, and the faults that a test or the demo's page can ask for."""

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

HIDDEN = "••••"
_SECRET_FIELDS = {"token", "trigger_id", "response_url", "ticket", "authorization"}
_SECRET_TEXT = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=/response/)[\w-]+|(?<=/upload/v1/)[\w-]+|(?<=ticket=)[\w-]+"
)
HTTP_OK = 200
TOO_MANY = 429

Body: TypeAlias = dict[str, Any] | str


@dataclass(frozen=True)
class Exchange:
    """One request and its answer: `at` in epoch seconds, `status` 0 when there was no answer."""

    at: float
    sender: str
    what: str
    request: dict[str, Any]
    status: int
    answer: Body
    seconds: float

    def masked(self) -> "Exchange":
        """Copy it with tokens, response URLs and trigger ids hidden, fit to be shown on a page."""
        request, answer = masked(self.request), masked(self.answer)
        return Exchange(self.at, self.sender, self.what, request, self.status, answer, self.seconds)


@dataclass(frozen=True)
class Answer:
    """What the server sends back."""

    body: Body
    status: int = HTTP_OK
    retry_after: int | None = None
    file: bytes | None = None
    """What is sent in place of the body, which then only tells of it."""
    content_type: str = "text/plain"
    """Of the file."""
    breaks_off: bool = False
    """Whether half of the file is sent, and then the connection breaks."""
    leads_to: str | None = None
    """Where a redirect goes."""


@dataclass(frozen=True)
class Fault:
    """One way for a call to go wrong: `delay` seconds before the answer, `after` the effect was done."""

    status: int = HTTP_OK
    error: str | None = None
    retry_after: int | None = None
    delay: float = 0
    drop: bool = False
    after: bool = False
    body: str | None = None

    def answer(self) -> Answer | None:
        """Give the answer that takes the place of the real one; None when the fault is only a delay."""
        if self.drop:
            return Answer("", 0)
        if self.retry_after is not None or self.status == TOO_MANY:
            error = self.error or "ratelimited"
            return Answer(self.body or {"ok": False, "error": error}, TOO_MANY, self.retry_after or 1)
        if self.body is not None:
            return Answer(self.body, self.status)
        if self.error is not None:
            return Answer({"ok": False, "error": self.error}, self.status)
        return None if self.status == HTTP_OK else Answer("the sandbox was told to fail", self.status)


def masked(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, the same shape out
    """Copy a JSON value with every token, response URL and trigger id replaced by dots."""
    if isinstance(value, dict):
        return {name: _masked_field(name, entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [masked(entry) for entry in value]
    return _SECRET_TEXT.sub(HIDDEN, value) if isinstance(value, str) else value


def _masked_field(name: str, entry: object) -> object:
    hide = name.lower() in _SECRET_FIELDS and isinstance(entry, str)
    return HIDDEN if hide else masked(entry)
