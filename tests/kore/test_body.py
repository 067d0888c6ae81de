"""Reading the body of an answer in pieces: the same as all at once, and no more than can be written."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kore.body import TEXT_LIMIT, Body, storable
from bot.kore.client import ANSWER_LIMIT, PIECE

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["status", "data", "results", "errors", "x"]), JSON)


def read(text: str, *, pieces: int = 10**9, rows: list[object] | None = None) -> Body:
    """Feed a text in pieces."""
    return read_bytes(text.encode(), pieces=pieces, rows=rows)


def read_bytes(raw: bytes, *, pieces: int = 10**9, rows: list[object] | None = None) -> Body:
    """Feed bytes in pieces."""
    body = Body(None if rows is None else rows.append)
    for start in range(0, len(raw), pieces):
        body.feed(raw[start : start + pieces])
    return body


@pytest.mark.slow
@given(value=OBJECTS, pieces=st.integers(1, 9), indent=st.sampled_from([None, 2]))
def test_any_pieces(value: dict[str, Any], pieces: int, indent: int | None) -> None:
    """However it is cut up, an object is what it is; half characters aside."""
    text = json.dumps(value, indent=indent)
    assert read(text, pieces=pieces).value == storable(json.loads(text))


@pytest.mark.slow
@given(rows=st.lists(JSON, max_size=4), pieces=st.integers(1, 9), nested=st.booleans())
def test_rows_in_pieces(rows: list[object], pieces: int, *, nested: bool) -> None:
    """Rows are handed on one by one, in order, and not kept."""
    data = {"results": rows, "hasMore": True} if nested else rows
    text, got = json.dumps({"data": data, "status": "success"}), list[object]()

    body = read(text, pieces=pieces, rows=got)

    assert got == storable(json.loads(json.dumps(rows)))
    assert body.value == {"data": {"results": [], "hasMore": True} if nested else [], "status": "success"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[1]",
        '"{}"',
        "{",
        '{"a"',
        '{"a":',
        '{"a": 1',
        '{"a": 1,}',
        '{"a": 1 "b": 2}',
        '{"a": 1} x',
        '{"a": 1}}',
        "{a: 1}",
        "{1: 1}",
        '{"a" 1}',
        '{"data": [1 2]}',
        '{"data": [1,]}',
        '{"data": [1',
        '{"a": ' + "1" * 5_000 + "}",
        '{"a": ' + "[" * 100_000,
        '{"errors":' * 5_000 + "1" + "}" * 5_000,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("pieces", [1_000, 10**9])
def test_no_object(text: str, pieces: int) -> None:
    """What is no whole JSON object is nothing, and the beginning of its text is kept for a sentence."""
    body = read(text, pieces=pieces, rows=[])
    assert (body.value, body.text) == ({}, text[:TEXT_LIMIT])


def test_halves_are_replaced() -> None:
    """What neither the store nor Slack takes is replaced wherever it stands; whole characters stay."""
    text = '{"a\\ud83d": ["\\uDE00\\ud83d", "\\ud83d\\ude00"], "b": {"\\u0000": "\\u0000x"}, "c": 1}'
    value = {"a\ufffd": ["\ufffd\ufffd", "\U0001f600"], "b": {"\ufffd": "\ufffdx"}, "c": 1}
    assert read(text).value == value
    rows: list[object] = []
    read(f'{{"data": [{text}]}}', rows=rows)
    assert rows == [value]
    assert read("half \0 text").text == "half \ufffd text"


@pytest.mark.parametrize("piece", ['{"a": "' + "x" * 100, "[" * 100, '"', '{"data": [', " "])
def test_time_grows_with_the_text(piece: str) -> None:
    """A row that never ends is tried again for each piece, and given up before that takes long."""
    body, began = Body(lambda _: None), time.process_time()
    body.feed(b'{"data": [')
    for _ in range(ANSWER_LIMIT // PIECE):
        body.feed(piece.encode() * (PIECE // len(piece)))
    assert body.value == {}
    assert time.process_time() - began < 3


@pytest.mark.parametrize("text", ['\\"data\\":[1]', 'a "data"', "data: ["])
def test_rows_are_only_where_they_belong(text: str) -> None:
    """A text that quotes an answer, and fields of a row that are called as those around it, hold no rows."""
    value, got = {"message": text, "data": [{"data": [1], "results": [2]}]}, list[object]()
    body = read(json.dumps(value), pieces=3, rows=got)
    assert (body.value, got) == ({"message": text, "data": []}, value["data"])


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("pieces", [1, 3, 1_000])
def test_utf_8(mark: bytes, pieces: int) -> None:
    """A character may come in two pieces, and a mark of the order of bytes before all of them."""
    assert read_bytes(mark + '{"name": "Zoë ☎ 📞"}'.encode(), pieces=pieces).value == {"name": "Zoë ☎ 📞"}


@pytest.mark.parametrize("text", ["ab é.", '{"message": "é"}'])
def test_unreadable_bytes(text: str) -> None:
    """What is no UTF-8 reads as far as it is."""
    assert read_bytes(text.encode("iso-8859-1")).text == text.replace("é", "\ufffd")
