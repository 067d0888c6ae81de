"""What the bot knows about the account's lists: read at most once a minute, for everyone.

People who ask at the same time share one call. On a timeout, or when a call fails, they get the previous
snapshot with its age.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

import structlog

from bot.errors import (
    BotError,
    InternalError,
    KoreError,
    ListsIncomplete,
    NoSlotInTime,
    StoreUnavailable,
    TooManyLookups,
)
from bot.jobs.rate_limit import RateLimitSlots
from bot.kore.client import KoreClient
from bot.kore.listing import Listing, listing_of
from bot.kore.models import ContactList
from bot.kore.names import name_key
from bot.models import BoundedDict, Snapshot
from bot.notify.queue_positions import CallQueue
from bot.timing import Timing

CACHE_SIZE = 100
"""Lists whose details are cached."""
RESERVED_CALLS = 10
"""Calls per minute reserved for submissions, however small the account's limit."""
SLOT_TIMEOUT = 120
"""Seconds a read may wait for a slot in the rate limit, even after the person who asked has gone."""
FOLLOW_UP_TIMEOUT = 120
"""Seconds in which a late answer may still follow by itself."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class _Cached(Generic[T]):
    """A value read once for everyone who wants it; `clock` counts seconds."""

    def __init__(self, read: Callable[[], Awaitable[T]], timing: Timing, clock: Callable[[], float]) -> None:
        self._read, self._timing, self._clock = read, timing, clock
        self.latest: T | None = None
        self._read_at = self._failed_at = -float("inf")
        self.is_expired = False
        self._error: BotError | None = None
        self._reading: asyncio.Task[None] | None = None

    async def read(self, *, patience: float) -> Snapshot[T]:
        """Return a fresh value, reading it if need be; wait at most `patience` seconds."""
        if self.is_due():
            reading = self._start()
            await asyncio.wait([reading], timeout=patience)
            if not reading.done():
                return self.snapshot(NoSlotInTime("no answer yet"))
            reading.result()
        return self.snapshot()

    def snapshot(self, trouble: BotError | None = None) -> Snapshot[T]:
        """Return what was last read, without a call."""
        age = self._clock() - self._read_at if self.latest is not None else 0.0
        return Snapshot(self.latest, age, trouble or self._error)

    def is_due(self) -> bool:
        """Return whether the value should be read again."""
        now, timing = self._clock(), self._timing
        is_old = self.is_expired or now - self._read_at > timing.lists_fresh_for
        return is_old and now - self._failed_at > timing.lists_retry_after

    def expire(self) -> None:
        """Expire the value, so that the next request reads it again."""
        self.is_expired = True

    def costs_a_call(self) -> bool:
        """Return whether `read` would start a call."""
        return self._reading is None and self.is_due()

    async def stop(self) -> None:
        """Stop reading, and cancel a read under way."""
        if self._reading:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def _start(self) -> asyncio.Task[None]:
        if self._reading is None:
            self._reading = asyncio.create_task(self._renew())
        return self._reading

    async def _renew(self) -> None:
        self.is_expired = False
        try:
            self.latest = await self._read()
            self._read_at, self._error = self._clock(), None
        except (KoreError, NoSlotInTime) as error:
            log.warning("lists_not_read", error=type(error).__name__, answer=str(error))
            self._failed_at, self._error = self._clock(), error
        except Exception:
            log.exception("lists_not_read")
            self._failed_at, self._error = self._clock(), InternalError()
        finally:
            self._reading = None


class Catalog:
    """The account's lists, and the details of those that people opened."""

    def __init__(
        self,
        kore: KoreClient,
        slots: RateLimitSlots,
        read_queue: Callable[[], Awaitable[CallQueue]],
        *,
        timing: Timing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kore, self._slots, self._read_queue = kore, slots, read_queue
        self._timing, self._clock = timing, clock
        self._lists = _Cached(self._read_lists, timing, clock)
        self._details = BoundedDict[str, _Cached[ContactList]](CACHE_SIZE)
        self._missing = 0
        self._added: list[Listing] = []
        self._warming: asyncio.Task[object] | None = None

    async def read(self, *, patience: float, unasked: bool = False) -> Snapshot[tuple[Listing, ...]]:
        """Return all lists, newest first; if `unasked`, only make a call that no submission could need."""
        if unasked and not await self._has_room():
            return self._lists.snapshot(NoSlotInTime("left to submissions"))
        return self._whole(await self._lists.read(patience=patience))

    def snapshot(self) -> Snapshot[tuple[Listing, ...]]:
        """Return all lists known so far, without a call."""
        return self._whole(self._lists.snapshot())

    async def details(
        self, list_id: str, *, patience: float, refused: Callable[[], str | None] = lambda: None
    ) -> Snapshot[ContactList]:
        """Return one list in full; if that costs a call, `refused` may return a sentence against it.

        Rereading a list because the bot changed it doesn't count as a person's lookup.
        """
        cached = self._details.get(list_id)
        if cached is None:
            cached = _Cached(partial(self._read_details, list_id), self._timing, self._clock)
        self._details[list_id] = cached
        if cached.costs_a_call() and not cached.is_expired and (sentence := refused()):
            return cached.snapshot(TooManyLookups(sentence))
        return await cached.read(patience=patience)

    def warm_up(self) -> None:
        """Read the lists in the background if they are stale and no submission could need the call.

        A form has just opened, and it may name a list that exists already.
        """
        is_warming = self._warming is not None and not self._warming.done()
        if not is_warming and self._lists.is_due():
            self._warming = asyncio.create_task(self.read(patience=0, unasked=True))

    def known(self, list_id: str) -> Listing | None:
        """Return what is known about a list, without a call."""
        return next((each for each in self._lists.latest or () if each.id == list_id), None)

    def named(self, name: str) -> list[Listing]:
        """Return the known lists with this name, newest first, without a call."""
        key = name_key(name)
        return [row for row in self._lists.latest or () if key and row.key == key]

    def add(self, created: ContactList) -> None:
        """Note a list that was just created, so that it shows before the next read."""
        row = listing_of(created)
        self._added.append(row)
        if self._lists.latest is not None and not self.known(row.id):
            self._lists.latest = (row, *self._lists.latest)

    def changed(self, list_id: str) -> None:
        """Note that a list's contacts have changed since it was read."""
        self._lists.expire()
        if details := self._details.get(list_id):
            details.expire()

    async def close(self) -> None:
        """Stop all reading, and cancel what is under way."""
        if self._warming:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        await self._lists.stop()
        for details in self._details.values():
            await details.stop()

    async def _has_room(self) -> bool:
        """Return whether half the account's limit is free, with enough left for open forms."""
        try:
            queue = await self._read_queue()
        except StoreUnavailable:
            return False
        free = queue.limit - len(queue.started)
        return not queue.waiting and free > max(queue.limit / 2, RESERVED_CALLS)

    async def _read_lists(self) -> tuple[Listing, ...]:
        await self._slots.acquire(within=SLOT_TIMEOUT)
        self._added = []
        lists = await self._kore.listings()
        ids = {row.id for row in lists.rows}
        self._missing = lists.missing
        return (*(row for row in self._added[::-1] if row.id not in ids), *lists.rows)

    def _whole(self, snapshot: Snapshot[tuple[Listing, ...]]) -> Snapshot[tuple[Listing, ...]]:
        """Report that some lists are missing, unless there is a worse error."""
        if snapshot.trouble or not self._missing:
            return snapshot
        return replace(snapshot, trouble=ListsIncomplete(self._missing))

    async def _read_details(self, list_id: str) -> ContactList:
        await self._slots.acquire(within=SLOT_TIMEOUT)
        return await self._kore.details(list_id)
