"""A single warning before a list gets a name that another list already has.

It is based on the known lists, without a call to Kore.ai. The store says whether the form is saved already,
and who created the other list here. The form remembers which names it warned about, so that any process
knows.
"""

from collections.abc import Sequence

from bot.browsing.catalog import Catalog
from bot.jobs.claims import Claims
from bot.jobs.engine import answered_within
from bot.jobs.records import Records
from bot.kore.names import name_key
from bot.models import Submission
from bot.timing import Timing
from bot.views.taken_name import TakenName

KNOWN_LIMIT = 100
"""Lists of the same name that are noted, newest first."""


class TakenNames:
    """Knows which names are taken."""

    def __init__(self, catalog: Catalog, records: Records, claims: Claims, timing: Timing) -> None:
        self._catalog, self._records, self._claims = catalog, records, claims
        self._timeout = timing.taken_name_timeout

    def noted_in(self, submission: Submission) -> Submission:
        """Note in a submission which lists already have its name: none of them is the new one."""
        known = self._catalog.named(submission.draft.name)[:KNOWN_LIMIT]
        return submission.replace(known=tuple(row.id for row in known))

    async def find(self, submission: Submission, *, warned: Sequence[str]) -> TakenName | None:
        """Return the list that has the name; None if `warned` holds the key of that name.

        Also None for a submission that is saved already, since the list may be its own. Raises
        `StoreUnavailable`.
        """
        taken = self._catalog.named(submission.draft.name)
        if not taken or name_key(submission.draft.name) in warned:
            return None
        async with answered_within(self._timeout):
            if await self._records.submission_of(submission.key):
                return None
            return TakenName(submission, taken[0], await self._claims.made_by(taken[0].id))
