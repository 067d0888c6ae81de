"""What may never be written: secrets, and what people typed for Kore.ai alone.

Three nets, one behind the other: the secrets of the configuration by their value, the texts of the current
request or job by their value (`private`), and whatever has the shape or the name of either.
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
"""Characters of a text that is hidden anywhere; a shorter one is hidden only as a word of its own."""

MAX_LENGTH = 100_000
"""Characters of a text that are written: more than any traceback has."""
MAX_SECRET_LENGTH = 4_000

# The limits keep the time linear where a text begins such a shape again and again.
_SHAPES = (
    r"xox[a-z]-[\w-]+|xapp-[\w-]+"  # Slack's tokens
    r"|eyJ[\w-]{1,300}\.[\w-]+\.[\w-]+"  # a JWT
    r"|\b\d+\.\d+\.[0-9a-f]{32}\b"  # a trigger_id
    r"|https?://[^\s\"'\\]{0,200}/(?:commands|actions|app|response)/[^\s\"'\\]+"  # a response_url
    r"|wss?://[^\s\"'\\]+"  # the address of Socket Mode, which holds a ticket
    r"|(?<=Bearer )[^\s\"'\\]+"
)
_PARAMETERS = r"(?<=\[parameters: )[^\n]+"
"""The values of a failed SQL statement, to the end of their line."""
_FIELDS = (
    "auth|authorization|client_secret|clientSecret|description|initial_value|private_metadata|response_url"
    "|signing_secret|ticket|token|trigger_id"
)
"""Names whose values are hidden, in the fields of a line and in text that resembles fields."""
_FIELD = re.compile(rf"(?:{_FIELDS})", re.IGNORECASE)
_NAMED = re.compile(
    rf"(?P<name>\b(?:{_FIELDS})\\*[\"']?\s*[:=]\s*)(?P<quote>\\*[\"'])(?:(?!(?<!\\)(?P=quote))(?:\\.|.))*",
    re.DOTALL,
)


@dataclass(frozen=True)
class _Private:
    """The texts of a request or a job; how they may be written is worked out for its first line, if any."""

    texts: frozenset[str] = frozenset()

    @cached_property
    def forms(self) -> list[str]:
        """The longest first: another one may be a part of it."""
        return sorted({form for text in self.texts for form in _forms(text)}, key=len, reverse=True)


_NOTHING = _Private()
_private: ContextVar[_Private] = ContextVar("private", default=_NOTHING)


@contextmanager
def private(*texts: str | None) -> Iterator[None]:
    """Hide these texts in every line that is logged meanwhile: here, in libraries, in tasks begun here."""
    more = {text for text in texts if text and text.strip()}
    before = _private.set(_Private(_private.get().texts | more))
    try:
        yield
    finally:
        _private.reset(before)


def _without_private(text: str) -> str:
    """Hide what is private to the current request or job."""
    for form in _private.get().forms:
        if len(form) >= MIN_LENGTH:
            text = text.replace(form, HIDDEN)
        elif form in text:
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", lambda _: HIDDEN, text)
    return text


class Redactor:
    """Hides in texts, and in fields of any depth."""

    def __init__(self, secrets: Iterable[str]) -> None:
        written = {form for secret in secrets if len(secret) >= MIN_LENGTH for form in _forms(secret)}
        known = [re.escape(form) for form in sorted(written, key=len, reverse=True)]
        self._everywhere = re.compile("|".join([*known, _SHAPES]))
        self._secrets = re.compile("|".join([*known, _SHAPES, _PARAMETERS]))

    def text(self, text: str) -> str:
        """Hide every secret in a text, and only then shorten it, or a secret might be cut up."""
        if len(text) > MAX_LENGTH:
            return self._hidden(text[: MAX_LENGTH + MAX_SECRET_LENGTH])[:MAX_LENGTH] + "…"
        return self._hidden(text)

    def _hidden(self, text: str) -> str:
        return self._secrets.sub(HIDDEN, _NAMED.sub(rf"\g<name>{HIDDEN}", _without_private(text)))

    def rendered(self, line: str) -> str:
        """Hide in a finished line what is secret everywhere; the rest was hidden field by field.

        What a person typed may be a piece of JSON, and the line must stay JSON.
        """
        return self._everywhere.sub(HIDDEN, line)

    def value(self, value: object) -> object:
        """Hide in every text of a JSON-like value, and all of what stands under a secret name.

        Of any other object only what its `repr` says is left.
        """
        if isinstance(value, dict):
            return {self.text(str(name)): self.field(str(name), each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(value if isinstance(value, str) else repr(value))

    def field(self, name: str, value: object) -> object:
        """Hide in what stands under a name."""
        return HIDDEN if value and _FIELD.fullmatch(name) else self.value(value)


def _forms(secret: str) -> set[str]:
    """List how a secret may be written: as it is, in JSON, and as Python shows it."""
    if _SAME_EVERYWHERE.fullmatch(secret):
        return {secret}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, repr(secret)[1:-1], *in_json}
