"""What reading a file of 50,000 contacts costs, and what other people notice of it meanwhile.

    python -m benchmarks.contacts [--rows 50000] [--rounds 3]

The bot runs as it is deployed, on one core, which the process that reads shares with it. Commands come at an
even pace while it reads a CSV file, an Excel file, and the same Excel file with openpyxl in a thread.
"""

import argparse
import asyncio
import csv
import gc
import json
import os
import random
import signal
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import uvloop

from benchmarks.durability import Trouble, machine, p99, say
from benchmarks.load import Load, Typed
from benchmarks.measures import CALM, WARM_UP
from benchmarks.remote import Remote, remote_ends
from benchmarks.servers import BOT, LOAD_CORE, SERVERS, Server, serving
from benchmarks.slack_requests import Requests, form

HEADER = ("First name", "Last name", "Phone", "City", "Time zone", "Customer ID", "Priority", "Note")
BEAT = 0.5
"""Seconds of commands between two looks whether the file was read."""
LONGEST = 180
"""Seconds after which it will not be."""
WAYS = {
    "CSV": ("contacts.csv", "process"),
    "XLSX": ("contacts.xlsx", "process"),
    "XLSX, openpyxl in a thread": ("contacts.xlsx", "thread"),
}
HEAD = (
    "What is read",
    "Seconds to the preview / of CPU",
    "Ack meanwhile: p50 / p99 / longest, ms",
    "Ack before",
    "RSS of the bot: before / highest, MB",
    "RSS of the process that reads, MB",
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file that was read once."""

    seconds: float
    cpu: float
    """Seconds, the acks' included."""
    acks: list[float]
    """Milliseconds, of the commands that came meanwhile."""
    calm: list[float]
    """The same before."""
    before: float
    """MB of the bot's RSS."""
    highest: float
    child: float
    """The most that the process needed."""


def contacts(count: int) -> Iterator[list[str | int]]:
    """Make up people who can be called."""
    numbers = random.Random(1).sample(range(10**7, 10**8), count)  # noqa: S311 - nobody guesses them
    for index, number in enumerate(numbers):
        yield [
            *(f"Ana{index}", "López", f"+49151{number}", "Köln", "Europe/Berlin"),
            *(f"C{index}", index % 5, "renewal due"),
        ]


def write_files(folder: Path, rows: int) -> None:
    """Write the same contacts as CSV and as an Excel file."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    with (folder / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in (HEADER, *contacts(rows)):
            writer.writerow(row)
            sheet.append(row)
    book.save(folder / "contacts.xlsx")


async def measure(rows: int, rounds: int) -> dict[str, list[Reading]]:
    """Read each file in each way; each round begins with another one."""
    names = list(WAYS)
    found: dict[str, list[Reading]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), rows)
        async with remote_ends(form(), https=True) as remote:
            for number in range(rounds):
                for name in names[number % len(names) :] + names[: number % len(names)]:
                    file, way = WAYS[name]
                    say(f"round {number + 1} of {rounds}: {name}")
                    found[name].append(await one(remote, Path(folder) / file, way, rows))
                    gc.collect()
    return found


async def one(remote: Remote, path: Path, way: str, rows: int) -> Reading:
    """Start a bot, and let it read a file while people type commands."""
    remote.forget()
    SERVERS[BOT] = ("-m", "benchmarks.serve_reading", str(path), way)
    told = path.with_suffix(".json")
    told.unlink(missing_ok=True)
    async with serving(BOT, remote) as server:
        load, requests = Load(server, remote), Requests()
        await load.closely(requests.commands(WARM_UP), load.command, people=4)
        calm = milliseconds(await load.evenly(requests.commands(CALM * 2), seconds=2))
        before = server.memory()
        highest = [0.0]
        watching = asyncio.create_task(watch_child(server, highest))
        server.process.send_signal(signal.SIGUSR1)
        acks = await commands_until(told, load, requests)
        watching.cancel()
        return Reading(
            **taken(told, rows),
            acks=acks,
            calm=calm,
            before=before,
            highest=peak(server.process.pid),
            child=max(highest),
        )


async def commands_until(told: Path, load: Load, requests: Requests) -> list[float]:
    """Type commands until the file was read; the milliseconds of each ack."""
    acks: list[float] = []
    async with asyncio.timeout(LONGEST):
        while not told.exists():  # noqa: ASYNC240 - a moment
            acks += milliseconds(await load.evenly(requests.commands(int(CALM * BEAT)), seconds=BEAT))
    return acks


async def watch_child(server: Server, highest: list[float]) -> None:
    """Note how much memory the process needs that reads."""
    of_bot = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    while True:
        for child in of_bot.read_text().split():  # noqa: ASYNC240 - the same
            with suppress(FileNotFoundError, ProcessLookupError, IndexError):  # it has ended
                highest.append(peak(int(child)))
        await asyncio.sleep(0.02)


def peak(process_id: int) -> float:
    """Read the highest RSS that a process had, in MB."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def taken(told: Path, rows: int) -> dict[str, float]:
    """Return how long it took to read all of the file."""
    read: dict[str, float] = json.loads(told.read_text())
    if (ready := read.pop("ready")) != rows:
        raise Trouble(f"{ready} of {rows} contacts are ready")
    return read


def milliseconds(typed: list[Typed]) -> list[float]:
    """Return how long each ack took."""
    return [each.ack.milliseconds for each in typed]


def row_of(name: str, readings: list[Reading]) -> str:
    """Write a row of the table: the median of the rounds, and all their acks together."""
    acks = [ack for each in readings for ack in each.acks]
    calm = [ack for each in readings for ack in each.calm]
    seconds, cpu, before, highest, child = (
        statistics.median(getattr(each, field) for each in readings)
        for field in ("seconds", "cpu", "before", "highest", "child")
    )
    needed = f"{seconds:.1f} / {cpu:.1f}"
    memory = f"{before:.0f} / {highest:.0f}"
    return line(name, needed, acks_of(acks), acks_of(calm), memory, f"{child:.0f}" if child else "–")


def line(*cells: str) -> str:
    """Write a line of the table."""
    return f"| {' | '.join(cells)} |"


def acks_of(acks: list[float]) -> str:
    """Write the usual one, the slow one and the longest."""
    return f"{statistics.median(acks):.1f} / {p99(acks):.0f} / {max(acks):.0f}"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.contacts", description="What reading contacts costs.")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    found = uvloop.run(measure(asked.rows, asked.rounds))
    print(f"`python -m benchmarks.contacts --rows {asked.rows} --rounds {asked.rounds}`, {machine()}\n")
    print(line(*HEAD), line("---", *["---:"] * 5), sep="\n")
    for name, readings in found.items():
        print(row_of(name, readings))


if __name__ == "__main__":
    main()
