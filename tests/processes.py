"""Which tests start a process or a browser: `make quick` leaves them out, so each of them is marked.

What uses the fixture `browser` is marked by itself. A test without the mark cannot start a process: it fails.
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
    """Mark what uses a browser, and as starting a process what uses one or kills the bot."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("browser") or item.get_closest_marker("chaos"):
            item.add_marker("process")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Know which test runs, with its fixtures, and whether it may start a process."""
    if not item.get_closest_marker("process"):
        _unmarked.append(item)
    try:
        return (yield)
    finally:
        _unmarked.clear()


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event in STARTS and _unmarked:
        pytest.fail(UNMARKED.format(event=event))


sys.addaudithook(_refuse)
