"""3 a.m.: six faults, the alerts that a real Prometheus raises, and whether the runbook leads to the cause.

A fault is found if an alert's section in docs/runbook.md names something that the bot's log, `/readyz` or
`jobs list` says at that moment.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import aiohttp
import yaml

from sandbox.process import BotProcess
from tests.jobs.killed import free_port
from tools.operating.stand import Stand, stand

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
RUNBOOK = ROOT / "docs" / "runbook.md"
PROMETHEUS = "/usr/bin/prometheus"
PATIENCE = 480
"""Seconds: the slowest of these alerts waits for minutes, so that nobody is woken for nothing."""
MANY = 10_000


@dataclass(frozen=True)
class Fault:
    """What goes wrong, which alert should say so, and what the bot needs for it."""

    alert: str
    inject: Callable[[Stand, BotProcess], Awaitable[None]]
    store: str = "sqlite"
    role: str = "all"
    socket_mode: bool = False


class Found(NamedTuple):
    """What an operator reads in the night."""

    alerts: dict[str, str]
    """The summary of each, by its name."""
    clues: list[str]
    """What the runbook's section of an alert names, and the bot says."""
    ready: str
    doctor: str


async def revoke_token(stage: Stand, _: BotProcess) -> None:
    """Uninstall the app."""
    stage.ends.slack.rotate(bot_token="xoxb-another")  # noqa: S106 - made up


async def refuse_credentials(stage: Stand, _: BotProcess) -> None:
    """Regenerate the secret in Kore.ai."""
    stage.ends.kore.rotate(client_secret="x" * 64)
    await stage.submit(1)


async def lose_store(stage: Stand, _: BotProcess) -> None:
    """Take the database away."""
    await asyncio.to_thread(stage.parts.close)


async def have_no_worker(stage: Stand, _: BotProcess) -> None:
    """Submit to a bot with no worker."""
    await stage.submit(1)


async def lose_sockets(stage: Stand, _: BotProcess) -> None:
    """Close the way to the sockets, as a firewall does."""
    await stage.ends.slack.take_socket_host_away()


async def break_kore(stage: Stand, _: BotProcess) -> None:
    """Let Kore.ai answer everything with 500."""
    stage.ends.kore.fault("server_error", operation="any", times=MANY)
    await stage.submit(2)


FAULTS = {
    "token-revoked": Fault("ContactListNotReady", revoke_token),
    "kore-refuses": Fault("ContactListCredentials", refuse_credentials),
    "store-gone": Fault("ContactListNotReady", lose_store, store="postgresql"),
    "web-alone": Fault("ContactListNoWorker", have_no_worker, store="postgresql", role="web"),
    "socket-missing": Fault("ContactListNotReady", lose_sockets, socket_mode=True),
    "kore-500": Fault("ContactListUnconfirmed", break_kore),
}


async def night() -> int:
    """Cause all the faults at the same time, each in its own bot; returns how many weren't found."""
    async with AsyncExitStack() as parts:
        bots = {}
        for name, fault in FAULTS.items():
            stage = await parts.enter_async_context(stand(fault.store, socket_mode=fault.socket_mode))
            bots[name] = stage, await stage.start(stage.bot(ROLE=fault.role, METRICS_PORT=str(free_port())))
        prometheus = await _start_prometheus(parts, {name: bot for name, (_, bot) in bots.items()})
        await asyncio.gather(*(FAULTS[name].inject(*bot) for name, bot in bots.items()))
        alerts = await _until_alarmed(prometheus)
        found = {name: await _look(*bots[name], alerts[name]) for name in FAULTS}
    for name, each in found.items():
        _tell(name, each)
    return sum(FAULTS[name].alert not in each.alerts or not each.clues for name, each in found.items())


async def _start_prometheus(parts: AsyncExitStack, bots: dict[str, BotProcess]) -> str:
    folder = Path(parts.enter_context(TemporaryDirectory()))
    port = free_port()
    targets = [
        {"targets": [f"127.0.0.1:{bot.environment['METRICS_PORT']}"], "labels": {"namespace": name}}
        for name, bot in bots.items()
    ]
    configuration = {
        "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{"job_name": "contactlist-bot", "static_configs": targets}],
    }
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration))
    process = await asyncio.create_subprocess_exec(
        PROMETHEUS,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stderr=asyncio.subprocess.DEVNULL,
    )
    parts.push_async_callback(process.wait)
    parts.callback(process.terminate)
    return f"http://127.0.0.1:{port}/api/v1/alerts"


async def _until_alarmed(prometheus: str) -> dict[str, dict[str, str]]:
    """Wait until each fault has its alert; returns the summaries by fault and alert."""
    alerts: dict[str, dict[str, str]] = {}
    async with aiohttp.ClientSession() as session:
        for _ in range(PATIENCE // 5):
            await asyncio.sleep(5)
            alerts = {name: {} for name in FAULTS}
            try:
                async with session.get(prometheus) as answer:
                    active: list[dict[str, Any]] = (await answer.json())["data"]["alerts"]
            except aiohttp.ClientError:  # it has not started yet
                continue
            for each in active:
                if each["state"] == "firing" and each["labels"].get("namespace") in alerts:
                    summaries = alerts[each["labels"]["namespace"]]
                    summaries[each["labels"]["alertname"]] = each["annotations"]["summary"]
            if all(FAULTS[name].alert in alerts[name] for name in FAULTS):
                break
    return alerts


async def _look(stage: Stand, bot: BotProcess, alerts: dict[str, str]) -> Found:
    """Look where the runbook says."""
    address = f"http://127.0.0.1:{bot.port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        ready = await answer.text()
    role = bot.environment["ROLE"]
    doctor = await stage.command("doctor", ROLE=role)
    listed = json.loads(await stage.command("jobs", "list", "--json", ROLE=role) or "{}")
    said = {
        *(json.loads(line).get("event") for line in bot.log if line.startswith("{")),
        *re.findall(r"\w+", ready),
        *(each["state"] for each in listed.get("jobs", [])),
        *(each["error"] for each in listed.get("jobs", [])),
    }
    sections = RUNBOOK.read_text(encoding="utf-8")
    named = {
        clue
        for alert in alerts
        for clue in re.findall(r"`([\w.]+)`", sections.partition(f"### {alert}\n")[2].partition("\n### ")[0])
    }
    clues = sorted(named & said)
    bad = [line for line in doctor.splitlines() if line.startswith(("✗", "x "))]
    return Found(alerts, clues, ready, "\n      ".join(bad))


def _tell(name: str, found: Found) -> None:
    lines = [
        *(f"alert   {alert}: {summary}" for alert, summary in found.alerts.items()),
        f"clues   {', '.join(found.clues)}",
        f"readyz  {found.ready}",
        f"doctor  {found.doctor}",
    ]
    print("", name, *(f"  {each}" for each in lines), sep="\n", flush=True)
