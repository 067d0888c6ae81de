"""The lists that exist, as rows on pages, with how old they are and what went wrong. Pure: no I/O."""

from collections.abc import Sequence

from bot.errors import (
    BotError,
    KoreBlocked,
    KoreInvalid,
    KoreRateLimited,
    KoreRejected,
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
from bot.views.blocks import (
    Json,
    actions,
    button,
    context,
    divider,
    literal_section,
    message,
    mrkdwn,
    mrkdwn_date,
    note,
    option,
    overflow,
    plain_literal,
    section,
)
from bot.views.command import COMMAND
from bot.views.sentences import about
from bot.views.state import Page
from bot.views.text import SHOWN_LIMIT, cut, inert, length

MENU = "list_menu"
NEXT = "lists_next"
PREVIOUS = "lists_previous"

DETAILS, TO_CHANNEL, COPY = "details", "post", "copy"
OPTIONS = {DETAILS: "Details", TO_CHANNEL: "Post to channel", COPY: "Copy id"}
OPTION_VALUE_LIMIT = 150
"""Characters that the value of an option may have."""
PAGE_SIZE = 10
PART_OF_ID = 8
"""Characters that a word needs to be looked for in ids too."""
NO_NAME = "(no name)"
REFUSALS = (KoreInvalid, KoreWrongAddress, KoreRejected)
"""How Kore.ai says that it does not have what was asked for."""
WHY_ELSE = "Kore.ai did not answer as it should: try again in a minute."
_WHY: tuple[tuple[tuple[type[BotError], ...], str], ...] = (
    ((NoSlotInTime,), "Kore.ai is busy or slow just now: look again in a minute."),
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
        (KoreBlocked,),
        "Something on the way to Kore.ai blocked this: whoever runs this bot should ask why.",
    ),
    (
        REFUSALS,
        "Kore.ai didn't return the lists: try again in a minute, or ask whoever runs this bot.",
    ),
)


def found_in(rows: Sequence[Listing], words: str) -> list[Listing]:
    """Keep the lists that have every word in name, description or id, by the key of names.

    Names are full of numbers, and so are ids: only a longer word is looked for in those.
    """
    wanted = name_key(words).split()
    return [row for row in rows if all(_has(row, word) for word in wanted)]


def list_message(snapshot: Snapshot[tuple[Listing, ...]], page: Page) -> Json:
    """Build the private answer to `/contactlist list`."""
    if snapshot.value is None:
        return message(state_of(snapshot), *page_blocks(snapshot, page))
    found = found_in(snapshot.value, page.words)
    names = ", ".join(inert(row.name or NO_NAME) for row in _on_page(found, page))
    text = f"{inert(_headline(found, page))} {names}".strip()
    return message(text, *page_blocks(snapshot, page))


def wait_message() -> Json:
    """Say that the lists come later."""
    return {"text": "Kore.ai is busy or slow just now. The lists come here as soon as it has answered."}


def page_blocks(snapshot: Snapshot[tuple[Listing, ...]], page: Page) -> list[Json]:
    """Show one page of lists, with what leads to the others."""
    if snapshot.value is None:
        return [section(state_of(snapshot))]
    found = found_in(snapshot.value, page.words)
    if not found:
        return [section(_nothing(snapshot.value)), note(state_of(snapshot))]
    rows = [block for number, row in enumerate(_on_page(found, page)) for block in list_blocks(row, number)]
    title = literal_section(_headline(found, page))
    return [title, *rows, *_page_buttons(found, page), note(state_of(snapshot))]


def list_blocks(row: Listing, number: int, *, with_id: bool = False) -> list[Json]:
    """Show one list: name, menu, and facts in small print; the id too where no fact tells it apart."""
    name = literal_section(_shown_name(row.name), block_id=f"list-{number}", accessory=_menu(row.id))
    return [name, context(*_facts(row, with_id=with_id)), divider()]


def state_of(snapshot: Snapshot[object]) -> str:
    """Say how old what is shown is, and why it is not newer."""
    if snapshot.value is None:
        return f"The lists are not known yet. {why(snapshot.trouble)}"
    age = "just now" if snapshot.age < 10 else f"{about(snapshot.age)} ago"  # noqa: PLR2004 - what people call now
    read = f"Read from Kore.ai {age}."
    return f"{read} {why(snapshot.trouble)}" if snapshot.trouble else read


def why(trouble: BotError | None) -> str:
    """Say what is the matter and what to do."""
    if isinstance(trouble, TooManyLookups):
        return str(trouble)
    if isinstance(trouble, ListsIncomplete):
        return f"{trouble.count} of the lists can't be read."
    return next((sentence for kinds, sentence in _WHY if isinstance(trouble, kinds)), WHY_ELSE)


def menu_choice(value: str) -> tuple[str, str]:
    """Read what was chosen in a row's menu: what to do, and with which list."""
    what, _, list_id = value.partition(":")
    return what, list_id


def taken_name_warning(taken: Listing) -> str:
    """Say, under the name of a new list, that another has it."""
    return cut(
        f"There is a list of this name already ({cut(taken.id, 100)}). "
        "Press Create list again to create another one all the same, or change the name.",
        SHOWN_LIMIT,
    )


def _has(row: Listing, word: str) -> bool:
    return word in row.words or (len(word) >= PART_OF_ID and word in row.id.lower())


def _headline(found: Sequence[Listing], page: Page) -> str:
    first = _first(found, page)
    shown = f"{first + 1} to {min(first + PAGE_SIZE, len(found))} of {len(found)}"
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
    """Return where a page begins; one past the end, as after a deletion, is the last."""
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


def _menu(list_id: str) -> Json | None:
    """Build a row's menu, unless an id is too long for Slack to carry."""
    values = {f"{what}:{list_id}": text for what, text in OPTIONS.items()}
    if any(length(value) > OPTION_VALUE_LIMIT for value in values):
        return None
    return overflow(MENU, [option(value, text) for value, text in values.items()])


def _shown_name(name: str) -> str:
    return cut(name, SHOWN_LIMIT) if name.strip() else NO_NAME


def _facts(row: Listing, *, with_id: bool) -> list[Json]:
    """Build the small print; what Kore.ai wrote is plain text, in which nothing is alive."""
    known = [
        cut(row.status, SHOWN_LIMIT),
        "" if row.records is None else f"{row.records} records",
        "" if row.in_use is None else ("in use" if row.in_use else "not in use"),
    ]
    facts = " · ".join(filter(str.strip, known))
    shown = [plain_literal(facts)] if facts else []
    if row.changed_at:
        shown.append(mrkdwn(f"Updated {mrkdwn_date(row.changed_at)}"))
    if with_id or not row.name.strip() or not shown:
        shown.append(plain_literal(f"ID: {cut(row.id, SHOWN_LIMIT)}"))
    return shown
