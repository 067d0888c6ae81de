"""The allow-lists: whether Slack knows the ids in them, where the bot is allowed to ask."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from bot.access.allow_lists import audience
from bot.errors import SlackError, SlackRefused
from bot.operate.doctor.report import Report
from bot.operate.doctor.slack import BOT_TOKEN, SCOPE
from bot.settings import Settings
from bot.slack.client import USERS_SCOPE, Identity, SlackClient

AUDIENCE = "Who can use it"
USERS = "Allowed users"
GROUPS = "Allowed user groups"
CHANNELS = "Channels"

DEACTIVATED = "deactivated"
UNKNOWN = "not in this workspace"
UNKNOWN_CODES = {"user_not_found", "user_not_visible", "users_not_found"}
CORRECT = "Correct ALLOWED_USERS. You can copy a member ID from a profile in Slack."

UNSEEN = "no such channel, or the bot can't see it"
INVITE = "Check ALLOWED_CHANNELS and NOTIFY_CHANNEL. If a channel's ID is right, type /invite @{name} there."

FaultOf = Callable[[str], Awaitable[str]]
"""Returns what is wrong with an id, or an empty string; raises `SlackError`."""


async def examine_allow_lists(
    report: Report, settings: Settings, slack: SlackClient, identity: Identity
) -> None:
    """Check the ids in the allow-lists, within the scopes of the manifest."""
    report.good(AUDIENCE, audience(settings))
    if (
        settings.allowed_users
        and not report.skipped(USERS, needs=BOT_TOKEN)
        and USERS_SCOPE in identity.scopes
    ):
        await _users(report, settings.allowed_users, slack)
    if settings.allowed_usergroups and not report.skipped(GROUPS, needs=SCOPE):
        await _groups(report, settings, slack)
    # the bot may be used in direct messages between people, which it can't see
    channels = {each for each in settings.allowed_channels if not each.startswith("D")}
    channels |= {settings.notify_channel} if settings.notify_channel else set()
    if channels and not report.skipped(CHANNELS, needs=BOT_TOKEN):
        await _channels(report, channels, slack, identity)


async def _users(report: Report, ids: Iterable[str], slack: SlackClient) -> None:
    faults, silence = await _examine(ids, partial(_user_fault, slack))
    if faults:
        report.bad(USERS, _summary(faults, silence), CORRECT)
    else:
        _no_fault(report, USERS, silence, "all are in this workspace")


async def _groups(report: Report, settings: Settings, slack: SlackClient) -> None:
    for group in sorted(settings.allowed_usergroups):
        name = f"{GROUPS}: {group}"
        try:
            members = await slack.members(group)
        except SlackError as error:
            advice = "Correct ALLOWED_USERGROUPS. Its members have no access until Slack names them."
            report.bad(name, f"Slack doesn't name its members ({error.code})", advice)
        else:
            report.good(name, f"{len(members)} members")


async def _channels(report: Report, ids: Iterable[str], slack: SlackClient, identity: Identity) -> None:
    faults, silence = await _examine(ids, partial(_channel_fault, slack))
    if faults:
        report.bad(CHANNELS, _summary(faults, silence), INVITE.format(name=identity.name))
    else:
        _no_fault(report, CHANNELS, silence, "the bot sees them all")


async def _user_fault(slack: SlackClient, user_id: str) -> str:
    try:
        return "" if await slack.is_active(user_id) else DEACTIVATED
    except SlackRefused as error:
        if error.code not in UNKNOWN_CODES:
            raise
        return UNKNOWN


async def _channel_fault(slack: SlackClient, channel_id: str) -> str:
    return "" if await slack.sees(channel_id) else UNSEEN


async def _examine(ids: Iterable[str], fault_of: FaultOf) -> tuple[dict[str, list[str]], str]:
    """Check each id until Slack fails; return the ids by fault, and what was not checked."""
    faults: dict[str, list[str]] = defaultdict(list)
    left = sorted(ids)
    try:
        while left:
            if fault := await fault_of(left[0]):
                faults[fault].append(left[0])
            del left[0]
    except SlackError as error:
        return faults, f"not checked ({error.code}): {', '.join(left)}"
    return faults, ""


def _summary(faults: dict[str, list[str]], silence: str) -> str:
    """Return what is wrong with which ids, and which ones weren't checked."""
    found = [f"{fault}: {', '.join(ids)}" for fault, ids in faults.items()]
    return "; ".join(filter(None, [*found, silence]))


def _no_fault(report: Report, name: str, silence: str, good: str) -> None:
    if silence:
        report.not_checked(name, silence)
    else:
        report.good(name, good)
