"""Why a file can't be read, in words for the person who chose it. Pure: no I/O."""

UNREADABLE = {
    "no_access": (
        "I'm not allowed to read files here yet. {contact} needs to install this app again, with the "
        "permission `files:read`."
    ),
    "not_shared": "I can't see that file. Upload it here, or share it in a channel I'm in, then try again.",
    "elsewhere": "That file isn't stored in Slack. Save it as CSV or Excel, then upload it here.",
    "deleted": "That file was deleted. Upload it again.",
    "too_large": "That file is larger than 10 MB. Split it, then add one part after the other.",
}
"""By the code of a `FileNotReadable`."""


def unreadable(code: str, contact: str) -> str:
    """Return why a file can't be read; `contact` is whom to ask, ready to be shown."""
    return UNREADABLE.get(code, UNREADABLE["not_shared"]).format(contact=contact)
