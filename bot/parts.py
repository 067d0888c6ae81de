"""The assembly: every part of the bot is made here and nowhere else. `Parts` is the table of contents."""

from dataclasses import dataclass
from functools import partial

from slack_bolt.async_app import AsyncApp
from sqlalchemy import Engine

from bot.access.allow_lists import AllowLists
from bot.access.gate import Gate
from bot.access.limits import Limits
from bot.access.permission import Permission
from bot.browsing.catalog import Catalog
from bot.browsing.finding import Finder
from bot.browsing.home import HomeTab
from bot.browsing.lists import Browsing
from bot.browsing.posting import Posting
from bot.browsing.taken_names import TakenNames
from bot.contact_import import ContactImport
from bot.contactlist import ContactListFlow
from bot.contacts.decisions import Decisions
from bot.contacts.entry_points import EntryPoints
from bot.contacts.flow import ContactsFlow
from bot.contacts.source import Source
from bot.jobs.adoption import Adoption
from bot.jobs.claims import Claims
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.import_calls import ImportCalls
from bot.jobs.import_records import ImportRecords
from bot.jobs.import_workflows import Imports
from bot.jobs.notifying import Notifier
from bot.jobs.pace import Pace
from bot.jobs.rate_limit import RateLimitSlots
from bot.jobs.records import Records
from bot.jobs.workers import Workers
from bot.jobs.workflows import Jobs
from bot.kore.client import KoreClient
from bot.listeners import Listeners
from bot.models import Created, Notification
from bot.notify.faults import Faults, notify_of_broken_work
from bot.notify.import_delivery import ImportDelivery
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
class Resources:
    """What a bot is made from: its settings, its clients and its store."""

    settings: Settings
    timing: Timing
    metrics: Metrics
    slack: SlackClient
    identity: Identity
    kore: KoreClient
    store: Engine
    sockets: OpenSockets


class Parts:
    """Every part of one bot; the life cycle starts, polls and stops them."""

    def __init__(self, resources: Resources) -> None:
        """Make each from those above it."""
        self.people = People(resources)
        self.storage = Storage(resources)
        self.reading = ReadingLists(resources, self.people, self.storage)
        self.creating = CreatingLists(resources, self.people, self.storage, self.reading)
        self.filling = FillingLists(resources, self.people, self.storage, self.reading)
        self.notifier = _notifier(resources, self)
        self.adoption = _adoption(resources, self)
        self.requests = Requests(resources, self.people, _listening_app(resources, self))

    def run_jobs(self) -> None:
        """Let these parts run the workflows of this process: the engine has one bot at a time."""
        Jobs.running, Imports.running = self.creating.jobs, self.filling.imports
        Notifier.running, RateLimitSlots.running = self.notifier, self.storage.slots


class People:
    """Who may use the bot and how much, and how they are answered."""

    def __init__(self, resources: Resources) -> None:
        """Make the gate and what is behind it."""
        settings, slack, metrics = resources.settings, resources.slack, resources.metrics
        contact = settings.admin_contact
        self.app = AppInfo(
            contact=contact,
            bot_name=resources.identity.name,
            console_url=settings.kore_console_url,
            add_contacts=settings.add_contacts == "on",
        )
        self.replies = replies = Replies(slack, metrics)
        self.tasks = Tasks(
            on_error=partial(notify_of_broken_work, replies=replies, metrics=metrics, contact=contact)
        )
        self.allow_lists = AllowLists(settings, slack.members, own_teams=resources.identity.teams)
        self.limits = Limits(per_minute=settings.submissions_per_minute, open_jobs=settings.open_jobs_limit)
        self.gate = Gate(self.allow_lists, self.limits, contact=contact, metrics=metrics)


