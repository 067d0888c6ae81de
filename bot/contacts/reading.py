"""Reads a contact file in a process of its own, which is killed if it takes too much time or memory."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import TypeAdapter

import bot
from bot.contact_file import ReadFile, ReadOptions
from bot.contacts import wire
from bot.contacts.sheet import DAMAGED
from bot.errors import UnreadableFile

READING_TIMEOUT = 20
"""Seconds."""
CHILD_COMMAND = (sys.executable, "-P", "-s", "-m", "bot.contacts.child")
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "PYTHONHOME")
"""Some Pythons don't start without these. No other variable, and so no secret, is passed on."""

TOOK_TOO_LONG = (
    "Reading this file took too long. Split it into smaller ones, or save it as CSV, then try again."
)

_ANSWER: TypeAdapter[wire.ReadingAnswer] = TypeAdapter(wire.ReadingAnswer)

_log = structlog.get_logger(__name__)


async def read_contacts(
    content: bytes,
    file_name: str,
    options: ReadOptions,
    *,
    timeout: float = READING_TIMEOUT,  # noqa: ASYNC109 - it ends a process
) -> ReadFile:
    """Read a file within `timeout` seconds; raises `UnreadableFile`, whose sentence is for the person."""
    request = wire.first_line(wire.ReadingRequest(file_name=file_name, options=options)) + content
    return _understood(await _ask(request, timeout))


def decoded(answer: bytes) -> wire.ReadingAnswer | ReadFile:
    """Read an answer; raises `ValueError` if it isn't one, or isn't complete."""
    line, _, rest = answer.partition(b"\n")
    head = _ANSWER.validate_json(line)
    if head.preview is None:
        return head
    *contacts, report = rest.split(b"\n", len(head.rows))
    if len(contacts) != len(head.rows) or len(report) != head.report_length:
        raise ValueError
    return ReadFile(preview=head.preview, report=report, contacts=tuple(contacts), rows=head.rows)


async def _ask(request: bytes, seconds: float) -> bytes:
    process = await _start()
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(request)
    except TimeoutError:
        _log.warning("file_not_read", fault="time-out")
        raise UnreadableFile(TOOK_TOO_LONG) from None
    finally:
        await _end(process)
    if process.returncode:
        _log.warning("file_not_read", fault=f"exit status {process.returncode}")
        raise UnreadableFile(DAMAGED)
    return answer


async def _start() -> Process:
    """Start the process with nothing of ours: no setting, no socket, no working directory.

    It stays in our session: in one of its own, Linux might give it half the CPU, however high its niceness.
    """
    environment = {name: value for name in KEPT_VARIABLES if (value := os.environ.get(name))}
    environment["PYTHONPATH"] = str(Path(bot.__file__).parent.parent)
    return await asyncio.create_subprocess_exec(
        *CHILD_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd="/", env=environment, process_group=0
    )


async def _end(process: Process) -> None:
    """Kill the process, and everything it may have started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _understood(answer: bytes) -> ReadFile:
    try:
        read = decoded(answer)
    except ValueError:
        _log.warning("file_not_read", fault="no complete answer")
        raise UnreadableFile(DAMAGED) from None
    if isinstance(read, ReadFile):
        return read
    if read.fault:
        _log.error("file_not_read", fault=read.fault)
    raise UnreadableFile(read.sentence or DAMAGED)
