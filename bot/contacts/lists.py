"""The lists that can be filled: which one a person means, and whether it is the right one."""

from dataclasses import dataclass

from bot.browsing.catalog import Catalog
from bot.browsing.finding import Finder
from bot.errors import ListGone, ListsIncomplete
from bot.kore import listing
from bot.kore.adding import wrong_list
from bot.kore.listing import Listing
from bot.kore.models import ContactList
from bot.timing import Timing
from bot.views.blocks import Json
from bot.views.card import ADD_CONTACTS, ADD_LABEL
from bot.views.rows import REFUSALS, why
from bot.views.state import ShareContext


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Looks up what is needed to fill a list. Its early answers are checked again before anything is sent."""

    catalog: Catalog
    finder: Finder
    timing: Timing

    async def find(self, words: str, sharing: ShareContext) -> str | Json:
        """Return the id of the list that is meant, or the view that asks which, or why there is none."""
        return await self.finder.find(words, sharing, choose=(ADD_CONTACTS, ADD_LABEL))

    async def rows(self) -> tuple[Listing, ...]:
        """Return all lists, the newest first, as far as they are known."""
        return (await self.catalog.read(patience=self.timing.lists_timeout)).value or ()

    async def read(self, user_id: str, list_id: str) -> ContactList | str:
        """Return a list as Kore.ai has it, or why it is not known: a sentence."""
        snapshot = await self.finder.details(user_id, list_id, patience=self.timing.lists_follow_up)
        found = self.finder.best(snapshot, list_id)
        if isinstance(snapshot.trouble, REFUSALS):
            return ListGone.contacts_message
        return found if found and found.name else why(snapshot.trouble)

    def wrong(self, found: ContactList, name: str) -> str | None:
        """Return why contacts must not be sent to a list, as far as that is known; else None."""
        snapshot = self.catalog.snapshot()
        missing = snapshot.trouble.count if isinstance(snapshot.trouble, ListsIncomplete) else 0
        lists = listing.Lists(snapshot.value or (), missing)
        wrong = wrong_list(lists, found, list_id=found.id, name=name)
        return wrong.contacts_message if wrong else None
