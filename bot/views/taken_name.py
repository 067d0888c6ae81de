"""The form's warning that another list has the name, next to a button that shows that list. Pure: no I/O.

`docs/decisions/name-warning.md` says why it is a block in the form, and not an error on the field.
"""

from dataclasses import dataclass

from bot.kore.listing import Listing
from bot.kore.names import name_key
from bot.models import Submission
from bot.views.blocks import Json, button, mrkdwn_date, section
from bot.views.card import SHOW_DETAILS, contacts_of
from bot.views.form import NAME, contact_list_form
from bot.views.state import VALUE_LIMIT, FormContext, FormValues
from bot.views.text import SHOWN_LIMIT, code, cut, length, unformatted

TAKEN = "taken_name"
MAX_WARNED = 10
"""Names that a form remembers."""
WHAT_TO_DO = "Rename yours, or select *Create list* again to make a second one."


@dataclass(frozen=True)
class TakenName:
    """A list that has the name of a new one, and the user id of who created it here, if known."""

    submission: Submission
    listing: Listing
    made_by: str | None = None


def warned_form(taken: TakenName, context: FormContext) -> Json:
    """Build the form again as it was sent, with a warning under the name that the form will remember."""
    draft, origin = taken.submission.draft, taken.submission.origin
    warned = (*context.warned, name_key(draft.name))[-MAX_WARNED:]
    values = FormValues(**draft.model_dump(), channel_id=origin.channel_id)
    form = contact_list_form(values, context.replace(warned=warned))
    place = [block.get("block_id") for block in form["blocks"]].index(NAME) + 1
    return {**form, "blocks": [*form["blocks"][:place], _warning(taken), *form["blocks"][place:]]}


def _warning(taken: TakenName) -> Json:
    other = taken.listing
    name = unformatted(cut(other.name, SHOWN_LIMIT))
    text = f"⚠️ *This name is taken:* {name} ({_known_of(taken)}). {WHAT_TO_DO}"
    show = button(SHOW_DETAILS, "Show", value=other.id) if length(other.id) <= VALUE_LIMIT else None
    return section(text, block_id=TAKEN, accessory=show)


def _known_of(taken: TakenName) -> str:
    """Describe another list by what helps to tell whether it is the same one."""
    other = taken.listing
    known = [
        contacts_of(other.records),
        f"updated {mrkdwn_date(other.changed_at)}" if other.changed_at else None,
        f"created by <@{taken.made_by}>" if taken.made_by else None,
    ]
    return ", ".join(filter(None, known)) or f"ID {code(cut(other.id, 100))}"
