"""The vocabulary of adding contacts to a list. Pure: no I/O.

No contact is ever saved: the store only knows which rows of which file go where, and how that went. The rows
themselves are reread from the file, and checked against their digest.
"""

from typing import Annotated, Literal

from pydantic import Field

from bot.contact_file import ReadOptions
from bot.models import Origin, Saved


class Rows(Saved):
    """The contacts to send: those of a file, read in one way."""

    file_id: str
    """Slack's id for the file."""
    options: ReadOptions
    digest: str
    """SHA-256 of all contacts as they are sent: a file that has changed since isn't sent."""
    count: int


class ContactImport(Saved):
    """Contacts on their way into a list, as confirmed by the person who uploaded them."""

    key: str
    """Identifies the view and what was confirmed in it: a second press is the same import, a new file isn't.
    """
    origin: Origin
    list_id: str
    list_name: str
    rows: Rows
    chunk_size: int
    """Contacts per call."""
    reference: str = ""
    """The code under which the log has everything about it."""
    confirmed_at: float
    """Seconds since the epoch."""

    @property
    def chunks(self) -> int:
        """Number of calls that send them all."""
        return -(-self.rows.count // self.chunk_size)

    def size_of(self, chunk: int) -> int:
        """Return how many contacts a chunk has; the first one is number 0."""
        return min(self.chunk_size, self.rows.count - chunk * self.chunk_size)


class Tally(Saved):
    """How far an import has got, in contacts."""

    sent: int = 0
    """Accepted by Kore.ai, which adds them later, or confirmed by the list's count."""
    uncertain: int = 0
    """Sent without a clear answer, and left at that."""
    count_before: int | None = None
    """Contacts in the list before the import."""
    allows_duplicates: bool | None = None
    """Whether a contact that is in the list twice gets called twice."""


class Added(Tally):
    """Everything was sent."""

    kind: Literal["added"] = "added"
    count_after: int | None = None
    """Contacts in the list by then, according to Kore.ai."""
    is_confirmed: bool = False
    """Whether the list's count rose by everything that was sent."""


RESTORED = "Restored"
"""The error of an import that was open in a backup: rows counted as uncertain may not have been sent."""


class Stopped(Tally):
    """The import ended early, and the rest was certainly not sent. `error` names the cause for the log."""

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
    """Contacts in the chunk."""
    count: int | None = None
    """Contacts in the list now, if known."""
    expected: int | None = None
    """Contacts it would hold including the chunk, if nothing else changed it."""


ImportOutcome = Annotated[Added | Stopped | Unsure, Field(discriminator="kind")]
