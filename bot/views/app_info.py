"""What the operator has set that people see. Pure: no I/O."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AppInfo:
    """What the operator has set that people see."""

    contact: str
    """Whom to ask: a user id, or words."""
    bot_name: str = ""
    console_url: str | None = None
    """Where a list is shown in Kore.ai's console, with `{id}` in it."""
    add_contacts: bool = True
    """Whether lists can be filled from files."""
