"""What tests share; above all the real bot between the sandbox's two servers.

Fixtures import the bot when they are asked for: that takes two seconds, which few tests need.
"""

import asyncio
import gc
import logging
import os
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from tests.marks import pytest_collection_modifyitems, pytest_runtest_protocol  # noqa: F401 - hooks

if TYPE_CHECKING:
    from bot.settings import Settings
    from sandbox.demo import Stage
    from tests.story import Story

gc.disable()  # until the tests are collected: it would look through all that stays, again and again
for _name in [each for each in os.environ if each.lower().endswith("_proxy")]:
    del os.environ[_name]  # nothing here is behind the proxy that this machine may have

PLAIN_LOGS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
]
"""How tests write what the bot logs: structlog's own way draws tracebacks for seconds, while Slack waits."""
structlog.configure(processors=PLAIN_LOGS)

settings_of_hypothesis.register_profile(
    "adapter",
    max_examples=int(os.environ.get("CASES", "10000" if "CI" in os.environ else "400")) // 2,  # of each kind
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--rounds`: how often the chaos tests kill the bot."""
    parser.addoption("--rounds", type=int, default=5, help="how often the chaos tests kill the bot")


def pytest_collection_finish() -> None:
    """Leave modules and tests out of every collection of garbage."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)  # Hypothesis wants none of its work done earlier
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have Hypothesis make its table of characters once, before the workers start and no test's time counts.

    A new checkout has none; each worker would make it, within a test, for longer than a test may take.
    """
    if not hasattr(session.config, "workerinput"):
        st.text().validate()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what `configure_logging` and `log_uncaught` do to the whole process in a test."""
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers[:], root.level, dbos.handlers[:]
    hooks = warnings.showwarning, sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    warnings.showwarning, sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    root.handlers[:], level, dbos.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.configure(processors=PLAIN_LOGS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["http", "socket"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator["Stage"]:
    """Run the bot for one module of tests, once in each mode."""
    from tests.quick import QUICK
    from tests.stages import stage
    from tests.story import FAST

    async with stage(socket_mode=request.param == "socket", rate_per_minute=FAST, timing=QUICK) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def story(scene: "Stage") -> AsyncIterator["Story"]:
    """Tell a story with a list of its own, up to the end of its jobs."""
    from tests.stages import nothing_open, nothing_read
    from tests.story import Story

    told = Story(scene)
    yield told
    assert not told.unfilled
    scene.kore.clear_faults()
    scene.slack.clear_faults()
    async with asyncio.timeout(30):
        await nothing_open()
        await nothing_read(scene)


@pytest.fixture
def settings() -> "Settings":
    """Return a complete configuration that points nowhere."""
    from bot.settings import Settings

    return Settings.model_validate(
        {
            "slack_bot_token": "xoxb-made-up",
            "slack_signing_secret": "made-up-signing-secret",
            "kore_stream_id": "st-made-up",
            "kore_account_id": "0123456789abcdef01234567",
            "kore_client_id": "cs-made-up",
            "kore_client_secret": "made-up-client-secret",
        }
    )
