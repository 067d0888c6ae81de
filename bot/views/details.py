"""One existing list in full: its modal, its id, and posting it to a channel. Pure: no I/O."""

from collections.abc import Sequence

from bot.errors import REFUSALS
from bot.kore.listing import Listing
from bot.kore.models import ContactList
from bot.models import Route, Snapshot
from bot.views.app_info import AppInfo
from bot.views.blocks import (
    SECTION_LIMIT,
    Json,
    actions,
    button,
    header,
    literal_section,
    message,
    modal,
    mrkdwn_date,
    note,
    section,
)
from bot.views.card import ADD_CONTACTS, ADD_LABEL, NO_NAME, card, card_text
from bot.views.command import COMMAND
from bot.views.form import channel_input
from bot.views.rows import OPTIONS, TO_CHANNEL, list_blocks, state_of, why
from bot.views.sentences import POSTED_BEFORE, channel_name
from bot.views.state import ShareContext
from bot.views.text import code, cut, length, unformatted

POST = "post_list"
POST_FORM = "post_list_form"

MAX_CHOICES = 20
"""Lists with the same name that are offered."""
MAX_PARTS = 20
"""Campaigns or mapped fields that are named; the rest are counted."""
FACT_LIMIT = 280
GONE = "Kore.ai didn't return this list. It may have been deleted; try again in a minute."
ELSEWHERE = "You can also choose another channel."
CHOOSE = "Choose where to post it."
SHOW_ALL_FIELDS = "show_all_fields"


def loading_view() -> Json:
    """Build the view that opens at once, while Kore.ai is asked."""
    return modal("Contact list", section("Asking Kore.ai…"))


def details_view(
    contact_list: ContactList,
    snapshot: Snapshot[ContactList],
    context: ShareContext,
    app: AppInfo,
    *,
    made_by: str | None = None,
    with_all: bool = False,
) -> Json:
    """Build the modal of one list: the main facts, or every field if `with_all`.

    `made_by` is the user id of the person who created it here, if known.
    """
    facts = _main_facts(contact_list, made_by) + (_more_facts(contact_list) if with_all else [])
    add = [button(ADD_CONTACTS, ADD_LABEL, value=contact_list.id)] if app.add_contacts else []
    uses = [*add, button(POST, OPTIONS[TO_CHANNEL], value=contact_list.id)]
    more = [] if with_all else [button(SHOW_ALL_FIELDS, "Show all fields", value=contact_list.id)]
    buttons = more if context.over_form else [*uses, *more]
    age = f"These aren't all the details. {_why(snapshot, app)}"
    if snapshot.value:
        age = GONE if isinstance(snapshot.trouble, REFUSALS) else state_of(snapshot, app)
    return modal(
        "Contact list",
        header(contact_list.name or NO_NAME),
        literal_section(contact_list.description) if contact_list.description else None,
        *_sections(facts),
        actions(*buttons) if buttons else None,
        note(age),
        private_metadata=context.write(),
    )


def choices_view(rows: Sequence[Listing], context: ShareContext, *, choose: tuple[str, str]) -> Json:
    """Build the choice between several matching lists; `choose` is the buttons' action and label."""
    blocks = [section(f"{len(rows)} lists match. Which one do you mean?")]
    for number, row in enumerate(rows[:MAX_CHOICES]):
        blocks += list_blocks(row, number, button(*choose, value=row.id), with_id=True)
    if len(rows) > MAX_CHOICES:
        blocks.append(note(f"And {len(rows) - MAX_CHOICES} more. Type more of the name."))
    return modal("Which one?", *blocks, private_metadata=context.write())


def no_such_view(words: str) -> Json:
    """Say that there is no such list, and what to do next."""
    return modal(
        "No such list",
        literal_section(f"No list has the name or ID “{words}”."),
        note(f"`{COMMAND} list` shows what's there. A new list can take a minute to show up."),
    )


def trouble_view(snapshot: Snapshot[Sequence[Listing]], app: AppInfo) -> Json:
    """Say why the lists can't be searched."""
    return modal("Contact list", section(why(snapshot.trouble, app)))


def unknown_view(snapshot: Snapshot[ContactList], app: AppInfo) -> Json:
    """Say why a list can't be shown."""
    return modal("Contact list", section(_why(snapshot, app)))


def id_view(list_id: str) -> Json:
    """Show an id so that it can be copied."""
    return modal("List ID", section(code(cut(list_id, SECTION_LIMIT))))


def post_form(context: ShareContext) -> Json:
    """Ask where to post a list."""
    return modal(
        "Post to channel",
        channel_input(context.channel_id, label="Post the list in"),
        note("Everyone there will see its name, description, number of contacts and ID."),
        callback_id=POST_FORM,
        private_metadata=context.write(),
        submit="Post",
        close="Cancel",
    )


