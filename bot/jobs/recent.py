"""Recent submissions and how they ended, read from the store."""

from collections.abc import Sequence

from dbos import DBOS, WorkflowStatus

from bot.errors import StoreUnavailable
from bot.jobs.contract import CALL_KORE, NOTIFY, OPEN
from bot.jobs.engine import answered_within
from bot.jobs.open_failures import read_failures
from bot.jobs.resolution import Call
from bot.jobs.steps import payload_of
from bot.models import Created, Notification
from bot.views.home import RecentSubmission

MAX_JOBS = 40
"""Jobs read of each kind; several may belong to one submission."""


async def read_recent(
    user_id: str, ended: Sequence[Notification], *, patience: float
) -> tuple[RecentSubmission, ...] | None:
    """Read the recent submissions, newest first; None if the store doesn't answer.

    Failures are those that the person hasn't dealt with, however old. `ended` holds those that ended a moment
    ago, which the store might not know yet.
    """
    try:
        async with answered_within(patience):
            notifying, calling = await _latest(NOTIFY), await _latest(CALL_KORE)
            failures = await read_failures(user_id)
    except StoreUnavailable:
        return None
    calls = [(Call.model_validate(payload_of(each)), each) for each in calling if each.input]
    has_ended = {notification.submission.key for notification in ended}
    under_way = [
        RecentSubmission(call.submission, is_looked_up=call.operation != "create")
        for call, job in calls
        if job.status in OPEN and call.submission.key not in has_ended
    ]
    notified = [Notification.model_validate(payload_of(each)) for each in notifying if each.input]
    created = [each for each in (*ended, *notified) if isinstance(each.outcome, Created)]
    return recent_submissions(under_way, [*created, *failures])


async def _latest(name: str) -> list[WorkflowStatus]:
    return await DBOS.list_workflows_async(name=name, sort_desc=True, limit=MAX_JOBS, load_output=False)


def recent_submissions(
    under_way: Sequence[RecentSubmission], notifications: Sequence[Notification]
) -> tuple[RecentSubmission, ...]:
    """List each submission once: as created if it ever was, else as under way, else by its latest outcome.

    A failed one is left out once its form was sent again. Both arguments are newest first.
    """
    known = [RecentSubmission(each.submission, each.outcome) for each in notifications]
    created = [each for each in known if isinstance(each.outcome, Created)]
    sent_again = {each.submission.retry_of for each in under_way}
    sent_again |= {each.submission.retry_of for each in notifications}
    ended = [each for each in known if each.submission.key not in sent_again]
    found: dict[str, RecentSubmission] = {}
    for recent in (*created, *under_way, *ended):
        found.setdefault(recent.submission.key, recent)
    return tuple(sorted(found.values(), key=lambda each: each.submission.submitted_at, reverse=True))
