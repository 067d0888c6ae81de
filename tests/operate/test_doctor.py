"""The doctor: each fault of the sandbox is found on its own line, and nothing is changed or given away."""

import json
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot import cli
from bot.operate.doctor import store
from bot.operate.doctor.examine import examine_settings
from bot.operate.doctor.reach import reach
from bot.operate.doctor.report import Check, Report, Status
from bot.settings import Settings
from bot.unreachable import Unreachable
from sandbox.kore.server import LocalKore
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.traffic import Fault

SECRETS = {
    "slack_bot_token": "xoxb-right-and-hidden",
    "slack_app_token": "xapp-right-and-hidden",
    "slack_signing_secret": "signing-secret-and-hidden",
    "kore_client_secret": "client-secret-and-hidden-" + 64 * "k",
}
KORE: dict[str, Any] = {"client_id": "cs-1", "stream_id": "st-1", "account_id": "0123456789abcdef01234567"}
NOWHERE = "http://127.0.0.1:9"


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """Run a local Slack."""
    async with LocalSlack(
        signing_secret=SECRETS["slack_signing_secret"],
        bot_token=SECRETS["slack_bot_token"],
        app_token=SECRETS["slack_app_token"],
    ) as running:
        yield running


@pytest_asyncio.fixture
async def kore() -> AsyncIterator[LocalKore]:
    """Run a local Kore.ai."""
    async with LocalKore(client_secret=SECRETS["kore_client_secret"], **KORE) as running:
        yield running


class Patient:
    """A configuration that is right, and may be given a fault."""

    def __init__(self, slack: LocalSlack, kore: LocalKore, folder: Path) -> None:
        self.slack, self.kore = slack, kore
        self.settings: dict[str, Any] = {
            **SECRETS,
            "slack_api_url": slack.api_url,
            "kore_host": kore.url,
            **{f"kore_{name}": value for name, value in KORE.items()},
            "database_url": f"sqlite:///{folder / 'contactlist.db'}",
        }

    async def examined(self, **changes: object) -> Report:
        """Examine it with other settings."""
        return await examine_settings(Settings.explicit(**{**self.settings, **changes}))

    async def bad(self, **changes: object) -> dict[str, Check]:
        """Examine it and return what is bad, by name."""
        report = await self.examined(**changes)
        text = report.as_text() + report.as_json()
        assert [secret for secret in SECRETS.values() if secret in text] == []
        return {each.name: each for each in report.checks if each.status is Status.BAD}


@pytest.fixture
def patient(slack: LocalSlack, kore: LocalKore, tmp_path: Path) -> Patient:
    """Return a configuration that is right."""
    return Patient(slack, kore, tmp_path)


def status(report: Report, name: str) -> Status:
    """Return how one check ended."""
    return next(each.status for each in report.checks if each.name == name)


async def test_all_is_well(patient: Patient, tmp_path: Path) -> None:
    """A right configuration has no cross, makes no list and no file."""
    report = await patient.examined()
    assert report.is_well
    assert {each.status for each in report.checks} == {Status.GOOD, Status.NOT_CHECKED}
    assert [call.operation for call in patient.kore.calls] == ["unknown", "list"]
    assert patient.kore.lists == {}
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - pathlib would block the loop just the same


