"""One list that exists, in full: its modal, its id, and its way to a channel. Pure: no I/O."""

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
from bot.views.command import COMMAND
from bot.views.form import channel_input
from bot.views.rows import NO_NAME, OPTIONS, REFUSALS, TO_CHANNEL, list_blocks, state_of, why
from bot.views.sentences import POSTED_BEFORE, channel_name
from bot.views.state import ShareContext
from bot.views.text import cut, inert

POST = "post_list"
POST_FORM = "post_list_form"

MAX_CHOICES = 20
"""Lists of one name that are offered."""
MAX_PARTS = 20
"""Campaigns or mapped fields that are named; of more there is the number."""
FACT_LIMIT = 1500
GONE = "Kore.ai did not give it: it may have been deleted. Look again in a minute."
ELSEWHERE = "You can also post the list to another conversation."
CHOOSE = "Choose the conversation in which everybody shall see it."


def loading_view() -> Json:
    """Build what opens at once, while Kore.ai is asked."""
    return modal("Contact list", rich(line(literal("Asking Kore.ai…"))))


def details_view(contact_list: ContactList, snapshot: Snapshot[ContactList], context: ShareContext) -> Json:
    """Build the modal with everything that is known of one list."""
    headline = [bold(contact_list.name or NO_NAME)]
    age = state_of(snapshot) if snapshot.value else f"These are not all the details. {_why(snapshot)}"
    return modal(
        "Contact list",
        list_text(headline, contact_list, *_more_lines(contact_list)),
        actions(button(POST, OPTIONS[TO_CHANNEL], value=contact_list.id)),
        note(age),
        private_metadata=context.write(),
    )


def choices_view(rows: Sequence[Listing], context: ShareContext) -> Json:
    """Build the choice between several lists that fit."""
    blocks = [section(f"{len(rows)} lists match. Open the menu of one, and choose from it.")]
    for number, row in enumerate(rows[:MAX_CHOICES]):
        blocks += list_blocks(row, number, with_id=True)
    if len(rows) > MAX_CHOICES:
        blocks.append(note(f"There are {len(rows) - MAX_CHOICES} more: type more of the name."))
    return modal("Which one?", *blocks, private_metadata=context.write())


def no_such_view(words: str) -> Json:
    """Say that there is no such list, and what to do next."""
    return modal(
        "No such list",
        rich(line(literal("No list has the name or id "), bold(words), literal("."))),
        note(f"`{COMMAND} list` shows what there is; a new list can take a minute to be known here."),
    )


def trouble_view(snapshot: Snapshot[Sequence[Listing]]) -> Json:
    """Say why no list can be looked for among all."""
    return modal("Contact list", section(why(snapshot.trouble)))


def unknown_view(snapshot: Snapshot[ContactList]) -> Json:
    """Say why one list cannot be shown."""
    return modal("Contact list", section(_why(snapshot)))


def id_view(list_id: str) -> Json:
    """Show an id so that it can be copied."""
    return modal("Copy id", rich(preformatted(list_id, limit=3000)))


def post_form(context: ShareContext) -> Json:
    """Ask where a list is to be posted."""
    return modal(
        "Post to channel",
        channel_input(context.channel_id, label="Post the list to"),
        note("Everybody there will see its name, description, id, status and number of records."),
        callback_id=POST_FORM,
        private_metadata=context.write(),
        submit="Post",
        close="Cancel",
    )


def posting_view() -> Json:
    """Build what the form turns to while the list is posted."""
    return modal("Posting…", rich(line(literal("Posting…"))))


def posted_before_view(channel_id: str) -> Json:
    """Say that a form was sent before: it posts once."""
    return modal("Posted before", section(POSTED_BEFORE.format(channel=channel_name(channel_id))))


def posted_view(channel_id: str, route: Route, *, advice: str) -> Json:
    """Say where the list went; `advice` is what would have let the bot post."""
    channel = channel_name(channel_id)
    match route:
        case Route.CHANNEL | Route.RESPONSE_URL:
            title, text = "Posted", f"The list was posted to {channel}."
        case Route.UNCONFIRMED:
            title = "Not certain"
            text = f"Slack did not confirm the message in {channel}: look there before you post it again."
        case Route.DEFERRED:
            title, text = "Not posted", "Slack takes no message just now. Post the list again in a minute."
        case _:
            title = "Not posted"
            text = " ".join(filter(None, [f"The bot could not post to {channel}.", advice, ELSEWHERE]))
    return modal(title, section(text))


