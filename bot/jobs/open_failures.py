"""Failures that a person hasn't dealt with: kept until the list is created, tried again, or dismissed.

Like a claim, each is a record in the store, so it outlives a restart and any number of newer submissions.
"""

from dbos import DBOS

from bot.jobs.claims import run_record
from bot.jobs.contract import DAY, FORGET_FAILURE, NOTIFICATIONS, failure_id, failures_of, failures_of_key
from bot.jobs.steps import enqueue, payload_of, recorded
from bot.models import Created, Notification

MAX_FAILURES = 20
"""Failures read per person, newest first."""


async def note_failure(notification: Notification, *, keep_days: int) -> None:
    """Keep a failure, or forget those that this outcome settles. Runs within a job."""
    submission = notification.submission
    user_id, key = submission.origin.user_id, submission.key
    if submission.retry_of:
        await recorded(FORGET_FAILURE, forget_failure, user_id, submission.retry_of)
    if not isinstance(notification.outcome, Created):
        kept_as, delay = failure_id(user_id, key, DBOS.workflow_id or ""), keep_days * DAY
        await enqueue(run_record, notification, job_id=kept_as, queue=NOTIFICATIONS, delay=delay)
    elif notification.failed_before:
        await recorded(FORGET_FAILURE, forget_failure, user_id, key)


async def forget_failure(user_id: str, key: str) -> None:
    """Forget the failures of a person's submission."""
    kept = await DBOS.list_workflows_async(
        workflow_id_prefix=failures_of_key(user_id, key), load_input=False, load_output=False
    )
    await DBOS.delete_workflows_async([each.workflow_id for each in kept])


async def read_failures(user_id: str) -> list[Notification]:
    """Read the failures that a person hasn't dealt with, newest first."""
    kept = await DBOS.list_workflows_async(
        workflow_id_prefix=failures_of(user_id), sort_desc=True, limit=MAX_FAILURES, load_output=False
    )
    return [Notification.model_validate(payload_of(each)) for each in kept]
