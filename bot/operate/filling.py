"""Filling a list at a terminal: by the same rules as the jobs, but in one go, and saved nowhere."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.contact_file import Chunk, ReadFile
from bot.contact_import import ContactImport, ImportOutcome
from bot.errors import KoreError
from bot.jobs.import_resolution import (
    ChunkAccepted,
    ImportAnswer,
    ImportCall,
    ImportNext,
    Inspected,
    InspectionExpired,
    NotDone,
    next_after,
)
from bot.jobs.inspecting import read_list
from bot.kore.client import KoreClient
from bot.timing import Timing
from bot.views.card import contacts_of

ACCEPTED = "Accepted up to row {last}: {sent:,} of {contacts}."
NOT_ACCEPTED = "Kore.ai isn't accepting requests right now. Trying again in {seconds:.0f} seconds."
UNCLEAR = "No clear answer about rows {first} to {last}. Asking Kore.ai what the list holds."
INTERRUPTED = (
    "Stopped while rows {first} to {last} were on their way: they may or may not have arrived. Look in "
    "Kore.ai, then go on: --from-row {after} leaves them out, --from-row {first} sends them again."
)
COUNTED = "Kore.ai counts {contacts} in the list."
CHECKS = 3
"""Calls up to the first chunk, which follow one another without a pause."""


@dataclass(frozen=True, kw_only=True)
class Filling:
    """Sends the contacts of a file into a list; `say` reports progress."""

    client: KoreClient
    read: ReadFile
    importing: ContactImport
    timing: Timing
    say: Callable[[str], None]

    async def run(self, *, only_check: bool) -> ImportOutcome | None:
        """Check the list, then send every chunk; None if it was only to be checked, and is right."""
        following: ImportNext = ImportCall(importing=self.importing, id="")
        while isinstance(following, ImportCall):
            call = following
            if only_check and call.operation == "add":
                return None
            least = self.timing.terminal_pause if call.number >= CHECKS else 0
            await asyncio.sleep(max(call.pause, least))
            answer = await self._ask(call)
            following = next_after(call, answer, now=time.time(), timing=self.timing)
            self._show(call, answer, following)
        return following

    async def _ask(self, call: ImportCall) -> ImportAnswer:
        if call.operation != "add":
            try:
                return await read_list(self.client, call)
            except KoreError as error:
                return NotDone.because(error)
        if time.time() - call.inspected_at > self.timing.inspection_lasts:
            return InspectionExpired()
        return await self._add(self.read.chunk(call.chunk, self.importing.chunk_size))

    async def _add(self, chunk: Chunk) -> ImportAnswer:
        try:
            await self.client.add_contacts(self.importing.list_name, chunk.contacts)
        except asyncio.CancelledError:
            rows = {"first": chunk.first_row, "last": chunk.last_row, "after": chunk.last_row + 1}
            self.say(INTERRUPTED.format(**rows))
            raise
        except KoreError as error:
            rows = {"first_row": chunk.first_row, "last_row": chunk.last_row}
            return NotDone.because(error).replace(**rows)
        return ChunkAccepted(last_row=chunk.last_row)

    def _show(self, call: ImportCall, answer: ImportAnswer, following: ImportNext) -> None:
        match answer, following:
            case ChunkAccepted(last_row=last), ImportCall(tally=tally):
                contacts = contacts_of(self.importing.rows.count)
                self.say(ACCEPTED.format(last=last, sent=tally.sent, contacts=contacts))
            case NotDone(), ImportCall(operation=call.operation, pause=pause):
                self.say(NOT_ACCEPTED.format(seconds=pause))
            case NotDone(first_row=first, last_row=last), ImportCall():
                self.say(UNCLEAR.format(first=first, last=last))
            case Inspected(count=int(count)), _ if call.operation == "count":
                self.say(COUNTED.format(contacts=contacts_of(count)))
