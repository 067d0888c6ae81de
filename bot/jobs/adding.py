"""One call to Kore.ai for an import: finding and inspecting the list, adding a chunk, counting."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.errors import (
    ROWS_NOT_READ,
    JobError,
    KoreInvalid,
    KoreNotFound,
    KoreRejected,
    KoreUnreachable,
    SlackError,
    UnreadableFile,
    WrongList,
)
from bot.imports import Chunk, ContactImport
from bot.jobs.contract import Json
from bot.jobs.filling import Accepted, Answer, ImportCall, Inspected, Listed, NotDone, Outdated
from bot.jobs.once import Claim, asked, claimed
from bot.jobs.records import Records
from bot.kore.adding import wrong_list
from bot.kore.client import KoreClient
from bot.kore.listing import Listing, Lists
from bot.kore.models import ContactList
from bot.kore.names import name_key
from bot.timing import Timing

MAX_NAMESAKES = 50
"""Lists of one name that are noted; two are too many."""

ReadChunk = Callable[[ContactImport, int], Awaitable[Chunk]]
"""Reads a chunk anew from its file. Raises `SlackError` or `UnreadableFile`."""

log = structlog.get_logger(__name__)


@dataclass
class _Sending:
    """Which rows are being sent, for the case that nobody knows how that ended."""

    first_row: int = 0
    last_row: int = 0


@dataclass(frozen=True, kw_only=True)
class Adding:
    """Makes each call at most once, from within its job."""

    kore: KoreClient
    read_chunk: ReadChunk
    records: Records
    timing: Timing

    async def once(self, call: ImportCall) -> Json:
        """Make a call unless another run of this job may have; return the answer as it is noted."""
        claim = await claimed()
        sending = _Sending()
        if call.operation == "add" and not claim.is_mine:
            await self._know_rows(call, sending)

        async def ask() -> Answer:
            if call.operation == "add":
                return await self._add(call, claim, sending)
            if claim.is_late(self.timing.call_start_timeout):
                raise KoreUnreachable("late")
            return await self._read(call)

        def failed(error: JobError, reference: str | None) -> Answer:
            known = {"first_row": sending.first_row, "last_row": sending.last_row}
            return NotDone.because(error, reference=reference).model_copy(update=known)

        return await asked(claim, ask, failed=failed, operation=f"import_{call.operation}")

    async def _rows(self, call: ImportCall) -> Chunk:
        async with asyncio.timeout(self.timing.rows_timeout):
            return await self.read_chunk(call.importing, call.chunk)

    async def _read(self, call: ImportCall) -> Answer:
        """Make a call that changes nothing."""
        name, list_id = call.importing.list_name, call.importing.list_id
        if call.operation == "find":
            lists = await self.kore.alike(name)
            same = [row.id for row in lists.rows if name_key(row.name or "") == name_key(name)]
            return Listed(namesakes=tuple(same[:MAX_NAMESAKES]), missing=lists.missing)
        try:
            details = await self.kore.details(list_id)
        except (KoreInvalid, KoreNotFound, KoreRejected):
            if call.operation == "count":
                raise
            details = None
        wrong = _wrong(call, details)
        return Inspected(
            wrong=wrong.__name__ if wrong else "",
            sentence=wrong.contacts_message if wrong else "",
            count=details.total_record_count if details else None,
            allows_duplicates=details.allow_duplicates if details else None,
        )

    async def _know_rows(self, call: ImportCall, sending: _Sending) -> None:
        """Find out which rows another run may have sent: the person must know what to decide about."""
        with suppress(TimeoutError, SlackError, UnreadableFile):
            chunk = await self._rows(call)
            sending.first_row, sending.last_row = chunk.first_row, chunk.last_row

    async def _add(self, call: ImportCall, claim: Claim, sending: _Sending) -> Answer:
        """Send a chunk; its rows may have to be fetched first, and then the slot may be too old for it."""
        if time.time() - call.inspected_at > self.timing.inspection_lasts:
            return Outdated()
        try:
            chunk = await self._rows(call)
        except UnreadableFile as error:
            return NotDone(error=type(error).__name__, sentence=error.sentence)
        except (TimeoutError, SlackError) as error:
            log.warning("rows_not_read", error=getattr(error, "code", "timeout"))
            return NotDone(error=type(error).__name__, sentence=ROWS_NOT_READ, is_worth_again=True)
        imports = await self.records.open_imports()
        if claim.is_late(self.timing.call_start_timeout):
            raise KoreUnreachable("late")
        sending.first_row, sending.last_row = chunk.first_row, chunk.last_row
        await self.kore.add_contacts(call.importing.list_name, chunk.contacts)
        return Accepted(last_row=chunk.last_row, imports=imports)


def _wrong(call: ImportCall, details: ContactList | None) -> type[WrongList] | None:
    """Return why contacts must not be sent to the list by now, if they must not."""
    listed, name = call.namesakes or Listed(namesakes=()), call.importing.list_name
    rows = tuple(Listing(id=each, name=name, key=name_key(name)) for each in listed.namesakes)
    return wrong_list(Lists(rows, listed.missing), details, list_id=call.importing.list_id, name=name)
