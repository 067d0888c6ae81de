"""The systemd unit: what it has in common with the bot. What systemd says of it is in `make lint-deploy`."""

import re

from bot.operate.terminal import ExitStatus
from tests.deploy.promql import ROOT

UNIT = (ROOT / "deploy/systemd/contactlist-bot.service").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def test_waits_for_the_end() -> None:
    """Systemd kills nothing before the time that the bot needs to stop."""
    (told,) = re.findall(r"All of this fits into (\d+) seconds", OPERATIONS)
    (waits,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert int(waits) > int(told)


def test_wrong_settings_are_not_tried_again() -> None:
    """The exit status for them ends it; every other failure is tried again."""
    assert f"\nRestartPreventExitStatus={ExitStatus.UNUSABLE}\n" in UNIT
    assert "\nRestart=on-failure\n" in UNIT
