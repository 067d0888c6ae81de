"""Ids of an unusual shape. They are never refused, since no shape is documented."""

import re

from bot.settings import Settings

_KORE = {
    "kore_stream_id": (r"st-[\w-]+", "st-…"),
    "kore_account_id": (r"[0-9a-fA-F]{24}", "24 hexadecimal digits"),
    "kore_client_id": (r"cs-[\w-]+", "cs-…"),
}
_SLACK = r"[A-Z][A-Z0-9]+"
_SLACKS = ("allowed_teams", "allowed_users", "allowed_usergroups", "allowed_channels", "notify_channel")


def unusual_ids(settings: Settings) -> list[str]:
    """List the settings with unusual ids, and what they usually look like."""
    kore = [
        f"{name.upper()} usually is {usual}"
        for name, (shape, usual) in _KORE.items()
        if not re.fullmatch(shape, getattr(settings, name))
    ]
    slack = [
        f"{name.upper()} usually has only capital letters and digits"
        for name in _SLACKS
        if not all(re.fullmatch(_SLACK, each) for each in _ids(getattr(settings, name)))
    ]
    return kore + slack


def _ids(value: frozenset[str] | str | None) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    return value or frozenset()
