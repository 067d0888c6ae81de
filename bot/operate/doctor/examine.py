"""The whole examination, in order; a check that needs an earlier one is skipped if that failed."""

from bot.clients import kore_session, slack_session
from bot.errors import SettingsError
from bot.observe.logs import configure_logging, secrets_of
from bot.observe.redaction import Redactor
from bot.observe.uncaught import log_uncaught
from bot.operate.doctor.allow_lists import examine_allow_lists
from bot.operate.doctor.kore import examine_kore
from bot.operate.doctor.machine import examine_machine
from bot.operate.doctor.report import Report
from bot.operate.doctor.slack import examine_slack
from bot.operate.doctor.store import examine_store
from bot.operate.unusual_ids import unusual_ids
from bot.settings import Settings, read_settings
from bot.timing import Timing

SETTINGS = "Settings"
REST = ("Store", "Slack", "Kore.ai", "Allow-lists")
ADVICE = "Fix them in the environment or in .env. See docs/settings.md."


async def examine() -> Report:
    """Read the settings and check everything they name."""
    try:
        settings = read_settings()
    except SettingsError as error:
        report = Report(Redactor([]).text)
        report.bad(SETTINGS, "\n".join(error.problems), ADVICE)
        for name in REST:
            report.skipped(name, needs=SETTINGS)
        return report
    configure_logging(settings.model_copy(update={"log_level": "ERROR"}))
    log_uncaught()
    return await examine_settings(settings)


async def examine_settings(settings: Settings) -> Report:
    """Check everything that valid settings name."""
    report = Report(Redactor(secrets_of(settings)).text)
    complete = f"complete: {'Socket' if settings.socket_mode else 'HTTP'} Mode"
    report.good(SETTINGS, "\n".join([complete, *unusual_ids(settings)]))
    timing = Timing(view_timeout=0)  # no view is opened
    await examine_store(report, settings, timing)
    await examine_machine(report, settings)
    async with slack_session(settings, timing) as slack_api, kore_session(settings, timing) as kore_api:
        slack, identity = await examine_slack(report, settings, slack_api, timing)
        await examine_kore(report, settings, kore_api)
        await examine_allow_lists(report, settings, slack, identity)
    return report
