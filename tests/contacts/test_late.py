"""Answers to presses that come late: they lie over nothing newer, such as how an import ended."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.contact_import import ContactImport
from bot.errors import StoreUnavailable
from bot.jobs.import_records import ImportRecords
from bot.jobs.import_workflows import Imports
from bot.views.contacts import IMPORT_NOT_SAVED, SHOW_PREVIEW, SLACK_AWAY
from bot.views.importing import DOING, SEND_ROWS_AGAIN, STOP_IMPORT, STOPPING
from bot.views.preview import PREVIEW_FORM, SEND_PROBLEMS
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from sandbox.slack.views import answer_submission
from tests.contacts.adding import Adding
from tests.jobs.filled import Filled, file_of
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.process,
]

UPDATE = "views.update"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as running:
        yield running


async def answered(story: Story, words: str) -> None:
    """Wait until Slack has taken or refused an answer with these words, and did not put it off."""

    def answers() -> list[int]:
        tried = [each for each in story.scene.slack.traffic if each.what == UPDATE]
        return [each.status for each in tried if words in str(each.request)]

    await story.lead.until(lambda: 200 in answers())


async def test_problem_rows(story: Story) -> None:
    """Slack takes the file with the problem rows only when the contacts have been added."""
    adding = await Adding(story).created()
    await adding.previewed(file_of(5) + b"Grace,12\n")
    story.scene.slack.fault("files.completeUploadExternal", Fault(delay=3))

    await story.lead.press(adding.view, SEND_PROBLEMS)
    await adding.confirmed()
    await answered(story, "I sent you the problem rows")

    assert adding.view.title == "Contacts added"


async def test_try_again_twice(story: Story) -> None:
    """Of two presses Slack takes the answer to one only when the contacts have been added."""
    adding = await Adding(story).created()
    slack = story.scene.slack
    slack.fault("files.info", Fault(status=429, retry_after=60))
    await adding.opened()
    await adding.chosen()
    await adding.until(SLACK_AWAY)
    slack.fault(UPDATE, Fault(status=429, retry_after=3))

    await story.lead.press(adding.view, SHOW_PREVIEW)
    await story.lead.press(adding.view, SHOW_PREVIEW)
    await adding.until("5 ready")
    await adding.confirmed()
    await story.lead.until(lambda: previews(adding) == 3)

    assert adding.view.title == "Contacts added"


def previews(adding: Adding) -> int:
    """Count how often the bot has tried to show a preview in the view."""
    updates = [
        each.request
        for each in adding.story.scene.slack.traffic
        if each.what == UPDATE and each.request["view_id"] == adding.view.id
    ]
    return sum("5 ready" in str(each) for each in updates)


async def test_stopping(story: Story) -> None:
    """Slack takes "Stopping." only when it has stopped."""
    filled = await Filled.of(story)
    story.scene.kore.fault("created_201", operation="add_contacts")
    story.scene.kore.fault("slow", operation="add_contacts", seconds=1)
    await filled.start()
    await story.lead.until(lambda: "2 of 5 sent." in filled.view.text)
    await story.scene.kore.until(lambda: filled.sent == 2)
    story.scene.slack.fault(UPDATE, Fault(status=429, retry_after=3))

    await story.lead.press(filled.view, STOP_IMPORT)
    await filled.ended()
    await answered(story, STOPPING)

    assert "You stopped this import." in filled.view.text


async def test_second_confirmation(story: Story) -> None:
    """A second press that arrives after the end turns the view back, and then the end is shown again."""
    adding = await Adding(story).created()
    await adding.previewed()
    await adding.confirmed()
    (confirmed,) = (
        each.request
        for each in story.scene.slack.traffic
        if each.request.get("view", {}).get("id") == adding.view.id
        and each.request["view"].get("callback_id") == PREVIEW_FORM
    )

    ack = await story.scene.slack.deliver("interactive", dict(confirmed))
    answer_submission(story.scene.slack.workspace, adding.view, ack.body)

    assert adding.view.title == "Adding contacts…"
    await adding.until("Added 5 contacts")
    assert len(adding.there) == 5


async def test_slow_save(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that fails before its slow save is acknowledged isn't covered by the acknowledgement."""
    adding, start = await Adding(story).created(), Imports.start
    await adding.previewed()

    async def saved_late(imports: Imports, importing: ContactImport) -> bool:
        await start(imports, importing)
        await adding.until("weren't added")
        raise StoreUnavailable

    monkeypatch.setattr(Imports, "start", saved_late)
    story.scene.kore.fault("scope_missing", operation="any")
    await story.lead.submit(adding.view)

    assert IMPORT_NOT_SAVED in adding.view.text
    await adding.until("weren't added")


async def test_decided(story: Story) -> None:
    """What was asked and answered isn't asked again by a second press of the form."""
    adding = await Adding(story).created()
    await adding.previewed()
    story.scene.kore.fault("drop_before_commit", operation="add_contacts")
    await story.lead.submit(adding.view)
    await adding.until("Did these arrive?")
    story.scene.kore.fault("slow", operation="add_contacts", seconds=2)
    await story.lead.press(adding.view, SEND_ROWS_AGAIN)
    await adding.until(DOING[SEND_ROWS_AGAIN])
    importing = (await Imports.running.records.into(adding.list_id))[0].importing

    await Imports.running.show_again(importing)

    assert "Did these arrive?" not in adding.view.text
    await story.lead.until(lambda: adding.view.title == "Contacts sent")


async def test_store_away(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the store doesn't say how the import ended, the view is left alone: the job shows the end."""
    adding = await Adding(story).created()
    await adding.previewed()
    await adding.confirmed()
    importing = (await Imports.running.records.into(adding.list_id))[0].importing
    shown = adding.view.hash

    async def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(ImportRecords, "notification_of", away)
    await Imports.running.show_again(importing)

    assert adding.view.hash == shown
