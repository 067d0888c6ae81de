"""The contacts of the local Kore.ai's lists, which get there some time after they were accepted.

Vendor page followed: "Add contacts" (v1.1). What makes a duplicate is not documented: here it is the phone
number. The limits of a row are those of the vendor's console.
"""

from __future__ import annotations

import heapq
import re
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COLUMNS_MAX = 150
VALUE_MAX = 300  # UTF-16 units, as for a list's texts
PHONE = "phoneNumber"

_PHONE = re.compile(r"\+?[0-9]{4,15}")  # "international or local format"

Row = dict[str, object]


def row_problem(row: object) -> str:
    """Say why a row is refused; nothing if it is not."""
    if not isinstance(row, dict):
        return "data must be an array of objects"
    if not (isinstance(row.get(PHONE), str) and _PHONE.fullmatch(str(row[PHONE]))):
        return "each row needs a phoneNumber of digits, perhaps after a plus"
    if len(row) > COLUMNS_MAX:
        return f"a row has {COLUMNS_MAX} fields at most"
    fits = all(isinstance(each, str) and length(each) <= VALUE_MAX for each in row.values())
    return "" if fits else f"a value must be a string of {VALUE_MAX} characters at most"


@dataclass(frozen=True)
class Contact:
    """A row that is in a list: as it was sent, with the id and the moment that it got there."""

    id: str
    at: float
    sent: Row


class Contacts:
    """The contacts of each list, by its `_id`.

    Adding takes `takes` seconds, in which one row after the other gets there; `math.inf` leaves them on
    their way until they are settled at once.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self.takes = 0.0
        self._there: defaultdict[str, list[Contact]] = defaultdict(list)
        self._known: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._on_their_way: list[tuple[float, int, str, Row]] = []
        self._number = count()
        self._clock = clock

    def of(self, list_id: str) -> Sequence[Contact]:
        """Return the contacts that are in a list, in the order in which they got there."""
        return self._there[list_id]

    def phones(self, list_id: str) -> Counter[str]:
        """Count how often each phone number is in a list."""
        return self._known[list_id].copy()

    def send(self, list_id: str, rows: Sequence[Row]) -> None:
        """Send rows on their way into a list."""
        now, pause = self._clock(), self.takes / max(len(rows), 1)
        for place, row in enumerate(rows, 1):
            heapq.heappush(self._on_their_way, (now + place * pause, next(self._number), list_id, row))

    def settle(
        self, lists: Mapping[str, Mapping[str, object]], *, at_once: bool = False
    ) -> dict[str, list[Contact]]:
        """Let those rows get there whose time has come, or all of them; returns what is new in each list."""
        now, new = self._clock(), defaultdict[str, list[Contact]](list)
        while self._on_their_way and (at_once or self._on_their_way[0][0] <= now):
            due, _, list_id, row = heapq.heappop(self._on_their_way)
            found = lists.get(list_id)  # it may have been deleted meanwhile
            if found and (found["allowDuplicates"] or not self._known[list_id][str(row[PHONE])]):
                self._known[list_id][str(row[PHONE])] += 1
                new[list_id].append(Contact(f"cc-{short_id()}", min(due, now), row))
        for list_id, contacts in new.items():
            self._there[list_id] += contacts
        return new


def short_id() -> str:
    """Make an id as the vendor's, whose first group has 7 hex digits, not 8."""
    return str(uuid.uuid4())[1:]


def length(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
