"""Which addresses in payloads and answers are Slack's. Pure: no I/O.

If `SLACK_API_URL` isn't Slack's own, its host stands in for all of Slack's hosts.
"""

from yarl import URL

RESPONSE_URLS = URL("https://hooks.slack.com")
FILES = URL("https://files.slack.com")
_SLACK = URL("https://slack.com")


def origin_of(slacks_own: URL, *, api_url: str) -> URL:
    """Return the origin of one kind of address, for the Slack we call."""
    origin = URL(api_url).origin()
    return slacks_own if origin == _SLACK else origin


def is_at(origin: URL, text: str) -> bool:
    """Return whether an address has this scheme, host and port, and names no user."""
    try:
        url = URL(text)
        return url.origin() == origin and url.user is None
    except ValueError:
        return False
