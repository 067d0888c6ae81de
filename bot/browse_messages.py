"""What people see of the lists that exist: pages of lists, one list in full, and trouble. Pure: no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
    TextObject,
)
from slack_sdk.models.views import View

from bot.blocks import (
    SHOWN_LIMIT,
    Json,
    bold,
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
    utc,
)
from bot.errors import (
    BotError,
    KoreBusy,
    KoreInvalid,
    KoreMisaddressed,
    KoreRateLimited,
    KoreRejected,
    KoreUnauthorized,
    KoreUnreachable,
    LookedTooOften,
)
from bot.forms import Context, conversation_input, read_typed_text
from bot.kore.listing import Listing, folded
from bot.kore.models import ContactList
from bot.look import Look
from bot.messages import COMMAND, about, fact_lines, facts_of, place_of
from bot.models import Way, cut, length

__all__ = [
    "CHOOSE",
    "MENU",
    "NEXT",
    "POST",
    "POST_FORM",
    "PREVIOUS",
    "Browse",
    "Page",
    "Sharing",
    "choices_view",
    "details_view",
    "found_in",
    "id_view",
    "list_message",
    "loading_view",
    "menu_choice",
    "no_such_view",
    "page_blocks",
    "post_form",
    "posted_view",
    "read_browsing",
    "shared_message",
    "state_of",
    "trouble_view",
    "twin_warning",
    "wait_message",
]

MENU = "list_menu"
NEXT = "lists_next"
PREVIOUS = "lists_previous"
POST = "post_list"
POST_FORM = "post_list_form"

DETAILS, TO_CHANNEL, COPY = "details", "post", "copy"
OPTIONS = {DETAILS: "Details", TO_CHANNEL: "Post to channel", COPY: "Copy id"}
OPTION_VALUE = 150
"""Characters that the value of an option may have."""
PAGE = 10
"""Rows on one page."""
CHOICES = 20
"""Lists of one name that are offered."""
SHOWN_PARTS = 20
"""Campaigns or mapped fields that are named; of more there is the number."""
LONGEST_FACT = 1500
NO_NAME = "(no name)"
CHOOSE = "Choose the conversation in which everybody shall see it."
WHY_ELSE = "Kore.ai did not answer as it should: try again in a minute."
_WHY: tuple[tuple[tuple[type[BotError], ...], str], ...] = (
    ((KoreBusy,), "Kore.ai is busy or slow just now: look again in a minute."),
    (
        (KoreRateLimited,),
        "Kore.ai's limit of requests for the whole account is used up: try again in a minute.",
    ),
    ((KoreUnreachable,), "Kore.ai cannot be reached just now: try again in a minute."),
    (
        (KoreUnauthorized,),
        "Kore.ai did not accept the bot's credentials or scope: whoever runs this bot should check them.",
    ),
    (
        (KoreInvalid, KoreMisaddressed, KoreRejected),
        "Kore.ai did not give it: it may have been deleted. Look again in a minute.",
    ),
)


class Page(BaseModel):
    """Which part of the lists somebody looks at; the buttons carry it as their value."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    words: str = ""
    number: int = 0


class Sharing(Context):
    """What the form behind *Post to channel* must remember: which list, and where it was asked for."""

    list_id: str = ""


@dataclass(frozen=True)
class Browse:
    """What somebody wants to see: the lists with these words, or one list."""

    kind: Literal["list", "show"]
    words: str


def read_browsing(text: str) -> Browse | None:
    """Read `list WORDS` and `show NAME`; None for anything else, which is the name of a new list.

    Names like "List of renewals" are common, so only small letters are taken for the command's own words.
    """
    verb, _, words = read_typed_text(text).partition(" ")
    if verb == "list" or (verb == "show" and not words):
        return Browse("list", words)
    return Browse("show", words) if verb == "show" else None


def found_in(rows: Sequence[Listing], words: str) -> list[Listing]:
    """Keep the lists in whose name, description or id every word stands, case and accents aside."""
    wanted = folded(words).split()
    return [row for row in rows if all(word in row.words for word in wanted)]


def list_message(look: Look[tuple[Listing, ...]], page: Page) -> Json:
    """Build the private answer to `/contactlist list`."""
    if look.value is None:
        text = state_of(look)
        return message(text, [section(text)])
    found = found_in(look.value, page.words)
    names = ", ".join(inert(row.name or NO_NAME) for row in _on_page(found, page))
    text = f"{_headline(found, page)} {names}".strip()
    return message(text, page_blocks(look, page))


