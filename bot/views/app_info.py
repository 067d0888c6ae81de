"""The operator's settings that people see. Pure: no I/O."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AppInfo:
    """The operator's settings that people see."""

    contact: str
    """Who to ask: a user id, or words."""
    bot_name: str = ""
    console_url: str | None = None
    """The URL of a list in Kore.ai's console, with `{id}` in it."""
    add_contacts: bool = True
    """Whether lists can be filled from files."""
