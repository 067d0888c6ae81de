"""What an operator does with jobs under way: each act ends with a bot that has done all of them."""

import asyncio
import json
import secrets
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from sandbox.process import BotProcess
from tests.postgresql import new_database
from tools.operating.service import CONFINED, can_confine, confinement, install
from tools.operating.stand import CALLS, Stand, back_up, pooled, restore

UNDER_WAY = 20
DURING = 4
"""Submissions while something changes."""
IMPORTS = "bot/jobs/import_workflows.py"
"""What a version has that knows imports of contacts."""
SLOW = 1.5
"""Seconds for which Kore.ai works on a list."""


class Sources(NamedTuple):
    """An older version of the code, and this one."""

    old: Path
    new: Path


class NotHere(Exception):
    """The machine can't do that; the text says why."""


Act = Callable[[Stand, Sources], Awaitable[None]]


async def upgrade(stand: Stand, sources: Sources) -> None:
    """Put this version in the place of an older one."""
    await _replaced(stand, sources.old, sources.new)


async def roll_back(stand: Stand, sources: Sources) -> None:
    """Put the older version back."""
    await _replaced(stand, sources.new, sources.old)


async def move(stand: Stand, _: Sources) -> None:
    """Stop, back up, lose the machine, restore elsewhere, start."""
    bot = await stand.start(stand.bot())
    await _under_way(stand)
    await stand.stop(bot)
    restore(stand, back_up(stand.url, stand.folder))
    await _start_again(stand)


async def change_store(stand: Stand, _: Sources) -> None:
    """Go on with an empty PostgreSQL database, while a bot without Slack ends what is in the old store."""
    before = await stand.start(stand.bot())
    await _under_way(stand)
    await stand.stop(before)
    rest = stand.bot()
    stand.url = stand.parts.enter_context(pooled(stand.parts.enter_context(new_database())))
    await stand.start(stand.bot())
    await rest.start()
    await stand.submit(DURING)
    await _until_done(stand, rest)
    await stand.stop(rest)


async def lose_the_store(stand: Stand, _: Sources) -> None:
    """Back up in use, go on for a while, lose the store, restore the backup, look up what was open in it."""
    bot = await stand.start(stand.bot())
    await _under_way(stand)
    backup = back_up(stand.url, stand.folder)
    await stand.until_begun(UNDER_WAY // 4)
    await bot.end(signal.SIGKILL)
    stand.ends.kore.clear_faults()
    restore(stand, backup)
    print(" ", (await stand.command("jobs", "recheck")).strip())
    await _start_again(stand)


async def run_as_service(stand: Stand, _: Sources) -> None:
    """Run it as the systemd unit does, as far as that goes without systemd, and restart it."""
    if not can_confine():
        raise NotHere("this needs root, and a system's Python of the same version")
    bot = install(stand)
    for _again in range(2):
        await stand.start(bot)
        if (found := confinement(bot)) != CONFINED:
            raise RuntimeError(f"the bot is not confined as it should be: {found}")
        await _under_way(stand)
        await stand.stop(bot)
    await stand.start(bot)
    await stand.submit(DURING)


async def rotate_signing_secret(stand: Stand, _: Sources) -> None:
    """Regenerate it on the app's page, then start with the new one; what comes between is pressed again."""
    await _rotated(stand, signing_secret=secrets.token_hex())


async def rotate_bot_token(stand: Stand, _: Sources) -> None:
    """Reinstall the app, then start with the new token; results wait meanwhile."""
    await _rotated(stand, bot_token=f"xoxb-{secrets.token_hex(16)}")


async def rotate_app_token(stand: Stand, _: Sources) -> None:
    """Replace the token of Socket Mode, then start with the new one; the open sockets last until then."""
    await _rotated(stand, app_token=f"xapp-{secrets.token_hex(16)}")


async def rotate_kore_secret(stand: Stand, _: Sources) -> None:
    """Stop what runs the jobs, regenerate, start with the new secret; on PostgreSQL saving goes on."""
    if stand.on_sqlite:
        bot = await stand.start(stand.bot())
        await _under_way(stand)
        await stand.stop(bot)
        _regenerate(stand)
        await _start_again(stand)
        return
    worker, web = stand.bot(ROLE="worker"), stand.bot(ROLE="web")
    await worker.start()
    await stand.start(web)
    await _under_way(stand)
    await stand.stop(worker)
    _regenerate(stand)
    await stand.submit(DURING)
    await stand.bot(ROLE="worker").start()
    await stand.replace(web, stand.bot(ROLE="web"))
    await stand.submit(DURING)


async def _rotated(stand: Stand, **new: str) -> None:
    bot = await stand.start(stand.bot())
    await _under_way(stand)
    stand.ends.slack.rotate(**new)
    stand.environment |= {f"SLACK_{name.upper()}": secret for name, secret in new.items()}
    await stand.replace(bot, stand.bot())
    await stand.submit(DURING)


def _regenerate(stand: Stand) -> None:
    new = secrets.token_hex(64)
    stand.ends.kore.rotate(client_secret=new)
    stand.environment["KORE_CLIENT_SECRET"] = new


async def _replaced(stand: Stand, before: Path, after: Path) -> None:
    bot = await stand.start(stand.bot(before))
    await _under_way(stand, imports=all((each / IMPORTS).exists() for each in (before, after)))
    await stand.replace(bot, stand.bot(after))
    await stand.submit(DURING)


async def _until_done(stand: Stand, bot: BotProcess) -> None:
    """Wait until nothing is open in the store of a bot."""
    open_jobs = {"waiting", "running", "looking up", "notifying"}
    while True:
        told = await stand.command("jobs", "list", "--json", DATABASE_URL=bot.environment["DATABASE_URL"])
        if not open_jobs & {each["state"] for each in json.loads(told)["jobs"]}:
            return
        await asyncio.sleep(1)


async def _under_way(stand: Stand, *, imports: bool = True) -> None:
    """Start work of every kind: slow, not accepted for now, and done without an answer."""
    kore = stand.ends.kore
    if imports:
        kore.fault("slow", operation="add_contacts", seconds=SLOW, times=2)
        kore.fault("drop_after_commit", operation="add_contacts")
        kore.fault("slow", operation="add_contacts", seconds=SLOW, times=CALLS)
        await stand.fill()
    for _ in range(2):
        kore.fault("slow", seconds=SLOW, times=UNDER_WAY // 4)
        kore.fault("rate_limited", times=2)
        kore.fault("drop_after_commit", times=2)
        kore.fault("slow", seconds=SLOW, times=UNDER_WAY // 4)
    await stand.submit(UNDER_WAY)
    await stand.until_begun(1)


async def _start_again(stand: Stand) -> None:
    """Start a bot where none runs, and submit some more, to see that it works."""
    await stand.start(stand.bot())
    await stand.submit(DURING)


ACTS: dict[str, Act] = {
    "upgrade": upgrade,
    "roll-back": roll_back,
    "move": move,
    "change-store": change_store,
    "lose-the-store": lose_the_store,
    "service": run_as_service,
    "rotate-signing-secret": rotate_signing_secret,
    "rotate-bot-token": rotate_bot_token,
    "rotate-app-token": rotate_app_token,
    "rotate-kore-secret": rotate_kore_secret,
}
IN_SOCKET_MODE = {"rotate-app-token"}
