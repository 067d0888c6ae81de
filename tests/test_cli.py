"""The command line, as a newcomer and as an operator run it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import aiohttp
import pytest

from bot import __version__, cli
from bot.kore.models import ContactListDraft
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.traffic import Fault

in_process = pytest.mark.process
PLAIN = {
    "PYTHONPATH": str(Path(__file__).parent.parent),
    **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
}
ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "xoxb-right",
    "SLACK_SIGNING_SECRET": "made-up",
    "HOST": "127.0.0.1",
    "PORT": "0",
    "KORE_STREAM_ID": "st-made-up",
    "KORE_ACCOUNT_ID": "0123456789abcdef01234567",
    "KORE_CLIENT_ID": "cs-made-up",
    "KORE_CLIENT_SECRET": "made-up-and-never-shown",
    "LOG_FORMAT": "json",
}


class Ended(NamedTuple):
    """How a command ended."""

    status: object
    stderr: str


Shell = Callable[..., Ended]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run commands in a folder of their own, with these variables alone; a process would take seconds."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Ended:
        with patch.dict(os.environ, environment, clear=True), pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        return Ended(ended.value.code, capsys.readouterr().err)

    return run


def local_slack() -> LocalSlack:
    """Return the Slack that `ENVIRONMENT` names."""
    return LocalSlack(signing_secret="made-up", bot_token="xoxb-right", app_token="xapp-right")


def test_create_has_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    """What the form asks for, `create` asks for too."""
    with pytest.raises(SystemExit):
        cli.main(["create", "--help"])

    options = capsys.readouterr().out
    fields = [f"--{field.replace('_', '-')}" for field in ContactListDraft.model_fields]
    assert [each for each in fields if each not in options] == []


@in_process
def test_missing_settings_are_all_named_at_once(tmp_path: Path) -> None:
    """Exit status 2, every variable in one go, no value, no traceback."""
    wrong = {"KORE_CLIENT_SECRET": "hush", "PORT": "http", "LOG_FORMAT": "console"}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=tmp_path,
        env={**PLAIN, **wrong},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ended.returncode == 2
    for variable in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "KORE_STREAM_ID", "KORE_ACCOUNT_ID", "PORT"):
        assert f"  {variable} " in ended.stderr
    assert "hush" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_settings_are_read_from_an_env_file(shell: Shell, tmp_path: Path) -> None:
    """What stands in `.env` counts as set, also how the log is to look that says what is wrong with it."""
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=wrong\nKORE_STREAM_ID=st-1\nLOG_FORMAT=Console\n")
    ended = shell("serve")
    assert "\n  SLACK_BOT_TOKEN must start with xoxb-" in ended.stderr
    assert "KORE_STREAM_ID" not in ended.stderr


@pytest.mark.parametrize("given", [{"LOG_FORMAT": "json"}, {}])
def test_wrong_settings_as_json(shell: Shell, tmp_path: Path, given: dict[str, str]) -> None:
    """Where the log would be JSON, what is said of the settings is."""
    (tmp_path / ".env").mkdir()
    ended = shell("serve", **given)
    (line,) = ended.stderr.splitlines()
    said = json.loads(line)
    assert (ended.status, said["event"], said["level"]) == (2, "settings_refused", "error")
    assert said["problems"] == [".env can't be read: Is a directory"]
    ended = shell("serve", LOG_FORMAT="console")
    assert ended.stderr == "Fix these settings first:\n  .env can't be read: Is a directory\n"


def test_a_bot_that_cannot_start_says_why(shell: Shell) -> None:
    """Exit status 1 and a sentence, no traceback, in the form of the log."""
    wrong = {**ENVIRONMENT, "DATABASE_URL": "sqlite:///missing/folder/x.db"}
    ended = shell("serve", **{**wrong, "LOG_FORMAT": "console"})
    assert ended.status == 1
    assert "The bot can't start.\n  The store can't be used (FileNotFoundError" in ended.stderr
    assert "Traceback" not in ended.stderr
    ended = shell("serve", **wrong)
    (line,) = ended.stderr.splitlines()
    said = json.loads(line)
    assert (ended.status, said["event"]) == (1, "start_failed")
    assert said["problem"].startswith("The store can't be used (FileNotFoundError")


@in_process
async def test_a_signal_ends_it_in_order(tmp_path: Path) -> None:
    """SIGTERM stops the bot with exit status 0, after a while in which it still answers Slack.

    Its log holds no secret.
    """
    async with local_slack() as slack:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "serve",
            cwd=tmp_path,
            env={**PLAIN, **ENVIRONMENT, "SLACK_API_URL": slack.api_url},
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr
        log = await written(process.stderr, until="ready")
        slack.request_url = f"http://127.0.0.1:{json.loads(log.splitlines()[-1])['port']}/slack/events"
        process.send_signal(signal.SIGTERM)
        log += await written(process.stderr, until="handing_over")
        readyz = slack.request_url.replace("slack/events", "readyz")
        async with aiohttp.ClientSession() as session, session.get(readyz) as answer:
            assert (answer.status, (await answer.json())["reasons"]) == (503, ["draining"])
        await Person(slack, "U0LEAD").command("still here")
        assert "Name: still here" in (await Person(slack, "U0LEAD").view()).text
        log += await process.stderr.read()
    assert await process.wait() == 0
    assert [json.loads(line)["level"] for line in log.splitlines()].count("error") == 0
    assert log.index(b"handing_over") < log.index(b"stopping")
    assert b"never-shown" not in log


@in_process
async def test_ctrl_c_ends_a_start_that_waits(tmp_path: Path) -> None:
    """Slack opens no socket just then: a bot that tries again and again stops all the same, in order.

    One function handles SIGINT and SIGTERM, so each is sent once: here, and above to a bot that is ready.
    """
    async with local_slack() as slack:
        slack.fault("apps.connections.open", Fault())
        slack.fault("apps.connections.open", Fault(error="internal_error"), times=1000)
        socket_mode = {
            "SLACK_APP_TOKEN": "xapp-right",
            "SLACK_MODE": "socket",
            "SLACK_API_URL": slack.api_url,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            cwd=tmp_path,
            env={**PLAIN, **ENVIRONMENT, **socket_mode},
            stderr=asyncio.subprocess.PIPE,
        )
        asked = "apps.connections.open"
        await slack.workspace.until(
            lambda: sum(each.what == asked for each in slack.traffic) > 1, timeout=40, what="tries"
        )
        process.send_signal(signal.SIGINT)
        _, log = await process.communicate()
    assert process.returncode == 0, log


async def written(log: asyncio.StreamReader, *, until: str) -> bytes:
    """Read a log up to the line of an event."""
    read = b""
    while f'"{until}"'.encode() not in read:
        line = await log.readline()
        assert line, f"the bot ended: {read.decode()}"
        read += line
    return read


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints it and ends with 0."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert __version__ in capsys.readouterr().out
