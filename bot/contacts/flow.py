"""Adding contacts, in the order of the story: file → preview → confirmed import.

[entry_points](entry_points.py) opens the form that asks for the file. Listeners acknowledge exactly once, as
their last act. Nothing is sent before a person has seen what is in the file and confirmed it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

import structlog
from pydantic_core import to_json
from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.access.gate import Gate
from bot.browsing.finding import Finder
from bot.contact_file import Preview
from bot.contact_import import ContactImport, Rows
from bot.contacts.source import Source
from bot.errors import SlackError, StoreUnavailable, UnreadableFile
from bot.jobs.import_workflows import Imports
from bot.kore.models import ContactList
from bot.models import BoundedDict, Origin
from bot.notify.person import Replies
from bot.observe.logs import about_import
from bot.slack.files import SlackFiles
from bot.slack.http_adapter import OUTCOME
from bot.slack.payloads import BlockActions, FromPerson, ViewSubmission
from bot.tasks import Tasks
from bot.timing import Timing
from bot.views import contacts as views
from bot.views import preview as previews
from bot.views.blocks import Json, Problems
from bot.views.importing import adding_view
from bot.views.state import FillContext

CACHE_SIZE = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ContactsFlow:
    """Adding contacts: the listeners for the forms and the preview, and what follows."""

    finder: Finder
    source: Source
    files: SlackFiles
    imports: Imports
    gate: Gate
    replies: Replies
    tasks: Tasks
    timing: Timing
    chunk_size: int
    can_send_files: bool
    is_on: bool
    _reported: BoundedDict[tuple[str, str], None] = field(
        init=False, default_factory=lambda: BoundedDict(CACHE_SIZE)
    )
    """The previews, by view id and hash, whose problem rows were sent: a second press sends nothing."""

    async def check_form(
        self,
        ack: AsyncAck,
        received: ViewSubmission,
        context: AsyncBoltContext,
        next_: Callable[[], Awaitable[None]],
    ) -> BoltResponse | None:
        """Go on, or refuse the form: under its first input, which keeps what was chosen, or in its place."""
        fill = FillContext.read(received.view.private_metadata)
        refused = self.gate.refuses_form(received.who, fill.channel_id, key=received.view.id)
        if refused is None and self.is_on:
            await next_()
            return None
        context[OUTCOME] = "refused"
        sentence = refused.sentence if refused else views.SWITCHED_OFF
        if first := received.view.first_input:
            return await ack(response_action="errors", errors={first: sentence})
        view = views.trouble_view(sentence, fill, is_final=not self.is_on)
        return await ack(response_action="update", view=view)

    async def submitted_file(self, ack: AsyncAck, received: ViewSubmission) -> None:
        """*Preview*: read the file."""
        await self._read_form(ack, received, views.read_file_form(received.view))

    async def pressed_choose_file(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Choose another file*: show the form again, for the same list."""
        fill = _fill_of(received).replace(file_id="")
        self.tasks.start(self.replies.answer(received, views.file_form(fill)))
        await ack()

    async def pressed_show_preview(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Try again*: reread the same file."""
        self.tasks.start(self._preview_again(received, _fill_of(received)))
        await ack()

    async def pressed_change_columns(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Change columns*: ask what to do with each column."""
        self.tasks.start(self._ask_columns(received, _fill_of(received)))
        await ack()

    async def submitted_columns(self, ack: AsyncAck, received: ViewSubmission) -> None:
        """*Preview*, again: reread the file with the chosen columns."""
        await self._read_form(ack, received, previews.read_columns(received.view))

    async def pressed_send_problems(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Send me the problem rows*: send a file to the person privately."""
        state = (received.form.id, received.form.hash) if received.form else ("", "")
        if state not in self._reported:
            self._reported[state] = None
            self.tasks.start(self._send_problems(received, state))
        await ack()

    async def submitted_preview(
        self, ack: AsyncAck, received: ViewSubmission, context: AsyncBoltContext
    ) -> None:
        """*Add N contacts*: save the import, and only then acknowledge."""
        fill = FillContext.read(received.view.private_metadata)
        await ack(response_action="update", view=await self._start(received, fill, context))

    async def _read_form(self, ack: AsyncAck, received: ViewSubmission, read: FillContext | Problems) -> None:
        """Read the file as the form says, or show in the form what is wrong with it."""
        if isinstance(read, FillContext):
            self.tasks.start(self._show_preview(received, received.view.id, read))
            await ack(response_action="update", view=views.reading_view())
        else:
            await ack(response_action="errors", errors=read)

    async def _start(self, received: ViewSubmission, fill: FillContext, context: AsyncBoltContext) -> Json:
        """Save the import, and return the view that replaces the preview."""
        if fill.ready < 1:  # from another version's form, in which nothing could be read
            return views.trouble_view(views.NOT_KNOWN, fill, is_final=True)
        importing = _import_of(received, fill, chunk_size=self.chunk_size)
        with about_import(importing):
            try:
                is_saved = await self.imports.start(importing)
            except StoreUnavailable:
                context[OUTCOME] = "not_saved"
                return views.trouble_view(views.IMPORT_NOT_SAVED, fill)
            finally:  # the view may show the end already, and the acknowledgement would cover it
                self.tasks.start(self.imports.show_again(importing))
            if not is_saved:
                return views.trouble_view(views.UNDER_WAY, fill)
            log.info(
                "import_confirmed",
                user=received.user_id,
                contact_list=fill.list_id,
                file=fill.file_id,
                contacts=fill.ready,
            )
        return adding_view(importing)

    async def _show_preview(self, received: FromPerson, view_id: str, fill: FillContext) -> None:
        """Read the file, and show the preview once Slack must have applied the acknowledged view."""
        settles = asyncio.sleep(self.timing.view_settles)
        view, _ = await asyncio.gather(self._previewed(received.user_id, fill), settles)
        await self.replies.update_view(received, view_id, view)

    async def _preview_again(self, pressed: BlockActions, fill: FillContext) -> None:
        view = await self._previewed(pressed.user_id, fill)
        await self.replies.answer(pressed, view)

    async def _previewed(self, user_id: str, fill: FillContext, *, has_sent: bool = False) -> Json:
        known = await self.finder.to_fill(user_id, fill.list_id)
        if isinstance(known, str):
            return views.trouble_view(known, fill)
        named = fill.replace(list_name=known.name or fill.list_name)
        if wrong := self.finder.wrong(known, named.list_name):
            return views.trouble_view(wrong, named, is_final=True)
        read = await self._read(named)
        return self._preview(read, named, known, has_sent=has_sent) if isinstance(read, Preview) else read

    def _preview(self, preview: Preview, fill: FillContext, known: ContactList, *, has_sent: bool) -> Json:
        seen = fill.replace(digest=preview.digest, ready=preview.ready)
        can_send = self.can_send_files
        return previews.preview_view(seen, preview, known, can_send_file=can_send, has_sent=has_sent)

    async def _ask_columns(self, pressed: BlockActions, fill: FillContext) -> None:
        read = await self._read(fill)
        view = previews.columns_form(fill, read) if isinstance(read, Preview) else read
        await self.replies.answer(pressed, view)

    async def _send_problems(self, pressed: BlockActions, state: tuple[str, str]) -> None:
        """Send the problem rows, and say in the preview that they were sent, or why not."""
        fill = _fill_of(pressed)
        try:
            report = (await self.source.read(fill.file_id, fill.options)).report
            await self.files.send(
                pressed.user_id, name=views.REPORT_NAME, content=report, comment=views.REPORT
            )
        except (UnreadableFile, SlackError) as error:
            log.warning("report_not_sent", error=type(error).__name__)
            self._reported.pop(state, None)
            await self.replies.reply(pressed, views.REPORT_NOT_SENT)
            return
        view = await self._previewed(pressed.user_id, fill, has_sent=True)
        await self.replies.answer(pressed, view)

    async def _read(self, fill: FillContext) -> Preview | Json:
        """Read the file, or return a view that says why it can't be read."""
        try:
            return (await self.source.read(fill.file_id, fill.options)).preview
        except UnreadableFile as error:
            return views.trouble_view(error.sentence, fill)
        except SlackError as error:
            log.warning("file_not_fetched", error=error.code)
            return views.trouble_view(views.SLACK_AWAY, fill)


def _import_of(received: ViewSubmission, fill: FillContext, *, chunk_size: int) -> ContactImport:
    """Build the import that a person confirmed in the preview."""
    return ContactImport(
        key=_key(received.view.id, fill),
        origin=Origin(user_id=received.user_id, channel_id=fill.channel_id or "", view_id=received.view.id),
        list_id=fill.list_id,
        list_name=fill.list_name,
        rows=Rows(file_id=fill.file_id, options=fill.options, digest=fill.digest, count=fill.ready),
        chunk_size=chunk_size,
        reference=fill.reference,
        confirmed_at=time.time(),
    )


def _key(view_id: str, fill: FillContext) -> str:
    """Name an import by its view, the file, and how to read it.

    The name leaves out the contents because it appears in logs, and the digest of a single contact would give
    away its phone number.
    """
    read = f"{fill.file_id} {to_json(fill.options).decode()}"
    return f"{view_id}-{sha256(read.encode()).hexdigest()[:16]}"


def _fill_of(pressed: BlockActions) -> FillContext:
    return FillContext.read(pressed.form.private_metadata if pressed.form else None)
