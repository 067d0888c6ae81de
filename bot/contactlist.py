"""The flow, in the order of the story: command → form → submission → job → summary, and the buttons.

Read this first. Handlers acknowledge exactly once, as the last thing that they do, and nothing that can raise
follows. Whatever waits for Slack is handed to `Tasks` before that, so that no acknowledgement waits for it.
"""

import time
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck

from bot.access.gate import Gate
from bot.browsing.catalog import Catalog
from bot.browsing.lists import Browsing
from bot.browsing.taken_names import TakenNames
from bot.errors import SlackError, SlackUnavailable, StoreUnavailable
from bot.jobs.records import Records
from bot.jobs.workflows import Jobs
from bot.models import Submission
from bot.notify.person import Person
from bot.notify.queue_positions import WaitingForms
from bot.notify.routes import Delivery
from bot.observe.logs import about, reference
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.slack.payloads import BlockActions, Command, Shortcut, ViewSubmission
from bot.slack.router import Router
from bot.tasks import Tasks
from bot.views import outcome as messages
from bot.views import sentences
from bot.views.blocks import Json
from bot.views.form import (
    CHECK_AGAIN,
    FORM,
    NAME,
    TRY_AGAIN,
    FormContext,
    FormValues,
    LookupRequest,
    contact_list_form,
    read_command_text,
    read_submission,
)
from bot.views.home import CREATE
from bot.views.rows import read_browsing

