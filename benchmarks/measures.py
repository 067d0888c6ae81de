"""What is measured, one function each: a started server in, numbers out."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.durability import p99
from benchmarks.load import Load
from benchmarks.remote import Remote
from benchmarks.servers import BOT, engine_alone, serving
from benchmarks.slack_requests import Requests

LIFTED = 60_000
"""A limit that nothing here meets."""
LIMIT = 60
"""This bot's calls to Kore.ai in a minute, as in life."""
PEOPLE = 32
"""People at a time where the most that a server does is asked for."""
WARM_UP = 40
FASTEST = 8000
"""Requests a second that are made beforehand; no server here comes near it."""
CALM = 50
"""Commands a second of an ordinary load."""
CROWD = 200
"""Commands within a second, or at once."""
SLOW_SLACK = 0.1
"""Seconds in which Slack's Web API answers such a crowd."""
SUBMISSION_EVERY = 40
"""In the measurement of memory one in so many requests is a submission, the others are commands."""
QUARTERS = 4
PATIENCE = 60
"""Seconds after its start in which a bot may still be busy with itself."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    """After which no other round begins, however many there were."""
    busy_seconds: float
    calm_seconds: float
    summaries: int
    memory_requests: int
    drains: int
    drained: int
    """Jobs in each drain."""
    settles: float
    """Seconds after the start until the bot is idle: after 20 it asks Kore.ai about the credentials, and then
    expects work for a minute."""
    idle_seconds: float


FULL = Plan(
    rounds=10,
    seconds=180,
    busy_seconds=1.0,
    calm_seconds=1.2,
    summaries=11,
    memory_requests=20_000,
    drains=2,
    drained=250,
    settles=90,
    idle_seconds=60,
)
QUICK = Plan(
    rounds=3,
    seconds=22,
    busy_seconds=0.5,
    calm_seconds=0.6,
    summaries=5,
    memory_requests=2_000,
    drains=1,
    drained=100,
    settles=5,
    idle_seconds=5,
)


@dataclass(frozen=True)
class Memory:
    """RSS of this bot in MB: idle, then after each quarter of the requests."""

    requests: int
    idle: float
    quarters: list[float]
    seconds: float
    """What the whole measurement took."""


@dataclass(frozen=True)
class Idle:
    """CPU of this bot in per cent of a core while nothing is asked of it, over so many seconds."""

    cpu: float
    seconds: float


@dataclass(frozen=True)
class Drain:
    """Saved jobs a second, done by a new process without a limit: in each drain by this bot, then alone.

    A job counts when it asks Kore.ai to make a list, or when the engine alone is in the same step.
    """

    jobs: int
    bot: list[float]
    engine: list[float]
    seconds: float
    """What the whole measurement took."""


async def visit(name: str, remote: Remote, requests: Requests, plan: Plan) -> dict[str, float]:
    """Start one server and measure everything that is compared."""
    remote.forget()
    began = time.perf_counter()
    async with serving(name, remote, rate_per_minute=LIMIT) as server:
        load = Load(server, remote)
        idle = server.memory()
        await load.closely(requests.commands(WARM_UP), load.command, people=4)
        found = {"ready_s": server.ready_after, "idle_mb": idle}
        found |= await _commands(load, requests, plan)
        found |= await _calm(load, requests, plan)
        found |= await _crowds(load, requests)
        found |= await _summaries(load, requests, plan)
        found |= await _submissions(load, requests, plan)
        return {**found, "used_mb": server.memory(), "took_s": time.perf_counter() - began}


async def memory(remote: Remote, requests: Requests, plan: Plan) -> Memory:
    """See whether this bot grows: commands, and submissions that are done at once."""
    remote.forget()
    began = time.perf_counter()
    async with serving(BOT, remote, rate_per_minute=LIFTED) as server:
        load, idle = Load(server, remote), server.memory()
        quarters = [await _quarter(load, requests, plan.memory_requests // QUARTERS) for _ in range(QUARTERS)]
        return Memory(plan.memory_requests, idle, quarters, time.perf_counter() - began)


async def idle(remote: Remote, plan: Plan) -> Idle:
    """Measure what the bot costs when nobody is there, from some seconds after its start on."""
    remote.forget()
    async with serving(BOT, remote) as server:
        await asyncio.sleep(plan.settles)
        used, began = server.cpu(), time.perf_counter()
        await asyncio.sleep(plan.idle_seconds)
        seconds = time.perf_counter() - began
        return Idle(100 * (server.cpu() - used) / seconds, seconds)


async def drain(remote: Remote, requests: Requests, plan: Plan) -> Drain:
    """Save jobs under a limit of one a minute, then let a new process do them; the engine alone in turns."""
    began = time.perf_counter()
    bot, engine = [], []
    for _ in range(plan.drains):
        bot.append(await _bot_drain(remote, requests, plan.drained))
        engine.append(await _engine_drain(remote, plan.drained))
    return Drain(plan.drained, bot, engine, time.perf_counter() - began)


async def _commands(load: Load, requests: Requests, plan: Plan) -> dict[str, float]:
    """Count commands whose ack and whose form came."""
    presses = requests.commands(int(FASTEST * plan.busy_seconds))
    rate = await load.rate(presses, load.command, people=PEOPLE, seconds=plan.busy_seconds)
    return {
        "commands_per_s": rate.per_second,
        "command_cpu_ms": rate.server_cpu,
        "command_server_share": rate.server_share,
        "command_load_share": rate.load_share,
    }


async def _calm(load: Load, requests: Requests, plan: Plan) -> dict[str, float]:
    """Time the acks of an ordinary load."""
    typed = await load.evenly(requests.commands(int(CALM * plan.calm_seconds)), seconds=plan.calm_seconds)
    acks = [each.ack.milliseconds for each in typed]
    return {"ack_p50_ms": statistics.median(acks), "ack_p99_ms": p99(acks)}


async def _crowds(load: Load, requests: Requests) -> dict[str, float]:
    """Time the slowest of many people, while Slack takes its time: within a second, and all at once."""
    await load.open(CROWD)
    found = {}
    load.remote.slack_takes = SLOW_SLACK
    for name, seconds in {"burst": 1, "rush": 0}.items():
        typed = await load.evenly(requests.commands(CROWD), seconds=seconds)
        found[f"{name}_ack_ms"] = max(each.ack.milliseconds for each in typed)
        found[f"{name}_form_ms"] = max(each.form_milliseconds for each in typed)
    load.remote.slack_takes = 0
    return found


async def _summaries(load: Load, requests: Requests, plan: Plan) -> dict[str, float]:
    """Time one person at a time, from the submission to the summary; Kore.ai itself takes no time."""
    async with asyncio.timeout(PATIENCE):
        taken = [await load.summary(press) for press in requests.submissions(plan.summaries)]
    return {"summary_p50_ms": statistics.median(taken)}


async def _submissions(load: Load, requests: Requests, plan: Plan) -> dict[str, float]:
    """Count submissions that were acked; this bot's account has one call left in its minute, as in life."""
    if load.server.name == BOT:
        await _spend(load, requests, LIMIT - 1 - plan.summaries)
    presses = requests.submissions(int(FASTEST * plan.busy_seconds))
    rate = await load.rate(presses, load.submit, people=PEOPLE, seconds=plan.busy_seconds)
    return {
        "submissions_per_s": rate.per_second,
        "submission_cpu_ms": rate.server_cpu,
        "submission_server_share": rate.server_share,
        "submission_load_share": rate.load_share,
    }


