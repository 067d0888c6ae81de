"""One row of Get all contact lists v2, kept small: an account may have thousands. Pure: no I/O.

A row is sure to have its id and nothing else; what is missing or odd is None or empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from bot.kore.models import ContactList
from bot.kore.names import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the bot remembers of a contact list."""

    id: str
    name: str = ""
    status: str = ""
    records: int | None = None
    in_use: bool | None = None
    changed_at: datetime | None = None
    """When it was updated, else when it was created."""
    key: str = ""
    """The key of the name."""
    words: str = ""
    """The key of name and description: the text that a search goes through."""


def read_listing(row: object) -> Listing | None:
    """Read one row; None for what has no id."""
    if not isinstance(row, Mapping):
        return None
    kept = {field: row[field] for field in _FIELDS if field in row}
    try:
        return listing_of(ContactList.model_validate(kept))
    except ValidationError:
        return None


def listing_of(contact_list: ContactList) -> Listing:
    """Keep what is remembered of a list."""
    name = contact_list.name or ""
    return Listing(
        id=contact_list.id,
        name=name,
        status=contact_list.status or "",
        records=contact_list.total_record_count,
        in_use=contact_list.is_list_in_use,
        changed_at=contact_list.updated_at or contact_list.created_at,
        key=name_key(name),
        words=name_key(f"{name} {contact_list.description or ''}"),
    )


def as_contact_list(row: Listing) -> ContactList:
    """Return a row as a contact list whose other fields are unknown."""
    return ContactList(
        id=row.id,
        name=row.name or None,
        status=row.status or None,
        total_record_count=row.records,
        is_list_in_use=row.in_use,
        updated_at=row.changed_at,
    )


def newest_first(listings: Iterable[Listing]) -> tuple[Listing, ...]:
    """Order by the last change; those without a date come last, and of equals the later row comes first."""
    rows = tuple(listings)[::-1]
    return tuple(
        sorted(rows, key=lambda row: row.changed_at.timestamp() if row.changed_at else 0, reverse=True)
    )


_FIELDS = (
    *("_id", "name", "description", "status", "totalRecordCount", "isListInUse"),
    *("updatedAt", "createdAt"),
)
