"""A submission's progress and end, as people see them: views and messages. Pure: no I/O.

Text by a person or Kore.ai goes through `blocks`, where it stays text; our own sentences are mrkdwn.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.kore.models import ContactList
from bot.models import Created, Failed, Notification, Route, Submission
from bot.views.app_info import AppInfo
from bot.views.blocks import (
    Json,
    actions,
    button,
    context,
    header,
    literal_section,
    message,
    modal,
    mrkdwn,
    mrkdwn_date,
    note,
    section,
    utc,
)
from bot.views.card import DESCRIPTION_SHOWN, FACT_SHOWN, NO_NAME, card, card_text, contacts_of
from bot.views.sentences import (
    CONFIRMED,
    advice_for,
    channel_name,
    checking,
    if_it_goes_on,
    needs_admin,
    roughly,
)
from bot.views.state import ConfirmRequest, FormValues, LookupRequest
from bot.views.text import code, cut, inert, unformatted

TRY_AGAIN = "try_again"
CHECK_AGAIN = "check_again"
THATS_IT = "thats_it"

CAME_LATE = (
    "⚠️ Your first version was already saved, so that's the one I'm creating. To use your changes, create "
    "another list."
)
WAITING = "Kore.ai isn't accepting requests right now. I'll keep trying for up to 30 minutes."


def creating_view(submission: Submission, *, changed: bool = False) -> Json:
    """Build the view that replaces the saved form; `changed` if it was saved before and edited since."""
    return _under_way(submission, "Creating", section(CAME_LATE) if changed else None)


def waiting_view(
    submission: Submission, *, position: int = 0, seconds: float = 0, changed: bool = False
) -> Json:
    """Build the view for a form that waits: for its slot, or (position 0) for Kore.ai itself."""
    slot = (
        f"{_ordinal(position)} in line, about {roughly(seconds)}. "
        "Kore.ai limits requests per minute for your account."
    )
    waits_for = section(slot if position else WAITING)
    return _under_way(submission, "Creating", waits_for, section(CAME_LATE) if changed else None)


def checking_view(submission: Submission, *, number: int = 0, of: int = 0) -> Json:
    """Build the view shown while Kore.ai is asked for the list: after *Check again*, or by itself.

    The `number` of the lookup is shown for those that the bot makes by itself.
    """
    how_far = f"Kore.ai didn't confirm it. Checking, {number} of {of}…"
    return _under_way(submission, "Checking", section(how_far if number else "Checking Kore.ai again."))


def result_view(ended: Notification, app: AppInfo) -> Json:
    """Build the view shown at the end."""
    submission, outcome = ended.submission, ended.outcome
    if isinstance(outcome, Created):
        where = note(_where(submission, ended.summary_route))
        shown = card(_with_draft(outcome.contact_list, submission), app)
        return modal("Contact list created", *shown, where)
    return modal(_title(outcome), *_trouble(submission, outcome, app))


def checking_message(submission: Submission) -> Json:
    """Build the message that replaces the one in which *Check again* was pressed."""
    name, sentence = submission.draft.name, checking(submission.origin.channel_id)
    return message(
        f"Contact list {inert(name)}: {sentence}", literal_section(f"⏳ {name}"), section(sentence)
    )


def confirmed_message(submission: Submission) -> Json:
    """Build the message that replaces the one in which *That's it* was pressed."""
    name = submission.draft.name
    return message(
        f"Contact list {inert(name)}: {CONFIRMED}", literal_section(f"⏳ {name}"), section(CONFIRMED)
    )


def result_message(ended: Notification, app: AppInfo) -> Json:
    """Build the message that finally replaces the one in which a button was pressed."""
    submission, outcome = ended.submission, ended.outcome
    if isinstance(outcome, Failed):
        return failure(submission, outcome, app)
    posted = summary(submission, outcome.contact_list, app)
    where = _where(submission, ended.summary_route)
    return message(f"{posted['text']} {where}", *posted["blocks"], note(where))


def confirmed_view(submission: Submission) -> Json:
    """Build the view shown after *That's it*."""
    return _under_way(submission, "Posting")


def summary(submission: Submission, contact_list: ContactList, app: AppInfo) -> Json:
    """Build the channel's message about a new list."""
    known, by = _with_draft(contact_list, submission), submission.origin.user_id
    return message(card_text(known, by=by, verb="created"), *card(known, app, by=by))


def summary_for_the_person(
    submission: Submission,
    contact_list: ContactList,
    app: AppInfo,
    *,
    perhaps_posted: bool = False,
    refusal: str = "",
) -> Json:
    """Build the direct message about a new list whose channel wasn't reached, or may not have been.

    `refusal` is Slack's code for the reason.
    """
    origin = submission.origin
    channel = channel_name(origin.channel_id)
    if perhaps_posted:
        advice = f"Slack didn't confirm this message in {channel}. Forward it if it's missing there."
    else:
        reason = advice_for(origin.channel_id, refusal, bot_name=app.bot_name)
        forward = f"I couldn't post this in {channel}. Forward it if the others need to see it."
        advice = f"{forward} {reason}".strip()
    posted = summary(submission, contact_list, app)
    return message(f"{posted['text']} {advice}", *posted["blocks"], note(advice))


def failure(submission: Submission, failed: Failed, app: AppInfo) -> Json:
    """Build the private message about a list that wasn't created, or may have been."""
    sentence = failed.sentence.replace("*", "")
    details = "".join(f" {inert(text)}" for text in details_of(failed))
    whom = whom_to_tell(submission, failed, app)
    text = f"Contact list {inert(submission.draft.name)}: {sentence}{details}{whom}"
    return message(text, *_trouble(submission, failed, app))


