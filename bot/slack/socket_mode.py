"""Socket Mode: two WebSockets to Slack, so that one is open while the other is renewed.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.errors import UnreadablePayload
from bot.observe.logs import library_logger
from bot.slack.http_adapter import HttpAdapter
from bot.tasks import Tasks
from bot.timing import Timing

CONNECTIONS = 2
"""Slack allows ten; each payload comes through any one of them."""

log = structlog.get_logger(__name__)


class SocketMode:
    """The open connections. Make and use it inside the running loop."""

    def __init__(
        self,
        adapter: HttpAdapter,
        *,
        app_token: str,
        api_url: str,
        proxy: URL | None,
        tasks: Tasks,
        timing: Timing,
    ) -> None:
        self._adapter = adapter
        self._tasks = tasks
        self._timing = timing
        self._clients = [self._client(app_token, api_url, proxy) for _ in range(CONNECTIONS)]

    async def connect(self) -> None:
        """Open every connection. Check the app token before: a bad one would be retried without end."""
        await asyncio.gather(*(client.connect() for client in self._clients))  # type: ignore[no-untyped-call]

    async def is_connected(self) -> bool:
        """Return whether Slack can reach us."""
        return any([await client.is_connected() for client in self._clients])

    async def close(self) -> None:
        """Close every connection for good."""
        await asyncio.gather(*(client.close() for client in self._clients))  # type: ignore[no-untyped-call]

    def _client(self, app_token: str, api_url: str, proxy: URL | None) -> SocketModeClient:
        logger = library_logger("slack_sdk")
        web_client = AsyncWebClient(
            base_url=api_url, timeout=int(self._timing.socket_address_timeout), logger=logger
        )
        client = SocketModeClient(app_token=app_token, web_client=web_client, logger=logger)
        web_client.proxy = client.proxy = str(proxy) if proxy else None  # by NO_PROXY the SDK does not go
        client.socket_mode_request_listeners.append(self._received)
        return client

    async def _received(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self._tasks.start(self._answer(client, request))

    async def _answer(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Dispatch and acknowledge; what cannot be read is acknowledged too, or Slack would wait for it."""
        try:
            body = (await self._adapter.dispatch(dict(request.payload))).body
        except UnreadablePayload as problem:
            log.warning("request_refused", reason="unreadable", problem=str(problem))
            body = None
        response = SocketModeResponse(envelope_id=request.envelope_id, payload=body)
        await client.send_socket_mode_response(response)
