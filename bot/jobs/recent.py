"""What was submitted lately and how it ended, read from the store."""

import asyncio
from collections.abc import Sequence

import structlog
from dbos import DBOS, WorkflowStatus

from bot.jobs.engine import EngineError
from bot.jobs.notifying import NOTIFY
from bot.jobs.records import CALL_KORE
from bot.jobs.resolution import Call
from bot.models import Created, Notification, Submission, Told
from bot.views.home import RecentSubmission

READ = 40
"""Jobs of each kind that are read: several may belong to one submission."""
WITHIN = 1.5
"""Seconds in which the store must answer."""
_UNDER_WAY = {"ENQUEUED", "PENDING", "DELAYED"}

log = structlog.get_logger(__name__)


async def read_recent(ended: Sequence[Notification] = ()) -> tuple[RecentSubmission, ...] | None:
    """Read what was submitted lately, the newest first; None if the store does not answer.

    `ended` has just ended: the store may not know it yet.
    """
    try:
        async with asyncio.timeout(WITHIN):
            tellings = await _latest(NOTIFY)
            calls = await _latest(CALL_KORE)
    except (TimeoutError, *EngineError) as error:
        log.warning("recent_not_read", error=type(error).__name__)
        return None
    known = [Notification.model_validate(each.input["args"][0]) for each in tellings if each.input]
    submissions = [
        (Call.model_validate(each.input["args"][0]).submission, each) for each in calls if each.input
    ]
    just_now = {notification.submission.key for notification in ended}
    under_way = [
        submission
        for submission, call in submissions
        if call.status in _UNDER_WAY and submission.key not in just_now
    ]
    told = [
        Notification(submission=submission, outcome=Told.model_validate(call.output).outcome)
        for submission, call in submissions
        if call.output
    ]
    return recent_submissions(under_way, [*ended, *known, *told])


async def _latest(name: str) -> list[WorkflowStatus]:
    return await DBOS.list_workflows_async(name=name, sort_desc=True, limit=READ)


def recent_submissions(
    under_way: list[Submission], tellings: list[Notification]
) -> tuple[RecentSubmission, ...]:
    """Tell each submission once: as created if it ever was, else as under way, else as it ended last.

    One that failed is left out once its form was sent again. Both are given with the newest first.
    """
    found: dict[str, RecentSubmission] = {}
    sent_again = {
        each.retry_of for each in [*under_way, *(notification.submission for notification in tellings)]
    }
    for notification in tellings:
        if isinstance(notification.outcome, Created):
            found.setdefault(
                notification.submission.key, RecentSubmission(notification.submission, notification.outcome)
            )
    for submission in under_way:
        found.setdefault(submission.key, RecentSubmission(submission))
    for notification in tellings:
        if notification.submission.key not in sent_again:
            found.setdefault(
                notification.submission.key, RecentSubmission(notification.submission, notification.outcome)
            )
    return tuple(sorted(found.values(), key=lambda each: each.submission.submitted_at, reverse=True))
