"""What durability costs: the real bot as a process, between the sandbox's Slack and Kore.ai, on each store.

    python -m benchmarks.durability [--store sqlite|postgresql|both] [--jobs 500] [--json FILE]

The bot runs with its production pauses and settings; only the account's limit differs where it says so. Each
submission is a signed request with the form that the bot itself builds, made before the clock starts. It
measures and does not judge: the aims stand beside the figures.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import aiohttp
import psycopg
from sqlalchemy import make_url

from bot.views.form import DESCRIPTION, contact_list_form
from bot.views.state import FormContext, FormValues
from sandbox.kore.server import LocalKore
from sandbox.slack.delivery import form_body
from sandbox.slack.payloads import interaction
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.views import open_view, view_answer

SUBMISSIONS_PER_SECOND = 20
SECONDS = 15
"""How long submissions come at that rate."""
ACCOUNT_LIMIT = 60
LIFTED = 60_000
"""A limit that nothing here meets."""
CALLS_AT_ONCE = 8
"""How many calls to Kore.ai one process makes at a time."""
FILLING_AT_ONCE = 8
"""Submissions under way while a queue is filled up."""
PATIENCE = 180
"""Seconds after which something that was waited for will not come."""
SERVE = ("-m", "benchmarks.serve")
PERSON, CHANNEL = "U0LEAD", "C0CAMPAIGN"
PROJECT = Path(__file__).resolve().parent.parent
STORES = ("sqlite", "postgresql")


class Trouble(Exception):
    """Nothing can be measured; says why."""


@dataclass(frozen=True)
class Press:
    """A form that is filled in and not submitted yet: the list's name, and the body of the request."""

    name: str
    body: bytes


@dataclass(frozen=True)
class Ack:
    """What the bot answered, after how many seconds; `late` is how far behind its time the press was made."""

    name: str
    saved: bool
    seconds: float
    late: float


@dataclass
class Bot:
    """The bot as a process of its own; what ended is read from its log."""

    environment: dict[str, str]
    ended: dict[str, float] = field(default_factory=dict)
    """When each submission ended, by the list's name, in seconds since the epoch."""
    port: int = 0
    is_running: bool = False
    started_at: float = 0.0
    idle: float = 0.0
    """MB of RSS when it was ready."""
    highest: float = 0.0
    """MB of RSS at its highest, when it was ended."""

    async def start(self) -> Self:
        """Start it, and wait until it takes requests."""
        self._changed, self._last_lines = asyncio.Condition(), deque[bytes](maxlen=20)
        self.started_at = time.time()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, *SERVE),
            cwd=self.environment["HOME"],  # no `.env` there
            env=self.environment,
            stderr=asyncio.subprocess.PIPE,
        )
        self.is_running = True
        self._reading = asyncio.create_task(self._read_log())
        await self.until(lambda: self.port > 0)
        self.idle = self._memory("VmRSS")
        return self

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds, looking again whenever something has ended."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: condition() or not self.is_running)
        if not condition():
            raise Trouble(f"the bot has stopped: {b''.join(self._last_lines).decode(errors='replace')}")

    async def end(self, *, at_once: bool = False) -> None:
        """End it in order, or with `kill -9`."""
        self.highest = self._memory("VmHWM")
        self._process.kill() if at_once else self._process.terminate()
        await self._reading

    async def _read_log(self) -> None:
        assert self._process.stderr  # noqa: S101 - it is a pipe
        async for line in self._process.stderr:
            self._last_lines.append(line)
            if b'"submission_ended"' in line or b'"ready"' in line:
                async with self._changed:
                    self._note(json.loads(line))
                    self._changed.notify_all()
        await self._process.wait()
        async with self._changed:
            self.is_running = False
            self._changed.notify_all()

    def _note(self, event: dict[str, Any]) -> None:
        if event["event"] == "ready":
            self.port = event["port"]
        elif event["event"] == "submission_ended":
            self.ended.setdefault(event["name"], time.time())

    def _memory(self, what: str) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{what}:"))
        return int(kilobytes) / 1024


