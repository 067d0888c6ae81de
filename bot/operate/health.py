"""Health and metrics over HTTP: fast, public, and without details that would help an attacker.

No request waits for anything slow: the token is checked with Slack in the background, and the store's last
answer is reused for a while.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.errors import SlackError, SlackRefused
from bot.observe.metrics import Metrics
from bot.operate.startup import Awaited
from bot.slack.client import SlackClient
from bot.slack.open_sockets import OpenSockets
from bot.timing import Timing

log = structlog.get_logger(__name__)


REASONS = ("starting", "draining", "store", "slack", "dns", "socket")
"""Reasons why no work can be accepted."""


class Health:
    """Whether the bot can accept work."""

    def __init__(
        self,
        slack: SlackClient,
        timing: Timing,
        metrics: Metrics,
        *,
        awaited: Awaited,
        sockets: OpenSockets | None = None,
    ) -> None:
        """`awaited` knows what startup is waiting for; `sockets` are Socket Mode's, if it is used."""
        self.draining = False
        self._can_save: Callable[[], Awaitable[bool]] | None = None
        self._awaited = awaited
        self._slack, self._timing, self._metrics, self._sockets = slack, timing, metrics, sockets
        self._token_is_good = True
        self._asking = asyncio.Lock()
        self._store_saves = False
        self._store_asked_at = float("-inf")
        self._warnings: dict[str, Callable[[], bool]] = {}
        if sockets:
            self.warn_while("socket_missing", lambda: sockets.is_connected and sockets.is_missing_one)

    def started(self, can_save: Callable[[], Awaitable[bool]]) -> None:
        """Note that the bot has started; `can_save` tells from now on whether a submission could be saved."""
        self._can_save = can_save

    def warn_while(self, warning: str, is_so: Callable[[], bool]) -> None:
        """Report a warning from now on whenever `is_so` says so."""
        self._warnings[warning] = is_so

    async def reasons(self) -> list[str]:
        """Return the reasons why no work can be accepted, if any, and show them in the metrics."""
        reasons = await self._reasons()
        self._metrics.show_readiness(reasons, possible=REASONS)
        return reasons

    async def _reasons(self) -> list[str]:
        """Find the reasons; a bot that is stopping no longer asks its store."""
        if self.draining:
            return ["draining"]
        if self._can_save is None:
            return ["starting", *self._awaited.reasons]
        signs = {
            "store": not await self._saves(self._can_save),
            "slack": not self._token_is_good,
            "socket": self._sockets is not None and not self._sockets.is_connected,
        }
        return [reason for reason, is_so in signs.items() if is_so]

    def warnings(self) -> list[str]:
        """Return what is wrong even though work can be accepted."""
        return [warning for warning, is_so in self._warnings.items() if is_so()]

    async def ask_slack(self) -> None:
        """Ask Slack whether the token is still good; if there is no answer, nothing changes."""
        try:
            await self._slack.identify()
        except SlackRefused as error:
            log.error("token_refused", error=error.code)  # noqa: TRY400 - the code says it all
            self._token_is_good = False
        except SlackError as error:
            log.warning("token_not_checked", error=error.code)
        else:
            self._token_is_good = True

    async def _saves(self, can_save: Callable[[], Awaitable[bool]]) -> bool:
        """Ask the store, once for all simultaneous requests."""
        async with self._asking:
            if time.monotonic() - self._store_asked_at >= self._timing.store_poll:
                try:
                    async with asyncio.timeout(self._timing.store_timeout):
                        self._store_saves = await can_save()
                except TimeoutError:
                    self._store_saves = False
                self._store_asked_at = time.monotonic()
            return self._store_saves


def health_routes(health: Health) -> list[web.RouteDef]:
    """Return the routes that report on the process and its readiness."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        reasons, warnings = await health.reasons(), health.warnings()
        answer = {"ready": not reasons, "reasons": reasons} | ({"warnings": warnings} if warnings else {})
        return web.json_response(answer, status=503 if reasons else 200)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


def metrics_routes(health: Health, registry: CollectorRegistry) -> list[web.RouteDef]:
    """Return the route for Prometheus, which updates the readiness first."""

    async def metrics(_: web.Request) -> web.Response:
        await health.reasons()
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/metrics", metrics)]
