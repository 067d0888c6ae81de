"""Choosing a contact file for a list. Pure: no I/O.

Source: https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.countries import region_of
from bot.kore.listing import Listing
from bot.slack.payloads import SharedFile, ViewPayload
from bot.views.blocks import (
    INPUT,
    OPTION_VALUE_LIMIT,
    Json,
    Problems,
    actions,
    button,
    input_block,
    literal_section,
    modal,
    note,
    option,
    section,
    text_input,
)
from bot.views.card import ADD_LABEL, NO_NAME, contacts_of
from bot.views.state import FillContext
from bot.views.text import cut

ADD_FROM_FILE = "add_contacts_from_file"
FILE_FORM = "contacts_file_form"
CHOOSE_FILE = "choose_file"
SHOW_PREVIEW = "show_preview"

SHORTCUT_NAME = "Add contacts from file"
LIST, FILE, COUNTRY = "list", "file", "country"
FILE_TYPES = ("csv", "xlsx")
MAX_LISTS = 100
"""Lists offered in a menu, newest first: Slack shows no more."""
OPTION_LIMIT = 75
"""Characters of an option. Source: https://docs.slack.dev/reference/block-kit/composition-objects/option-object"""

NO_COUNTRY = "I don't know that country. Use two letters like DE, or the dialing code like +49."
NO_FILE = "Choose a file."
NO_LIST = "Choose a list."
READING = "Reading the file… This can take up to half a minute. Nothing is sent before you've seen it."
ONLY_NEWEST = (
    f"These are the {MAX_LISTS} newest lists. For another one, open it and select *{ADD_LABEL}* there."
)
NO_FILE_THERE = (
    f"There's no file in that message. Choose *{SHORTCUT_NAME}* on a message with a CSV or Excel file."
)
SWITCHED_OFF = "Adding contacts from files is switched off here. You can add them in Kore.ai."
LIST_GONE = "This list isn't in Kore.ai anymore. Choose another list, or make a new one."
NO_LISTS = "There are no contact lists yet. Create one first."

SLACK_AWAY = "Slack didn't send me the file. Try again in a minute."
UNDER_WAY = "I'm still adding other contacts to this list. Try again when that's done."
IMPORT_NOT_SAVED = "Saving took too long. Try again – nothing gets sent twice."
NOT_KNOWN = "I don't know anymore what this preview showed, so nothing was sent. Close it and start again."
REPORT = (
    "Here are the rows I can't add, with the reason for each. Correct them in this file, then upload it. It "
    "has only these rows, so nothing is sent twice."
)
REPORT_NAME = "problem-rows.csv"
REPORT_NOT_SENT = "Slack didn't let me send you the file. Try again in a minute."
UNREADABLE = {
    "no_access": (
        "I'm not allowed to read files here yet. Ask {contact} to install this app again, with the "
        "permission `files:read`."
    ),
    "not_shared": "I can't see that file. Upload it here, or share it in a channel I'm in, then try again.",
    "elsewhere": "That file isn't stored in Slack. Save it as CSV or Excel, then upload it here.",
    "deleted": "That file was deleted. Upload it again.",
    "too_large": "That file is larger than 10 MB. Split it, then add one part after the other.",
}
"""Why a file can't be read, by the code of `FileNotReadable`."""


def loading_view() -> Json:
    """Build the view that opens at once, while Kore.ai is asked."""
    return modal(ADD_LABEL, section("Asking Kore.ai…"))


def file_form(fill: FillContext, *, count: int | None = None) -> Json:
    """Ask for a file for one list."""
    facts = contacts_of(count)
    named = f"{fill.list_name or NO_NAME}{f' ({facts} now)' if facts else ''}"
    element = {"type": "file_input", "action_id": INPUT, "filetypes": list(FILE_TYPES), "max_files": 1}
    return _form(
        fill,
        literal_section(f"To {named}"),
        input_block(
            FILE, "CSV or Excel file", element, hint="One contact per row. I need a phone number in each."
        ),
    )


def likely_file(files: Sequence[SharedFile]) -> SharedFile:
    """Return the file in a message that looks like contacts, by its extension, else the first one."""
    kinds = tuple(f".{each}" for each in FILE_TYPES)
    return next((each for each in files if each.name.lower().endswith(kinds)), files[0])


def list_form(fill: FillContext, file: SharedFile, rows: Sequence[Listing]) -> Json:
    """Ask for a list for one file."""
    shown = [row for row in rows if len(row.id) <= OPTION_VALUE_LIMIT]
    if not shown:
        return trouble_view(NO_LISTS, fill, is_final=True)
    options = [option(row.id, cut(row.name.strip() or row.id, OPTION_LIMIT)) for row in shown[:MAX_LISTS]]
    element = {"type": "static_select", "action_id": INPUT, "options": options}
    return _form(
        fill,
        literal_section(f"From {cut(file.name or 'the file', OPTION_LIMIT)}"),
        input_block(LIST, "Contact list", element),
        note(ONLY_NEWEST) if len(shown) > MAX_LISTS else None,
    )


def read_file_form(view: ViewPayload) -> FillContext | Problems:
    """Read the chosen list, file and country, or a sentence for each input that isn't right."""
    fill = FillContext.read(view.private_metadata)
    problems: Problems = {}
    typed = (view.input(COUNTRY).value or "").strip()
    country = region_of(typed)
    if country is None:
        problems[COUNTRY] = NO_COUNTRY
    chosen = view.input(LIST).selected_option
    if chosen:
        fill = fill.replace(list_id=chosen.value)
    if not fill.list_id:
        problems[LIST] = NO_LIST
    files = view.input(FILE).files
    if files:
        fill = fill.replace(file_id=files[0].id)
    if not fill.file_id:
        problems[FILE] = NO_FILE
    if problems or country is None:
        return problems
    options = replace(fill.options, country=country, columns=None)
    return fill.replace(country=typed, options=options)


def reading_view() -> Json:
    """Build the view that replaces the form while the file is read."""
    return modal(f"{ADD_LABEL}…", section(READING))


def unreadable(code: str, contact: str) -> str:
    """Return why a file can't be read; `contact` is who to ask, ready to be shown."""
    return UNREADABLE[code].format(contact=contact)


def trouble_view(sentence: str, fill: FillContext, *, is_final: bool = False) -> Json:
    """Say what went wrong, and offer to try again, or to choose another file for the same list.

    `is_final` means that neither would help.
    """
    offered = []
    if fill.file_id:
        offered.append(button(SHOW_PREVIEW, "Try again", style="primary"))
    if fill.list_id:
        offered.append(button(CHOOSE_FILE, "Choose another file"))
    return modal(
        ADD_LABEL,
        section(sentence),
        actions(*offered) if offered and not is_final else None,
        private_metadata=fill.write(),
    )


def _form(fill: FillContext, *asked: Json | None) -> Json:
    """Ask for whatever isn't known yet, the file or the list, and for the country."""
    return modal(
        ADD_LABEL,
        *asked,
        _country_input(fill.country),
        note("You'll see what's in the file before anything is sent to Kore.ai."),
        callback_id=FILE_FORM,
        private_metadata=fill.write(),
        submit="Preview",
        close="Cancel",
    )


def _country_input(country: str) -> Json:
    hint = "For phone numbers without a + in front. Two letters like DE, or the dialing code like +49."
    element = text_input(INPUT, country, max_length=6, placeholder="DE")
    return input_block(COUNTRY, "Country", element, hint=hint, optional=True)
