"""Assembly and life cycle: settings → every part → serving → drained.

Each part is built here and nowhere else, from one `Settings` object.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Self

import structlog
from aiohttp import web

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

HAND_OVER = 3
"""Seconds for which requests are still taken after `/readyz` has said that no more are wanted."""
DRAIN = 2
"""Seconds for which requests and their follow-ups may finish at shutdown."""

log = structlog.get_logger(__name__)


class Application:
    """The running bot; `async with` starts and stops it."""

    port: int
    """Where it listens, also when the settings said port 0."""
    metrics_port: int
    """Where Prometheus asks, if that is a port of its own."""

    def __init__(self, settings: Settings, *, timing: Timing | None = None) -> None:
        self._settings = settings
        self._timing = timing or Timing()
        self._metrics = Metrics()
        self._tasks = Tasks(on_error=self._work_failed)
        self._parts = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Check the tokens, start everything; raises `StartError`."""
        async with AsyncExitStack() as parts:
            await self._start(parts)
            self._parts = parts.pop_all()
        log.info("ready", port=self.port, mode=self._settings.slack_mode, role=self._settings.role)
        return self

    async def hand_over(self) -> None:
        """Ask for no more work, and do what comes until those in front of us have heard of it."""
        self.health.draining = True
        if not self._settings.socket_mode and self._settings.role != "worker":
            log.info("handing_over", seconds=HAND_OVER)
            await asyncio.sleep(HAND_OVER)

    async def __aexit__(self, *_: object) -> None:
        """Take no more requests, finish what is under way, leave the rest to the store."""
        self.health.draining = True
        log.info("stopping")
        await self._parts.aclose()

    async def refresh_access(self) -> None:
        """Read the members of the allowed user groups again, without waiting for the next time."""
        await self._access.refresh()

    async def _work_failed(self, error: Exception) -> None:
        await tell_of_broken_work(error, self._replies, self._metrics)

    async def _start(self, parts: AsyncExitStack) -> None:
        """Start each part after those that it needs; they stop in the opposite order.

        Only what listens starts last and stops last: whoever watches is answered to the end.
        """
        settings, timing = self._settings, self._timing
        listening = await parts.enter_async_context(AsyncExitStack())
        slack_api = await parts.enter_async_context(slack_session(settings, self._timing))
        kore_api = await parts.enter_async_context(kore_session(settings, self._timing))
        slack = SlackClient(
            slack_api, token=settings.slack_bot_token.get_secret_value(), api_url=settings.slack_api_url
        )
        identity = await _checked_tokens(slack, settings)
        self._replies = Replies(slack, self._metrics)
        self._access = AllowLists(settings, slack.members, timing=self._timing)
        await self._access.refresh()
        _until_stopped(parts, self._access.keep_fresh())

        parts.enter_context(sole_use(settings))
        store = open_store(settings)
        configure_engine(settings, store)
        parts.push_async_callback(close_engine, store, grace=timing.jobs_grace)
        delivery = Delivery(
            slack,
            bot_name=identity.name,
            notify_channel=settings.notify_channel,
            metrics=self._metrics,
            timing=timing,
        )
        kore = kore_client(kore_api, settings, self._timing, observe=self._metrics.kore_called)
        records = Records(rate_per_minute=settings.kore_rate_per_minute, timing=timing)
        pace = Pace(rate_per_minute=settings.kore_rate_per_minute, timing=timing)
        slots = RateLimitSlots(pace, timing=timing)
        catalog = Catalog(kore, slots, records.queue, timing=timing)
        gate = self._gate(parts, records)
        home_tab = HomeTab(slack=slack, gate=gate, tasks=self._tasks, catalog=catalog, timing=timing)
        notifier = Notifier(delivery, self._metrics, on_notified=home_tab.ended, timing=timing)
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
        await launch_engine(pace.declare)
        _until_stopped(parts, pace.keep())
        parts.push_async_callback(catalog.close)
        if settings.role != "web":
            await self._look_after_jobs(parts, jobs)
        parts.push_async_callback(self._tasks.drain, seconds=DRAIN)

        waiting = WaitingForms(records.queue, slack, self._metrics, timing=timing)
        _until_stopped(parts, waiting.keep_fresh())
        permission = Permission(gate, self._replies, self._tasks)
        browsing = Browsing(
            slack=slack,
            gate=gate,
            permission=permission,
            replies=self._replies,
            tasks=self._tasks,
            catalog=catalog,
            delivery=delivery,
            home_tab=home_tab,
            timing=timing,
        )
        submissions = Submissions(
            gate=gate,
            taken_names=TakenNames(catalog, records, timing),
            jobs=jobs,
            records=records,
            waiting_forms=waiting,
            tasks=self._tasks,
        )
        flow = ContactListFlow(
            permission=permission,
            submissions=submissions,
            replies=self._replies,
            delivery=delivery,
            browsing=browsing,
            catalog=catalog,
            tasks=self._tasks,
        )
        bolt = bolt_app(
            identity,
            token=settings.slack_bot_token.get_secret_value(),
            api_url=settings.slack_api_url,
            on_error=Faults(self._replies, self._tasks).in_listener,
        )
        flow.register(bolt)
        home_tab.register(bolt)
        browsing.register(bolt)
        adapter = HttpAdapter(
            bolt, signing_secret=_http_secret(settings), metrics=self._metrics, timing=self._timing
        )
        by_socket = settings.socket_mode and settings.role != "worker"
        socket_mode = await self._connect(parts, adapter) if by_socket else None
        self.health = Health(slack, self._timing, socket_mode=socket_mode)
        _until_stopped(parts, self.health.keep_asking())
        await self._listen(listening, adapter)
        parts.push_async_callback(adapter.close, seconds=DRAIN)

    def _gate(self, parts: AsyncExitStack, records: Records) -> Gate:
        settings = self._settings
        limits = Limits(per_minute=settings.submissions_per_minute, open_jobs=settings.open_jobs_limit)
        backlog = Backlog(limits, records, self._metrics)
        _until_stopped(parts, poll(backlog.count, every=self._timing.backlog_poll))
        return Gate(self._access, limits, contact=settings.admin_contact, metrics=self._metrics)

    async def _look_after_jobs(self, parts: AsyncExitStack, jobs: Jobs) -> None:
        """Adopt what processes before us left; on SQLite there can be no other one that still runs."""
        timing, keep_days = self._timing, self._settings.keep_days
        adoption = Adoption(jobs, keep_days=keep_days, timing=timing)
        await adoption.adopt(abandoned_after=0 if self._settings.on_sqlite else timing.abandoned_after)
        _until_stopped(parts, adoption.keep())
        cleaning = Cleaning(keep_days=keep_days, keep_slots=timing.cleanup_interval)
        _until_stopped(parts, poll(cleaning.clean, every=timing.cleanup_interval))

    async def _connect(self, parts: AsyncExitStack, adapter: HttpAdapter) -> SocketMode:
        token = self._settings.slack_app_token
        socket_mode = SocketMode(
            adapter,
            app_token=token.get_secret_value() if token else "",
            api_url=self._settings.slack_api_url,
            proxy=proxy_for(self._settings.slack_api_url, self._settings),
            tasks=self._tasks,
            timing=self._timing,
        )
        parts.push_async_callback(socket_mode.close)
        await socket_mode.connect()
        parts.push_async_callback(self._tasks.drain, seconds=DRAIN)
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
    with suppress(asyncio.CancelledError):  # told while it started
        await running


async def _run(settings: Settings, timing: Timing | None) -> None:
    async with Application(settings, timing=timing) as bot:
        stop = asyncio.Event()
        _when_told_to_stop(stop.set)
        await stop.wait()
        await bot.hand_over()


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


def _http_secret(settings: Settings) -> str | None:
    secret = settings.slack_signing_secret
    return secret.get_secret_value() if secret and not settings.socket_mode else None
