"""The App Home: a button, what was submitted recently, and the lists of the account. Pure: no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.kore.listing import Listing
from bot.models import Created, Failed, Outcome, Snapshot, Submission
from bot.views.blocks import (
    Json,
    actions,
    bold,
    button,
    date,
    divider,
    header,
    home,
    input_block,
    line,
    literal,
    note,
    person,
    rich,
    section,
    text_input,
)
from bot.views.progress import told_of, trouble_buttons
from bot.views.rows import page_blocks
from bot.views.state import Page
from bot.views.text import cut

CREATE = "home_create"
REFRESH = "home_refresh"
SHOW_ALL = "home_show_all"
FILTER = "home_filter"

MAX_RECENT = 6
"""Submissions under "Latest requests"; each is two blocks at most."""
FILTER_LIMIT = 100
RESULT_LIMIT = 900
"""Characters of what went wrong with one of them, and which list may be it."""


@dataclass(frozen=True)
class RecentSubmission:
    """How a submission ended, or None while it is under way."""

    submission: Submission
    outcome: Outcome | None = None


def home_view(
    snapshot: Snapshot[tuple[Listing, ...]],
    page: Page,
    recent: Sequence[RecentSubmission] | None,
    *,
    user_id: str,
) -> Json:
    """Build the App Home; `recent` is None if the store did not answer."""
    return home(
        header("Contact lists"),
        actions(*_buttons(page)),
        header("Latest requests"),
        *_recent(recent, user_id),
        divider(),
        header("In the account"),
        _filter_input(page),
        *page_blocks(snapshot, page),
    )


def refused_view(refusal: Json) -> Json:
    """Build the App Home of a person who may not use the bot: whom to ask."""
    return home(section(refusal["text"]))


def _buttons(page: Page) -> list[Json]:
    buttons = [
        button(CREATE, "Create contact list", style="primary"),
        button(REFRESH, "Refresh", value=page.write()),
    ]
    show_all = button(SHOW_ALL, "Show all lists", value=Page().write())
    return [*buttons, show_all] if page.words else buttons


def _recent(recent: Sequence[RecentSubmission] | None, user_id: str) -> list[Json]:
    if recent is None:
        return [note("The bot's store did not answer. Press *Refresh* in a moment.")]
    shown = [each for each in recent if _is_shown(each, user_id)][:MAX_RECENT]
    if not shown:
        return [
            note("Nothing yet. What you create here, and what the others create, shows up in this place.")
        ]
    return [block for each in shown for block in _recent_blocks(each)]


def _is_shown(recent: RecentSubmission, user_id: str) -> bool:
    """Return whether to show it: trouble is shown to the person alone, as everywhere."""
    return isinstance(recent.outcome, Created) or recent.submission.origin.user_id == user_id


def _recent_blocks(recent: RecentSubmission) -> list[Json]:
    submission, outcome = recent.submission, recent.outcome
    headline = [
        literal(f"{_sign(outcome)} "),
        bold(submission.draft.name),
        literal(" · "),
        person(submission.origin.user_id),
        literal(" · "),
        date(datetime.fromtimestamp(submission.submitted_at, UTC)),
        *_result(outcome),
    ]
    if not isinstance(outcome, Failed):
        return [rich(line(*headline))]
    return [rich(line(*headline)), actions(*trouble_buttons(submission, outcome))]


def _sign(outcome: Outcome | None) -> str:
    if outcome is None:
        return "⏳"
    if isinstance(outcome, Created):
        return "✅"
    return "⚠️" if outcome.maybe_created else "❌"


def _result(outcome: Outcome | None) -> list[Json]:
    if outcome is None:
        return [literal("\nUnder way.")]
    if isinstance(outcome, Created):
        return [literal("\nID: "), literal(outcome.contact_list.id)]
    sentence = outcome.sentence.replace("*", "")
    return [literal("\n" + " ".join([sentence, *told_of(outcome)]), limit=RESULT_LIMIT)]


def _filter_input(page: Page) -> Json:
    """Ask for words; the block is another one for other words, or Slack would keep those."""
    element = text_input(
        FILTER,
        cut(page.words, FILTER_LIMIT),
        max_length=FILTER_LIMIT,
        placeholder="Words of the name, the description or the id; then Enter",
        dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]},
    )
    block_id = f"filter-{page.words.encode().hex()[:200]}"
    return {**input_block(block_id, "Filter", element, optional=True), "dispatch_action": True}
