"""`make audit`: ask pip-audit for known faults in what the bot runs with.

A machine that does not reach pip-audit's data is told so, and that nothing was found out; that is no failure.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["audit", "verdict"]

ROOT = Path(__file__).parent.parent
UNREACHED = (
    "NOT AUDITED: pip-audit could not reach its data (pypi.org), so nothing is known about the dependencies. "
    "Run it again where that can be reached."
)
WITHIN = 300
"""Seconds."""


def audit() -> int:
    """Run pip-audit over requirements.txt, print what it found, and return the exit status."""
    command = ["pip_audit", "--requirement", str(ROOT / "requirements.txt"), "--disable-pip", "--no-deps"]
    arguments = [sys.executable, "-m", *command, "--format", "json", "--progress-spinner", "off"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
            arguments, capture_output=True, text=True, timeout=WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        status, told = verdict("")
    else:
        status, told = verdict(ended.stdout)
    print(told)
    return status


def verdict(report: str) -> tuple[int, str]:
    """Read pip-audit's JSON; without any, its data was not reached."""
    try:
        dependencies = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return 0, UNREACHED
    audited = [each for each in dependencies if "skip_reason" not in each]
    if not audited:  # so it reports, too, that it reached nothing
        return 0, UNREACHED
    found = [_line(each, fault) for each in dependencies for fault in each.get("vulns", [])]
    skipped = [f"{each['name']}: NOT AUDITED" for each in dependencies if "skip_reason" in each]
    headline = f"{len(audited)} of {len(dependencies)} dependencies audited, {len(found)} known faults."
    return int(bool(found)), "\n".join([headline, *found, *skipped])


def _line(dependency: dict[str, Any], fault: dict[str, Any]) -> str:
    cure = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{dependency['name']} {dependency['version']}: {fault['id']}, fixed in {cure}"


if __name__ == "__main__":
    sys.exit(audit())
