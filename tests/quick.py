"""A bot that does at once what it does later in life: what a test would only wait for.

`python -m tests.quick` serves it as a process of its own, `--minute SECONDS` with another rate-limit period.
"""

import argparse
import asyncio
from dataclasses import replace

from dbos import _scheduler, _workflow_commands

from bot.app import serve
from bot.observe.logs import configure_logging
from bot.settings import read_settings
from bot.timing import Timing

_workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = 0.2  # noqa: SLF001 - no setting
"""The engine begins delayed jobs once a second, for which so many tests would wait."""
_scheduler._STARTUP_FAST_POLL_DURATION_SEC = 0  # noqa: SLF001 - no setting
"""It looks for schedules once a second in its first minute; there are none, and no test lasts longer."""

QUICK = Timing(
    jobs_grace=0,
    engine_poll=0.1,
    ack_settles=0.1,
    view_settles=0.05,
    view_lingers=0.3,
    busy_poll=0.2,
    retry_delays=(0,),
    lookup_delays=(0, 0, 0, 0),
    count_delays=(0,) * 4,
    notify_delays=(0,) * 9,
    notifications_poll=0.4,
    home_settles=0,
    queue_position_poll=0.1,
    min_retry_wait=0.1,
    retry_jitter=0.1,
    rate_limit_period=60,
    store_poll=0,
    kore_check_after=3600,
)
"""For a bot in the test's own process."""

QUICK_PROCESS = replace(
    QUICK,
    hand_over=0,
    jobs_grace=Timing().jobs_grace,
    ack_settles=Timing().ack_settles,
    view_settles=Timing().view_settles,
    retry_delays=(0.5,),
    lookup_delays=(0.1, 0.1, 0.1, 0.1),
    count_delays=(0.1, 0.3, 0.6),
    abandoned_after=4.0,
    adoption_poll=0.5,
    idle_poll=0.05,
)
"""For a bot that is killed: its pauses are short, and long enough to be killed in."""


def program(minute: float = 60) -> tuple[str, ...]:
    """Return what Python runs as the bot in a process of its own; `minute` is the limit's, in seconds."""
    return "-m", "tests.quick", "--minute", str(minute)


def main() -> None:
    """Serve the quick bot until it is stopped or killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minute", type=float, default=60)
    minute = parser.parse_args().minute
    settings = read_settings()
    configure_logging(settings)
    asyncio.run(serve(settings, timing=replace(QUICK_PROCESS, rate_limit_period=minute)))


if __name__ == "__main__":
    main()
