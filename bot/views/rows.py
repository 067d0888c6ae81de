"""The existing lists, as rows on pages, with their age and what went wrong. Pure: no I/O."""

from collections.abc import Sequence

from bot.errors import (
    REFUSALS,
    BotError,
    KoreBlocked,
    KoreRateLimited,
    KoreUnauthorized,
    KoreUnreachable,
    KoreWrongAddress,
    ListsIncomplete,
    NoSlotInTime,
    TooManyLookups,
)
from bot.kore.listing import Listing
from bot.kore.names import name_key
from bot.models import Snapshot
from bot.views.app_info import AppInfo
from bot.views.blocks import (
    OPTION_VALUE_LIMIT,
    Json,
    actions,
    button,
    context,
    message,
    mrkdwn,
    mrkdwn_date,
    note,
    option,
    overflow,
    plain,
    section,
)
from bot.views.card import ADD_LABEL, NO_NAME, contacts_of
from bot.views.command import COMMAND
from bot.views.sentences import mention, roughly
from bot.views.state import Page
from bot.views.text import SHOWN_LIMIT, code, cut, inert, length, unformatted

MENU = "list_menu"
NEXT = "lists_next"
PREVIOUS = "lists_previous"

SHOW = "show_list"
DETAILS, ADD, TO_CHANNEL, SHOW_ID = "details", "add", "post", "id"
OPTIONS = {DETAILS: "Details", ADD: ADD_LABEL, TO_CHANNEL: "Post to channel", SHOW_ID: "Show ID"}
PAGE_SIZE = 5
PART_OF_ID = 8
"""Minimum length of a word for it to be searched in ids too."""
FIX_SETUP = "Ask {contact} to fix the setup."
WAIT = "Kore.ai is busy right now. I'll show the lists here as soon as it answers."
WHY_ELSE = "Kore.ai sent an answer I can't use. Try again in a minute."
_WHY: tuple[tuple[type[BotError] | tuple[type[BotError], ...], str], ...] = (
    (NoSlotInTime, "Kore.ai is busy right now. Try again in a minute."),
    (
        KoreRateLimited,
        "Your account has used up its Kore.ai requests for this minute. Try again in a minute.",
    ),
    (KoreUnreachable, "I can't reach Kore.ai right now. Try again in a minute."),
    (KoreUnauthorized, f"Kore.ai rejected this app's credentials, so I can't read the lists. {FIX_SETUP}"),
    (KoreBlocked, f"Something on the way to Kore.ai blocked this, so I can't read the lists. {FIX_SETUP}"),
    (KoreWrongAddress, f"Kore.ai's contact lists can't be found at the address I use. {FIX_SETUP}"),
    (REFUSALS, "Kore.ai didn't return the lists. Try again in a minute."),
)


def found_in(rows: Sequence[Listing], words: str) -> list[Listing]:
    """Return the lists with every word in their name, description or id, compared by name key.

    Names are full of numbers, and so are ids: only longer words are searched in those.
    """
    wanted = name_key(words).split()
    return [row for row in rows if all(_has(row, word) for word in wanted)]


def list_message(snapshot: Snapshot[tuple[Listing, ...]], page: Page, app: AppInfo) -> Json:
    """Build the private answer to `/contactlist list`."""
    if snapshot.value is None:
        return message(state_of(snapshot, app), section(state_of(snapshot, app)))
    found = found_in(snapshot.value, page.words)
    blocks = page_blocks(snapshot, found, page, app)
    if not found:
        return message(_nothing(snapshot.value, page.words), *blocks)
    title = headline(found, page)
    names = ", ".join(inert(row.name or NO_NAME) for row in _on_page(found, page))
    return message(f"{inert(title)}: {names}", section(f"*{unformatted(title)}*"), *blocks)


def headline(found: Sequence[Listing], page: Page) -> str:
    """Return a headline that says which of the lists found are on a page."""
    first = _first(found, page)
    words = f" with “{cut(page.words, 100)}”" if page.words else ""
    if not found:
        return "Contact lists"
    if len(found) <= PAGE_SIZE:
        return f"1 contact list{words}" if len(found) == 1 else f"{len(found)} contact lists{words}"
    return f"Contact lists{words} ({first + 1}–{min(first + PAGE_SIZE, len(found))} of {len(found)})"