def wait_message() -> Json:
    """Say that the lists come later."""
    return {"text": "Kore.ai is busy or slow just now. The lists come here as soon as it has answered."}


def page_blocks(look: Look[tuple[Listing, ...]], page: Page) -> list[Block | Json]:
    """Show one page of lists, with what leads to the others."""
    found = found_in(look.value or (), page.words)
    if look.value is None:
        return [section(state_of(look))]
    if not found:
        return [section(_nothing(look.value)), note(state_of(look))]
    rows = [_row(row, number) for number, row in enumerate(_on_page(found, page))]
    title = SectionBlock(text=_plain(_headline(found, page)))
    return [title, *rows, *_turning(found, page), note(state_of(look))]


def state_of(look: Look[object]) -> str:
    """Say how old what is shown is, and why it is not newer."""
    if look.value is None:
        return f"The lists are not known yet. {_why(look.trouble)}"
    age = "just now" if look.age < 10 else f"{about(look.age)} ago"  # noqa: PLR2004 - what people call now
    read = f"Read from Kore.ai {age}."
    return f"{read} {_why(look.trouble)}" if look.trouble else read


def menu_choice(value: str) -> tuple[str, str]:
    """Read what was chosen in a row's menu: what to do, and with which list."""
    what, _, list_id = value.partition(":")
    return what, list_id


def loading_view() -> Json:
    """Build what opens at once, while Kore.ai is asked."""
    return _view("Contact list", rich(line(literal("Asking Kore.ai…"))))


def details_view(contact_list: ContactList, look: Look[ContactList], sharing: Sharing) -> Json:
    """Build the modal with everything that is known of one list."""
    shown: list[Block | Json] = [
        _paragraphs([bold(contact_list.name or NO_NAME)], contact_list, _more_lines(contact_list)),
        ActionsBlock(
            elements=[ButtonElement(action_id=POST, text=OPTIONS[TO_CHANNEL], value=contact_list.id)]
        ),
    ]
    if look.value is None:
        shown.append(note(f"This is what the list of lists says. {_why(look.trouble)}"))
    else:
        shown.append(note(state_of(look)))
    return _view("Contact list", *shown, sharing=sharing)


def choices_view(rows: Sequence[Listing], sharing: Sharing) -> Json:
    """Build the choice between several lists that fit."""
    more = (
        [note(f"There are {len(rows) - CHOICES} more: type more of the name.")] if len(rows) > CHOICES else []
    )
    shown = [_row(row, number) for number, row in enumerate(rows[:CHOICES])]
    headline = section(f"{len(rows)} lists fit. Choose from the menu of one.")
    return _view("Which one?", headline, *shown, *more, sharing=sharing)


def no_such_view(words: str) -> Json:
    """Say that there is no such list, and what to do next."""
    return _view(
        "No such list",
        rich(line(literal("No list has the name or id "), bold(words), literal("."))),
        note(f"`{COMMAND} list` shows what there is; a new list can take a minute to be known here."),
    )


def trouble_view(look: Look[object]) -> Json:
    """Say why nothing can be shown."""
    return _view("Contact list", section(_why(look.trouble)))


def id_view(list_id: str) -> Json:
    """Show an id so that it can be copied."""
    return _view("Copy id", rich(preformatted(list_id, limit=3000)))


def post_form(sharing: Sharing) -> Json:
    """Ask where a list is to be posted."""
    return View(
        type="modal",
        callback_id=POST_FORM,
        private_metadata=sharing.model_dump_json(exclude_none=True),
        title="Post to channel",
        submit="Post",
        close="Cancel",
        blocks=[
            conversation_input(sharing.channel_id, optional=False),
            note("Everybody there sees what is known of the list."),
        ],
    ).to_dict()


def posting_view() -> Json:
    """Build what the form turns to while the list is posted."""
    return _view("Posting…", rich(line(literal("Posting…"))))


def posted_view(channel_id: str, way: Way) -> Json:
    """Say where the list went."""
    place = place_of(channel_id)
    match way:
        case Way.CHANNEL | Way.RESPONSE_URL:
            return _view("Posted", section(f"The list is in {place} now."))
        case Way.UNCERTAIN:
            text = f"Slack did not confirm the message in {place}: look there before you post it again."
            return _view("Not certain", section(text))
        case Way.LATER:
            text = "Slack takes no message just now. Post the list again in a minute."
            return _view("Not posted", section(text))
        case _:
            text = f"The bot could not post to {place}. Invite it there, or choose another conversation."
            return _view("Not posted", section(text))


