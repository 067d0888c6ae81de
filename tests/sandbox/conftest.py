"""The local Slack with a bot beside it, and the local Kore.ai with a client."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import LocalSlack
from tests.sandbox.kore_client import Client, started
from tests.sandbox.stub_bot import APP, BOT, SECRET, Bot, Clock


@pytest.fixture
def clock() -> Clock:
    """Give the clock of the local Slack."""
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[LocalSlack]:
    """Start a local Slack."""
    async with LocalSlack(signing_secret=SECRET, bot_token=BOT, app_token=APP, clock=clock) as server:
        yield server


@pytest.fixture
async def bot(slack: LocalSlack) -> AsyncIterator[Bot]:
    """Start a bot in HTTP mode."""
    made = Bot(slack, AsyncWebClient(BOT, base_url=slack.api_url))
    app = web.Application()
    app.router.add_post("/slack/events", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Give a plain HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def kore_client() -> AsyncIterator[Client]:
    """Start a fresh local Kore.ai."""
    async with started() as one:
        yield one


@pytest.fixture
async def list_id(kore_client: Client) -> str:
    """Create a list and return its id."""
    _, answer = await kore_client.create()
    return str(answer["data"]["_id"])
