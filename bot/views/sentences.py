"""What the bot says in words alone: refusals, and what went wrong before a job began. Pure: no I/O."""

import math
import re
from typing import NamedTuple

from bot.views.blocks import UNPARSED, Json
from bot.views.command import COMMAND
from bot.views.form import SUBMIT
from bot.views.text import escaped, inert

NOT_ALLOWED = "You don't have access to Contact Lists. Ask {contact} for access."
NOT_ALLOWED_HERE = (
    "Contact Lists isn't enabled in this channel. Try another one, or ask {contact} to enable it here."
)
NOT_ALLOWED_THERE = (
    "Contact Lists isn't enabled in that channel. Choose another one, or ask {contact} to enable it there."
)
ADMIN = "your workspace admin"
"""Who to ask if a form's error can't show a mention, and the default contact."""
TOO_MANY_OPEN_JOBS = (
    "I'm still working on a lot of lists, so this one wasn't created. Your text is safe; try again in a few "
    "minutes."
)
NOT_SAVED = f"Saving took too long. Select {SUBMIT} again – you won't get a duplicate."
_USER_ID = re.compile(r"[UW][A-Z0-9]+")
TOO_LONG_AGO = (
    f"That was too long ago for me to look up. Search for the list with `{COMMAND} list`, or look in Kore.ai."
)
NOT_CHECKED = "I couldn't start the check. Select *Check again* in a moment."
PRESS_AGAIN = "Saving that took too long. Select it again in a moment."
CONFIRMED = "Got it. I'll post the summary in the channel you chose."
NOT_YOURS = "Only the person who started this can do that. To create a list yourself, type `/contactlist`."
POSTED_BEFORE = "This form was sent before. Look in {channel} before you post the list again."
NOT_CLAIMED = "Saving took too long. Select Post again – it won't be posted twice."
HOME_NOT_SHOWN = "Slack didn't show your Home tab. Open it again in a moment."
NOT_DISMISSED = "I couldn't dismiss that. Try again in a moment."
NOT_SHOWN = "Slack might not have shown what you asked for. If the window is empty, try again."
NO_FORM = "Slack couldn't open the form, so nothing was created."
NO_LIST = "Slack couldn't open the list."
NO_ANSWER = "Slack didn't say whether the window opened. If it's missing or empty,"
CONFIRM_NOT_SAVED = "Saving that took too long. Select *That's it* again in a moment."
ANOTHERS_LIST = (
    "That list belongs to another request, so it can't be yours. Select *Create anyway* to make one."
)


def not_allowed(contact: str) -> str:
    """Refuse a person, and say who to ask: a user id, or words."""
    return NOT_ALLOWED.format(contact=mention(contact))


def not_allowed_here(contact: str) -> str:
    """Refuse the channel the bot was used in."""
    return NOT_ALLOWED_HERE.format(contact=mention(contact))


def not_allowed_in_form(contact: str) -> str:
    """Refuse a person under an input, where nobody can be mentioned."""
    return NOT_ALLOWED.format(contact=_in_form(contact))


def not_allowed_there(contact: str) -> str:
    """Refuse the chosen channel, under its input."""
    return NOT_ALLOWED_THERE.format(contact=_in_form(contact))


def too_many_submissions(limit: int) -> str:
    """Refuse a submission beyond one person's limit."""
    lists = "1 list" if limit == 1 else f"{limit} lists"
    return f"You can create up to {lists} a minute. Your text is safe; try again in a minute."


def too_many_forms(limit: int) -> str:
    """Refuse a form beyond one person's limit."""
    lists = "1 list" if limit == 1 else f"{limit} lists"
    return f"You can create, post or fill up to {lists} a minute. Try again in a minute."


def too_many_lookups(limit: int) -> str:
    """Refuse a lookup beyond one person's limit."""
    return f"You can look things up {limit} times a minute. Try again in a minute."


