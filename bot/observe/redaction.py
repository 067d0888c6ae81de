"""What may never be logged: secrets, and what people typed for Kore.ai alone.

There are three nets, one behind the other: the secrets in the settings, by value; the texts of the current
request or job, by value (`private`); and anything with the shape or the name of either.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property

HIDDEN = "[hidden]"
_SAME_EVERYWHERE = re.compile(r"[ !#-&(-\[\]-~]*")
"""Text that no format escapes: printable ASCII without quotes and backslashes."""
MIN_LENGTH = 4
"""Minimum length of a text to hide anywhere; a shorter one is hidden only as a word of its own."""

MAX_LENGTH = 100_000
"""Characters written of a text: more than any traceback has."""
MAX_SECRET_LENGTH = 4_000

# The limits keep matching linear where a text keeps starting such a shape.
_SHAPES = (
    r"xox[a-z]-[\w-]+|xapp-[\w-]+"  # Slack's tokens
    r"|eyJ[\w-]{1,300}\.[\w-]+\.[\w-]+"  # a JWT
    r"|\b\d+\.\d+\.[0-9a-f]{32}\b"  # a trigger_id
    r"|https?://[^\s\"'\\]{0,200}/(?:commands|actions|app|response)/[^\s\"'\\]+"  # a response_url
    r"|wss?://[^\s\"'\\]+"  # the address of Socket Mode, which contains a ticket
    r"|(?<=Bearer )[^\s\"'\\]+"
)
_PARAMETERS = r"(?<=\[parameters: )[^\n]+"
"""The values of a failed SQL statement, to the end of their line."""
_FIELDS = (
    "auth|authorization|client_secret|clientSecret|description|initial_value|private_metadata|response_url"
    "|signing_secret|ticket|token|trigger_id"
)
"""Names whose values are hidden, in a line's fields and in text that resembles fields."""
_FIELD = re.compile(rf"(?:{_FIELDS})", re.IGNORECASE)
_NAMED = re.compile(
    rf"(?P<name>\b(?:{_FIELDS})\\*[\"']?\s*[:=]\s*)(?P<quote>\\*[\"'])(?:(?!(?<!\\)(?P=quote))(?:\\.|.))*",
    re.DOTALL,
)


@dataclass(frozen=True)
class _Private:
    """The texts of a request or a job; their written forms are worked out at its first log line, if any."""

    texts: frozenset[str] = frozenset()

    @cached_property
    def forms(self) -> list[str]:
        """The texts' written forms, longest first, as another may be part of one."""
        return sorted({form for text in self.texts for form in _forms(text)}, key=len, reverse=True)


_NOTHING = _Private()
_private: ContextVar[_Private] = ContextVar("private", default=_NOTHING)


@contextmanager
def private(*texts: str | None) -> Iterator[None]:
    """Hide these texts in every line logged in the meantime: here, in libraries, in tasks started here."""
    more = {text for text in texts if text and text.strip()}
    before = _private.set(_Private(_private.get().texts | more))
    try:
        yield
    finally:
        _private.reset(before)


def _without_private(text: str) -> str:
    """Hide the private texts of the current request or job."""
    for form in _private.get().forms:
        if len(form) >= MIN_LENGTH:
            text = text.replace(form, HIDDEN)
        elif form in text:
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", lambda _: HIDDEN, text)
    return text


class Redactor:
    """Hides secrets in texts, and in fields at any depth."""

    def __init__(self, secrets: Iterable[str]) -> None:
        written = {form for secret in secrets if len(secret) >= MIN_LENGTH for form in _forms(secret)}
        known = [re.escape(form) for form in sorted(written, key=len, reverse=True)]
        self._everywhere = re.compile("|".join([*known, _SHAPES]))
        self._secrets = re.compile("|".join([*known, _SHAPES, _PARAMETERS]))

    def text(self, text: str) -> str:
        """Hide every secret in a text before shortening it, which might cut a secret in two."""
        if len(text) > MAX_LENGTH:
            return self._hidden(text[: MAX_LENGTH + MAX_SECRET_LENGTH])[:MAX_LENGTH] + "…"
        return self._hidden(text)

    def _hidden(self, text: str) -> str:
        return self._secrets.sub(HIDDEN, _NAMED.sub(rf"\g<name>{HIDDEN}", _without_private(text)))

    def rendered(self, line: str) -> str:
        """Hide in a finished line what is secret everywhere; the rest was hidden field by field.

        What a person typed may look like a piece of JSON, and the line must stay valid JSON.
        """
        return self._everywhere.sub(HIDDEN, line)

    def value(self, value: object) -> object:
        """Hide secrets in every text of a JSON-like value, and everything under a secret name.

        Any other object is reduced to its `repr`.
        """
        if isinstance(value, dict):
            return {self.text(str(name)): self.field(str(name), each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(value if isinstance(value, str) else repr(value))

    def field(self, name: str, value: object) -> object:
        """Hide secrets in the value of a field."""
        return HIDDEN if value and _FIELD.fullmatch(name) else self.value(value)


def _forms(secret: str) -> set[str]:
    """Return the ways a secret may be written: as it is, in JSON, and in Python's `repr`."""
    if _SAME_EVERYWHERE.fullmatch(secret):
        return {secret}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, repr(secret)[1:-1], *in_json}