@dataclass
class Scene:
    """A new store, both remote ends in this process, and whoever presses *Create list*."""

    slack: LocalSlack
    kore: LocalKore
    session: aiohttp.ClientSession
    environment: dict[str, str]
    bots: list[Bot] = field(default_factory=list)

    async def bot(self, *, rate_per_minute: int) -> Bot:
        """Start the bot on this scene's store."""
        bot = Bot({**self.environment, "KORE_RATE_PER_MINUTE": str(rate_per_minute)})
        self.bots.append(bot)
        return await bot.start()

    def forms(self, count: int) -> list[Press]:
        """Open forms as if somebody had typed the command, and fill them in."""
        return [self._form(f"Renewals {uuid4().hex[:12]}") for _ in range(count)]

    async def fill(self, bot: Bot, count: int) -> list[str]:
        """Save so many submissions as fast as they are taken; the names of their lists."""
        slots = asyncio.Semaphore(FILLING_AT_ONCE)

        async def press(each: Press) -> Ack:
            async with slots:
                return await self._press(bot, each, due=time.perf_counter())

        acks = await asyncio.gather(*(press(each) for each in self.forms(count)))
        return _names(acks)

    async def steadily(self, bot: Bot, count: int) -> list[Ack]:
        """Press *Create list* at an even rate, whether or not the presses before were answered."""
        presses, begin = self.forms(count), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            tasks = []
            for number, each in enumerate(presses):
                due = begin + number / SUBMISSIONS_PER_SECOND
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                tasks.append(group.create_task(self._press(bot, each, due=due)))
        return [task.result() for task in tasks]

    def posts(self, *, since: float = 0.0) -> list[float]:
        """Tell when the POSTs of new lists came, in seconds since the epoch."""
        return [call.at for call in self.kore.calls if call.operation == "create" and call.at >= since]

    def posted(self) -> Counter[str]:
        """Count the POSTs for each list's name."""
        bodies = [call.body for call in self.kore.calls if call.operation == "create"]
        return Counter(str(body["name"]) for body in bodies if isinstance(body, dict))

    def _form(self, name: str) -> Press:
        space, triggers = self.slack.workspace, self.slack.triggers
        response_url = self.slack.response_url(PERSON, CHANNEL)
        form = contact_list_form(
            FormValues(name=name), FormContext(channel_id=CHANNEL, response_url=response_url)
        )
        trigger = triggers.redeem(triggers.issue(PERSON, channel_id=CHANNEL))
        view = open_view(space, trigger, form)
        person = Person(self.slack, PERSON)
        person.fill(view, {DESCRIPTION: "Customers whose service ends in July 2025."})
        payload = interaction(
            space,
            person.user,
            "view_submission",
            trigger_id=triggers.issue(PERSON, channel_id=CHANNEL, view_id=view.id),
            view=view_answer(view),
            response_urls=[],
        )
        return Press(name, form_body("interactive", payload))

    async def _press(self, bot: Bot, press: Press, *, due: float) -> Ack:
        url, headers = f"http://127.0.0.1:{bot.port}/slack/events", self.slack.signed_headers(press.body)
        begin = time.perf_counter()
        async with self.session.post(url, data=press.body, headers=headers) as response:
            text = await response.text()
        seconds = time.perf_counter() - begin
        saved = response.ok and json.loads(text).get("response_action") == "update"
        return Ack(press.name, saved, seconds, begin - due)


@dataclass(frozen=True)
class Latency:
    """How long acks took, in milliseconds."""

    submissions: int
    not_saved: int
    p50: float
    p99: float
    longest: float
    late_p99: float
    """By how much the presses themselves were late: a disturbed machine shows here."""
    jobs_ended_meanwhile: int
    jobs_open_afterwards: int

    @classmethod
    def of(cls, acks: Sequence[Ack], *, ended: int, left: int) -> Self:
        """Sum acks up."""
        times = [each.seconds * 1000 for each in acks]
        return cls(
            submissions=len(acks),
            not_saved=sum(not each.saved for each in acks),
            p50=statistics.median(times),
            p99=p99(times),
            longest=max(times),
            late_p99=p99([each.late * 1000 for each in acks]),
            jobs_ended_meanwhile=ended,
            jobs_open_afterwards=left,
        )


