"""The durable engine alone: jobs as this bot has them, with as many recorded steps, in which nothing is done.

    python -m benchmarks.bare_engine {save,drain} JOBS

`save` puts them, and one more, into a store whose limit lets one begin; `drain` does them, and prints the
seconds from the second step of the first job to that of the last. How much sooner that is than the drain of
this bot is what the bot does itself: its calls to Kore.ai and to Slack, its messages, its log.
"""

import argparse
import asyncio
import time

from dbos import DBOS

from bot.jobs.engine import (
    CALLS,
    LAST,
    close_engine,
    configure_engine,
    launch_engine,
    recorded,
    sole_use,
    store_engine,
)
from bot.jobs.intake import Intake
from bot.settings import Settings, read_settings

NOTHING = "nothing"


async def _nothing() -> None:
    """Do what a step of the engine alone does."""


async def _save(settings: Settings, jobs: int) -> None:
    intake = Intake(store_engine(settings))
    await asyncio.gather(
        *(
            intake.save(NOTHING, queue=CALLS, under=f"{job}", saved="", priority=LAST)
            for job in range(jobs + 1)
        )
    )
    intake.close()


async def _main(what: str, jobs: int) -> None:
    settings = read_settings()
    times: list[float] = []
    all_done = asyncio.Event()

    async def note_time() -> None:
        times.append(time.perf_counter())
        if len(times) == jobs:
            all_done.set()

    with sole_use(settings):
        configure_engine(settings)

        @DBOS.workflow(name=NOTHING)
        async def nothing(_: str) -> None:
            await recorded("first", _nothing)
            await recorded("second", note_time)
            await recorded("third", _nothing)

        await launch_engine(settings)
        if what == "save":
            await _save(settings, jobs)
        else:
            await all_done.wait()
            print(times[-1] - times[0])
        await close_engine()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.bare_engine")
    parser.add_argument("what", choices=["save", "drain"])
    parser.add_argument("jobs", type=int)
    asked = parser.parse_args()
    asyncio.run(_main(asked.what, asked.jobs))
