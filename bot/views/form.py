"""The form: the modal that opens, and its submission read back. Pure: no I/O.

Source: https://docs.slack.dev/surfaces/modals and the block reference linked there.
"""

import unicodedata

from bot.kore.models import DESCRIPTION_LIMIT, NAME_LIMIT, ContactListDraft
from bot.models import Origin, Submission
from bot.slack.payloads import ViewPayload, ViewSubmission
from bot.views.blocks import (
    INPUT,
    Json,
    Problems,
    channel_select,
    checkbox,
    input_block,
    modal,
    note,
    option,
    text_input,
)
from bot.views.command import other_reading
from bot.views.state import ChannelContext, FormContext, FormValues
from bot.views.text import CONTROL, cut, length, visible

FORM = "contact_list_form"

NAME = "name"
DESCRIPTION = "description"
DUPLICATES = "duplicates"
ALLOW = "allow"
CHANNEL = "conversation"

TITLE = "New contact list"
SUBMIT = "Create list"
WHAT_HAPPENS = (
    "Creates an empty list in Kore.ai and posts a summary in the channel above. You can add contacts right "
    "after."
)
NAME_CUT_HINT = f"I cut what you typed to {NAME_LIMIT} characters, the most Kore.ai accepts."
MENTION_HINT = "Slack didn't tell me the name of a channel or person you mentioned. Type it here."
CHANNEL_HINT = "Leave blank to post in this channel."

_BLANK = "\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{BRAILLE PATTERN BLANK}"
"""Letters and symbols that show nothing."""


def contact_list_form(values: FormValues, context: FormContext) -> Json:
    """Build the modal, filled in with values."""
    return modal(
        TITLE,
        note(other_reading(values.other)) if values.other else None,
        _name_input(values),
        _description_input(values.description),
        _duplicates_input(ticked=values.allow_duplicates),
        channel_input(values.channel_id, optional=context.is_from_command),
        note(WHAT_HAPPENS),
        callback_id=FORM,
        private_metadata=context.write(),
        submit=SUBMIT,
        close="Cancel",
    )


def read_submission(received: ViewSubmission, *, now: float) -> Submission | Problems:
    """Read a submitted form: everything the job needs, or a sentence for each input that isn't right.

    `now` is in seconds since the epoch. The key is the view's id, so that it is one submission however often
    the button is pressed; a form that *Try again* fills in again in the same modal gets the attempt's number
    added.
    """
    view, context = received.view, FormContext.read(received.view.private_metadata)
    draft, channel_id = _read_draft(view), chosen_channel(view, context)
    problems = draft_problems(draft)
    if not channel_id:
        problems[CHANNEL] = "Choose where to post it."
    if problems or not channel_id:
        return problems
    return Submission(
        key=view.id if context.attempt == 1 else f"{view.id}-{context.attempt}",
        draft=draft,
        origin=Origin(
            user_id=received.user.id,
            channel_id=channel_id,
            view_id=view.id,
            response_url=response_url_for(received, channel_id, context),
        ),
        attempt=context.attempt,
        retry_of=context.retry_of,
        reference=context.reference,
        submitted_at=now,
    )


def chosen_channel(view: ViewPayload, context: ChannelContext) -> str | None:
    """Return the channel that was chosen, else the one where the command was typed."""
    return view.input(CHANNEL).selected_conversation or context.channel_id


def response_url_for(received: ViewSubmission, channel_id: str, context: ChannelContext) -> str | None:
    """Find a `response_url` for the chosen channel, which needs no membership."""
    for each in received.response_urls:
        if each.channel_id == channel_id:
            return each.response_url
    return context.response_url if channel_id == context.channel_id else None


def draft_problems(draft: ContactListDraft) -> Problems:
    """Return a sentence for each part of a draft that can't be sent, by block_id."""
    found = {
        NAME: _name_problem(draft.name),
        DESCRIPTION: _text_problem(
            draft.description, DESCRIPTION_LIMIT, empty="Add a description. Kore.ai requires one."
        ),
    }
    return {block_id: sentence for block_id, sentence in found.items() if sentence}


def channel_input(
    channel_id: str | None, *, optional: bool = False, label: str = "Post the summary to"
) -> Json:
    """Ask where to post something."""
    hint = CHANNEL_HINT if optional else ""
    return input_block(CHANNEL, label, channel_select(INPUT, channel_id), hint=hint, optional=optional)


def _name_input(values: FormValues) -> Json:
    name = cut(values.name, NAME_LIMIT)
    element = text_input(INPUT, name, max_length=NAME_LIMIT, placeholder="July renewals")
    hints = {NAME_CUT_HINT: values.was_cut, MENTION_HINT: values.lacks_mention}
    hint = " ".join(hint for hint, applies in hints.items() if applies)
    return input_block(NAME, "Name", element, hint=hint)


def _description_input(description: str) -> Json:
    element = text_input(
        INPUT,
        cut(description, DESCRIPTION_LIMIT),
        max_length=DESCRIPTION_LIMIT,
        placeholder="Who is on it, and why you're calling them",
        multiline=True,
    )
    return input_block(DESCRIPTION, "Description", element)


def _duplicates_input(*, ticked: bool) -> Json:
    description = "The same person can be on the list more than once."
    box = option(ALLOW, "Allow duplicate contacts", description=description)
    return input_block(DUPLICATES, "Options", checkbox(INPUT, box, ticked=ticked), optional=True)


def _read_draft(view: ViewPayload) -> ContactListDraft:
    name, description = view.input(NAME).value or "", view.input(DESCRIPTION).value or ""
    return ContactListDraft(
        name=visible(name).strip(),
        description=description.replace("\r\n", "\n").strip(),
        allow_duplicates=bool(view.input(DUPLICATES).selected_options),
    )


def _name_problem(name: str) -> str | None:
    if len(name.splitlines()) > 1:
        return "Remove the line break."
    return _text_problem(name, NAME_LIMIT, empty="Add a name.")


def _text_problem(text: str, limit: int, *, empty: str) -> str | None:
    if not any(unicodedata.category(each)[0] in "LNPS" and each not in _BLANK for each in text):
        return empty
    if CONTROL.search(text):
        return "This has a character I can't send. Type it instead of pasting it."
    if length(text) > limit:
        counting = " (emoji count as two)" if length(text) > len(text) else ""
        return f"{length(text)} of {limit} characters{counting}. Shorten it."
    return None