async def _spend(load: Load, requests: Requests, calls: int) -> None:
    """Use up calls of this minute, to the end of the jobs."""
    await load.closely(requests.submissions(calls), load.summary, people=8)
    async with asyncio.timeout(PATIENCE):
        while load.remote.calls["views.update"] < load.remote.calls["chat.postMessage"]:  # noqa: ASYNC110 - looked at seldom
            await asyncio.sleep(0.02)


async def _quarter(load: Load, requests: Requests, wanted: int) -> float:
    """Send so many requests; the RSS when all that follows from them is done."""
    submissions = wanted // SUBMISSION_EVERY
    await asyncio.gather(
        load.closely(requests.commands(wanted - submissions), load.command, people=PEOPLE),
        load.closely(requests.submissions(submissions), load.summary, people=4),
    )
    return load.server.memory()


async def _bot_drain(remote: Remote, requests: Requests, jobs: int) -> float:
    """Tell how many saved jobs this bot does a second."""
    remote.forget()
    presses = requests.submissions(jobs + 1)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        async with serving(BOT, remote, folder=home, rate_per_minute=1) as filling:
            load = Load(filling, remote)
            await load.summary(presses[0])
            await load.closely(presses[1:], load.submit, people=8)
            await filling.end(in_order=True)
        async with serving(BOT, remote, folder=home, rate_per_minute=LIFTED), asyncio.timeout(PATIENCE):
            await asyncio.gather(*(remote.post(press.number) for press in presses[1:]))
    posts = sorted(remote.created[press.number] for press in presses[1:])
    return jobs / (posts[-1] - posts[0])


async def _engine_drain(remote: Remote, jobs: int) -> float:
    """Tell how many of its jobs, in which nothing is done, the engine does a second."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        async with asyncio.timeout(PATIENCE):
            await engine_alone("save", jobs, remote, folder=home, rate_per_minute=1)
            seconds = await engine_alone("drain", jobs, remote, folder=home, rate_per_minute=LIFTED)
    return jobs / float(seconds)