def as_message(view: Json) -> Json:
    """Say in a message what a view of one sentence says."""
    return message(view["blocks"][0]["text"]["text"], *view["blocks"])


def shared_message(user_id: str, contact_list: ContactList) -> Json:
    """Build the channel's message about a list that exists."""
    name = contact_list.name or NO_NAME
    headline = [person(user_id), literal(" shared the contact list "), bold(name)]
    facts = ", ".join(f"{label}: {inert(value)}" for label, value in facts_of(contact_list))
    text = f"<@{user_id}> shared the contact list {inert(name)} ({facts})"
    return message(text, list_text(headline, contact_list))


def list_text(headline: Sequence[Json], contact_list: ContactList, *more: Json) -> Json:
    """Show a list: a headline, the description, and a line for each fact."""
    described = [quote(contact_list.description)] if contact_list.description else []
    return rich(line(*headline), *described, line(*_fact_lines(contact_list), *more))


def facts_of(contact_list: ContactList) -> list[tuple[str, str]]:
    """List what the channel reads, in order, without what the API did not say."""
    records = contact_list.total_record_count
    facts = [
        ("ID", contact_list.id),
        ("Status", contact_list.status),
        ("Records", None if records is None else str(records)),
        ("Duplicates", _yes_or_no(contact_list.allow_duplicates, yes="allowed", no="not allowed")),
        ("List type", contact_list.list_type),
        ("Source", contact_list.source),
    ]
    return [(label, value) for label, value in facts if value]


def _why(snapshot: Snapshot[ContactList]) -> str:
    """Say why one list is not known, or not all of it."""
    return GONE if isinstance(snapshot.trouble, REFUSALS) else why(snapshot.trouble)


def _fact_lines(contact_list: ContactList) -> list[Json]:
    lines: list[Json] = []
    for label, value in facts_of(contact_list):
        lines += [bold(f"{label}: "), literal(value), literal("\n")]
    if contact_list.created_at:
        return [*lines, bold("Created: "), date(contact_list.created_at)]
    return lines[:-1]


def _more_lines(contact_list: ContactList) -> list[Json]:
    """Build what the summary of a new list leaves out."""
    lines: list[Json] = []
    for label, value in _more_facts(contact_list):
        lines += [literal("\n"), bold(f"{label}: "), literal(value, limit=FACT_LIMIT)]
    if contact_list.updated_at:
        lines += [literal("\n"), bold("Updated: "), date(contact_list.updated_at)]
    return lines


def _more_facts(contact_list: ContactList) -> list[tuple[str, str]]:
    sync = contact_list.api_configurations
    mapping = contact_list.mapping
    mapped = None if mapping is None else [f"{theirs} → {ours}" for theirs, ours in mapping.items()]
    facts = [
        ("Active", _yes_or_no(contact_list.is_active)),
        ("In use", _yes_or_no(contact_list.is_list_in_use)),
        ("Campaigns that use it", _several(contact_list.campaign_in_use)),
        ("Global Do-Not-Call list", _yes_or_no(contact_list.is_global_dnc)),
        ("Default list", _yes_or_no(contact_list.is_default)),
        ("Data sync mode", sync.data_sync_mode if sync else None),
        ("Mapping", _several(mapped)),
        ("Columns", _count(contact_list.columns)),
        ("Files", _count(contact_list.files)),
        ("Created by", contact_list.created_by),
        ("Updated by", contact_list.updated_by),
    ]
    return [(label, value) for label, value in facts if value]


def _yes_or_no(value: bool | None, *, yes: str = "yes", no: str = "no") -> str | None:  # noqa: FBT001 - the API's own field
    return None if value is None else yes if value else no


def _several(values: Sequence[str] | None) -> str | None:
    if values is None:
        return None
    more = f" and {len(values) - MAX_PARTS} more" if len(values) > MAX_PARTS else ""
    return ", ".join(cut(value, 60) for value in values[:MAX_PARTS]) + more or "none"


def _count(values: Sequence[object] | None) -> str | None:
    return None if values is None else str(len(values))
