"""The request to the process that reads a file, and its answer: lines of JSON. Pure: no I/O."""

import json
from dataclasses import dataclass

from bot.contact_file import Preview, ReadFile, ReadOptions


@dataclass(frozen=True, kw_only=True)
class ReadingRequest:
    """The first line of a request; the file follows."""

    file_name: str
    options: ReadOptions


@dataclass(frozen=True, kw_only=True)
class ReadingAnswer:
    """The first line of an answer; if there is a preview, a line for each contact and the report follow."""

    sentence: str = ""
    """Why the file can't be read, for the person."""
    fault: str = ""
    """Where our own code broke, for the log."""
    preview: Preview | None = None
    rows: tuple[int, ...] = ()
    """The row of each contact in the file."""
    report_length: int = 0
    """In bytes."""


def first_line(line: ReadingRequest | ReadingAnswer) -> bytes:
    """Encode a first line."""
    return json.dumps(line, default=vars).encode() + b"\n"


def request_of(line: bytes) -> ReadingRequest:
    """Read a request's first line."""
    told = json.loads(line)
    country, columns = told["options"]["country"], told["options"]["columns"]
    options = ReadOptions(country=country, columns=None if columns is None else tuple(columns))
    return ReadingRequest(file_name=told["file_name"], options=options)


def encoded(read: ReadFile) -> bytes:
    """Encode a file that was read."""
    head = ReadingAnswer(preview=read.preview, rows=read.rows, report_length=len(read.report))
    lines = (b"%b\n" % contact for contact in read.contacts)
    return b"".join([first_line(head), *lines, read.report])
