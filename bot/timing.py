"""The poll intervals, time-outs and pauses of the bot, in seconds, in one frozen object.

It is handed to the application: a test passes another one for a quicker bot. What no test needs to change
is a constant beside its use; limits of Slack's, of Kore.ai's, of the store's or of an operator stand with
their protocol, or in the settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long the bot waits, for what, and how often it asks. Pure: no I/O."""

    # Starting and stopping
    reconnect_delays: tuple[float, ...] = (1, 2, 4, 8, 15, 30)
    """Before Slack or the store, away at the start, is asked again, or a connection of Socket Mode is opened
    again; less up to a half by chance, and the last one repeats."""
    hand_over: float = 3
    """For which requests are still accepted after `/readyz` has said that no more are wanted."""
    drain_timeout: float = 2
    """For requests and background work to finish at shutdown."""
    jobs_grace: float = 12
    """For running jobs to finish at shutdown."""
    engine_poll: float = 1
    """Between two polls of the engine for messages between jobs: none are sent, but shutdown waits for it."""

    # Slack
    slack_timeout: float = 5
    """For a whole call of Slack."""
    file_timeout: float = 30
    """For a file to arrive, or to be taken."""
    view_timeout: float = 20
    """For Slack to say whether it opened a view: it may have done so long before."""
    body_timeout: float = 3
    """For a whole request body to arrive; Slack itself gives up after three."""
    ack_settles: float = 1
    """After which Slack has surely put an acknowledged view in place."""
    view_settles: float = 0.5
    """After a submission in which its view may still turn to "Creating…", over a result that came."""
    view_lingers: float = 10
    """After a change of a view without an answer in which Slack may still put it in place."""
    socket_hello_timeout: float = 5
    """For Slack's hello on a new connection of Socket Mode."""
    socket_ping: float = 10
    """Between two pings of a connection; without an answer for half of that it is closed."""
    socket_linger: float = 30
    """For which a connection is served on after Slack asked for another in its place."""
    socket_settles: float = 30
    """For which a connection was open when its end is no failure: the next one is opened at once."""
    socket_missing_after: float = 60
    """After which `/readyz` names a connection that is missing."""
    rate_limited_wait: float = 30
    """At start, after a rate limit that names no time."""
    min_retry_wait: float = 1
    """Before a second try where Slack names no time, or could not be reached."""
    retry_jitter: float = 1
    """At most, on top of it: so that not all come back together."""
    max_retry_wait: float = 5
    """The longest `Retry-After` that is waited out at once; after a longer one the delivery is deferred."""
    usergroups_poll: float = 300
    """Between two reads of the members of the allowed user groups."""

    # Saving and the queue of calls to Kore.ai
    save_timeout: float = 1.5
    """For the store to save or answer, while Slack waits (three seconds)."""
    busy_poll: float = 0.045
    """Between two polls of the queue of calls while a person waits for one."""
    idle_poll: float = 1.0
    """The same while nothing is expected."""
    busy_for: float = 60
    """For which a call stays expected after a form was opened or a job was seen."""
    notifications_poll: float = 0.5
    """Between two polls of the queue of deferred notifications."""
    rate_limit_period: float = 60 + 6
    """In which no more calls start than the account may make in a minute: a call leaves up to two seconds
    after its start, or five with connecting, and SQLite notes the start in whole seconds."""
    call_start_timeout: float = 2
    """After the start of a job in which its call is made; later the rate limit might not hold. The claim, for
    which the store is asked nine times, comes before that: one second was too short for a distant store."""
    slot_poll: float = 0.25
    """Between two polls for a slot that another process may have granted."""
    adoption_poll: float = 5
    """Between two polls for abandoned jobs."""
    abandoned_after: float = 50
    """After its start by which a job has ended, or its process is gone."""
    backlog_poll: float = 5
    """Between two counts of the open jobs."""
    worker_missing_after: float = 75
    """For which jobs wait and none starts before a worker is missed; longer than `rate_limit_period`."""

    # Kore.ai and what follows from its answers; how long a whole call may take is a setting
    connect_timeout: float = 3
    """For a connection to Kore.ai: a request that has none was certainly not sent."""
    retry_delays: tuple[float, ...] = (5, 10, 20, 40, 60)
    """Before a call that was not accepted is made again; the last one repeats."""
    retry_for: float = 30 * 60
    """For which a submission waits for Kore.ai to accept it, from the first try."""
    lookup_delays: tuple[float, ...] = (1, 4, 10, 15)
    """Before each lookup: at about 1, 5, 15 and 30 s after the unclear answer."""

    # Filling a list with contacts
    count_delays: tuple[float, ...] = (2, 5, 15, 30, 60)
    """Before each count of a list's contacts."""
    rows_kept: float = 15 * 60
    """For which the contacts of a file stay in memory; an import that takes longer has it read again."""
    inspection_lasts: float = 40 * 60
    """For which an inspected list is believed to be the right one; longer than `retry_for`, which would begin
    again with each inspection."""
    decision_timeout: float = 24 * 3600
    """For a person to decide about rows that may or may not have arrived."""

    # Notifying
    notify_delays: tuple[float, ...] = (5, 15, 60, 300, 900, 1800, 3600, 3600, 3600)
    """Before people are notified again whom Slack could not reach."""
    queue_position_poll: float = 3
    """Between two updates of the positions in the queue."""
    queue_position_min_wait: float = 12
    """Before its slot in which a form is left alone: its result is on the way."""
    queue_position_timeout: float = 8
    """For Slack to accept a position: a later one might lie over the result."""

    # Browsing
    lists_fresh_for: float = 60
    """For which lists that were read are believed."""
    lists_retry_after: float = 10
    """After a failed read in which there is no other."""
    lists_timeout: float = 3
    """Before a person who waits for lists is shown what is known."""
    home_timeout: float = 1
    """Before a Home tab is shown as far as it is known."""
    home_settles: float = 0.5
    """After a job in which others of the same person may end: they are shown together."""
    taken_name_timeout: float = 1
    """For the store to report whether a form was saved before its name is called taken."""

    # Operating
    terminal_pause: float = 4
    """Between two calls of a command that adds contacts: it makes a quarter of those that an account may."""
    kore_check_after: float = 20
    """After the start before Kore.ai is asked whether it accepts the credentials, if that isn't known."""
    kore_check_poll: float = 60
    """Between two such questions while it does not, or has not said so."""
    token_poll: float = 60
    """Between two questions to Slack whether the token is still valid."""
    store_poll: float = 1
    """For which an answer of the store is believed by `/readyz`."""
    store_timeout: float = 1
    """For the store to answer `/readyz`."""
    refused_body_timeout: float = 1
    """For the rest of a refused body to be read and thrown away, so that the refusal arrives."""
    idle_connection_timeout: float = 75
    """After which a connection without a whole request is closed; longer than proxies keep theirs."""

    def reconnect_delay(self, failures: int) -> float:
        """Return how long to wait after so many failures to connect, before chance takes some off."""
        return _nth(self.reconnect_delays, failures)

    def retry_pause(self, tries: int, *, elapsed: float, retry_after: float | None) -> float | None:
        """Return how long to wait after a call of Kore.ai was not accepted, or None: that is too long.

        It is at least what Kore.ai has asked for; `elapsed` seconds have passed since the first try.
        """
        pause = max(_nth(self.retry_delays, tries), retry_after or 0)
        return pause if elapsed + pause <= self.retry_for else None


def _nth(delays: Sequence[float], number: int) -> float:
    """Return one of the delays, the first of which is number 1; the last one repeats."""
    return delays[min(number, len(delays)) - 1]