class DidNotOpen(NamedTuple):
    """What Slack didn't open for a person, and what they can try again."""

    what: str
    again: str
    """The advice, starting in lower case."""
    is_literal: bool = False
    """Whether the advice contains the person's own words, which Slack must show as they are."""

    def message(self, *, unclear: bool = False) -> Json:
        """Say that it didn't open, or if `unclear`, that it may have."""
        text = f"{self.what} {self.again[0].upper()}{self.again[1:]}"
        if unclear:
            text = f"{NO_ANSWER} {self.again}"
        return {"text": text, **UNPARSED} if self.is_literal else {"text": text}


MODAL_DID_NOT_OPEN = DidNotOpen("Slack couldn't open that.", "try again.")
"""For what a button or a menu should have opened."""
STACK_IS_FULL = DidNotOpen("There are too many windows open at once.", "close this one, then try again.")
"""Slack shows three at most."""


def form_did_not_open(name: str) -> DidNotOpen:
    """Say what to type again to get the form."""
    return DidNotOpen(NO_FORM, f"try again: {escaped(f'{COMMAND} {name}'.strip())}", is_literal=True)


def form_did_not_open_from(shortcut: str) -> DidNotOpen:
    """Say which shortcut to choose again to get the form."""
    return DidNotOpen(NO_FORM, f"choose *{shortcut}* again.")


def list_did_not_open(verb: str, words: str) -> DidNotOpen:
    """Say what to type again to get a list's modal."""
    return DidNotOpen(NO_LIST, f"try again: {escaped(f'{COMMAND} {verb} {words}')}", is_literal=True)


def checking(channel_id: str) -> str:
    """Say that *Check again* is under way, and where its answer will appear."""
    where = channel_name(channel_id)
    return (
        f"Checking Kore.ai again. I'll post the list in {where} if it's there, or tell you here if it isn't."
    )


def broke(reference: str, contact: str) -> str:
    """Say that the bot failed before anything was saved."""
    return f"Something went wrong and nothing was created. Try again.{if_it_goes_on(reference, contact)}"


def broke_in_form(reference: str, contact: str) -> str:
    """Say that the bot failed on a submission; the same form is saved once, however often it is sent."""
    again = f"Something went wrong. Select {SUBMIT} again – you won't get a duplicate."
    return again + if_it_goes_on(reference, _in_form(contact))


def broke_off(reference: str, contact: str, *, in_form: bool = False) -> str:
    """Say that the bot failed after it had started, so that something may have been done already."""
    halfway = "Something went wrong partway. Check whether what you asked for is there, or try again."
    return halfway + if_it_goes_on(reference, _in_form(contact) if in_form else contact)


def if_it_goes_on(reference: str, contact: str) -> str:
    """Say who to tell, and the code under which the log has everything."""
    return f" If it keeps happening, send {mention(contact)} this code: {reference}."


def needs_admin(reference: str, contact: str) -> str:
    """Say that trying again won't help, who can, and what to tell them."""
    return f" Ask {mention(contact)} to fix the setup, and send them this code: {reference}."


def advice_for(channel_id: str, refusal: str, *, bot_name: str) -> str:
    """Say what would let the bot post to a channel, given Slack's reason for refusing; may be empty.

    Only its name tells a group direct message, to which no bot can be invited, from a channel. So the
    sentence speaks of channels, and is right for both.
    """
    if refusal == "is_archived":
        return "It's archived."
    if refusal.startswith("restricted_action"):
        return "Only some people can post there. A workspace admin can change that."
    if channel_id.startswith("C") and refusal in {"not_in_channel", "channel_not_found"}:
        return f"To let me into a channel, type `/invite @{bot_name}` there before you post the next one."
    return ""


def channel_name(channel_id: str) -> str:
    """Return a channel's name; a direct message has no name that others could read."""
    return "the direct message you chose" if channel_id.startswith("D") else f"<#{channel_id}>"


def roughly(seconds: float) -> str:
    """Round a wait up to what people would say."""
    if seconds > 90:  # noqa: PLR2004 - from here on minutes are clearer
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{max(5, math.ceil(seconds / 5) * 5)} seconds"


def mention(contact: str) -> str:
    """Return who to ask: a user id becomes a mention, words stay words."""
    return f"<@{contact}>" if _USER_ID.fullmatch(contact) else inert(contact)


def _in_form(contact: str) -> str:
    return ADMIN if _USER_ID.fullmatch(contact) else contact
