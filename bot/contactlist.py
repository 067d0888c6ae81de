"""The flow, in the order of the story: command → form → submission → job → summary, and the buttons.

Read this first; [listeners](listeners.py) shows what calls which method. Listeners acknowledge exactly once,
as their last act, and nothing that can raise follows. Anything that waits for Slack is handed to `Tasks`
before that, so that no acknowledgement waits for it. These are our lazy listeners: Bolt's own are neither
protected from the garbage collector nor awaited when the bot stops.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from slack_bolt.async_app import AsyncAck, AsyncBoltContext

from bot.access.gate import Gate
from bot.browsing.catalog import Catalog
from bot.browsing.lists import Browsing
from bot.contacts.entry_points import EntryPoints
from bot.jobs.pace import Pace
from bot.models import Notification, Submission
from bot.notify.person import Replies
from bot.notify.routes import Delivery
from bot.observe.logs import reference
from bot.slack.http_adapter import OUTCOME
from bot.slack.payloads import BlockActions, Command, FromPerson, Shortcut, ViewSubmission
from bot.submissions import Accepted, Submissions
from bot.tasks import Tasks
from bot.views import progress, sentences
from bot.views.app_info import AppInfo
from bot.views.blocks import Json
from bot.views.command import TypedCommand, help_message, read_command
from bot.views.form import contact_list_form, read_submission
from bot.views.state import ConfirmRequest, FormContext, FormValues, LookupRequest
from bot.views.taken_name import TakenName, warned_form

SHORTCUT = "create_contact_list"
SHORTCUT_NAME = "Create contact list"


@dataclass(frozen=True, kw_only=True)
class ContactListFlow:
    """Creating a list: the listeners for the form and its buttons, and what follows."""

    gate: Gate
    submissions: Submissions
    replies: Replies
    delivery: Delivery
    browsing: Browsing
    entry_points: EntryPoints
    catalog: Catalog
    pace: Pace
    tasks: Tasks
    app: AppInfo

    async def typed_command(self, ack: AsyncAck, received: Command) -> None:
        """`/contactlist NAME` opens the form with the name filled in; other verbs do what they say."""
        typed = read_command(received.text, self.app)
        match typed.verb:
            case "create":
                self._typed_name(received, typed)
            case "list":
                self.browsing.typed_list(received, typed.words)
            case "show":
                self.browsing.typed_show(received, typed.words)
            case "add":
                self.entry_points.typed_add(received, typed.words)
            case "help":
                await ack(help_message(self.app))
                return
            case _:
                assert_never(typed.verb)
        await ack()

    async def submitted_form(
        self, ack: AsyncAck, received: ViewSubmission, context: AsyncBoltContext
    ) -> None:
        """*Create list*: check everything, save the job, and only then acknowledge."""
        submission = read_submission(received, now=time.time())
        remembered = FormContext.read(received.view.private_metadata)
        accepted = await self.submissions.accept(submission, received.who, warned=remembered.warned)
        if isinstance(accepted, Accepted):
            view = progress.creating_view(accepted.submission, changed=accepted.changed)
            await ack(response_action="update", view=view)
        elif isinstance(accepted, TakenName):
            await ack(response_action="update", view=warned_form(accepted, remembered))
        else:
            context[OUTCOME] = accepted.outcome
            await ack(response_action="errors", errors=accepted.errors)

    async def chose_shortcut(self, ack: AsyncAck, received: Shortcut) -> None:
        """*Create contact list*, the shortcut: open an empty form."""
        sorry = sentences.form_did_not_open_from(SHORTCUT_NAME)
        self.tasks.start(self._open_form(received, FormValues(), FormContext(reference=reference()), sorry))
        await ack()

    async def pressed_create(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Create contact list*, in the App Home: open an empty form."""
        self.tasks.start(self._open_form(received, FormValues(), FormContext(reference=reference())))
        await ack()

    async def pressed_try_again(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Try again*: show the form filled in, in the same modal or a new one."""
        values = FormValues.read(received.actions[0].value)
        if refused := self.gate.refuses_other(received.user_id, owner=values.user_id):
            self.tasks.start(self.replies.reply(received, refused))
            await ack()
            return
        context = FormContext(
            channel_id=values.channel_id,
            attempt=values.attempt,
            retry_of=values.retry_of,
            reference=reference(),
        )
        if received.form:
            self.delivery.form_reopened(received.form.id, values.attempt)
            self.tasks.start(self.replies.answer(received, contact_list_form(values, context)))
        else:
            self.tasks.start(self._open_form(received, values, context))
        await ack()

    async def pressed_check_again(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Check again*: look up a list that may exist."""
        if received.form:
            self.delivery.shows_result(received.form.id)
        request = LookupRequest.read(received.actions[0].value)
        self.tasks.start(self._check_again(received, request))
        await ack()

    async def pressed_thats_it(self, ack: AsyncAck, received: BlockActions) -> None:
        """*That's it*: accept the list shown as the one that was created."""
        if received.form:
            self.delivery.shows_result(received.form.id)
        request = ConfirmRequest.read(received.actions[0].value)
        self.tasks.start(self._confirm(received, request))
        await ack()

    def _typed_name(self, received: Command, typed: TypedCommand) -> None:
        values = FormValues.named(typed.words, other=typed.other, lacks_mention=typed.lacks_mention)
        context = FormContext(
            channel_id=received.channel_id, response_url=received.response_url, reference=reference()
        )
        sorry = sentences.form_did_not_open(values.name)
        self.tasks.start(self._open_form(received, values, context, sorry))

    async def _open_form(
        self,
        received: FromPerson,
        values: FormValues,
        context: FormContext,
        sorry: sentences.DidNotOpen = sentences.MODAL_DID_NOT_OPEN,
    ) -> None:
        """Open the form; if Slack doesn't, `sorry` says what to do."""
        self.pace.expect_work()
        if await self.replies.open_view(received, contact_list_form(values, context), sorry=sorry):
            self.catalog.warm_up()

    async def _check_again(self, pressed: BlockActions, request: LookupRequest) -> None:
        """Have the list looked up, and show that or what is known by now."""
        found = await self.submissions.check_again(
            request, user_id=pressed.user_id, reply_to=pressed.response_url
        )
        await self._show(pressed, found, view=progress.checking_view, message=progress.checking_message)

    async def _confirm(self, pressed: BlockActions, request: ConfirmRequest) -> None:
        """Have the summary posted, and show that or what is known by now."""
        found = await self.submissions.confirm(
            request, user_id=pressed.user_id, reply_to=pressed.response_url
        )
        await self._show(pressed, found, view=progress.confirmed_view, message=progress.confirmed_message)

    async def _show(
        self,
        pressed: BlockActions,
        found: Submission | Notification | str,
        *,
        view: Callable[[Submission], Json],
        message: Callable[[Submission], Json],
    ) -> None:
        """Show what is under way or known by now in place of the button; else say why there is nothing."""
        if isinstance(found, str):
            await self.replies.reply(pressed, found)
        elif pressed.in_home:
            await self.browsing.home_tab.show_known(pressed)
        elif isinstance(found, Submission):
            await self.replies.answer(pressed, view(found), message(found))
        else:
            result, text = progress.result_view(found, self.app), progress.result_message(found, self.app)
            await self.replies.answer(pressed, result, text)
