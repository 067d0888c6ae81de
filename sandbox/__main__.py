"""`python -m sandbox`: the bot in a local Slack, in the browser or (`--script`) in the terminal."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bot.errors import StartError
from sandbox.demo import play, show

LARGEST_PORT = 65535


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demo; exit status 1 if it cannot start."""
    about = "Open a local Slack with the bot in it in the browser, no account needed."
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=about)
    parser.add_argument("--port", type=_port, default=8765, help="where the page is (8765; 0: any free one)")
    parser.add_argument("--no-open", action="store_true", help="print the link, and open no browser")
    parser.add_argument("--script", action="store_true", help="play the main job in the terminal instead")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(play() if chosen.script else show(port=chosen.port, browse=not chosen.no_open))
    except StartError as error:
        sys.stderr.write(f"The demo cannot start.\n  {error}\n")
        sys.exit(1)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {LARGEST_PORT}")
    return int(text)


if __name__ == "__main__":
    main()
