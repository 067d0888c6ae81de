"""What an answer of Kore.ai tells beside its error: how long to wait."""

import json
from dataclasses import replace

import pytest

from bot import errors
from bot.kore.protocol import Answer, error_for
from tests.kore.answers import answered


def answer(status: int = 200, *, data: object = None, retry_after: float | None = None) -> Answer:
    """Build an answer whose body says that all went well."""
    body = {"status": "success", "data": data}
    return replace(answered(status, json.dumps(body)), retry_after=retry_after)


@pytest.mark.parametrize("wait", [None, 0, 7.0])
def test_wait_asked_for(wait: float | None) -> None:
    """What the API asks for is kept with its refusal."""
    error = error_for(answer(429, retry_after=wait))
    assert isinstance(error, errors.KoreRateLimited)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"_id": "cl-1"}, errors.KoreUnreadable),
        ({"id": "cl-1"}, errors.KoreUnreadable),
        ({"name": "Renewal"}, errors.KoreRejected),
        ([], errors.KoreRejected),
    ],
)
def test_failure_that_shows_a_list(data: object, expected: type[errors.KoreError]) -> None:
    """An answer that says both that it failed and which list there is leaves it open."""
    error = error_for(answered(200, json.dumps({"status": "failure", "data": data})))
    assert type(error) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, None), (299, None), (300, errors.KoreWrongAddress), (199, errors.KoreWrongAddress)],
)
def test_edge_of_success(status: int, expected: type[errors.KoreError] | None) -> None:
    """A success is 2xx, and nothing beside it: a redirect leads elsewhere."""
    error = error_for(answer(status, data={}))
    assert (type(error) if error else None) is expected
