"""An import's read-only calls: finding the list by its name, inspecting it, and counting."""

from collections.abc import Iterable

from bot.contact_import import Added, ImportOutcome, Unsure
from bot.errors import KoreError, KoreInvalid, KoreNotFound, KoreRejected, KoreUnreachable, WrongList
from bot.jobs.import_resolution import ImportCall, Inspected, Namesakes
from bot.kore.adding import wrong_list
from bot.kore.client import KoreClient
from bot.kore.listing import Listing, Lists
from bot.kore.models import ContactList
from bot.kore.names import name_key

MAX_NAMESAKES = 50
"""Lists with the same name that are noted; two are too many already."""
UNKNOWN_ID = (KoreInvalid, KoreNotFound, KoreRejected)
"""Possible answers about the id of a deleted list: they aren't documented."""


async def read_list(kore: KoreClient, call: ImportCall) -> Namesakes | Inspected:
    """Make the call; raises `KoreError`, but never one that leaves open whether something was added."""
    try:
        return await (_find(kore, call) if call.operation == "find" else _inspect(kore, call))
    except KoreError as error:
        if error.maybe_created:
            raise KoreUnreachable(
                f"{type(error).__name__}: {error}", retry_after=error.retry_after
            ) from error
        raise


def may_still_arrive(before: Iterable[ImportOutcome], count: int | None) -> bool:
    """Return whether contacts of imports `before`, newest first, may still arrive in a list with this count.

    They would be indistinguishable from those sent next, so no count would prove anything.
    """
    for outcome in before:
        if isinstance(outcome, Added) and outcome.is_confirmed:
            return False
        if isinstance(outcome, Unsure) or outcome.uncertain:
            return True
        if outcome.sent:
            return outcome.count_before is None or count != outcome.count_before + outcome.sent
    return False


async def _find(kore: KoreClient, call: ImportCall) -> Namesakes:
    name = call.importing.list_name
    lists = await kore.alike(name)
    same = [row.id for row in lists.rows if name_key(row.name or "") == name_key(name)]
    return Namesakes(ids=tuple(same[:MAX_NAMESAKES]), missing=lists.missing)


async def _inspect(kore: KoreClient, call: ImportCall) -> Inspected:
    try:
        details = await kore.details(call.importing.list_id)
    except UNKNOWN_ID:
        if call.operation == "count":
            raise
        details = None
    wrong = _wrong(call, details)
    return Inspected(
        wrong=wrong.__name__ if wrong else "",
        sentence=wrong.contacts_message() if wrong else "",
        count=details.total_record_count if details else None,
        allows_duplicates=details.allow_duplicates if details else None,
    )


def _wrong(call: ImportCall, details: ContactList | None) -> type[WrongList] | None:
    """Return why contacts must not be sent to the list anymore, or None."""
    namesakes, name = call.namesakes or Namesakes(ids=()), call.importing.list_name
    rows = tuple(Listing(id=each, name=name, key=name_key(name)) for each in namesakes.ids)
    return wrong_list(Lists(rows, namesakes.missing), details, list_id=call.importing.list_id, name=name)