SHORTCUT = "create_contact_list"
SHORTCUT_NAME = "Create contact list"
SLOW_SAVE = 0.2
"""Seconds of saving after which the job may have ended before its submission is acknowledged."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ContactListFlow:
    """Everything that the handlers need."""

    slack: SlackClient
    jobs: Jobs
    records: Records
    gate: Gate
    tasks: Tasks
    delivery: Delivery
    waiting: WaitingForms
    metrics: Metrics
    catalog: Catalog
    browsing: Browsing
    taken_names: TakenNames

    def register(self, router: Router) -> None:
        """Say which handler answers what."""
        router.command(sentences.COMMAND, self.typed_command)
        router.view(FORM, self.submitted_form)
        router.shortcut(SHORTCUT, self.chose_shortcut)
        router.action(TRY_AGAIN, self.pressed_try_again)
        router.action(CHECK_AGAIN, self.pressed_check_again)
        router.action(CREATE, self.pressed_create)

    async def typed_command(self, ack: AsyncAck, command: Command) -> None:
        """`/contactlist NAME`: open the form with the name filled in."""
        person = Person.of(command)
        if refused := self.gate.refuses(command.user_id, command.channel_id):
            await ack(refused)
        elif command.text.strip().lower() == "help":
            await ack(sentences.help_text())
        elif browse := read_browsing(command.text):
            self.browsing.typed(command, browse)
            await ack()
        else:
            self.tasks.start(self._open_named(command, person))
            await ack()

    async def submitted_form(self, ack: AsyncAck, submission: ViewSubmission) -> None:
        """*Create list*: check everything, save the job, and only then acknowledge."""
        submitted = read_submission(submission, now=time.time())
        if not isinstance(submitted, Submission):
            await ack(response_action="errors", errors=submitted)
        elif problems := self.gate.refuses_submission(submitted):
            await ack(response_action="errors", errors=problems)
        elif problem := await self.taken_names.problem(submitted):
            await ack(response_action="errors", errors={NAME: problem})
        elif not (saved := await self._saved(submitted)):
            await ack(response_action="errors", errors={NAME: sentences.NOT_SAVED})
        else:
            changed = not saved.is_same_request(submitted)
            await ack(response_action="update", view=messages.creating_view(saved, changed=changed))

    async def chose_shortcut(self, ack: AsyncAck, shortcut: Shortcut) -> None:
        """*Create contact list*, the shortcut: open the empty form."""
        person = Person.of(shortcut)
        if refused := self.gate.refuses(person.user_id):
            self.tasks.start(person.hear(self.slack, refused))
        else:
            sorry = sentences.form_did_not_open_from(SHORTCUT_NAME)
            context = FormContext(reference=reference())
            self.tasks.start(self._open(shortcut.trigger_id, FormValues(), context, person, sorry))
        await ack()

    async def pressed_create(self, ack: AsyncAck, pressed: BlockActions) -> None:
        """*Create contact list*, in the App Home: open the empty form."""
        person = Person.of(pressed)
        if refused := self.gate.refuses(person.user_id, pressed.channel_id):
            self.tasks.start(person.hear(self.slack, refused))
        else:
            sorry = sentences.window_did_not_open()
            context = FormContext(reference=reference())
            self.tasks.start(self._open(pressed.trigger_id, FormValues(), context, person, sorry))
        await ack()

    async def pressed_try_again(self, ack: AsyncAck, pressed: BlockActions) -> None:
        """*Try again*: the filled form once more, in its own window or in a new one."""
        person = Person.of(pressed)
        filling = FormValues.model_validate_json(pressed.actions[0].value or "{}")
        context = FormContext(
            channel_id=filling.conversation_id,
            attempt=filling.attempt,
            retry_of=filling.retry_of,
            reference=reference(),
        )
        if refused := self.gate.refuses(person.user_id, pressed.channel_id):
            self.tasks.start(person.hear(self.slack, refused))
        elif pressed.form:
            self.delivery.form_reopened(pressed.form.id, filling.attempt)
            form = contact_list_form(filling, context)
            self.tasks.start(self._answer(pressed, person, form, sentences.window_did_not_open()))
        else:
            sorry = sentences.window_did_not_open()
            self.tasks.start(self._open(pressed.trigger_id, filling, context, person, sorry))
        await ack()

    async def pressed_check_again(self, ack: AsyncAck, pressed: BlockActions) -> None:
        """*Check again*: look once more for a list that may exist."""
        person = Person.of(pressed)
        if refused := self.gate.refuses(person.user_id, pressed.channel_id):
            self.tasks.start(person.hear(self.slack, refused))
        else:
            if pressed.form:
                self.delivery.shows_result(pressed.form.id)
            doubt = LookupRequest.model_validate_json(pressed.actions[0].value or "")
            self.tasks.start(self._look_again(pressed, person, doubt))
        await ack()

    async def _saved(self, submission: Submission) -> Submission | None:
        with about(submission):
            return await self._save(submission)

    async def _save(self, submission: Submission) -> Submission | None:
        """Save a submission; what holds is the first that was sent with its form."""
        began = time.monotonic()
        try:
            saved = await self.jobs.save(submission)
        except StoreUnavailable as error:
            log.error("submission_not_saved", error=str(error))  # noqa: TRY400
            return None
        log.info("submission_saved", user=submission.origin.user_id)
        self.waiting.watch(saved, changed=not saved.is_same_request(submission))
        if saved is not submission or time.monotonic() - began > SLOW_SAVE:
            self.tasks.start(self.jobs.show_again(saved))
        return saved

    async def _open_named(self, command: Command, person: Person) -> None:
        """Open the form that a command asks for."""
        filling = read_command_text(command.text)
        context = FormContext(
            channel_id=command.channel_id, response_url=command.response_url, reference=reference()
        )
        sorry = sentences.form_did_not_open(filling.name)
        await self._open(command.trigger_id, filling, context, person, sorry)

    async def _open(
        self, trigger_id: str, filling: FormValues, context: FormContext, person: Person, sorry: Json
    ) -> None:
        """Open the form; when Slack does not, say `sorry`, which tells what to do again."""
        self.jobs.expect_work()
        try:
            with self.metrics.form_open_seconds.time():
                await self.slack.open_view(trigger_id, contact_list_form(filling, context))
        except SlackError as error:
            log.warning("view_not_opened", error=error.code)
            await person.hear(self.slack, sorry)
        else:
            self.catalog.warm_up()

    async def _look_again(self, pressed: BlockActions, person: Person, doubt: LookupRequest) -> None:
        """Tell what is known by now, or look for the list again."""
        try:
            submission = await self.records.submission_of(doubt.key)
            ending = await self.records.success_of(doubt.key)
        except StoreUnavailable:
            await person.hear(self.slack, {"text": sentences.NOT_CHECKED})
            return
        if submission is None:
            await person.hear(self.slack, {"text": sentences.TOO_LONG_AGO})
        elif ending:
            view = messages.result_view(submission, ending[0], summary_route=ending[1])
            text = messages.summary(submission, ending[0].contact_list)
            await self._answer(pressed, person, view, text)
        else:
            await self._save_look(pressed, person, submission, doubt)

    async def _save_look(
        self, pressed: BlockActions, person: Person, submission: Submission, doubt: LookupRequest
    ) -> None:
        """Save the look, and only then say that the bot looks: what was promised comes, whatever happens."""
        # A second press within a second is the same look, which waits that long before it begins.
        press = f"again-{int(time.time())}"
        if refused := self.gate.refuses_lookup(person.user_id):
            await person.hear(self.slack, {"text": refused})
            return
        try:
            await self.jobs.lookup_again(submission, posted_at=doubt.posted_at, press=press)
        except StoreUnavailable:
            await person.hear(self.slack, {"text": sentences.NOT_CHECKED})
        else:
            view = messages.checking_view(submission)
            await self._answer(pressed, person, view, {"text": sentences.CHECKING})

    async def _answer(self, pressed: BlockActions, person: Person, view: Json, message: Json) -> None:
        """Answer a button in its window, or by message where there is none or Slack does not turn it."""
        if not pressed.form:
            await person.hear(self.slack, message)
            return
        try:
            await self.slack.update_view(pressed.form.id, view)
        except SlackUnavailable as error:
            log.warning("view_not_updated", error=error.code)
            await person.hear(self.slack, message)
        except SlackError as error:  # as when it was closed
            log.info("view_not_updated", error=error.code)
