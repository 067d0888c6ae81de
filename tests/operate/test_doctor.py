"""The doctor: each fault of the sandbox is found on its own line, and nothing is changed or given away."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot import cli
from bot.operate.doctor.report import Report, Status
from bot.settings import Settings
from sandbox.slack.server import DEFAULT_SCOPES
from sandbox.slack.traffic import Fault
from tests.operate.patient import KORE, NOWHERE, SECRETS, Patient


async def test_all_is_well(patient: Patient, tmp_path: Path) -> None:
    """A right configuration has no cross, makes no list and no file."""
    report = await patient.examined()
    assert report.is_well
    assert {each.status for each in report.checks} == {Status.GOOD}
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


@pytest.mark.parametrize("missing", ["chat:write", "commands", "files:read"])
async def test_a_missing_scope_is_named(patient: Patient, missing: str) -> None:
    """Granted scopes are compared with those of the manifest; one too many is no fault."""
    patient.slack.scopes = DEFAULT_SCOPES - {missing}
    found = await patient.bad()
    assert found["Slack: scopes"].found == f"missing: {missing}"
    report = await patient.examined()
    assert not report.is_well


async def test_a_scope_that_may_be_left_out_is_no_fault(patient: Patient) -> None:
    """The people are not looked for, and another line says which scope would help."""
    patient.slack.scopes = DEFAULT_SCOPES - {"users:read"}
    report = await patient.examined(allowed_users="U0LEAD,U0NOBODY")
    found = {each.name: each.found for each in report.checks}
    assert report.is_well
    assert "Allowed users" not in found
    assert "with users:read, the ids in ALLOWED_USERS are checked too" in found["Slack: scopes"]
    assert "left out, and not needed: users:read;" in found["Slack: scopes"]


async def test_files_need_their_scope_only_if_people_can_add_contacts(patient: Patient) -> None:
    """With ADD_CONTACTS off, no file is read or sent, so no scope for that is missed or recommended."""
    patient.slack.scopes = DEFAULT_SCOPES - {"files:read", "files:write"}
    report = await patient.examined(add_contacts="off")
    found = {each.name: each.found for each in report.checks}
    assert report.is_well
    assert "left out, and not needed: files:read, files:write" in found["Slack: scopes"]
    assert "problem rows" not in found["Slack: scopes"]


async def test_the_scope_that_sends_problem_rows_is_recommended(patient: Patient) -> None:
    """Without it the problems are told in words, which is no fault."""
    patient.slack.scopes = DEFAULT_SCOPES - {"files:write"}
    report = await patient.examined()
    found = {each.name: each.found for each in report.checks}
    assert report.is_well
    assert "with files:write, people get the problem rows of their files as a file" in found["Slack: scopes"]


async def test_each_mode_has_its_lines(patient: Patient) -> None:
    """What a mode does not need is not asked for, and is no line."""
    names = {
        mode: {each.name for each in (await patient.examined(slack_mode=mode)).checks}
        for mode in ("http", "socket")
    }
    assert names["http"] - names["socket"] == {"Slack: signing secret"}
    assert names["socket"] - names["http"] == {"Slack: app token", "Slack: host of sockets"}


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
    }


def test_the_lines_are_readable() -> None:
    """A mark, the name, what was found, and below it what to do."""
    report = Report(lambda text: text.replace("hush", "[hidden]"))
    report.good("Store", "fine")
    report.bad("Slack", "hush", "Do this.")
    assert report.skipped("Later", needs="Slack")
    report.not_checked("Rate", "unknown")
    assert report.as_text() == (
        "✓ Store  fine\n"
        "✗ Slack  [hidden]\n"
        "         Do this.\n"
        "- Later  skipped, because it needs: Slack\n"
        "? Rate   unknown\n"
    )
    told = json.loads(report.as_json())
    assert told["ok"] is False
    assert [each["ok"] for each in told["checks"]] == [True, False, None, None]
    advised = {"ok": False, "check": "Slack", "detail": "[hidden]", "advice": "Do this."}
    assert told["checks"][1] == advised


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
    assert "SLACK_BOT_TOKEN must start with xoxb-" in checks[0]["detail"]
    assert "KORE_STREAM_ID is missing" in checks[0]["detail"]
    assert {each["ok"] for each in checks[1:]} == {None}


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
