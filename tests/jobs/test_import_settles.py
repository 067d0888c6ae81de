"""An import that ends at once: in a module of its own, as its bot is."""

import time
from dataclasses import replace

import pytest

from tests.jobs.filled import Filled
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = pytest.mark.process


async def test_ends_at_once() -> None:
    """The end never comes so early that the acknowledgement of the press would put "0 of 5 sent" over it."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, view_settles=1.5)) as scene:
        filled = await Filled.of(Story(scene))
        del scene.kore.lists[filled.list_id]
        filled.importing = filled.importing.model_copy(update={"confirmed_at": time.time()})

        await filled.start()

        assert "This list isn't in Kore.ai anymore" in await filled.ended()
        assert time.time() - filled.importing.confirmed_at >= 1.5
