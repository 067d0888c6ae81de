"""Output never changes how a command ends: what was done in Kore.ai is done, told or not."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from sandbox.ends import both_ends
from sandbox.kore.server import LocalKore

pytestmark = pytest.mark.process

BOT = f"{sys.executable} -m bot"
ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parents[2]),
    **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
    "KORE_STREAM_ID": "st-1",
    "KORE_ACCOUNT_ID": "0123456789abcdef01234567",
    "KORE_CLIENT_ID": "cs-1",
    "KORE_CLIENT_SECRET": "s" * 64,
}


@pytest_asyncio.fixture
async def kore() -> AsyncIterator[LocalKore]:
    """Run a local Kore.ai."""
    async with LocalKore(
        client_id="cs-1",
        client_secret="s" * 64,
        stream_id="st-1",
        account_id=ENVIRONMENT["KORE_ACCOUNT_ID"],
    ) as running:
        yield running


async def end_of(command: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Run a command by a shell; its exit status, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


@pytest.mark.parametrize("output", [">&-", ">/dev/full", "| true; exit ${PIPESTATUS[0]}", ">&- 2>&-"])
async def test_said_to_nobody(tmp_path: Path, output: str) -> None:
    """A closed output, a full disk, a closed pipe: what is said there changes no exit status."""
    program = "import sys; from bot.operate.terminal import say; say('x', sys.stdout); sys.exit(3)"
    assert await end_of(f"{sys.executable} -c {shlex.quote(program)} {output}", tmp_path) == (3, "")


@pytest.mark.parametrize("output", [">/dev/full", ">&- 2>&-"])
async def test_created_is_created(kore: LocalKore, tmp_path: Path, output: str) -> None:
    """The list was created, and the exit status of a whole command says so."""
    command = f"{BOT} create --name 'Prénom 📞' --description x {output}"
    assert (await end_of(command, tmp_path, KORE_HOST=kore.url))[0] == 0
    assert len(kore.lists) == 1


async def test_uncertain_is_uncertain(kore: LocalKore, tmp_path: Path) -> None:
    """The same where it is not certain."""
    kore.fault("drop_after_commit")
    command = f"{BOT} create --json --name x --description x >&- 2>/dev/full"
    assert (await end_of(command, tmp_path, KORE_HOST=kore.url))[0] == 3


async def test_ascii_terminal(kore: LocalKore, tmp_path: Path) -> None:
    """A terminal without our signs shows others in their place, and JSON loses nothing."""
    ascii_only = {"PYTHONIOENCODING": "ascii", "KORE_HOST": kore.url}
    status, printed = await end_of(
        f"{BOT} create --json --name 'Café ✓' --description x", tmp_path, **ascii_only
    )
    assert status == 0
    assert json.loads(printed)["contact_list"]["name"] == "Café ✓"
    status, printed = await end_of(f"{BOT} doctor", tmp_path, **ascii_only)
    assert status == 1
    assert printed.startswith("x Settings")
    assert "SLACK_BOT_TOKEN" in printed
    assert "Traceback" not in printed


async def test_serves_unheard(tmp_path: Path, unused_tcp_port: int) -> None:
    """The bot serves where its log cannot be written, and ends as it should."""
    async with both_ends() as ends, aiohttp.ClientSession() as session:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", f"exec {BOT} serve >&- 2>&-"),
            cwd=tmp_path,
            env={**ENVIRONMENT, **ends.environment, "PORT": str(unused_tcp_port)},
        )
        while process.returncode is None:
            with suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{unused_tcp_port}/readyz") as answer:
                    if answer.ok:
                        process.send_signal(signal.SIGTERM)
                        break
            await asyncio.sleep(0.1)
        assert await process.wait() == 0
