"""The form: what is typed behind the command, the modal, and a submission read back. Pure: no I/O.

Source: https://docs.slack.dev/surfaces/modals and the block reference beside it.
"""

import html
import re
import unicodedata

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.kore.models import DESCRIPTION_LIMIT, NAME_LIMIT, ContactListDraft
from bot.models import Origin, Submission
from bot.slack.payloads import InputState, ViewPayload, ViewSubmission
from bot.views.blocks import Json, channel_select, checkbox, input_block, modal, note, option, text_input
from bot.views.text import cut, length

FORM = "contact_list_form"
TRY_AGAIN = "try_again"
CHECK_AGAIN = "check_again"

NAME = "name"
DESCRIPTION = "description"
DUPLICATES = "duplicates"
ALLOW = "allow"
CONVERSATION = "conversation"
INPUT = "input"
"""The action_id of every input: its block_id says which it is."""

TITLE = "New contact list"
SUBMIT = "Create list"
WHAT_HAPPENS = (
    "*Create list* makes an empty contact list for voice campaigns in Kore.ai, "
    "then posts its summary to the conversation above."
)
NAME_HINT = f"At most {NAME_LIMIT} characters."
NAME_CUT_HINT = f"What you typed was cut to {NAME_LIMIT} characters, the most that Kore.ai takes."
DESCRIPTION_HINT = f"At most {DESCRIPTION_LIMIT} characters."

