"""The audit line: one for each time that people were notified how a submission ended."""

import time

import structlog

from bot.models import Created, Failed, Notification, Outcome
from bot.observe.metrics import Metrics

log = structlog.get_logger(__name__)


def submission_ended(notification: Notification, metrics: Metrics) -> None:
    """Log who submitted what, how it ended and who was notified which way, and count it."""
    submission, outcome = notification.submission, notification.outcome
    seconds = time.time() - submission.submitted_at
    ended = _ended(outcome)
    metrics.jobs.labels(ended).inc()
    metrics.submit_to_notified_seconds.observe(seconds)
    log.info(
        "submission_ended",
        user=submission.origin.user_id,
        channel=submission.origin.channel_id,
        name=submission.draft.name,
        outcome=ended,
        contact_list=outcome.contact_list.id if isinstance(outcome, Created) else None,
        alike=outcome.alike.id if isinstance(outcome, Failed) and outcome.alike else None,
        error=outcome.error if isinstance(outcome, Failed) else None,
        delivered=notification.delivered,
        seconds=round(seconds, 3),
    )


def _ended(outcome: Outcome) -> str:
    if isinstance(outcome, Created):
        return "created"
    if outcome.alike:
        return "alike"
    return "unconfirmed" if outcome.maybe_created else "failed"
