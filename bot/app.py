"""Assembly and life cycle: settings → every part → serving → drained.

Each part is built here and nowhere else, from one `Settings` object.
"""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Self

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Engine

from bot.access.allow_lists import AllowLists
from bot.access.backlog import Backlog
from bot.access.gate import Gate
from bot.access.limits import Limits
from bot.access.permission import Permission
from bot.browsing.catalog import Catalog
from bot.browsing.home import HomeTab
from bot.browsing.lists import Browsing
from bot.browsing.taken_names import TakenNames
from bot.clients import kore_client, kore_session, proxy_for, slack_session
from bot.contactlist import ContactListFlow
from bot.errors import SlackError, SlackRefused, SlackUnavailable, StartError
from bot.jobs.adoption import Adoption
from bot.jobs.cleaning import Cleaning
from bot.jobs.engine import close_engine, configure_engine, launch_engine, open_store, sole_use
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.notifying import Notifier
from bot.jobs.pace import Pace
from bot.jobs.rate_limit import RateLimitSlots
from bot.jobs.records import Records
from bot.jobs.workflows import Jobs, run_with
from bot.notify.faults import Faults, tell_of_broken_work
from bot.notify.person import Replies
from bot.notify.queue_positions import WaitingForms
from bot.notify.routes import Delivery
from bot.observe.metrics import Metrics
from bot.operate.health import Health, health_routes, metrics_routes
from bot.operate.server import listen
from bot.settings import Settings
from bot.slack.app import bolt_app
from bot.slack.client import Identity, SlackClient
from bot.slack.http_adapter import HttpAdapter
from bot.slack.socket_mode import SocketMode
from bot.submissions import Submissions
from bot.tasks import Tasks, poll
from bot.timing import Timing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Services:
    """What listeners, jobs and health stand on."""

    slack: SlackClient
    identity: Identity
    access: AllowLists
    gate: Gate
    replies: Replies
    tasks: Tasks
    delivery: Delivery
    records: Records
    pace: Pace
    catalog: Catalog
    home_tab: HomeTab
    jobs: Jobs


