"""The marks of what `make quick` leaves out: what starts a process or the whole bot, and other slow tests.

What uses the fixture `browser`, or the fixture `scene` for a bot, is marked by itself. Any other test that
starts a process, or a bot, and has no mark for that, fails.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
"""Events of Python's audit: whatever library starts a process, one of these is raised."""

_running: list[pytest.Item] = []
"""The test that runs, with its fixtures."""


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the marks that follow from what a test uses."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("browser") or item.get_closest_marker("chaos"):
            item.add_marker("process")
        if "scene" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Know which test runs."""
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.clear()


def require_mark(*names: str, why: str) -> None:
    """Fail the test that runs unless it has one of some marks."""
    if _running and not any(_running[0].get_closest_marker(name) for name in names):
        pytest.fail(f"This test {why}: mark it with `pytest.mark.{names[0]}`.")


def _watch(event: str, _: tuple[Any, ...]) -> None:
    if event in STARTS:
        require_mark("process", why=f"starts a process ({event})")


sys.addaudithook(_watch)
