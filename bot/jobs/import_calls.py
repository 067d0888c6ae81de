"""One call to Kore.ai for an import: finding or inspecting the list, adding a chunk, or counting."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.contact_file import Chunk
from bot.contact_import import ContactImport
from bot.errors import JobError, SlackError, UnreadableFile
from bot.jobs.at_most_once import Claim, claim_call, tried
from bot.jobs.contract import ASK_KORE, Json
from bot.jobs.import_records import ImportRecords
from bot.jobs.import_resolution import (
    ChunkAccepted,
    ImportAnswer,
    ImportCall,
    Inspected,
    InspectionExpired,
    NotDone,
)
from bot.jobs.inspecting import may_still_arrive, read_list
from bot.jobs.steps import recorded
from bot.kore.client import KoreClient
from bot.timing import Timing

CONTACTS_ARRIVE_FOR = 3600
"""Seconds during which contacts of an import that ended unconfirmed might still be arriving."""
ROWS_TIMEOUT = 30
"""Seconds allowed for reading a chunk from its file."""
STOPPED = "You stopped this import."
ROWS_NOT_READ = "I couldn't read the file again, though I kept trying. Try again later."

ReadChunk = Callable[[ContactImport, int], Awaitable[Chunk]]
"""Rereads a chunk from its file. Raises `SlackError` or `UnreadableFile`."""

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class ImportCalls:
    """Makes each call at most once, from within its job."""

    kore: KoreClient
    read_chunk: ReadChunk
    records: ImportRecords
    timing: Timing

    async def once(self, call: ImportCall) -> Json:
        """Make a call unless another run of this job may have; return the answer as noted."""
        return await recorded(ASK_KORE, self._ask, call, await claim_call())

    async def _ask(self, call: ImportCall, claim: Claim) -> Json:
        """Make the call, unless another run may have, and note Kore.ai's answer."""
        chunk = None if claim.is_mine else await self._chunk_of_another_run(call)
        operation = f"import_{call.operation}"
        answer: Chunk | ImportAnswer | JobError
        if call.operation == "add":
            answer = await tried(self._next_chunk(call, claim), operation=operation)
        else:
            answer = await tried(self._read(call, claim), operation=operation)
        if isinstance(answer, Chunk):
            chunk = answer
            answer = await tried(self._add(call, chunk, claim), operation=operation)
        return claim.note(_not_done(answer, chunk) if isinstance(answer, JobError) else answer)

    async def _read(self, call: ImportCall, claim: Claim) -> ImportAnswer:
        """Find or inspect the list, or count; while contacts may still arrive, an inspection has no count."""
        claim.check(self.timing.call_start_timeout)
        found = await read_list(self.kore, call)
        if call.operation != "inspect" or not isinstance(found, Inspected):
            return found
        before = await self.records.outcomes_into(call.importing.list_id, since=CONTACTS_ARRIVE_FOR)
        if before is None or may_still_arrive(before, found.count):
            return found.replace(count=None)
        return found

    async def _chunk_of_another_run(self, call: ImportCall) -> Chunk | None:
        """Read which rows another run may have sent: the person must know what they are deciding about."""
        if call.operation == "add":
            with suppress(OSError, SlackError, UnreadableFile):
                return await self._rows(call)
        return None

    async def _next_chunk(self, call: ImportCall, claim: Claim) -> Chunk | ImportAnswer:
        """Read the next chunk to send, or say why it isn't sent."""
        claim.check(self.timing.call_start_timeout)
        if await self.records.is_stopped(call.id):
            return NotDone(error="Stopped", sentence=STOPPED)
        if time.time() - call.inspected_at > self.timing.inspection_lasts:
            return InspectionExpired()
        try:
            return await self._rows(call)
        except UnreadableFile as error:
            return NotDone(error=type(error).__name__, sentence=error.sentence)
        except (OSError, SlackError) as error:  # or a timeout, or no resources for the reader
            log.warning("rows_not_read", error=getattr(error, "code", type(error).__name__))
            return NotDone(error=type(error).__name__, sentence=ROWS_NOT_READ, not_accepted=True)

    async def _add(self, call: ImportCall, chunk: Chunk, claim: Claim) -> ChunkAccepted:
        """Send a chunk, unless reading it took so long that the slot has expired."""
        imports = await self.records.count_open()
        claim.check(self.timing.call_start_timeout)
        await self.kore.add_contacts(call.importing.list_name, chunk.contacts)
        return ChunkAccepted(last_row=chunk.last_row, imports=imports)

    async def _rows(self, call: ImportCall) -> Chunk:
        async with asyncio.timeout(ROWS_TIMEOUT):
            return await self.read_chunk(call.importing, call.chunk)


def _not_done(error: JobError, chunk: Chunk | None) -> NotDone:
    answer = NotDone.because(error)
    return answer.replace(first_row=chunk.first_row, last_row=chunk.last_row) if chunk else answer
