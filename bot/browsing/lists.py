"""Seeing what exists: `/contactlist list`, `/contactlist show`, and the menu of each row.

As in `bot.contactlist`, handlers acknowledge exactly once, as their last act. Modals open at once and are
filled when Kore.ai has answered, because a trigger lives three seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck

from bot.browsing.catalog import FOLLOW_UP_TIMEOUT, Catalog
from bot.browsing.finding import Finder
from bot.browsing.home import HomeTab
from bot.errors import REFUSALS
from bot.jobs.claims import Claims
from bot.kore.models import ContactList
from bot.models import Snapshot
from bot.notify.person import Replies
from bot.slack.payloads import BlockActions, Command
from bot.tasks import Tasks
from bot.timing import Timing
from bot.views import details as views
from bot.views import rows as pages
from bot.views import sentences
from bot.views.app_info import AppInfo
from bot.views.blocks import Json
from bot.views.form import FORM
from bot.views.state import Page, ShareContext


@dataclass(frozen=True, kw_only=True)
class Browsing:
    """Browsing lists: the listeners for commands, menus and buttons, and the views they show."""

    catalog: Catalog
    finder: Finder
    home_tab: HomeTab
    claims: Claims
    replies: Replies
    tasks: Tasks
    timing: Timing
    app: AppInfo
    add_contacts: Callable[[BlockActions, str], None]
    """Opens the form that adds contacts to the list with this id."""

    def typed_list(self, received: Command, words: str) -> None:
        """`/contactlist list WORDS`, from a person with access."""
        self.tasks.start(self._list(received, Page(words=words)))

    def typed_show(self, received: Command, words: str) -> None:
        """`/contactlist show NAME`, from a person with access."""
        sharing = ShareContext(channel_id=received.channel_id, response_url=received.response_url)
        self.tasks.start(self._show(received, words, sharing))

    async def turned_page(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Next* or *Previous*: show another page in the same message or Home tab."""
        self._turn(received, Page.read(received.actions[0].value), instead=True)
        await ack()

    async def chose_from_menu(self, ack: AsyncAck, received: BlockActions) -> None:
        """Details, Post to channel, Add contacts, Show ID: open each in a modal."""
        option = received.actions[0].selected_option
        what, list_id = pages.menu_choice(option.value if option else "")
        sharing = _sharing(received, list_id)
        if what == pages.TO_CHANNEL:
            self.tasks.start(self.replies.open_view(received, views.post_form(sharing)))
        elif what == pages.ADD:
            self.add_contacts(received, list_id)
        elif what == pages.SHOW_ID:
            self.tasks.start(self.replies.open_view(received, views.id_view(list_id)))
        else:
            self.tasks.start(self._open_details(received, sharing))
        await ack()

    async def pressed_post(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Post to channel*, below the details: ask where."""
        form = views.post_form(_sharing(received, received.actions[0].value or ""))
        self.tasks.start(self.replies.open_view(received, form))
        await ack()

    async def pressed_list(self, ack: AsyncAck, received: BlockActions) -> None:
        """*See all lists*, in the help: show the first page."""
        self._turn(received, Page())
        await ack()

    async def pressed_details(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Details*, on a card: open them in a modal."""
        sharing = _sharing(received, received.actions[0].value or "")
        self.tasks.start(self._open_details(received, sharing))
        await ack()

    async def pressed_show(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Show*, next to one of several lists: show it in the same modal."""
        await self._fill_again(ack, received)

    async def pressed_all_fields(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Show all fields*: show them in the same modal."""
        await self._fill_again(ack, received, with_all=True)

    async def followed_link(self, ack: AsyncAck) -> None:
        """*Open in Kore.ai*: the browser opens the link; Slack only wants an answer."""
        await ack()

    def _turn(self, received: BlockActions, page: Page, *, instead: bool = False) -> None:
        """Show a page where the person is: in a message, or in the Home tab, which has no `response_url`."""
        if received.response_url:
            self.tasks.start(self._list(received, page, instead=instead))
        else:
            self.tasks.start(self.home_tab.show(received.who, page, pressed=received))

    async def _list(self, received: Command | BlockActions, page: Page, *, instead: bool = False) -> None:
        """Answer with a page of lists; if none are known yet, say so and answer later."""
        snapshot = await self.catalog.read(patience=self.timing.lists_timeout)
        if snapshot.value is None and snapshot.is_stale:
            await self.replies.reply(received, pages.WAIT)
            snapshot = await self.catalog.read(patience=FOLLOW_UP_TIMEOUT)
        await self.replies.reply(received, pages.list_message(snapshot, page, self.app), instead=instead)

    async def _show(self, command: Command, words: str, sharing: ShareContext) -> None:
        """Open a modal at once, find the list, and fill the modal."""
        sorry = sentences.list_did_not_open("show", words)
        view_id = await self.replies.open_view(command, views.loading_view(), sorry=sorry)
        if view_id is None:
            return
        found = await self.finder.find(words, sharing, choose=(pages.SHOW, "Show"))
        if isinstance(found, str):
            await self._fill(command, view_id, sharing.replace(list_id=found), words)
        else:
            await self.replies.update_view(command, view_id, found)

    async def _open_details(self, chosen: BlockActions, sharing: ShareContext) -> None:
        view_id = await self.replies.open_view(chosen, views.loading_view())
        if view_id:
            await self._fill(chosen, view_id, sharing, sharing.list_id)

    async def _fill_again(self, ack: AsyncAck, received: BlockActions, *, with_all: bool = False) -> None:
        list_id = received.actions[0].value or ""
        if received.form:
            sharing = _sharing(received, list_id)
            self.tasks.start(self._fill(received, received.form.id, sharing, list_id, with_all=with_all))
        await ack()

    async def _fill(
        self,
        received: Command | BlockActions,
        view_id: str,
        sharing: ShareContext,
        words: str,
        *,
        with_all: bool = False,
    ) -> None:
        """Show what is known about a list, and more as soon as Kore.ai returns it."""
        made_by = await self.claims.made_by(sharing.list_id)

        async def show(patience: float) -> bool:
            snapshot = await self.finder.details(received.user_id, sharing.list_id, patience=patience)
            view = self._details_view(snapshot, sharing, words, made_by=made_by, with_all=with_all)
            await self.replies.update_view(received, view_id, view)
            return snapshot.is_stale

        if await show(self.timing.lists_timeout):
            await show(FOLLOW_UP_TIMEOUT)

    def _details_view(
        self,
        snapshot: Snapshot[ContactList],
        sharing: ShareContext,
        words: str,
        *,
        made_by: str | None,
        with_all: bool,
    ) -> Json:
        contact_list = self.finder.best(snapshot, sharing.list_id)
        if contact_list:
            return views.details_view(
                contact_list, snapshot, sharing, self.app, made_by=made_by, with_all=with_all
            )
        is_refused = isinstance(snapshot.trouble, REFUSALS)
        return views.no_such_view(words) if is_refused else views.unknown_view(snapshot, self.app)


def _sharing(pressed: BlockActions, list_id: str) -> ShareContext:
    """Build the context: the list, and the channel it is being viewed in."""
    if pressed.form:
        sharing = ShareContext.read(pressed.form.private_metadata)
        over_form = sharing.over_form or pressed.form.callback_id == FORM
        return sharing.replace(list_id=list_id, over_form=over_form)
    channel = pressed.channel.id if pressed.channel else None
    return ShareContext(list_id=list_id, channel_id=channel, response_url=pressed.response_url)
