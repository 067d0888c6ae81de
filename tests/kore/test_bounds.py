"""No answer is too much for the bot: what is read, what is kept, and how long others wait for it."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.errors import KoreInvalid, KoreUnreadable
from bot.kore.client import ANSWER_LIMIT, LISTS_LIMIT, MEGABYTE, Credentials, KoreClient
from bot.kore.models import ContactListDraft
from bot.kore.protocol import Account

DRAFT = ContactListDraft(name="Renewal Due", description="Due in July.")
ROW = {
    "_id": "cl-1",
    "name": "Renewal Due",
    "description": "d" * 700,
    "updatedAt": "2025-12-05T09:22:51.001Z",
}
BEGIN, END = b'{"status": "success", "data": [', b"]}"


@asynccontextmanager
async def answering(
    pieces: Iterable[bytes],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    sent: list[int] | None = None,
) -> AsyncIterator[KoreClient]:
    """Run something that answers in pieces, as long as it is listened to; a client of it."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            if sent is not None:
                sent.append(len(piece))
        return response

    runner = web.ServerRunner(web.Server(answer), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield KoreClient(
                session,
                host=f"http://127.0.0.1:{runner.addresses[0][1]}",
                account=Account(stream_id="st-1", account_id="1", iid="st-1"),
                credentials=Credentials(client_id="cs-1", client_secret="s" * 64, algorithm="HS256"),
            )
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("status", "expected"), [(200, KoreUnreadable), (400, KoreInvalid)])
async def test_long_answer(status: int, expected: type[Exception]) -> None:
    """An answer of 200 MB is given up at its limit; what its status says still counts."""
    sent: list[int] = []
    async with answering([b"x" * MEGABYTE] * 200, status=status, sent=sent) as kore:
        with pytest.raises(expected, match=rf"^HTTP {status}, too long$"):
            await kore.create(DRAFT)

    assert sum(sent) < ANSWER_LIMIT + 8 * MEGABYTE  # what was on its way


async def test_long_list_of_lists() -> None:
    """All lists may be longer, but not without end."""
    async with answering([BEGIN, *[b" " * MEGABYTE] * (LISTS_LIMIT // MEGABYTE + 1), END]) as kore:
        with pytest.raises(KoreUnreadable, match="too long"):
            await kore.listings()


@pytest.mark.slow
async def test_many_lists() -> None:
    """Lists of more than an answer may have are all read, and the loop is never long without a turn."""
    row = json.dumps(ROW).encode()
    count = 16 * MEGABYTE // len(row)
    gaps: list[float] = []

    async def tick() -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(0.001)
            gaps.append(loop.time() - began)

    async with answering([BEGIN, *[row + b","] * count, row, END]) as kore:
        ticking = asyncio.create_task(tick())
        found = await kore.listings()
        ticking.cancel()

    assert (len(found.rows), found.missing) == (count + 1, 0)
    assert max(gaps) < 5  # read on the loop, it would be held for longer than that


@pytest.mark.slow
async def test_memory() -> None:
    """Of many lists no more is held than what is kept of those that are wanted."""
    others = json.dumps(ROW | {"name": "Another"}).encode()
    pieces = [BEGIN, *[others + b","] * 3_000, json.dumps(ROW).encode(), END]
    async with answering(pieces) as kore:
        tracemalloc.start()
        found = await kore.alike(DRAFT.name)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert [each.id for each in found.rows] == ["cl-1"]
    assert sum(map(len, pieces)) > 2 * MEGABYTE
    assert peak < 1.5 * MEGABYTE


@pytest.mark.slow
@pytest.mark.parametrize("begin", [b'{"message": "', b"", BEGIN])
async def test_bomb(begin: bytes) -> None:
    """Of 64 KB that unpack to 64 MB no more is unpacked than is read, and little of that is held."""
    packed = gzip.compress(begin + b" " * 64 * MEGABYTE)
    async with answering([packed], headers={"Content-Encoding": "gzip"}) as kore:
        tracemalloc.start()
        with pytest.raises(KoreUnreadable, match="too long"):
            await kore.create(DRAFT)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert len(packed) < MEGABYTE / 8
    assert peak < 5 * MEGABYTE
