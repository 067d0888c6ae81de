"""The doctor on the machine: its clock, its store and the hosts that it reaches."""

import asyncio
import os
import socket
import sqlite3 as files
import struct
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bot.operate.doctor import sqlite
from bot.operate.doctor.report import Check, Report, Status
from sandbox.kore.server import LocalKore
from sandbox.slack.server import LocalSlack
from sandbox.slack.traffic import Fault
from tests.operate.patient import NOWHERE, Patient, status, why_not_reached
from tests.stages import stage


@pytest.mark.parametrize(("ahead", "words"), [(120, "120 s ahead of Slack"), (-400, "400 s behind Slack")])
async def test_a_wrong_clock_is_found(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, ahead: int, words: str
) -> None:
    """The clock is compared with the date of Slack's answer, to the second or two that the answer took."""

    class Clock:
        @staticmethod
        def time() -> float:
            return 1_000_000.0 + ahead

    monkeypatch.setattr("bot.operate.doctor.slack.date_of", lambda _: 1_000_000.0)
    monkeypatch.setattr("bot.operate.doctor.slack.time", Clock)
    assert words in (await patient.bad())["Slack: clock"].found


async def test_an_answer_without_a_date_says_nothing_about_the_clock(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something between the bot and Slack may drop it."""
    monkeypatch.setattr("bot.operate.doctor.slack.date_of", lambda _: None)
    report = await patient.examined()
    assert report.is_well
    assert "Slack: clock" not in {each.name for each in report.checks}


async def test_an_old_sqlite_and_a_full_disk_are_found(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have their line."""
    monkeypatch.setattr(sqlite, "is_too_old", lambda *_, **__: True)
    monkeypatch.setattr(sqlite, "ENOUGH", 10**18)
    assert set(await patient.bad()) == {"Store: version", "Store: free space"}


async def test_a_store_that_may_not_be_written_is_found(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of somebody else, or a file that is no database."""
    (tmp_path / "contactlist.db").write_text("no database, but long enough to be read as one" * 30)
    assert "can't be written" in (await patient.bad())["Store"].found
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "this user can't write" in (await patient.bad())["Store"].found


def test_a_file_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that another user started once leaves files that this one can't write; they are named."""
    path = tmp_path / "contactlist.db"
    for ending in ("", "-wal"):
        Path(f"{path}{ending}").touch()
    monkeypatch.setattr(os, "access", lambda file, _: not str(file).endswith("-wal"))
    assert stored(path) == f"this user can't write {path}-wal, which belongs to {path.owner()}"

    def unknown(_: Path) -> str:
        raise KeyError

    monkeypatch.setattr(Path, "owner", unknown)
    assert stored(path).endswith(f"which belongs to user {path.stat().st_uid}")


def stored(path: Path) -> str:
    """Return what is said of a SQLite store."""
    report = Report()
    sqlite.examine_sqlite(report, Path(path), timeout=1)
    return report.checks[0].found


async def test_ports(patient: Patient) -> None:
    """What `serve` would listen on is tried, and what keeps it from that is said."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        other.listen()
        closing_at_once = asyncio.create_task(hanging_up(other))
        found = await patient.bad(port=taken)
        closing_at_once.cancel()
    assert found["Ports"].found == f"PORT: 127.0.0.1:{taken} isn't available (address already in use)"
    assert found["Ports"].advice == "Stop the other program, or change PORT."

    report = await patient.examined(port=taken, metrics_port=0)
    assert f"127.0.0.1:{taken} is free, 127.0.0.1:0 is free" in {each.found for each in report.checks}


async def hanging_up(server: socket.socket) -> None:
    """Take connections, and break them: a client may try again."""
    server.settimeout(0)
    while True:
        connection, _ = await asyncio.get_running_loop().sock_accept(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


@pytest.mark.parametrize(
    ("changes", "found", "advice"),
    [
        ({"port": 3000, "metrics_port": 3000}, "PORT and METRICS_PORT are both 3000", "Change one"),
        ({"host": "192.0.2.1"}, "(cannot assign requested address)", "0.0.0.0 stands for all"),
        ({"host": "nowhere.invalid"}, "(name or service not known)", "Check HOST"),
    ],
)
async def test_ports_in_vain(patient: Patient, changes: dict[str, object], found: str, advice: str) -> None:
    """An address of another machine, a name of none, one port for two."""
    bad = await patient.bad(**changes)
    assert list(bad) == ["Ports"]
    assert found in bad["Ports"].found
    assert advice in bad["Ports"].advice


@pytest.mark.slow
async def test_port_of_the_bot(patient: Patient) -> None:
    """A bot that runs is no other program, so the doctor can look at one that runs; another one is."""
    async with stage() as scene:
        report = await patient.examined(port=scene.bot.port)
        assert f"the bot itself uses 127.0.0.1:{scene.bot.port}" in {each.found for each in report.checks}
        assert report.is_well
    bad = await patient.bad(port=URL(patient.kore.url).port)
    assert "already in use" in bad["Ports"].found


async def test_files(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets that every user of the machine can read are found; the bot closes its own store itself."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").touch(mode=0o644)
    store = tmp_path / "contactlist.db"
    with closing(files.connect(store)) as connection:
        connection.execute("CREATE TABLE t (x)")
    store.chmod(0o644)
    found = await patient.bad()
    assert found["File modes"] == Check(
        "File modes", Status.BAD, "every user of this machine can read .env", "Run chmod o= .env"
    )
    monkeypatch.setattr(os, "geteuid", lambda: store.stat().st_uid + 1)
    assert (await patient.bad())["File modes"].advice == f"Run chmod o= .env {store}"
    for each in (tmp_path / ".env", store):
        each.chmod(0o640)
    assert status(await patient.examined(), "File modes") is Status.GOOD


class Resolver(aiohttp.abc.AbstractResolver):
    """Knows no name."""

    async def resolve(self, *_: object, **__: object) -> list[aiohttp.abc.ResolveResult]:
        """Find nothing."""
        raise OSError("no such name")

    async def close(self) -> None:
        """Have nothing to close."""


async def test_why_a_host_is_not_reached() -> None:
    """Name, certificate, connection and silence are told apart."""
    connector = aiohttp.TCPConnector(resolver=Resolver())
    async with aiohttp.ClientSession(connector=connector) as session:
        assert "kore.example isn't found" in await why_not_reached(session, "https://kore.example/")
        assert "no connection to 127.0.0.1 (connection refused)" in await why_not_reached(session, NOWHERE)


async def test_a_host_without_tls_is_named(kore: LocalKore) -> None:
    """Plain HTTP behind an https address."""
    async with aiohttp.ClientSession() as session:
        assert "There's no TLS" in await why_not_reached(session, kore.url.replace("http://", "https://"))


async def test_a_silent_or_broken_host_is_named() -> None:
    """Taken connections without an answer, and one that is closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
            assert "no answer" in await why_not_reached(session, url)


async def test_a_host_that_breaks_the_connection_is_named(slack: LocalSlack) -> None:
    """Something took the connection and dropped it."""
    slack.fault("api.test", Fault(drop=True), times=2)
    async with aiohttp.ClientSession() as session:
        found = await why_not_reached(session, f"{slack.api_url}api.test")
    assert found == "The connection to 127.0.0.1 failed"