class Storage:
    """What the store holds, and how often Kore.ai may be called."""

    def __init__(self, resources: Resources) -> None:
        """Make what saves, reads and counts."""
        self.store, timing, metrics = resources.store, resources.timing, resources.metrics
        rate, keep_days = resources.settings.kore_rate_per_minute, resources.settings.keep_days
        self.records = Records(rate_per_minute=rate, timing=timing)
        self.workers = Workers(metrics, timing=timing)
        self.enqueuer = Enqueuer(self.store, timing=timing, on_saved=metrics.last_save.set_to_current_time)
        self.pace = Pace(rate_per_minute=rate, timing=timing, on_poll=metrics.last_poll.set_to_current_time)
        self.slots = RateLimitSlots(self.pace, timing=timing)
        self.claims = Claims(self.enqueuer, self.records, keep_days=keep_days, timing=timing)


class ReadingLists:
    """Which lists there are."""

    def __init__(self, resources: Resources, people: People, storage: Storage) -> None:
        """Make what knows them, finds one, and shows them in the Home tab."""
        timing = resources.timing
        self.catalog = Catalog(resources.kore, storage.slots, storage.records.queue, timing=timing)
        self.finder = Finder(catalog=self.catalog, gate=people.gate, timing=timing)
        self.home_tab = HomeTab(
            slack=resources.slack,
            gate=people.gate,
            replies=people.replies,
            tasks=people.tasks,
            catalog=self.catalog,
            timing=timing,
            app=people.app,
        )


class CreatingLists:
    """Creating a list: from the form to the summary in the channel."""

    def __init__(self, resources: Resources, people: People, storage: Storage, reading: ReadingLists) -> None:
        """Make the jobs, what saves them, and what people are shown of them."""
        slack, metrics, timing = resources.slack, resources.metrics, resources.timing
        channel, records = resources.settings.notify_channel, storage.records
        self.delivery = Delivery(
            slack, app=people.app, notify_channel=channel, metrics=metrics, timing=timing
        )
        self.jobs = Jobs(
            kore=resources.kore,
            delivery=self.delivery,
            enqueuer=storage.enqueuer,
            records=records,
            claims=storage.claims,
            pace=storage.pace,
            timing=timing,
        )
        self.waiting_forms = WaitingForms(records.queue, slack, metrics, timing=timing)
        self.submissions = Submissions(
            gate=people.gate,
            taken_names=TakenNames(reading.catalog, records, storage.claims, timing),
            jobs=self.jobs,
            records=records,
            waiting_forms=self.waiting_forms,
            tasks=people.tasks,
        )


class FillingLists:
    """Filling a list with contacts: from the file to the report."""

    def __init__(self, resources: Resources, people: People, storage: Storage, reading: ReadingLists) -> None:
        """Make the jobs, and what people do in Slack before them and meanwhile."""
        settings, slack, timing = resources.settings, resources.slack, resources.timing
        records, find_summary = ImportRecords(timing), storage.claims.creation_of
        self.source = source = Source(files=slack.files, contact=settings.admin_contact, timing=timing)
        self.delivery = ImportDelivery(
            slack=slack, metrics=resources.metrics, timing=timing, find_summary=find_summary, app=people.app
        )
        self.imports = Imports(
            calls=ImportCalls(kore=resources.kore, read_chunk=source.chunk, records=records, timing=timing),
            delivery=self.delivery,
            enqueuer=storage.enqueuer,
            records=records,
            pace=storage.pace,
            rate_per_minute=settings.kore_rate_per_minute,
            keep_days=settings.keep_days,
            timing=timing,
        )
        self.entry_points = EntryPoints(
            finder=reading.finder,
            imports=self.imports,
            replies=people.replies,
            tasks=people.tasks,
            country=settings.default_country or "",
            is_on=people.app.add_contacts,
        )
        self.flow = ContactsFlow(
            finder=reading.finder,
            source=source,
            files=slack.files,
            imports=self.imports,
            gate=people.gate,
            replies=people.replies,
            tasks=people.tasks,
            timing=timing,
            chunk_size=settings.contacts_per_call,
            can_send_files=WRITE_SCOPE in resources.identity.scopes,
        )
        self.decisions = Decisions(
            gate=people.gate, imports=self.imports, replies=people.replies, tasks=people.tasks
        )


