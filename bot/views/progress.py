"""How a submission goes and how it ended, as people see it: views and messages. Pure: no I/O.

Text of a person or of Kore.ai goes through `blocks`, where it stays text; sentences of ours are mrkdwn.
"""

from bot.kore.models import ContactList
from bot.models import Created, Failed, Outcome, Route, Submission, posted_of
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
    quote,
    rich,
    section,
    utc,
)
from bot.views.details import facts_of, list_text
from bot.views.rows import NO_NAME
from bot.views.sentences import about, advice_for, channel_name
from bot.views.state import ConfirmRequest, FormValues, LookupRequest
from bot.views.text import inert

TRY_AGAIN = "try_again"
CHECK_AGAIN = "check_again"
THATS_IT = "thats_it"

CAME_LATE = (
    "⚠️ What you sent first had been saved after all, so this is the list that is created: your changes came "
    "too late. For another list, use the command again."
)
WAITING = (
    "Waiting for Kore.ai, which takes no requests just now. The bot keeps trying, for half an hour at most."
)


def creating_view(submission: Submission, *, changed: bool = False) -> Json:
    """Build what the form turns to when it has been saved; `changed` since, if it had been saved before."""
    late = _came_late(changed=changed)
    return modal("Creating…", _named("Creating ", submission), *late, _may_close(submission))


def waiting_view(
    submission: Submission, *, position: int = 0, seconds: float = 0, changed: bool = False
) -> Json:
    """Build what the form turns to while it waits: for its slot, or (position 0) for Kore.ai itself."""
    slot = (
        f"Waiting for its turn: position {position}, about {about(seconds)}. Kore.ai takes only so many "
        "requests a minute for the whole account."
    )
    return modal(
        "Creating…",
        _named("Creating ", submission),
        section(slot if position else WAITING),
        *_came_late(changed=changed),
        _may_close(submission),
    )


def checking_view(submission: Submission) -> Json:
    """Build what the form turns to after *Check again*."""
    return modal("Checking…", _named("Looking for ", submission), _may_close(submission))


def result_view(submission: Submission, outcome: Outcome, *, summary_route: Route) -> Json:
    """Build what the form turns to at the end."""
    if isinstance(outcome, Created):
        where = note(_where(submission, summary_route))
        return modal("Contact list created", _created(submission, outcome.contact_list), where)
    return modal(_title(outcome), *_trouble(submission, outcome))


def confirmed_view(submission: Submission) -> Json:
    """Build what the form turns to after *That's it*."""
    return modal("One moment…", _named("Posting the summary of ", submission), _may_close(submission))


def summary(submission: Submission, contact_list: ContactList) -> Json:
    """Build the channel's message about a new list."""
    return message(_summary_text(submission, contact_list), _created(submission, contact_list))


def summary_for_the_person(
    submission: Submission,
    contact_list: ContactList,
    *,
    bot_name: str,
    perhaps_posted: bool = False,
    refusal: str = "",
) -> Json:
    """Build the direct message about a new list whose channel the bot did not reach, or perhaps did not.

    `refusal` is Slack's code for why not.
    """
    origin = submission.origin
    channel = channel_name(origin.channel_id)
    if perhaps_posted:
        advice = f"Slack did not confirm this message in {channel}. Forward it if it is missing there."
    else:
        reason = advice_for(origin.channel_id, refusal, bot_name=bot_name, in_group=origin.in_group)
        forward = f"The bot could not post this to {channel}. Forward it if the others should see it."
        advice = f"{forward} {reason}".strip()
    text = f"{_summary_text(submission, contact_list)} {advice}"
    return message(text, _created(submission, contact_list), note(advice))


def failure(submission: Submission, failed: Failed) -> Json:
    """Build the private message about a list that was not created, or perhaps was."""
    sentence = failed.sentence.replace("*", "")
    told = "".join(f" {inert(text)}" for text in told_of(failed))
    text = f"Contact list {inert(submission.draft.name)}: {sentence}{told}{_reference(submission, failed)}"
    return message(text, *_trouble(submission, failed))


def told_of(failed: Failed) -> list[str]:
    """Repeat in words what others wrote about it: what Kore.ai said, and which list may be the one."""
    said = [f"Kore.ai said: “{failed.vendor_message}”"] if failed.vendor_message else []
    if failed.alike is None:
        return said
    created_at = failed.alike.created_at
    created = [("Created", utc(created_at))] if created_at else []
    facts = ", ".join(f"{label}: {value}" for label, value in [*_facts_of(failed.alike), *created])
    return [*said, f"{failed.alike.name or NO_NAME} ({facts})"]


