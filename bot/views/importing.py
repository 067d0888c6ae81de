"""An import's progress and end, as people see them: views and messages. Pure: no I/O.

No contact is named here: rows are numbered, and contacts are counted.
"""

from bot.contact_import import RESTORED, Added, ContactImport, ImportOutcome, Stopped, Unsure
from bot.errors import NOT_ADDED, REST_NOT_ADDED, ListGone
from bot.views.app_info import AppInfo
from bot.views.blocks import Json, actions, button, literal_section, message, modal, note, section
from bot.views.card import contacts_of
from bot.views.sentences import if_it_goes_on, needs_admin
from bot.views.state import DecisionRequest, StopRequest
from bot.views.text import inert, unformatted

CHECK_ROWS = "check_rows"
SEND_ROWS_AGAIN = "send_rows_again"
LEAVE_ROWS_OUT = "leave_rows_out"
STOP_IMPORT = "stop_import"

DOING = {
    CHECK_ROWS: "Counting the contacts in Kore.ai again, for up to two minutes.",
    SEND_ROWS_AGAIN: "Sending those rows again.",
    LEAVE_ROWS_OUT: "Continuing without those rows.",
}
STILL_ADDING = (
    "I'm still adding contacts to this list. If I asked you about some rows, answer that first, in our "
    "direct messages."
)
STOPPING = (
    "Stopping. What was already sent stays in the list. If I asked you about some rows, I'll stop once "
    "you've answered."
)
ENDED_BEFORE = "It has already ended, so there's nothing to stop."
DECIDED_BEFORE = (
    "This was already decided, or I got no answer for a day and stopped. The window, or my latest message "
    "about this list, says how it's going."
)
CAN_CLOSE = "You can close this window. I'll message you when it's done."
CAN_CLOSE_AND_CHANNEL = (
    "You can close this window. I'll message you when it's done, and tell the channel if I can post there."
)
ALSO_SENT = "I sent you this as a direct message too, so you can close this window and decide later today."
DECIDED_TOO_LATE = (
    "That was too long ago for me to go on. Look at the list in Kore.ai, then add what's missing."
)

AFTER_ROW = (
    "To add the rest, upload a file with only the rows after row {row:,}. I already sent all rows up to that "
    "one, except those with a problem."
)
AFTER_SOME = "Check in Kore.ai which contacts arrived before you add more, so no one gets called twice."
LOOK_AGAIN = "Check the list again in a few minutes. Kore.ai can take a while."

NO_DUPLICATES = (
    "This list doesn't allow duplicates, so if they did arrive, sending them again changes nothing."
)
DUPLICATES = "This list allows duplicates, so if they did arrive, sending them again calls people twice."
UNKNOWN_DUPLICATES = "If they did arrive, sending them again might call people twice."


def adding_view(importing: ContactImport, *, sent: int = 0, doing: str = "", can_stop: bool = True) -> Json:
    """Build the view that replaces the preview once the import is saved, and while it is under way."""
    progress = doing or f"{sent:,} of {importing.rows.count:,} sent."
    return modal(
        "Adding contacts…",
        literal_section(f"Adding {contacts_of(importing.rows.count)} to {importing.list_name}"),
        section(progress),
        actions(_stop(importing)) if can_stop else None,
        note(CAN_CLOSE_AND_CHANNEL if importing.origin.channel_id else CAN_CLOSE),
    )


def ended_view(importing: ContactImport, outcome: ImportOutcome, *, job_id: str, app: AppInfo) -> Json:
    """Build the view shown at the end, or when the person must decide."""
    return modal(
        _title(outcome),
        *_blocks(importing, outcome, job_id=job_id, app=app),
        note(ALSO_SENT) if isinstance(outcome, Unsure) else None,
    )


def ended_message(importing: ContactImport, outcome: ImportOutcome, *, job_id: str, app: AppInfo) -> Json:
    """Build the same as a direct message, for a person who closed the view."""
    sentences = _sentences(importing, outcome, app).replace("*", "")
    text = f"{inert(importing.list_name)}: {sentences}"
    return message(text, *_blocks(importing, outcome, job_id=job_id, app=app))


def announcement(importing: ContactImport, outcome: Added | Stopped) -> Json:
    """Build the channel's only message."""
    return message(
        _announced(importing, outcome, inert(importing.list_name)),
        section(_announced(importing, outcome, unformatted(importing.list_name))),
    )


def _announced(importing: ContactImport, outcome: Added | Stopped, name: str) -> str:
    sent, all_of, who = outcome.sent + outcome.uncertain, importing.rows.count, importing.origin.user_id
    if isinstance(outcome, Added) and outcome.is_confirmed:
        return f"<@{who}> added {contacts_of(sent)} to {name}. It has {contacts_of(outcome.count_after)} now."
    many = f"{sent:,} of {all_of:,} contacts" if sent < all_of else contacts_of(sent)
    stopped = ", then it stopped" if sent < all_of else ""
    return f"<@{who}> sent {many} to {name}{stopped}. I couldn't confirm that all of them arrived."


