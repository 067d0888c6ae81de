"""The HTTP adapter alone, over real HTTP: Bolt behind it, with the listeners of a test and nothing else."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.observe.metrics import Metrics
from bot.operate.server import listen
from bot.slack.app import bolt_app
from bot.slack.client import Identity
from bot.slack.http_adapter import OUTCOME, HttpAdapter
from bot.timing import Timing
from sandbox.slack.delivery import FORM, JSON, signed_headers

SECRET = "made-up-signing-secret"
PATH = "/slack/events"
COMMAND = {
    "command": "/contactlist",
    "text": "Renewals",
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.example/x",
}
IDENTITY = Identity(bot_id="B1", bot_user_id="U0BOT", name="bot", team_id="T1", scopes=frozenset())


async def broke(context: AsyncBoltContext) -> BoltResponse:
    """Answer for a listener that broke."""
    context[OUTCOME] = "failed"
    return BoltResponse(status=200, body={"text": "broke"})


@dataclass(frozen=True)
class Door:
    """The adapter, served at `port`."""

    app: AsyncApp
    adapter: HttpAdapter
    metrics: Metrics
    session: aiohttp.ClientSession
    port: int

    def signed(self, body: bytes, *, content_type: str = FORM) -> dict[str, str]:
        """Sign a body as Slack does."""
        return signed_headers(SECRET, body, int(time.time()), content_type)

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> aiohttp.ClientResponse:
        """Send a body, signed unless there are other headers; the answer is read."""
        url = f"http://127.0.0.1:{self.port}{PATH}"
        sent = self.signed(body) if headers is None else headers
        async with self.session.post(url, data=BytesIO(body), headers=sent) as answer:
            await answer.read()
        return answer

    async def command(self, **fields: str) -> aiohttp.ClientResponse:
        """Send a slash command."""
        return await self.post(urlencode({**COMMAND, **fields}).encode())

    async def interaction(self, payload: dict[str, Any]) -> aiohttp.ClientResponse:
        """Send what a person did in a view or a message."""
        return await self.post(urlencode({"payload": json.dumps(payload)}).encode())

    async def event(self, payload: dict[str, Any]) -> aiohttp.ClientResponse:
        """Send an event."""
        body = json.dumps(payload).encode()
        return await self.post(body, self.signed(body, content_type=JSON))

    def counted(self, metric: str, **labels: str) -> float:
        """Read a metric; 0 where nothing was counted."""
        return self.metrics.registry.get_sample_value(f"contactlist_{metric}", labels) or 0


@asynccontextmanager
async def served(*, signing_secret: str | None = SECRET, timing: Timing | None = None) -> AsyncIterator[Door]:
    """Serve the adapter on a free port, as the bot does."""
    timing = replace(timing or Timing(), drain_timeout=0.1, refused_body_timeout=0)
    app = bolt_app(IDENTITY, token="xoxb-1", api_url="http://127.0.0.1:1/api/", on_error=broke)
    metrics = Metrics()
    adapter = HttpAdapter(app, signing_secret=signing_secret, metrics=metrics, timing=timing)
    async with AsyncExitStack() as parts:
        routes = [web.post(PATH, adapter.handle_http)]
        port = await listen(parts, routes, host="127.0.0.1", port=0, timing=timing)
        session = await parts.enter_async_context(aiohttp.ClientSession())
        yield Door(app, adapter, metrics, session, port)