class Application:
    """The running bot; `async with` starts and stops it."""

    port: int
    """Where it listens, also when the settings said port 0."""
    metrics_port: int
    """Where Prometheus asks, if that is a port of its own."""
    health: Health

    def __init__(self, settings: Settings, *, timing: Timing | None = None) -> None:
        self._settings = settings
        self._timing = timing or Timing()
        self._metrics = Metrics()
        self._parts = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Check the tokens, start everything; raises `StartError`.

        Each part starts after those that it needs, and they stop in the opposite order. Only what listens
        starts last and stops last: health and metrics are answered to the end.
        """
        async with AsyncExitStack() as parts:
            listening = await parts.enter_async_context(AsyncExitStack())
            slack, identity = await self._connect_to_slack(parts)
            replies = Replies(slack, self._metrics)
            tasks = self._background_tasks(parts, replies)
            store = self._open_store(parts)
            services = await self._services(parts, slack, identity, replies, tasks, store)
            await self._start_jobs(parts, services)
            adapter = self._adapter(self._listeners(parts, services))
            self.health = await self._health(parts, services, adapter)
            await self._listen(listening, adapter)
            parts.push_async_callback(adapter.close, seconds=self._timing.drain_timeout)
            self._access = services.access
            self._parts = parts.pop_all()
        log.info("ready", port=self.port, mode=self._settings.slack_mode, role=self._settings.role)
        return self

    async def hand_over(self) -> None:
        """Ask for no more work, and do what comes until those in front of us have heard of it."""
        self.health.draining = True
        if not self._settings.socket_mode and self._settings.role != "worker":
            log.info("handing_over", seconds=self._timing.hand_over)
            await asyncio.sleep(self._timing.hand_over)

    async def __aexit__(self, *_: object) -> None:
        """Take no more requests, finish what is under way, leave the rest to the store."""
        self.health.draining = True
        log.info("stopping")
        await self._parts.aclose()

    async def refresh_access(self) -> None:
        """Read the members of the allowed user groups again, without waiting for the next poll."""
        await self._access.refresh()

    async def _connect_to_slack(self, parts: AsyncExitStack) -> tuple[SlackClient, Identity]:
        """Make the client, and check both tokens before anything depends on them."""
        settings = self._settings
        session = await parts.enter_async_context(slack_session(settings, self._timing))
        token = settings.slack_bot_token.get_secret_value()
        slack = SlackClient(session, token=token, api_url=settings.slack_api_url, timing=self._timing)
        return slack, await _checked_tokens(slack, settings)

    def _background_tasks(self, parts: AsyncExitStack, replies: Replies) -> Tasks:
        tasks = Tasks(on_error=partial(tell_of_broken_work, replies=replies, metrics=self._metrics))
        parts.push_async_callback(tasks.drain, seconds=0)  # what the last jobs have started
        return tasks

    def _open_store(self, parts: AsyncExitStack) -> Engine:
        """Open the store and set the engine up on it."""
        parts.enter_context(sole_use(self._settings))
        store = open_store(self._settings)
        configure_engine(self._settings, store)
        parts.push_async_callback(close_engine, store, grace=self._timing.jobs_grace)
        return store

    async def _services(
        self,
        parts: AsyncExitStack,
        slack: SlackClient,
        identity: Identity,
        replies: Replies,
        tasks: Tasks,
        store: Engine,
    ) -> _Services:
        """Make what listeners and jobs stand on; of Slack it is asked who is on the allow-lists."""
        settings, timing, metrics = self._settings, self._timing, self._metrics
        kore_api = await parts.enter_async_context(kore_session(settings, timing))
        kore = kore_client(kore_api, settings, timing, observe=metrics.kore_called)
        access = AllowLists(settings, slack.members, timing=timing)
        await access.refresh()
        _until_stopped(parts, access.keep_fresh())
        records = Records(rate_per_minute=settings.kore_rate_per_minute, timing=timing)
        pace = Pace(rate_per_minute=settings.kore_rate_per_minute, timing=timing)
        slots = RateLimitSlots(pace, timing=timing)
        catalog = Catalog(kore, slots, records.queue, timing=timing)
        gate = self._gate(parts, access, records)
        home_tab = HomeTab(slack=slack, gate=gate, tasks=tasks, catalog=catalog, timing=timing)
        notify_channel = settings.notify_channel
        delivery = Delivery(
            slack, bot_name=identity.name, notify_channel=notify_channel, metrics=metrics, timing=timing
        )
        notifier = Notifier(delivery, metrics, on_notified=home_tab.ended, timing=timing)
        jobs = Jobs(
            kore=kore,
            delivery=delivery,
            notifier=notifier,
            enqueuer=Enqueuer(store, timing=timing),
            records=records,
            pace=pace,
            keep_days=settings.keep_days,
            timing=timing,
        )
        run_with(jobs, notifier, slots)
        return _Services(
            slack=slack,
            identity=identity,
            access=access,
            gate=gate,
            replies=replies,
            tasks=tasks,
            delivery=delivery,
            records=records,
            pace=pace,
            catalog=catalog,
            home_tab=home_tab,
            jobs=jobs,
        )

    def _gate(self, parts: AsyncExitStack, access: AllowLists, records: Records) -> Gate:
        settings = self._settings
        limits = Limits(per_minute=settings.submissions_per_minute, open_jobs=settings.open_jobs_limit)
        backlog = Backlog(limits, records, self._metrics)
        _until_stopped(parts, poll(backlog.count, every=self._timing.backlog_poll))
        return Gate(access, limits, contact=settings.admin_contact, metrics=self._metrics)

    async def _start_jobs(self, parts: AsyncExitStack, services: _Services) -> None:
        """Launch the engine, and adopt what processes before us left."""
        timing, keep_days = self._timing, self._settings.keep_days
        await launch_engine(services.pace.declare)
        _until_stopped(parts, services.pace.keep())
        parts.push_async_callback(services.catalog.close)
        if self._settings.role != "web":
            adoption = Adoption(services.jobs, keep_days=keep_days, timing=timing)
            # On SQLite there can be no other process that still runs.
            await adoption.adopt(abandoned_after=0 if self._settings.on_sqlite else timing.abandoned_after)
            _until_stopped(parts, adoption.keep())
            cleaning = Cleaning(keep_days=keep_days, keep_slots=timing.cleanup_interval)
            _until_stopped(parts, poll(cleaning.clean, every=timing.cleanup_interval))
        parts.push_async_callback(services.tasks.drain, seconds=timing.drain_timeout)

    def _listeners(self, parts: AsyncExitStack, services: _Services) -> AsyncApp:
        """Make Bolt's app, and register every listener."""
        settings, timing = self._settings, self._timing
        waiting = WaitingForms(services.records.queue, services.slack, self._metrics, timing=timing)
        _until_stopped(parts, waiting.keep_fresh())
        permission = Permission(services.gate, services.replies, services.tasks)
        browsing = Browsing(
            slack=services.slack,
            gate=services.gate,
            permission=permission,
            replies=services.replies,
            tasks=services.tasks,
            catalog=services.catalog,
            delivery=services.delivery,
            home_tab=services.home_tab,
            timing=timing,
        )
        submissions = Submissions(
            gate=services.gate,
            taken_names=TakenNames(services.catalog, services.records, timing),
            jobs=services.jobs,
            records=services.records,
            waiting_forms=waiting,
            tasks=services.tasks,
        )
        flow = ContactListFlow(
            permission=permission,
            submissions=submissions,
            replies=services.replies,
            delivery=services.delivery,
            browsing=browsing,
            catalog=services.catalog,
            tasks=services.tasks,
        )
        app = bolt_app(
            services.identity,
            token=settings.slack_bot_token.get_secret_value(),
            api_url=settings.slack_api_url,
            on_error=Faults(services.replies, services.tasks).in_listener,
        )
        flow.register(app)
        services.home_tab.register(app)
        browsing.register(app)
        return app

    def _adapter(self, app: AsyncApp) -> HttpAdapter:
        secret = self._settings.slack_signing_secret
        by_http = secret and not self._settings.socket_mode
        signing_secret = secret.get_secret_value() if secret and by_http else None
        return HttpAdapter(app, signing_secret=signing_secret, metrics=self._metrics, timing=self._timing)

    async def _health(self, parts: AsyncExitStack, services: _Services, adapter: HttpAdapter) -> Health:
        """Open the sockets, if Slack comes by them, and watch what readiness depends on."""
        by_socket = self._settings.socket_mode and self._settings.role != "worker"
        socket_mode = await self._open_sockets(parts, services.tasks, adapter) if by_socket else None
        health = Health(services.slack, self._timing, socket_mode=socket_mode)
        _until_stopped(parts, health.keep_asking())
        return health

    async def _open_sockets(self, parts: AsyncExitStack, tasks: Tasks, adapter: HttpAdapter) -> SocketMode:
        token = self._settings.slack_app_token
        socket_mode = SocketMode(
            adapter,
            app_token=token.get_secret_value() if token else "",
            api_url=self._settings.slack_api_url,
            proxy=proxy_for(self._settings.slack_api_url, self._settings),
            tasks=tasks,
            timing=self._timing,
        )
        parts.push_async_callback(socket_mode.close)
        await socket_mode.connect()
        parts.push_async_callback(tasks.drain, seconds=self._timing.drain_timeout)
        return socket_mode

    async def _listen(self, parts: AsyncExitStack, adapter: HttpAdapter) -> None:
        settings, routes = self._settings, health_routes(self.health)
        if settings.metrics_port is None:
            routes += metrics_routes(self._metrics.registry)
        else:
            only = metrics_routes(self._metrics.registry)
            port = settings.metrics_port
            self.metrics_port = await listen(parts, only, host=settings.host, port=port, timing=self._timing)
        if settings.role != "worker":
            routes.append(web.post("/slack/events", adapter.handle_http))
        self.port = await listen(parts, routes, host=settings.host, port=settings.port, timing=self._timing)