class Requests:
    """What comes from Slack, by HTTP or by sockets."""

    def __init__(self, resources: Resources, people: People, bolt: AsyncApp) -> None:
        """Make both ways to Bolt's app."""
        settings, timing = resources.settings, resources.timing
        secret, app_token = settings.slack_signing_secret, settings.slack_app_token
        self.adapter = HttpAdapter(
            bolt,
            signing_secret=secret.get_secret_value() if secret and not settings.socket_mode else None,
            metrics=resources.metrics,
            timing=timing,
        )
        self.socket_mode = SocketMode(
            self.adapter,
            slack=resources.slack,
            sockets=resources.sockets,
            app_token=app_token.get_secret_value() if app_token else "",
            tasks=people.tasks,
            timing=timing,
        )


def _notifier(resources: Resources, parts: Parts) -> Notifier:
    """Make what tells people, and then this process, how a submission or an import ended."""
    catalog = parts.reading.catalog

    def submission_ended(notification: Notification) -> None:
        if isinstance(notification.outcome, Created):
            catalog.add(notification.outcome.contact_list)
        parts.reading.home_tab.ended(notification)

    def import_ended(importing: ContactImport) -> None:
        parts.filling.source.forget(importing)
        catalog.changed(importing.list_id)

    return Notifier(
        delivery=parts.creating.delivery,
        import_delivery=parts.filling.delivery,
        on_ended=submission_ended,
        on_import_ended=import_ended,
        metrics=resources.metrics,
        keep_days=resources.settings.keep_days,
        timing=resources.timing,
    )


def _adoption(resources: Resources, parts: Parts) -> Adoption:
    """Make what carries on the jobs that a process has left."""
    jobs, imports, keep_days = parts.creating.jobs, parts.filling.imports, resources.settings.keep_days
    return Adoption(jobs, imports, parts.notifier, keep_days=keep_days, timing=resources.timing)


def _listening_app(resources: Resources, parts: Parts) -> AsyncApp:
    """Make Bolt's app, with every listener."""
    settings, people = resources.settings, parts.people
    app = bolt_app(
        resources.identity,
        token=settings.slack_bot_token.get_secret_value(),
        api_url=settings.slack_api_url,
        on_error=Faults(people.replies, people.tasks, settings.admin_contact).in_listener,
    )
    browsing = _browsing(resources, parts)
    Listeners(
        permission=Permission(people.gate, people.replies, people.tasks),
        flow=_flow(parts, browsing),
        browsing=browsing,
        home_tab=parts.reading.home_tab,
        posting=_posting(resources, parts),
        entry_points=parts.filling.entry_points,
        contacts=parts.filling.flow,
        decisions=parts.filling.decisions,
    ).register(app)
    return app


def _browsing(resources: Resources, parts: Parts) -> Browsing:
    return Browsing(
        claims=parts.storage.claims,
        replies=parts.people.replies,
        tasks=parts.people.tasks,
        catalog=parts.reading.catalog,
        finder=parts.reading.finder,
        home_tab=parts.reading.home_tab,
        timing=resources.timing,
        app=parts.people.app,
        add_contacts=parts.filling.entry_points.add_to,
    )


def _posting(resources: Resources, parts: Parts) -> Posting:
    return Posting(
        finder=parts.reading.finder,
        delivery=parts.creating.delivery,
        gate=parts.people.gate,
        claims=parts.storage.claims,
        replies=parts.people.replies,
        tasks=parts.people.tasks,
        timing=resources.timing,
        app=parts.people.app,
    )


def _flow(parts: Parts, browsing: Browsing) -> ContactListFlow:
    return ContactListFlow(
        gate=parts.people.gate,
        submissions=parts.creating.submissions,
        replies=parts.people.replies,
        delivery=parts.creating.delivery,
        browsing=browsing,
        entry_points=parts.filling.entry_points,
        catalog=parts.reading.catalog,
        pace=parts.storage.pace,
        tasks=parts.people.tasks,
        app=parts.people.app,
    )
