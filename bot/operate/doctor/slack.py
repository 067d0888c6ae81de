"""Slack: whether it is reachable, tokens and scopes are good, and clocks agree."""

import time
from collections.abc import Mapping

import aiohttp
from yarl import URL

from bot.clients import slack_client
from bot.errors import SlackError
from bot.kore.headers import date_of
from bot.operate import tokens
from bot.operate.doctor.reach import reach
from bot.operate.doctor.report import Report
from bot.operate.manifest import OPTIONAL_SCOPES, SCOPES
from bot.settings import Settings
from bot.slack.client import USERS_SCOPE, Identity, SlackClient
from bot.slack.files import READ_SCOPE, WRITE_SCOPE
from bot.timing import Timing

API = "Slack: API"
CLOCK = "Slack: clock"
BOT_TOKEN = "Slack: bot token"  # noqa: S105 - the name of a check
SCOPE = "Slack: scopes"
APP_TOKEN = "Slack: app token"  # noqa: S105 - the name of a check
SOCKETS = "Slack: host of sockets"
SIGNING_SECRET = "Slack: signing secret"  # noqa: S105 - the name of a check
GROUP_SCOPE = "usergroups:read"

CLOCKS_APART = 30
"""Seconds; tokens for Kore.ai tolerate a clock that is off by no more."""

_NOBODY = Identity(bot_id="", bot_user_id="", name="", team_id="", scopes=frozenset())


async def examine_slack(
    report: Report, settings: Settings, session: aiohttp.ClientSession, timing: Timing
) -> tuple[SlackClient, Identity]:
    """Check everything about the app; return the client and the identity of its token."""
    slack = slack_client(session, settings, timing)
    reached = await reach(session, f"{settings.slack_api_url}api.test", setting="SLACK_API_URL")
    report.check(API, reached.problem, good=f"{settings.slack_api_url} answers")
    _clock(report, reached.headers)
    identity = await _bot_token(report, settings, slack)
    if not report.skipped(SCOPE, needs=BOT_TOKEN):
        _scopes(report, settings, identity.scopes)
    if settings.socket_mode and settings.slack_app_token:
        await _socket_mode(report, slack, settings, session)
    else:  # the settings ensure that there is one
        report.good(SIGNING_SECRET, "is set; only a request from Slack can prove it")
    return slack, identity


def _clock(report: Report, headers: Mapping[str, str]) -> None:
    theirs = date_of(headers)
    if theirs is None:  # no answer, or something on the way removed the date
        return
    ahead = time.time() - theirs
    if abs(ahead) > CLOCKS_APART:
        found = f"this machine is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Slack"
        report.bad(CLOCK, found, "Set the clock by NTP. Signatures and tokens are valid for minutes only.")
    else:
        report.good(CLOCK, f"within {CLOCKS_APART} s of Slack's")


async def _bot_token(report: Report, settings: Settings, slack: SlackClient) -> Identity:
    if report.skipped(BOT_TOKEN, needs=API):
        return _NOBODY
    try:
        identity = await slack.identify()
    except SlackError as error:
        report.check(BOT_TOKEN, tokens.problem_of(error, settings, token=tokens.BOT_TOKEN))
        return _NOBODY
    report.good(BOT_TOKEN, f"is @{identity.name} in {identity.team_id}")
    return identity


def _scopes(report: Report, settings: Settings, granted: frozenset[str]) -> None:
    unneeded = {
        GROUP_SCOPE: not settings.allowed_usergroups,
        READ_SCOPE: settings.add_contacts == "off",
    }
    needed = SCOPES - OPTIONAL_SCOPES - {scope for scope, is_unneeded in unneeded.items() if is_unneeded}
    if missing := sorted(needed - granted):
        advice = "Add them on the app's page (manifest.yml lists them all), then install the app again."
        report.bad(SCOPE, f"missing: {', '.join(missing)}", advice)
        return
    others = {"left out, and not needed": SCOPES - granted, "more than needed": granted - SCOPES}
    found = [f"{what}: {', '.join(sorted(scopes))}" for what, scopes in others.items() if scopes]
    if settings.allowed_users and USERS_SCOPE not in granted:
        found.append(f"with {USERS_SCOPE}, the ids in ALLOWED_USERS are checked too")
    if settings.add_contacts == "on" and WRITE_SCOPE not in granted:
        found.append(f"with {WRITE_SCOPE}, people get the problem rows of their files as a file")
    report.good(SCOPE, "; ".join(["all that are needed", *found]))


async def _socket_mode(
    report: Report, slack: SlackClient, settings: Settings, session: aiohttp.ClientSession
) -> None:
    address = None if report.skipped(APP_TOKEN, needs=API) else await _app_token(report, slack, settings)
    if not report.skipped(SOCKETS, needs=APP_TOKEN) and address:
        await _sockets(report, session, address)


async def _app_token(report: Report, slack: SlackClient, settings: Settings) -> URL | None:
    """Check the app token, and return the socket address it was given."""
    assert settings.slack_app_token  # noqa: S101 - Socket Mode has one
    try:
        address = await slack.socket_address(settings.slack_app_token.get_secret_value())
    except SlackError as error:
        report.check(APP_TOKEN, tokens.problem_of(error, settings, token=tokens.APP_TOKEN))
        return None
    report.good(APP_TOKEN, "opens connections")
    return URL(address)


async def _sockets(report: Report, session: aiohttp.ClientSession, address: URL) -> None:
    """Check the host of the sockets without opening one, which would receive events meant for the bot."""
    scheme = {"wss": "https", "ws": "http"}.get(address.scheme, address.scheme)
    reached = await reach(session, str(address.with_scheme(scheme).origin()), setting="NO_PROXY")
    report.check(SOCKETS, reached.problem, good=f"{address.host} answers")
