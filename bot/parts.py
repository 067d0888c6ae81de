"""The assembly: every part of the bot is created here and nowhere else. `Parts` is the table of contents."""

from functools import partial

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
from bot.listeners import register
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


class Parts:
    """Every part of one bot; the life cycle starts, polls and stops them."""

    def __init__(  # noqa: PLR0913 - keyword-only, what a bot is made from
        self,
        *,
        settings: Settings,
        timing: Timing,
        metrics: Metrics,
        slack: SlackClient,
        identity: Identity,
        kore: KoreClient,
        store: Engine,
        sockets: OpenSockets,
    ) -> None:
        """Create each part from those above it."""
        contact, keep_days, rate = settings.admin_contact, settings.keep_days, settings.kore_rate_per_minute

        # Who may use the bot and how much, and how they are answered
        app = AppInfo(
            contact=contact,
            bot_name=identity.name,
            console_url=settings.kore_console_url,
            add_contacts=settings.add_contacts == "on",
        )
        replies = Replies(slack, metrics)
        self.tasks = tasks = Tasks(
            on_error=partial(notify_of_broken_work, replies=replies, metrics=metrics, contact=contact)
        )
        self.allow_lists = AllowLists(settings, slack.members, own_teams=identity.teams)
        self.limits = Limits(per_minute=settings.submissions_per_minute, open_jobs=settings.open_jobs_limit)
        gate = Gate(self.allow_lists, self.limits, contact=contact, metrics=metrics)

        # What the store holds, and how often Kore.ai may be called
        self.store = store
        self.records = records = Records(rate_per_minute=rate, timing=timing)
        self.workers = Workers(metrics, timing=timing)
        self.enqueuer = enqueuer = Enqueuer(
            self.store, timing=timing, on_saved=metrics.last_save.set_to_current_time
        )
        self.pace = pace = Pace(
            rate_per_minute=rate, timing=timing, on_poll=metrics.last_poll.set_to_current_time
        )
        self.slots = RateLimitSlots(pace, timing=timing)
        claims = Claims(enqueuer, records, keep_days=keep_days, timing=timing)

        # Which lists exist
        self.catalog = catalog = Catalog(kore, self.slots, records.queue, timing=timing)
        finder = Finder(catalog=catalog, gate=gate, timing=timing, app=app)
        self.home_tab = HomeTab(
            slack=slack, gate=gate, replies=replies, tasks=tasks, catalog=catalog, timing=timing, app=app
        )

        # Creating a list: from the form to the summary in the channel
        delivery = Delivery(
            slack, app=app, notify_channel=settings.notify_channel, metrics=metrics, timing=timing
        )
        self.jobs = Jobs(
            kore=kore,
            delivery=delivery,
            enqueuer=enqueuer,
            records=records,
            claims=claims,
            pace=pace,
            timing=timing,
        )
        self.waiting_forms = WaitingForms(records.queue, slack, metrics, timing=timing)
        submissions = Submissions(
            gate=gate,
            taken_names=TakenNames(catalog, records, claims, timing),
            jobs=self.jobs,
            records=records,
            waiting_forms=self.waiting_forms,
            tasks=tasks,
        )

        # Filling a list with contacts: from the file to the report
        self.source = source = Source(files=slack.files, contact=contact, timing=timing)
        import_records = ImportRecords(timing)
        import_delivery = ImportDelivery(
            slack=slack, metrics=metrics, timing=timing, find_summary=claims.creation_of, app=app
        )
        self.imports = imports = Imports(
            calls=ImportCalls(kore=kore, read_chunk=source.chunk, records=import_records, timing=timing),
            delivery=import_delivery,
            enqueuer=enqueuer,
            records=import_records,
            pace=pace,
            rate_per_minute=rate,
            keep_days=keep_days,
            timing=timing,
        )
        entry_points = EntryPoints(
            finder=finder,
            imports=imports,
            replies=replies,
            tasks=tasks,
            country=settings.default_country or "",
            is_on=app.add_contacts,
        )
        contacts = ContactsFlow(
            finder=finder,
            source=source,
            files=slack.files,
            imports=imports,
            gate=gate,
            replies=replies,
            tasks=tasks,
            timing=timing,
            chunk_size=settings.contacts_per_call,
            can_send_files=WRITE_SCOPE in identity.scopes,
            is_on=app.add_contacts,
        )

        # Telling people, and this process, how a job ended; what another process left behind
        self.notifier = Notifier(
            delivery=delivery,
            import_delivery=import_delivery,
            on_created=catalog.add,
            on_ended=self.home_tab.ended,
            on_import_ended=self._import_ended,
            metrics=metrics,
            keep_days=keep_days,
            timing=timing,
        )
        self.adoption = Adoption(self.jobs, imports, self.notifier, keep_days=keep_days, timing=timing)

        # What comes from Slack, over HTTP or over sockets
        browsing = Browsing(
            claims=claims,
            replies=replies,
            tasks=tasks,
            catalog=catalog,
            finder=finder,
            home_tab=self.home_tab,
            timing=timing,
            app=app,
            add_contacts=entry_points.add_to,
        )
        bolt = bolt_app(
            identity,
            token=settings.slack_bot_token.get_secret_value(),
            api_url=settings.slack_api_url,
            on_error=Faults(replies, tasks, contact).in_listener,
        )
        register(
            bolt,
            permission=Permission(gate, replies, tasks),
            flow=ContactListFlow(
                gate=gate,
                submissions=submissions,
                replies=replies,
                delivery=delivery,
                browsing=browsing,
                entry_points=entry_points,
                catalog=catalog,
                pace=pace,
                tasks=tasks,
                app=app,
            ),
            browsing=browsing,
            home_tab=self.home_tab,
            posting=Posting(
                finder=finder,
                delivery=delivery,
                gate=gate,
                claims=claims,
                replies=replies,
                tasks=tasks,
                timing=timing,
                app=app,
            ),
            entry_points=entry_points,
            contacts=contacts,
            decisions=Decisions(gate=gate, imports=imports, replies=replies, tasks=tasks),
        )
        secret, app_token = settings.slack_signing_secret, settings.slack_app_token
        self.adapter = HttpAdapter(
            bolt,
            signing_secret=secret.get_secret_value() if secret and not settings.socket_mode else None,
            metrics=metrics,
            timing=timing,
        )
        self.socket_mode = SocketMode(
            self.adapter,
            slack=slack,
            sockets=sockets,
            app_token=app_token.get_secret_value() if app_token else "",
            tasks=tasks,
            timing=timing,
        )

    def run_jobs(self) -> None:
        """Let these parts run this process's workflows: the engine has one bot at a time."""
        Jobs.running, Imports.running = self.jobs, self.imports
        Notifier.running, RateLimitSlots.running = self.notifier, self.slots

    def _import_ended(self, importing: ContactImport) -> None:
        self.source.forget(importing)
        self.catalog.changed(importing.list_id)
