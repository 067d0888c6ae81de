"""A list as a card: its name, its description, the facts in one line, and its actions. Pure: no I/O.

What a person or Kore.ai wrote is plain text, or made inert next to our own words.
"""

from urllib.parse import quote

from bot.kore.models import ContactList
from bot.views.app_info import AppInfo
from bot.views.blocks import Json, actions, button, context, header, literal_section, mrkdwn
from bot.views.text import code, cut, escaped, inert, unformatted

SHOW_DETAILS = "card_details"
OPEN_IN_KORE = "open_in_kore"
ADD_CONTACTS, ADD_LABEL = "add_contacts", "Add contacts"
DESCRIPTION_SHOWN = 1000
NO_NAME = "(no name)"
FACT_SHOWN = 60


def card(contact_list: ContactList, app: AppInfo, *, by: str = "", verb: str = "Created") -> list[Json]:
    """Build a list's card; `by` is a user id."""
    described = cut((contact_list.description or "").strip(), DESCRIPTION_SHOWN)
    who = [f"{verb} by <@{by}>"] if by else []
    facts = " · ".join([*who, *map(unformatted, facts_of(contact_list))])
    return [
        header(contact_list.name or NO_NAME),
        *([literal_section(described)] if described else []),
        context(*([mrkdwn(facts)] if facts else []), mrkdwn(code(contact_list.id))),
        actions(*_buttons(contact_list.id, app)),
    ]


def facts_of(contact_list: ContactList) -> list[str]:
    """List a list's main facts, without those that Kore.ai didn't give."""
    duplicates = contact_list.allow_duplicates
    facts = [
        contacts_of(contact_list.total_record_count),
        None if duplicates is None else f"duplicates {'' if duplicates else 'not '}allowed",
        (contact_list.status or "").lower(),
    ]
    return [cut(fact, FACT_SHOWN) for fact in facts if fact]


def contacts_of(count: int | None) -> str | None:
    """Say how many contacts there are."""
    if count is None:
        return None
    return "1 contact" if count == 1 else f"{count:,} contacts"


def card_text(contact_list: ContactList, *, by: str, verb: str) -> str:
    """Describe a list in one sentence, for notifications and screen readers."""
    described = f": {inert(contact_list.description)}" if contact_list.description else ""
    facts = ", ".join([*facts_of(contact_list), f"ID {contact_list.id}"])
    return (
        f"<@{by}> {verb} the contact list {inert(contact_list.name or NO_NAME)}{described} ({escaped(facts)})"
    )


def _buttons(list_id: str, app: AppInfo) -> list[Json]:
    buttons = [button(SHOW_DETAILS, "Details", value=list_id)]
    if app.add_contacts:
        buttons.append(button(ADD_CONTACTS, ADD_LABEL, value=list_id))
    if app.console_url:
        address = app.console_url.replace("{id}", quote(list_id, safe=""))
        buttons.append({**button(OPEN_IN_KORE, "Open in Kore.ai"), "url": address})
    return buttons