async def test_a_store_that_is_there_is_left_as_it_is(patient: Patient, tmp_path: Path) -> None:
    """An existing file is locked for a moment and not changed."""
    with closing(sqlite3.connect(tmp_path / "contactlist.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    before = (tmp_path / "contactlist.db").read_bytes()
    assert await patient.bad() == {}
    assert (tmp_path / "contactlist.db").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "name", "advice"),
    [
        ({"slack_api_url": f"{NOWHERE}/api/"}, "Slack: API", "SLACK_API_URL"),
        ({"slack_bot_token": "xoxb-wrong"}, "Slack: bot token", "SLACK_BOT_TOKEN"),
        ({"slack_app_token": "xapp-wrong"}, "Slack: app token", "SLACK_APP_TOKEN"),
        ({"kore_host": NOWHERE}, "Kore.ai: host", "KORE_HOST"),
        ({"kore_client_secret": "wrong" * 16}, "Kore.ai: JWT", "KORE_CLIENT_SECRET"),
        ({"kore_client_id": "cs-wrong"}, "Kore.ai: JWT", "KORE_CLIENT_ID"),
        ({"kore_account_id": "f" * 24}, "Kore.ai: JWT", "KORE_ACCOUNT_ID"),
        ({"kore_jwt_algorithm": "HS512"}, "Kore.ai: JWT", "KORE_CLIENT_SECRET"),
        ({"database_url": "sqlite:////missing/folder/x.db"}, "Store", "DATABASE_URL"),
        ({"database_url": "sqlite:////"}, "Store", "DATABASE_URL"),
        (
            {"database_url": "postgresql://nobody@127.0.0.1:9/nothing?connect_timeout=1"},
            "Store",
            "DATABASE_URL",
        ),
        ({"allowed_usergroups": "S0LEADS,S0NONE"}, "Allowed user groups: S0NONE", "ALLOWED_USERGROUPS"),
        ({"allowed_users": "U0LEAD,U0NOBODY"}, "Allowed users", "ALLOWED_USERS"),
        ({"allowed_channels": "C0CAMPAIGN,C0NONE"}, "Channels", "ALLOWED_CHANNELS"),
        ({"allowed_channels": "C0PRIVATE"}, "Channels", "/invite @contactlists there"),
        ({"notify_channel": "D0PEERS"}, "Channels", "NOTIFY_CHANNEL"),
    ],
)
async def test_a_wrong_setting_is_found(
    patient: Patient, changes: dict[str, str], name: str, advice: str
) -> None:
    """One cross, on the line that it belongs to, with the setting to look at."""
    found = await patient.bad(**changes)
    assert list(found) == [name]
    assert advice in found[name].advice


@pytest.mark.parametrize(
    ("fault", "name", "advice"),
    [
        ("invalid_token", "Kore.ai: JWT", "clock"),
        ("unauthorized", "Kore.ai: JWT", "doesn't say which"),
        ("scope_missing", "Kore.ai: scope", "Campaign Management"),
        ("scope_missing_message", "Kore.ai: scope", "publish"),
        ("invalid", "Kore.ai: stream and account", "KORE_STREAM_ID"),
        ("method_not_allowed", "Kore.ai: API", "KORE_HOST"),
        ("stream_unknown", "Kore.ai: API", "KORE_STREAM_ID and KORE_ACCOUNT_ID"),
        ("firewall", "Kore.ai: API", "log of the firewall"),
        ("rate_limited", "Kore.ai: API", "in a minute"),
        ("rate_limited_text", "Kore.ai: API", "in a minute"),
        ("server_error", "Kore.ai: API", "ask Kore.ai"),
        ("html", "Kore.ai: API", "ask Kore.ai"),
        ("html_ok", "Kore.ai: API", "ask Kore.ai"),
        ("failure", "Kore.ai: API", "ask Kore.ai"),
        ("drop_before_commit", "Kore.ai: API", "ask Kore.ai"),
    ],
)
async def test_each_fault_of_kore_has_its_line(patient: Patient, fault: str, name: str, advice: str) -> None:
    """The answer says what is wrong, and what it says nothing about is skipped."""
    patient.kore.fault(fault, operation="list")
    found = await patient.bad()
    assert list(found) == [name]
    assert advice in found[name].advice


async def test_a_kore_that_does_not_answer(patient: Patient) -> None:
    """No answer within KORE_TIMEOUT is told as that."""
    patient.kore.fault("timeout", operation="list")
    found = await patient.bad(kore_timeout=0.2)
    assert "KORE_TIMEOUT" in found["Kore.ai: API"].advice


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(error="account_inactive"), "refused SLACK_"),
        (Fault(retry_after=60), "wants fewer requests"),
        (Fault(drop=True), "The connection to 127.0.0.1 failed"),
        (Fault(status=500), "no usable answer from 127.0.0.1 (http_500)"),
    ],
)
@pytest.mark.parametrize(
    ("method", "name"),
    [("auth.test", "Slack: bot token"), ("apps.connections.open", "Slack: app token")],
)
async def test_each_fault_of_slack_has_its_words(
    patient: Patient, method: str, name: str, fault: Fault, words: str
) -> None:
    """A refused token is told apart from a Slack that is away."""
    patient.slack.fault(method, fault, times=3)
    found = await patient.bad()
    assert list(found) == [name]
    assert words in found[name].found


async def test_socket_host_away(patient: Patient) -> None:
    """A good app token is of no use while something keeps the bot from the host of the sockets."""
    await patient.slack.take_socket_host_away()
    found = await patient.bad()
    assert list(found) == ["Slack: host of sockets"]
    assert found["Slack: host of sockets"].found == "There's no connection to 127.0.0.1 (connection refused)"
    assert "NO_PROXY" in found["Slack: host of sockets"].advice
    await patient.slack.bring_socket_host_back()


