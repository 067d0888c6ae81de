"""Each person's App Home: shown when they open it, and again when a job of theirs has ended."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field

import structlog
from slack_bolt.async_app import AsyncAck

from bot.access.gate import Gate
from bot.browsing.catalog import FOLLOW_UP_TIMEOUT, Catalog
from bot.errors import SlackError, StoreUnavailable
from bot.jobs.engine import answered_within
from bot.jobs.open_failures import forget_failure
from bot.jobs.recent import read_recent
from bot.kore.listing import Listing
from bot.models import BoundedDict, Notification, Snapshot
from bot.notify.person import Replies
from bot.slack.client import SlackClient
from bot.slack.payloads import AppHomeOpened, BlockActions, EventCallback, Who
from bot.tasks import Tasks
from bot.timing import Timing
from bot.views.app_info import AppInfo
from bot.views.blocks import Json
from bot.views.home import home_view, refused_view
from bot.views.sentences import HOME_NOT_SHOWN, NOT_DISMISSED
from bot.views.state import Page
from bot.views.text import read_words

HOME_OPENED = "app_home_opened"
CACHE_SIZE = 1000
"""People whose current page is remembered."""
MAX_LISTS_AGE = 600
"""Seconds after which lists are too old to show after a job."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class HomeTab:
    """Showing the Home tab: its listeners, and the refresh after a job."""

    slack: SlackClient
    catalog: Catalog
    gate: Gate
    replies: Replies
    tasks: Tasks
    timing: Timing
    app: AppInfo
    _pages: BoundedDict[str, Page] = field(init=False, default_factory=lambda: BoundedDict(CACHE_SIZE))
    """The page each person is looking at; anything read for another page isn't shown."""
    _turns: BoundedDict[str, asyncio.Lock] = field(
        init=False, default_factory=lambda: BoundedDict(CACHE_SIZE)
    )
    """Locks that publish a person's home one view at a time, so that the last one requested stays."""
    _due: dict[str, list[Notification]] = field(init=False, default_factory=dict)
    """Jobs that have ended but aren't in their owners' homes yet, by user."""

    async def opened_home(self, received: EventCallback) -> None:
        """Show the current lists: the tab was opened."""
        opened = received.event
        if isinstance(opened, AppHomeOpened) and opened.tab == "home":
            who = opened.who(received.team_id, received.enterprise_id)
            self.tasks.start(self.show(who, self._page_of(opened.user), is_first=opened.view is None))

    async def pressed_refresh(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Refresh* or *Show all lists*: reload the page that the button carries."""
        page = Page.read(received.actions[0].value)
        self.tasks.start(self.show(received.who, page, pressed=received))
        await ack()

    async def entered_filter(self, ack: AsyncAck, received: BlockActions) -> None:
        """Words and Enter: show the lists that contain them all."""
        words = read_words(received.actions[0].value or "")
        self.tasks.start(self.show(received.who, Page(words=words), pressed=received))
        await ack()

    async def pressed_dismiss(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Dismiss*, next to a failure: forget it."""
        self.tasks.start(self._dismiss(received, received.actions[0].value or ""))
        await ack()

    async def show(
        self, who: Who, page: Page, *, pressed: BlockActions | None = None, is_first: bool = False
    ) -> None:
        """Show a person's home at once, with what is known, and again when Kore.ai has answered.

        If Slack doesn't show it, a person who `pressed` something gets a message. A first visit gets a
        welcome.
        """
        if await self._refuses(who):
            return
        user_id = who.user_id
        self._pages[user_id] = page
        snapshot = await self.catalog.read(patience=self.timing.home_timeout)
        is_shown = await self._publish_page(user_id, page, snapshot, is_first=is_first)
        if pressed and not is_shown:
            await self.replies.reply(pressed, HOME_NOT_SHOWN)
        if snapshot.is_stale:
            snapshot = await self.catalog.read(patience=FOLLOW_UP_TIMEOUT)
            await self._publish_page(user_id, page, snapshot, is_first=is_first)

    async def show_known(self, pressed: BlockActions) -> None:
        """Show what is known so far, at once: a button in the home started something."""
        user_id = pressed.user_id
        if not await self._publish_known(user_id, self._pages.get(user_id) or Page()):
            await self.replies.reply(pressed, HOME_NOT_SHOWN)

    def ended(self, notification: Notification) -> None:
        """Refresh the home of the person whose job has ended."""
        user_id = notification.submission.origin.user_id
        is_due = user_id in self._due
        self._due.setdefault(user_id, []).insert(0, notification)
        if not is_due:
            # In a context of its own: in the job's, the engine would record these reads as steps of the job.
            Context().run(self.tasks.start, self._show_soon(user_id))

    async def _refuses(self, who: Who) -> bool:
        """Return whether a person has no access; if so, their home says so."""
        refused = self.gate.refuses(who)
        if refused:
            self._pages.pop(who.user_id, None)  # what is still being read for them won't be shown
            async with self._turn_of(who.user_id):
                await self._publish(who.user_id, refused_view(refused))
        return refused is not None

    async def _dismiss(self, pressed: BlockActions, key: str) -> None:
        if await self._refuses(pressed.who):
            return
        try:
            async with answered_within(self.timing.save_timeout):
                await forget_failure(pressed.user_id, key)
        except StoreUnavailable:
            await self.replies.reply(pressed, NOT_DISMISSED)
        else:
            await self.show_known(pressed)

    async def _show_soon(self, user_id: str) -> None:
        await asyncio.sleep(self.timing.home_settles)
        ended = self._due.pop(user_id)
        if self.gate.knows(user_id):
            await self._publish_known(user_id, self._page_of(user_id), ended=ended)

    async def _publish_known(self, user_id: str, page: Page, *, ended: Sequence[Notification] = ()) -> bool:
        """Show a page of the known lists; if they are too old because no one browses, try to reread them."""
        self._pages[user_id] = page
        snapshot = self.catalog.snapshot()
        if snapshot.value is None or snapshot.age > MAX_LISTS_AGE:
            snapshot = await self.catalog.read(patience=self.timing.home_timeout, unasked=True)
        return await self._publish_page(user_id, page, snapshot, ended=ended)

    def _page_of(self, user_id: str) -> Page:
        """Return the first page of what a person is looking at, since the newest come first."""
        page = self._pages.get(user_id) or Page()
        return page.replace(number=0) if page.number else page

    async def _publish_page(
        self,
        user_id: str,
        page: Page,
        snapshot: Snapshot[tuple[Listing, ...]],
        *,
        ended: Sequence[Notification] = (),
        is_first: bool = False,
    ) -> bool:
        """Show a page, unless the person has turned to another; return False if Slack didn't show it."""
        async with self._turn_of(user_id):
            recent = await read_recent(user_id, ended, patience=self.timing.save_timeout)
            if self._pages.get(user_id) is not page:
                return True
            view = home_view(snapshot, page, recent, user_id=user_id, app=self.app, is_first=is_first)
            return await self._publish(user_id, view)

    def _turn_of(self, user_id: str) -> asyncio.Lock:
        return self._turns.setdefault(user_id, asyncio.Lock())

    async def _publish(self, user_id: str, view: Json) -> bool:
        try:
            await self.slack.publish_home(user_id, view)
        except SlackError as error:
            log.info("home_not_shown", user=user_id, error=error.code)
            return False
        return True
