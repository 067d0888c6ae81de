"""Life cycle: settings → every part → serving → drained."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import Self

import structlog
from aiohttp import web
from sqlalchemy import Engine

from bot.access.backlog import count_open_jobs
from bot.browsing.catalog import SLOT_TIMEOUT
from bot.clients import kore_client, kore_session, slack_client, slack_session
from bot.errors import StartError
from bot.jobs.cleaning import CLEANUP_INTERVAL, delete_old_jobs
from bot.jobs.engine import (
    ask_store,
    close_engine,
    configure_engine,
    launch_engine,
    open_store,
    sole_use,
    watch_connections,
)
from bot.observe.metrics import Metrics
from bot.operate.announcing import say_ready, show_build
from bot.operate.credentials import KoreCredentials
from bot.operate.health import Health, health_routes, metrics_routes
from bot.operate.server import listen
from bot.operate.startup import STORE, Awaited
from bot.operate.tokens import checked_tokens
from bot.parts import Parts
from bot.settings import Settings
from bot.slack.client import Identity, SlackClient
from bot.slack.open_sockets import OpenSockets
from bot.tasks import poll
from bot.timing import Timing

log = structlog.get_logger(__name__)


class Application:
    """The running bot; `async with` starts and stops it."""

    port: int
    """The port it listens on, even if the settings said port 0."""
    metrics_port: int
    """The port for Prometheus, if metrics have one of their own."""
    health: Health

    def __init__(self, settings: Settings, *, timing: Timing | None = None) -> None:
        self._settings = settings
        self._timing = timing = timing or Timing()
        self._metrics = metrics = Metrics()
        self._sockets = OpenSockets(metrics, timing)
        self._credentials = KoreCredentials(metrics)
        self._awaited = Awaited(timing)
        self._running = AsyncExitStack()
        self._parts: Parts | None = None

    async def __aenter__(self) -> Self:
        """Listen, check the tokens, start everything, wait for a socket; raises `StartError`.

        Each part starts after those it needs, and they stop in reverse order: health and metrics are served
        from start to finish, even while we wait for Slack.
        """
        async with AsyncExitStack() as running:
            session = await running.enter_async_context(slack_session(self._settings, self._timing))
            slack = slack_client(session, self._settings, self._timing)
            sockets = self._sockets if self._by_sockets else None
            self.health = Health(slack, self._timing, self._metrics, awaited=self._awaited, sockets=sockets)
            show_build(self._metrics, self._settings)
            await self._listen(running)
            parts = await self._open(running, slack)
            await self._start_jobs(running, parts)
            await self._watch(running, parts)
            await self._accept_requests(running, parts)
            self._running = running.pop_all()
        say_ready(self._settings, port=self.port)
        return self

    async def hand_over(self) -> None:
        """Report as draining, but keep serving until load balancers have noticed."""
        self.health.draining = True
        if not self._settings.socket_mode and self._settings.role != "worker":
            log.info("handing_over", seconds=self._timing.hand_over)
            await asyncio.sleep(self._timing.hand_over)

    async def __aexit__(self, *_: object) -> None:
        """Stop taking requests, finish what is under way, and leave the rest to the store."""
        self.health.draining = True
        log.info("stopping")
        await self._running.aclose()

    @property
    def _by_sockets(self) -> bool:
        return self._settings.socket_mode and self._settings.role != "worker"

    async def _open(self, running: AsyncExitStack, slack: SlackClient) -> Parts:
        """Open the store, check both tokens before anything depends on them, and build the parts."""
        settings, timing = self._settings, self._timing
        kore_api = await running.enter_async_context(kore_session(settings, timing))
        kore = kore_client(kore_api, settings, observe=self._credentials.heard)
        running.enter_context(sole_use(settings))
        store = open_store(settings)
        running.callback(store.dispose)
        watch_connections(store, self._metrics)
        identity = await self._reach(slack, store)
        return Parts(
            settings=settings,
            timing=timing,
            metrics=self._metrics,
            slack=slack,
            identity=identity,
            kore=kore,
            store=store,
            sockets=self._sockets,
        )

    async def _reach(self, slack: SlackClient, store: Engine) -> Identity:
        """Wait until both Slack and the store answer; raises `StartError` as soon as either refuses."""
        awaited = self._awaited
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(awaited.answer(STORE, partial(ask_store, store)))
                checking = both.create_task(checked_tokens(slack, self._settings, awaited, self._timing))
        except* StartError as errors:
            raise errors.exceptions[0] from None
        identity = checking.result()
        return replace(identity, app_id=await slack.app_id_of(identity))

    async def _start_jobs(self, running: AsyncExitStack, parts: Parts) -> None:
        """Launch the engine, and adopt the jobs that earlier processes left behind."""
        settings, timing = self._settings, self._timing
        running.push_async_callback(parts.tasks.drain, seconds=0)  # what the last jobs started
        configure_engine(settings, parts.store, timing)
        running.push_async_callback(close_engine, grace=timing.jobs_grace)
        parts.run_jobs()
        # With SQLite, no other process can still be running.
        adopt = partial(
            parts.adoption.adopt, abandoned_after=0 if settings.on_sqlite else timing.abandoned_after
        )
        await launch_engine(parts.pace.declare, *([] if settings.role == "web" else [adopt]))
        _until_stopped(running, parts.pace.keep())
        running.push_async_callback(parts.catalog.close)
        if settings.role != "web":
            _until_stopped(running, parts.adoption.keep())
            delete = partial(delete_old_jobs, keep_days=settings.keep_days)
            _poll(running, delete, every=CLEANUP_INTERVAL)
        running.push_async_callback(parts.tasks.drain, seconds=timing.drain_timeout)

    async def _watch(self, running: AsyncExitStack, parts: Parts) -> None:
        """Load the user groups, and start polling everything that may change."""
        timing = self._timing
        refresh, workers = parts.allow_lists.refresh, parts.workers
        count = partial(count_open_jobs, parts.limits, parts.records, self._metrics)
        await refresh()
        _poll(running, refresh, every=timing.usergroups_poll, first_after=timing.usergroups_poll)
        _poll(running, count, every=timing.backlog_poll)
        _poll(running, workers.look, every=timing.backlog_poll)
        _poll(running, parts.waiting_forms.refresh, every=timing.queue_position_poll)
        _poll(running, self.health.ask_slack, every=timing.token_poll, first_after=timing.token_poll)
        read_lists = partial(parts.catalog.read, patience=SLOT_TIMEOUT)
        check = partial(self._credentials.check, read_lists)
        _poll(running, check, every=timing.kore_check_poll, first_after=timing.kore_check_after)
        self.health.warn_while("worker_missing", lambda: workers.are_missing)
        self.health.warn_while("kore_credentials", lambda: self._credentials.are_refused)

    async def _accept_requests(self, running: AsyncExitStack, parts: Parts) -> None:
        """Take requests over HTTP, or over sockets as soon as the first one is open."""
        self.health.started(parts.enqueuer.can_save)
        if self._by_sockets:
            running.push_async_callback(parts.socket_mode.close)
            running.push_async_callback(parts.tasks.drain, seconds=self._timing.drain_timeout)
            parts.socket_mode.start()
            await self._sockets.wait_connected()
        self._parts = parts
        running.push_async_callback(parts.adapter.close, seconds=self._timing.drain_timeout)

    async def _listen(self, running: AsyncExitStack) -> None:
        settings, timing = self._settings, self._timing
        routes = health_routes(self.health)
        for_prometheus = metrics_routes(self.health, self._metrics.registry)
        if settings.metrics_port is None:
            routes += for_prometheus
        else:
            port = settings.metrics_port
            self.metrics_port = await listen(
                running, for_prometheus, host=settings.host, port=port, timing=timing
            )
        if settings.role != "worker":
            routes.append(web.post("/slack/events", self._handle))
        self.port = await listen(running, routes, host=settings.host, port=settings.port, timing=timing)

    async def _handle(self, request: web.Request) -> web.Response:
        """Answer Slack; before the bot has started, with 503, as if nothing were listening."""
        if self._parts is None:
            return web.Response(status=503, text="starting")
        return await self._parts.adapter.handle_http(request)


async def serve(settings: Settings, *, timing: Timing | None = None) -> None:
    """Run the bot until SIGTERM or SIGINT; raises `StartError`."""
    running = asyncio.create_task(_run(settings, timing))
    _on_stop_signal(running.cancel)
    with suppress(asyncio.CancelledError):  # stopped during startup
        await running


async def _run(settings: Settings, timing: Timing | None) -> None:
    async with Application(settings, timing=timing) as bot:
        _collect_garbage_seldom()
        stop = asyncio.Event()
        _on_stop_signal(stop.set)
        await stop.wait()
        await bot.hand_over()


def _collect_garbage_seldom() -> None:
    """Exempt what lives for good from garbage collection, and collect less often.

    With Python's defaults, saving submissions is slower than plain Bolt, which saves nothing.
    """
    gc.freeze()
    gc.set_threshold(50_000)


def _on_stop_signal(do: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, do)


def _until_stopped(running: AsyncExitStack, work: Coroutine[object, object, None]) -> None:
    """Run something in the background until the bot stops."""
    task = asyncio.create_task(work)
    running.callback(task.cancel)


def _poll(
    running: AsyncExitStack, work: Callable[[], Awaitable[None]], *, every: float, first_after: float = 0
) -> None:
    _until_stopped(running, poll(work, every=every, first_after=first_after))