@pytest.mark.parametrize("missing", ["chat:write", "commands"])
async def test_a_missing_scope_is_named(patient: Patient, missing: str) -> None:
    """Granted scopes are compared with those of the manifest; one too many is no fault."""
    patient.slack.scopes = DEFAULT_SCOPES - {missing}
    found = await patient.bad()
    assert found["Slack: scopes"].found == f"missing: {missing}"
    report = await patient.examined()
    assert not report.is_well


async def test_group_members_need_their_scope_only_if_there_is_a_group(patient: Patient) -> None:
    """Without ALLOWED_USERGROUPS nobody misses usergroups:read; with it, the groups wait for it."""
    patient.slack.scopes = DEFAULT_SCOPES - {"usergroups:read"}
    assert await patient.bad() == {}
    report = await patient.examined(allowed_usergroups="S0LEADS")
    assert status(report, "Slack: scopes") is Status.BAD
    assert status(report, "Allowed user groups") is Status.SKIPPED


async def test_channels_are_looked_for_without_a_trace(patient: Patient) -> None:
    """Public, archived or joined, the bot sees them; nobody in them notices."""
    report = await patient.examined(
        allowed_channels="C0CAMPAIGN,C0ARCHIVE,D0LEAD", notify_channel="C0GENERAL"
    )
    assert status(report, "Channels") is Status.GOOD
    patient.slack.workspace.direct_channel("U0LEAD")
    report = await patient.examined(allowed_channels="D0LEAD")
    assert status(report, "Direct messages") is Status.GOOD
    assert [each.messages for each in patient.slack.workspace.channels.values()] == [[]] * 6


async def test_what_is_wrong_with_a_channel_is_said(patient: Patient) -> None:
    """By its id; a private channel without the bot looks like none."""
    found = await patient.bad(
        allowed_channels="C0CAMPAIGN,C0NONE,C0PRIVATE,D0PEERS", notify_channel="C0GENERAL"
    )
    assert list(found) == ["Channels"]
    assert found["Channels"].found == "no such channel, or the bot can't see it: C0NONE, C0PRIVATE"


async def test_direct_messages_between_people_are_no_fault(patient: Patient) -> None:
    """The bot may be used there, and cannot see them."""
    report = await patient.examined(allowed_channels="D0PEERS")
    (line,) = [each for each in report.checks if each.name == "Direct messages"]
    assert (line.status, report.is_well) == (Status.NOT_CHECKED, True)
    assert line.found == "not the bot's own, so they can't be checked: D0PEERS"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(retry_after=60), "ratelimited"),
        (Fault(drop=True), "no_answer"),
        (Fault(error="team_access_not_granted"), "team_access_not_granted"),
    ],
)
async def test_a_slack_that_fails_meanwhile_says_nothing_about_the_rest(
    patient: Patient, fault: Fault, code: str
) -> None:
    """What was found stays found; what was not looked at is no fault."""
    for ids, bad in (("C0CAMPAIGN,C0GENERAL,C0NONE", ""), ("C0AAA,C0GENERAL,C0NONE", "C0AAA")):
        patient.slack.clear_faults()
        patient.slack.fault("chat.getPermalink", Fault())
        patient.slack.fault("chat.getPermalink", fault, times=3)
        report = await patient.examined(allowed_channels=ids)
        (line,) = [each for each in report.checks if each.name == "Channels"]
        assert line.status is (Status.BAD if bad else Status.NOT_CHECKED)
        before, _, rest = line.found.rpartition(f"not checked ({code}): ")
        assert (bad in before, rest) == (True, "C0GENERAL, C0NONE")


async def test_people_are_looked_for(patient: Patient) -> None:
    """All are there; or some are not, or no longer, and each is named."""
    report = await patient.examined(allowed_users="U0LEAD,U0AGENT")
    assert status(report, "Allowed users") is Status.GOOD
    people = patient.slack.workspace.people
    people["U0GUEST"] = replace(people["U0GUEST"], is_deactivated=True)
    found = await patient.bad(allowed_users="U0LEAD,U0AGENT,U0GUEST,U0NOBODY,W0NONE")
    assert list(found) == ["Allowed users"]
    assert found["Allowed users"].found == "deactivated: U0GUEST; not in this workspace: U0NOBODY, W0NONE"


@pytest.mark.parametrize("code", ["missing_scope", "ratelimited"])
async def test_a_slack_that_does_not_tell_about_people_says_nothing(patient: Patient, code: str) -> None:
    """A refusal of another kind is no fault of the ids."""
    patient.slack.fault("users.info", Fault(error=code))
    report = await patient.examined(allowed_users="U0LEAD,U0NOBODY")
    (line,) = [each for each in report.checks if each.name == "Allowed users"]
    assert (line.status, line.found) == (Status.NOT_CHECKED, f"not checked ({code}): U0LEAD, U0NOBODY")


