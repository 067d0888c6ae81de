"""Contacts from a file into one list, without Slack: `python -m bot add-contacts`.

It uses the same reading, the same checks of the list and the same rules for an unclear answer as in Slack: a
chunk is sent once, and again only if Kore.ai certainly didn't accept it. The bot's rate limit doesn't know
about these calls, so they are spaced to leave the bot most of the account's limit.
"""

import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.clients import kore_client, kore_session
from bot.contact_file import ReadFile, ReadOptions
from bot.contact_import import ContactImport, Rows
from bot.contacts.reading import read_contacts
from bot.contacts.sheet import MAX_BYTES, TOO_LARGE
from bot.errors import KoreError, NameShared, NamesUnread, UnreadableFile, WrongList
from bot.kore.listing import Listing, Lists
from bot.kore.names import name_key
from bot.models import Origin
from bot.operate.adding_report import AddingReport, describe_file, describe_list
from bot.operate.filling import Filling
from bot.operate.terminal import Ended
from bot.settings import KoreSettings
from bot.timing import Timing

NOT_FOUND = "There's no list with this name or ID in Kore.ai."
NOTHING_READY = "The file has no contact that can be sent."
NOT_READ = "The file can't be read: {reason}."
NO_ORIGIN = Origin(user_id="", channel_id="", view_id="")
"""A command line has no person, channel or view."""

Say = Callable[[str], None]
Read = Callable[[bytes, str, ReadOptions], Awaitable[ReadFile]]
"""Reads a file; raises `UnreadableFile`."""


@dataclass(frozen=True, kw_only=True)
class AddRequest:
    """What to add, and to which list."""

    target: str
    """The list's name or id."""
    file: Path
    country: str | None = None
    """For numbers without `+`; None: as in the settings."""
    from_row: int = 1
    """Rows above this one are read, but not sent."""
    is_dry_run: bool = False


async def add_contacts(
    settings: KoreSettings,
    request: AddRequest,
    *,
    as_json: bool,
    say: Say,
    timing: Timing | None = None,
    read: Read | None = None,
) -> Ended:
    """Add the contacts of a file to a list.

    `say` gets a line for each step; `read` replaces the process that reads the file.
    """
    report = AddingReport(is_dry_run=request.is_dry_run, as_json=as_json)
    timing = timing or Timing()
    try:
        report.read = await _read(settings, request, read or read_contacts)
    except UnreadableFile as error:
        return report.unusable(error.sentence)
    waiting = _from_row(report.read, request.from_row)
    report.count = len(waiting.rows)
    say(describe_file(report.read, to_send=report.count))
    if not waiting.rows:
        return report.unusable(NOTHING_READY)
    async with kore_session(settings, timing) as session:
        client = kore_client(session, settings)
        try:
            report.target = _named(await client.listings(), request.target)
        except (KoreError, WrongList) as error:
            return report.refused(error)
        if report.target is None:
            return report.unusable(NOT_FOUND)
        say(describe_list(report.target))
        importing = _importing(report.target, waiting, settings.contacts_per_call)
        filling = Filling(client=client, read=waiting, importing=importing, timing=timing, say=say)
        return report.ended(await filling.run(only_check=request.is_dry_run))


async def _read(settings: KoreSettings, request: AddRequest, read: Read) -> ReadFile:
    country = settings.default_country if request.country is None else request.country
    try:
        if request.file.stat().st_size > MAX_BYTES:
            raise UnreadableFile(TOO_LARGE)
        content = request.file.read_bytes()
    except OSError as error:
        raise UnreadableFile(NOT_READ.format(reason=error.strerror)) from error
    options = ReadOptions(country=country or "")
    return await read(content, request.file.name, options)


def _from_row(read: ReadFile, row: int) -> ReadFile:
    """Leave out the contacts above a row in the file."""
    first = bisect_left(read.rows, row)
    return replace(read, contacts=read.contacts[first:], rows=read.rows[first:])


def _named(lists: Lists[Listing], target: str) -> Listing | None:
    """Find the list with this id, else the only one with this name; raises `WrongList`."""
    for row in lists.rows:
        if row.id == target:
            return row
    found = [row for row in lists.rows if row.key == name_key(target)]
    if len(found) > 1:
        raise NameShared
    if lists.missing and not found:
        raise NamesUnread
    return found[0] if found else None


def _importing(target: Listing, read: ReadFile, chunk_size: int) -> ContactImport:
    rows = Rows(file_id="", options=ReadOptions(), digest=read.preview.digest, count=len(read.rows))
    return ContactImport(
        key="",
        origin=NO_ORIGIN,
        list_id=target.id,
        list_name=target.name,
        rows=rows,
        chunk_size=chunk_size,
        confirmed_at=time.time(),
    )
