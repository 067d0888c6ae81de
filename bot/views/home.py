"""The App Home: a button, the latest requests, and the account's lists. Pure: no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.kore.listing import Listing
from bot.models import Created, Outcome, Snapshot, Submission
from bot.views.app_info import AppInfo
from bot.views.blocks import (
    Json,
    actions,
    button,
    context,
    divider,
    header,
    home,
    input_block,
    mrkdwn,
    mrkdwn_date,
    note,
    section,
    text_input,
)
from bot.views.command import COMMAND
from bot.views.progress import details_of, last_checked, trouble_buttons, whom_to_tell
from bot.views.rows import found_in, headline, page_blocks
from bot.views.state import Page
from bot.views.text import cut, unformatted

CREATE = "home_create"
REFRESH = "home_refresh"
SHOW_ALL = "home_show_all"
FILTER = "home_filter"
DISMISS = "home_dismiss"

MAX_RECENT = 6
"""Submissions under "Latest requests" that need no attention."""
MAX_TROUBLE = 5
"""Submissions before them that do; each is six blocks at most."""
FILTER_LIMIT = 100
WHAT_IT_IS = "Contact Lists creates lists for voice campaigns in Kore.ai and posts them in your channels."
WELCOME = (
    "*Welcome!* Every voice campaign starts with a contact list. Create one here or with "
    f"`{COMMAND}`, and I'll post its summary in the channel you choose."
)


@dataclass(frozen=True)
class RecentSubmission:
    """How a submission ended, or None while it is under way."""

    submission: Submission
    outcome: Outcome | None = None
    is_looked_up: bool = False
    """Whether a lookup is under way, instead of the request itself."""


def home_view(
    snapshot: Snapshot[tuple[Listing, ...]],
    page: Page,
    recent: Sequence[RecentSubmission] | None,
    *,
    user_id: str,
    app: AppInfo,
    is_first: bool = False,
) -> Json:
    """Build the App Home; `is_first` if it is the person's first one.

    `recent` is None if the store didn't answer.
    """
    found = found_in(snapshot.value or (), page.words)
    return home(
        section(WELCOME) if is_first or not (recent or snapshot.value) else None,
        actions(*_buttons(page)),
        header(headline(found, page)),
        _filter_input(page),
        *page_blocks(snapshot, found, page, app),
        divider(),
        header("Latest requests"),
        *_recent(recent, user_id, app),
    )


def refused_view(sentence: str) -> Json:
    """Build the App Home for a person without access: what this is, and who to ask."""
    return home(header("Contact Lists"), section(sentence), note(WHAT_IT_IS))


def _buttons(page: Page) -> list[Json]:
    buttons = [
        button(CREATE, "Create contact list", style="primary"),
        button(REFRESH, "Refresh", value=page.write()),
    ]
    show_all = button(SHOW_ALL, "Show all lists", value=Page().write())
    return [*buttons, show_all] if page.words else buttons


def _recent(recent: Sequence[RecentSubmission] | None, user_id: str, app: AppInfo) -> list[Json]:
    if recent is None:
        return [note("I couldn't load the latest requests. Select *Refresh* in a moment.")]
    trouble, fine = [], []
    for each in recent:
        is_mine = each.submission.origin.user_id == user_id
        if isinstance(each.outcome, Created) or (is_mine and each.outcome is None):
            fine.append(each)
        elif is_mine:
            trouble.append(each)
    if not trouble and not fine:
        return [note("Nothing yet. Lists that you and others create show up here.")]
    shown = [*trouble[:MAX_TROUBLE], *fine[:MAX_RECENT]]
    more = len(trouble) - MAX_TROUBLE
    left_out = (
        [note(f"{more} more of yours went wrong. Dismiss some of these to see them.")] if more > 0 else []
    )
    return [*left_out, *(block for each in shown for block in _recent_blocks(each, app))]


def _recent_blocks(recent: RecentSubmission, app: AppInfo) -> list[Json]:
    submission, outcome = recent.submission, recent.outcome
    when = mrkdwn_date(datetime.fromtimestamp(submission.submitted_at, UTC))
    headline = f"{_sign(outcome)} *{unformatted(submission.draft.name)}*"
    about = context(mrkdwn(f"<@{submission.origin.user_id}> · {when}"))
    if outcome is None:
        doing = "Checking Kore.ai…" if recent.is_looked_up else "Creating…"
        return [section(f"{headline}\n{doing}"), about]
    if isinstance(outcome, Created):
        return [section(headline), about]
    buttons = [
        *trouble_buttons(submission, outcome, with_primary=False),
        button(DISMISS, "Dismiss", value=submission.key),
    ]
    whom = whom_to_tell(submission, outcome, app) if outcome.needs_operator else ""
    return [
        section(f"{headline}\n{outcome.sentence}{whom}"),
        *(section(unformatted(text)) for text in details_of(outcome)),
        about,
        actions(*buttons),
        *last_checked(outcome),
    ]


def _sign(outcome: Outcome | None) -> str:
    if outcome is None:
        return "⏳"
    if isinstance(outcome, Created):
        return "✅"
    return "⚠️" if outcome.maybe_created else "❌"


def _filter_input(page: Page) -> Json:
    """Ask for search words; the block_id changes with them, or Slack would keep the old ones."""
    element = text_input(
        FILTER,
        cut(page.words, FILTER_LIMIT),
        max_length=FILTER_LIMIT,
        placeholder="Search by name, description or ID, then press Enter",
        dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]},
    )
    block_id = f"filter-{page.words.encode().hex()[:200]}"
    return {**input_block(block_id, "Search", element, optional=True), "dispatch_action": True}
