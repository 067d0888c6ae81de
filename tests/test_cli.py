"""The command line, as a newcomer and as an operator run it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from bot import __version__, cli
from bot.demo import start_bot
from bot.sandbox.page_server import workspace_page
from bot.sandbox.slack import Fault, LocalSlack

pytestmark = pytest.mark.timeout(60)  # a new process takes seconds to start where the machine is busy

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


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the bot in a folder of its own, with these variables alone."""
    return subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**PLAIN, **environment},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def local_slack() -> LocalSlack:
    """Return the Slack that `ENVIRONMENT` names."""
    return LocalSlack(signing_secret="made-up", bot_token="xoxb-right", app_token="xapp-right")


def test_missing_settings_are_all_named_at_once(tmp_path: Path) -> None:
    """Exit status 2, every variable in one go, no value, no traceback."""
    ended = run("serve", folder=tmp_path, KORE_CLIENT_SECRET="hush", PORT="http")
    assert ended.returncode == 2
    for variable in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "KORE_STREAM_ID", "KORE_ACCOUNT_ID", "PORT"):
        assert f"  {variable} " in ended.stderr
    assert "hush" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_settings_are_read_from_an_env_file(tmp_path: Path) -> None:
    """What stands in `.env` counts as set."""
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=wrong\nKORE_STREAM_ID=st-1\n")
    ended = run("serve", folder=tmp_path)
    assert "SLACK_BOT_TOKEN must start with xoxb-" in ended.stderr
    assert "KORE_STREAM_ID" not in ended.stderr


def test_a_bot_that_cannot_start_says_why(tmp_path: Path) -> None:
    """Exit status 1 and a sentence, no traceback."""
    ended = run("serve", folder=tmp_path, **ENVIRONMENT, SLACK_API_URL="http://127.0.0.1:9/api/")
    assert ended.returncode == 1
    assert "The bot cannot start.\n  Slack cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.timeout(30)  # a process starts, and answers for three seconds after the signal
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and SIGINT stop the bot with exit status 0, after a while in which it still answers Slack.

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
        process.send_signal(number)
        log += await written(process.stderr, until="handing_over")
        readyz = slack.request_url.replace("slack/events", "readyz")
        async with aiohttp.ClientSession() as session, session.get(readyz) as answer:
            assert (answer.status, (await answer.json())["reasons"]) == (503, ["draining"])
        await slack.person("U0LEAD").command("still here")
        assert "Name: still here" in (await slack.person("U0LEAD").view()).text
        log += await process.stderr.read()
    assert await process.wait() == 0
    assert log.index(b"handing_over") < log.index(b"stopping")
    assert b"never-shown" not in log


@pytest.mark.timeout(30)  # a process starts
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_start_that_waits(tmp_path: Path, number: signal.Signals) -> None:
    """Slack opens no socket just then: a bot that tries again and again stops all the same, in order."""
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
            lambda: sum(each.what == asked for each in slack.traffic) > 1, timeout=20, what="tries"
        )
        process.send_signal(number)
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


def test_the_demo_plays_the_main_job(capsys: pytest.CaptureFixture[str]) -> None:
    """`demo --script` needs no account and shows what each party saw, up to the list that exists."""
    cli.main(["demo", "--script"])
    told = capsys.readouterr().out
    for part in (
        "/contactlist Renewal Due 1- July 2025",
        "Creating…",
        "createContactList",
        "ID: cl-",
        "Done",
    ):
        assert part in told


@pytest.mark.timeout(60)  # two processes start, one after the other
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_demo_serves_a_page_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    """It prints the link, opens it in the browser, and leaves no process, no file and no traceback behind."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path / "opened"}\n')
    browser.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0"),
        *(["--no-open"] if number is signal.SIGHUP else []),
        cwd=tmp_path,
        env={**PLAIN, "DISPLAY": ":0", "BROWSER": str(browser), "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    try:
        link = (await process.stdout.readline()).decode().split()[-1]
        bot_id = await running_bot(link)
    finally:
        process.send_signal(number)
        complaints = await process.stderr.read()
        status = await process.wait()
    assert (status, complaints) == (0, b"")
    with pytest.raises(ProcessLookupError):
        os.kill(bot_id, 0)
    opened = ["opened"] if number is not signal.SIGHUP else []
    assert sorted(os.listdir(tmp_path)) == ["browser", *opened]  # noqa: PTH208 - names are what is asked


async def running_bot(link: str) -> int:
    """Wait until a page shows that its bot runs, and return the id of the process."""
    async with aiohttp.ClientSession() as session, session.get(f"{link}events?person=U0LEAD") as stream:
        while line := await stream.content.readuntil(b"\n\n"):
            bot = json.loads(line.removeprefix(b"data: "))["bot"] if line.startswith(b"data") else {}
            if bot.get("state") == "running":
                return int(bot["process_id"])
    pytest.fail("the page ended before its bot ran")


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1, and a sentence that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        cli.main(["demo", "--no-open", "--port", str(taken.getsockname()[1])])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "The demo cannot start." in told
    assert "--port; 0 takes any free one." in told


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_cannot_be_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, like any wrong argument."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo", f"--port={port}"])
    assert ended.value.code == 2
    assert "argument --port: must be a number from 0 to 65535" in capsys.readouterr().err


async def test_a_bot_that_does_not_start_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's terminal shows what the bot wrote; the page stays."""
    async with workspace_page(program=("-c", "raise SystemExit('no luck')")) as page:
        await start_bot(page)
    assert "The bot did not start" in (told := capsys.readouterr().out)
    assert "no luck" in told


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints it and ends with 0."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert __version__ in capsys.readouterr().out
