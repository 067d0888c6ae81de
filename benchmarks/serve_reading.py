"""The bot, which reads a file whenever it gets SIGUSR1: as it does, or with openpyxl in a thread.

    python -m benchmarks.serve_reading FILE process|thread

What it took is written beside FILE, as JSON.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path
from zoneinfo import available_timezones

import benchmarks.serve  # noqa: F401 - it hides what a bot alone does not have
from bot.cli import main as serve
from bot.contact_file import ReadFile, ReadOptions
from bot.contacts.reading import read_contacts
from bot.contacts.rows import read_sheet
from bot.contacts.sheet import Sheet, filled_rows
from bot.contacts.workbook import as_text

OPTIONS = ReadOptions(country="DE")
_tasks: set[asyncio.Task[None]] = set()


async def in_process(path: Path) -> ReadFile:
    """Read a file as the bot does."""
    return await read_contacts(path.read_bytes(), path.name, OPTIONS, timeout=120)  # noqa: ASYNC240 - a moment


async def in_thread(path: Path) -> ReadFile:
    """Read a file with openpyxl, and do the same with its rows, beside the event loop."""
    return await asyncio.to_thread(with_openpyxl, path)


def with_openpyxl(path: Path) -> ReadFile:
    """Do what python-calamine and the process are instead of."""
    import openpyxl  # noqa: PLC0415 - the bot is measured without it too

    def rows() -> Iterator[list[str]]:
        book = openpyxl.load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if value is None else as_text(value) for value in row]  # type: ignore[arg-type]

    zones = {zone.casefold(): zone for zone in available_timezones()}
    return read_sheet(Sheet(rows=filled_rows(rows())), OPTIONS, zones)


async def timed(read: Callable[[Path], Awaitable[ReadFile]], path: Path) -> None:
    """Read a file and tell how long it took."""
    began, used = time.perf_counter(), cpu()
    found = await read(path)
    told = {"seconds": time.perf_counter() - began, "cpu": cpu() - used, "ready": found.preview.ready}
    path.with_suffix(".json").write_text(json.dumps(told))


def cpu() -> float:
    """Return the seconds of CPU of this process and of those that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """Serve, and read when asked."""
    path, how = Path(sys.argv[1]), {"process": in_process, "thread": in_thread}[sys.argv[2]]

    def asked(*_: object) -> None:
        task = asyncio.get_running_loop().create_task(timed(how, path))
        _tasks.add(task)

    signal.signal(signal.SIGUSR1, asked)
    serve(["serve"])


if __name__ == "__main__":
    main()
