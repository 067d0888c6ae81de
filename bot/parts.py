"""The assembly: every part of the bot is made here and nowhere else, from one `Settings` object."""

from dataclasses import dataclass
from functools import cached_property, partial

from slack_bolt.async_app import AsyncApp
from sqlalchemy import Engine

from bot.access.allow_lists import AllowLists
from bot.access.backlog import Backlog
from bot.access.gate import Gate
from bot.access.limits import Limits
from bot.access.permission import Permission
from bot.browsing.catalog import Catalog
from bot.browsing.finding import Finder
from bot.browsing.home import HomeTab
from bot.browsing.lists import Browsing
from bot.browsing.taken_names import TakenNames
from bot.contactlist import ContactListFlow
from bot.contacts.decisions import Decisions
from bot.contacts.flow import ContactsFlow
from bot.contacts.lists import Lists
from bot.contacts.source import Source
from bot.contacts.ways_in import WaysIn
from bot.imports import ContactImport
from bot.jobs.adding import Adding
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.failures import Failures
from bot.jobs.imports import Imports
from bot.jobs.notifying import Notifier
from bot.jobs.pace import Pace
from bot.jobs.rate_limit import RateLimitSlots
from bot.jobs.records import Records
from bot.jobs.workers import Workers
from bot.jobs.workflows import Jobs
from bot.kore.client import KoreClient
from bot.notify.faults import Faults, tell_of_broken_work
from bot.notify.imports import ImportDelivery
from bot.notify.person import Replies
from bot.notify.queue_positions import WaitingForms
from bot.notify.routes import Delivery
from bot.observe.metrics import Metrics
from bot.settings import Settings
from bot.slack.app import bolt_app
from bot.slack.client import Identity, SlackClient
from bot.slack.files import WRITE_SCOPE
from bot.slack.http_adapter import HttpAdapter
from bot.slack.open_sockets import OpenSockets
from bot.slack.socket_mode import SocketMode
from bot.submissions import Submissions
from bot.tasks import Tasks
from bot.timing import Timing
from bot.views.app_info import AppInfo


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Every part of one bot, each made when it is first asked for, from the parts that it needs."""

    settings: Settings
    timing: Timing
    metrics: Metrics
    slack: SlackClient
    identity: Identity
    kore: KoreClient
    store: Engine
    sockets: OpenSockets

    @cached_property
    def replies(self) -> Replies:
        return Replies(self.slack, self.metrics)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(
            on_error=partial(
                tell_of_broken_work,
                replies=self.replies,
                metrics=self.metrics,
                contact=self.settings.admin_contact,
            )
        )

    @cached_property
    def records(self) -> Records:
        return Records(rate_per_minute=self.settings.kore_rate_per_minute, timing=self.timing)

    @cached_property
    def pace(self) -> Pace:
        return Pace(
            rate_per_minute=self.settings.kore_rate_per_minute,
            timing=self.timing,
            on_poll=self.metrics.last_poll.set_to_current_time,
        )

    @cached_property
    def slots(self) -> RateLimitSlots:
        return RateLimitSlots(self.pace, timing=self.timing)

    @cached_property
    def access(self) -> AllowLists:
        return AllowLists(
            self.settings, self.slack.members, own_teams=self.identity.teams, timing=self.timing
        )

    @cached_property
    def limits(self) -> Limits:
        settings = self.settings
        return Limits(per_minute=settings.submissions_per_minute, open_jobs=settings.open_jobs_limit)

    @cached_property
    def backlog(self) -> Backlog:
        return Backlog(self.limits, self.records, self.metrics)

    @cached_property
    def workers(self) -> Workers:
        return Workers(self.records, self.metrics, timing=self.timing)

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.access, self.limits, contact=self.settings.admin_contact, metrics=self.metrics)

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog(self.kore, self.slots, self.records.queue, timing=self.timing)

    @cached_property
    def home_tab(self) -> HomeTab:
        return HomeTab(
            slack=self.slack,
            gate=self.gate,
            replies=self.replies,
            tasks=self.tasks,
            catalog=self.catalog,
            failures=self.failures,
            timing=self.timing,
            app=self.app_info,
        )

    @cached_property
    def app_info(self) -> AppInfo:
        return AppInfo(
            contact=self.settings.admin_contact,
            bot_name=self.identity.name,
            console_url=self.settings.kore_console_url,
            add_contacts=self.settings.add_contacts == "on",
        )

    @cached_property
    def delivery(self) -> Delivery:
        return Delivery(
            self.slack,
            app=self.app_info,
            notify_channel=self.settings.notify_channel,
            metrics=self.metrics,
            timing=self.timing,
        )

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(
            self.delivery,
            self.metrics,
            failures=self.failures,
            on_notified=self.home_tab.ended,
            timing=self.timing,
        )

    @cached_property
    def failures(self) -> Failures:
        return Failures(keep_days=self.settings.keep_days)

    @cached_property
    def enqueuer(self) -> Enqueuer:
        return Enqueuer(self.store, timing=self.timing, on_saved=self.metrics.last_save.set_to_current_time)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(
            kore=self.kore,
            delivery=self.delivery,
            notifier=self.notifier,
            enqueuer=self.enqueuer,
            records=self.records,
            pace=self.pace,
            keep_days=self.settings.keep_days,
            timing=self.timing,
        )

    @cached_property
    def source(self) -> Source:
        return Source(files=self.slack.files, contact=self.settings.admin_contact, timing=self.timing)

    @cached_property
    def finder(self) -> Finder:
        return Finder(catalog=self.catalog, gate=self.gate, timing=self.timing)

    @cached_property
    def fillable_lists(self) -> Lists:
        return Lists(catalog=self.catalog, finder=self.finder, timing=self.timing)

    @cached_property
    def ways_in(self) -> WaysIn:
        return WaysIn(
            lists=self.fillable_lists,
            permission=self.permission,
            replies=self.replies,
            tasks=self.tasks,
            country=self.settings.default_country or "",
            is_on=self.app_info.add_contacts,
        )

    @cached_property
    def contacts(self) -> ContactsFlow:
        return ContactsFlow(
            lists=self.fillable_lists,
            ways_in=self.ways_in,
            source=self.source,
            files=self.slack.files,
            imports=self.imports,
            gate=self.gate,
            replies=self.replies,
            tasks=self.tasks,
            timing=self.timing,
            chunk_size=self.settings.contacts_per_call,
            can_send_files=WRITE_SCOPE in self.identity.scopes,
        )

    @cached_property
    def decisions(self) -> Decisions:
        return Decisions(
            gate=self.gate,
            permission=self.permission,
            imports=self.imports,
            replies=self.replies,
            tasks=self.tasks,
        )

    def _import_ended(self, importing: ContactImport) -> None:
        self.source.forget(importing)
        self.catalog.changed(importing.list_id)

    @cached_property
    def imports(self) -> Imports:
        adding = Adding(
            kore=self.kore, read_chunk=self.source.chunk, records=self.records, timing=self.timing
        )
        return Imports(
            adding=adding,
            on_ended=self._import_ended,
            delivery=ImportDelivery(
                slack=self.slack, delivery=self.delivery, find_summary=self.records.creation_of
            ),
            enqueuer=self.enqueuer,
            records=self.records,
            pace=self.pace,
            metrics=self.metrics,
            rate_per_minute=self.settings.kore_rate_per_minute,
            timing=self.timing,
        )

    def run_jobs(self) -> None:
        """Let these parts run the workflows of this process: the engine has one bot at a time."""
        Jobs.running, Imports.running = self.jobs, self.imports
        Notifier.running, RateLimitSlots.running = self.notifier, self.slots

    @cached_property
    def waiting_forms(self) -> WaitingForms:
        return WaitingForms(self.records.queue, self.slack, self.metrics, timing=self.timing)

    @cached_property
    def permission(self) -> Permission:
        return Permission(self.gate, self.replies, self.tasks)

    @cached_property
    def browsing(self) -> Browsing:
        return Browsing(
            gate=self.gate,
            jobs=self.jobs,
            permission=self.permission,
            replies=self.replies,
            tasks=self.tasks,
            catalog=self.catalog,
            finder=self.finder,
            delivery=self.delivery,
            home_tab=self.home_tab,
            timing=self.timing,
            made_by=self.records.made_by,
            add_contacts=self.ways_in.add_to,
        )

    @cached_property
    def submissions(self) -> Submissions:
        return Submissions(
            gate=self.gate,
            taken_names=TakenNames(self.catalog, self.records, self.timing),
            jobs=self.jobs,
            records=self.records,
            waiting_forms=self.waiting_forms,
            tasks=self.tasks,
        )

    @cached_property
    def flow(self) -> ContactListFlow:
        return ContactListFlow(
            permission=self.permission,
            submissions=self.submissions,
            replies=self.replies,
            delivery=self.delivery,
            browsing=self.browsing,
            ways_in=self.ways_in,
            catalog=self.catalog,
            tasks=self.tasks,
        )

    @cached_property
    def bolt(self) -> AsyncApp:
        app = bolt_app(
            self.identity,
            token=self.settings.slack_bot_token.get_secret_value(),
            api_url=self.settings.slack_api_url,
            on_error=Faults(self.replies, self.tasks, self.settings.admin_contact).in_listener,
        )
        self.flow.register(app)
        self.home_tab.register(app)
        self.browsing.register(app)
        self.ways_in.register(app)
        self.contacts.register(app)
        self.decisions.register(app)
        return app

    @cached_property
    def adapter(self) -> HttpAdapter:
        secret = self.settings.slack_signing_secret
        by_http = secret and not self.settings.socket_mode
        signing_secret = secret.get_secret_value() if secret and by_http else None
        return HttpAdapter(self.bolt, signing_secret=signing_secret, metrics=self.metrics, timing=self.timing)

    @cached_property
    def socket_mode(self) -> SocketMode:
        token = self.settings.slack_app_token
        return SocketMode(
            self.adapter,
            slack=self.slack,
            sockets=self.sockets,
            app_token=token.get_secret_value() if token else "",
            tasks=self.tasks,
            timing=self.timing,
        )
