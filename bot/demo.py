"""The real bot between a local Slack and a local Kore.ai: what `make demo` plays and the tests stand on."""

import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import Application
from bot.sandbox.kore import LocalKore
from bot.sandbox.slack import LocalSlack
from bot.settings import Settings
from bot.telemetry import configure_logging

__all__ = ["Stage", "play", "stage"]

NAME = "Renewal Due 1- July 2025"
DESCRIPTION = "Customers whose service ends in July 2025, for the renewal calls."
CHANNEL = "C0CAMPAIGN"
PERSON = "U0LEAD"


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
    **changes: object,
) -> AsyncIterator[Stage]:
    """Start a local Slack, a local Kore.ai and the bot, on free ports, with made-up secrets and a new store.

    `rate_per_minute` is the account's limit, `changes` are settings that shall differ, and `before` sees all
    settings before the bot starts.
    """
    async with AsyncExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        signing_secret, bot_token, app_token = secrets.token_hex(), f"xoxb-{_word()}", f"xapp-{_word()}"
        slack = await parts.enter_async_context(
            LocalSlack(signing_secret=signing_secret, bot_token=bot_token, app_token=app_token)
        )
        kore = await parts.enter_async_context(
            LocalKore(
                rate_per_minute=rate_per_minute,
                stream_id=f"st-{_word()}",
                account_id=secrets.token_hex(12),
                client_id=f"cs-{_word()}",
                client_secret=secrets.token_hex(64),
            )
        )
        settings = Settings.explicit(
            **{
                "slack_bot_token": bot_token,
                "slack_app_token": app_token if socket_mode else None,
                "slack_signing_secret": None if socket_mode else signing_secret,
                "slack_api_url": slack.api_url,
                "host": "127.0.0.1",
                "port": 0,
                "kore_host": kore.url,
                "kore_rate_per_minute": rate_per_minute,
                "kore_stream_id": kore.account.stream_id,
                "kore_account_id": kore.account.account_id,
                "kore_client_id": kore.account.client_id,
                "kore_client_secret": kore.account.client_secret,
                "database_url": f"sqlite:///{folder / 'contactlist.db'}",
                **changes,
            }
        )
        if before:
            before(settings)
        bot = await parts.enter_async_context(Application(settings))
        if not socket_mode:
            slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        yield Stage(slack=slack, kore=kore, bot=bot, settings=settings)


async def play() -> None:
    """Play the main job once and print what each party saw."""
    async with stage(log_level="ERROR", before=configure_logging) as scene:
        lead = scene.slack.person(PERSON)
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


def _word() -> str:
    return secrets.token_hex(16)
