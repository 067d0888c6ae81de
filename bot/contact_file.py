"""What reading a file returns: what a person sees of it, and its contacts as they are sent. Pure: no I/O."""

from dataclasses import dataclass, field

from bot.contact_import import Chunk


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
