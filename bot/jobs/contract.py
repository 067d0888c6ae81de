"""The names by which the store knows our work. Pure: no I/O, no clock.

Careful: every name and id here is saved in the store. From version 0.1.0 on they are a contract: renaming one
strands the jobs under way in every deployment, and a job's payload may only gain fields with defaults.
"""

from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

DAY = 24 * 60 * 60
"""Seconds."""

APPLICATION = "contactlist-bot"
"""The owner of these jobs, in a store that others may use too."""
JOB_VERSION = "1"
"""Jobs saved by another version are picked up while this stays the same; it changes with a job's steps."""

# Queues
CALLS = "kore-calls"
"""Calls to Kore.ai, one job each, and slots for calls that people make by browsing."""
NOTIFICATIONS = "notifications"
"""Notifications that couldn't be delivered at once, and records."""

# Workflows
CALL_KORE = "call_kore"
NOTIFY = "notify"
RECORD = "record"
"""Does nothing when it comes due, days later: until then its id and payload stay in the store."""
SLOT = "slot"
IMPORT_CALL = "import_call"
NOTIFY_IMPORT = "notify_import"
EXPIRE_IMPORT = "expire_import"

# Steps
CLAIM_CALL = "claim_call"
ASK_KORE = "ask_kore"
CHECK_OWNER = "check_owner"
SHOW_KNOWN = "show_known"
SHOW_WAITING = "show_waiting"
SHOW_CHECKING = "show_checking"
SHOW_PROGRESS = "show_progress"
FORGET_FAILURE = "forget_failure"
NOTIFY_STEPS = "notify_"
"""Prefix of the steps that notify a person or a channel."""

# Priorities in the queue of calls: smaller goes first, and jobs without a priority go before them all
LOOKUP_PRIORITY = 1
"""Lookups go first: a person is waiting to hear how a POST ended, while other calls haven't begun."""
CREATE_PRIORITY = 2
IMPORT_PRIORITY = 3
"""Chunks of contacts go last: an import takes minutes anyway."""

# Statuses
WAITING = ("ENQUEUED", "DELAYED")
OPEN = ["ENQUEUED", "DELAYED", "PENDING"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED"]


def created_id(key: str) -> str:
    """Return the id of the one job that notifies people of the list that a submission created."""
    return f"{key}/created"


def failed_id(call_id: str) -> str:
    """Return the id of the job that notifies people that a call ended in failure."""
    return f"{call_id}/failed"


def later_id(job_id: str) -> str:
    """Return the id of the follow-up job, which notifies those that Slack couldn't reach."""
    return f"{job_id}/+"


def resumed_id(job_id: str) -> str:
    """Return the id of the job that takes over from one that broke while notifying."""
    return f"{job_id}!"


def list_claim_id(list_id: str) -> str:
    """Return the id of the record of a list's owner."""
    return f"list/{list_id}"


def post_claim_id(view_id: str) -> str:
    """Return the id of the record that a form has posted a list."""
    return f"post/{view_id}"


def imports_prefix(list_id: str) -> str:
    """Return the prefix of the ids of all imports into a list."""
    return f"import/{quote(list_id, safe='')}/"


def import_id(list_id: str, number: int, key: str) -> str:
    """Return the id of an import. The number lets only one import into a list begin at a time.

    Numbers restart once the first calls of all imports into a list have been deleted. The key keeps a new
    import apart from the later calls of an old one, which may still exist then.
    """
    return f"{imports_prefix(list_id)}{number}/{quote(key, safe='')}"


def import_number(first_call_id: str) -> int:
    """Return the number of an import."""
    return int(first_call_id.rpartition("/")[2])


def import_calls_prefix(an_import: str) -> str:
    """Return the prefix of the ids of an import's later calls."""
    return f"call/{an_import}/"


def import_call_id(an_import: str, number: int) -> str:
    """Return the id of an import's call; the first one is number 0."""
    return f"{import_calls_prefix(an_import)}{number}" if number else an_import.rpartition("/")[0]


def import_notification_id(call_id: str) -> str:
    """Return the id of the job that, after a call, notifies people that an import ended or waits."""
    return f"notify/{call_id}"


def import_notification_prefixes(list_id: str) -> list[str]:
    """Return the prefixes of the ids of those jobs, for all imports into a list."""
    into_it = imports_prefix(list_id)
    return [import_notification_id(into_it), import_notification_id(f"call/{into_it}")]


def import_expiries_prefix(an_import: str) -> str:
    """Return the prefix of the ids of the jobs that end an import's wait for a decision."""
    return f"expire/{an_import}/"


def import_expiry_id(an_import: str, number: int) -> str:
    """Return the id of the job that ends the wait for a decision after a call."""
    return f"{import_expiries_prefix(an_import)}{number}"


def failures_of(user_id: str) -> str:
    """Return the prefix of the ids of a person's failure records."""
    return f"failure/{user_id}/"


def failures_of_key(user_id: str, key: str) -> str:
    """Return the prefix of the ids of a person's failure records for one submission."""
    return f"{failures_of(user_id)}{key}/"


def failure_id(user_id: str, key: str, job_id: str) -> str:
    """Return the id of the record of a failure, as noted by a job."""
    return f"{failures_of_key(user_id, key)}{job_id}"


def import_stop_id(an_import: str) -> str:
    """Return the id of the record that a person has stopped an import."""
    return f"stop/{an_import}"


def slot_id(unique: str) -> str:
    """Return the id of a slot."""
    return f"slot-{unique}"


def probe_id(unique: str) -> str:
    """Return the id of a job that is saved only to test whether saving works, and deleted at once."""
    return f"probe-{unique}"