def shared_message(user_id: str, contact_list: ContactList) -> Json:
    """Build the channel's message about a list that exists."""
    name = contact_list.name or NO_NAME
    headline = [person(user_id), literal(" shows the contact list "), bold(name)]
    facts = ", ".join(f"{label}: {inert(value)}" for label, value in facts_of(contact_list))
    return message(
        f"<@{user_id}> shows the contact list {inert(name)} ({facts})",
        [_paragraphs(headline, contact_list, [])],
    )


def twin_warning(twin: Listing) -> str:
    """Say, under the name of a new list, that another has it."""
    return cut(
        f"There is a list of this name already ({cut(twin.id, 100)}). "
        "Press Create list again to create another one all the same, or change the name.",
        SHOWN_LIMIT,
    )


def _headline(found: Sequence[Listing], page: Page) -> str:
    first = _first(found, page)
    shown = f"{first + 1} to {min(first + PAGE, len(found))} of {len(found)}"
    words = f" with “{cut(page.words, 100)}”" if page.words else ""
    return f"Contact lists{words}: {shown}." if found else "No contact list."


def _nothing(rows: Sequence[Listing]) -> str:
    if not rows:
        return f"There is no contact list in this account yet. Create the first one with `{COMMAND} NAME`."
    return (
        f"None of the {len(rows)} contact lists has all these words. Try fewer. To create a list, type "
        f"`{COMMAND} NAME`, or `{COMMAND}` alone if the name begins with a small *list* or *show*."
    )


def _first(found: Sequence[Listing], page: Page) -> int:
    """Say where a page begins; one behind the end, as after a deletion, is the last."""
    last = max(0, (len(found) - 1) // PAGE)
    return min(max(page.number, 0), last) * PAGE


def _on_page(found: Sequence[Listing], page: Page) -> Sequence[Listing]:
    first = _first(found, page)
    return found[first : first + PAGE]


def _turning(found: Sequence[Listing], page: Page) -> list[Block | Json]:
    first = _first(found, page)
    number = first // PAGE
    buttons = []
    if first:
        buttons.append(_turn(PREVIOUS, "Previous", page, number - 1))
    if first + PAGE < len(found):
        buttons.append(_turn(NEXT, "Next", page, number + 1))
    return [ActionsBlock(elements=buttons)] if buttons else []


def _turn(action_id: str, text: str, page: Page, number: int) -> ButtonElement:
    there = Page(words=cut(page.words, SHOWN_LIMIT), number=number)
    return ButtonElement(action_id=action_id, text=text, value=there.model_dump_json())


def _row(row: Listing, number: int) -> SectionBlock:
    """Show one list: the name as it is, what is known of it, and its menu."""
    options = [Option(value=f"{what}:{row.id}", text=text) for what, text in OPTIONS.items()]
    fits = all(length(str(option.value)) <= OPTION_VALUE for option in options)
    return SectionBlock(
        block_id=f"list-{number}",
        text=_plain(_shown_name(row.name)),
        fields=_facts(row),
        accessory=OverflowMenuElement(action_id=MENU, options=options) if fits else None,
    )


def _shown_name(name: str) -> str:
    return cut(name, SHOWN_LIMIT) if name.strip() else NO_NAME


def _facts(row: Listing) -> list[TextObject]:
    """Tell what is known; what Kore.ai wrote is plain text, in which nothing is alive."""
    told = [
        cut(row.status, SHOWN_LIMIT),
        "" if row.records is None else f"{row.records} records",
        "" if row.in_use is None else ("in use" if row.in_use else "not in use"),
    ]
    facts = " · ".join(filter(str.strip, told))
    shown: list[TextObject] = [_plain(facts)] if facts else []
    when = (
        [MarkdownTextObject(text=f"Updated {_moment(row.changed_at)}", verbatim=True)]
        if row.changed_at
        else []
    )
    return [*shown, *when, _plain(f"ID: {cut(row.id, SHOWN_LIMIT)}")]


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _moment(moment: datetime) -> str:
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{utc(moment)}>"


def _why(trouble: BotError | None) -> str:
    """Say what is the matter and what to do."""
    if isinstance(trouble, LookedTooOften):
        return str(trouble)
    return next((sentence for kinds, sentence in _WHY if isinstance(trouble, kinds)), WHY_ELSE)


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


def _view(title: str, *blocks: Block | Json, sharing: Sharing | None = None) -> Json:
    view = modal(title, *blocks)
    return {**view, "private_metadata": sharing.model_dump_json(exclude_none=True)} if sharing else view
