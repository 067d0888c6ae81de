"""The contacts of a file, as one call after the other sends them."""

import json

import pytest

from bot.contact_file import Preview, ReadFile
from bot.errors import UnreadableFile

PREVIEW = Preview(
    columns=(),
    rows_total=5,
    ready=5,
    problem_count=0,
    problems=(),
    repeated=0,
    notes=(),
    digest="",
)


def read_file() -> ReadFile:
    """Return five contacts; row 4 of the file is none of them."""
    contacts = [json.dumps({"phoneNumber": f"+{'1' * count}"}).encode() for count in range(1, 6)]
    return ReadFile(preview=PREVIEW, report=b"", contacts=tuple(contacts), rows=(2, 3, 5, 6, 7))


@pytest.mark.parametrize(
    ("number", "phones", "rows"),
    [(0, ["+1", "+11"], (2, 3)), (1, ["+111", "+1111"], (5, 6)), (2, ["+11111"], (7, 7))],
)
def test_chunks(number: int, phones: list[str], rows: tuple[int, int]) -> None:
    """Each holds its part of the contacts and knows their rows; the last one has what is left."""
    chunk = read_file().chunk(number, 2)

    assert [each["phoneNumber"] for each in json.loads(chunk.contacts)] == phones
    assert (chunk.first_row, chunk.last_row) == rows


def test_nothing_is_shown() -> None:
    """What a log would write of a file that was read has no contact in it."""
    assert "+1" not in repr(read_file())


def test_a_sentence_for_the_person() -> None:
    """What can't be read says why."""
    assert UnreadableFile("Save it as CSV.").sentence == "Save it as CSV."
