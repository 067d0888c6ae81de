"""Adding contacts to a list: the request, what its answers mean, and which lists are wrong.

Pure: no I/O. Source: Kore.ai, "Add contacts" (v1.1). The API addresses a list by its name, answers before it
has added anything, and never names single contacts in its answer.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from bot import errors
from bot.kore.listing import Listing, Lists
from bot.kore.models import ContactList
from bot.kore.names import name_key
from bot.kore.protocol import Account, Answer, Request, error_for
from bot.kore.recognition import kept_key

MASK = "•••"

_BY_API = "passiveapi"
"""Prefix of a list's source if the API fills it: there is also `passiveApiIntegration`."""
_IN_PROGRESS = re.compile(r"\s*(?:adding contacts\b.*\bin progress|contacts queued)\b", re.IGNORECASE)
"""The beginnings of the two documented sentences: any other may quote what was sent."""
_WORDS_OF_PROGRESS = {"accepted", "in progress", "queued"}
_NUMBER = re.compile(r"\b\w*\d(?:\W{0,3}\d){4,}\w*")
"""Five or more digits, however they are separated, and the letters that touch them.

It only searches from the start of a word: from every letter, a long word would block the bot for a while.
"""
_WORD = re.compile(r"\w+")
_NO_SECRET = {"phonenumber"}
"""The only required field, so Kore.ai may ask for it by name."""


def add_contacts_request(list_name: str, contacts: bytes, *, account: Account) -> Request:
    """Build the Add contacts request; `contacts` is a JSON array of objects."""
    return Request(
        method="POST",
        path=("api", "1.1", "public", account.iid, "campaign", "contactList", "addContacts"),
        query={"accountId": account.account_id},
        body=b'{"contact_list_name": %b, "data": %b}' % (json.dumps(list_name).encode(), contacts),
    )


def read_added(answer: Answer, *, sent: bytes) -> None:
    """Return if the contacts were accepted; else raise a `KoreError`, which quotes no contact."""
    hidden = replace(answer, hide=lambda text: without_contacts(answer.hide(text), sent))
    if not _is_in_progress(answer) and (error := error_for(hidden)):
        raise error


def without_contacts(text: str, sent: bytes) -> str:
    """Mask whatever may come from a contact in a sentence of Kore.ai's.

    That is each word that was sent, each number with five or more digits, and each word with letters outside
    ASCII, which Kore.ai's own sentences don't contain. The last word of a long text is dropped, as it may be
    cut off.
    """
    if not text:
        return text
    if len(text) > errors.VENDOR_MESSAGE_LIMIT:
        text = text.rpartition(" ")[0]
    contacts = json.loads(sent)
    # the latter for letters that Kore.ai quotes in escaped form
    texts = (*_texts(contacts), json.dumps(contacts))
    words = {word for each in texts for word in _WORD.findall(each.casefold())} - _NO_SECRET
    return _WORD.sub(lambda found: _masked(found[0], words), _NUMBER.sub(MASK, text))


def wrong_list(
    lists: Lists[Listing], details: ContactList | None, *, list_id: str, name: str
) -> type[errors.WrongList] | None:
    """Return why contacts must not be sent to the list with this id by this name, or None.

    `lists` are all of the account's lists. `details` are this list's, read right before the first contacts
    are sent; None if Kore.ai no longer knows it (`KoreNotFound`). `name` is the one that the person saw. Both
    the jobs and the command line use this.
    """
    if details is None:
        return errors.ListGone
    listed = next((row.name for row in lists.rows if row.id == list_id), "")
    name_by_now = details.name or listed
    if name_by_now and kept_key(name_by_now) != kept_key(name):
        return errors.ListRenamed
    if details.is_global_dnc:
        return errors.DoNotCallList
    if not (details.source or _BY_API).casefold().startswith(_BY_API):
        return errors.ListFilledElsewhere
    if any(row.key == name_key(name) and row.id != list_id for row in lists.rows):
        return errors.NameShared
    return None if name_by_now and not lists.missing else errors.NamesUnread


def _is_in_progress(answer: Answer) -> bool:
    """Return whether the answer reports progress in its own words, instead of a `status` of success."""
    body = answer.body
    is_success = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    if not is_success or body.get("errors") or body.get("error"):
        return False
    if body.get("status") is None:
        return _IN_PROGRESS.match(answer.sentence) is not None
    return str(body["status"]).strip().casefold() in _WORDS_OF_PROGRESS


def _texts(value: object) -> Iterator[str]:
    """Yield all texts in a JSON value, including field names."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


def _masked(word: str, sent: set[str]) -> str:
    """Mask a word that was sent, or isn't ASCII; a single letter gives nothing away."""
    return MASK if not word.isascii() or (len(word) > 1 and word.casefold() in sent) else word