def page_blocks(
    snapshot: Snapshot[tuple[Listing, ...]], found: Sequence[Listing], page: Page, app: AppInfo
) -> list[Json]:
    """Show one page of the lists found, with buttons to the others."""
    if snapshot.value is None:
        return [section(state_of(snapshot, app))]
    if not found:
        return [section(_nothing(snapshot.value, page.words)), note(state_of(snapshot, app))]
    rows = [
        block
        for number, row in enumerate(_on_page(found, page))
        for block in list_blocks(row, number, _menu(row.id, app))
    ]
    return [*rows, *_page_buttons(found, page), note(state_of(snapshot, app))]


def list_blocks(row: Listing, number: int, accessory: Json | None, *, with_id: bool = False) -> list[Json]:
    """Show one list with its actions; the id distinguishes lists with the same name."""
    name = section(f"*{unformatted(_shown_name(row.name))}*", block_id=f"list-{number}", accessory=accessory)
    return [name, context(*_facts(row, with_id=with_id))]


def state_of(snapshot: Snapshot[object], app: AppInfo) -> str:
    """Say how old the data is, and why it isn't newer."""
    if snapshot.value is None:
        return f"I don't have the lists yet. {why(snapshot.trouble, app)}"
    age = "a moment" if snapshot.age < 10 else roughly(snapshot.age)  # noqa: PLR2004 - what people call a moment
    read = f"Updated {age} ago."
    return f"{read} {why(snapshot.trouble, app)}" if snapshot.trouble else read


def why(trouble: BotError | None, app: AppInfo) -> str:
    """Say what is wrong, and what to do."""
    if isinstance(trouble, TooManyLookups):
        return str(trouble)
    if isinstance(trouble, ListsIncomplete):
        return f"I couldn't read {trouble.count} of the lists. If yours is missing, look for it in Kore.ai."
    sentence = next((sentence for kinds, sentence in _WHY if isinstance(trouble, kinds)), WHY_ELSE)
    return sentence.format(contact=mention(app.contact))


def menu_choice(value: str) -> tuple[str, str]:
    """Read the choice in a row's menu: what to do, and with which list."""
    what, _, list_id = value.partition(":")
    return what, list_id


def _has(row: Listing, word: str) -> bool:
    return word in row.words or (len(word) >= PART_OF_ID and word in row.id.lower())


def _nothing(rows: Sequence[Listing], words: str) -> str:
    if not rows:
        return f"There are no contact lists yet. Type `{COMMAND}` and a name to create the first one."
    return f"No lists match “{unformatted(words)}”. Try fewer words."


def _first(found: Sequence[Listing], page: Page) -> int:
    """Return where a page begins; a page past the end, such as after a deletion, becomes the last."""
    last = max(0, (len(found) - 1) // PAGE_SIZE)
    return min(max(page.number, 0), last) * PAGE_SIZE


def _on_page(found: Sequence[Listing], page: Page) -> Sequence[Listing]:
    first = _first(found, page)
    return found[first : first + PAGE_SIZE]


def _page_buttons(found: Sequence[Listing], page: Page) -> list[Json]:
    first = _first(found, page)
    number = first // PAGE_SIZE
    buttons = []
    if first:
        buttons.append(_page_button(PREVIOUS, "Previous", page, number - 1))
    if first + PAGE_SIZE < len(found):
        buttons.append(_page_button(NEXT, "Next", page, number + 1))
    return [actions(*buttons)] if buttons else []


def _page_button(action_id: str, text: str, page: Page, number: int) -> Json:
    target = Page(words=cut(page.words, SHOWN_LIMIT), number=number)
    return button(action_id, text, value=target.write())


def _menu(list_id: str, app: AppInfo) -> Json | None:
    """Build a row's menu, unless an id is too long for Slack to carry."""
    offered = {what: text for what, text in OPTIONS.items() if what != ADD or app.add_contacts}
    values = {f"{what}:{list_id}": text for what, text in offered.items()}
    if any(length(value) > OPTION_VALUE_LIMIT for value in values):
        return None
    return overflow(MENU, [option(value, text) for value, text in values.items()])


def _shown_name(name: str) -> str:
    return cut(name, SHOWN_LIMIT) if name.strip() else NO_NAME


def _facts(row: Listing, *, with_id: bool) -> list[Json]:
    """Build the small print; what Kore.ai wrote is plain text, which Slack never parses."""
    known = [
        cut(row.status.lower(), SHOWN_LIMIT),
        contacts_of(row.records) or "",
        "in use" if row.in_use else "",
    ]
    facts = " · ".join(filter(str.strip, known))
    shown = [plain(facts)] if facts else []
    if row.changed_at:
        shown.append(mrkdwn(f"updated {mrkdwn_date(row.changed_at)}"))
    if with_id or not row.name.strip() or not shown:
        shown.append(mrkdwn(code(cut(row.id, SHOWN_LIMIT))))
    return shown
