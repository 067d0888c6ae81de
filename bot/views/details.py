"""One list that exists, in full: its window, its id, and its way to a channel. Pure: no I/O."""

from collections.abc import Sequence

from bot.kore.listing import Listing
from bot.kore.models import ContactList
from bot.models import Route, Snapshot
from bot.views.blocks import (
    Json,
    actions,
    bold,
    button,
    date,
    inert,
    line,
    literal,
    message,
    modal,
    note,
    person,
    preformatted,
    quote,
    rich,
    section,
)
from bot.views.form import FormContext, conversation_input
from bot.views.outcome import channel_name, fact_lines, facts_of
from bot.views.rows import NO_NAME, OPTIONS, TO_CHANNEL, list_blocks, state_of, why
from bot.views.sentences import COMMAND
from bot.views.text import cut

POST = "post_list"
POST_FORM = "post_list_form"

CHOICES = 20
"""Lists of one name that are offered."""
SHOWN_PARTS = 20
"""Campaigns or mapped fields that are named; of more there is the number."""
LONGEST_FACT = 1500
CHOOSE = "Choose the conversation in which everybody shall see it."


class ShareContext(FormContext):
    """What the form behind *Post to channel* must remember: which list, and where it was asked for."""

    list_id: str = ""


def loading_view() -> Json:
    """Build what opens at once, while Kore.ai is asked."""
    return modal("Contact list", rich(line(literal("Asking Kore.ai…"))))


def details_view(contact_list: ContactList, look: Snapshot[ContactList], sharing: ShareContext) -> Json:
    """Build the modal with everything that is known of one list."""
    shown = [
        _paragraphs([bold(contact_list.name or NO_NAME)], contact_list, _more_lines(contact_list)),
        actions(button(POST, OPTIONS[TO_CHANNEL], value=contact_list.id)),
    ]
    if look.value is None:
        shown.append(note(f"These are not all the details. {why(look.trouble)}"))
    else:
        shown.append(note(state_of(look)))
    return modal("Contact list", *shown, private_metadata=sharing.model_dump_json(exclude_none=True))


def choices_view(rows: Sequence[Listing], sharing: ShareContext) -> Json:
    """Build the choice between several lists that fit."""
    more = (
        [note(f"There are {len(rows) - CHOICES} more: type more of the name.")] if len(rows) > CHOICES else []
    )
    shown = [
        block for number, row in enumerate(rows[:CHOICES]) for block in list_blocks(row, number, with_id=True)
    ]
    headline = section(f"{len(rows)} lists match. Open the menu of one, and choose from it.")
    return modal(
        "Which one?", headline, *shown, *more, private_metadata=sharing.model_dump_json(exclude_none=True)
    )


def no_such_view(words: str) -> Json:
    """Say that there is no such list, and what to do next."""
    return modal(
        "No such list",
        rich(line(literal("No list has the name or id "), bold(words), literal("."))),
        note(f"`{COMMAND} list` shows what there is; a new list can take a minute to be known here."),
    )


def trouble_view(look: Snapshot[object]) -> Json:
    """Say why nothing can be shown."""
    return modal("Contact list", section(why(look.trouble)))


def id_view(list_id: str) -> Json:
    """Show an id so that it can be copied."""
    return modal("Copy id", rich(preformatted(list_id, limit=3000)))


def post_form(sharing: ShareContext) -> Json:
    """Ask where a list is to be posted."""
    return modal(
        "Post to channel",
        conversation_input(sharing.channel_id, label="Post the list to"),
        note("Everybody there will see its name, description, id, status and number of records."),
        callback_id=POST_FORM,
        private_metadata=sharing.model_dump_json(exclude_none=True),
        submit="Post",
        close="Cancel",
    )


def posting_view() -> Json:
    """Build what the form turns to while the list is posted."""
    return modal("Posting…", rich(line(literal("Posting…"))))


def posted_view(channel_id: str, route: Route) -> Json:
    """Say where the list went."""
    place = channel_name(channel_id)
    match route:
        case Route.CHANNEL | Route.RESPONSE_URL:
            return modal("Posted", section(f"The list was posted to {place}."))
        case Route.UNCONFIRMED:
            text = f"Slack did not confirm the message in {place}: look there before you post it again."
            return modal("Not certain", section(text))
        case Route.DEFERRED:
            text = "Slack takes no message just now. Post the list again in a minute."
            return modal("Not posted", section(text))
        case _:
            text = f"The bot could not post to {place}. Invite it there, or choose another conversation."
            return modal("Not posted", section(text))


def shared_message(user_id: str, contact_list: ContactList) -> Json:
    """Build the channel's message about a list that exists."""
    name = contact_list.name or NO_NAME
    headline = [person(user_id), literal(" shared the contact list "), bold(name)]
    facts = ", ".join(f"{label}: {inert(value)}" for label, value in facts_of(contact_list))
    return message(
        f"<@{user_id}> shared the contact list {inert(name)} ({facts})",
        _paragraphs(headline, contact_list, []),
    )


def _paragraphs(headline: list[Json], contact_list: ContactList, more: list[Json]) -> Json:
    described = contact_list.description
    words = [quote(described)] if described else []
    return rich(line(*headline), *words, line(*fact_lines(contact_list), *more))


def _more_lines(contact_list: ContactList) -> list[Json]:
    """Tell what the summary of a new list leaves out."""
    lines: list[Json] = []
    for label, value in _more_facts(contact_list):
        lines += [literal("\n"), bold(f"{label}: "), literal(value, limit=LONGEST_FACT)]
    if contact_list.updated_at:
        lines += [literal("\n"), bold("Updated: "), date(contact_list.updated_at)]
    return lines


def _more_facts(contact_list: ContactList) -> list[tuple[str, str]]:
    sync = contact_list.api_configurations
    mapping = contact_list.mapping
    mapped = None if mapping is None else [f"{theirs} → {ours}" for theirs, ours in mapping.items()]
    told = [
        ("Active", _yes_or_no(contact_list.is_active)),
        ("In use", _yes_or_no(contact_list.is_list_in_use)),
        ("Campaigns that use it", _several(contact_list.campaign_in_use)),
        ("Global Do-Not-Call list", _yes_or_no(contact_list.is_global_dnc)),
        ("Default list", _yes_or_no(contact_list.is_default)),
        ("Data sync mode", (sync.data_sync_mode if sync else None) or ""),
        ("Mapping", _several(mapped)),
        ("Columns", _count(contact_list.columns)),
        ("Files", _count(contact_list.files)),
        ("Created by", contact_list.created_by or ""),
        ("Updated by", contact_list.updated_by or ""),
    ]
    return [(label, value) for label, value in told if value]


def _yes_or_no(value: bool | None) -> str:  # noqa: FBT001 - the API's own field
    return "" if value is None else ("yes" if value else "no")


def _several(values: Sequence[str] | None) -> str:
    if values is None:
        return ""
    more = f" and {len(values) - SHOWN_PARTS} more" if len(values) > SHOWN_PARTS else ""
    return ", ".join(cut(value, 60) for value in values[:SHOWN_PARTS]) + more or "none"


def _count(values: Sequence[object] | None) -> str:
    return "" if values is None else str(len(values))
