"""The nouns of an import."""

import pytest

from bot.contact_file import ReadOptions
from bot.contact_import import ContactImport, Rows
from bot.models import Origin

IMPORT = ContactImport(
    key="V1",
    origin=Origin(user_id="U1", channel_id="C1", view_id="V1"),
    list_id="cl-1",
    list_name="Renewals",
    rows=Rows(file_id="F1", options=ReadOptions(country="DE"), digest="d", count=0),
    chunk_size=200,
    confirmed_at=0,
)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (199, [199]), (200, [200]), (201, [200, 1]), (400, [200, 200]), (1_001, [200] * 5 + [1])],
)
def test_chunks_hold_all(count: int, sizes: list[int]) -> None:
    """Every contact is in one chunk, and no chunk is larger than a call may be."""
    one = IMPORT.model_copy(update={"rows": IMPORT.rows.model_copy(update={"count": count})})

    found = [one.size_of(chunk) for chunk in range(one.chunks)]

    assert found == sizes
