"""What the process that reads a file answers."""

import pytest

from bot.contact_file import ReadFile
from bot.contacts import reading, wire
from tests.contacts.files import read


@pytest.mark.parametrize(
    "text",
    ["phone,Città\n+4915112345678,Köln\n1,x\n", "phone,x\n1,\n", 'phone,note\n+4915112345678,"two\nlines"\n'],
)
def test_back_and_forth(text: str) -> None:
    """What was read arrives as it was."""
    found = read(text)

    arrived = reading.decoded(wire.encoded(found))

    assert arrived == found


def test_a_sentence() -> None:
    """Why nothing was read arrives too."""
    assert reading.decoded(wire.first_line(wire.ReadingAnswer(sentence="No."))) == wire.ReadingAnswer(
        sentence="No."
    )


@pytest.mark.parametrize("cut", [0, 10, -1, -60])
def test_an_answer_that_ends(cut: int) -> None:
    """Half of an answer is none."""
    answer = wire.encoded(read("phone\n+4915112345678\n"))
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, and nobody reads it
        reading.decoded(answer[:cut])


def test_more_than_an_answer() -> None:
    """So is one that goes on."""
    answer = wire.encoded(read("phone\n+4915112345678\n"))
    assert isinstance(reading.decoded(answer), ReadFile)
    with pytest.raises(ValueError):  # noqa: PT011
        reading.decoded(answer + b"x")
