"""The bot as a process of its own, so that it can be killed: started, killed, ended, its log kept."""

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SERVE = ("-m", "bot", "serve")
SOURCE = Path(__file__).parent.parent
LOG_LINES = 200


class DidNotStart(Exception):
    """The process ended before it took requests; says what it wrote."""


class BotProcess:
    """One process at a time with these environment variables, in `folder`, where no `.env` should lie.

    `program` is what Python runs, `changed` is called when it starts, writes a line or ends. `state` is
    "stopped", "starting" or "running".
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        folder: Path,
        program: Sequence[str] = SERVE,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.state = "stopped"
        self.port = 0
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.environment, self._folder, self._program = dict(environment), folder, program
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The id of the process that runs."""
        return self._process.pid if self._process and self.state != "stopped" else None

    async def start(self) -> None:
        """Start it and wait until it takes requests; raises `DidNotStart`."""
        if self.state != "stopped":
            return
        self._turn("starting")
        self.log.clear()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._program,
            cwd=self._folder,
            env={**_inherited(), **self.environment},
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the one who started it, who ends it then
        )
        ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read(self._process, ready))
        await ready.wait()
        if self.state == "stopped":
            raise DidNotStart("\n".join(self.log) or "The bot ended without a word.")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal that does not end it."""
        if self._process:
            self._process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """End it with a signal, and wait until it is gone; its exit status, 0 if there was none."""
        if not self._process or not self._reading:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        await self._reading
        return await self._process.wait()

    async def _read(self, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        lines = process.stderr
        while lines and (line := await lines.readline()):
            self.log.append(line.decode(errors="replace").rstrip())
            entry = _entry(line)
            if entry.get("event") == "ready":
                self.port = entry["port"]
                self._turn("running")
                ready.set()
            self._changed()
        await process.wait()
        self._turn("stopped")
        ready.set()

    def _turn(self, state: str) -> None:
        self.state = state
        self._changed()


def _inherited() -> dict[str, str]:
    """Say what it needs of this environment: where the code is, and how its coverage is measured."""
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {"PYTHONPATH": str(SOURCE), **measured}


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
