"""The servers that are compared, each as a process of its own that is tied to one core."""

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.durability import PROJECT, SERVE, Trouble
from benchmarks.remote import Remote
from benchmarks.slack_requests import SECRET, TOKEN, form
from benchmarks.wire import LOCALHOST, connect

BOT, BOLT, BARE = "this bot", "plain Bolt", "bare aiohttp"
SERVERS: dict[str, tuple[str, ...]] = {
    BOT: SERVE,
    BOLT: ("-m", "benchmarks.plain_bolt"),
    BARE: ("-m", "benchmarks.bare_aiohttp"),
}
SERVER_CORE, LOAD_CORE = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
START_WITHIN = 20
"""Seconds after which a server that does not answer will not."""
LOOK_EVERY = 0.004
"""Seconds between two looks whether it answers."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A running server."""

    name: str
    port: int
    ready_after: float
    """Seconds from the start of the process until it answered; this bot said that it is ready."""
    process: asyncio.subprocess.Process

    def memory(self) -> float:
        """Read its RSS, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def cpu(self) -> float:
        """Read how many seconds of CPU it has used, all threads together."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def end(self, *, in_order: bool = False) -> None:
        """End it, at once or by SIGTERM."""
        if self.process.returncode is None:
            self.process.terminate() if in_order else self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def serving(
    name: str, remote: Remote, *, folder: Path | None = None, rate_per_minute: int = 60
) -> AsyncIterator[Server]:
    """Start a server and wait until it is ready; it is killed at the end.

    `folder` holds its store, a new one if it is not given; `rate_per_minute` is this bot's limit.
    """
    with tempfile.TemporaryDirectory() as new:
        home = folder or Path(new)
        port = _free_port()
        environment = {**_environment(remote, home, rate_per_minute), "PORT": str(port)}
        with (home / "log").open("ab") as log:
            began = time.perf_counter()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *SERVERS[name]),
                cwd=home,
                env=environment,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        server = Server(name, port, 0, process)
        try:
            os.sched_setaffinity(process.pid, {SERVER_CORE})
            await _ready(server)
            server.ready_after = time.perf_counter() - began
            yield server
        except (TimeoutError, ConnectionError) as problem:
            told = (home / "log").read_text(errors="replace")[-2000:]
            raise Trouble(f"{name}: {type(problem).__name__} {problem}\n{told}") from problem
        finally:
            await server.end()


async def engine_alone(what: str, jobs: int, remote: Remote, *, folder: Path, rate_per_minute: int) -> str:
    """Let the engine alone save or drain jobs in the store of a folder; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.bare_engine", what, str(jobs)),
        cwd=folder,
        env=_environment(remote, folder, rate_per_minute),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, {SERVER_CORE})
    told, trouble = await process.communicate()
    if process.returncode:
        raise Trouble(f"the engine alone: {trouble.decode(errors='replace')[-2000:]}")
    return told.decode()


async def _ready(server: Server) -> None:
    """Ask until it answers: `/readyz` with 200, where there is one, or anything at all."""
    wanted = (200,) if server.name == BOT else range(600)
    request = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with asyncio.timeout(START_WITHIN):
        while server.process.returncode is None:
            try:
                connection = await connect(server.port)
            except ConnectionError:
                await asyncio.sleep(LOOK_EVERY)
                continue
            answer = await connection.ask(request)
            connection.transport.close()
            if answer.status in wanted:
                return
    raise ConnectionError("it has stopped")


def _environment(remote: Remote, home: Path, rate_per_minute: int) -> dict[str, str]:
    trust = {"SSL_CERT_FILE": remote.certificate} if remote.certificate else {}
    return {
        **trust,
        "PATH": os.defpath,
        "HOME": str(home),
        "PYTHONPATH": str(PROJECT),
        "FORM": json.dumps(form()),
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{remote.url}/api/",
        "HOST": LOCALHOST,
        "KORE_HOST": remote.url,
        "KORE_STREAM_ID": "st-1",
        "KORE_ACCOUNT_ID": "a" * 24,
        "KORE_CLIENT_ID": "cs-1",
        "KORE_CLIENT_SECRET": "s" * 64,
        "KORE_RATE_PER_MINUTE": str(rate_per_minute),
        "SUBMISSIONS_PER_MINUTE": "1000000",  # one person stands for everybody
        "OPEN_JOBS_LIMIT": "1000000",
        "DATABASE_URL": f"sqlite:///{home / 'jobs.db'}",
        "LOG_FORMAT": "json",
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((LOCALHOST, 0))
        return int(free.getsockname()[1])
