"""A warning, once, before a list gets a name that another one has.

What was read of the account is looked at, and no call is made. Which forms were warned is remembered in this
process alone, because an answer with errors cannot change what the form itself remembers: if the second press
reaches another process, that one warns once more, and creates at the next.
"""

from bot.browsing.catalog import Catalog
from bot.errors import StoreUnavailable
from bot.jobs.engine import within
from bot.jobs.records import Records
from bot.kore.listing import same_name
from bot.models import BoundedDict, Submission
from bot.views import sentences
from bot.views.rows import taken_name_warning

REMEMBERED = 1000
"""Warnings that are remembered."""
LOOK_WITHIN = 1.0
"""Seconds for which the store may hold up the answer here: with those of saving less than Slack's three."""


class TakenNames:
    """The warnings that this process gave."""

    def __init__(self, catalog: Catalog, records: Records) -> None:
        self._catalog, self._records = catalog, records
        self._warned = BoundedDict[tuple[str, str], None](REMEMBERED)

    async def problem(self, submission: Submission) -> str | None:
        """Give the sentence to show under the name, if one is to be shown.

        A submission that is saved already is no news: the list of that name may be its own.
        """
        taken = self._catalog.named(submission.draft.name)
        warning = (submission.key, same_name(submission.draft.name))
        if taken is None or warning in self._warned:
            return None
        try:
            if await within(LOOK_WITHIN, self._records.submission_of(submission.key)):
                return None
        except StoreUnavailable:
            return sentences.NOT_SAVED
        self._warned[warning] = None
        return taken_name_warning(taken)
