"""Answers of Kore.ai as the client reads them, without a network."""

from collections.abc import Callable

from bot.kore.body import Body
from bot.kore.protocol import Answer


def answered(status: int, text: str, *, on_row: Callable[[object], None] | None = None) -> Answer:
    """Read an answer of this status and text."""
    body = Body(on_row)
    body.feed(text.encode())
    return Answer(status=status, body=body.value, text=body.text)