async def test_a_scope_that_may_be_left_out_is_no_fault(patient: Patient) -> None:
    """The people are not looked for, and the line says which scope would help."""
    patient.slack.scopes = DEFAULT_SCOPES - {"users:read"}
    report = await patient.examined(allowed_users="U0LEAD,U0NOBODY")
    found = {each.name: each.found for each in report.checks}
    assert report.is_well
    assert status(report, "Allowed users") is Status.NOT_CHECKED
    assert "add the scope users:read" in found["Allowed users"]
    assert "left out, and not needed: users:read;" in found["Slack: scopes"]


async def test_what_cannot_be_checked_is_said(patient: Patient) -> None:
    """What Kore.ai does not tell, and what the mode does not need."""
    report = await patient.examined(slack_mode="http")
    found = {each.name: each for each in report.checks}
    assert found["Kore.ai: calls left"].found == "unknown, Kore.ai doesn't say"
    assert found["Slack: signing secret"].status is Status.GOOD
    assert found["Slack: app token"].status is Status.NOT_CHECKED
    assert found["Slack: host of sockets"].status is Status.NOT_CHECKED


async def test_what_depends_on_a_failed_check_is_skipped(patient: Patient) -> None:
    """One fault is one cross, and the rest says what it waits for."""
    report = await patient.examined(
        slack_api_url=f"{NOWHERE}/api/",
        kore_host=NOWHERE,
        allowed_channels="C0CAMPAIGN,D0LEAD",
        allowed_usergroups="S0LEADS",
        allowed_users="U0LEAD",
    )
    skipped = {each.name: each.found for each in report.checks if each.status is Status.SKIPPED}
    assert skipped == {
        "Slack: bot token": "skipped, because it needs: Slack: API",
        "Slack: scopes": "skipped, because it needs: Slack: bot token",
        "Slack: app token": "skipped, because it needs: Slack: API",
        "Slack: host of sockets": "skipped, because it needs: Slack: app token",
        "Kore.ai: API": "skipped, because it needs: Kore.ai: host",
        "Kore.ai: JWT": "skipped, because it needs: Kore.ai: API",
        "Kore.ai: scope": "skipped, because it needs: Kore.ai: JWT",
        "Kore.ai: stream and account": "skipped, because it needs: Kore.ai: scope",
        "Allowed users": "skipped, because it needs: Slack: bot token",
        "Allowed user groups": "skipped, because it needs: Slack: scopes",
        "Channels": "skipped, because it needs: Slack: bot token",
        "Direct messages": "skipped, because it needs: Slack: bot token",
    }


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


def test_the_lines_are_readable() -> None:
    """A mark, the name, what was found, and below it what to do."""
    report = Report(lambda text: text.replace("hush", "[hidden]"))
    report.good("Store", "fine")
    report.bad("Slack", "hush", "Do this.")
    assert not report.may("Later", needs="Slack")
    report.not_checked("Rate", "unknown")
    assert report.as_text() == (
        "✓ Store  fine\n"
        "✗ Slack  [hidden]\n"
        "         Do this.\n"
        "- Later  skipped, because it needs: Slack\n"
        "? Rate   unknown\n"
    )
    told = json.loads(report.as_json())
    assert told["well"] is False
    assert [each["status"] for each in told["checks"]] == ["good", "bad", "skipped", "not_checked"]


def test_wrong_settings_are_a_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`doctor` ends with 1 and names every problem; nothing else can be looked at."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hush-hush")
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor", "--json"])
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "hush-hush" not in told
    checks = json.loads(told)["checks"]
    assert "SLACK_BOT_TOKEN must start with xoxb-" in checks[0]["found"]
    assert "KORE_STREAM_ID is missing" in checks[0]["found"]
    assert {each["status"] for each in checks[1:]} == {"skipped"}


def test_the_command_examines_what_the_environment_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`doctor` ends with 1 when something is bad, and prints a line for each check."""
    monkeypatch.chdir(tmp_path)
    names = {"slack_api_url": f"{NOWHERE}/api/", "kore_host": NOWHERE, **SECRETS}
    for name, value in {**names, **{f"kore_{each}": value for each, value in KORE.items()}}.items():
        monkeypatch.setenv(name.upper(), value)
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor"])
    assert ended.value.code == 1
    assert "✗ Slack: API" in capsys.readouterr().out
