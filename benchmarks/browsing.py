"""What browsing costs: `/contactlist list` in an account with thousands of lists, and the memory for them.

    python -m benchmarks.browsing [--lists 5000] [--rounds 30]

The bot, the local Slack and the local Kore.ai share one process here, and wait for each other.
It measures and does not judge.
"""

import argparse
import asyncio
import statistics
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
from yarl import URL

from bot.browsing import catalog
from bot.kore.client import Credentials
from bot.kore.protocol import Account, list_request, read_listings
from sandbox.demo import Stage, stage
from sandbox.slack.people import Person

CHANNEL, PERSON = "C0CAMPAIGN", "U0LEAD"
DESCRIPTION = "Customers whose service ends in July 2025, for the renewal calls. " * 3
LIFTED = 60_000
"""A limit that nothing here meets."""
MEGABYTE = 1_000_000


async def measure(*, lists: int, rounds: int) -> list[tuple[str, str]]:
    """Measure everything; a row of the table for each figure."""
    async with AsyncExitStack() as parts:
        scene = await parts.enter_async_context(stage(rate_per_minute=LIFTED))
        session = await parts.enter_async_context(aiohttp.ClientSession())
        for number in range(lists):
            scene.kore.put(f"Renewal Due {number}- July 2025", DESCRIPTION)
        catalog.FRESH_FOR = 0.0
        api = await _seconds(rounds, lambda: _ask(session, scene))
        unread = await _seconds(rounds, lambda: _look(scene))
        catalog.FRESH_FOR = 3600.0
        read = await _seconds(rounds, lambda: _look(scene))
        text = await _ask(session, scene)
    above = (statistics.median(unread) - statistics.median(api)) * 1000
    return [
        ("The API's own time, request to last byte: median / longest", _milliseconds(api)),
        ("Command to answer, the lists being read for it: median / longest", _milliseconds(unread)),
        ("… above the API's own time: medians", f"{above:.0f} ms"),
        ("Command to answer, the lists read within a minute: median / longest", _milliseconds(read)),
        ("Memory for what was read / at most while it is read", _memory(text)),
    ]


async def _ask(session: aiohttp.ClientSession, scene: Stage) -> str:
    """Ask the local Kore.ai for all lists, and do nothing with the answer."""
    known, settings = scene.kore.account, scene.settings
    account = Account(stream_id=known.stream_id, account_id=known.account_id, iid=known.iid)
    credentials = Credentials(
        client_id=settings.kore_client_id,
        client_secret=settings.kore_client_secret.get_secret_value(),
        algorithm=settings.kore_jwt_algorithm,
    )
    request = list_request(account=account, token=credentials.token())
    url = URL(scene.kore.url).joinpath(*request.path).with_query(request.query)
    async with session.request(request.method, url, headers=request.headers) as response:
        return await response.text()


async def _look(scene: Stage) -> None:
    person = Person(scene.slack, PERSON)
    await person.command("list", channel=CHANNEL)
    await person.message(CHANNEL)


async def _seconds(rounds: int, work: Callable[[], Awaitable[object]]) -> list[float]:
    """Do something again and again; the first time, which also warms things up, does not count."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return taken[1:]


def _milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} / {max(seconds) * 1000:.0f} ms"


def _memory(text: str) -> str:
    tracemalloc.start()
    rows = read_listings(200, text)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"{kept / MEGABYTE:.1f} / {most / MEGABYTE:.1f} MB for {len(rows)} lists"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.browsing", description="What browsing costs.")
    parser.add_argument("--lists", type=int, default=5000, help="lists in the account")
    parser.add_argument("--rounds", type=int, default=30, help="how often each thing is measured")
    asked = parser.parse_args()
    rows = asyncio.run(measure(lists=asked.lists, rounds=asked.rounds))
    table = "\n".join(f"| {what} | {figure} |" for what, figure in rows)
    sys.stdout.write(f"| Measurement, {asked.lists} lists | |\n| --- | ---: |\n{table}\n")


if __name__ == "__main__":
    main()
