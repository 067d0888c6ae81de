"""What the operator's acts are played on: the sandbox's two ends, a store, and bots as processes."""

import asyncio
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from sandbox.ends import Ends, both_ends
from sandbox.process import SERVE, BotProcess
from sandbox.slack.people import Person
from sandbox.slack.workspace import View
from tests.jobs.filled import file_of
from tests.jobs.killed import free_port
from tests.postgresql import new_database, pgbouncer

CHANNEL = "C0CAMPAIGN"
UNLIMITED = "100000"
WELL = ("Contacts added", "Contacts sent")
"""The titles of the view in which all contacts were sent."""
CONTACTS, CALLS = 60, 6
"""Of an import."""
PATIENCE = 150
"""Seconds in which every submission has ended: a lookup comes half a minute after its POST at the latest."""


@dataclass(frozen=True)
class Verdict:
    """What became of the submissions that were acknowledged, by the names of their lists."""

    submitted: int
    lost: Sequence[str]
    """Nobody heard of it, or a person was told that it failed, or of a list that is not there."""
    twice: Sequence[str]
    """More than one list, or more than one summary of it."""
    asked: Sequence[str]
    """The person was told that the bot can't tell, and decides."""

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, and nothing done twice."""
        return bool(self.submitted) and not (self.lost or self.twice)


@dataclass
class Stand:
    """One store, with the bots on it; `url` is where they find it."""

    ends: Ends
    folder: Path
    parts: ExitStack
    """What must last until the verdict."""
    url: str
    forms: dict[str, View] = field(default_factory=dict)
    filled: dict[str, View] = field(default_factory=dict)
    """The lists that are being filled, by their ids, and the views in which that is told."""
    bots: list[BotProcess] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    """What differs from the ends' own settings, as rotated secrets do."""

    @property
    def on_sqlite(self) -> bool:
        """Whether the store is a file, which one process uses."""
        return self.url.startswith("sqlite")

    def bot(self, source: Path | None = None, **changes: str) -> BotProcess:
        """Prepare a bot, of another source if one is named."""
        code = {"PYTHONPATH": str(source)} if source else {}
        environment = self.settings(**code, **changes)
        return self.add(BotProcess(environment, folder=self.folder, program=SERVE))

    def add(self, bot: BotProcess) -> BotProcess:
        """Make sure that a bot doesn't outlive the stand."""
        self.bots.append(bot)
        return bot

    def settings(self, **changes: str) -> dict[str, str]:
        """Return the bot's environment."""
        return {
            **self.ends.environment,
            "DATABASE_URL": self.url,
            "LOG_FORMAT": "json",
            "SUBMISSIONS_PER_MINUTE": UNLIMITED,
            "CONTACTS_PER_CALL": str(CONTACTS // CALLS),
            **self.environment,
            **changes,
        }

    async def start(self, bot: BotProcess) -> BotProcess:
        """Start a bot, and let Slack's requests go to it from now on, as a load balancer would."""
        await bot.start()
        if "SLACK_SIGNING_SECRET" in self.ends.environment:
            self.ends.slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        return bot

    async def stop(self, bot: BotProcess) -> None:
        """Stop a bot cleanly."""
        status = await bot.end(signal.SIGTERM)
        if status:
            raise RuntimeError(f"the bot ended with {status}:\n" + "\n".join(bot.log))

    async def replace(self, old: BotProcess, new: BotProcess) -> None:
        """Replace one bot by another; where several may run, only once the new one is ready."""
        if self.on_sqlite:
            await self.stop(old)
        await self.start(new)
        if not self.on_sqlite:
            await self.stop(old)

    async def command(self, *arguments: str, **changes: str) -> str:
        """Run one of the bot's commands on the store, and return what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env={**self.settings(**changes), "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return (await process.communicate())[0].decode()

    @property
    def lead(self) -> Person:
        """Return the person who submits."""
        return Person(self.ends.slack, "U0LEAD")

    async def submit(self, count: int) -> None:
        """Fill in forms, and press their buttons at the same time; again until each is acknowledged."""
        forms = [await self._form() for _ in range(count)]
        await asyncio.gather(*map(self._press, forms))

    async def _form(self) -> View:
        name = f"Renewals {secrets.token_hex(6)}"
        while True:
            await self.lead.command(name)
            with suppress(TimeoutError):
                view = await self.lead.view(timeout=2)
                self.forms[name] = view
                return view

    async def _press(self, view: View) -> None:
        ack = await self.lead.submit(view, {"description": "x"})
        while ack.error or view.errors:
            await asyncio.sleep(0.5)
            ack = await self.lead.submit(view)

    async def fill(self) -> None:
        """Create a list, and begin to fill it from a file."""
        result = await self._form()
        await self.lead.submit(result, {"description": "x", "duplicates": ["allow"]})
        await self.lead.until(lambda: result.title == "Contact list created", timeout=PATIENCE)
        name = next(name for name, view in self.forms.items() if view is result)
        self.lead.close(result)
        await self.lead.command(f"add {name}")
        view = await self.lead.view()
        await self.lead.until(lambda: "To " in view.text)
        self.lead.attach(view, "file", "people.csv", file_of(CONTACTS))
        await self.lead.submit(view, {"country": None})
        await self.lead.until(lambda: "ready" in view.text, timeout=PATIENCE)
        await self.lead.submit(view)
        (list_id,) = [key for key, each in self.ends.kore.lists.items() if each["name"] == name]
        self.filled[list_id] = view

    async def until_begun(self, calls: int) -> None:
        """Wait until so many calls to Kore.ai have begun: then work is under way."""
        before = self._creates()
        await self.ends.kore.until(lambda: self._creates() >= before + calls, timeout=PATIENCE)

    def _creates(self) -> int:
        return sum(each.operation == "create" for each in self.ends.kore.calls)

    async def verdict(self) -> Verdict:
        """Wait until everybody has heard, then count in Kore.ai and in Slack."""
        with suppress(TimeoutError):
            await self.lead.until(self._is_over, timeout=PATIENCE)
        lists = Counter(str(each["name"]) for each in self.ends.kore.lists.values())
        sure = {name for name in self.forms if self._is_sure(name)}
        asked = {name for name in self.forms if self._is_asked(name)} - sure
        lost = [name for name in self.forms if name not in asked and (name not in sure or name not in lists)]
        twice = [name for name in self.forms if lists[name] > 1 or len(self._summaries(name)) > 1]
        for list_id, view in self.filled.items():
            phones = self.ends.kore.phones(list_id)
            lost += [f"contacts of {list_id}"] if len(phones) < CONTACTS and view.title in WELL else []
            twice += [f"contacts of {list_id}"] if phones.total() > len(phones) else []
            asked |= {f"contacts of {list_id}"} if view.title not in WELL else set()
        return Verdict(len(self.forms) + len(self.filled), lost, twice, sorted(asked))

    def _is_over(self) -> bool:
        told = {*WELL, "Stopped partway", "No contacts added"}
        imports = all(view.title in told for view in self.filled.values())
        return imports and all(map(self._is_heard, self.forms))

    def _summaries(self, name: str) -> list[str]:
        messages = self.lead.sees(CHANNEL)
        return [each.text for each in messages if name in each.text and not each.thread_ts]

    def _privately(self, name: str) -> list[str]:
        return [each.text for each in self.lead.sees("DM") if name in each.text]

    def _is_sure(self, name: str) -> bool:
        """Return whether it was told that the list exists."""
        return bool(self._summaries(name)) or self.forms[name].title == "Contact list created"

    def _is_asked(self, name: str) -> bool:
        in_form = self.forms[name].title in {"Couldn't confirm", "Is this your list?"}
        return in_form or any("can't tell" in each for each in self._privately(name))

    def _is_heard(self, name: str) -> bool:
        in_form = self.forms[name].title.startswith("Couldn't")
        return in_form or self._is_sure(name) or self._is_asked(name) or bool(self._privately(name))


@asynccontextmanager
async def stand(kind: str, *, socket_mode: bool = False) -> AsyncIterator[Stand]:
    """Make a store of one kind, PostgreSQL behind PgBouncer, and start both ends."""
    with TemporaryDirectory() as name, ExitStack() as parts:
        folder = Path(name)
        url = f"sqlite:///{folder / 'contactlist.db'}"
        if kind != "sqlite":
            url = parts.enter_context(pooled(parts.enter_context(new_database())))
        async with both_ends(rate_per_minute=60_000, socket_mode=socket_mode) as ends:
            stage = Stand(ends, folder, parts, url)
            try:
                yield stage
            finally:
                for bot in stage.bots:
                    await bot.end()


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """Put PgBouncer in transaction mode before a database."""
    with pgbouncer(url, port=free_port(), max_client_conn=200) as way:
        yield way


def restore(stand: Stand, backup: Path) -> None:
    """Restore a backup to a new place, which is the store from now on."""
    stand.url = stand.parts.enter_context(_restored(backup, stand.url))


def back_up(url: str, folder: Path) -> Path:
    """Back a store up as the docs say, also one that is in use."""
    path = folder / f"backup-{secrets.token_hex(4)}"
    if url.startswith("sqlite"):
        file = str(make_url(url).database)
        subprocess.run(["/usr/bin/sqlite3", file, f".backup {path}"], check=True)  # noqa: S603
    else:
        subprocess.run(["/usr/bin/pg_dump", "--format=custom", f"--file={path}", url], check=True)  # noqa: S603
    return path


@contextmanager
def _restored(backup: Path, url: str) -> Iterator[str]:
    """Restore a backup to a new place; returns the URL of the store there."""
    if url.startswith("sqlite"):
        path = backup.with_suffix(".db")
        subprocess.run(["/usr/bin/sqlite3", str(path), f".restore {backup}"], check=True)  # noqa: S603
        with closing(sqlite3.connect(path)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)  # noqa: S101 - a tool checks
        yield f"sqlite:///{path}"
        return
    with new_database() as new:
        command = ["/usr/bin/pg_restore", "--exit-on-error", f"--dbname={new}", str(backup)]
        subprocess.run(command, check=True)  # noqa: S603 - our own arguments
        with pooled(new) as way:
            yield way
