"""Where adding contacts begins: command, button and shortcut each open a form that asks for a file."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot.browsing.finding import Finder
from bot.contact_import import ContactImport
from bot.errors import StoreUnavailable
from bot.jobs.import_workflows import Imports
from bot.notify.person import Replies
from bot.observe.logs import reference
from bot.slack.payloads import BlockActions, Command, FromPerson, MessageShortcut
from bot.tasks import Tasks
from bot.views import contacts as views
from bot.views import sentences
from bot.views.card import ADD_CONTACTS, ADD_LABEL
from bot.views.importing import STILL_ADDING, adding_view
from bot.views.state import FillContext, ShareContext


@dataclass(frozen=True, kw_only=True)
class EntryPoints:
    """Opening the form for a file: the listeners for the command, button and shortcut."""

    finder: Finder
    imports: Imports
    replies: Replies
    tasks: Tasks
    country: str
    """The country for numbers without `+`, unless a person chooses another."""
    is_on: bool

    async def check_switched_on(
        self,
        ack: AsyncAck,
        received: MessageShortcut | BlockActions,
        next_: Callable[[], Awaitable[None]],
    ) -> BoltResponse | None:
        """Go on, or say that adding contacts is off: an older message or Slack's menu may still offer it."""
        if self.is_on:
            await next_()
            return None
        self._say_switched_off(received)
        return await ack()

    def typed_add(self, received: Command, words: str) -> None:
        """`/contactlist add NAME`, from a person with access."""
        self.tasks.start(self._find(received, words))

    def add_to(self, received: BlockActions, list_id: str) -> None:
        """*Add contacts*, chosen for one list by a person with access: open the form."""
        if self.is_on:
            self.tasks.start(self._open(received, list_id))
        else:
            self._say_switched_off(received)

    async def pressed_add(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Add contacts*, on a card or below the details."""
        self.add_to(received, received.actions[0].value or "")
        await ack()

    async def chose_shortcut(self, ack: AsyncAck, received: MessageShortcut) -> None:
        """*Add contacts from file*, in a message's menu."""
        self.tasks.start(self._open_for_file(received))
        await ack()

    def _say_switched_off(self, received: MessageShortcut | BlockActions) -> None:
        self.tasks.start(self.replies.reply(received, views.SWITCHED_OFF))

    async def _find(self, command: Command, words: str) -> None:
        """Open a modal at once, find the list, and ask for a file or for which list is meant."""
        sorry = sentences.list_did_not_open("add", words)
        view_id = await self.replies.open_view(command, views.loading_view(), sorry=sorry)
        if view_id is None:
            return
        sharing = ShareContext(channel_id=command.channel_id, response_url=command.response_url)
        found = await self.finder.find(words, sharing, choose=(ADD_CONTACTS, ADD_LABEL))
        if isinstance(found, str):
            await self._fill_form(command, view_id, self._new(command.channel_id, found))
        else:
            await self.replies.update_view(command, view_id, found)

    async def _open(self, pressed: BlockActions, list_id: str) -> None:
        view_id = await self.replies.open_view(pressed, views.loading_view())
        if view_id:
            await self._fill_form(pressed, view_id, self._new(pressed.channel_id, list_id))

    async def _open_for_file(self, received: MessageShortcut) -> None:
        """Open a modal at once, and ask which list the message's file is for."""
        sorry = sentences.form_did_not_open_from(views.SHORTCUT_NAME)
        view_id = await self.replies.open_view(received, views.loading_view(), sorry=sorry)
        if view_id is None:
            return
        fill = self._new(received.channel_id, "")
        if not received.files:
            view = views.trouble_view(views.NO_FILE_THERE, fill, is_final=True)
        else:
            file = views.likely_file(received.files)
            rows = await self.finder.rows()
            if isinstance(rows, str):
                view = views.trouble_view(rows, fill, is_final=True)
            else:
                view = views.list_form(fill.replace(file_id=file.id), file, rows)
        await self.replies.update_view(received, view_id, view)

    def _new(self, channel_id: str | None, list_id: str) -> FillContext:
        return FillContext(
            list_id=list_id, channel_id=channel_id, reference=reference(), country=self.country
        )

    async def _fill_form(self, received: FromPerson, view_id: str, fill: FillContext) -> None:
        """Ask for a file once the list's name is known: Kore.ai needs it.

        While contacts are still being added to the list, offer the person who added them to stop that
        instead.
        """
        known = await self.finder.to_fill(received.user_id, fill.list_id)
        importing = await self._under_way(fill.list_id)
        if importing and importing.origin.user_id == received.user_id:
            view = adding_view(importing, doing=STILL_ADDING)
        elif importing:
            view = views.trouble_view(views.UNDER_WAY, fill, is_final=True)
        elif isinstance(known, str):
            view = views.trouble_view(known, fill, is_final=True)
        else:
            named = fill.replace(list_name=known.name or "")
            view = views.file_form(named, count=known.total_record_count)
        await self.replies.update_view(received, view_id, view)

    async def _under_way(self, list_id: str) -> ContactImport | None:
        with suppress(StoreUnavailable):  # checked again before anything is sent
            first = await self.imports.under_way(list_id)
            return first.importing if first else None
        return None
