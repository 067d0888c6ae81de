"""What the process does with a request, without the process."""

import io
import os
import resource
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Never

import pytest

from bot.contact_file import ReadOptions
from bot.contacts import child, reading, wire
from bot.contacts.sheet import EMPTY

HEAD = wire.first_line(wire.ReadingRequest(file_name="a.csv", options=ReadOptions()))


class PanicError(BaseException):
    """As Rust raises it."""


def test_a_sentence() -> None:
    """A file that can't be read is an answer."""
    assert reading.decoded(child.answer(HEAD)) == wire.ReadingAnswer(sentence=EMPTY)


def test_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours, or of a library, tells where it is and nothing of the file."""

    def fails(*_: object) -> Never:
        raise PanicError("+4915112345678")

    monkeypatch.setattr(child, "read_file", fails)

    told = reading.decoded(child.answer(HEAD + b"phone"))

    assert isinstance(told, wire.ReadingAnswer)
    assert told.fault.startswith("PanicError test_child.py:")


def test_whole_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """It limits itself, and then it answers what it reads on stdin."""
    done: list[object] = []
    monkeypatch.setattr(os, "nice", done.append)
    monkeypatch.setattr(resource, "setrlimit", lambda what, most: done.append((what, most)))
    monkeypatch.setattr(Path, "write_text", lambda path, text, **_: done.append((str(path), text)))
    head = wire.first_line(wire.ReadingRequest(file_name="a.csv", options=ReadOptions()))
    stdout = SimpleNamespace(buffer=io.BytesIO())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(head + b"Phone\n+493090182000\n")))
    monkeypatch.setattr(sys, "stdout", stdout)

    child.main()

    limits = [(what, (most, most)) for what, most in child.LIMITS.items()]
    assert done == [child.NICENESS, ("/proc/self/oom_score_adj", "1000"), *limits]
    assert b"+493090182000" in stdout.buffer.getvalue()