def posting_view() -> Json:
    """Build the view that replaces the form while the list is posted."""
    return modal("Posting…", section("Posting…"))


def posted_before_view(channel_id: str) -> Json:
    """Say that a form was already sent: it only posts once."""
    return modal("Already posted", section(POSTED_BEFORE.format(channel=channel_name(channel_id))))


def posted_view(channel_id: str, route: Route, *, advice: str) -> Json:
    """Say where the list went; `advice` is what would let the bot post."""
    channel = channel_name(channel_id)
    match route:
        case Route.CHANNEL | Route.RESPONSE_URL:
            title, text = "Posted", f"I posted the list in {channel}."
        case Route.UNCONFIRMED:
            title = "Couldn't confirm"
            text = f"Slack didn't confirm the message in {channel}. Look there before you post it again."
        case Route.DEFERRED:
            title, text = "Couldn't post", "Slack isn't accepting messages right now. Try again in a minute."
        case _:
            title = "Couldn't post"
            text = " ".join(filter(None, [f"I couldn't post in {channel}.", advice, ELSEWHERE]))
    return modal(title, section(text), closes_all=title == "Posted")


def as_message(view: Json) -> Json:
    """Build a message from a view of one sentence."""
    return message(view["blocks"][0]["text"]["text"], *view["blocks"])


def shared_message(user_id: str, contact_list: ContactList, app: AppInfo) -> Json:
    """Build the channel's message about an existing list."""
    shown = card(contact_list, app, by=user_id, verb="Shared")
    return message(card_text(contact_list, by=user_id, verb="shared"), *shown)


Fact = tuple[str, str]
"""A label, and a value as mrkdwn."""


def _main_facts(contact_list: ContactList, made_by: str | None) -> list[Fact]:
    created = mrkdwn_date(contact_list.created_at) if contact_list.created_at else ""
    by = f"<@{made_by}>" if made_by else ""
    facts = [
        ("Contacts", _number(contact_list.total_record_count)),
        ("Duplicates", _yes_or_no(contact_list.allow_duplicates, yes="allowed", no="not allowed")),
        ("Status", unformatted((contact_list.status or "").lower())),
        ("Created", " by ".join(filter(None, [created, by]))),
        ("ID", code(contact_list.id)),
    ]
    return [(label, value) for label, value in facts if value]


def _why(snapshot: Snapshot[ContactList], app: AppInfo) -> str:
    """Say why a list, or part of it, isn't known."""
    return GONE if isinstance(snapshot.trouble, REFUSALS) else why(snapshot.trouble, app)


def _more_facts(contact_list: ContactList) -> list[Fact]:
    sync = contact_list.api_configurations
    mapping = contact_list.mapping
    mapped = None if mapping is None else [f"{theirs} → {ours}" for theirs, ours in mapping.items()]
    updated = mrkdwn_date(contact_list.updated_at) if contact_list.updated_at else None
    facts = [
        ("Active", _yes_or_no(contact_list.is_active)),
        ("In use", _yes_or_no(contact_list.in_use)),
        ("Campaigns", _several(contact_list.campaign_in_use)),
        ("Global Do-Not-Call list", _yes_or_no(contact_list.is_global_dnc)),
        ("Default list", _yes_or_no(contact_list.is_default)),
        ("List type", contact_list.list_type),
        ("Source", contact_list.source),
        ("Data sync mode", sync.data_sync_mode if sync else None),
        ("Mapping", _several(mapped)),
        ("Columns", _count(contact_list.columns)),
        ("Files", _count(contact_list.files)),
        ("Created by (Kore.ai)", contact_list.created_by),
        ("Updated by (Kore.ai)", contact_list.updated_by),
    ]
    shown = [(label, unformatted(cut(value, FACT_LIMIT))) for label, value in facts if value]
    return [*shown, ("Updated", updated)] if updated else shown


def _sections(facts: Sequence[Fact]) -> list[Json]:
    """Put the facts into as few paragraphs as Slack's limit allows."""
    texts = [""]
    for label, value in facts:
        row = f"*{label}:* {value}\n"
        if length(texts[-1] + row) > SECTION_LIMIT:
            texts.append("")
        texts[-1] += row
    return [section(text.strip()) for text in texts if text]


def _yes_or_no(value: bool | None, *, yes: str = "yes", no: str = "no") -> str:  # noqa: FBT001 - the API's own field
    return "" if value is None else yes if value else no


def _several(values: Sequence[str] | None) -> str | None:
    if values is None:
        return None
    more = f" and {len(values) - MAX_PARTS} more" if len(values) > MAX_PARTS else ""
    return ", ".join(cut(value, 60) for value in values[:MAX_PARTS]) + more or "none"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _count(values: Sequence[object] | None) -> str | None:
    return None if values is None else str(len(values))
