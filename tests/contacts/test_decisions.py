"""What a person decides about rows of which nobody knows whether they arrived: whose, when, and only once."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from dbos import DBOS

from bot.jobs.import_resolution import Decision
from bot.jobs.import_workflows import Imports
from bot.views.importing import DECIDED_BEFORE, DECIDED_TOO_LATE, LEAVE_ROWS_OUT, SEND_ROWS_AGAIN
from bot.views.sentences import NOT_YOURS, PRESS_AGAIN
from bot.views.state import DecisionRequest
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.workspace import Message
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


@pytest_asyncio.fixture(loop_scope="module")
async def filled(story: Story) -> Filled:
    """Return an import that waits for a decision, of a person who has closed the view."""
    filled = await Filled.of(story)
    story.lead.close(filled.view)
    story.scene.kore.fault("drop_before_commit", operation="add_contacts")
    await filled.start()
    return filled


async def asked(filled: Filled) -> Message:
    """Return the direct message that asks."""
    return await filled.story.told("DM")


async def heard(filled: Filled, person: Person, sentence: str) -> None:
    """Wait until a person has read a sentence, where they are."""
    await person.until(lambda: any(sentence in each.text for each in person.sees("DM")))
    assert filled.sent == 1


async def test_message(filled: Filled) -> None:
    """By the message: its buttons go, and the rest follows."""
    message = await asked(filled)

    await filled.story.lead.press(message, LEAVE_ROWS_OUT)
    await filled.story.lead.until(lambda: "Continuing without those rows." in message.text)
    await filled.story.told("DM", count=1)

    await filled.story.lead.until(lambda: filled.there == phones(5)[2:])
    assert message.blocks == []


async def test_before(filled: Filled) -> None:
    """A second decision is told that there was a first."""
    message = await asked(filled)
    assert await Imports.running.decide((await filled.waiting()).call, Decision.CHECK)

    await filled.story.lead.press(message, SEND_ROWS_AGAIN)

    await heard(filled, filled.story.lead, DECIDED_BEFORE)


async def test_not_asked(filled: Filled) -> None:
    """A button that names a message which asked for nothing decides nothing: here, of how it ended."""
    message = await asked(filled)
    told = {each.workflow_id for each in await DBOS.list_workflows_async(workflow_id_prefix="notify/")}
    await Imports.running.decide((await filled.waiting()).call, Decision.LEAVE_OUT)
    await filled.story.told("DM", count=2)
    after = {each.workflow_id for each in await DBOS.list_workflows_async(workflow_id_prefix="notify/")}
    (ended,) = after - told
    for each in message.blocks[-1]["elements"]:
        each["value"] = DecisionRequest(job_id=ended).write()
    sent = filled.sent

    await filled.story.lead.press(message, SEND_ROWS_AGAIN)

    lead = filled.story.lead
    await lead.until(lambda: any(DECIDED_TOO_LATE in each.text for each in lead.sees("DM")))
    assert filled.sent == sent


async def test_others(filled: Filled) -> None:
    """Nobody else's press counts."""
    message = await asked(filled)
    agent = Person(filled.story.scene.slack, "U0AGENT")
    message.channel_id = "C0CAMPAIGN"
    filled.story.scene.slack.workspace.channels["C0CAMPAIGN"].messages.append(message)

    await agent.press(message, SEND_ROWS_AGAIN)

    await agent.until(lambda: any(NOT_YOURS in each.text for each in agent.sees("C0CAMPAIGN")))
    assert filled.sent == 1


async def test_long_ago(filled: Filled) -> None:
    """The import is no longer in the store."""
    message = await asked(filled)
    for job in await DBOS.list_workflows_async(workflow_id_prefix="notify/", load_input=False):
        await DBOS.delete_workflow_async(job.workflow_id)

    await filled.story.lead.press(message, SEND_ROWS_AGAIN)

    await heard(filled, filled.story.lead, DECIDED_TOO_LATE)


async def test_store_away(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store does not answer: the same press works a moment later."""
    message = await asked(filled)
    monkeypatch.setattr(Imports.running, "timing", replace(QUICK, save_timeout=0))

    await filled.story.lead.press(message, LEAVE_ROWS_OUT)

    await heard(filled, filled.story.lead, PRESS_AGAIN)
    monkeypatch.undo()
    await filled.story.lead.press(message, LEAVE_ROWS_OUT)
    await filled.story.lead.until(lambda: filled.there == phones(5)[2:])