def _title(outcome: ImportOutcome) -> str:
    match outcome:
        case Added(is_confirmed=True):
            return "Contacts added"
        case Added():
            return "Contacts sent"
        case Stopped(sent=0, uncertain=0):
            return "No contacts added"
        case Stopped():
            return "Stopped partway"
        case _:
            return "Did these arrive?"


def _blocks(importing: ContactImport, outcome: ImportOutcome, *, job_id: str, app: AppInfo) -> list[Json]:
    sign = "✅" if isinstance(outcome, Added) and outcome.is_confirmed else "⚠️"
    vendor = "" if isinstance(outcome, Added) else outcome.vendor_message
    buttons = _buttons(outcome, job_id) if isinstance(outcome, Unsure) else []
    return [
        literal_section(f"{sign} {importing.list_name}"),
        section(_sentences(importing, outcome, app)),
        *([literal_section(f"Kore.ai said: “{vendor}”")] if vendor else []),
        *([actions(*buttons)] if buttons else []),
    ]


def _sentences(importing: ContactImport, outcome: ImportOutcome, app: AppInfo) -> str:
    match outcome:
        case Added():
            return _added(outcome)
        case Stopped():
            return _stopped(importing, outcome, app)
        case _:
            return _unsure(outcome)


def _added(added: Added) -> str:
    sent = contacts_of(added.sent + added.uncertain)
    if added.is_confirmed:
        return f"Added {sent}. {_now(added)}"
    known = []
    if added.uncertain:
        known.append(f"Kore.ai didn't answer clearly for {added.uncertain:,} of them.")
    if added.count_before is not None and added.count_after is not None:
        known.append(f"The list had {added.count_before:,} contacts and has {added.count_after:,} now.")
    if added.allows_duplicates is False:
        known.append("It doesn't allow duplicates, so contacts it already had don't add to the count.")
    happened = f"I sent {sent}, but I can't confirm that all of them arrived."
    return _paragraphs(happened, " ".join(known), LOOK_AGAIN)


def _now(added: Added) -> str:
    return f"The list has {contacts_of(added.count_after)} now, according to Kore.ai."


def _stopped(importing: ContactImport, stopped: Stopped, app: AppInfo) -> str:
    whom, sent = _whom(importing, stopped, app), stopped.sent + stopped.uncertain
    if not sent or stopped.error == RESTORED:
        return stopped.sentence + whom
    where = f", up to row {stopped.after_row:,}" if stopped.after_row else ""
    why = stopped.sentence.replace(NOT_ADDED, REST_NOT_ADDED)
    happened = f"{sent:,} of {importing.rows.count:,} contacts were sent{where}. {why}"
    known = f"I can't tell whether {stopped.uncertain:,} of them arrived." if stopped.uncertain else ""
    rest = AFTER_ROW.format(row=stopped.after_row) if stopped.after_row else AFTER_SOME
    is_rest_wanted = sent < importing.rows.count and stopped.error != ListGone.__name__
    to_do = [whom.strip(), rest if is_rest_wanted else ""]
    return _paragraphs(happened, known, " ".join(to_do).strip())


def _whom(importing: ContactImport, stopped: Stopped, app: AppInfo) -> str:
    code = stopped.reference or importing.reference
    if stopped.needs_operator:
        return needs_admin(code, app.contact)
    return if_it_goes_on(code, app.contact) if stopped.reference else ""


def _unsure(unsure: Unsure) -> str:
    rows = f"rows {unsure.first_row:,}–{unsure.last_row:,}" if unsure.first_row else "the next rows"
    happened = f"{unsure.sentence} They're {rows} of the file ({contacts_of(unsure.contacts)})."
    known = ""
    if unsure.count is not None and unsure.expected is not None:
        known = f"The list has {unsure.count:,} contacts now, and would have {unsure.expected:,} with them."
    check = "*Check again*, *Send again*" if unsure.expected is not None else "*Send again*"
    duplicates = {True: DUPLICATES, False: NO_DUPLICATES, None: UNKNOWN_DUPLICATES}
    to_do = f"{check}, or *Skip* them and go on with the rest. {duplicates[unsure.allows_duplicates]}"
    return _paragraphs(happened, known, to_do)


def _paragraphs(happened: str, known: str, to_do: str) -> str:
    return "\n\n".join(filter(None, [happened, known, to_do]))


def _buttons(unsure: Unsure, job_id: str) -> list[Json]:
    value = DecisionRequest(job_id=job_id).write()
    check = button(CHECK_ROWS, "Check again", style="primary", value=value)
    again = button(SEND_ROWS_AGAIN, "Send again", value=value)
    skip = button(LEAVE_ROWS_OUT, "Skip", value=value)
    return [check, again, skip] if unsure.expected is not None else [again, skip]


def _stop(importing: ContactImport) -> Json:
    request = StopRequest(list_id=importing.list_id, key=importing.key)
    return button(STOP_IMPORT, "Stop", style="danger", value=request.write())