async def serve(settings: Settings, *, timing: Timing | None = None) -> None:
    """Run the bot until SIGTERM or SIGINT; raises `StartError`."""
    running = asyncio.create_task(_run(settings, timing))
    _when_told_to_stop(running.cancel)
    with suppress(asyncio.CancelledError):  # stopped while it started
        await running


async def _run(settings: Settings, timing: Timing | None) -> None:
    async with Application(settings, timing=timing) as bot:
        _collect_garbage_seldom()
        stop = asyncio.Event()
        _when_told_to_stop(stop.set)
        await stop.wait()
        await bot.hand_over()


def _collect_garbage_seldom() -> None:
    """Leave out of every collection what stays for good, and collect less often.

    At Python's default, saving submissions falls behind plain Bolt, which saves nothing.
    """
    gc.freeze()
    gc.set_threshold(50_000)


def _when_told_to_stop(do: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, do)


def _until_stopped(parts: AsyncExitStack, work: Coroutine[object, object, None]) -> None:
    """Run something beside everything else until the bot stops."""
    task = asyncio.create_task(work)
    parts.callback(task.cancel)


async def _checked_tokens(slack: SlackClient, settings: Settings) -> Identity:
    """Ask Slack about both tokens, before anything depends on them."""
    variable = "SLACK_BOT_TOKEN"
    try:
        identity = await slack.identify()
        if settings.slack_app_token and settings.socket_mode:
            variable = "SLACK_APP_TOKEN"
            await slack.check_app_token(settings.slack_app_token.get_secret_value())
    except SlackUnavailable as error:
        raise StartError(
            "Slack cannot be reached now: check the network, HTTPS_PROXY and SLACK_API_URL."
        ) from error
    except SlackRefused as error:
        raise StartError(
            f"Slack does not accept {variable} ({error.code}): copy it again from the app's page."
        ) from error
    except SlackError as error:
        raise StartError(f"Slack did not answer ({error.code}): start the bot again in a minute.") from error
    return identity
