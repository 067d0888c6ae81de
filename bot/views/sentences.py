"""What the bot says in words alone: refusals, and what went wrong before a job began. Pure: no I/O."""

import math
import re
from typing import Protocol

from bot.views.blocks import UNPARSED, Json
from bot.views.command import COMMAND
from bot.views.form import SUBMIT
from bot.views.text import escaped, inert

NOT_ALLOWED = "You may not use this bot, so it did nothing. Ask {contact} to allow you."
NOT_ALLOWED_HERE = (
    "The bot may not be used here, so it did nothing. Use it in another conversation, or ask {contact} to "
    "allow this one."
)
NOT_ALLOWED_THERE = (
    "The bot may not post there, so it did nothing. Choose another conversation, or ask {contact} to allow "
    "this one."
)
OPERATOR = "whoever runs this bot"
"""The contact where a form's error cannot show a mention."""
TOO_MANY_OPEN_JOBS = (
    "The bot is already working on as many lists as it can, so nothing was created. "
    f"Press {SUBMIT} again in a few minutes."
)
NOT_SAVED = (
    f"The bot could not save this in time. Press {SUBMIT} again in a moment; it cannot be created twice."
)
_USER_ID = re.compile(r"[UW][A-Z0-9]+")
CHECKING = (
    "The bot is looking for the list in Kore.ai again. If it is there, its summary goes to the conversation "
    "that you chose; if not, the bot writes to you."
)
NOT_YOURS = (
    "Only the person who submitted this list can do that. To create one yourself, type `/contactlist`."
)
POSTED_BEFORE = "This form was sent before. Look in {channel} before you post the list again."
NOT_CLAIMED = "The bot could not save this in time. Press Post again in a moment; it is not posted twice."
HOME_NOT_SHOWN = "Slack didn't show your Home tab. Open it again in a moment."
NO_FORM = "Slack did not open the form, and nothing was created."
NO_WINDOW = "Slack did not open the window."
NO_ANSWER = "Slack didn't say whether the window opened. If it's missing or empty,"
TOO_LONG_AGO = "That was too long ago for the bot to remember. Look for the list in Kore.ai itself."
NOT_CHECKED = "The bot's store did not answer in time. Press *Check again* in a moment."
CONFIRMED = "Got it. I'll post the summary to the channel you chose."
NOT_CONFIRMED = "Saving that took too long. Select *That's it* again in a moment."
ANOTHERS_LIST = (
    "That list belongs to another request, so it can't be yours. Select *Create anyway* to make one."
)


def not_allowed(contact: str) -> Json:
    """Refuse a person, and name whom to ask: a user id, or words."""
    return {"text": NOT_ALLOWED.format(contact=_mention(contact))}


def not_allowed_here(contact: str) -> Json:
    """Refuse the channel in which the bot was used."""
    return {"text": NOT_ALLOWED_HERE.format(contact=_mention(contact))}


def not_allowed_in_form(contact: str) -> str:
    """Refuse a person under an input, where nothing can be mentioned."""
    return NOT_ALLOWED.format(contact=_in_form(contact))


def not_allowed_there(contact: str) -> str:
    """Refuse the chosen channel, under its input."""
    return NOT_ALLOWED_THERE.format(contact=_in_form(contact))


def too_many_submissions(limit: int) -> str:
    """Refuse a submission beyond what one person may send."""
    forms = "1 list" if limit == 1 else f"{limit} lists"
    return (
        f"That is more than {forms} in a minute, so nothing was created. Press {SUBMIT} again in a minute: "
        "what you typed stays here."
    )


def too_many_posts(limit: int) -> str:
    """Refuse to post beyond what one person may send."""
    forms = "1 list" if limit == 1 else f"{limit} lists"
    return f"You can create or post {forms} a minute, so nothing was posted. Press Post again in a minute."


def too_many_lookups(limit: int) -> str:
    """Refuse a lookup beyond what one person may ask for."""
    return f"You have looked more than {limit} times in a minute. Look again in a minute."


class Sorry(Protocol):
    """Makes the message about something that Slack did not show, or, `unclear`, perhaps did."""

    def __call__(self, *, unclear: bool = False) -> Json:
        """Make it."""
        ...


def form_did_not_open(name: str, *, unclear: bool = False) -> Json:
    """Say that Slack did not open the form, and what to type again."""
    again = escaped(f"{COMMAND} {name}".strip())
    return {"text": _lead(NO_FORM, f"type this once more: {again}", unclear=unclear), **UNPARSED}


def form_did_not_open_from(shortcut: str, *, unclear: bool = False) -> Json:
    """Say that Slack did not open the form, and which shortcut to choose again."""
    return {"text": _lead(NO_FORM, f"choose *{shortcut}* once more.", unclear=unclear)}


def list_did_not_open(words: str, *, unclear: bool = False) -> Json:
    """Say that Slack did not open the modal of one list, and what to type again."""
    again = escaped(f"{COMMAND} show {words}")
    return {"text": _lead(NO_WINDOW, f"type this once more: {again}", unclear=unclear), **UNPARSED}


def modal_did_not_open(*, unclear: bool = False) -> Json:
    """Say that Slack did not open what a button or a menu should open."""
    return {"text": _lead(NO_WINDOW, "try it once more.", unclear=unclear)}


def not_shown() -> Json:
    """Say that a modal may lack what was asked for."""
    return {"text": "Slack may not have shown you what you asked for. If the window is empty, try again."}


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


def advice_for(channel_id: str, refusal: str, *, bot_name: str, in_group: bool) -> str:
    """Say what would let the bot post to a channel, by Slack's reason for not letting it; may be empty.

    `in_group` is whether it is a direct message of several people, to which nobody can invite a bot.
    """
    if refusal == "is_archived":
        return "It's archived."
    if refusal.startswith("restricted_action"):
        return "Only some people can post there. An admin of the workspace can change that."
    is_channel = channel_id.startswith("C") and not in_group
    if is_channel and refusal in {"not_in_channel", "channel_not_found"}:
        return f"For the next time, type `/invite @{bot_name}` there."
    return ""


def channel_name(channel_id: str) -> str:
    """Name a channel; a direct message has no name that others could read."""
    return "the direct message that was chosen" if channel_id.startswith("D") else f"<#{channel_id}>"


def about(seconds: float) -> str:
    """Round a wait up to what people say."""
    if seconds > 90:  # noqa: PLR2004 - from here on minutes are clearer
        return f"{math.ceil(seconds / 60)} min"
    return f"{max(5, math.ceil(seconds / 5) * 5)} s"


def _lead(refused: str, advice: str, *, unclear: bool) -> str:
    """Say what Slack did not show, or that it gave no answer, and then what to do."""
    if unclear:
        return f"{NO_ANSWER} {advice}"
    return f"{refused} {advice[0].upper()}{advice[1:]}"


def _mention(contact: str) -> str:
    return f"<@{contact}>" if _USER_ID.fullmatch(contact) else inert(contact)


def _in_form(contact: str) -> str:
    return OPERATOR if _USER_ID.fullmatch(contact) else contact
