"""The body of an answer, read piece by piece, so that no more of it is held than is kept. Pure: no I/O.

The edge for texts: what neither the store nor Slack takes (half characters, NULs) is replaced here, in any
field, and nothing behind it has to look for it.
"""

import codecs
import json
import re
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

TEXT_LIMIT = 2_000
"""Characters of a body that are kept as text: a sentence that is no JSON."""
VALUE_LIMIT = 1_000_000
"""Characters of one row, or of one field of the answer itself."""
ROWS = ("data", "results")
"""The fields whose arrays are rows; the second one within the first."""

_JSON = json.JSONDecoder()
_TELLING = 4
"""Bytes that tell UTF-8 from UTF-16 and UTF-32."""
_DELIMITERS = frozenset(" \t\n\r,]}")
_BLANKS = re.compile(r"[ \t\n\r]*")
_ESCAPED = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")
_CHARSETS = re.compile(
    r"(?:utf-?(?:8|16|32)|us-ascii|iso-?8859-?\d+|latin-?\d|windows-\d+|cp\d+|koi8-\w|gb\w+|big5|euc-\w+|shift[_-]jis)",
    re.IGNORECASE,
)
"""Charsets that a gateway may name; others of Python's are no charsets, or slow on purpose."""

Row = Callable[[object], None]
_Steps = Generator[None, None, Any]


class Decoding:
    """Bytes that become text as they arrive: UTF-8, or UTF-16 and -32 by their first bytes, or as declared.

    What is declared counts only once the text turns out to be no UTF-8: many declare what is not true.
    """

    def __init__(self, declared: str | None) -> None:
        self._declared = declared or ""
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def decode(self, piece: bytes, *, is_last: bool = False) -> str:
        """Return the text of the next bytes."""
        if self._decoder is None:
            self._head += piece
            if len(self._head) < _TELLING and not is_last:
                return ""
            piece, detected = self._head, json.detect_encoding(self._head)
            self._decoder = _decoder("utf-8-sig" if detected == "utf-8" else detected, "strict")
        try:
            return self._decoder.decode(piece, is_last)
        except UnicodeDecodeError:
            undecoded, _ = self._decoder.getstate()
            self._decoder = self._other()
            return self._decoder.decode(undecoded + piece, is_last)

    def _other(self) -> codecs.IncrementalDecoder:
        charset = self._declared if _CHARSETS.fullmatch(self._declared) else "utf-8"
        try:
            return _decoder(charset, "replace")
        except LookupError:
            return _decoder("utf-8", "replace")


class Body:
    """A JSON object that arrives in pieces; `value` is empty if something else came, or it is not whole."""

    def __init__(self, on_row: Row | None = None) -> None:
        """`on_row` gets each row of the list in the answer, in place of `value`."""
        self.value: dict[str, Any] = {}
        self.text = ""
        self._on_row = on_row
        self._unread, self._at = "", 0
        self._is_whole = False
        self._steps: _Steps | None = self._read()

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self.text += text[: TEXT_LIMIT - len(self.text)]
        if self._steps is not None:
            self._unread, self._at = self._unread[self._at :] + text, 0
            self._go_on(self._steps)

    def close(self) -> None:
        """End: what is not whole by now is nothing."""
        self._is_whole = True
        self.text = str(cleaned(self.text))
        if self._steps is not None:
            self._go_on(self._steps)

    def _go_on(self, steps: _Steps) -> None:
        try:
            next(steps)
        except StopIteration:
            self._steps = None
        except (ValueError, RecursionError):
            self.value, self._unread, self._steps = {}, "", None

    def _read(self) -> _Steps:
        yield from self._take("{")
        yield from self._members(self.value, ROWS)
        yield from self._end()

    def _members(self, into: dict[str, Any], rows: tuple[str, ...]) -> _Steps:
        """Read the members of an object whose brace is open."""
        while (yield from self._sign()) != "}":
            name = yield from self._string()
            yield from self._take(":")
            into[name] = yield from self._member(name, rows)
            yield from self._comma("}")
        self._at += 1

    def _member(self, name: str, rows: tuple[str, ...]) -> _Steps:
        """Read one member: rows one by one, and so those within `data`; anything else as a whole."""
        sign = yield from self._sign()
        if self._on_row is None or name not in rows or sign not in "[{":
            return (yield from self._value())
        self._at += 1
        if sign == "[":
            yield from self._rows(self._on_row)
            return []
        within: dict[str, Any] = {}
        yield from self._members(within, rows[1:])
        return within

    def _rows(self, on_row: Row) -> _Steps:
        while (yield from self._sign()) != "]":
            on_row((yield from self._value()))
            yield from self._comma("]")
        self._at += 1

    def _string(self) -> _Steps:
        if (yield from self._sign()) != '"':
            raise ValueError
        return (yield from self._value())

    def _value(self) -> _Steps:
        """Read a value; each try has twice as much to read as the one before, so that all are linear."""
        tried = 0
        while True:
            length = len(self._unread) - self._at
            if self._is_whole or length > 2 * tried:
                tried = length
                with suppress(json.JSONDecodeError):
                    value, end = _JSON.raw_decode(self._unread, self._at)
                    if self._is_whole or not self._may_go_on(value, end):
                        return self._taken(value, end)
            if self._is_whole or length > VALUE_LIMIT:
                raise ValueError
            yield

    def _may_go_on(self, value: object, end: int) -> bool:
        """Return whether the next piece may lengthen a value: a number ends with what follows it."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and self._unread[end : end + 1] not in _DELIMITERS

    def _taken(self, value: object, end: int) -> object:
        escaped = _ESCAPED.search(self._unread, self._at, end)
        self._at = end
        return cleaned(value) if escaped else value

    def _comma(self, closing: str) -> _Steps:
        """Pass a comma; behind it another one must follow, and without it the end."""
        sign = yield from self._sign()
        if sign == ",":
            self._at += 1
            if (yield from self._sign()) != closing:
                return
        elif sign == closing:
            return
        raise ValueError

    def _take(self, sign: str) -> _Steps:
        if (yield from self._sign()) != sign:
            raise ValueError
        self._at += 1

    def _sign(self) -> _Steps:
        """Return the next character that is no blank, without passing it."""
        while True:
            self._at = self._blanks()
            if self._at < len(self._unread):
                return self._unread[self._at]
            if self._is_whole:
                raise ValueError
            yield

    def _end(self) -> _Steps:
        """Refuse what follows the object."""
        while not self._is_whole:
            self._at = self._blanks()
            if self._at < len(self._unread):
                raise ValueError
            yield

    def _blanks(self) -> int:
        found = _BLANKS.match(self._unread, self._at)
        return found.end() if found else self._at


def cleaned(value: object) -> object:
    """Replace what neither the store nor Slack takes, in every text of a JSON value."""
    if isinstance(value, str):
        return _UNSENDABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    if isinstance(value, dict):
        return {cleaned(name): cleaned(each) for name, each in value.items()}
    return value


def _decoder(charset: str, errors: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(charset)(errors)
