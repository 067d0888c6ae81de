"""How a contact file is read, and the result: what a person sees, and what is sent. Pure: no I/O.

Each file is read in a new process, which imports only this: pydantic would take longer than everything else.
"""

from dataclasses import dataclass, field

FIELDS = ("firstName", "lastName", "phoneNumber", "timeZone", "uniqueId", "contactPriority")
"""The fields of a contact, as a list's `mapping` names them. Source: Kore.ai, "Create contact list v2"."""
PHONE = "phoneNumber"
KEEP = "*"
"""A column sent under its header's name."""
LEAVE_OUT = ""
"""A column that isn't sent."""


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a person wants a file to be read."""

    country: str = ""
    """For numbers without `+`: a two-letter ISO 3166 code, or empty."""
    columns: tuple[str, ...] | None = None
    """One of `FIELDS`, `KEEP` or `LEAVE_OUT` for each column, in order; None: as the headers say."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """The contacts sent in one call. Never saved, never logged."""

    contacts: bytes = field(repr=False)
    """A JSON array of objects."""
    first_row: int
    """In the file; the header is row 1."""
    last_row: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file, and how it is used."""

    header: str
    """As in the file, or the column's letter if the file has none."""
    field: str
    """One of `FIELDS`, `KEEP` or `LEAVE_OUT`, as currently read."""
    example: str
    """The first value, masked: `+49•••67`, `M••••`."""


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """A row that isn't sent."""

    row: int
    reason: str
    """A sentence that quotes nothing from the row."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a person sees before anything is sent."""

    columns: tuple[Column, ...]
    rows_total: int
    """Non-blank rows, without the header: the sum of `ready`, `problem_count` and `repeated`."""
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
    """SHA-256 of all contacts in order, as they are sent."""


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """A file, read in one way. Never saved, never logged."""

    preview: Preview
    report: bytes = field(repr=False)
    """The rows with problems as CSV, each with its reason; no cell is a formula."""
    contacts: tuple[bytes, ...] = field(repr=False)
    """JSON objects."""
    rows: tuple[int, ...] = field(repr=False)
    """The row of each contact in the file."""

    def chunk(self, number: int, size: int) -> Chunk:
        """Return one chunk of contacts, at most `size`; the first chunk is number 0."""
        part = slice(number * size, (number + 1) * size)
        rows = self.rows[part]
        return Chunk(contacts=b"[%b]" % b",".join(self.contacts[part]), first_row=rows[0], last_row=rows[-1])
