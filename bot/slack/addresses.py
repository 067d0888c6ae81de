"""Which addresses in payloads and answers are Slack's. Pure: no I/O.

Where `SLACK_API_URL` is not Slack's own, its host stands for all of them.
"""

from yarl import URL

RESPONSE_URLS = URL("https://hooks.slack.com")
FILES = URL("https://files.slack.com")
_SLACK = URL("https://slack.com")


def origin_of(slacks_own: URL, *, api_url: str) -> URL:
    """Return where addresses of a kind begin, for the Slack that is called."""
    origin = URL(api_url).origin()
    return slacks_own if origin == _SLACK else origin


def is_at(origin: URL, text: str) -> bool:
    """Return whether an address is at that scheme, host and port, and names no user."""
    try:
        url = URL(text)
        return url.origin() == origin and url.user is None
    except ValueError:
        return False
