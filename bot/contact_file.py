"""How a file of contacts is read, and what that returns: what a person sees, and what is sent. Pure: no I/O.

A new process reads each file, and needs only this: not pydantic, which takes longer to import than the rest.
"""

from dataclasses import dataclass, field

FIELDS = ("firstName", "lastName", "phoneNumber", "timeZone", "uniqueId", "contactPriority")
"""The fields of a contact, as a list's `mapping` names them. Source: Kore.ai, "Create contact list v2"."""
PHONE = "phoneNumber"
KEEP = "*"
"""A column that is sent under its header's name."""
LEAVE_OUT = ""
"""A column that is not sent."""


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a person wants a file to be read."""

    country: str = ""
    """For numbers without `+`: two letters of ISO 3166, or none."""
    columns: tuple[str, ...] | None = None
    """For each column in its order one of `FIELDS`, `KEEP` or `LEAVE_OUT`; None: as the headers say."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Contacts that one call sends. Never saved, never logged."""

    contacts: bytes = field(repr=False)
    """A JSON array of objects."""
    first_row: int
    """In the file, where the header is row 1."""
    last_row: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file, and what becomes of it."""

    header: str
    """As the file has it, or its letter where the file has none."""
    field: str
    """One of `FIELDS`, `KEEP` or `LEAVE_OUT`, as it is read now."""
    example: str
    """The first value, masked: `+49•••67`, `M••••`."""


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """A row that is not sent."""

    row: int
    reason: str
    """A sentence that quotes nothing of the row."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a person sees before anything is sent."""

    columns: tuple[Column, ...]
    rows_total: int
    """Rows that are not blank, without the header: `ready`, `problem_count` and `repeated` together."""
    ready: int
    """Contacts that would be sent."""
    problem_count: int
    problems: tuple[RowProblem, ...]
    """The first few."""
    repeated: int
    """Rows whose phone number appears further up in the file."""
    notes: tuple[str, ...]
    """Sentences about the whole file: its encoding was guessed, numbers look unusual, and so on."""
    digest: str
    """SHA-256 of all contacts in their order, as they are sent."""


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """A file that was read in one way. Never saved, never logged."""

    preview: Preview
    report: bytes = field(repr=False)
    """The rows with problems as CSV, each with its reason; no cell is a formula."""
    contacts: tuple[bytes, ...] = field(repr=False)
    """JSON objects."""
    rows: tuple[int, ...] = field(repr=False)
    """The row of each of them in the file."""

    def chunk(self, number: int, size: int) -> Chunk:
        """Return some of the contacts, `size` or what is left of them; the first chunk is number 0."""
        part = slice(number * size, (number + 1) * size)
        rows = self.rows[part]
        return Chunk(contacts=b"[%b]" % b",".join(self.contacts[part]), first_row=rows[0], last_row=rows[-1])
