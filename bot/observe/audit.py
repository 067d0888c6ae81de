"""The audit line: one for each time that people were notified how a submission ended."""

import time

import structlog

from bot.models import Created, Failed, Notification
from bot.observe.metrics import Metrics

log = structlog.get_logger(__name__)


def submission_ended(notification: Notification, metrics: Metrics) -> None:
    """Log who submitted what, how it ended and who was notified which way, and count it."""
    submission, outcome = notification.submission, notification.outcome
    seconds = time.time() - submission.submitted_at
    is_unclear = isinstance(outcome, Failed) and outcome.maybe_created
    ended = "unconfirmed" if is_unclear else outcome.kind
    metrics.jobs.labels(ended).inc()
    metrics.submit_to_notified_seconds.observe(seconds)
    log.info(
        "submission_ended",
        user=submission.origin.user_id,
        channel=submission.origin.channel_id,
        name=submission.draft.name,
        outcome=ended,
        contact_list=outcome.contact_list.id if isinstance(outcome, Created) else None,
        error=outcome.error if isinstance(outcome, Failed) else None,
        delivered=notification.delivered,
        seconds=round(seconds, 3),
    )
