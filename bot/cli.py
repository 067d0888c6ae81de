"""The command line: `serve` runs the bot, the other commands help to run it."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn

import structlog

from bot import __version__
from bot.app import serve
from bot.countries import NOT_A_COUNTRY, region_of
from bot.errors import SettingsError, StartError
from bot.kore.models import ContactListDraft
from bot.observe.logs import configure, configure_logging, is_json
from bot.observe.uncaught import log_uncaught
from bot.operate.add_contacts import AddRequest, add_contacts
from bot.operate.create import create
from bot.operate.doctor.examine import examine
from bot.operate.jobs.command import cancel_job, list_jobs, show_job
from bot.operate.jobs.recheck import recheck_jobs
from bot.operate.manifest import APP_NAME, manifest
from bot.operate.terminal import Ended, ExitStatus, say
from bot.settings import KoreSettings, Settings, log_format, read_kore_settings, read_settings

log = structlog.get_logger(__name__)

INTERRUPTED = 130
"""Exit status after Ctrl-C, as in shells."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit status, as listed in docs/operations.md."""
    options = _parser().parse_args(arguments)
    try:
        status = asyncio.run(_COMMANDS[options.command](options))
    except SettingsError as error:
        _stop("Fix these settings first:", error.problems, status=ExitStatus.UNUSABLE)
    except StartError as error:
        _stop("The bot can't start.", [str(error)], status=ExitStatus.NOT_DONE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    if status:
        sys.exit(status)


async def _serve(_: argparse.Namespace) -> int:
    """Run the bot; whatever keeps it from running goes to the log like everything else."""
    try:
        settings = read_settings()
    except SettingsError as error:
        if not is_json(log_format()):
            raise
        configure(as_json=True)
        log.error("settings_refused", problems=error.problems)  # noqa: TRY400 - they say it all
        return ExitStatus.UNUSABLE
    configure_logging(settings)
    log_uncaught()
    try:
        await serve(settings)
    except StartError as error:
        if not is_json(settings.log_format):
            raise
        log.error("start_failed", problem=str(error))  # noqa: TRY400 - it says it all
        return ExitStatus.NOT_DONE
    return 0


async def _doctor(options: argparse.Namespace) -> int:
    report = await examine()
    say(report.as_json() if options.json else report.as_text(), sys.stdout)
    return 0 if report.is_well else ExitStatus.NOT_DONE


async def _create(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in ContactListDraft.model_fields}
    draft = ContactListDraft.model_validate(given)
    return _printed(await create(_kore_settings(), draft, as_json=options.json), options)


async def _add_contacts(options: argparse.Namespace) -> int:
    settings = _kore_settings()
    request = AddRequest(
        target=options.list.strip(),
        file=options.file,
        country=options.country,
        from_row=options.from_row,
        is_dry_run=options.dry_run,
    )
    ended = await add_contacts(
        settings, request, as_json=options.json, say=lambda line: say(f"{line}\n", sys.stderr)
    )
    return _printed(ended, options)


def _kore_settings() -> KoreSettings:
    """Read the settings for Kore.ai, and set up plain-text logs that redact the secret."""
    settings = read_kore_settings()
    configure(as_json=False, level="WARNING", secrets=[settings.kore_client_secret.get_secret_value()])
    log_uncaught()
    return settings


async def _manifest(options: argparse.Namespace) -> int:
    try:
        say(manifest(url=options.url, name=options.name), sys.stdout)
    except ValueError as error:
        _stop("This manifest can't be printed.", [str(error)], status=ExitStatus.UNUSABLE)
    return 0


async def _jobs(options: argparse.Namespace) -> int:
    settings = read_settings()
    configure_logging(settings.model_copy(update={"log_level": "ERROR"}))
    log_uncaught()
    return _printed(await _JOBS[options.action](settings, options), options)


def _printed(ended: Ended, options: argparse.Namespace) -> int:
    """Print JSON and successful results to standard output, anything else to standard error."""
    is_asked_for = getattr(options, "json", False) or not ended.status
    say(f"{ended.text}\n", sys.stdout if is_asked_for else sys.stderr)
    return ended.status


_COMMANDS = {
    "serve": _serve,
    "doctor": _doctor,
    "create": _create,
    "add-contacts": _add_contacts,
    "jobs": _jobs,
    "manifest": _manifest,
}
_JOBS: dict[str, Callable[[Settings, argparse.Namespace], Awaitable[Ended]]] = {
    "list": lambda settings, options: list_jobs(settings, as_json=options.json),
    "show": lambda settings, options: show_job(settings, options.code, as_json=options.json),
    "cancel": lambda settings, options: cancel_job(settings, options.code),
    "recheck": lambda settings, _: recheck_jobs(settings),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contactlist-bot", description="Kore.ai contact lists from Slack.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="run the bot with the settings of the environment or of .env")
    doctor = commands.add_parser("doctor", help="run the self-check; it changes nothing")
    doctor.add_argument("--json", action="store_true", help="print the checks as JSON")
    one = commands.add_parser(
        "create", help="create one contact list without Slack; needs only the KORE_* settings"
    )
    one.add_argument("--name", type=str.strip, required=True, help="at most 48 characters")
    one.add_argument("--description", type=str.strip, required=True, help="at most 256 characters")
    one.add_argument("--allow-duplicates", action="store_true", help="allow duplicate contacts")
    one.add_argument("--json", action="store_true", help="print the result as JSON")
    _add_add_contacts(
        commands.add_parser(
            "add-contacts",
            help="add the contacts of a file to a list, without Slack; needs only the KORE_* settings",
            description="Add the contacts of a CSV or Excel file to a list, call by call. It is slow on "
            "purpose, so that the bot keeps most of the account's limit.",
        )
    )
    _add_jobs(commands.add_parser("jobs", help="list the jobs in the store, show one, cancel one"))
    app = commands.add_parser("manifest", help="print the Slack app's manifest")
    app.add_argument("--url", help="the bot's https address, for HTTP mode; leave out for Socket Mode")
    app.add_argument("--name", default=APP_NAME, help="the app's name in Slack")
    return parser


def _add_add_contacts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV or XLSX, at most 10 MB and 50,000 rows")
    parser.add_argument("--list", required=True, metavar="NAME|ID", help="the list to add them to")
    parser.add_argument(
        "--country", type=_country, help="for numbers without +, such as DE; by default DEFAULT_COUNTRY"
    )
    parser.add_argument(
        "--from-row", type=_row, default=1, metavar="N", help="resume here: send no row above this one"
    )
    parser.add_argument("--dry-run", action="store_true", help="read the file, check the list, send nothing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    found = actions.add_parser("list", help="list what is open, failed or uncertain; changes nothing")
    show = actions.add_parser("show", help="show what happened, step by step; changes nothing")
    cancel = actions.add_parser(
        "cancel", help="cancel a list that hasn't been sent, or the rest of an import, and tell the person"
    )
    actions.add_parser("recheck", help="after a restore: look up what is open, as it may have been sent")
    for each in (show, cancel):
        each.add_argument("code", metavar="CODE", help="the code that the person was given, or a job's id")
    for each in (found, show):
        each.add_argument("--json", action="store_true", help="print it as JSON")


def _country(text: str) -> str:
    region = region_of(text)
    if region is None:
        raise argparse.ArgumentTypeError(NOT_A_COUNTRY)
    return region


def _row(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("must be the number of a row, as a spreadsheet shows it")
    return int(text)


def _stop(headline: str, details: Sequence[str], *, status: int) -> NoReturn:
    lines = [headline, *(f"  {detail}" for detail in details)]
    say("\n".join(lines) + "\n", sys.stderr)
    sys.exit(status)
