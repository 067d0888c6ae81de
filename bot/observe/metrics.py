"""The metrics at `/metrics`, following Prometheus' naming rules.

Source: https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from bot.models import Route

FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds; Slack waits three."""
CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 40.0)
"""Seconds that a call to Kore.ai takes."""
JOBS = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0)
"""Seconds that a submission takes: from one to the half hour during which it is retried."""
TOO_MANY_REQUESTS = "429"
MISCONFIGURED = ("403", "404", "405")
"""Kore.ai's answers to a wrong setup."""
REQUEST_KINDS = (
    "command",
    "shortcut",
    "message_action",
    "view_submission",
    "block_actions",
    "event_callback",
    "work",
)
CONTACT_OUTCOMES = ("sent", "uncertain", "not_sent")
IMPORTS = ("confirmed", "not_confirmed", "stopped")
OUTCOMES = ("created", "failed", "alike", "unconfirmed")
REFUSAL_REASONS = (
    *("bad_signature", "unreadable", "too_large", "too_slow", "too_many_bodies", "draining"),
    *(
        "user_not_allowed",
        "channel_not_allowed",
        "team_not_allowed",
        "too_many_submissions",
        "too_many_forms",
    ),
    *("too_many_open_jobs", "too_many_lookups", "not_their_submission"),
)


class Metrics:
    """The metrics of one bot; nothing is registered process-wide."""

    def __init__(self) -> None:
        # Otherwise they are files, if another program left PROMETHEUS_MULTIPROC_DIR in the environment.
        values.ValueClass = values.MutexValue
        self.registry = CollectorRegistry()
        self.requests = self._counter(
            "requests", "Requests from Slack, by kind and outcome.", "kind", "outcome"
        )
        self.ack_seconds = self._histogram("ack_seconds", "Time until Slack was answered.", FAST, "kind")
        self.form_open_seconds = self._histogram("form_open_seconds", "Time until Slack opened a form.", FAST)
        self.refusals = self._counter("refusals", "Requests that were refused, by reason.", "reason")
        self.jobs = self._counter("jobs", "Submissions that ended, by outcome.", "outcome")
        self.submit_to_notified_seconds = self._histogram(
            "submit_to_notified_seconds", "Time from a submission until everyone was notified.", JOBS
        )
        self.imports = self._counter("imports", "Imports of contacts that ended, by outcome.", "outcome")
        self.contacts = self._counter("contacts", "Contacts of imports that ended, by outcome.", "outcome")
        self.import_seconds = self._histogram(
            "import_seconds", "Time from the confirmation of an import until everyone was notified.", JOBS
        )
        self.kore_calls = self._counter(
            "kore_calls", "Calls to Kore.ai, by operation and status.", "operation", "status"
        )
        self.kore_call_seconds = self._histogram(
            "kore_call_seconds", "Duration of a call to Kore.ai.", CALL_BUCKETS, "operation"
        )
        self.rate_limit_waits = self._counter(
            "rate_limit_waits", "Waits for the rate limit, by reason.", "reason"
        )
        self.deliveries = self._counter("deliveries", "Outcomes delivered, by route.", "route")
        self.open_jobs = self._gauge("open_jobs", "Jobs in the store that have not ended.")
        self.oldest_job_seconds = self._gauge("oldest_job_seconds", "Age of the oldest open job.")
        self.jobs_without_worker = self._gauge(
            "jobs_without_worker", "Waiting jobs, if none has started for a while; otherwise 0."
        )
        self.last_save = self._gauge(
            "last_save_timestamp_seconds", "When the store last saved a job; before the first, the start."
        )
        self.last_poll = self._gauge(
            "last_poll_timestamp_seconds", "When the queues were last polled; before that, the start."
        )
        self.store_connections = self._gauge(
            "store_connections", "Connections of the pool to the store, by state.", "state"
        )
        self.kore_credentials_ok = self._gauge(
            "kore_credentials_ok", "0 from when Kore.ai refuses the credentials until it accepts them."
        )
        self.open_sockets = self._gauge(
            "open_sockets", "Open Socket Mode connections: two are expected, in HTTP mode none."
        )
        self.ready = self._gauge("ready", "1 while work is accepted, otherwise 0.")
        self.not_ready = self._gauge("not_ready", "1 for each reason why it isn't, otherwise 0.", "reason")
        self.build_info = self._gauge(
            "build_info", "What runs here, in its labels.", "version", "python", "mode", "role", "store"
        )
        self.last_save.set_to_current_time()
        self.last_poll.set_to_current_time()
        self.kore_credentials_ok.set(1)
        self._begin_at_zero()

    def show_readiness(self, reasons: Iterable[str], *, possible: Iterable[str]) -> None:
        """Show which of all possible reasons, if any, keep the bot from accepting work."""
        why = set(reasons)
        self.ready.set(not why)
        for reason in possible:
            self.not_ready.labels(reason).set(reason in why)

    def kore_called(self, operation: str, status: str, seconds: float) -> None:
        """Record a call to Kore.ai: `status` is the HTTP status, or else the class of the error."""
        self.kore_calls.labels(operation, status).inc()
        self.kore_call_seconds.labels(operation).observe(seconds)
        if status == TOO_MANY_REQUESTS:
            self.rate_limit_waits.labels("kore").inc()

    def _begin_at_zero(self) -> None:
        """Show failures before there are any: to Prometheus, a series that starts at 1 hasn't increased."""
        for outcome in OUTCOMES:
            self.jobs.labels(outcome)
        for outcome in CONTACT_OUTCOMES:
            self.contacts.labels(outcome)
        for outcome in IMPORTS:
            self.imports.labels(outcome)
        for route in Route:
            self.deliveries.labels(route)
        for reason in REFUSAL_REASONS:
            self.refusals.labels(reason)
        for reason in ("slot", "kore"):
            self.rate_limit_waits.labels(reason)
        for kind in REQUEST_KINDS:
            self.requests.labels(kind, "failed")
        self.requests.labels("view_submission", "not_saved")
        for status in MISCONFIGURED:
            for operation in ("create", "list", "add"):
                self.kore_calls.labels(operation, status)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"contactlist_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"contactlist_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"contactlist_{name}", meaning, labels, buckets=buckets, registry=self.registry)