def details_of(failed: Failed) -> list[str]:
    """Return what others wrote about it, as text: what Kore.ai said, and which list may be the one."""
    said = [_said(failed)] if failed.vendor_message else []
    if failed.alike is None:
        return said
    named = cut(failed.alike.name or NO_NAME, FACT_SHOWN)
    list_id = f"ID {cut(failed.alike.id, FACT_SHOWN)}"
    return [*said, f"{named} ({', '.join([*_facts_of(failed.alike, utc), list_id])})"]


def trouble_buttons(submission: Submission, failed: Failed, *, with_primary: bool = True) -> list[Json]:
    """Offer the filled form again; first, if the list may exist, offer to recognise it or look for it.

    With `with_primary`, that button is highlighted. If only an operator can help, there is nothing to press.
    """
    if failed.needs_operator:
        return []
    values = FormValues(
        **submission.draft.model_dump(),
        channel_id=submission.origin.channel_id,
        user_id=submission.origin.user_id,
        attempt=submission.attempt + 1,
        retry_of=submission.key,
    )
    if failed.posted is None:
        return [button(TRY_AGAIN, "Try again", value=values.write())]
    style = "primary" if with_primary else None
    create_anyway = button(TRY_AGAIN, "Create anyway", value=values.write())
    if failed.alike:
        confirm = ConfirmRequest.of(submission.key, failed.alike)
        return [button(THATS_IT, "That's it", style=style, value=confirm.write()), create_anyway]
    lookup = LookupRequest(key=submission.key, posted=failed.posted)
    return [button(CHECK_AGAIN, "Check again", style=style, value=lookup.write()), create_anyway]


def last_checked(failed: Failed) -> list[Json]:
    """Say when Kore.ai was last asked for the list."""
    if failed.checked_at is None:
        return []
    return [note(f"Last checked {mrkdwn_date(datetime.fromtimestamp(failed.checked_at, UTC))}")]


def whom_to_tell(submission: Submission, failed: Failed, app: AppInfo) -> str:
    """Say who to tell, and the code under which the log has everything."""
    code = failed.reference or submission.reference
    if not code:
        return ""
    return needs_admin(code, app.contact) if failed.needs_operator else if_it_goes_on(code, app.contact)


def _where(submission: Submission, route: Route) -> str:
    """Say where the summary went."""
    channel = channel_name(submission.origin.channel_id)
    match route:
        case Route.CHANNEL | Route.RESPONSE_URL:
            return f"I posted the summary in {channel}."
        case Route.DIRECT_MESSAGE:
            return f"I couldn't post in {channel}, so I sent you the summary in a direct message."
        case Route.UNCONFIRMED:
            return f"Slack didn't confirm the summary in {channel}. Copy this if it's missing there."
        case Route.DEFERRED:
            return (
                f"Slack isn't accepting messages right now. I'll post the summary in {channel} when it does."
            )
        case _:
            return f"I couldn't post in {channel} or message you. Please copy this for the others."


def _with_draft(contact_list: ContactList, submission: Submission) -> ContactList:
    """Fill in the submitted name and description where Kore.ai returned none."""
    draft = submission.draft
    words = {
        "name": contact_list.name or draft.name,
        "description": contact_list.description or draft.description,
    }
    return contact_list.model_copy(update=words)


def _title(failed: Failed) -> str:
    if failed.alike:
        return "Is this your list?"
    return "Couldn't confirm" if failed.maybe_created else "Couldn't create list"


def _trouble(submission: Submission, failed: Failed, app: AppInfo) -> list[Json]:
    """Show what happened, who to tell, and what can be done, or else what was typed, so it isn't lost."""
    sign = "⚠️" if failed.maybe_created else "❌"
    buttons = trouble_buttons(submission, failed)
    typed = [] if buttons else [literal_section(f"You typed: {submission.draft.description}")]
    return [
        literal_section(f"{sign} {submission.draft.name}"),
        section(failed.sentence + whom_to_tell(submission, failed, app)),
        *([literal_section(_said(failed))] if failed.vendor_message else []),
        *(_alike(failed.alike) if failed.alike else []),
        *([actions(*buttons)] if buttons else typed),
        *last_checked(failed),
    ]


def _alike(alike: ContactList) -> list[Json]:
    """Show a list that may be the one, with what distinguishes it from others."""
    described = [literal_section(cut(alike.description, DESCRIPTION_SHOWN))] if alike.description else []
    facts = " · ".join(_facts_of(alike, mrkdwn_date, shown=unformatted))
    return [
        header(alike.name or NO_NAME),
        *described,
        context(*map(mrkdwn, filter(None, [facts, code(alike.id)]))),
    ]


def _facts_of(
    alike: ContactList, date: Callable[[datetime], str], *, shown: Callable[[str], str] = str
) -> list[str]:
    """List what distinguishes a list: when and by whom it was created, and how many contacts it has."""
    created = [f"Created {date(alike.created_at)}"] if alike.created_at else []
    by = [f"by {shown(cut(alike.created_by, FACT_SHOWN))} in Kore.ai"] if alike.created_by else []
    count = contacts_of(alike.total_record_count)
    return [*created, *by, *([count] if count else [])]


def _said(failed: Failed) -> str:
    return f"Kore.ai said: “{failed.vendor_message}”"


def _under_way(submission: Submission, doing: str, *more: Json | None) -> Json:
    channel = channel_name(submission.origin.channel_id)
    closing = (
        f"You can close this window. I'll post the summary in {channel}, or message you if something goes "
        "wrong."
    )
    return modal(f"{doing}…", literal_section(f"⏳ {submission.draft.name}"), *more, note(closing))


def _ordinal(number: int) -> str:
    """Return a place in line as people say it."""
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
