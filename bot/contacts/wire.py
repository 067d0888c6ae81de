"""What the process that reads a file is asked, and what it answers: lines of JSON. Pure: no I/O."""

from pydantic import BaseModel

from bot.contact_file import Preview, ReadFile
from bot.contact_import import ReadOptions


class ReadingRequest(BaseModel):
    """The first line of a request; the file follows."""

    file_name: str
    options: ReadOptions


class ReadingAnswer(BaseModel):
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
    return line.model_dump_json().encode() + b"\n"


def encoded(read: ReadFile) -> bytes:
    """Encode what was read."""
    head = ReadingAnswer(preview=read.preview, rows=read.rows, report_length=len(read.report))
    lines = (b"%b\n" % contact for contact in read.contacts)
    return b"".join([first_line(head), *lines, read.report])


def decoded(answer: bytes) -> ReadingAnswer | ReadFile:
    """Read an answer; raise `ValueError` if it is none, or not all of one."""
    line, _, rest = answer.partition(b"\n")
    head = ReadingAnswer.model_validate_json(line)
    if head.preview is None:
        return head
    *contacts, report = rest.split(b"\n", len(head.rows))
    if len(contacts) != len(head.rows) or len(report) != head.report_length:
        raise ValueError
    return ReadFile(preview=head.preview, report=report, contacts=tuple(contacts), rows=head.rows)
