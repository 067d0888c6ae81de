"""The faults that the local Kore.ai can be told to have, and the queue in which they wait.

A fault is taken by the next call of its operation that gets past the ids, the JWT and the rate limit: a call
that is refused there gets its own refusal, and leaves the fault waiting.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from sandbox.kore import answers as say
from sandbox.kore import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kore.answers import Answer

DEFAULT_SECONDS = 2.0
ANY = "any"


class Delivery(Enum):
    """How the answer goes back."""

    AT_ONCE = auto()
    SLOW = auto()  # after the fault's seconds
    NEVER = auto()  # the connection stays open until the client hangs up
    DROP = auto()  # the connection is closed without an answer
    DROP_THEN_COMMIT = auto()  # the same, and the operation is carried out after the fault's seconds


@dataclass(frozen=True)
class Kind:
    """What a fault does: in words, whether the operation is carried out first, and to its answer."""

    text: str
    commits: bool
    answer: Callable[[Answer], Answer] = lambda answer: (
        answer
    )  # the real answer (or a blank one) → what is sent
    delivery: Delivery = Delivery.AT_ONCE
    part: float = 1  # of the rows that are to be added


@dataclass(frozen=True)
class Fault:
    """One fault for one call; `operation` is its name or "any", `retry_after` in whole seconds."""

    name: str
    operation: str
    seconds: float = DEFAULT_SECONDS
    retry_after: int | None = None

    @property
    def kind(self) -> Kind:
        """What it does."""
        return KINDS[self.name]

    def shape(self, answer: Answer) -> Answer:
        """Return what is sent in place of `answer`; a refusal is sent as it is, for nothing was done."""
        if answer.reason:
            return answer
        shaped = self.kind.answer(answer)
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return replace(shaped, headers={**shaped.headers, **headers})


def _says(answer: Answer) -> Callable[[Answer], Answer]:
    return lambda _: answer


def _without_data(answer: Answer) -> Answer:
    body = answer.body
    kept = {key: value for key, value in body.items() if key != "data"} if isinstance(body, dict) else body
    return replace(answer, body=kept)


def _cut(answer: Answer) -> Answer:
    text = json.dumps(answer.body)
    return replace(answer, body=text[: len(text) // 2])


_SCOPE = "Permission denied. Scope is incorrect!"
_NO_SCOPE = say.refusal(401, _SCOPE, say.ACCESS_CODE)
_NO_SCOPE_MESSAGE = say.refusal(401, _SCOPE, say.ACCESS_CODE, key="message")
_BROKEN = say.refusal(500, "Internal Server Error", 500)
_LIMIT_TEXT = say.Answer(200, say.RATE_LIMIT_SENTENCE, say.TEXT)
_EMPTY = say.Answer(200, "")
_ACCEPTED = say.Answer(200, {"message": "Adding contacts to public list is in progress"})
_NOT_DONE = "Unable to process the contact list request"
_LIMIT_REACHED = "Contact list limit reached"
_TAKEN = "A contact list with this name already exists"
_NO_STREAM = "Stream not found"

SHAPES: dict[str, tuple[str, Callable[[Answer], Answer]]] = {
    "text_escaped": ("done; names and descriptions told as HTML", shapes.each_text(shapes.escaped)),
    "text_crlf": ("done; line breaks told as CRLF", shapes.each_text(shapes.crlf)),
    "text_decomposed": ("done; accents told apart from their letters", shapes.each_text(shapes.decomposed)),
    "text_joined": ("done; several blanks told as one", shapes.each_text(shapes.joined)),
    "source_changed": ("done; told with another source", shapes.each_list(shapes.from_elsewhere)),
    "moments_missing": ("done; told without its times", shapes.each_moment(lambda _: None)),
    "moments_js": ("done; times told as JavaScript writes them", shapes.each_moment(shapes.js_date)),
    "moments_local": ("done; times told without a zone", shapes.each_moment(shapes.local_time)),
    "id_plain": ("done; `id` in place of `_id`", shapes.each_list(shapes.plain_id)),
    "id_long": ("done; an id of 60 KB", shapes.each_list(shapes.long_id)),
    "half_signs": ("done; half characters in the fields", shapes.each_list(shapes.half_signs)),
    "data_null": ("done; data is null", shapes.no_data),
    "data_results": ("done; the rows in data.results", shapes.results),
    "data_half": ("done; half of the rows, and more to come", shapes.more_results),
    "rows_odd": ("done; rows that cannot be read among the others", shapes.odd_rows),
    "status_capital": ("done; status Success", shapes.capital),
    "byte_order_mark": ("done; told after a byte order mark", shapes.byte_order_mark),
    "latin_1": ("done; told in ISO-8859-1", shapes.latin_1),
    "utf_16": ("done; told in UTF-16", shapes.utf_16),
    "long_header": ("done; a header of 9 KB", shapes.long_header),
    "long_text": ("done; an answer of 9 MB", shapes.long_text),
    "bomb": ("done; 64 KB that unpack to 64 MB", shapes.bomb),
}
"""What may happen to the right answer of any operation."""

KINDS: dict[str, Kind] = {
    "slow": Kind("done, answered late (2 s, or as told)", commits=True, delivery=Delivery.SLOW),
    "timeout": Kind("not done, never answered", commits=False, delivery=Delivery.NEVER),
    "timeout_after_commit": Kind("done, never answered", commits=True, delivery=Delivery.NEVER),
    "unauthorized": Kind("401 Invalid SDK credentials", commits=False, answer=_says(say.bad_credentials(""))),
    "invalid_token": Kind("401 Invalid JWT token", commits=False, answer=_says(say.bad_token(""))),
    "scope_missing": Kind("401 scope is incorrect", commits=False, answer=_says(_NO_SCOPE)),
    "scope_missing_message": Kind(
        "401 scope is incorrect, in the other error shape", commits=False, answer=_says(_NO_SCOPE_MESSAGE)
    ),
    "method_not_allowed": Kind("405 Method Not Allowed", commits=False, answer=_says(say.wrong_method())),
    "invalid": Kind("412 validation errors", commits=False, answer=_says(say.invalid(""))),
    "rate_limited": Kind("429 rate limit exceeded", commits=False, answer=_says(say.too_many())),
    "rate_limited_text": Kind("200 with the rate limit's sentence", commits=False, answer=_says(_LIMIT_TEXT)),
    "server_error": Kind("500, not done", commits=False, answer=_says(_BROKEN)),
    "server_error_after_commit": Kind("500, although done", commits=True, answer=_says(_BROKEN)),
    "html": Kind(
        "502 with an HTML page, not done", commits=False, answer=_says(say.page(502, "Bad Gateway"))
    ),
    "html_ok": Kind("200 with an HTML page, done", commits=True, answer=_says(say.page(200, "Kore.ai"))),
    "empty": Kind("200 with an empty body, done", commits=True, answer=_says(_EMPTY)),
    "flat_error": Kind(
        "200 with status Error, not done", commits=False, answer=_says(say.flat("Error", _NOT_DONE))
    ),
    "failure": Kind(
        "200 with status failure, not done", commits=False, answer=_says(say.flat("failure", _NOT_DONE))
    ),
    "truncated": Kind("200 with half of the JSON, done", commits=True, answer=_cut),
    "data_missing": Kind("200 without data, done", commits=True, answer=_without_data),
    "created_201": Kind(
        "done, answered with 201", commits=True, answer=lambda answer: replace(answer, status=201)
    ),
    "drop_before_commit": Kind("connection dropped, not done", commits=False, delivery=Delivery.DROP),
    "drop_after_commit": Kind("connection dropped, although done", commits=True, delivery=Delivery.DROP),
    "drop_commit_late": Kind(
        "connection dropped, done afterwards (2 s, or as told)",
        commits=False,
        delivery=Delivery.DROP_THEN_COMMIT,
    ),
    "limit_reached": Kind(
        f"200 {_LIMIT_REACHED}", commits=False, answer=_says(say.flat("Error", _LIMIT_REACHED))
    ),
    "name_taken": Kind(f"409 {_TAKEN}", commits=False, answer=_says(say.flat("Error", _TAKEN, 409))),
    "name_invalid": Kind(f"412 {_TAKEN}", commits=False, answer=_says(say.refusal(412, _TAKEN, 412))),
    "stream_unknown": Kind(
        f"404 {_NO_STREAM}", commits=False, answer=_says(say.refusal(404, _NO_STREAM, 404))
    ),
    "accepted_and_lost": Kind(
        "200 contacts are being added, none is", commits=False, answer=_says(_ACCEPTED)
    ),
    "added_in_part": Kind(
        "500, although done; of contacts only the first half", commits=True, answer=_says(_BROKEN), part=0.5
    ),
    "firewall": Kind("403 with a firewall's page", commits=False, answer=_says(say.page(403, "Forbidden"))),
    **{name: Kind(text, commits=True, answer=shape) for name, (text, shape) in SHAPES.items()},
}
FAULTS: dict[str, str] = {name: kind.text for name, kind in KINDS.items()}


class FaultQueue:
    """The faults that wait for their call, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault, *, times: int) -> None:
        """Queue a fault for that many calls; ValueError if there is no such fault or no call for it."""
        if fault.name not in KINDS:
            raise ValueError(f"no such fault: {fault.name}; there are {', '.join(KINDS)}")
        if times < 1:
            raise ValueError("times must be at least 1")
        self.waiting += [fault] * times

    def take(self, operation: str) -> Fault | None:
        """Return the oldest fault for this operation, and forget it."""
        for index, fault in enumerate(self.waiting):
            if fault.operation in {operation, ANY}:
                return self.waiting.pop(index)
        return None
