"""How a command ends, and how it prints, which never affects that: what was done is done, printed or not."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple, TextIO

from bot.views.text import CONTROL, straight

_PLAIN = str.maketrans({"✓": "+", "✗": "x", "…": "...", "“": '"', "”": '"'})
"""Replacements for characters that carry meaning; doctor's `?` is a mark of its own."""


class ExitStatus(IntEnum):
    """How a command ends."""

    DONE = 0
    NOT_DONE = 1
    """Certainly not done, or not completely; or the bot could not start."""
    UNUSABLE = 2
    """Wrong settings, arguments, values or file: nothing was sent."""
    UNCERTAIN = 3
    """It isn't known whether it was done."""


class Ended(NamedTuple):
    """The exit status, and what to print."""

    status: int
    text: str


def ended(
    status: ExitStatus, sentence: str, *, as_json: bool, endings: Mapping[ExitStatus, str], **facts: object
) -> Ended:
    """End with a sentence, or with one JSON object that also has the facts.

    `endings` are the command's own names for a status in JSON; any other status goes by its own name.
    """
    if not as_json:
        return Ended(status, sentence)
    ending = endings.get(status, status.name.lower())
    return Ended(status, json.dumps({"ending": ending, "message": sentence, **facts}))


def say(text: str, stream: TextIO | None) -> None:
    """Print on any terminal, replacing characters it lacks; print nothing where nothing can be printed."""
    if stream is None:  # closed before the process began
        return
    try:
        stream.write(_printable(text, stream.encoding or "ascii"))
        stream.flush()
    except (OSError, ValueError):  # a full disk, a closed pipe, a closed stream
        _forget(stream)


def without_controls(text: str) -> str:
    """Remove anything that would control a terminal from text that others wrote."""
    return CONTROL.sub(" ", straight(text))


def in_one_line(text: str) -> str:
    """Do the same, and put the text on one line."""
    return without_controls(text).replace("\n", " ").replace("\r", " ")


def _printable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, errors="replace").decode(encoding)
    return text


def _forget(stream: TextIO) -> None:
    """Keep Python from trying again on exit, which would change the exit status."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
