"""The marks of what `make quick` leaves out: tests that start a process or a browser, and slow ones.

What uses the fixture `browser`, and what repeats in Socket Mode a test that runs over HTTP, is marked by
itself. A test without the mark of a process cannot start one: it fails.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
"""Events of Python's audit: whatever library starts a process, one of these is raised."""
UNMARKED = "This test starts a process ({event}): mark it with `pytest.mark.process`."

_unmarked: list[pytest.Item] = []
"""The test that runs, if it may start none."""


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the marks that follow from what a test uses."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("browser") or item.get_closest_marker("chaos"):
            item.add_marker("process")
        if isinstance(item, pytest.Function) and _parameters(item).get("scene") == "socket":
            item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Know which test runs, with its fixtures, and whether it may start a process."""
    if not item.get_closest_marker("process"):
        _unmarked.append(item)
    try:
        return (yield)
    finally:
        _unmarked.clear()


def _parameters(item: pytest.Function) -> dict[str, object]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event in STARTS and _unmarked:
        pytest.fail(UNMARKED.format(event=event))


sys.addaudithook(_refuse)
