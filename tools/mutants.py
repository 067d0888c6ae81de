"""`make mutants`: put small faults into the code by mutmut, and count those that the tests notice.

It fails below 90 %, and when what survived is not what tests/mutants.md lists, with a reason for each.
Faults that mypy refuses are not counted at all: none of them would get as far as a test.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["LIST", "Fault", "change", "listed", "place", "verdict"]

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "mutants.md"
WORK = ROOT / "mutants"
ENOUGH = 90
"""Percent."""
PROCESSES = 2
NOT_COUNTED = {"caught by type check", "not checked"}
NOTICED = {"killed", "timeout"}
"""A fault that makes the tests hang is noticed, too."""


class Fault(NamedTuple):
    """A fault that was put into the code: in which function, what stood there, and what took its place."""

    place: str
    before: str
    after: str


def main(patterns: list[str]) -> int:
    """Run mutmut over all, or over mutants of these names, and print the verdict; returns the exit status."""
    shutil.rmtree(WORK, ignore_errors=True)  # else it would keep verdicts of tests that have changed since
    _mutmut("run", "--max-children", str(PROCESSES), *patterns)
    results = dict(_results())
    counted = {name: result for name, result in results.items() if result not in NOT_COUNTED}
    survivors = {change(name, _mutmut("show", name, quiet=True)) for name in _noticed_by_none(counted)}
    tried = {place(name) for name in counted}
    expected = {fault for fault in listed(LIST.read_text()) if fault.place in tried or not patterns}
    status, told = verdict(list(counted.values()), survivors, expected)
    print(told)
    return status


def verdict(results: list[str], survivors: set[Fault], expected: set[Fault]) -> tuple[int, str]:
    """Return the exit status and what to print."""
    noticed = sum(each in NOTICED for each in results)
    share = 100 * noticed / max(1, len(results))
    lines = [
        f"{len(results)} faults tried, {noticed} noticed by a test: {share:.1f} %",
        *_table("No test notices these, and tests/mutants.md does not say why:", survivors - expected),
        *_table(
            "A test notices these, or they are gone, but tests/mutants.md lists them:", expected - survivors
        ),
    ]
    return int(share < ENOUGH or survivors != expected), "\n".join(lines)


def listed(page: str) -> set[Fault]:
    """Read the faults from the table of the page."""
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| [^|\s]", page, re.MULTILINE)
    return {Fault(*row) for row in rows}


def place(name: str) -> str:
    """Name the function of a mutant as Python does: `bot.a.xǁCǁf__mutmut_1` is in `bot.a.C.f`."""
    module, _, mangled = name.rpartition("__mutmut_")[0].rpartition(".")
    return ".".join([module, *mangled.removeprefix("xǁ").removeprefix("x_").split("ǁ")])


def change(name: str, diff: str) -> Fault:
    """Read from a diff what a mutant changes, without the words that are the same before and after it."""
    before, after = _side(diff, "-"), _side(diff, "+")
    same = next((i for i, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), None)
    first = min(len(before), len(after)) if same is None else same
    before, after = before[first:], after[first:]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return Fault(place(name), " ".join(before) or "nothing", " ".join(after) or "nothing")


def _side(diff: str, sign: str) -> list[str]:
    """List the words of the lines that a diff takes away or adds."""
    lines = [line[1:] for line in diff.splitlines() if line.startswith(sign) and line[:3] != 3 * sign]
    return " ".join(lines).split()


def _table(headline: str, faults: Iterable[Fault]) -> list[str]:
    rows = [f"| {' | '.join(f'`{part}`' for part in fault)} | |" for fault in sorted(faults)]
    return [headline, *rows] if rows else []


def _noticed_by_none(results: dict[str, str]) -> list[str]:
    return [name for name, result in results.items() if result not in NOTICED]


def _results() -> Iterator[tuple[str, str]]:
    for line in _mutmut("results", "--all", "true", quiet=True).splitlines():
        name, _, result = line.strip().partition(": ")
        yield name, result


def _mutmut(*arguments: str, quiet: bool = False) -> str:
    """Run mutmut, which calls mypy by its bare name."""
    tools = str(Path(sys.executable).parent)
    ended = subprocess.run(  # noqa: S603 - our own tool, our own arguments
        [f"{tools}/mutmut", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": os.pathsep.join([tools, os.environ["PATH"]])},
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        check=True,
    )
    return ended.stdout or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
