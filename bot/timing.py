"""The bot's poll intervals, timeouts and pauses, in seconds, in one frozen object.

It is passed to the application, so that a test can pass another one for a faster bot. Values that no test
needs to change are constants next to their use; limits set by Slack, Kore.ai, the store or an operator are
kept with their protocol, or in the settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long the bot waits, and how often it polls. All values are in seconds. Pure: no I/O."""

    # Starting and stopping
    reconnect_delays: tuple[float, ...] = (1, 2, 4, 8, 15, 30)
    """Delays before retrying Slack or the store at startup, or reopening a Socket Mode connection; each is
    randomly shortened by up to half, and the last one repeats.
    """
    hand_over: float = 3
    """How long requests are still accepted after `/readyz` has reported draining."""
    drain_timeout: float = 2
    """Time for requests and background work to finish at shutdown."""
    jobs_grace: float = 12
    """Time for running jobs to finish at shutdown."""
    engine_poll: float = 1
    """Interval at which the engine polls for messages between jobs: there are none, but shutdown waits for
    it.
    """

    # Slack
    slack_timeout: float = 5
    """Timeout of a whole call to Slack."""
    file_timeout: float = 30
    """Timeout of a file's download or upload."""
    view_timeout: float = 20
    """Timeout of opening a view: Slack may have opened it long before it answers."""
    body_timeout: float = 3
    """Timeout of receiving a whole request body; Slack itself gives up after three seconds."""
    ack_settles: float = 1
    """Time after which Slack must have applied an acknowledged view."""
    view_settles: float = 0.5
    """Time after a submission during which its view may still turn to "Creating…", covering a result."""
    view_lingers: float = 10
    """Time after an unanswered update of a view during which Slack may still apply it."""
    socket_hello_timeout: float = 5
    """Timeout of Slack's hello on a new Socket Mode connection."""
    socket_ping: float = 10
    """Interval between pings on a connection; it is closed if none is answered within half of that."""
    socket_linger: float = 30
    """How long a connection is still served after Slack asked for its replacement."""
    socket_settles: float = 30
    """How long a connection must have lasted for its end not to be a failure: the next is opened at once."""
    socket_missing_after: float = 60
    """Time after which `/readyz` warns about a missing connection."""
    rate_limited_wait: float = 30
    """Wait at startup after a rate limit that names no time."""
    min_retry_wait: float = 1
    """Wait before a second try if Slack names no time, or couldn't be reached."""
    retry_jitter: float = 1
    """Maximum random addition to that wait, so that clients don't all come back together."""
    max_retry_wait: float = 5
    """The longest `Retry-After` waited out at once; after a longer one, the delivery is deferred."""
    usergroups_poll: float = 300
    """Interval between reads of the allowed user groups' members."""

    # Saving and the queue of calls to Kore.ai
    save_timeout: float = 1.5
    """Timeout of saving or reading in the store while Slack waits (three seconds)."""
    busy_poll: float = 0.045
    """Poll interval of the queue of calls while a person waits for one."""
    idle_poll: float = 1.0
    """Interval between checks for jobs, whose queues aren't polled while no work is expected."""
    busy_for: float = 60
    """How long work stays expected after a form was opened or a job was seen."""
    notifications_poll: float = 0.5
    """Poll interval of the queue of deferred notifications."""
    rate_limit_period: float = 60 + 6
    """Period in which no more calls start than the account may make in a minute: a call may be sent up to two
    seconds after its start, or five including the connection, and SQLite stores the start in whole seconds.
    """
    call_start_timeout: float = 2
    """Time after a job's start within which its call is made; later, the rate limit might not hold. It
    includes the claim, which queries the store nine times: one second was too short for a distant store.
    """
    slot_poll: float = 0.25
    """Poll interval for a slot that another process may have granted."""
    adoption_poll: float = 5
    """Poll interval for abandoned jobs."""
    abandoned_after: float = 50
    """Time after its start by which a job has ended, or its process is gone."""
    backlog_poll: float = 5
    """Interval between counts of the open jobs."""
    worker_missing_after: float = 75
    """How long jobs wait without any starting before a worker is missed; longer than `rate_limit_period`."""

    # Kore.ai and what follows from its answers; how long a whole call may take is a setting
    connect_timeout: float = 3
    """Timeout of connecting to Kore.ai: a request without a connection was certainly not sent."""
    retry_delays: tuple[float, ...] = (5, 10, 20, 40, 60)
    """Delays before repeating a call that wasn't accepted; the last one repeats."""
    retry_for: float = 30 * 60
    """How long a submission waits for Kore.ai to accept it, counted from the first try."""
    lookup_delays: tuple[float, ...] = (1, 4, 10, 15)
    """Delays before each lookup: at about 1, 5, 15 and 30 s after the unclear answer."""

    # Filling a list with contacts
    count_delays: tuple[float, ...] = (2, 5, 15, 30, 60)
    """Delays before each count of a list's contacts."""
    rows_kept: float = 15 * 60
    """How long a file's contacts stay in memory; a longer import has the file read again."""
    inspection_lasts: float = 40 * 60
    """How long an inspected list is trusted to be the right one; longer than `retry_for`, which would restart
    with each inspection.
    """
    decision_timeout: float = 24 * 3600
    """Time for a person to decide about rows that may or may not have arrived."""

    # Notifying
    notify_delays: tuple[float, ...] = (5, 15, 60, 300, 900, 1800, 3600, 3600, 3600)
    """Delays before retrying notifications that Slack couldn't deliver."""
    queue_position_poll: float = 3
    """Interval between updates of the positions in the queue."""
    queue_position_min_wait: float = 12
    """Time before its slot during which a form is left alone: its result is on the way."""
    queue_position_timeout: float = 8
    """Timeout of showing a position: a later one might cover the result."""

    # Browsing
    lists_fresh_for: float = 60
    """How long lists that were read count as fresh."""
    lists_retry_after: float = 10
    """Time after a failed read during which there is no other."""
    lists_timeout: float = 3
    """Wait before a person who asks for lists is shown what is known."""
    home_timeout: float = 1
    """Wait before a Home tab is shown with what is known."""
    home_settles: float = 0.5
    """Time after a job in which the same person's other jobs may end, to be shown together."""
    taken_name_timeout: float = 1
    """Timeout of asking the store whether a form was saved before its name is called taken."""

    # Operating
    terminal_pause: float = 4
    """Pause between calls of a command that adds contacts: it makes a quarter of the calls an account may."""
    kore_check_after: float = 20
    """Time after startup until Kore.ai is asked whether it accepts the credentials, if that isn't known."""
    kore_check_poll: float = 60
    """Interval between such checks while Kore.ai rejects them, or hasn't answered."""
    token_poll: float = 60
    """Interval between checks with Slack that the token is still valid."""
    store_poll: float = 1
    """How long `/readyz` trusts the store's last answer."""
    store_timeout: float = 1
    """Timeout of the store's answer to `/readyz`."""
    refused_body_timeout: float = 1
    """Time for discarding the rest of a refused body, so that the refusal arrives."""
    idle_connection_timeout: float = 75
    """Time after which a connection without a complete request is closed; longer than proxies keep theirs."""

    def reconnect_delay(self, failures: int) -> float:
        """Return the delay after so many failures to connect, before it is randomly shortened."""
        return _nth(self.reconnect_delays, failures)

    def retry_pause(self, tries: int, *, elapsed: float, retry_after: float | None) -> float | None:
        """Return the wait after a call that Kore.ai didn't accept, or None if that would take too long.

        It is at least what Kore.ai asked for; `elapsed` seconds have passed since the first try.
        """
        pause = max(_nth(self.retry_delays, tries), retry_after or 0)
        return pause if elapsed + pause <= self.retry_for else None


def _nth(delays: Sequence[float], number: int) -> float:
    """Return one of the delays, counting from 1; the last one repeats."""
    return delays[min(number, len(delays)) - 1]
