"""A warning, once, before a list gets a name that another one has.

It comes from the lists that were read before, without any call. Which forms were warned is remembered in this
process alone, because an answer with errors cannot change what the form itself remembers: if the second press
reaches another process, that one warns a second time, and creates at the third press.
"""

from bot.browsing.catalog import Catalog
from bot.errors import StoreUnavailable
from bot.jobs.engine import within
from bot.jobs.records import Records
from bot.kore.names import name_key
from bot.models import BoundedDict, Submission
from bot.timing import Timing
from bot.views import sentences
from bot.views.rows import taken_name_warning

CACHE_SIZE = 1000
"""Warnings that are remembered."""
KNOWN_LIMIT = 100
"""Lists of one name that are noted: the newest."""


class TakenNames:
    """The warnings that this process gave."""

    def __init__(self, catalog: Catalog, records: Records, timing: Timing) -> None:
        self._catalog, self._records, self._timing = catalog, records, timing
        self._warned = BoundedDict[tuple[str, str], None](CACHE_SIZE)

    def noted_in(self, submission: Submission) -> Submission:
        """Note in a submission which lists of its name are there already: none of them is the new one."""
        known = self._catalog.ids_named(submission.draft.name)[:KNOWN_LIMIT]
        return submission.model_copy(update={"known": known})

    async def problem(self, submission: Submission) -> str | None:
        """Return the sentence to show under the name, if any.

        There is none for a submission that is saved already: the list of that name may be its own.
        """
        taken = self._catalog.named(submission.draft.name)
        warning = (submission.key, name_key(submission.draft.name))
        if taken is None or warning in self._warned:
            return None
        try:
            timeout = self._timing.taken_name_timeout
            if await within(timeout, self._records.submission_of(submission.key)):
                return None
        except StoreUnavailable:
            return sentences.NOT_SAVED
        self._warned[warning] = None
        return taken_name_warning(taken)
