"""`make alone`: run each test file by itself, or each test of one file, to find those that need another one.

A run among all the others hides that: one of them may have made, warmed up or left behind what a test needs.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["alone", "each_of", "files"]

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not chaos"]
NOTHING_CHOSEN = 5
"""How pytest ends where there are only chaos tests."""


def main(file: str | None) -> int:
    """Run them, as many at a time as there are cores; print what failed, and return the exit status."""
    chosen = each_of(file) if file else files()
    print(f"{len(chosen)} {'tests' if file else 'test files'}, each in a process of its own")
    failed = alone(chosen)
    print(f"{len(chosen) - len(failed)} passed alone, {len(failed)} failed", *failed, sep="\n  ")
    return int(bool(failed) or not chosen)


def alone(chosen: Iterable[str]) -> list[str]:
    """Run each by itself, print the output of those that fail, which names their seed, and return these."""
    with ThreadPoolExecutor(os.cpu_count()) as processes:
        ended = list(processes.map(_run, chosen))
    return [name for name, passed in ended if not passed]


def files() -> list[str]:
    """List the test files."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))


def each_of(file: str) -> list[str]:
    """List the tests of a file; one that is run with several parameters is one."""
    listed = _pytest("--collect-only", "--quiet", file).stdout
    return sorted({line.partition("[")[0] for line in listed.splitlines() if "::" in line})


def _run(name: str) -> tuple[str, bool]:
    ended = _pytest(name)
    passed = ended.returncode in {0, NOTHING_CHOSEN}
    if not passed:
        print(ended.stdout, ended.stderr, sep="\n", flush=True)
    return name, passed


def _pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter
        [*PYTEST, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
