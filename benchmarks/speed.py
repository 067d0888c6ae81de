"""How fast the bot is beside plain Bolt and bare aiohttp: the same requests to each, in alternating rounds.

    python -m benchmarks.speed [--quick] [--http] [--output FOLDER]

Each server is a process on one core; the people, Slack and Kore.ai are this process, on another. They speak
HTTPS as in life, so that a connection that is not kept costs what it does there; `--http` leaves
that out. What counts are the ratios within a round: the figures themselves are those of the machine. It
measures and does not judge: the aims stand beside the figures.
"""

import argparse
import gc
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import uvloop

from benchmarks.durability import machine, say
from benchmarks.measures import FULL, QUICK, Plan, drain, idle, memory, visit
from benchmarks.remote import Remote, remote_ends
from benchmarks.report import ROWS, Found, Round, draw, ratios, table
from benchmarks.servers import BARE, BOLT, LOAD_CORE, SERVERS
from benchmarks.slack_requests import Requests, form


async def measure(plan: Plan, *, https: bool) -> Found:
    """Take every measurement."""
    async with remote_ends(form(), https=https) as remote:
        requests = Requests()
        rounds: list[Round] = []
        until = time.monotonic() + plan.seconds
        while len(rounds) < plan.rounds and time.monotonic() < until:
            rounds.append(await one_round(len(rounds), remote, requests, plan))
        say(f"RSS over {plan.memory_requests} requests")
        grown = await memory(remote, requests, plan)
        say(f"{plan.drains} drains of {plan.drained} jobs")
        drained = await drain(remote, requests, plan)
        say("idle")
        return Found(rounds, grown, drained, await idle(remote, plan))


async def one_round(number: int, remote: Remote, requests: Requests, plan: Plan) -> Round:
    """Measure all servers; each round begins with another one."""
    names = list(SERVERS)
    found = {}
    for name in names[number % len(names) :] + names[: number % len(names)]:
        say(f"round {number + 1} of {plan.rounds}: {name}")
        found[name] = await visit(name, remote, requests, plan)
        gc.collect()
    return found


def main() -> None:
    """Measure, print the table, and write figures and pictures where that is asked for."""
    asked = _parser().parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    gc.disable()  # a pause of this process would be measured as one of a server's
    began = time.monotonic()
    found = uvloop.run(measure(QUICK if asked.quick else FULL, https=not asked.http))
    options = [f"--{name}" for name in ("quick", "http") if vars(asked)[name]]
    command = " ".join(["python -m benchmarks.speed", *options])
    seconds = time.monotonic() - began
    print(f"`{command}`, {len(found.rounds)} rounds, {machine()}, {seconds:.0f} s\n\n{table(found)}\n")
    print(found.shares())
    if asked.output:
        asked.output.mkdir(parents=True, exist_ok=True)
        told = {"command": command, "machine": machine(), "seconds": round(seconds), **_figures(found)}
        (asked.output / "speed.json").write_text(json.dumps(told, indent=1) + "\n")
        draw(found, asked.output)


def _figures(found: Found) -> dict[str, object]:
    """Bring everything into the shape of the JSON file."""
    against = {
        row.key: {other: asdict(ratios(found.rounds, row.key, other)) for other in (BOLT, BARE)}
        for row in ROWS
    }
    return {
        "ratios": against,
        "memory": asdict(found.memory),
        "drain": asdict(found.drain),
        "idle": asdict(found.idle),
        "rounds": found.rounds,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks.speed", description="How fast the bot is beside others."
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, in under a minute")
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="write speed.json and speed-*.png there"
    )
    parser.add_argument("--http", action="store_true", help="let Slack and Kore.ai speak plain HTTP")
    return parser


if __name__ == "__main__":
    main()
