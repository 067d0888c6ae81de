"""The real bot between a local Slack and a local Kore.ai: what `make demo` plays and the tests stand on."""

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import Application
from bot.errors import StartError
from bot.observe.logs import configure_logging
from bot.settings import Settings
from bot.timing import Timing
from sandbox.ends import both_ends
from sandbox.kore.server import LocalKore
from sandbox.page.server import Page, workspace_page
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack

NAME = "Renewal Due 1- July 2025"
DESCRIPTION = "Customers whose service ends in July 2025, for the renewal calls."
CHANNEL = "C0CAMPAIGN"
PERSON = "U0LEAD"
MANY = 100_000
"""Submissions: one person may try out as much as they like."""
WELCOME = """The sandbox is at {url}

A stand-in for Slack and Kore.ai with the real bot between them; nothing leaves this computer.
Type /contactlist and a name. Ctrl-C stops everything.
"""


@dataclass(frozen=True)
class Stage:
    """Both ends and the bot between them, running."""

    slack: LocalSlack
    kore: LocalKore
    bot: Application
    settings: Settings


@asynccontextmanager
async def stage(
    *,
    socket_mode: bool = False,
    rate_per_minute: int = 60,
    before: Callable[[Settings], None] | None = None,
    prepare: Callable[[LocalSlack], None] | None = None,
    timing: Timing | None = None,
    **changes: object,
) -> AsyncIterator[Stage]:
    """Start a local Slack, a local Kore.ai and the bot, on free ports, with made-up secrets and a new store.

    `rate_per_minute` is the account's limit, `changes` are settings that shall differ; `before` sees all
    settings, and `prepare` the workspace, before the bot starts.
    """
    async with AsyncExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        ends = await parts.enter_async_context(
            both_ends(rate_per_minute=rate_per_minute, socket_mode=socket_mode)
        )
        settings = Settings.model_validate(
            {
                **{name.lower(): value for name, value in ends.environment.items()},
                "submissions_per_minute": MANY,
                "open_jobs_limit": MANY,
                "database_url": f"sqlite:///{folder / 'contactlist.db'}",
                **changes,
            }
        )
        if before:
            before(settings)
        if prepare:
            prepare(ends.slack)
        bot = await parts.enter_async_context(Application(settings, timing=timing))
        if not socket_mode:
            ends.slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        yield Stage(slack=ends.slack, kore=ends.kore, bot=bot, settings=settings)


async def show(*, port: int, browse: bool) -> None:
    """Serve the page until Ctrl-C, with the bot as a process of its own; raises `StartError`."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as parts:
        try:
            page = await parts.enter_async_context(workspace_page(port=port))
        except OSError as error:
            raise StartError(
                f"Port {port} isn't available: {error.strerror}. "
                "Choose another with --port; 0 takes any free one."
            ) from error
        sys.stdout.write(WELCOME.format(url=page.url))
        sys.stdout.flush()
        starting = asyncio.create_task(start_bot(page))
        if browse and _has_screen():
            await asyncio.to_thread(webbrowser.open, page.url)
        await stop.wait()
    await starting


async def start_bot(page: Page) -> None:
    """Start the page's bot; if it does not start, show what it wrote."""
    said = await page.acts.carry_out(PERSON, {"act": "start"})
    if said:
        _say(said, "\n".join(page.bot.log))


def _has_screen() -> bool:
    """Return whether a browser could show itself; without a screen some would take the terminal."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def play() -> None:
    """Play the main job once and print what each party saw."""
    async with stage(log_level="ERROR", before=configure_logging) as scene:
        lead = Person(scene.slack, PERSON)
        _say("Mina types in #campaigns", f"/contactlist {NAME}")
        ack = await lead.command(NAME, channel=CHANNEL)
        _say("Slack is answered", f"HTTP {ack.status} after {ack.seconds * 1000:.0f} ms")
        form = await lead.view()
        _say("and a form opens", form.text)

        ack = await lead.submit(form, {"description": DESCRIPTION})
        _say(
            "She fills in the description and presses Create list. The job is saved, then Slack is answered",
            f"HTTP {ack.status} after {ack.seconds * 1000:.0f} ms",
        )
        _say("and the form turns to", form.text)

        summary = await lead.message(CHANNEL)
        call = next(call for call in scene.kore.calls if call.operation == "create")
        _say("Kore.ai gets one request", f"{call.method} {call.path}\n{call.body}")
        _say("and answers", f"HTTP {call.status}: {call.answer}")
        _say("Everybody in #campaigns reads", scene.slack.workspace.read(summary.payload))
        await lead.until(lambda: form.title != "Creating…")
        _say("and the form turns to", form.text)
        _say("Done", "The list exists in the local Kore.ai: " + ", ".join(scene.kore.lists))


def _say(headline: str, text: str) -> None:
    indented = "\n".join(f"    {line}" for line in text.splitlines())
    sys.stdout.write(f"\n{headline}:\n{indented}\n")
