"""How a command ends, and printing, which never decides that: what was done is done, printed or not."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple, TextIO

from bot.views.text import CONTROL, straight

_PLAIN = str.maketrans({"✓": "+", "✗": "x", "…": "...", "“": '"', "”": '"'})
"""What stands for the signs that mean something: doctor's `?` is a mark of its own."""


class ExitStatus(IntEnum):
    """How a command ends."""

    DONE = 0
    NOT_DONE = 1
    """It was certainly not done, or not all of it; the bot could not start."""
    UNUSABLE = 2
    """Wrong settings, arguments, values or file: nothing was sent."""
    UNCERTAIN = 3
    """It is unknown whether it was done."""


class Ended(NamedTuple):
    """The exit status, and what to print."""

    status: int
    text: str


def ended(
    status: ExitStatus, sentence: str, *, as_json: bool, endings: Mapping[ExitStatus, str], **facts: object
) -> Ended:
    """End with a sentence, or with one JSON object that has the facts as well.

    `endings` are the command's own names for a status in JSON; the others are called by theirs.
    """
    if not as_json:
        return Ended(status, sentence)
    ending = endings.get(status, status.name.lower())
    return Ended(status, json.dumps({"ending": ending, "message": sentence, **facts}))


def say(text: str, stream: TextIO | None) -> None:
    """Print on any terminal, with other signs for those that it lacks; print nothing where nothing can be."""
    if stream is None:  # closed before the process began
        return
    try:
        stream.write(_printable(text, stream.encoding or "ascii"))
        stream.flush()
    except (OSError, ValueError):  # a full disk, a closed pipe, a closed stream
        _forget(stream)


def without_controls(text: str) -> str:
    """Remove what would control a terminal from what others wrote."""
    return CONTROL.sub(" ", straight(text))


def in_one_line(text: str) -> str:
    """Write the same in one line."""
    return without_controls(text).replace("\n", " ").replace("\r", " ")


def _printable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, errors="replace").decode(encoding)
    return text


def _forget(stream: TextIO) -> None:
    """Keep Python from trying again at its end, which would change the exit status."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
