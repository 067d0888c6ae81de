"""The command line: `serve` runs the bot, `demo` shows it without any account."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import NoReturn

from bot import __version__
from bot.app import serve
from bot.errors import SettingsError, StartError
from bot.settings import read_settings
from bot.telemetry import configure_logging

__all__ = ["main"]

USAGE = 2
"""Exit status for a configuration or a command line that cannot be used."""
FAILED = 1
"""Exit status when the bot could not start."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; ends the process with 0, 1 (could not start) or 2 (wrong settings or arguments)."""
    command = _parser().parse_args(arguments).command
    try:
        asyncio.run(_demo() if command == "demo" else _configured_serve())
    except SettingsError as error:
        _stop("These settings must be put right first:", error.problems, status=USAGE)
    except StartError as error:
        _stop("The bot cannot start.", [str(error)], status=FAILED)


async def _demo() -> None:
    from bot.demo import play  # noqa: PLC0415 - a bot that serves does not load the sandbox

    await play()


async def _configured_serve() -> None:
    settings = read_settings()
    configure_logging(settings)
    await serve(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contactlist-bot", description="Kore.ai contact lists from Slack.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="run the bot with the settings of the environment or of .env")
    commands.add_parser("demo", help="play the main job against a local Slack and a local Kore.ai")
    return parser


def _stop(headline: str, details: Sequence[str], *, status: int) -> NoReturn:
    lines = [headline, *(f"  {detail}" for detail in details)]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.exit(status)
