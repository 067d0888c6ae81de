"""What is in a file, before anything is sent, and how each column is used. Pure: no I/O."""

from dataclasses import replace

from bot.contact_file import FIELDS, KEEP, LEAVE_OUT, PHONE, Column, Preview
from bot.kore.models import ContactList
from bot.slack.payloads import ViewPayload
from bot.views.blocks import (
    INPUT,
    SECTION_LIMIT,
    Json,
    Problems,
    actions,
    button,
    context,
    input_block,
    literal_section,
    modal,
    note,
    option,
    plain,
    section,
)
from bot.views.card import NO_NAME, contacts_of
from bot.views.contacts import CHOOSE_FILE
from bot.views.state import FillContext
from bot.views.text import cut, length, unformatted

PREVIEW_FORM = "contacts_preview_form"
COLUMNS_FORM = "contacts_columns_form"
CHANGE_COLUMNS = "change_columns"
SEND_PROBLEMS = "send_problem_rows"
COLUMN = "column-"
"""Prefix of the block_id of a column's menu."""

MAX_COLUMNS = 90
"""Columns that can be changed: a modal has room for 100 blocks."""
METADATA_LIMIT = 3_000
HEADER_SHOWN = 60
FIELD_NAMES = {
    "firstName": "First name",
    "lastName": "Last name",
    "phoneNumber": "Phone number",
    "timeZone": "Time zone",
    "uniqueId": "Unique ID",
    "contactPriority": "Priority",
}
KEPT, LEFT_OUT = "Keep as it is", "Leave out"
CHOICES = {**FIELD_NAMES, "keep": KEPT, "leave_out": LEFT_OUT}
"""How a column can be used, by the option's value, which can't be empty."""
_FIELD_OF = {"keep": KEEP, "leave_out": LEAVE_OUT}

IN_USE = "⚠️ A campaign uses this list, so people you add might be called right away."
USE_UNKNOWN = (
    "⚠️ I couldn't check whether a campaign uses this list. If one does, people you add might be called right "
    "away."
)
NO_PHONE = "Choose which column has the phone numbers."
CHOSEN_TWICE = "Another column already has this field. Choose a different one."
NONE_READY = "None of the rows can be added as they are."
TOO_MANY_CHOICES = "I can't keep choices for this many columns. Remove some from the file, then try again."


def preview_view(
    fill: FillContext,
    preview: Preview,
    details: ContactList | None,
    *,
    can_send_file: bool,
    has_sent: bool = False,
) -> Json:
    """Show what would be sent; the button sends it. `has_sent`: the problem rows were just sent."""
    ready = preview.ready
    return modal(
        "Check the contacts",
        literal_section(f"To {fill.list_name or NO_NAME}{_now(details)}"),
        section(summary(preview)),
        section(warning) if ready and (warning := _use_of(details)) else None,
        None if ready else section(NONE_READY),
        *_column_blocks(preview.columns),
        *_problem_blocks(preview),
        *_notes(preview),
        note("I sent you the problem rows in a direct message.") if has_sent else None,
        actions(*_buttons(preview, can_send_file=can_send_file and not has_sent)),
        callback_id=PREVIEW_FORM if ready else None,
        private_metadata=fill.write(),
        submit=f"Add {contacts_of(ready)}" if ready else None,
        close="Cancel",
    )


def summary(preview: Preview) -> str:
    """Say in one line what is in the file."""
    rows = "1 row" if preview.rows_total == 1 else f"{preview.rows_total:,} rows"
    parts = [f"{preview.ready:,} ready"]
    if preview.problem_count:
        parts.append("1 problem" if preview.problem_count == 1 else f"{preview.problem_count:,} problems")
    if preview.repeated:
        parts.append(f"{preview.repeated:,} repeated in the file")
    return f"*{rows}*: {', '.join(parts)}"


def columns_form(fill: FillContext, preview: Preview) -> Json:
    """Ask how to use each column."""
    shown = preview.columns[:MAX_COLUMNS]
    more = len(preview.columns) - len(shown)
    return modal(
        "Match the columns",
        section("Kore.ai knows these fields. Other columns can be kept under their own name, or left out."),
        *(_column_input(number, column) for number, column in enumerate(shown)),
        note(f"The other {more} columns are left out.") if more else None,
        callback_id=COLUMNS_FORM,
        private_metadata=fill.write(),
        submit="Preview",
        close="Cancel",
    )


