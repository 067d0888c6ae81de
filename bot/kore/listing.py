"""One row of Get all contact lists v2, kept small: an account may have thousands. Pure: no I/O.

Only a row's id is sure to be there; anything missing or odd is None or empty.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import ValidationError

from bot.kore.models import ContactList, seconds_of
from bot.kore.names import name_key
from bot.kore.recognition import alike_keys

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the bot remembers of a contact list."""

    id: str
    name: str = ""
    status: str = ""
    records: int | None = None
    in_use: bool | None = None
    changed_at: datetime | None = None
    """When it was last updated, else when it was created."""
    key: str = ""
    """The key of the name."""
    words: str = ""
    """The key of name and description together, which a search looks through."""


@dataclass(frozen=True, slots=True)
class Lists(Generic[T]):
    """The lists that were read, and the number of those that are missing."""

    rows: tuple[T, ...]
    missing: int = 0


class RowReader(Generic[T]):
    """Takes rows as they arrive, and keeps what `read` returns for them, except None."""

    def __init__(self, read: Callable[[Mapping[str, object]], T | None]) -> None:
        """`read` raises `ValidationError` for a row that can't be read."""
        self._read = read
        self.kept: list[T] = []
        self.count = 0
        self.unreadable = 0

    def take(self, row: object) -> None:
        """Take the next row."""
        self.count += 1
        try:
            kept = self._read(row if isinstance(row, Mapping) else {})
        except ValidationError:
            self.unreadable += 1
        else:
            self.kept += [] if kept is None else [kept]


def read_listing(row: Mapping[str, object]) -> Listing:
    """Read one row; raises `ValidationError` if it has no id."""
    return listing_of(ContactList.model_validate(row))


def read_alike(row: Mapping[str, object], keys: frozenset[str]) -> ContactList | None:
    """Read a row whose name may originally have been one with these keys; None if it can't.

    Raises `ValidationError` if it has no id.
    """
    read = ContactList.model_validate(row)
    return None if keys.isdisjoint(alike_keys(read.name or "")) else read


def listing_of(contact_list: ContactList) -> Listing:
    """Return what the bot remembers of a contact list."""
    name = contact_list.name or ""
    return Listing(
        id=contact_list.id,
        name=name,
        status=contact_list.status or "",
        records=contact_list.total_record_count,
        in_use=contact_list.in_use,
        changed_at=contact_list.updated_at or contact_list.created_at,
        key=name_key(name),
        words=name_key(f"{name} {contact_list.description or ''}"),
    )


def as_contact_list(row: Listing) -> ContactList:
    """Return a row as a contact list; its other fields are unknown."""
    return ContactList(
        id=row.id,
        name=row.name or None,
        status=row.status or None,
        total_record_count=row.records,
        is_list_in_use=row.in_use,
        updated_at=row.changed_at,
    )


def newest_first(listings: Iterable[Listing]) -> tuple[Listing, ...]:
    """Order by last change, newest first; undated rows come last, and of equals the later row comes first."""
    rows = tuple(listings)[::-1]
    return tuple(
        sorted(rows, key=lambda row: seconds_of(row.changed_at) if row.changed_at else 0, reverse=True)
    )
