"""Jobs that the engine's own cancel has ended: people hear of them, and nothing is sent twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from dbos import DBOS

from bot.jobs.contract import CALL_KORE, IMPORT_CALL, NOTIFY, NOTIFY_IMPORT, SLOT
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.jobs.filled import Filled, phones
from tests.jobs.unclear import about
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that often looks for what was cancelled."""
    timing = replace(QUICK, adoption_poll=0.1, notify_delays=(30,))
    async with stage(rate_per_minute=FAST, timing=timing) as running:
        yield running


async def cancelled(name: str, *, status: str) -> None:
    """Cancel the job of a name that has this status, as `dbos workflow cancel` does."""
    async with asyncio.timeout(30):
        while not (found := await DBOS.list_workflows_async(name=name, status=status)):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
    await DBOS.cancel_workflow_async(found[-1].workflow_id)


async def test_waiting(story: Story) -> None:
    """A list that waits to be sent again is never sent, and its person hears that once."""
    story.scene.kore.fault("rate_limited", retry_after=600)
    view, _ = await story.submit()
    await cancelled(CALL_KORE, status="DELAYED")

    assert "cancelled it before it reached Kore.ai, so nothing was created" in await story.ended(view)
    await asyncio.sleep(0.3)  # it is looked for again and again
    assert len(story.calls) == 1
    assert not about(story)


async def test_under_way(story: Story) -> None:
    """A list whose request has left is looked up; the limit goes on counting the request."""
    story.scene.kore.fault("slow", seconds=60)
    view, _ = await story.submit()
    await story.scene.kore.until(lambda: bool(story.calls))
    await cancelled(CALL_KORE, status="PENDING")
    story.scene.kore.release()

    assert "Is this your list?" in await story.ended(view)
    assert len(story.calls) == 1
    slots = await DBOS.list_workflows_async(name=SLOT)
    assert [each for each in slots if view.id in each.workflow_id]


async def test_import_waits(story: Story) -> None:
    """Of an import that waits nothing more is sent, and its person hears how far it came."""
    filled = await Filled.of(story)
    story.scene.kore.fault("rate_limited", operation="add_contacts", retry_after=600)
    await filled.start()
    await cancelled(IMPORT_CALL, status="DELAYED")

    assert "cancelled this, so these contacts weren't added" in await filled.ended()
    assert not filled.there


async def test_import_under_way(story: Story) -> None:
    """What an import has sent is counted, and it goes on after that."""
    filled = await Filled.of(story)
    story.scene.kore.fault("slow", operation="add_contacts", seconds=60)
    await filled.start()
    await story.scene.kore.until(lambda: filled.sent > 0)
    await cancelled(IMPORT_CALL, status="PENDING")
    story.scene.kore.release()

    assert "Added 5 contacts" in await filled.ended()
    assert filled.there == phones(5)


async def test_notification(story: Story) -> None:
    """Whoever waits to hear of a list hears of it all the same, once."""
    story.scene.slack.fault("chat.postMessage", Fault(retry_after=60))
    await story.submit()
    await cancelled(NOTIFY, status="DELAYED")

    await story.told(CAMPAIGNS)
    assert len(about(story)) == 1


async def test_import_notification(story: Story) -> None:
    """The same of an import."""
    filled = await Filled.of(story)
    summary = await story.told(CAMPAIGNS)
    story.scene.slack.fault("chat.postMessage", Fault(retry_after=60))
    await filled.start()
    await cancelled(NOTIFY_IMPORT, status="DELAYED")

    await story.lead.until(lambda: any(each.thread_ts == summary.ts for each in story.lead.sees(CAMPAIGNS)))