@dataclass(frozen=True)
class Drain:
    """From the first POST of saved jobs to the last, and until everybody was told, in seconds."""

    jobs: int
    created_in: float
    ended_in: float
    jobs_per_second: float


@dataclass(frozen=True)
class Recovery:
    """After `kill -9`; seconds from the start of the new process."""

    open_jobs: int
    killed_in_their_post: int
    ready: float
    first_post: float
    waiting_ended: float
    """Until every job that had only waited has ended."""
    all_ended: float
    """Until those that were killed in the middle of their POST have ended too."""
    lost: int
    """Saved submissions without a list, or whose end was not told within the benchmark's patience."""
    repeated_posts: int


@dataclass(frozen=True)
class Memory:
    """RSS of the bot's process in MB: ready and idle, and at its highest in all measurements."""

    idle: float
    highest: float


@dataclass(frozen=True)
class Figures:
    """Everything that is measured on one store."""

    limited: Latency
    lifted: Latency
    drain: Drain
    recovery: Recovery
    memory: Memory


async def measure(store: str, database_url: str, *, jobs: int) -> Figures:
    """Take every measurement on one store."""
    bots: list[Bot] = []
    async with scene_for(store, database_url) as scene:
        limited, lifted = await measure_latency(scene)
        bots += scene.bots
    async with scene_for(store, database_url) as scene:
        drain = await measure_drain(scene, jobs)
        bots += scene.bots
    async with scene_for(store, database_url) as scene:
        recovery = await measure_recovery(scene, jobs)
        bots += scene.bots
    memory = Memory(bots[0].idle, max(bot.highest for bot in bots))
    return Figures(limited, lifted, drain, recovery, memory)


async def measure_latency(scene: Scene) -> tuple[Latency, Latency]:
    """Submit evenly under the account's limit, then without it while what was left drains as well."""
    count = SUBMISSIONS_PER_SECOND * SECONDS
    say(f"{count} submissions, the limit of {ACCOUNT_LIMIT} in force")
    bot = await scene.bot(rate_per_minute=ACCOUNT_LIMIT)
    acks = await scene.steadily(bot, count)
    ended = len(bot.ended)
    left = len(_names(acks)) - ended
    limited = Latency.of(acks, ended=ended, left=left)
    await bot.end()
    left -= len(bot.ended) - ended
    say(f"{count} submissions without a limit, while {left} others drain")
    bot = await scene.bot(rate_per_minute=LIFTED)
    acks = await scene.steadily(bot, count)
    ended = len(bot.ended)
    lifted = Latency.of(acks, ended=ended, left=left + len(_names(acks)) - ended)
    await bot.end()
    return limited, lifted


async def measure_drain(scene: Scene, jobs: int) -> Drain:
    """Save jobs under a limit of one a minute, then let a new process do them without a limit."""
    say(f"a drain of {jobs} jobs")
    filling = await scene.bot(rate_per_minute=1)
    names = await scene.fill(filling, jobs + 1)
    await filling.until(lambda: len(filling.ended) == 1)
    await filling.end()
    bot = await scene.bot(rate_per_minute=LIFTED)
    await bot.until(lambda: len(bot.ended) == len(names) - 1)
    times = scene.posts(since=bot.started_at)
    await bot.end()
    created_in = max(times) - min(times)
    return Drain(
        jobs=len(times),
        created_in=created_in,
        ended_in=max(bot.ended.values()) - min(times),
        jobs_per_second=len(times) / created_in,
    )


