"""Imports that were cut off, or that wait: another list by then, and rows that no note names."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from dbos import DBOS

from bot.jobs.contract import imports_prefix
from bot.views.importing import LEAVE_ROWS_OUT, SEND_ROWS_AGAIN
from sandbox.demo import Stage
from tests.jobs.broken import adoption
from tests.jobs.filled import Filled, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def in_doubt(story: Story, fault: str = "drop_before_commit") -> Filled:
    """Start an import whose second chunk ends in doubt."""
    filled = await Filled.of(story)
    story.scene.kore.fault("created_201", operation="add_contacts")
    story.scene.kore.fault(fault, operation="add_contacts")
    await filled.start()
    await filled.ended("Did these arrive?")
    return filled


class TestAnotherList:
    """While a person thinks, the name goes to another list, whose people must not be called."""

    @pytest.mark.parametrize("decision", [SEND_ROWS_AGAIN, LEAVE_ROWS_OUT])
    async def test_name_taken(self, story: Story, decision: str) -> None:
        """Nothing more is sent, and the person reads why, and how far it came."""
        filled = await in_doubt(story)
        story.scene.kore.lists[filled.list_id]["name"] = f"{story.name} (old)"
        other = story.scene.kore.put(story.name)

        await story.lead.press(filled.view, decision)
        shown = await filled.ended()

        assert "This list was renamed in Kore.ai" in shown
        assert "4 of 5 contacts were sent, up to row 5." in shown
        assert "I can't tell whether 2 of them arrived." in shown
        assert (story.scene.kore.contacts(other), filled.there) == ([], phones(2))

    async def test_still_right(self, story: Story) -> None:
        """The list is as it was: the import goes on."""
        filled = await in_doubt(story)

        await story.lead.press(filled.view, SEND_ROWS_AGAIN)
        await filled.ended()

        assert filled.there == phones(5)


async def test_closed_in_doubt(story: Story) -> None:
    """A person who closes the view without deciding has the buttons in a direct message."""
    filled = await in_doubt(story)
    asked = await story.told("DM")
    story.lead.close(filled.view)

    await story.lead.press(asked, SEND_ROWS_AGAIN)

    await story.lead.until(lambda: any("I sent 5 contacts" in each.text for each in story.lead.sees("DM")))
    assert "Sending those rows again." in asked.text
    assert filled.there == phones(5)


async def test_a_month_later(story: Story) -> None:
    """Of an old import only the first call was deleted: a new one ends as if there had been no old one."""
    filled = await Filled.of(story)
    await filled.start()
    await filled.ended()
    first = imports_prefix(filled.list_id) + "1"
    await DBOS.delete_workflows_async([first])

    filled.importing = filled.importing.model_copy(update={"key": "a month later"})
    assert await filled.start()

    await story.scene.kore.until(lambda: filled.sent == 6)
    assert "Added 5 contacts. The list has 10 contacts now" in await filled.ended()
    assert filled.there == [*phones(5), *phones(5)]


async def test_cut_off(story: Story) -> None:
    """A chunk whose run was cut off: its rows are named, although no note says which they were."""
    housekeeping = adoption(adoption_poll=0.01)
    filled = await Filled.of(story)
    story.scene.kore.fault("timeout", operation="add_contacts")

    await filled.start()
    await story.scene.kore.until(lambda: filled.sent == 1)
    await housekeeping.adopt(abandoned_after=0, own_after=0)

    shown = await filled.ended("Did these arrive?")
    assert "I was restarted" in shown
    assert "They're rows 2–3 of the file (2 contacts)." in shown
    assert filled.sent == 1
