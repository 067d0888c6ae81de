"""What `jobs list` shows: the requests that are open, failed or uncertain. Pure: no I/O."""

from collections import defaultdict

from bot.jobs.contract import OPEN
from bot.jobs.stored import StoredJob
from bot.operate.jobs.stories import State, Story, key_of, request_in, stories

NEEDS_ATTENTION = frozenset(State) - {State.CREATED, State.ADDED, State.CANCELLED, State.ENDED}
"""What `jobs list` shows: open, failed and uncertain."""
WELL = ("created", "added")
"""Endings that need no one's attention."""


class NeedsAttention:
    """Keeps what tells of open, failed and uncertain requests, of a store that may have many more jobs."""

    def __init__(self) -> None:
        self._kept: dict[str, list[StoredJob]] = defaultdict(list)
        self._well: set[str] = set()
        self._sent_again: set[str] = set()

    def add(self, job: StoredJob) -> None:
        """Look at one more job, in the order in which they were made."""
        key = key_of(job)
        self._sent_again.add(str(request_in(job.payload).get("retry_of", "")))
        if job.status == "SUCCESS" and _kind_of_ending(job) in WELL:
            self._well.add(key)
        self._kept[key].append(job)
        if key in self._well:
            self._kept[key] = [each for each in self._kept[key] if each.status in OPEN]

    def stories(self) -> list[Story]:
        """Return them, the newest first, without what failed and was sent again."""
        found = stories(job for jobs in self._kept.values() for job in jobs)
        over = {State.FAILED, State.UNCERTAIN}
        return [
            each
            for each in found
            if each.state in NEEDS_ATTENTION and not (each.state in over and each.job in self._sent_again)
        ]


def _kind_of_ending(job: StoredJob) -> str:
    ending = job.payload.get("outcome") if isinstance(job.payload, dict) else None
    return str(ending.get("kind")) if isinstance(ending, dict) else ""
