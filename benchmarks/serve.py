"""The bot as it is installed alone: the developers' tools would load 20 MB of libraries with it."""

import sys

sys.modules |= dict.fromkeys(("rich", "cryptography"))  # type: ignore[arg-type]  # None: cannot be imported

from bot.cli import main  # noqa: E402 - after they are hidden

if __name__ == "__main__":
    main(["serve"])
