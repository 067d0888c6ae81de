"""The assembly: every part of the bot is made here and nowhere else, from one `Settings` object."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from bot.access.allow_lists import AllowLists
from bot.access.backlog import count_open_jobs
from bot.access.gate import Gate
from bot.access.limits import Limits
from bot.access.permission import Permission
from bot.browsing.catalog import Catalog
from bot.browsing.finding import Finder
from bot.browsing.home import HomeTab
from bot.browsing.lists import Browsing
from bot.browsing.posting import Posting
from bot.browsing.taken_names import TakenNames
from bot.contactlist import ContactListFlow
from bot.contacts.decisions import Decisions
from bot.contacts.flow import ContactsFlow
from bot.contacts.source import Source
from bot.contacts.ways_in import WaysIn
from bot.imports import ContactImport
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
class Parts:
    """What the life cycle starts, polls and stops."""

    store: Engine
    tasks: Tasks
    access: AllowLists
    count_open_jobs: Callable[[], Awaitable[None]]
    workers: Workers
    enqueuer: Enqueuer
    pace: Pace
    slots: RateLimitSlots
    notifier: Notifier
    jobs: Jobs
    imports: Imports
    catalog: Catalog
    waiting_forms: WaitingForms
    adapter: HttpAdapter
    socket_mode: SocketMode

    def run_jobs(self) -> None:
        """Let these parts run the workflows of this process: the engine has one bot at a time."""
        Jobs.running, Imports.running = self.jobs, self.imports
        Notifier.running, RateLimitSlots.running = self.notifier, self.slots


def make_parts(  # noqa: PLR0913 - all that a bot is made from
    *,
    settings: Settings,
    timing: Timing,
    metrics: Metrics,
    slack: SlackClient,
    identity: Identity,
    kore: KoreClient,
    store: Engine,
    sockets: OpenSockets,
) -> Parts:
    """Make every part of one bot, each from those above it."""
    contact, rate = settings.admin_contact, settings.kore_rate_per_minute
    app_info = AppInfo(
        contact=contact,
        bot_name=identity.name,
        console_url=settings.kore_console_url,
        add_contacts=settings.add_contacts == "on",
    )
    replies = Replies(slack, metrics)
    tasks = Tasks(on_error=partial(notify_of_broken_work, replies=replies, metrics=metrics, contact=contact))

    # Who may use it, and how much
    access = AllowLists(settings, slack.members, own_teams=identity.teams)
    limits = Limits(per_minute=settings.submissions_per_minute, open_jobs=settings.open_jobs_limit)
    gate = Gate(access, limits, contact=contact, metrics=metrics)

    # What the store holds, and what it limits
    records = Records(rate_per_minute=rate, timing=timing)
    workers = Workers(metrics, timing=timing)
    enqueuer = Enqueuer(store, timing=timing, on_saved=metrics.last_save.set_to_current_time)
    pace = Pace(rate_per_minute=rate, timing=timing, on_poll=metrics.last_poll.set_to_current_time)
    slots = RateLimitSlots(pace, timing=timing)
    claims = Claims(enqueuer, records, keep_days=settings.keep_days, timing=timing)

    # Which lists there are
    catalog = Catalog(kore, slots, records.queue, timing=timing)
    finder = Finder(catalog=catalog, gate=gate, timing=timing)
    home_tab = HomeTab(
        slack=slack,
        gate=gate,
        replies=replies,
        tasks=tasks,
        catalog=catalog,
        timing=timing,
        app=app_info,
    )

    # Creating a list
    delivery = Delivery(
        slack, app=app_info, notify_channel=settings.notify_channel, metrics=metrics, timing=timing
    )
    jobs = Jobs(
        kore=kore,
        delivery=delivery,
        enqueuer=enqueuer,
        records=records,
        claims=claims,
        pace=pace,
        timing=timing,
    )

    # Filling one
    source = Source(files=slack.files, contact=contact, timing=timing)
    import_delivery = ImportDelivery(
        slack=slack, metrics=metrics, timing=timing, find_summary=claims.creation_of, app=app_info
    )
    import_records = ImportRecords(timing)
    imports = Imports(
        calls=ImportCalls(kore=kore, read_chunk=source.chunk, records=import_records, timing=timing),
        delivery=import_delivery,
        enqueuer=enqueuer,
        records=import_records,
        pace=pace,
        rate_per_minute=rate,
        keep_days=settings.keep_days,
        timing=timing,
    )

    # How both end
    def submission_ended(notification: Notification) -> None:
        if isinstance(notification.outcome, Created):
            catalog.add(notification.outcome.contact_list)
        home_tab.ended(notification)

    def import_ended(importing: ContactImport) -> None:
        source.forget(importing)
        catalog.changed(importing.list_id)

    notifier = Notifier(
        delivery=delivery,
        import_delivery=import_delivery,
        on_ended=submission_ended,
        on_import_ended=import_ended,
        metrics=metrics,
        keep_days=settings.keep_days,
        timing=timing,
    )

    # What a person does in Slack
    ways_in = WaysIn(
        finder=finder,
        imports=imports,
        replies=replies,
        tasks=tasks,
        country=settings.default_country or "",
        is_on=app_info.add_contacts,
    )
    contacts = ContactsFlow(
        finder=finder,
        ways_in=ways_in,
        source=source,
        files=slack.files,
        imports=imports,
        gate=gate,
        replies=replies,
        tasks=tasks,
        timing=timing,
        chunk_size=settings.contacts_per_call,
        can_send_files=WRITE_SCOPE in identity.scopes,
    )
    decisions = Decisions(gate=gate, imports=imports, replies=replies, tasks=tasks)
    browsing = Browsing(
        claims=claims,
        replies=replies,
        tasks=tasks,
        catalog=catalog,
        finder=finder,
        home_tab=home_tab,
        timing=timing,
        app=app_info,
        add_contacts=ways_in.add_to,
    )
    posting = Posting(
        finder=finder,
        delivery=delivery,
        gate=gate,
        claims=claims,
        replies=replies,
        tasks=tasks,
        timing=timing,
        app=app_info,
    )
    waiting_forms = WaitingForms(records.queue, slack, metrics, timing=timing)
    submissions = Submissions(
        gate=gate,
        taken_names=TakenNames(catalog, records, claims, timing),
        jobs=jobs,
        records=records,
        waiting_forms=waiting_forms,
        tasks=tasks,
    )
    flow = ContactListFlow(
        gate=gate,
        submissions=submissions,
        replies=replies,
        delivery=delivery,
        browsing=browsing,
        ways_in=ways_in,
        catalog=catalog,
        pace=pace,
        tasks=tasks,
        app=app_info,
    )
    bolt = bolt_app(
        identity,
        token=settings.slack_bot_token.get_secret_value(),
        api_url=settings.slack_api_url,
        on_error=Faults(replies, tasks, contact).in_listener,
    )
    Listeners(
        permission=Permission(gate, replies, tasks),
        flow=flow,
        browsing=browsing,
        home_tab=home_tab,
        posting=posting,
        ways_in=ways_in,
        contacts=contacts,
        decisions=decisions,
    ).register(bolt)

    # What comes from Slack, by HTTP or by sockets
    secret, app_token = settings.slack_signing_secret, settings.slack_app_token
    adapter = HttpAdapter(
        bolt,
        signing_secret=secret.get_secret_value() if secret and not settings.socket_mode else None,
        metrics=metrics,
        timing=timing,
    )
    socket_mode = SocketMode(
        adapter,
        slack=slack,
        sockets=sockets,
        app_token=app_token.get_secret_value() if app_token else "",
        tasks=tasks,
        timing=timing,
    )
    return Parts(
        store=store,
        tasks=tasks,
        access=access,
        count_open_jobs=partial(count_open_jobs, limits, records, metrics),
        workers=workers,
        enqueuer=enqueuer,
        pace=pace,
        slots=slots,
        notifier=notifier,
        jobs=jobs,
        imports=imports,
        catalog=catalog,
        waiting_forms=waiting_forms,
        adapter=adapter,
        socket_mode=socket_mode,
    )