_TOKEN = re.compile(r"<(?P<kind>[@#!]?)(?P<id>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANK = "\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{BRAILLE PATTERN BLANK}"
"""Letters and signs that show nothing."""

Problems = dict[str, str]
"""A sentence for each input that must be changed, by block_id."""


class FormContext(BaseModel):
    """What a form must remember and does not show; it travels in the view's `private_metadata`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    channel_id: str | None = None
    """Where the command was typed; None for a shortcut, which has no channel."""
    response_url: str | None = None
    attempt: int = 1
    retry_of: str = ""
    """The key of the submission that failed, if the form was filled in anew after it."""
    reference: str = ""
    """Under which the log has all that follows from what the person did."""


class FormValues(BaseModel):
    """What a form is filled with when it opens; *Try again* buttons carry it as their value."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str = ""
    description: str = ""
    allow_duplicates: bool = False
    conversation_id: str | None = None
    attempt: int = 1
    retry_of: str = ""
    was_cut: bool = False


class LookupRequest(BaseModel):
    """Which unconfirmed submission to look for again; *Check again* buttons carry it as their value."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    key: str
    posted_at: float


def read_command_text(text: str) -> FormValues:
    """Read the name that was typed behind the command, cut to what the API takes."""
    typed = read_typed_text(text)
    name = cut(typed, NAME_LIMIT).strip()
    return FormValues(name=name, was_cut=name != typed)


def read_typed_text(text: str) -> str:
    """Read what was typed behind the command: Slack's escapes undone, in one line."""
    plain = html.unescape(_TOKEN.sub(_as_typed, text))
    return " ".join(_CONTROL.sub(" ", plain).split())


def contact_list_form(filling: FormValues, context: FormContext) -> Json:
    """Build the modal, filled in."""
    return modal(
        TITLE,
        _name_input(filling.name, was_cut=filling.was_cut),
        _description_input(filling.description),
        _duplicates_input(ticked=filling.allow_duplicates),
        conversation_input(filling.conversation_id, optional=_was_typed(context)),
        note(WHAT_HAPPENS),
        callback_id=FORM,
        private_metadata=context.model_dump_json(exclude_none=True),
        submit=SUBMIT,
        close="Cancel",
    )


def read_submission(payload: ViewSubmission, *, now: float) -> Submission | Problems:
    """Read a submitted form: all that the job needs, or a sentence for each input that is not right.

    `now` is in seconds since the epoch. The key is the view's id, so that however often the button is pressed
    it is one submission; a form that *Try again* filled in anew in the same window counts on from there.
    """
    context = _read_context(payload.view)
    name = _typed(payload.view, NAME).strip()
    description = _typed(payload.view, DESCRIPTION).replace("\r\n", "\n").strip()
    conversation = _state(payload.view, CONVERSATION).selected_conversation or context.channel_id
    problems = draft_problems(name, description)
    if not conversation:
        problems[CONVERSATION] = "Choose the conversation that gets the summary."
    if problems or not conversation:
        return problems
    allow = bool(_state(payload.view, DUPLICATES).selected_options)
    return Submission(
        key=payload.view.id if context.attempt == 1 else f"{payload.view.id}-{context.attempt}",
        draft=ContactListDraft(name=name, description=description, allow_duplicates=allow),
        origin=Origin(
            user_id=payload.user.id,
            channel_id=conversation,
            view_id=payload.view.id,
            response_url=response_url_for(payload, conversation, context),
        ),
        attempt=context.attempt,
        retry_of=context.retry_of,
        reference=context.reference,
        submitted_at=now,
    )


def draft_problems(name: str, description: str) -> Problems:
    """Say what is wrong with a list's own words, by block_id; nothing where they can be sent."""
    found = {NAME: _name_problem(name), DESCRIPTION: _description_problem(description)}
    return {block_id: sentence for block_id, sentence in found.items() if sentence}


def _name_problem(name: str) -> str | None:
    if len(name.splitlines()) > 1:
        return "A name is one line: take the line break out."
    return _text_problem(name, NAME_LIMIT, empty="Give the list a name.")


def _description_problem(description: str) -> str | None:
    return _text_problem(
        description,
        DESCRIPTION_LIMIT,
        empty="Describe the list: Kore.ai does not take one without a description.",
    )


def _text_problem(text: str, limit: int, *, empty: str) -> str | None:
    if not any(unicodedata.category(each)[0] in "LNPS" and each not in _BLANK for each in text):
        return empty
    if _CONTROL.search(text):
        return "There is a character in it that cannot be sent. Type it again instead of pasting it."
    if length(text) > limit:
        counting = ", an emoji counting as two" if length(text) > len(text) else ""
        return f"This has {length(text)} characters{counting}; Kore.ai takes {limit} at most."
    return None


def response_url_for(payload: ViewSubmission, conversation: str, context: FormContext) -> str | None:
    """Find a way into the chosen conversation that needs no membership."""
    for each in payload.response_urls:
        if each.channel_id == conversation:
            return each.response_url
    return context.response_url if conversation == context.channel_id else None


def _was_typed(context: FormContext) -> bool:
    """Tell whether a command brought the form, and not a shortcut or *Try again*."""
    return context.channel_id is not None and context.attempt == 1


def _read_context(view: ViewPayload) -> FormContext:
    try:
        return FormContext.model_validate_json(view.private_metadata)
    except ValidationError:
        return FormContext()


def _typed(view: ViewPayload, block_id: str) -> str:
    return _state(view, block_id).value or ""


def _state(view: ViewPayload, block_id: str) -> InputState:
    return view.state.values.get(block_id, {}).get(INPUT, InputState())


def _as_typed(token: re.Match[str]) -> str:
    """Turn `<#C1|general>` back into `#general`, `<@U1|mina>` into `@mina`, a link into its text."""
    sign = token["kind"].replace("!", "@")
    return sign + (token["label"] or token["id"]).removeprefix(sign)


def _name_input(name: str, *, was_cut: bool) -> Json:
    element = text_input(
        INPUT, cut(name, NAME_LIMIT), max_length=NAME_LIMIT, placeholder="Renewal Due 1- July 2025"
    )
    return input_block(NAME, "Name", element, hint=NAME_CUT_HINT if was_cut else NAME_HINT)


def _description_input(description: str) -> Json:
    element = text_input(
        INPUT,
        cut(description, DESCRIPTION_LIMIT),
        max_length=DESCRIPTION_LIMIT,
        placeholder="Who is on this list, and what the agents will call about",
        multiline=True,
    )
    return input_block(DESCRIPTION, "Description", element, hint=DESCRIPTION_HINT)


def _duplicates_input(*, ticked: bool) -> Json:
    box = option(
        ALLOW,
        "Allow duplicate contacts",
        description="The same contact may be on the list more than once.",
    )
    return input_block(DUPLICATES, "Duplicates", checkbox(INPUT, box, ticked=ticked), optional=True)


def conversation_input(
    conversation_id: str | None, *, optional: bool = False, label: str = "Post the summary to"
) -> Json:
    """Ask where something is to be posted."""
    hint = "Left empty, the summary goes to where you typed the command." if optional else ""
    return input_block(
        CONVERSATION, label, channel_select(INPUT, conversation_id), hint=hint, optional=optional
    )
