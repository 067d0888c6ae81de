"""*Stop*: a person sees that it is the wrong file, and people are about to be called."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from dbos import DBOS

from bot.errors import StoreUnavailable
from bot.jobs.contract import import_stop_id
from bot.jobs.import_workflows import Imports
from bot.views.contacts import UNDER_WAY
from bot.views.importing import ENDED_BEFORE, STILL_ADDING, STOP_IMPORT
from bot.views.sentences import PRESS_AGAIN
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from tests.jobs.filled import Filled, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.process,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def halfway(story: Story) -> Filled:
    """Return an import whose second chunk is on its way."""
    filled = await Filled.of(story)
    story.scene.kore.fault("created_201", operation="add_contacts")
    story.scene.kore.fault("slow", operation="add_contacts", seconds=60)
    await filled.start()
    await story.lead.until(lambda: "2 of 5 sent." in filled.view.text)
    await story.scene.kore.until(lambda: filled.sent == 2)
    return filled


async def ended(halfway: Filled) -> str:
    """Let Kore.ai answer, and return what the view says in the end."""
    halfway.story.scene.kore.release()
    return await halfway.ended()


async def test_stopped(halfway: Filled) -> None:
    """What is on its way arrives, nothing more is sent, and the person reads how far it came."""
    await halfway.story.lead.press(halfway.view, STOP_IMPORT)
    await halfway.story.lead.until(lambda: "Stopping." in halfway.view.text)

    shown = await ended(halfway)

    assert "4 of 5 contacts were sent, up to row 5." in shown
    assert "You stopped this import." in shown
    assert (halfway.there, halfway.sent) == (phones(4), 2)


async def test_kept(halfway: Filled) -> None:
    """A stop is in the store for days: the import may wait long before it would send the next chunk."""
    await halfway.story.lead.press(halfway.view, STOP_IMPORT)
    await halfway.story.lead.until(lambda: "Stopping." in halfway.view.text)

    (call,) = await Imports.running.records.into(halfway.list_id)
    stop = await DBOS.get_workflow_status_async(import_stop_id(call.id))

    assert stop
    assert stop.status == "DELAYED"
    assert "You stopped this import." in await ended(halfway)


async def test_way_back(halfway: Filled) -> None:
    """A person who has closed the view finds *Stop* again where they added the contacts."""
    lead = halfway.story.lead
    lead.close(halfway.view)
    await lead.command(f"add {halfway.story.name}")
    again = await lead.view()
    await lead.until(lambda: STILL_ADDING in again.text)

    await lead.press(again, STOP_IMPORT)
    await lead.until(lambda: "Stopping." in again.text)

    halfway.story.scene.kore.release()
    told = await halfway.story.told("DM")
    assert "You stopped this import." in told.text
    assert (halfway.there, halfway.sent) == (phones(4), 2)


async def test_not_theirs(halfway: Filled) -> None:
    """Others read that they have to wait."""
    agent = Person(halfway.story.scene.slack, "U0AGENT")
    await agent.command(f"add {halfway.story.name}")
    view = await agent.view()
    await agent.until(lambda: UNDER_WAY in view.text)

    assert STOP_IMPORT not in str(view.payload)
    assert "Added 5 contacts" in await ended(halfway)


async def test_not_known(halfway: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is silent a file can be chosen: it is looked at again before anything is sent."""

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(Imports, "under_way", away)
    lead = halfway.story.lead
    await lead.command(f"add {halfway.story.name}")
    view = await lead.view()
    await lead.until(lambda: f"To {halfway.story.name}" in view.text)
    lead.close(view)

    assert "Added 5 contacts" in await ended(halfway)


async def test_too_late(halfway: Filled) -> None:
    """It has ended, and the view did not say so: now it does."""
    slack, kore = halfway.story.scene.slack, halfway.story.scene.kore
    kore.fault("slow", operation="get", seconds=60)
    kore.release()
    await halfway.story.lead.until(lambda: "5 of 5 sent." in halfway.view.text)
    slack.fault("views.update", Fault(error="view_not_found"))
    await kore.until(lambda: kore.calls[-1].operation == "get")
    kore.release()
    await halfway.story.told("DM")

    lead = halfway.story.lead
    await lead.press(halfway.view, STOP_IMPORT)

    await lead.until(lambda: ENDED_BEFORE in halfway.view.text)
    assert halfway.there == phones(5)


async def test_not_saved(halfway: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store does not answer: the person may press again."""

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(Imports, "stop", away)
    lead = halfway.story.lead
    await lead.press(halfway.view, STOP_IMPORT)

    assert PRESS_AGAIN in (await lead.view()).text
    assert "Added 5 contacts" in await ended(halfway)
