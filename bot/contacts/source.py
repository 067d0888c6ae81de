"""Where an import's contacts come from: the file in Slack, reread when needed and kept in memory only."""

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
"""Files kept in memory; 50,000 contacts take some 10 MB."""
MAX_READINGS = 2
"""Files read at the same time, each in a process; others wait."""
MAX_IMPORTS = 100
"""Imports whose latest chunk is kept: if it was read too late for its slot, it is ready for the next one."""
ROWS_CHANGED = (
    "The file has changed since you saw the preview, so I didn't send any more of it. Upload it again to see "
    "what's in it now."
)

_Key = tuple[str, ReadOptions]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Reads contact files; several readers of the same file share one reading."""

    files: SlackFiles
    contact: str
    """Who to ask: a user id, or words."""
    timing: Timing
    _read: BoundedDict[_Key, asyncio.Task[ReadFile]] = field(
        init=False, repr=False, default_factory=lambda: BoundedDict(CACHE_SIZE)
    )
    _chunks: BoundedDict[str, tuple[int, Chunk]] = field(
        init=False, repr=False, default_factory=lambda: BoundedDict(MAX_IMPORTS)
    )
    _slots: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(MAX_READINGS))

    async def read(self, file_id: str, options: ReadOptions) -> ReadFile:
        """Return a file's contents, read as a person chose. Raises `SlackError` or `UnreadableFile`."""
        key = (file_id, options)
        if key not in self._read:
            self._read[key] = asyncio.create_task(self._fetched(file_id, options))
            asyncio.get_running_loop().call_later(self.timing.rows_kept, self._read.pop, key, None)
        reading = self._read[key]
        try:
            return await asyncio.shield(reading)
        except Exception:
            self._read.pop(key, None)  # the next attempt may succeed
            raise

    async def chunk(self, importing: ContactImport, number: int) -> Chunk:
        """Return one chunk of an import, as previewed. Raises `SlackError` or `UnreadableFile`."""
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
