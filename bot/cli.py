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
LARGEST_PORT = 65535
NAMES = {"serve": "bot", "demo": "demo"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; ends the process with 0, 1 (could not start) or 2 (wrong settings or arguments)."""
    chosen = _parser().parse_args(arguments)
    try:
        asyncio.run(_demo(chosen) if chosen.command == "demo" else _configured_serve())
    except SettingsError as error:
        _stop("These settings must be put right first:", error.problems, status=USAGE)
    except StartError as error:
        _stop(f"The {NAMES[chosen.command]} cannot start.", [str(error)], status=FAILED)


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "open a local Slack with the bot in it in the browser, no account needed"
    demo = commands.add_parser("demo", help=about)
    demo.add_argument("--port", type=_port, default=8765, help="where the page is (8765; 0: any free one)")
    demo.add_argument("--no-open", action="store_true", help="print the link, and open no browser")
    demo.add_argument("--script", action="store_true", help="play the main job in the terminal instead")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {LARGEST_PORT}")
    return int(text)


async def _demo(chosen: argparse.Namespace) -> None:
    from bot.demo import play, show  # noqa: PLC0415 - a bot that serves does not load the sandbox

    await (play() if chosen.script else show(port=chosen.port, browse=not chosen.no_open))


async def _configured_serve() -> None:
    settings = read_settings()
    configure_logging(settings)
    await serve(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contactlist-bot", description="Kore.ai contact lists from Slack.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="run the bot with the settings of the environment or of .env")
    _add_demo(commands)
    return parser


def _stop(headline: str, details: Sequence[str], *, status: int) -> NoReturn:
    lines = [headline, *(f"  {detail}" for detail in details)]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.exit(status)
