"""The doctor on the machine: its clock, its store and the hosts that it reaches."""

import os
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.operate.doctor import store
from bot.operate.doctor.reach import reach
from bot.operate.doctor.report import Check, Report, Status
from bot.unreachable import Unreachable
from sandbox.kore.server import LocalKore
from sandbox.slack.server import LocalSlack
from sandbox.slack.traffic import Fault
from tests.operate.patient import NOWHERE, Patient, status


@pytest.mark.parametrize(("ahead", "words"), [(120, "120 s ahead of Slack"), (-400, "400 s behind Slack")])
async def test_a_wrong_clock_is_found(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, ahead: int, words: str
) -> None:
    """The clock is compared with the date of Slack's answer, to the second or two that the answer took."""

    def dated(_: str) -> Any:  # noqa: ANN401 - stands in for a datetime
        class Date:
            def timestamp(self) -> float:
                return 1_000_000.0

        return Date()

    class Clock:
        @staticmethod
        def time() -> float:
            return 1_000_000.0 + ahead

    monkeypatch.setattr("bot.operate.doctor.slack.parsedate_to_datetime", dated)
    monkeypatch.setattr("bot.operate.doctor.slack.time", Clock)
    assert words in (await patient.bad())["Slack: clock"].found


async def test_an_answer_without_a_date_says_nothing_about_the_clock(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something between the bot and Slack may drop it."""
    monkeypatch.setattr("bot.operate.doctor.slack.parsedate_to_datetime", lambda _: int("no date"))
    report = await patient.examined()
    assert status(report, "Slack: clock") is Status.NOT_CHECKED


async def test_an_old_sqlite_and_a_full_disk_are_found(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have their line."""
    monkeypatch.setattr(store, "is_too_old", lambda *_, **__: True)
    monkeypatch.setattr(store, "ENOUGH", 10**18)
    assert set(await patient.bad()) == {"Store: version", "Store: free space"}


async def test_a_store_that_may_not_be_written_is_found(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of somebody else, or a file that is no database."""
    (tmp_path / "contactlist.db").write_text("no database, but long enough to be read as one" * 30)
    assert "can't be written" in (await patient.bad())["Store"].found
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "folder" in (await patient.bad())["Store"].found


class Answers:
    """Stands in for an open connection to PostgreSQL."""

    def __init__(self, read_only: str = "off", *, may_create: bool = True) -> None:
        self.answers = {"SHOW transaction_read_only": read_only, "SHOW server_version": "16.2"}
        self.may_create = may_create

    def execute(self, statement: object) -> "Answers":
        """Note the question."""
        self.asked = str(statement)
        return self

    def scalar_one(self) -> object:
        """Answer it."""
        return 6 if "rolconnlimit" in self.asked else self.answers.get(self.asked, self.may_create)


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (Answers(), Check("Store", Status.GOOD, "PostgreSQL can be written")),
        (
            Answers("on"),
            Check(
                "Store", Status.BAD, "PostgreSQL is read-only here", "Set DATABASE_URL to the primary server."
            ),
        ),
        (
            Answers(may_create=False),
            Check(
                "Store",
                Status.BAD,
                "this PostgreSQL user can't create a schema",
                "Grant it CREATE on the database.",
            ),
        ),
    ],
)
def test_postgresql_is_asked_whether_it_can_be_written(connection: Connection, expected: Check) -> None:
    """A standby and a user without rights are found before the first submission is."""
    report = Report()
    store.examine_connection(report, connection, wanted=6)
    assert report.checks == [
        expected,
        Check("Store: version", Status.GOOD, "PostgreSQL 16.2"),
        Check(
            "Store: connections",
            Status.GOOD,
            "a process holds up to 6, and the server lets this user have 6",
        ),
    ]


def test_too_few_connections() -> None:
    """A pool that is larger than what the user may have fails when many people come, so it is told before."""
    report = Report()
    store.examine_connection(report, Answers(), wanted=7)  # type: ignore[arg-type]  # it answers all that is asked
    assert report.checks[-1].advice == "Set DATABASE_POOL_SIZE to 6 or less."


async def test_postgresql_is_examined_through_its_driver(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the connection raises is a line, and the disk is the server's own."""

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(store, "examine_connection", broken)
    monkeypatch.setattr("sqlalchemy.engine.Engine.connect", lambda _: closing(socket.socket()))
    report = await patient.examined(database_url="postgresql://u:p@127.0.0.1/x")
    assert status(report, "Store") is Status.BAD
    assert status(report, "Store: version") is Status.SKIPPED
    assert status(report, "Store: free space") is Status.NOT_CHECKED


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
        with pytest.raises(Unreachable, match=r"kore\.example isn't found"):
            await reach(session, "https://kore.example/")
        with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1 \(connection refused\)"):
            await reach(session, NOWHERE)


async def test_a_host_without_tls_is_named(kore: LocalKore) -> None:
    """Plain HTTP behind an https address."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unreachable, match="There's no TLS"):
            await reach(session, kore.url.replace("http://", "https://"))


async def test_a_silent_or_broken_host_is_named() -> None:
    """Taken connections without an answer, and one that is closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
            with pytest.raises(Unreachable, match="no answer"):
                await reach(session, url)


async def test_a_host_that_breaks_the_connection_is_named(slack: LocalSlack) -> None:
    """Something took the connection and dropped it."""
    slack.fault("api.test", Fault(drop=True), times=2)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unreachable, match=r"The connection to 127\.0\.0\.1 failed"):
            await reach(session, f"{slack.api_url}api.test")