async def measure_recovery(scene: Scene, jobs: int) -> Recovery:
    """Kill the bot in the middle of as many calls as it makes at a time, with all other jobs waiting."""
    say(f"a recovery of {jobs} jobs")
    scene.kore.fault("slow", times=CALLS_AT_ONCE, seconds=PATIENCE)
    killed = await scene.bot(rate_per_minute=CALLS_AT_ONCE)
    names = set(await scene.fill(killed, jobs))
    await scene.kore.until(lambda: len(scene.posts()) == CALLS_AT_ONCE)
    begun = set(scene.posted())
    await killed.end(at_once=True)
    bot = await scene.bot(rate_per_minute=LIFTED)
    ready = time.time() - bot.started_at
    with suppress(TimeoutError):  # what is lost never ends
        await bot.until(lambda: names <= bot.ended.keys())
    await bot.end()
    created = {str(each["name"]) for each in scene.kore.lists.values()}
    ended = {name: at - bot.started_at for name, at in bot.ended.items()}
    return Recovery(
        open_jobs=len(names),
        killed_in_their_post=len(begun),
        ready=ready,
        first_post=min(scene.posts(since=bot.started_at)) - bot.started_at,
        waiting_ended=max(at for name, at in ended.items() if name not in begun),
        all_ended=max(ended.values()),
        lost=len(names - (created & ended.keys())),
        repeated_posts=sum(count - 1 for count in scene.posted().values()),
    )


@asynccontextmanager
async def scene_for(store: str, server: str) -> AsyncIterator[Scene]:
    """Set up a new store and both remote ends; whatever bot still runs is killed at the end."""
    secret, bot_token = "signing-secret", "xoxb-made-up"
    client_secret, account_id = "s" * 64, "a" * 24
    async with AsyncExitStack() as parts:
        folder = parts.enter_context(tempfile.TemporaryDirectory())
        url = (
            parts.enter_context(_database(server)) if store == "postgresql" else f"sqlite:///{folder}/jobs.db"
        )
        slack = await parts.enter_async_context(
            LocalSlack(signing_secret=secret, bot_token=bot_token, app_token="xapp-made-up")  # noqa: S106
        )
        kore = await parts.enter_async_context(
            LocalKore(
                client_id="cs-1",
                client_secret=client_secret,
                stream_id="st-1",
                account_id=account_id,
                rate_per_minute=LIFTED,
            )
        )
        session = await parts.enter_async_context(aiohttp.ClientSession())
        environment = {
            "HOME": folder,
            "MALLOC_ARENA_MAX": "2",  # as in the image
            "PYTHONPATH": str(PROJECT),
            "SLACK_BOT_TOKEN": bot_token,
            "SLACK_SIGNING_SECRET": secret,
            "SLACK_API_URL": slack.api_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
            "KORE_HOST": kore.url,
            "KORE_STREAM_ID": "st-1",
            "KORE_ACCOUNT_ID": account_id,
            "KORE_CLIENT_ID": "cs-1",
            "KORE_CLIENT_SECRET": client_secret,
            "DATABASE_URL": url,
            "SUBMISSIONS_PER_MINUTE": "100000",
            "OPEN_JOBS_LIMIT": "1000000",
            "LOG_FORMAT": "json",
        }
        scene = Scene(slack, kore, session, environment)
        try:
            yield scene
        finally:
            await asyncio.gather(*(bot.end(at_once=True) for bot in scene.bots if bot.is_running))


@contextmanager
def _database(server: str) -> Iterator[str]:
    """Make a PostgreSQL database, and drop it at the end."""
    name = f"contactlist_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True, connect_timeout=3) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def table(figures: Mapping[str, Figures]) -> str:
    """Lay the figures out in Markdown: a row for each measurement, a column for each store."""
    lines = [["Measurement", *figures, "Aim"], ["---", *("---:" for _ in figures), "---"]]
    for what, read, aim in ROWS:
        lines.append([what, *(read(each) for each in figures.values()), aim])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _acks(latency: Latency) -> str:
    return f"{latency.p50:.1f} / {latency.p99:.1f} / {latency.longest:.0f} ms"


def _jobs(latency: Latency) -> str:
    return f"{latency.jobs_ended_meanwhile} / {latency.jobs_open_afterwards}"


