"""What the process does with a request, without the process."""

from typing import Never

import pytest

from bot.contacts import child, wire
from bot.contacts.sheet import EMPTY
from bot.imports import ReadOptions

HEAD = wire.first_line(wire.ReadingRequest(file_name="a.csv", options=ReadOptions()))


class PanicError(BaseException):
    """As Rust raises it."""


def test_a_sentence() -> None:
    """A file that can't be read is an answer."""
    assert wire.decoded(b"".join(child.answer(HEAD))) == wire.ReadingAnswer(sentence=EMPTY)


def test_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours, or of a library, tells where it is and nothing of the file."""

    def fails(*_: object) -> Never:
        raise PanicError("+4915112345678")

    monkeypatch.setattr(child, "read_file", fails)

    told = wire.decoded(b"".join(child.answer(HEAD + b"phone")))

    assert isinstance(told, wire.ReadingAnswer)
    assert told.fault.startswith("PanicError test_child.py:")
