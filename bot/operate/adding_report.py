"""What `add-contacts` prints at the end: sentences or one JSON object, and the exit status. Pure: no I/O.

Neither contains a phone number.
"""

import csv
from dataclasses import dataclass
from io import StringIO

from bot.contact_file import KEEP, LEAVE_OUT, Column, ReadFile, RowProblem
from bot.contact_import import Added, ImportOutcome, Stopped, Unsure
from bot.contacts.headers import REPORT_HEADERS
from bot.errors import NOT_ADDED, REST_NOT_ADDED, KoreError, ListGone, WrongList
from bot.kore.listing import Listing
from bot.operate.create import RUN_DOCTOR, not_now, with_what_helps
from bot.operate.terminal import Ended, ExitStatus, ended, without_controls
from bot.views.card import contacts_of

SHOWN_PROBLEMS = 20
"""Problems printed as text; JSON has them all."""
READ = (
    "{rows:,} rows: {ready:,} ready, {problems:,} with problems, {repeated:,} repeated in the file. "
    "To be sent: {to_send:,}."
)
COLUMN = "  {header}: {field}"
EXAMPLE = " (for example {example})"
NOT_READ = "Kore.ai's lists can't be read right now ({error}), so nothing was sent. Try again later."
CALLED = "A campaign uses this list, so people on it may be called."
WOULD_SEND = "The list is the right one. Nothing was sent, because this is a dry run."
CONFIRMED = "Added {sent}. Kore.ai counts {after:,} in the list now."
UNCONFIRMED = (
    "Kore.ai accepted {sent}, but counts {after} in the list where {expected} are expected. It "
    "may still be adding them, or have left out numbers that the list had. Look there before you send any "
    "again."
)
SENT = "Sent before that: {sent}, up to row {row}."
"""Follows what stopped it."""
LEFT = "To send the rest, run this again with --from-row {next}."
UNSURE = (
    "That is about rows {first} to {last} ({contacts}). Kore.ai counts {count} in the list, and "
    "with them it would be {expected}. No row below was sent. Look in Kore.ai, then go on: --from-row "
    "{after} leaves these rows out, and --from-row {first} sends them again, {twice}."
)
TWICE = "which calls people twice if their contacts did arrive"
ONCE = "which is safe if the list keeps each number once, as it says"
UNKNOWN = "an unknown number"
ENDINGS = {ExitStatus.NOT_DONE: "not_added"}
"""What JSON says instead."""


@dataclass(kw_only=True)
class AddingReport:
    """What is known so far, and every way to end."""

    is_dry_run: bool
    as_json: bool
    read: ReadFile | None = None
    target: Listing | None = None
    count: int = 0
    """Contacts to be sent."""

    def unusable(self, sentence: str) -> Ended:
        """End because of unusable input."""
        return self._ended(ExitStatus.UNUSABLE, sentence)

    def refused(self, error: KoreError | WrongList) -> Ended:
        """End before anything was sent."""
        return self._ended(ExitStatus.NOT_DONE, _before_sending(error), error=type(error).__name__)

    def ended(self, outcome: ImportOutcome | None) -> Ended:
        """End with the import's outcome; None if this was only a check."""
        if outcome is None:
            return self._ended(ExitStatus.DONE, WOULD_SEND)
        if isinstance(outcome, Stopped):
            return self._ended(ExitStatus.NOT_DONE, _stopped(outcome), outcome=outcome, error=outcome.error)
        if isinstance(outcome, Unsure):
            return self._ended(ExitStatus.UNCERTAIN, _unsure(outcome), outcome=outcome)
        status = ExitStatus.DONE if outcome.is_confirmed else ExitStatus.UNCERTAIN
        return self._ended(status, _added(outcome), outcome=outcome)

    def _ended(
        self,
        status: ExitStatus,
        sentence: str,
        *,
        outcome: ImportOutcome | None = None,
        error: str | None = None,
    ) -> Ended:
        return ended(
            status,
            sentence,
            as_json=self.as_json,
            endings=ENDINGS,
            error=error,
            dry_run=self.is_dry_run,
            list=self.target and _list_in_json(self.target),
            to_send=self.count,
            **(_file_in_json(self.read) if self.read else {}),
            **_outcome_in_json(outcome),
        )


