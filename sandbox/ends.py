"""Both ends of the bot, a local Slack and a local Kore.ai, and the settings that lead the bot to them."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.kore.server import LocalKore
from sandbox.slack.server import LocalSlack


@dataclass(frozen=True)
class Ends:
    """The two servers, running; `environment` holds the bot's settings, as environment variables."""

    slack: LocalSlack
    kore: LocalKore
    environment: dict[str, str]


@asynccontextmanager
async def both_ends(*, rate_per_minute: int = 60, socket_mode: bool = False) -> AsyncIterator[Ends]:
    """Start both on free ports, with made-up secrets; `rate_per_minute` is the limit of Kore.ai's account."""
    signing_secret, bot_token, app_token = secrets.token_hex(), f"xoxb-{_word()}", f"xapp-{_word()}"
    stream_id, account_id = f"st-{_word()}", secrets.token_hex(12)
    client_id, client_secret = f"cs-{_word()}", secrets.token_hex(64)
    async with (
        LocalSlack(signing_secret=signing_secret, bot_token=bot_token, app_token=app_token) as slack,
        LocalKore(
            rate_per_minute=rate_per_minute,
            stream_id=stream_id,
            account_id=account_id,
            client_id=client_id,
            client_secret=client_secret,
        ) as kore,
    ):
        door = {"SLACK_APP_TOKEN": app_token} if socket_mode else {"SLACK_SIGNING_SECRET": signing_secret}
        environment = {
            "SLACK_BOT_TOKEN": bot_token,
            **door,
            "SLACK_API_URL": slack.api_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
            "KORE_HOST": kore.url,
            "KORE_STREAM_ID": stream_id,
            "KORE_ACCOUNT_ID": account_id,
            "KORE_CLIENT_ID": client_id,
            "KORE_CLIENT_SECRET": client_secret,
            "KORE_RATE_PER_MINUTE": str(rate_per_minute),
        }
        yield Ends(slack, kore, environment)


def _word() -> str:
    return secrets.token_hex(16)
