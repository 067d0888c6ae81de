"""Reading in a process of its own, which no file breaks out of."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.contact_file import ReadFile, ReadOptions
from bot.contacts import reading, source, wire
from bot.contacts.child import MEMORY
from bot.contacts.reading import read_contacts
from bot.contacts.sheet import DAMAGED, MAX_BYTES, TOO_LARGE
from bot.contacts.source import Source
from bot.errors import UnreadableFile
from bot.slack.files import SlackFile
from tests.contacts.files import contacts, is_told, xlsx
from tests.contacts.files import read as read_here
from tests.contacts.odd_files import ODD_FILES
from tests.quick import QUICK

pytestmark = pytest.mark.process

CSV = b"phone,City\n+4915112345678,Rome\n0151 12345679,Bonn\n+4915112345678,Kiel\n"


@pytest.mark.parametrize("content", [CSV, xlsx(["phone", "City"], ["+4915112345678", "Rome"])])
async def test_as_here(content: bytes) -> None:
    """What the process answers is what would be read here."""
    options = ReadOptions(country="DE")
    found = await read_contacts(content, "contacts.csv", options, timeout=20)
    assert found == read_here(content, country="DE")


async def test_time_zones() -> None:
    """It knows the tz database."""
    found = await read_contacts(b"tel,tz\n+4915112345678,asia/kolkata", "a.csv", ReadOptions(), timeout=20)
    assert contacts(found)[0]["timeZone"] == "Asia/Kolkata"


@pytest.mark.parametrize(("content", "sentence"), [(b"tel\n", "below it"), (bytes(MAX_BYTES + 1), TOO_LARGE)])
async def test_a_sentence_comes_back(content: bytes, sentence: str) -> None:
    """What can't be read says why."""
    with pytest.raises(UnreadableFile) as refused:
        await read_contacts(content, "a.csv", ReadOptions(), timeout=20)
    assert sentence in refused.value.sentence


@pytest.mark.parametrize("name", ODD_FILES)
async def test_odd_files(name: str) -> None:
    """A file made to hurt is refused in time, or has no more in it than it says."""
    outcome = await read_or_refused(ODD_FILES[name](), name)

    if isinstance(outcome, UnreadableFile):
        assert is_told(outcome)
        assert outcome.sentence != reading.TOOK_TOO_LONG
    else:
        assert outcome.preview.ready <= 2


async def read_or_refused(content: bytes, name: str) -> ReadFile | UnreadableFile:
    """Read a file, or say why it can't be read."""
    try:
        return await read_contacts(content, name, ReadOptions(), timeout=50)
    except UnreadableFile as refused:
        return refused


def children() -> set[int]:
    """Return the processes that read a file for this one."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return {int(each) for each in found if b"bot.contacts.child" in details_of(int(each), "cmdline")}


async def started() -> int:
    """Wait until a process reads, within its limits."""
    while not (found := children()):  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.01)
    (child,) = found
    while str(MEMORY).encode() not in details_of(child, "limits"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return child


def details_of(process_id: int, topic: str) -> bytes:
    """Return what the system knows of a process: nothing once it has ended."""
    try:
        return Path(f"/proc/{process_id}/{topic}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def links_of(process_id: int) -> dict[str, str]:
    """Return where a process works, and what it has open for longer than a module is read."""
    links = {}
    for place in [Path(f"/proc/{process_id}/cwd"), *Path(f"/proc/{process_id}/fd").iterdir()]:
        with suppress(FileNotFoundError):
            links[place.name] = str(place.readlink())
    return links


SLOW = b"phone\n" + b"1\n" * 15_000


def slow_file() -> asyncio.Task[ReadFile]:
    """Start to read a file that keeps a process busy."""
    return asyncio.create_task(read_contacts(SLOW, "a.csv", ReadOptions(), timeout=30))


async def test_too_slow() -> None:
    """What isn't read in time is stopped, and nothing is left of it."""
    with pytest.raises(UnreadableFile) as refused:
        await read_contacts(SLOW, "a.csv", ReadOptions(), timeout=0.05)
    assert refused.value.sentence == reading.TOOK_TOO_LONG
    assert children() == set()


async def test_nobody_waits() -> None:
    """So is what nobody waits for anymore."""
    task = slow_file()
    await started()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert children() == set()


async def test_it_dies() -> None:
    """When a process was killed, as by a machine without memory, its file can't be read."""
    task = slow_file()

    os.kill(await started(), signal.SIGKILL)

    with pytest.raises(UnreadableFile) as refused:
        await task
    assert refused.value.sentence == DAMAGED


class SlowFiles:
    """Stands in for the files in Slack."""

    async def info(self, file_id: str) -> SlackFile:
        """Describe a file."""
        return SlackFile(id=file_id, name="a.csv", size=len(SLOW), url="")

    async def download(self, _: SlackFile) -> bytes:
        """Return a file that keeps a process busy."""
        return SLOW


async def test_two_at_once() -> None:
    """A third file waits until one of two was read."""
    slow: Any = SlowFiles()
    files_read = Source(files=slow, contact="x", timing=QUICK)
    files = [asyncio.create_task(files_read.read(f"F{number}", ReadOptions())) for number in range(3)]
    most = 0
    while not all(each.done() for each in files):
        most = max(most, len(children()))
        await asyncio.sleep(0.01)
    assert most == source.MAX_READINGS
    assert len({(await each).preview.digest for each in files}) == 1


async def test_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no setting, no secret and no open file of ours, and it has limits."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-made-up")
    task = slow_file()
    child = await started()

    root = str(Path(reading.__file__).parents[2])
    links = links_of(child)
    assert details_of(child, "environ") == f"PYTHONPATH={root}\0".encode()
    assert details_of(child, "limits").count(str(MEMORY).encode()) == 2
    assert (links["cwd"], links["2"]) == ("/", "/dev/null")
    assert all(place.startswith("pipe:") for name, place in links.items() if name in {"0", "1"})
    assert len(links) <= 5
    await task


def test_a_whole_process() -> None:
    """What is told by stdin is answered by stdout."""
    request = wire.first_line(wire.ReadingRequest(file_name="a.csv", options=ReadOptions(country="DE"))) + CSV
    ended = subprocess.run(reading.CHILD_COMMAND, input=request, capture_output=True, check=True)  # noqa: S603 - ours
    assert reading.decoded(ended.stdout) == read_here(CSV, country="DE")
    assert ended.stderr == b""


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (b"", {"event": "file_not_read", "fault": "no complete answer", "log_level": "warning"}),
        (
            wire.first_line(wire.ReadingAnswer(fault="KeyError rows.py:1")),
            {"event": "file_not_read", "fault": "KeyError rows.py:1", "log_level": "error"},
        ),
    ],
)
async def test_a_fault(monkeypatch: pytest.MonkeyPatch, answer: bytes, event: dict[str, str]) -> None:
    """An answer that can't be read, or that tells of a fault of ours, is logged, and the person hears."""
    code = f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(reading, "CHILD_COMMAND", (sys.executable, "-c", code))

    with capture_logs() as logs, pytest.raises(UnreadableFile) as refused:
        await read_contacts(CSV, "a.csv", ReadOptions(), timeout=20)

    assert refused.value.sentence == DAMAGED
    assert logs == [event]
