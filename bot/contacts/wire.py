"""What the process that reads a file is asked, and what it answers: JSON and plain bytes. Pure: no I/O."""

from array import array
from collections.abc import Iterator
from itertools import accumulate, pairwise

from pydantic import BaseModel

from bot.contact_file import Preview, ReadFile
from bot.imports import ReadOptions


class ReadingRequest(BaseModel):
    """The first line of a request; the file follows."""

    file_name: str
    options: ReadOptions


class ReadingAnswer(BaseModel):
    """The first line of an answer; if there is a preview, what else was read follows."""

    sentence: str = ""
    """Why the file can't be read, for the person."""
    fault: str = ""
    """Where our own code broke, for the log."""
    preview: Preview | None = None
    lengths: tuple[int, ...] = ()
    """Of the parts that follow, in bytes."""


def first_line(line: ReadingRequest | ReadingAnswer) -> bytes:
    """Encode a first line."""
    return line.model_dump_json().encode() + b"\n"


def parts_of(read: ReadFile) -> Iterator[bytes]:
    """Encode what was read, part by part."""
    parts = [read.contacts, array("I", read.ends).tobytes(), array("I", read.rows).tobytes(), read.report]
    yield first_line(ReadingAnswer(preview=read.preview, lengths=tuple(map(len, parts))))
    yield from parts


def decoded(answer: bytes) -> ReadingAnswer | ReadFile:
    """Read an answer; raise `ValueError` if it is none, or not all of one."""
    start = answer.index(b"\n") + 1
    head = ReadingAnswer.model_validate_json(answer[:start])
    if head.preview is None:
        return head
    *places, end = accumulate(head.lengths, initial=start)
    if end != len(answer):
        raise ValueError
    contacts, ends, rows, report = (answer[start:end] for start, end in pairwise([*places, end]))
    return ReadFile(
        preview=head.preview,
        report=report,
        contacts=contacts,
        ends=array("I", ends),
        rows=array("I", rows),
    )
