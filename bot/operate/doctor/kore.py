"""Kore.ai: whether it is reachable and accepts the JWT, scope and ids, by reading all lists."""

import aiohttp

from bot import errors
from bot.clients import kore_client
from bot.operate.doctor.reach import reach
from bot.operate.doctor.report import Report
from bot.settings import Settings

HOST = "Kore.ai: host"
API = "Kore.ai: API"
JWT = "Kore.ai: JWT"
SCOPE = "Kore.ai: scope"
IDS = "Kore.ai: stream and account"
_GOOD = {API: "answers", JWT: "accepted", SCOPE: "granted", IDS: "accepted"}
"""What is reported when nothing is wrong; each check needs the one before it."""

_ADVICE: dict[type[errors.KoreError], str] = {
    errors.KoreWrongAddress: "That isn't the contact-list API. Check KORE_HOST and KORE_STREAM_ID.",
    errors.KoreNotFound: "Kore.ai knows no such stream or account. Check KORE_STREAM_ID and KORE_ACCOUNT_ID.",
    errors.KoreBlocked: "Something on the way blocks the call. Ask for the log of the firewall or proxy.",
    errors.KoreRateLimited: "This minute's requests are used up. Run doctor again in a minute.",
    errors.KoreTimedOut: "Run doctor again. If it keeps happening, raise KORE_TIMEOUT or ask Kore.ai.",
}
_ASK_KORE = "Run doctor again in a minute. If it keeps happening, ask Kore.ai."


async def examine_kore(report: Report, settings: Settings, session: aiohttp.ClientSession) -> None:
    """Check the host, then everything else with one call."""
    reached = await reach(session, settings.kore_host, setting="KORE_HOST")
    report.check(HOST, reached.problem, good=f"{settings.kore_host} answers")
    failed = {} if reached.problem else await _ask(settings, session)
    before = HOST
    for name, good in _GOOD.items():
        if not report.skipped(name, needs=before):
            report.check(name, failed.get(name), good=good)
        before = name


async def _ask(settings: Settings, session: aiohttp.ClientSession) -> dict[str, errors.Problem]:
    """Ask for all lists, once; return the check that the answer fails, if any."""
    try:
        await kore_client(session, settings).listings()
    except errors.KoreError as error:
        return dict([_failed(error)])
    return {}


def _failed(error: errors.KoreError) -> tuple[str, errors.Problem]:
    """Return the check that an answer fails; a refusal means that the checks before it passed."""
    match error:
        case errors.KoreInvalidToken():
            advice = "Check KORE_CLIENT_SECRET, KORE_JWT_ALGORITHM and this machine's clock."
            return JWT, errors.Problem("not accepted", advice)
        case errors.KoreScopeMissing():
            advice = "Give the app the Campaign Management scope in Dev Tools > API Scope, then publish it."
            return SCOPE, errors.Problem("not granted", advice)
        case errors.KoreUnauthorized():
            advice = (
                "Kore.ai doesn't say which is wrong. Check KORE_CLIENT_ID, KORE_CLIENT_SECRET, "
                "KORE_STREAM_ID, KORE_ACCOUNT_ID and KORE_IID."
            )
            return JWT, errors.Problem("credentials or ids not accepted", advice)
        case errors.KoreInvalid():
            return IDS, errors.Problem("not accepted", "Check KORE_STREAM_ID, KORE_ACCOUNT_ID and KORE_IID.")
    found = f"doesn't return its lists ({type(error).__name__})"
    return API, errors.Problem(found, _ADVICE.get(type(error), _ASK_KORE))