RATE = f"{SUBMISSIONS_PER_SECOND}/s for {SECONDS} s"
ROWS: tuple[tuple[str, Callable[[Figures], str], str], ...] = (
    (
        f"Ack of a submission, {RATE}, no limit, jobs draining: p50 / p99 / longest",
        lambda each: _acks(each.lifted),
        "p99 ≤ 100 ms on SQLite",
    ),
    ("… jobs ended meanwhile / open afterwards", lambda each: _jobs(each.lifted), ""),
    (
        f"Ack of a submission, {RATE}, limit of {ACCOUNT_LIMIT} a minute: p50 / p99 / longest",
        lambda each: _acks(each.limited),
        "",
    ),
    ("… jobs ended meanwhile / open afterwards", lambda each: _jobs(each.limited), ""),
    (
        "Submissions not saved in time",
        lambda each: str(each.lifted.not_saved + each.limited.not_saved),
        "",
    ),
    (
        "How late the presses themselves were: p99",
        lambda each: f"{max(each.lifted.late_p99, each.limited.late_p99):.1f} ms",
        "small: else disturbed",
    ),
    ("Drain of saved jobs", lambda each: f"{each.drain.jobs_per_second:.1f} jobs/s", ""),
    (
        "… first POST to the last / to everybody told",
        lambda each: f"{each.drain.created_in:.1f} / {each.drain.ended_in:.1f} s",
        "",
    ),
    (
        "Open jobs at `kill -9` / in the middle of their POST",
        lambda each: f"{each.recovery.open_jobs} / {each.recovery.killed_in_their_post}",
        "",
    ),
    ("Process start to ready", lambda each: f"{each.recovery.ready:.1f} s", ""),
    (
        "Process start to the first recovered POST",
        lambda each: f"{each.recovery.first_post:.1f} s",
        "within 5 s",
    ),
    ("Process start to the end of all that waited", lambda each: f"{each.recovery.waiting_ended:.1f} s", ""),
    ("Process start to the end of all", lambda each: f"{each.recovery.all_ended:.1f} s", ""),
    (
        "Lost / repeated POSTs",
        lambda each: f"{each.recovery.lost} / {each.recovery.repeated_posts}",
        "0 / 0",
    ),
    (
        "RSS idle / highest",
        lambda each: f"{each.memory.idle:.0f} / {each.memory.highest:.0f} MB",
        "under 120 MB",
    ),
)


def main() -> None:
    """Measure the stores that were asked for, and print the table."""
    asked = _parser().parse_args()
    gc.disable()  # a pause of this process would be measured as one of the bot's
    began = time.monotonic()
    figures = {
        store: asyncio.run(measure(store, asked.database_url, jobs=asked.jobs))
        for store in _stores(asked.store)
    }
    command = f"python -m benchmarks.durability --store {asked.store} --jobs {asked.jobs}"
    print(f"`{command}`, {machine()}, {time.monotonic() - began:.0f} s\n\n{table(figures)}")
    if asked.json:
        found = {store: asdict(each) for store, each in figures.items()}
        asked.json.write_text(
            json.dumps({"command": command, "machine": machine(), "stores": found}, indent=2)
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.durability", description="What durability costs.")
    parser.add_argument("--store", choices=[*STORES, "both"], default="both")
    parser.add_argument(
        "--database-url",
        default="postgresql://postgres@127.0.0.1:5432/postgres",
        help="a PostgreSQL server on which a database may be made and dropped",
    )
    parser.add_argument("--jobs", type=int, default=500, help="jobs to drain, and to recover")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _stores(asked: str) -> Sequence[str]:
    return STORES if asked == "both" else (asked,)


def machine() -> str:
    """Say on what it was measured."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _names(acks: Sequence[Ack]) -> list[str]:
    return [each.name for each in acks if each.saved]


def p99(values: Sequence[float]) -> float:
    """Find what one in a hundred is above."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def say(text: str) -> None:
    """Tell whoever waits what goes on."""
    sys.stderr.write(f"{text} …\n")


if __name__ == "__main__":
    main()
