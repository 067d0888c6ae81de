"""Printing, which never decides how a command ends: what was done is done, whether or not it can be told."""

import os
from contextlib import suppress
from typing import TextIO


def say(text: str, stream: TextIO | None) -> None:
    """Print on any terminal: signs that it lacks become `?`; where nothing can be printed nothing is."""
    if stream is None:  # closed before the process began
        return
    encoding = stream.encoding or "ascii"
    try:
        stream.write(text.encode(encoding, errors="replace").decode(encoding))
        stream.flush()
    except (OSError, ValueError):  # a full disk, a closed pipe, a closed stream
        _forget(stream)


def _forget(stream: TextIO) -> None:
    """Keep Python from trying again at its end, which would change the exit status."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
