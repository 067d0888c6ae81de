"""What import jobs have left in the store, read from outside the jobs.

Source: https://docs.dbos.dev/python/tutorials/workflow-management
"""

from functools import partial

from dbos import DBOS
from pydantic import TypeAdapter

from bot.contact_import import ContactImport, ImportOutcome
from bot.errors import StoreUnavailable
from bot.jobs.contract import (
    IMPORT_CALL,
    OPEN,
    Json,
    import_call_id,
    import_calls_prefix,
    import_expiries_prefix,
    import_notification_prefixes,
    import_number,
    import_stop_id,
    imports_prefix,
)
from bot.jobs.engine import ago, answered_within
from bot.jobs.import_resolution import ImportCall
from bot.jobs.steps import payload_of
from bot.timing import Timing

_OUTCOME: TypeAdapter[ImportOutcome] = TypeAdapter(ImportOutcome)


class ImportRecords:
    """Reads the store of a launched engine."""

    def __init__(self, timing: Timing) -> None:
        self._timeout = timing.save_timeout

    async def into(self, list_id: str) -> list[ImportCall]:
        """Read the first calls of all imports into a list, newest import first, whatever any clock says.

        Raises `EngineError`.
        """
        prefix = imports_prefix(list_id)
        jobs = await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_output=False)
        newest = sorted(jobs, key=lambda each: import_number(each.workflow_id), reverse=True)
        return [ImportCall.model_validate(payload_of(each)) for each in newest]

    async def outcomes_into(self, list_id: str, *, since: float) -> list[ImportOutcome] | None:
        """Read how imports into a list ended, from notifications of the last `since` seconds, newest first.

        None if the store doesn't answer.
        """
        began = ago(since)
        try:
            async with answered_within(self._timeout):
                notifications = await DBOS.list_workflows_async(
                    workflow_id_prefix=import_notification_prefixes(list_id),
                    start_time=began,
                    sort_desc=True,
                    load_output=False,
                )
        except StoreUnavailable:
            return None
        return [_OUTCOME.validate_python(payload_of(each)["outcome"]) for each in notifications]

    async def notification_of(self, importing: ContactImport) -> Json | None:
        """Read the latest notification of an import's end or question; None if there is none yet.

        Raises `EngineError`.
        """
        notifications = await DBOS.list_workflows_async(
            workflow_id_prefix=import_notification_prefixes(importing.list_id),
            sort_desc=True,
            load_output=False,
        )
        payloads: list[Json] = [payload_of(each) for each in notifications]
        return next((each for each in payloads if each["call"]["importing"]["key"] == importing.key), None)

    async def count_open(self) -> int:
        """Count the imports with a call left to make; 1 if the store doesn't answer."""
        try:
            async with answered_within(self._timeout):
                calls = await DBOS.list_workflows_async(
                    name=IMPORT_CALL, status=OPEN, load_input=False, load_output=False
                )
        except StoreUnavailable:
            return 1
        return max(1, len(calls))

    async def is_stopped(self, an_import: str) -> bool:
        """Return whether a person has stopped an import; False also if the store doesn't answer."""
        try:
            async with answered_within(self._timeout):
                return await DBOS.get_workflow_status_async(import_stop_id(an_import)) is not None
        except StoreUnavailable:
            return False

    async def is_under_way(self, an_import: str) -> bool:
        """Return whether an import hasn't ended: it has calls to make, or waits for a decision.

        A decision, and the job that ends the wait, each save the call after the one in doubt. So an import is
        waiting as long as that job is open and the following call doesn't exist. Raises `EngineError`.
        """
        first = await DBOS.get_workflow_status_async(import_call_id(an_import, 0))
        read = partial(DBOS.list_workflows_async, status=OPEN, load_input=False, load_output=False)
        if (first and first.status in OPEN) or await read(
            workflow_id_prefix=import_calls_prefix(an_import), limit=1
        ):
            return True
        waiting = await read(workflow_id_prefix=import_expiries_prefix(an_import))
        numbers = [int(each.workflow_id.rpartition("/")[2]) for each in waiting]
        following = [import_call_id(an_import, number + 1) for number in numbers]
        return None in [await DBOS.get_workflow_status_async(each) for each in following]
