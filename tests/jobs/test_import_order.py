"""Which import into a list is the last one, and so may keep another from beginning."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from bot.jobs.contract import imports_prefix
from bot.jobs.import_workflows import Imports
from sandbox.demo import Stage
from tests.jobs.filled import Filled
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

LATER = "UPDATE workflow_status SET created_at = created_at + 3600000 WHERE workflow_uuid = ?"

pytestmark = pytest.mark.process


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as running:
        yield running


async def test_clock_set_back(scene: Stage) -> None:
    """The first import was saved by a clock that was an hour ahead: the second still keeps a third away."""
    filled = await Filled.of(Story(scene))
    await filled.start()
    await filled.ended()
    path = scene.settings.database_url.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(LATER, (f"{imports_prefix(filled.list_id)}1",))
    second, third = (filled.importing.model_copy(update={"key": key}) for key in ("second", "third"))
    scene.kore.fault("slow", operation="list", seconds=2)

    assert await Imports.running.start(second)

    assert not await Imports.running.start(third)
