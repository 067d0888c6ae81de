"""Contacts of an import that has ended may still be arriving when the next one counts."""

import math
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.contact_import import Added, ImportOutcome, Stopped, Unsure
from bot.jobs.import_workflows import Imports
from bot.jobs.inspecting import may_still_arrive
from sandbox.demo import Stage
from tests.jobs.filled import Filled, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]

CONFIRMED = Added(sent=2, count_before=3, count_after=5, is_confirmed=True)
SENT = Added(sent=2, count_before=3, count_after=3)
NOTHING = Stopped(error="Stopped", sentence="")
PARTLY = Stopped(sent=2, count_before=3, error="Stopped", sentence="")
LEFT_OUT = Stopped(sent=2, uncertain=2, count_before=3, error="Stopped", sentence="")
ASKED = Unsure(sentence="", first_row=2, last_row=3, contacts=2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


@pytest.mark.parametrize(
    ("before", "count", "expected"),
    [
        ([], 3, False),
        ([CONFIRMED], 3, False),
        ([SENT], 3, True),
        ([SENT], 5, False),
        ([SENT], None, True),
        ([SENT.model_copy(update={"count_before": None})], 5, True),
        ([PARTLY], 5, False),
        ([PARTLY], 4, True),
        ([LEFT_OUT], 5, True),
        ([ASKED], 5, True),
        ([NOTHING, SENT], 3, True),
        ([CONFIRMED, SENT], 3, False),
        ([NOTHING], 3, False),
    ],
)
async def test_may_still_arrive(before: list[ImportOutcome], count: int | None, *, expected: bool) -> None:
    """What was sent and not proved to be there may still come."""
    assert may_still_arrive(before, count) is expected


async def test_late_contacts_prove_nothing(story: Story) -> None:
    """Those of a first import arrive while it is unclear whether as many of a second one did."""
    kore = story.scene.kore
    filled = await Filled.of(story, 2)
    kore.adding_takes = math.inf
    await filled.start()
    await filled.ended("Contacts sent")
    kore.adding_takes = 0
    filled.importing = filled.importing.model_copy(update={"key": "second"})
    kore.fault("drop_before_commit", operation="add_contacts")

    assert await Imports.running.start(filled.importing)
    shown = await filled.ended("Did these arrive?")

    kore.settle()
    assert filled.there == phones(2)
    assert "Check again" not in shown


async def test_all_there(story: Story) -> None:
    """Once the contacts of the first import are there, a count proves where those of the second are."""
    filled = await Filled.of(story, 2)
    story.scene.kore.adding_takes = math.inf
    await filled.start()
    await filled.ended("Contacts sent")
    story.scene.kore.adding_takes = 0
    story.scene.kore.settle()
    filled.importing = filled.importing.model_copy(update={"key": "second"})

    assert await Imports.running.start(filled.importing)

    assert "Added 2 contacts. The list has 4 contacts now" in await filled.ended("Contacts added")
