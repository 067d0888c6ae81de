"""A local Slack and the client that calls it."""

from collections.abc import AsyncIterator

import pytest

from bot.slack.client import SlackClient
from bot.timing import Timing
from sandbox.slack.server import LocalSlack
from tests.slack.calls import APP, BOT, connected


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """Run a local Slack."""
    async with LocalSlack(signing_secret="signing", bot_token=BOT, app_token=APP) as running:
        yield running


@pytest.fixture
async def client(slack: LocalSlack) -> AsyncIterator[SlackClient]:
    """Connect to it."""
    async with connected(slack.api_url, timing=Timing(min_retry_wait=0, retry_jitter=0)) as opened:
        yield opened
