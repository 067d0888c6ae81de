"""Adding contacts where it is not allowed, or not possible right now."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.contacts.source import ROWS_CHANGED
from bot.jobs.import_workflows import Imports
from bot.views.contacts import IMPORT_NOT_SAVED, NOT_KNOWN, REPORT_NOT_SENT, SHOW_PREVIEW, UNDER_WAY
from bot.views.preview import CHANGE_COLUMNS, SEND_PROBLEMS
from bot.views.state import FillContext
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import View
from tests.contacts.adding import Adding
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]

PROBLEMS = b"Name,Phone\nAda,+493090182001\nGrace,12\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that may be used in one channel."""
    async with stage(rate_per_minute=FAST, timing=QUICK, allowed_channels=[CAMPAIGNS]) as running:
        yield running


def moved(view: View) -> None:
    """Let a view be one that was asked for in another channel."""
    fill = FillContext.read(view.payload["private_metadata"]).model_copy(update={"channel_id": GENERAL})
    view.payload["private_metadata"] = fill.write()


async def test_form_refused(adding: Adding) -> None:
    """The channel is not allowed any more when the file was chosen."""
    await adding.opened()
    moved(adding.view)

    await adding.chosen()

    assert "isn't enabled in that channel" in adding.view.errors["file"]


async def test_columns_refused(adding: Adding) -> None:
    """Nor when the columns were changed."""
    await adding.previewed()
    await adding.story.lead.press(adding.view, CHANGE_COLUMNS)
    await adding.until("Match the columns")
    moved(adding.view)

    await adding.story.lead.submit(adding.view)

    assert "isn't enabled in that channel" in adding.view.errors["column-0"]


async def test_preview_refused(adding: Adding) -> None:
    """Nor when the preview is confirmed: nothing is sent."""
    await adding.previewed()
    moved(adding.view)

    await adding.story.lead.submit(adding.view)

    assert "isn't enabled in that channel" in adding.view.text
    assert adding.there == []


async def test_not_saved(adding: Adding, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store does not answer: the person goes back to the preview, and confirms again."""
    await adding.previewed()
    monkeypatch.setattr(Imports.running, "timing", replace(QUICK, save_timeout=0))

    await adding.story.lead.submit(adding.view)
    assert IMPORT_NOT_SAVED in adding.view.text
    monkeypatch.undo()
    await adding.story.lead.press(adding.view, SHOW_PREVIEW)
    await adding.until("5 ready")

    assert "Contacts added" in await adding.confirmed()


@pytest.mark.parametrize("carried", ["", "{}", "not ours", '{"ready": -7}'])
async def test_not_known(adding: Adding, carried: str) -> None:
    """The preview is of another version, and what it carries can't be read: nothing begins."""
    await adding.previewed()
    adding.view.payload["private_metadata"] = carried

    await adding.story.lead.submit(adding.view)

    assert NOT_KNOWN in adding.view.text


async def test_other_count(adding: Adding) -> None:
    """What the preview carries fits the file, but for the number of contacts: nothing is sent."""
    await adding.previewed()
    fill = FillContext.read(adding.view.payload["private_metadata"])
    adding.view.payload["private_metadata"] = fill.model_copy(update={"ready": 500}).write()

    assert ROWS_CHANGED in await adding.confirmed()
    assert adding.there == []


async def test_under_way(adding: Adding) -> None:
    """Another import into the list is under way."""
    second = Adding(adding.story, list_id=adding.list_id)
    await adding.previewed()
    await second.previewed()
    adding.story.scene.kore.fault("slow", operation="list", seconds=0.5)

    await adding.story.lead.submit(adding.view)
    await adding.story.lead.submit(second.view)

    assert UNDER_WAY in second.view.text


async def test_report_not_sent(adding: Adding) -> None:
    """Slack does not take the file with the problem rows."""
    await adding.previewed(PROBLEMS)
    adding.story.scene.slack.fault("files.completeUploadExternal", Fault(error="not_in_channel"))

    await adding.story.lead.press(adding.view, SEND_PROBLEMS)

    told = await adding.story.lead.view()
    assert REPORT_NOT_SENT in told.text
    adding.story.lead.close(told)
    await adding.story.lead.press(adding.view, SEND_PROBLEMS)
    await adding.until("I sent you the problem rows in a direct message.")
