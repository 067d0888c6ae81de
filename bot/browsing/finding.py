"""Finding the list a person means, and reading it, with as few calls as possible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.access.gate import Gate
from bot.browsing.catalog import FOLLOW_UP_TIMEOUT, Catalog
from bot.errors import REFUSALS, ListsIncomplete
from bot.kore.adding import wrong_list
from bot.kore.listing import Listing, Lists, as_contact_list
from bot.kore.models import ContactList
from bot.kore.names import name_key
from bot.models import Snapshot
from bot.timing import Timing
from bot.views import details
from bot.views.app_info import AppInfo
from bot.views.blocks import Json
from bot.views.contacts import LIST_GONE
from bot.views.rows import found_in, state_of, why
from bot.views.state import ShareContext

_ID = re.compile(r"cl-[\w-]+")
"""What an id looks like; Kore.ai is never asked for anything else."""


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Searches the snapshot, and waits for a newer one if that may help."""

    catalog: Catalog
    gate: Gate
    timing: Timing
    app: AppInfo

    async def find(self, words: str, sharing: ShareContext, *, choose: tuple[str, str]) -> str | Json:
        """Return the id of the list that is meant, or a view that asks which one or says why there's none."""
        snapshot, fitting = await self._matching(words)
        if len(fitting) == 1:
            return fitting[0].id
        if fitting:
            return details.choices_view(fitting, sharing, choose=choose)
        if _is_id(words):
            return words
        return details.trouble_view(snapshot, self.app) if snapshot.trouble else details.no_such_view(words)

    async def details(self, user_id: str, list_id: str, *, patience: float) -> Snapshot[ContactList]:
        """Read one list for a person; once their lookups are used up, return the snapshot."""
        refused = partial(self.gate.refuses_lookup, user_id)
        return await self.catalog.details(list_id, patience=patience, refused=refused)

    def best(self, snapshot: Snapshot[ContactList], list_id: str) -> ContactList | None:
        """Return the details, or else the list's row in the catalog."""
        row = self.catalog.known(list_id)
        return snapshot.value or (as_contact_list(row) if row else None)

    async def rows(self) -> tuple[Listing, ...] | str:
        """Return all lists, newest first, or a sentence that says why none are known."""
        snapshot = await self.catalog.read(patience=self.timing.lists_timeout)
        if snapshot.value is None and snapshot.is_stale:
            snapshot = await self.catalog.read(patience=FOLLOW_UP_TIMEOUT)
        return state_of(snapshot, self.app) if snapshot.value is None else snapshot.value

    async def to_fill(self, user_id: str, list_id: str) -> ContactList | str:
        """Return the list to be filled, as Kore.ai has it, or a sentence saying why it isn't known."""
        snapshot = await self.details(user_id, list_id, patience=FOLLOW_UP_TIMEOUT)
        found = self.best(snapshot, list_id)
        if isinstance(snapshot.trouble, REFUSALS):
            return LIST_GONE
        return found if found and found.name else why(snapshot.trouble, self.app)

    def wrong(self, found: ContactList, name: str) -> str | None:
        """Return why contacts must not be sent to a list, judging by what is known; else None.

        This is checked again before anything is sent.
        """
        snapshot = self.catalog.snapshot()
        missing = snapshot.trouble.count if isinstance(snapshot.trouble, ListsIncomplete) else 0
        lists = Lists(snapshot.value or (), missing)
        wrong = wrong_list(lists, found, list_id=found.id, name=name)
        return wrong.contacts_message() if wrong else None

    async def _matching(self, words: str) -> tuple[Snapshot[tuple[Listing, ...]], list[Listing]]:
        """Find the lists that match; if the snapshot has none, wait for a newer one."""
        snapshot = await self.catalog.read(patience=self.timing.lists_timeout)
        fitting = _fitting(snapshot.value or (), words)
        if not fitting and snapshot.is_stale and not _is_id(words):
            snapshot = await self.catalog.read(patience=FOLLOW_UP_TIMEOUT)
            fitting = _fitting(snapshot.value or (), words)
        return snapshot, fitting


def _is_id(words: str) -> bool:
    """Return whether the words look like a list id."""
    return _ID.fullmatch(words) is not None


def _fitting(rows: Sequence[Listing], words: str) -> list[Listing]:
    """Find the list with this id, else those with this name, else those containing these words."""
    by_id = [row for row in rows if row.id == words]
    key = name_key(words)
    by_name = [row for row in rows if row.key == key]
    return by_id or by_name or found_in(rows, words)
