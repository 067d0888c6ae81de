"""The nouns of filling a list with contacts. Pure: no I/O.

No contact is ever saved: the store has only which rows of which file go where, and how that went. The rows
themselves are read from the file again, and checked against their digest.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from bot.models import Origin, Saved

FIELDS = ("firstName", "lastName", "phoneNumber", "timeZone", "uniqueId", "contactPriority")
"""The fields of a contact, as a list's `mapping` names them. Source: Kore.ai, "Create contact list v2"."""
PHONE = "phoneNumber"
KEEP = "*"
"""A column that is sent under its header's name."""
LEAVE_OUT = ""
"""A column that is not sent."""


class ReadOptions(Saved):
    """How a person wants a file to be read."""

    country: str = ""
    """For numbers without `+`: two letters of ISO 3166, or none."""
    columns: tuple[str, ...] | None = None
    """For each column in its order one of `FIELDS`, `KEEP` or `LEAVE_OUT`; None: as the headers say."""


class Rows(Saved):
    """Which contacts are sent: those of a file, read in one way."""

    file_id: str
    """Slack's."""
    options: ReadOptions
    digest: str
    """SHA-256 of all contacts as they are sent: a file that has changed since is not sent."""
    count: int


class ContactImport(Saved):
    """Contacts on their way into a list, as confirmed by the person who uploaded them."""

    key: str
    """Names the view and what was confirmed in it: a second press is the same import, another file isn't."""
    origin: Origin
    list_id: str
    list_name: str
    rows: Rows
    chunk_size: int
    """Contacts in a call."""
    reference: str = ""
    """The code under which the log has everything about it."""
    confirmed_at: float
    """Seconds since the epoch."""

    @property
    def chunks(self) -> int:
        """How many calls send them all."""
        return -(-self.rows.count // self.chunk_size)

    def size_of(self, chunk: int) -> int:
        """Return how many contacts a chunk has; the first one is number 0."""
        return min(self.chunk_size, self.rows.count - chunk * self.chunk_size)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Contacts that one call sends. Never saved, never logged."""

    contacts: bytes = field(repr=False)
    """A JSON array of objects."""
    first_row: int
    """In the file, where the header is row 1."""
    last_row: int


class Tally(Saved):
    """How far an import has come, in contacts."""

    sent: int = 0
    """Accepted by Kore.ai, which adds them later, or found in its count."""
    uncertain: int = 0
    """Sent without a clear answer, and left at that."""
    count_before: int | None = None
    """Contacts in the list before the first of them."""
    allows_duplicates: bool | None = None
    """Whether a contact that is in the list twice is called twice."""


class Added(Tally):
    """Everything was sent."""

    kind: Literal["added"] = "added"
    count_after: int | None = None
    """What the list holds by then, by Kore.ai's own count."""
    is_confirmed: bool = False
    """Whether the count rose by everything that was sent."""


class Stopped(Tally):
    """It went no further, and the rest was certainly not sent. `error` names the cause for the log."""

    kind: Literal["stopped"] = "stopped"
    error: str
    sentence: str
    vendor_message: str = ""
    needs_operator: bool = False
    reference: str | None = None
    after_row: int = 0
    """The last row of the file that was sent; 0 if none was."""


class Unsure(Tally):
    """A chunk was sent without a clear answer, and the list's count doesn't settle it: the person decides."""

    kind: Literal["unsure"] = "unsure"
    sentence: str
    vendor_message: str = ""
    first_row: int
    last_row: int
    contacts: int
    """How many are in the chunk."""
    count: int | None = None
    """What the list holds now, if that is known."""
    expected: int | None = None
    """What it would hold with the chunk, if nothing else changed it."""


ImportOutcome = Annotated[Added | Stopped | Unsure, Field(discriminator="kind")]
