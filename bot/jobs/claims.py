"""Which submission owns a list, and which forms have posted one: records in the store; the first one holds.

A POST claims its list before its answer is noted, and a lookup claims what it found only while no POST with
the same words is running. So when a lookup finds another submission's list, that submission is still running,
and the lookup is repeated later; or has claimed the list; or was cut off earlier, and looks it up itself.
Should a lookup be first after all, the POST's answer is certain, and its submission gets its list.
"""

import asyncio

import structlog
from dbos import DBOS

from bot.errors import StoreUnavailable
from bot.jobs.contract import CALL_KORE, DAY, NOTIFICATIONS, RECORD, list_claim_id, post_claim_id
from bot.jobs.engine import EngineError, answered_within
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.records import Records
from bot.jobs.resolution import Call
from bot.jobs.steps import payload_of, read_job_payload
from bot.models import Notification
from bot.timing import Timing

log = structlog.get_logger(__name__)


class Claims:
    """Saves and reads claims."""

    def __init__(self, enqueuer: Enqueuer, records: Records, *, keep_days: int, timing: Timing) -> None:
        self._enqueuer, self._records = enqueuer, records
        # a day longer than submissions, which must not take each other's lists
        self._keep, self._timeout = (keep_days + 1) * DAY, timing.save_timeout

    async def claim(self, list_id: str, key: str) -> None:
        """Record a list's owner, however long the store is unavailable: noting the answer needs it too."""
        while True:
            try:
                await self._save(list_claim_id(list_id), key)
            except EngineError as error:
                log.warning("list_not_claimed", error=type(error).__name__)
                await asyncio.sleep(self._timeout)
            else:
                return

    async def try_claim(self, list_id: str, key: str) -> bool:
        """Claim a list for a submission; return whether the submission owns it. Raises `EngineError`."""
        await self.claim(list_id, key)
        return await self.owner_of(list_id) == key

    async def try_claim_found(self, list_id: str, call: Call) -> bool | None:
        """Claim a list that a lookup found; None if its owner can't be known yet. Raises `EngineError`."""
        return None if await _has_rival(call) else await self.try_claim(list_id, call.submission.key)

    async def claim_post(self, view_id: str) -> bool:
        """Record that a form posts a list; return whether it is the form's first post.

        Raises `StoreUnavailable`, in which case the claim may still have been saved.
        """
        async with answered_within(self._timeout):
            return await self._save(post_claim_id(view_id), view_id)

    async def owner_of(self, list_id: str) -> str | None:
        """Read the key of the first submission that claimed a list. Raises `EngineError`."""
        owner = await read_job_payload(list_claim_id(list_id))
        return str(owner) if owner else None

    async def made_by(self, list_id: str) -> str | None:
        """Read who created a list here, as a user id; None also if the store doesn't answer."""
        try:
            key = await self._owner_in_time(list_id)
            submission = await self._records.submission_of(key) if key else None
        except StoreUnavailable:
            return None
        return submission.origin.user_id if submission else None

    async def creation_of(self, list_id: str) -> Notification | None:
        """Read the notification of a list that was created here; None also if the store doesn't answer."""
        try:
            key = await self._owner_in_time(list_id)
            return await self._records.notification_of(key) if key else None
        except StoreUnavailable:
            return None

    async def _owner_in_time(self, list_id: str) -> str | None:
        async with answered_within(self._timeout):
            return await self.owner_of(list_id)

    async def _save(self, job_id: str, owner: str) -> bool:
        return await self._enqueuer.enqueue(
            RECORD, owner, job_id=job_id, queue=NOTIFICATIONS, delay=self._keep
        )


async def _has_rival(call: Call) -> bool:
    """Return whether a POST with the same words runs for another submission: it may have created our list."""
    running = await DBOS.list_workflows_async(name=CALL_KORE, status="PENDING", load_output=False)
    others = [Call.model_validate(payload_of(each)) for each in running]
    mine = call.submission
    return any(
        other.operation == "create"
        and other.submission.draft == mine.draft
        and other.submission.key != mine.key
        for other in others
    )


@DBOS.workflow(name=RECORD)
async def run_record(_: object) -> None:
    """Do nothing: saving the record is what counts, and it may be deleted now."""
