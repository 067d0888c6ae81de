"""Every block and sentence that a person can see, except the form's own. Pure: no I/O.

Text of a person or of Kore.ai goes through `blocks`, where it stays text; sentences of ours are mrkdwn.
"""

import math
import re

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.blocks import (
    UNPARSED,
    Json,
    bold,
    date,
    escaped,
    inert,
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
from bot.forms import CHECK_AGAIN, SUBMIT, TRY_AGAIN, Doubt, Filling
from bot.kore.models import ContactList
from bot.models import Created, Failed, Outcome, Submission, Way

__all__ = [
    "COMMAND",
    "LOOKING",
    "NOT_LOOKED",
    "NOT_SAVED",
    "TOO_LONG_AGO",
    "TOO_MANY_OPEN_JOBS",
    "Json",
    "about",
    "broke",
    "broke_in_form",
    "broke_off",
    "creating_view",
    "fact_lines",
    "facts_of",
    "failure",
    "form_did_not_open",
    "form_did_not_open_again",
    "help_text",
    "looking_view",
    "not_allowed",
    "not_allowed_in_form",
    "not_allowed_there",
    "place_of",
    "result_view",
    "summary",
    "summary_for_the_person",
    "too_many_looks",
    "too_many_submissions",
    "trouble_buttons",
    "waiting_view",
]

COMMAND = "/contactlist"
NOT_ALLOWED = (
    "You may not create contact lists here, so nothing was created. "
    "Ask {contact} to allow you or this channel."
)
NOT_ALLOWED_THERE = (
    "The bot may not post there, so nothing was created. Choose another conversation, or ask {contact} to "
    "allow this one."
)
SOMEBODY = "whoever runs this bot"
"""The contact where a form's error cannot show a mention."""
TOO_MANY_OPEN_JOBS = (
    "The bot is already working on as many lists as it can, so nothing was created. "
    f"Press {SUBMIT} again in a few minutes."
)
NOT_SAVED = (
    f"The bot could not save this in time. Press {SUBMIT} again in a moment; it cannot be created twice."
)
MAY_CLOSE = "You can close this window: the result comes to the channel, and trouble comes to you."
_USER_ID = re.compile(r"[UW][A-Z0-9]+")
LOOKING = (
    "The bot is looking for the list in Kore.ai again. If it is there, its summary goes to the conversation "
    "that you chose; if not, the bot writes to you."
)
TOO_LONG_AGO = "That was too long ago for the bot to remember. Look for the list in Kore.ai itself."
NOT_LOOKED = "The bot's store did not answer in time. Press *Check again* in a moment."


def help_text() -> Json:
    """Say what the command does."""
    text = (
        f"`{COMMAND} NAME` opens a form with the name filled in. Press *{SUBMIT}* there: the contact list is "
        "made in Kore.ai, and its summary goes to the conversation that you choose in the form.\n"
        f"`{COMMAND} list` shows you the lists that exist, `{COMMAND} list WORDS` those with these words, "
        f"`{COMMAND} show NAME` one of them in full, by name or id. The bot's Home tab has them too.\n"
        f"`{COMMAND}` opens the form empty, `{COMMAND} help` shows this. In a thread, where commands do not "
        "work, use the shortcut *Create contact list*."
    )
    return {"text": text}


def not_allowed(contact: str) -> Json:
    """Say that somebody may not use the bot, or not here, and whom to ask: a user id, or words."""
    whom = f"<@{contact}>" if _USER_ID.fullmatch(contact) else inert(contact)
    return {"text": NOT_ALLOWED.format(contact=whom)}


def not_allowed_in_form(contact: str) -> str:
    """Say the same under an input, where nothing can be mentioned."""
    return NOT_ALLOWED.format(contact=_in_form(contact))


def not_allowed_there(contact: str) -> str:
    """Say under the chosen conversation that the bot may not post there."""
    return NOT_ALLOWED_THERE.format(contact=_in_form(contact))


def too_many_submissions(limit: int) -> str:
    """Say that somebody submitted as much as one person may."""
    forms = "1 list" if limit == 1 else f"{limit} lists"
    return (
        f"That is more than {forms} in a minute, so nothing was created. Press {SUBMIT} again in a minute: "
        "what you typed stays here."
    )


def too_many_looks(limit: int) -> str:
    """Say that somebody made the bot ask Kore.ai for as many lists as one person may."""
    return f"You have looked more than {limit} times in a minute. Look again in a minute."


def form_did_not_open(name: str) -> Json:
    """Say that Slack did not open the form, and what to type again."""
    again = escaped(f"{COMMAND} {name}".strip())
    text = f"Slack did not open the form, and nothing was created. Type this once more: {again}"
    return {"text": text, **UNPARSED}


def form_did_not_open_from(shortcut: str) -> Json:
    """Say that Slack did not open the form, to somebody who chose a shortcut."""
    return {"text": f"Slack did not open the form, and nothing was created. Choose *{shortcut}* once more."}


def form_did_not_open_again() -> Json:
    """Say it to somebody who pressed a button."""
    return {"text": "Slack did not open the form. Press the button once more."}


def broke(reference: str) -> str:
    """Say that the bot failed before anything was saved."""
    return (
        "Something went wrong inside the bot, and it did nothing. Try again; if it stays like this, "
        f"give the reference {reference} to whoever runs this bot."
    )


def broke_in_form(reference: str) -> str:
    """Say that the bot failed when a form was submitted; the same form is saved once, however often."""
    return (
        f"Something went wrong inside the bot. Press {SUBMIT} again; it cannot be created twice. If it stays "
        f"like this, give the reference {reference} to whoever runs this bot."
    )


def broke_off(reference: str) -> str:
    """Say that the bot failed after it had begun, so that something may be done already."""
    return (
        "Something went wrong inside the bot, and it may have stopped halfway. Check whether what you asked "
        f"for is there; if not, try again. If it stays like this, give the reference {reference} to whoever "
        "runs this bot."
    )


def creating_view(submission: Submission) -> Json:
    """Build what the form turns to when it has been saved."""
    return modal("Creating…", _named("Creating ", submission), note(MAY_CLOSE))


def waiting_view(submission: Submission, *, position: int = 0, seconds: float = 0) -> Json:
    """Build what the form turns to while it waits: for its turn, or (position 0) for Kore.ai itself."""
    reason = (
        f"Waiting for its turn: position {position}, about {about(seconds)}. Kore.ai takes only so many "
        "requests a minute for the whole account."
        if position
        else "Waiting for Kore.ai, which takes no requests just now. The bot tries again for half an hour."
    )
    return modal(
        "Creating…",
        _named("Creating ", submission),
        section(reason),
        note(MAY_CLOSE),
    )


def looking_view(submission: Submission) -> Json:
    """Build what the form turns to after *Check again*."""
    return modal(
        "Checking…",
        _named("Looking for ", submission),
        note(
            "You can close this window: a list that is found goes to the channel, else the bot writes to you."
        ),
    )


def result_view(submission: Submission, outcome: Outcome, *, summary_went: Way) -> Json:
    """Build what the form turns to at the end."""
    if isinstance(outcome, Created):
        where = note(_where(submission, summary_went))
        return modal("Contact list created", _facts(submission, outcome.contact_list), where)
    return modal("Not certain" if outcome.maybe_created else "Not created", *_trouble(submission, outcome))


def summary(submission: Submission, contact_list: ContactList) -> Json:
    """Build the channel's message about a new list."""
    return message(_summary_text(submission, contact_list), [_facts(submission, contact_list)])


def summary_for_the_person(
    submission: Submission, contact_list: ContactList, *, bot_name: str, perhaps_posted: bool = False
) -> Json:
    """Build the direct message about a new list whose channel the bot did not reach, or perhaps did not."""
    advice = _advice(submission.origin.channel_id, bot_name=bot_name, perhaps_posted=perhaps_posted)
    text = f"{_summary_text(submission, contact_list)} {advice}"
    return message(text, [_facts(submission, contact_list), note(advice)])


def failure(submission: Submission, failed: Failed) -> Json:
    """Build the private message about a list that was not created, or perhaps was."""
    sentence = failed.sentence.replace("*", "")
    text = f"Contact list {inert(submission.draft.name)}: {sentence}{_reference(submission, failed)}"
    return message(text, _trouble(submission, failed))


def _where(submission: Submission, way: Way) -> str:
    """Say where the summary went."""
    place = place_of(submission.origin.channel_id)
    match way:
        case Way.CHANNEL | Way.RESPONSE_URL:
            return f"The summary is in {place}."
        case Way.DIRECT_MESSAGE:
            return f"The bot could not post to {place}, so the summary is in your messages from it."
        case Way.UNCERTAIN:
            return f"Slack did not confirm the summary in {place}: copy this if it is missing there."
        case Way.LATER:
            return f"Slack takes no message just now: the summary comes to {place} as soon as it does."
        case _:
            return f"The bot could not post to {place} or write to you: please copy this for the others."


def _advice(channel_id: str, *, bot_name: str, perhaps_posted: bool) -> str:
    """Say what the person can do for the others, who may not have the summary."""
    place = place_of(channel_id)
    if perhaps_posted:
        return f"Slack did not confirm this message in {place}. Forward it if it is missing there."
    forward = f"The bot could not post this to {place}. Forward it if the others should see it"
    if channel_id.startswith("D"):
        return f"{forward}."
    return f"{forward}; for the next time, type `/invite @{bot_name}` there."


def place_of(channel_id: str) -> str:
    """Name a conversation; a direct message has no name that others could read."""
    return "that conversation" if channel_id.startswith("D") else f"<#{channel_id}>"


def _facts(submission: Submission, contact_list: ContactList) -> Json:
    name = contact_list.name or submission.draft.name
    return rich(
        line(person(submission.origin.user_id), literal(" created the contact list "), bold(name)),
        quote(contact_list.description or submission.draft.description),
        line(*fact_lines(contact_list)),
    )


def fact_lines(contact_list: ContactList) -> list[Json]:
    """Tell what is known of a list, a line for each fact."""
    lines: list[Json] = []
    for label, value in facts_of(contact_list):
        lines += [bold(f"{label}: "), literal(value), literal("\n")]
    if contact_list.created_at:
        return [*lines, bold("Created: "), date(contact_list.created_at)]
    return lines[:-1]


def facts_of(contact_list: ContactList) -> list[tuple[str, str]]:
    """List what is told, in order, without what the API did not say."""
    told = [
        ("ID", contact_list.id),
        ("Status", contact_list.status),
        ("Records", _number(contact_list.total_record_count)),
        ("Duplicates", _duplicates(contact_list.allow_duplicates)),
        ("List type", contact_list.list_type),
        ("Source", contact_list.source),
    ]
    return [(label, value) for label, value in told if value]


def _summary_text(submission: Submission, contact_list: ContactList) -> str:
    name = inert(contact_list.name or submission.draft.name)
    description = inert(contact_list.description or submission.draft.description)
    facts = [f"{label}: {escaped(value)}" for label, value in facts_of(contact_list)]
    if contact_list.created_at:
        facts.append(f"Created: {utc(contact_list.created_at)}")
    return (
        f"<@{submission.origin.user_id}> created the contact list {name}: {description} ({', '.join(facts)})"
    )


def _trouble(submission: Submission, failed: Failed) -> list[Block | Json]:
    sign = "⚠️" if failed.maybe_created else "❌"
    return [
        rich(line(literal(f"{sign} Contact list "), bold(submission.draft.name))),
        section(failed.sentence + _reference(submission, failed)),
        ActionsBlock(elements=trouble_buttons(submission, failed)),
    ]


def trouble_buttons(submission: Submission, failed: Failed) -> list[ButtonElement]:
    """Offer the filled form again; of a list that may exist, offer first to look for it."""
    filling = Filling(
        name=submission.draft.name,
        description=submission.draft.description,
        allow_duplicates=submission.draft.allow_duplicates,
        conversation_id=submission.origin.channel_id,
        attempt=submission.attempt + 1,
    )
    label = "Try again" if failed.posted_at is None else "Create anyway"
    again = ButtonElement(action_id=TRY_AGAIN, text=label, value=filling.model_dump_json())
    if failed.posted_at is None:
        return [again]
    doubt = Doubt(key=submission.key, posted_at=failed.posted_at)
    check = ButtonElement(
        action_id=CHECK_AGAIN, text="Check again", style="primary", value=doubt.model_dump_json()
    )
    return [check, again]


def _reference(submission: Submission, failed: Failed) -> str:
    reference = failed.reference or submission.reference
    if not reference:
        return ""
    return f" If it happens again, give the reference {reference} to whoever runs this bot."


def _in_form(contact: str) -> str:
    return SOMEBODY if _USER_ID.fullmatch(contact) else contact


def about(seconds: float) -> str:
    """Round a wait up to what people say."""
    if seconds > 90:  # noqa: PLR2004 - from here on minutes are clearer
        return f"{math.ceil(seconds / 60)} min"
    return f"{max(5, math.ceil(seconds / 5) * 5)} s"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _duplicates(value: bool | None) -> str:  # noqa: FBT001 - the API's own field
    return "" if value is None else ("allowed" if value else "not allowed")


def _named(before: str, submission: Submission) -> Json:
    return rich(line(literal(before), bold(submission.draft.name), literal(" in Kore.ai.")))
