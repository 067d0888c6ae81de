"""The process that reads one file, so that no file can hurt the bot: `python -m bot.contacts.child`.

It takes the request on stdin and writes the answer to stdout. It sets its own limits before reading anything.
"""

import os
import resource
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from zoneinfo import available_timezones

from bot.contacts import wire
from bot.contacts.file import read_file
from bot.errors import UnreadableFile

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space; 50,000 rows need about a fifth of it."""
CPU_SECONDS = 60
LIMITS = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: CPU_SECONDS, resource.RLIMIT_AS: MEMORY}
NICENESS = 10
"""Lets Slack's requests go first."""


def answer(request: bytes) -> bytes:
    """Read the file of a request."""
    head, _, content = request.partition(b"\n")
    wanted = wire.request_of(head)
    zones = {zone.casefold(): zone for zone in available_timezones()}
    try:
        return wire.encoded(read_file(content, wanted.file_name, wanted.options, zones))
    except UnreadableFile as error:
        return wire.first_line(wire.ReadingAnswer(sentence=error.sentence))
    except BaseException as error:  # noqa: BLE001 - includes a panic in Rust; its text might quote a contact
        return wire.first_line(wire.ReadingAnswer(fault=_place(error)))


def limit() -> None:
    """Lower this process's priority and limits, and let it be killed first if memory runs out."""
    os.nice(NICENESS)
    with suppress(OSError):  # not every system has it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    for what, most in LIMITS.items():
        with suppress(OSError, ValueError):  # not every system has it, or it is lower already
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Answer one request."""
    limit()
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {Path(frame.filename).name}:{frame.lineno}"


if __name__ == "__main__":
    main()
