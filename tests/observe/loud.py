"""A bot whose log is kept by the test, and whose libraries talk as much as they can."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr

import pytest

from bot.observe.logs import configure_logging
from bot.settings import Settings

NOISY = ("aiohttp", "asyncio", "dbos", "slack_bolt", "slack_sdk", "sqlalchemy", "sqlalchemy.engine")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Catch what the log's handler writes, and give the libraries' levels back as they were."""
    loggers = [logging.getLogger(name) for name in NOISY]
    levels, raising = [logger.level for logger in loggers], logging.raiseExceptions
    yield io.StringIO()
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    logging.raiseExceptions = raising


def loud(written: io.StringIO) -> Callable[[Settings], None]:
    """Configure logging as it is done at start, then let every library talk as much as it can."""

    def configure(settings: Settings) -> None:
        with redirect_stderr(written):
            configure_logging(settings)
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.DEBUG)

    return configure
