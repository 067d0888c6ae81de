"""The demo: what it plays in the terminal, and the page that it serves."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.__main__ import main
from sandbox.demo import start_bot
from sandbox.page.server import workspace_page

PLAIN = {
    "PATH": os.defpath,
    "PYTHONPATH": str(Path(__file__).parent.parent.parent),
    **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
}
"""What a process needs of this environment: where the code is, and how its coverage is measured."""


@pytest.mark.slow
def test_the_demo_plays_the_main_job(capsys: pytest.CaptureFixture[str]) -> None:
    """`--script` needs no account and shows what each party saw, up to the list that exists."""
    main(["--script"])
    told = capsys.readouterr().out
    for part in (
        "/contactlist Renewal Due 1- July 2025",
        "Creating…",
        "createContactList",
        "Created by",
        "Done",
    ):
        assert part in told


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_demo_serves_a_page_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    """It prints the link, opens it in the browser, and leaves no process, no file and no traceback behind."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path / "opened"}\n')
    browser.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0"),
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
        main(["--no-open", "--port", str(taken.getsockname()[1])])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "The demo cannot start." in told
    assert "--port; 0 takes any free one." in told


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_cannot_be_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, like any wrong argument."""
    with pytest.raises(SystemExit) as ended:
        main([f"--port={port}"])
    assert ended.value.code == 2
    assert "argument --port: must be a number from 0 to 65535" in capsys.readouterr().err


@pytest.mark.process
async def test_a_bot_that_does_not_start_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's terminal shows what the bot wrote; the page stays."""
    async with workspace_page(program=("-c", "raise SystemExit('no luck')")) as page:
        await start_bot(page)
    assert "The bot didn't start" in (told := capsys.readouterr().out)
    assert "no luck" in told
