"""A store that fails once, when a step is recorded, and a bot that goes on after that."""

import asyncio
from dataclasses import replace

import pytest
from dbos import DBOS, StepOptions
from sqlalchemy.exc import OperationalError

from bot.jobs.adoption import Adoption
from bot.jobs.import_workflows import Imports
from bot.jobs.notifying import Notifier
from bot.jobs.workflows import Jobs
from tests.quick import QUICK


def adoption(**changes: float) -> Adoption:
    """Return what adopts jobs for the bot that runs, with other times."""
    timing = replace(QUICK, **changes)  # type: ignore[arg-type]
    return Adoption(Jobs.running, Imports.running, Notifier.running, keep_days=30, timing=timing)


class Broken:
    """A store that fails when a step is recorded for the `at`-th time, after that was done or before."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, step: str, *, at: int = 1, after: bool = True
    ) -> None:
        real, left = DBOS.run_step_async, at

        async def full(options: StepOptions, *args: object, **kwargs: object) -> object:
            nonlocal left
            is_it = options["name"] == step
            left -= is_it
            is_due = is_it and left == 0
            found = None if is_due and not after else await real(options, *args, **kwargs)  # type: ignore[call-overload]
            if is_due:
                raise OperationalError("insert", {}, Exception("database or disk is full"))
            return found

        monkeypatch.setattr(DBOS, "run_step_async", full)

    async def noticed(self, part_of_id: str) -> None:
        """Wait until such a job has ended in the error, and go on after it as housekeeping does."""
        async with asyncio.timeout(20):
            while not await _broke(part_of_id):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.01)
        housekeeping = adoption()
        await housekeeping.resume_failed()
        await housekeeping.resume_failed()


async def _broke(part_of_id: str) -> bool:
    failed = await DBOS.list_workflows_async(status="ERROR", load_input=False, load_output=False)
    return any(part_of_id in each.workflow_id for each in failed)