def trouble_buttons(submission: Submission, failed: Failed) -> list[Json]:
    """Offer the filled form again; of a list that may exist, offer first to recognise it or look for it."""
    values = FormValues(
        **submission.draft.model_dump(),
        channel_id=submission.origin.channel_id,
        in_group=submission.origin.in_group,
        user_id=submission.origin.user_id,
        attempt=submission.attempt + 1,
        retry_of=submission.key,
    )
    if failed.posted_at is None:
        return [button(TRY_AGAIN, "Try again", value=values.write())]
    create_anyway = button(TRY_AGAIN, "Create anyway", value=values.write())
    if failed.alike:
        confirm = ConfirmRequest.of(submission.key, failed.alike)
        return [button(THATS_IT, "That's it", style="primary", value=confirm.write()), create_anyway]
    lookup = LookupRequest(key=submission.key, **posted_of(failed))
    return [button(CHECK_AGAIN, "Check again", style="primary", value=lookup.write()), create_anyway]


def _where(submission: Submission, route: Route) -> str:
    """Say where the summary went."""
    channel = channel_name(submission.origin.channel_id)
    match route:
        case Route.CHANNEL | Route.RESPONSE_URL:
            return f"The summary is in {channel}."
        case Route.DIRECT_MESSAGE:
            return f"The bot could not post to {channel}, so the summary is in your messages from it."
        case Route.UNCONFIRMED:
            return f"Slack did not confirm the summary in {channel}: copy this if it is missing there."
        case Route.DEFERRED:
            return f"Slack takes no message just now: the summary comes to {channel} as soon as it does."
        case _:
            return f"The bot could not post to {channel} or write to you: please copy this for the others."


def _created(submission: Submission, contact_list: ContactList) -> Json:
    known = _with_draft(contact_list, submission)
    headline = [
        person(submission.origin.user_id),
        literal(" created the contact list "),
        bold(known.name or ""),
    ]
    return list_text(headline, known)


def _summary_text(submission: Submission, contact_list: ContactList) -> str:
    known = _with_draft(contact_list, submission)
    facts = [f"{label}: {inert(value)}" for label, value in facts_of(contact_list)]
    if contact_list.created_at:
        facts.append(f"Created: {utc(contact_list.created_at)}")
    named = f"{inert(known.name or '')}: {inert(known.description or '')}"
    return f"<@{submission.origin.user_id}> created the contact list {named} ({', '.join(facts)})"


def _with_draft(contact_list: ContactList, submission: Submission) -> ContactList:
    """Fill in the submitted name and description where Kore.ai named none."""
    draft = submission.draft
    words = {
        "name": contact_list.name or draft.name,
        "description": contact_list.description or draft.description,
    }
    return contact_list.model_copy(update=words)


def _title(failed: Failed) -> str:
    if failed.alike:
        return "Is this your list?"
    return "Not certain" if failed.maybe_created else "Not created"


def _trouble(submission: Submission, failed: Failed) -> list[Json]:
    sign = "⚠️" if failed.maybe_created else "❌"
    said = (
        [rich(line(literal("Kore.ai said:")), quote(failed.vendor_message))] if failed.vendor_message else []
    )
    return [
        rich(line(literal(f"{sign} Contact list "), bold(submission.draft.name))),
        section(failed.sentence + _reference(submission, failed)),
        *said,
        *([_card(failed.alike)] if failed.alike else []),
        actions(*trouble_buttons(submission, failed)),
    ]


def _card(alike: ContactList) -> Json:
    """Show a list that may be the one, with what tells it apart from others."""
    described = [quote(alike.description)] if alike.description else []
    facts = [part for label, value in _facts_of(alike) for part in (literal(f"\n{label}: "), literal(value))]
    created = [literal("\nCreated: "), date(alike.created_at)] if alike.created_at else []
    return rich(line(bold(alike.name or NO_NAME), *facts, *created), *described)


def _facts_of(alike: ContactList) -> list[tuple[str, str]]:
    facts = [("ID", alike.id), ("Created by", alike.created_by)]
    return [(label, value) for label, value in facts if value]


def _reference(submission: Submission, failed: Failed) -> str:
    reference = failed.reference or submission.reference
    if not reference:
        return ""
    if failed.needs_operator:
        return f" Tell them now, with the reference {reference}."
    return f" If it happens again, give the reference {reference} to whoever runs this bot."


def _came_late(*, changed: bool) -> list[Json]:
    return [section(CAME_LATE)] if changed else []


def _may_close(submission: Submission) -> Json:
    channel = channel_name(submission.origin.channel_id)
    return note(
        f"You can close this window: the summary goes to {channel}; if something goes wrong, the bot writes "
        "to you."
    )


def _named(before: str, submission: Submission) -> Json:
    return rich(line(literal(before), bold(submission.draft.name), literal(" in Kore.ai.")))
