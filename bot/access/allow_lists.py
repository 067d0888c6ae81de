"""Who may use the bot, and where. Lookups are instant: the members of user groups are read ahead of time.

People from other companies can reach the bot through a shared channel (Slack Connect). They are let in only
if `ALLOWED_TEAMS` names their workspace or organisation.
"""

from collections.abc import Awaitable, Callable

import structlog

from bot.errors import SlackError
from bot.settings import Settings

log = structlog.get_logger(__name__)


def audience(settings: Settings) -> str:
    """Describe to an operator who can use the bot, and where."""
    counts = {"user": len(settings.allowed_users), "user group": len(settings.allowed_usergroups)}
    who = " and ".join(_count(number, what) for what, number in counts.items() if number)
    if not who:
        others = len(settings.allowed_teams)
        who = "everyone in this workspace" + (f" and in {_count(others, 'other')}" if others else "")
    channels = len(settings.allowed_channels)
    return f"{who} can use it" + (f", in {_count(channels, 'channel')}" if channels else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


class AllowLists:
    """The allow-lists. If all are empty, everyone in our workspace or organisation has access everywhere."""

    def __init__(
        self,
        settings: Settings,
        read_members: Callable[[str], Awaitable[frozenset[str]]],
        *,
        own_teams: frozenset[str],
    ) -> None:
        """`own_teams` are the bot's workspace and organisation.

        `read_members` asks Slack for the user ids in a user group, and may raise `SlackError`.
        """
        self._teams = own_teams | settings.allowed_teams
        self._users = settings.allowed_users
        self._channels = settings.allowed_channels
        self._groups = settings.allowed_usergroups
        self._read_members = read_members
        self._members: frozenset[str] = frozenset()

    def allows_team(self, teams: frozenset[str]) -> bool:
        """Return whether people from these workspaces may use the bot; Slack names none for our own."""
        return not teams or bool(teams & self._teams)

    def allows_user(self, user_id: str) -> bool:
        """Return whether this person may use the bot."""
        anyone = not self._users and not self._groups
        return anyone or user_id in self._users or user_id in self._members

    def allows_channel(self, channel_id: str) -> bool:
        """Return whether the bot may be used in, and post to, this channel."""
        return not self._channels or channel_id in self._channels

    async def refresh(self) -> None:
        """Reread the members of every group. A group that Slack can't return counts as empty."""
        members: set[str] = set()
        for group in self._groups:
            try:
                members |= await self._read_members(group)
            except SlackError as error:
                log.warning("usergroup_unknown", usergroup=group, error=error.code)
            except Exception:
                log.exception("usergroup_unknown", usergroup=group)
        self._members = frozenset(members)
