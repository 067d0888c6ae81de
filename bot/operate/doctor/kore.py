"""Kore.ai: reachable, JWT, scope and ids accepted. It asks for all lists, which changes nothing."""

import aiohttp

from bot import errors
from bot.clients import kore_client
from bot.operate.doctor.reach import reach
from bot.operate.doctor.report import Report
from bot.settings import Settings
from bot.unreachable import Unreachable

HOST = "Kore.ai: host"
API = "Kore.ai: API"
JWT = "Kore.ai: JWT"
SCOPE = "Kore.ai: scope"
IDS = "Kore.ai: stream and account"

_ADVICE: dict[type[errors.KoreError], str] = {
    errors.KoreWrongAddress: "That isn't the contact-list API. Check KORE_HOST and KORE_STREAM_ID.",
    errors.KoreNotFound: "Kore.ai knows no such stream or account. Check KORE_STREAM_ID and KORE_ACCOUNT_ID.",
    errors.KoreBlocked: "Something on the way blocks the call. Ask for the log of the firewall or proxy.",
    errors.KoreRateLimited: "This minute's requests are used up. Run doctor again in a minute.",
    errors.KoreTimedOut: "Run doctor again. If it keeps happening, raise KORE_TIMEOUT or ask Kore.ai.",
}
_ASK_KORE = "Run doctor again in a minute. If it keeps happening, ask Kore.ai."


async def examine_kore(report: Report, settings: Settings, session: aiohttp.ClientSession) -> None:
    """Check the host, then the credentials by one call."""
    try:
        await reach(session, settings.kore_host)
    except Unreachable as problem:
        report.bad(HOST, str(problem), problem.advice("KORE_HOST"))
    else:
        report.good(HOST, f"{settings.kore_host} answers")
    error = None
    if report.may(API, needs=HOST):
        error = await _ask(settings, session)
        _api(report, error)
    if report.may(JWT, needs=API):
        _jwt(report, error)
    if report.may(SCOPE, needs=JWT):
        _scope(report, error)
    if report.may(IDS, needs=SCOPE):
        _ids(report, error)


async def _ask(settings: Settings, session: aiohttp.ClientSession) -> errors.KoreError | None:
    """Ask for all lists, once."""
    try:
        await kore_client(session, settings).listings()
    except errors.KoreError as error:
        return error
    return None


def _api(report: Report, error: errors.KoreError | None) -> None:
    """Note whether it is the API that answered; a refusal of our credentials is an answer too."""
    if error is None or isinstance(error, errors.KoreUnauthorized | errors.KoreInvalid):
        report.good(API, "answers")
    else:
        advice = _ADVICE.get(type(error), _ASK_KORE)
        report.bad(API, f"doesn't return its lists ({type(error).__name__})", advice)


def _jwt(report: Report, error: errors.KoreError | None) -> None:
    if isinstance(error, errors.KoreInvalidToken):
        advice = "Check KORE_CLIENT_SECRET, KORE_JWT_ALGORITHM and this machine's clock."
        report.bad(JWT, "not accepted", advice)
    elif isinstance(error, errors.KoreUnauthorized) and not isinstance(error, errors.KoreScopeMissing):
        advice = (
            "Kore.ai doesn't say which is wrong. Check KORE_CLIENT_ID, KORE_CLIENT_SECRET, "
            "KORE_STREAM_ID, KORE_ACCOUNT_ID and KORE_IID."
        )
        report.bad(JWT, "credentials or ids not accepted", advice)
    else:
        report.good(JWT, "accepted")


def _scope(report: Report, error: errors.KoreError | None) -> None:
    if isinstance(error, errors.KoreScopeMissing):
        advice = "Give the app the Campaign Management scope in Dev Tools > API Scope, then publish it."
        report.bad(SCOPE, "not granted", advice)
    else:
        report.good(SCOPE, "granted")


def _ids(report: Report, error: errors.KoreError | None) -> None:
    if error is not None:
        report.bad(IDS, "not accepted", "Check KORE_STREAM_ID, KORE_ACCOUNT_ID and KORE_IID.")
    else:
        report.good(IDS, "accepted")
