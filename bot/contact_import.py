"""The nouns of filling a list with contacts. Pure: no I/O.

No contact is ever saved: the store has only which rows of which file go where, and how that went. The rows
themselves are read from the file again, and checked against their digest.
"""

from typing import Annotated, Literal

from pydantic import Field

from bot.contact_file import ReadOptions
from bot.models import Origin, Saved


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


RESTORED = "Restored"
"""The error of an import that was open in a backup: what it counts as uncertain may not have been sent."""


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
