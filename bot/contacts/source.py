"""Where an import's contacts come from: the file in Slack, read again when needed; kept in memory only."""

import asyncio
from dataclasses import dataclass, field

import structlog

from bot.contact_file import Chunk, ReadFile, ReadOptions
from bot.contact_import import ContactImport
from bot.contacts.reading import read_contacts
from bot.errors import FileNotReadable, UnreadableFile
from bot.models import BoundedDict
from bot.slack.files import SlackFiles
from bot.timing import Timing
from bot.views.contacts import unreadable
from bot.views.sentences import mention

CACHE_SIZE = 4
"""Files that are kept in memory; 50,000 contacts take some 10 MB."""
MAX_READINGS = 2
"""Files that are read at the same time, each in a process; others wait."""
MAX_IMPORTS = 100
"""Imports whose last chunk is kept: one that was read too late for its slot is ready for the next."""
ROWS_CHANGED = (
    "The file has changed since you saw the preview, so I didn't send any more of it. Upload it again to see "
    "what's in it now."
)

_Key = tuple[str, ReadOptions]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Reads files of contacts; several who want the same one wait for one reading."""

    files: SlackFiles
    contact: str
    """Whom to ask: a user id, or words."""
    timing: Timing
    _read: BoundedDict[_Key, asyncio.Task[ReadFile]] = field(
        init=False, repr=False, default_factory=lambda: BoundedDict(CACHE_SIZE)
    )
    _chunks: BoundedDict[str, tuple[int, Chunk]] = field(
        init=False, repr=False, default_factory=lambda: BoundedDict(MAX_IMPORTS)
    )
    _slots: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(MAX_READINGS))

    async def read(self, file_id: str, options: ReadOptions) -> ReadFile:
        """Return what a file holds, read as a person chose. Raises `SlackError` or `UnreadableFile`."""
        key = (file_id, options)
        if key not in self._read:
            self._read[key] = asyncio.create_task(self._fetched(file_id, options))
            asyncio.get_running_loop().call_later(self.timing.rows_kept, self._read.pop, key, None)
        reading = self._read[key]
        try:
            return await asyncio.shield(reading)
        except Exception:
            self._read.pop(key, None)  # the next one may succeed
            raise

    async def chunk(self, importing: ContactImport, number: int) -> Chunk:
        """Return some contacts of an import, as they were previewed. Raises as `read` does."""
        latest, kept = self._chunks.get(importing.key, (-1, None))
        if kept and latest == number:
            return kept
        rows = importing.rows
        found = await self.read(rows.file_id, rows.options)
        if (found.preview.digest, found.preview.ready) != (rows.digest, rows.count):
            raise UnreadableFile(ROWS_CHANGED)
        chunk = found.chunk(number, importing.chunk_size)
        self._chunks[importing.key] = number, chunk
        return chunk

    def forget(self, importing: ContactImport) -> None:
        """Forget the contacts of an import that has ended."""
        self._read.pop((importing.rows.file_id, importing.rows.options), None)
        self._chunks.pop(importing.key, None)

    async def _fetched(self, file_id: str, options: ReadOptions) -> ReadFile:
        try:
            file = await self.files.info(file_id)
            content = await self.files.download(file)
        except FileNotReadable as error:
            log.warning("file_not_fetched", error=error.code)
            raise UnreadableFile(unreadable(error.code, mention(self.contact))) from error
        async with self._slots:
            return await read_contacts(content, file.name, options)
