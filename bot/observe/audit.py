"""The audit line: one for each time people were notified how a submission or an import ended."""

import time
from collections.abc import Mapping

import structlog

from bot.contact_import import Added, ContactImport, Stopped
from bot.models import Created, Failed, Notification, Outcome, Route
from bot.observe.metrics import Metrics

log = structlog.get_logger(__name__)


def submission_ended(notification: Notification, metrics: Metrics) -> None:
    """Log who submitted what, how it ended and who was notified by which route, and count it."""
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


def import_ended(
    importing: ContactImport, outcome: Added | Stopped, delivered: Mapping[str, Route], metrics: Metrics
) -> None:
    """Log who sent how many contacts to which list and how it ended, and count it; no contact is named."""
    seconds = time.time() - importing.confirmed_at
    is_confirmed = isinstance(outcome, Added) and outcome.is_confirmed
    ended = "confirmed" if is_confirmed else "not_confirmed" if isinstance(outcome, Added) else "stopped"
    rest = importing.rows.count - outcome.sent - outcome.uncertain
    counts = {"sent": outcome.sent, "uncertain": outcome.uncertain, "not_sent": rest}
    metrics.imports.labels(ended).inc()
    for each, count in counts.items():
        metrics.contacts.labels(each).inc(count)
    metrics.import_seconds.observe(seconds)
    log.info(
        "import_ended",
        user=importing.origin.user_id,
        channel=importing.origin.channel_id,
        contact_list=importing.list_id,
        name=importing.list_name,
        file=importing.rows.file_id,
        outcome=ended,
        **counts,
        error=outcome.error if isinstance(outcome, Stopped) else None,
        delivered=dict(delivered),
        seconds=round(seconds, 3),
    )


def _ended(outcome: Outcome) -> str:
    if isinstance(outcome, Created):
        return "created"
    if outcome.alike:
        return "alike"
    return "unconfirmed" if outcome.maybe_created else "failed"
