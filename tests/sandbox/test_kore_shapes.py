"""What the local Kore.ai may do to a right answer: each shape, as a client gets it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from sandbox.kore.faults import SHAPES
from sandbox.kore.shapes import BOMB, LONG
from tests.sandbox.kore_client import ADD, CREATE, DRAFT, HEADERS, QUERY, Client, token

ODD_TEXT = {"name": "Café  & <b>", "description": "one\ntwo"}
SAME = {"data_results", "data_half", "rows_odd"}
"""Those that leave an answer about one list as it is."""


async def raw(kore_client: Client, fault: str) -> tuple[dict[str, str], bytes]:
    """Create a list through a fault; return the headers and the bytes of the answer, not unpacked."""
    kore_client.kore.fault(fault)
    body = DRAFT | ODD_TEXT
    async with kore_client.session.post(
        kore_client.kore.url + CREATE,
        params=QUERY,
        json=body,
        headers={"auth": token(), **HEADERS},
        auto_decompress=False,
        max_field_size=10_000,
    ) as response:
        assert response.status == 200
        return dict(response.headers), await response.read()


async def told(kore_client: Client, fault: str) -> Any:  # noqa: ANN401 - any JSON value
    """Create a list through a fault; return the JSON of the answer."""
    _, answer = await raw(kore_client, fault)
    return json.loads(answer)


@pytest.mark.parametrize(
    ("fault", "name", "description"),
    [
        ("text_escaped", "Café  &amp; &lt;b&gt;", "one\ntwo"),
        ("text_crlf", "Café  & <b>", "one\r\ntwo"),
        ("text_decomposed", "Cafe\u0301  & <b>", "one\ntwo"),
        ("text_joined", "Café & <b>", "one two"),
    ],
)
async def test_text_told_otherwise(kore_client: Client, fault: str, name: str, description: str) -> None:
    """As if it had been kept so; the list itself is what was sent."""
    answer = await told(kore_client, fault)

    assert (answer["data"]["name"], answer["data"]["description"]) == (name, description)
    (kept,) = kore_client.kore.lists.values()
    assert (kept["name"], kept["description"]) == tuple(ODD_TEXT.values())


@pytest.mark.parametrize(
    ("fault", "moment"),
    [
        ("moments_missing", None),
        ("moments_js", "Fri Dec 05 2025 09:22:51 GMT+0000 (Coordinated Universal Time)"),
        ("moments_local", "2025-12-05T09:22:51.001"),
    ],
)
async def test_moments_told_otherwise(kore_client: Client, fault: str, moment: str | None) -> None:
    """Both of them: when it was created, and when it was changed."""
    data = (await told(kore_client, fault))["data"]

    assert (data.get("createdAt"), data.get("updatedAt")) == (moment, moment)


async def test_fields_told_otherwise(kore_client: Client) -> None:
    """The id, the source, half characters, a status in capitals, no data."""
    assert (await told(kore_client, "id_plain"))["data"]["id"] in kore_client.kore.lists
    assert len((await told(kore_client, "id_long"))["data"]["_id"]) > 60_000
    assert (await told(kore_client, "source_changed"))["data"]["source"] == "passiveApiIntegration"
    assert (await told(kore_client, "half_signs"))["data"]["columns"] == ["\ud83d\0"]
    assert (await told(kore_client, "status_capital"))["status"] == "Success"
    assert (await told(kore_client, "data_null"))["data"] is None


@pytest.mark.parametrize(
    ("fault", "codec"), [("byte_order_mark", "utf-8-sig"), ("latin_1", "iso-8859-1"), ("utf_16", "utf-16")]
)
async def test_bytes_of_another_kind(kore_client: Client, fault: str, codec: str) -> None:
    """The same JSON, written otherwise."""
    headers, answer = await raw(kore_client, fault)

    assert json.loads(answer.decode(codec))["data"]["name"] == ODD_TEXT["name"]
    with pytest.raises(ValueError, match=r"BOM|decode"):
        json.loads(answer.decode("utf-8"))
    assert ("ISO-8859-1" in headers["Content-Type"]) is (fault == "latin_1")


@pytest.mark.slow
async def test_great_size(kore_client: Client) -> None:
    """A long header, a long text, and a short one that unpacks to a long one."""
    headers, _ = await raw(kore_client, "long_header")
    assert len(headers["Content-Security-Policy"]) == 9_000
    _, answer = await raw(kore_client, "long_text")
    assert len(answer) > LONG
    headers, answer = await raw(kore_client, "bomb")
    assert headers["Content-Encoding"] == "gzip"
    assert len(answer) < 100_000
    assert len(gzip.decompress(answer)) > BOMB


@pytest.mark.parametrize(
    ("fault", "rows", "more"),
    [("data_results", 2, False), ("data_half", 1, True)],
)
async def test_rows_in_results(kore_client: Client, fault: str, rows: int, *, more: bool) -> None:
    """As another operation of the vendor's has them."""
    for name in ("a", "b"):
        kore_client.kore.put(name)
    kore_client.kore.fault(fault, operation="list")

    _, answer = await kore_client.list_all()

    assert (len(answer["data"]["results"]), answer["data"]["hasMore"]) == (rows, more)


async def test_odd_rows(kore_client: Client) -> None:
    """Behind the others."""
    kore_client.kore.put("a")
    kore_client.kore.fault("rows_odd", operation="list")

    _, answer = await kore_client.list_all()

    assert [row and row.get("name") for row in answer["data"]] == ["a", None, "No id"]


@pytest.mark.parametrize("fault", sorted(SAME))
async def test_one_list_has_no_rows(kore_client: Client, fault: str) -> None:
    """What is done to rows leaves an answer about one list alone."""
    data = (await told(kore_client, fault))["data"]

    assert data == next(iter(kore_client.kore.lists.values()))


@pytest.mark.parametrize("fault", [name for name in SHAPES if name.startswith(("text", "moments", "id"))])
async def test_no_list_no_shape(kore_client: Client, fault: str) -> None:
    """An answer without a list, as to contacts that are added, is left as it is."""
    kore_client.kore.put("a")
    kore_client.kore.fault(fault, operation="add_contacts")
    body = {"contact_list_name": "a", "data": [{"phoneNumber": "+4930"}]}

    _, answer = await kore_client.send("POST", ADD, json=body)

    assert answer.keys() == {"message"}


async def test_console_lists(kore_client: Client) -> None:
    """A list from the console has another creator than one that came by the API."""
    kore_client.kore.put("a")
    await kore_client.create()

    made_by = [one["createdBy"] for one in kore_client.kore.lists.values()]

    assert made_by[0] != made_by[1]