def describe_file(read: ReadFile, *, to_send: int) -> str:
    """Describe the file that was read, in lines."""
    seen = read.preview
    lines = [
        READ.format(
            rows=seen.rows_total,
            ready=seen.ready,
            problems=seen.problem_count,
            repeated=seen.repeated,
            to_send=to_send,
        ),
        *(
            COLUMN.format(header=each.header, field=_field(each))
            + (EXAMPLE.format(example=each.example) if each.example else "")
            for each in seen.columns
        ),
        *seen.notes,
        *(f"Row {each.row}: {each.reason}" for each in _problems(read)[:SHOWN_PROBLEMS]),
    ]
    more = seen.problem_count - SHOWN_PROBLEMS
    return without_controls(
        "\n".join([*lines, f"… and {more:,} more rows with problems."] if more > 0 else lines)
    )


def describe_list(target: Listing) -> str:
    """Describe the list, in lines."""
    records = "" if target.records is None else f", {contacts_of(target.records)}"
    line = f"List: {target.name} ({target.id}){records}."
    return without_controls(f"{line}\n{CALLED}" if target.in_use else line)


def _field(column: Column) -> str:
    return {KEEP: "kept under its name", LEAVE_OUT: "left out"}.get(column.field, column.field)


def _list_in_json(target: Listing) -> dict[str, object]:
    return {"id": target.id, "name": target.name, "in_use": target.in_use}


def _before_sending(error: KoreError | WrongList) -> str:
    if sentence := not_now(error):
        return sentence
    if isinstance(error, WrongList):
        return error.contacts_message()
    if error.maybe_created:
        return NOT_READ.format(error=type(error).__name__)
    advice = RUN_DOCTOR if error.needs_operator else ""
    return with_what_helps(error.contacts_message(), error.vendor_message, advice)


def _added(outcome: Added) -> str:
    if outcome.is_confirmed:
        return CONFIRMED.format(sent=contacts_of(outcome.sent), after=outcome.count_after)
    before = outcome.count_before
    expected = None if before is None else before + outcome.sent
    return UNCONFIRMED.format(
        sent=contacts_of(outcome.sent), after=_number(outcome.count_after), expected=_number(expected)
    )


def _stopped(outcome: Stopped) -> str:
    advice = RUN_DOCTOR if outcome.needs_operator else ""
    sentence = outcome.sentence.replace(NOT_ADDED, REST_NOT_ADDED) if outcome.sent else outcome.sentence
    text = with_what_helps(sentence, outcome.vendor_message, advice)
    if not outcome.sent:
        return text
    sent = SENT.format(sent=contacts_of(outcome.sent), row=outcome.after_row)
    left = "" if outcome.error == ListGone.__name__ else LEFT.format(next=outcome.after_row + 1)
    return f"{text} {sent} {left}".rstrip()


def _unsure(outcome: Unsure) -> str:
    text = with_what_helps(outcome.sentence, outcome.vendor_message)
    where = UNSURE.format(
        first=outcome.first_row,
        last=outcome.last_row,
        contacts=contacts_of(outcome.contacts),
        count=_number(outcome.count),
        expected=_number(outcome.expected),
        after=outcome.last_row + 1,
        twice=ONCE if outcome.allows_duplicates is False else TWICE,
    )
    return f"{text} {where}"


def _number(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}"


def _file_in_json(read: ReadFile) -> dict[str, object]:
    seen = read.preview
    return {
        "rows": seen.rows_total,
        "ready": seen.ready,
        "problems": seen.problem_count,
        "repeated": seen.repeated,
        "problem_rows": [{"row": each.row, "reason": each.reason} for each in _problems(read)],
        "columns": [{"header": each.header, "field": each.field} for each in seen.columns],
        "notes": [*seen.notes],
    }


def _outcome_in_json(outcome: ImportOutcome | None) -> dict[str, object]:
    fields: dict[str, object] = {
        "sent": outcome.sent if outcome else 0,
        "count_before": outcome.count_before if outcome else None,
        "count_after": None,
        "uncertain_rows": None,
        "next_row": None,
    }
    match outcome:
        case Added():
            return fields | {"count_after": outcome.count_after}
        case Stopped() if outcome.sent:
            return fields | {"next_row": outcome.after_row + 1}
        case Unsure():
            uncertain = {"first": outcome.first_row, "last": outcome.last_row}
            return fields | {"count_after": outcome.count, "uncertain_rows": uncertain}
    return fields


def _problems(read: ReadFile) -> list[RowProblem]:
    """Read the problems back from the report, where each row starts with its number and its problem.

    A report only has room for so many rows; the rest are counted, but not named.
    """
    text = read.report.decode("utf-8-sig")
    delimiter = text[len(REPORT_HEADERS[0]) :][:1] or ","
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    return [RowProblem(row=int(row[0]), reason=row[1]) for row in rows if row[0].isdecimal()]
