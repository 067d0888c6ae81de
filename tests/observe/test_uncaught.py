"""What Python and libraries print by themselves is a line of the log like any other."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.ends import both_ends
from sandbox.process import SERVE, SOURCE
from sandbox.slack.people import Person

pytestmark = pytest.mark.process

PLAIN = {
    "PYTHONPATH": str(SOURCE),
    **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
}
PROGRAM = """
import threading, warnings
from bot.observe.logs import configure
from bot.observe.uncaught import log_uncaught

class Broken:
    def __del__(self):
        raise ValueError("in a destructor")

def fail(text):
    raise ValueError(text)

configure(as_json=True, secrets=["hush-hush"])
log_uncaught()
warnings.warn("hush-hush is short")
thread = threading.Thread(target=fail, args=("in a thread",), name="worker")
thread.start()
thread.join()
threading.excepthook(threading.ExceptHookArgs((ValueError, ValueError("of no thread"), None, None)))
broken = Broken()
del broken
fail("in the program")
"""


def test_each_is_a_line() -> None:
    """Warnings and errors that nobody caught are JSON, one line each, and hide what is secret."""
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own program
        [sys.executable, "-c", PROGRAM],
        env=PLAIN,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (ran.returncode, ran.stdout) == (1, "")
    warned, *errors = lines
    assert (warned["event"], warned["kind"]) == ("library_warning", "UserWarning")
    assert warned["text"] == "[hidden] is short"
    assert [each["event"] for each in errors] == ["error_uncaught"] * 4
    assert [each["where"] for each in errors[:2]] == ["worker", "thread"]
    texts = ["in a thread", "of no thread", "in a destructor", "in the program"]
    for each, text in zip(errors, texts, strict=True):
        assert f"ValueError: {text}" in each["exception"]


async def test_a_whole_life_in_json(tmp_path: Path) -> None:
    """From the start to SIGTERM, with a secret that PyJWT finds short: each line is JSON, one names that."""
    async with both_ends() as ends:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *SERVE),
            cwd=tmp_path,
            env={
                **PLAIN,
                **ends.environment,
                "LOG_FORMAT": "json",
                "KORE_CLIENT_SECRET": "short",
            },
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stderr
        lines: list[dict[str, Any]] = []

        async def read(until: str) -> None:
            assert process.stderr
            while not lines or lines[-1]["event"] != until:
                lines.append(json.loads(await process.stderr.readline()))

        await read("ready")
        ends.slack.request_url = f"http://127.0.0.1:{lines[-1]['port']}/slack/events"
        lead = Person(ends.slack, "U0LEAD")
        await lead.command("with a short secret")
        await lead.submit(await lead.view(), {"description": "x"})
        await read("submission_ended")
        process.terminate()
        out, rest = await process.communicate()
        lines += [json.loads(line) for line in rest.splitlines()]
    assert (out, process.returncode) == (b"", 0)
    assert [each["kind"] for each in lines if each["event"] == "library_warning"] == [
        "InsecureKeyLengthWarning"
    ]
    assert lines[-1]["event"] == "stopping"
