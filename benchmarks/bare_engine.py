"""The durable engine alone: jobs as this bot has them, with as many recorded steps, in which nothing is done.

    python -m benchmarks.bare_engine {save,drain} JOBS

`save` puts them, and one more, into a store whose limit lets one begin; `drain` does them, and prints the
seconds from the second step of the first job to that of the last. Each starts another job, as a call does
whose submission has ended. How much sooner that is than the drain of this bot is what the bot does itself:
its calls to Kore.ai and to Slack, its messages, its log.
"""

import argparse
import asyncio
import time

from dbos import DBOS

from bot.jobs.contract import CALLS, CREATE_PRIORITY
from bot.jobs.engine import close_engine, configure_engine, launch_engine, open_store, sole_use
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.pace import Pace
from bot.jobs.steps import recorded
from bot.settings import read_settings
from bot.timing import Timing

NOTHING, NOTHING_MORE = "nothing", "nothing_more"


async def _nothing() -> None:
    """Do what a step of the engine alone does."""


async def _save(enqueuer: Enqueuer, jobs: int) -> None:
    saves = (
        enqueuer.enqueue(NOTHING, "", job_id=f"{job}", queue=CALLS, priority=CREATE_PRIORITY)
        for job in range(jobs + 1)
    )
    await asyncio.gather(*saves)


async def _main(what: str, jobs: int) -> None:
    settings, timing = read_settings(), Timing()
    times: list[float] = []
    all_done = asyncio.Event()

    async def note_time() -> None:
        times.append(time.perf_counter())
        if len(times) == jobs:
            all_done.set()

    with sole_use(settings):
        store = open_store(settings)
        configure_engine(settings, store, timing)

        @DBOS.workflow(name=NOTHING)
        async def nothing(_: str) -> None:
            await recorded("first", _nothing)
            await recorded("second", note_time)
            await DBOS.start_workflow_async(nothing_more)

        @DBOS.workflow(name=NOTHING_MORE)
        async def nothing_more() -> None:
            await recorded("third", _nothing)

        await launch_engine(Pace(rate_per_minute=settings.kore_rate_per_minute, timing=timing).declare)
        if what == "save":
            await _save(Enqueuer(store, timing=timing), jobs)
        else:
            await all_done.wait()
            print(times[-1] - times[0])
        await close_engine(grace=timing.jobs_grace)
        store.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.bare_engine")
    parser.add_argument("what", choices=["save", "drain"])
    parser.add_argument("jobs", type=int)
    asked = parser.parse_args()
    asyncio.run(_main(asked.what, asked.jobs))