def read_columns(view: ViewPayload) -> FillContext | Problems:
    """Read how to use each column, or a sentence for each menu that needs a change."""
    fill = FillContext.read(view.private_metadata)
    menus = sum(block_id.startswith(COLUMN) for block_id in view.state.values)
    chosen = [_chosen(view, number) for number in range(menus)]
    problems = {
        f"{COLUMN}{number}": CHOSEN_TWICE
        for number, field in enumerate(chosen)
        if field in FIELDS and field in chosen[:number]
    }
    if PHONE not in chosen:
        problems[f"{COLUMN}0"] = NO_PHONE
    if problems:
        return problems
    options = replace(fill.options, columns=tuple(chosen))
    changed = fill.replace(options=options)
    return changed if length(changed.write()) <= METADATA_LIMIT else {f"{COLUMN}0": TOO_MANY_CHOICES}


def _use_of(details: ContactList | None) -> str:
    """Warn that a campaign may call the people right away, or that this isn't known.

    The flag alone proves nothing: the vendor's own sample names campaigns of a list flagged as unused.
    """
    if details and (details.is_list_in_use or details.campaign_in_use):
        return IN_USE
    return USE_UNKNOWN if details is None or details.campaign_in_use is None else ""


def _now(details: ContactList | None) -> str:
    now = contacts_of(details.total_record_count) if details else None
    return f" ({now} now)" if now else ""


def _column_blocks(columns: tuple[Column, ...]) -> list[Json]:
    """List how the columns are used, as many as fit."""
    lines = [f"• {_shown(column.header)} → {_becomes(column)}" for column in columns]
    fitting = len(lines)
    while length("\n".join(lines[:fitting])) > SECTION_LIMIT - 50:
        fitting -= 1
    more = [f"• and {len(lines) - fitting} more"] if fitting < len(lines) else []
    return [section("\n".join(["*Columns*", *lines[:fitting], *more]))]


def _becomes(column: Column) -> str:
    example = f" ({_shown(column.example)})" if column.example else ""
    if column.field == LEAVE_OUT:
        return "left out"
    if column.field == KEEP:
        return f"kept{example}"
    return f"*{FIELD_NAMES[column.field]}*{example}"


def _problem_blocks(preview: Preview) -> list[Json]:
    if not preview.problem_count:
        return []
    lines = [f"• Row {problem.row:,}: {unformatted(problem.reason)}" for problem in preview.problems]
    more = preview.problem_count - len(preview.problems)
    lines += [f"• and {more:,} more"] if more else []
    return [section("\n".join(["*Won't be added*", *lines]))]


def _notes(preview: Preview) -> list[Json]:
    """Show the notes as plain text: they may quote a header, or a sheet's name."""
    return [context(plain(cut(" ".join(preview.notes), SECTION_LIMIT)))] if preview.notes else []


def _buttons(preview: Preview, *, can_send_file: bool) -> list[Json]:
    buttons = [button(CHANGE_COLUMNS, "Change columns")]
    if preview.problem_count and can_send_file:
        buttons.append(button(SEND_PROBLEMS, "Send me the problem rows"))
    return [*buttons, button(CHOOSE_FILE, "Choose another file")]


def _column_input(number: int, column: Column) -> Json:
    options = {value: option(value, text) for value, text in CHOICES.items()}
    names = {KEEP: "keep", LEAVE_OUT: "leave_out"}
    element = {
        "type": "static_select",
        "action_id": INPUT,
        "options": [*options.values()],
        "initial_option": options[names.get(column.field, column.field)],
    }
    hint = f"For example {column.example}" if column.example else ""
    label = cut(column.header, HEADER_SHOWN) or f"Column {number + 1}"
    return input_block(f"{COLUMN}{number}", label, element, hint=hint)


def _chosen(view: ViewPayload, number: int) -> str:
    chosen = view.input(f"{COLUMN}{number}").selected_option
    value = chosen.value if chosen else "leave_out"
    return _FIELD_OF.get(value, value)


def _shown(text: str) -> str:
    return unformatted(cut(text, HEADER_SHOWN))
