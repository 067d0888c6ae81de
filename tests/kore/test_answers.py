"""What an answer of Kore.ai tells beside its error: how long to wait, and which lists there are."""

import json

import pytest

from bot import errors
from bot.kore.protocol import Answer, error_for, read_listings


def answer(status: int = 200, *, data: object = None, retry_after: float | None = None) -> Answer:
    """Build an answer whose body says that all went well."""
    body = {"status": "success", "data": data}
    return Answer(status=status, text=json.dumps(body), retry_after=retry_after)


@pytest.mark.parametrize("wait", [None, 0, 7.0])
def test_wait_asked_for(wait: float | None) -> None:
    """What the API asks for is kept with its refusal."""
    error = error_for(answer(429, retry_after=wait))
    assert isinstance(error, errors.KoreRateLimited)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, None), (299, None), (300, errors.KoreWrongAddress), (199, errors.KoreWrongAddress)],
)
def test_edge_of_success(status: int, expected: type[errors.KoreError] | None) -> None:
    """A success is 2xx, and nothing beside it: a redirect leads elsewhere."""
    error = error_for(answer(status))
    assert (type(error) if error else None) is expected


def test_all_lists() -> None:
    """The newest comes first, and what is no list is left out."""
    rows = [
        {"_id": "cl-1", "name": "First", "createdAt": "2025-07-01T10:00:00.000Z"},
        "not a list",
        {"_id": "cl-2", "name": "Second", "createdAt": "2025-07-02T10:00:00.000Z"},
    ]
    listings = read_listings(answer(data=rows))
    assert [each.id for each in listings] == ["cl-2", "cl-1"]


@pytest.mark.parametrize("data", [None, {}, "x"])
def test_no_lists(data: object) -> None:
    """An answer without a list of lists is not taken for an account without lists."""
    with pytest.raises(errors.KoreUnreadable):
        read_listings(answer(data=data))
