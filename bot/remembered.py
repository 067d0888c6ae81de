"""What a process remembers for a while: the newest of so many."""

from collections import OrderedDict
from typing import TypeVar

__all__ = ["Remembered"]

K = TypeVar("K")
V = TypeVar("V")


class Remembered(OrderedDict[K, V]):
    """What was noted last, by key; beyond `limit` the oldest is forgotten. What is noted again is new."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._limit:
            self.popitem(last=False)
