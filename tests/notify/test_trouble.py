"""What nobody hopes for: the store away, a fault of ours, a second channel that refuses."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from dbos import DBOS, DBOSClient
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.access.gate import Gate
from bot.browsing.home import HomeTab
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.workflows import Jobs
from bot.kore.client import KoreClient
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that tells a second channel of every new list."""
    async with stage(notify_channel=GENERAL, rate_per_minute=FAST, timing=QUICK) as running:
        yield running


def fail(error: Exception) -> object:
    """Return a coroutine function that raises, in place of something that cannot be made to fail."""

    async def failing(*_: object, **__: object) -> None:
        raise error

    return failing


async def test_the_second_channel_hears_of_every_new_list(story: Story) -> None:
    """NOTIFY_CHANNEL gets the same summary."""
    await story.submit()
    await story.told(CAMPAIGNS)
    await story.told(GENERAL)


async def test_the_second_channel_hears_once_when_it_was_chosen(story: Story) -> None:
    """A summary that goes to NOTIFY_CHANNEL anyway is posted there once."""
    view, _ = await story.submit(conversation=GENERAL)
    await story.ended(view)
    assert len([each for each in story.lead.sees(GENERAL) if story.name in story.read(each)]) == 1


async def test_a_second_channel_that_refuses_changes_nothing_else(story: Story) -> None:
    """The list's own channel and the form hear as always."""
    channel = story.scene.slack.workspace.channels[GENERAL]
    channel.is_archived = True
    try:
        view, _ = await story.submit()
        await story.told(CAMPAIGNS)
        assert "I posted the summary in #campaigns" in await story.ended(view)
    finally:
        channel.is_archived = False


@pytest.mark.parametrize("where", [(DBOSClient, "enqueue_in_transaction"), (Enqueuer, "save_call")])
async def test_a_submission_that_cannot_be_saved_is_refused_in_the_form(
    story: Story, monkeypatch: pytest.MonkeyPatch, where: tuple[type, str]
) -> None:
    """Nothing is acknowledged that was not saved; pressing again later creates the list."""
    away = OperationalError("insert", {}, Exception("disk full"))

    def full(*_: object) -> None:
        raise away

    monkeypatch.setattr(*where, full if where[0] is DBOSClient else fail(away))
    view, ack = await story.submit()
    assert ack.error is None
    assert "Saving took too long" in view.errors["name"]
    monkeypatch.undo()
    await story.lead.submit(view)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1


async def test_changes_that_come_after_a_slow_save_are_said_to_be_late(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent first holds: nobody reads that the changed list is created."""
    story.scene.kore.fault("slow", operation="create", seconds=3)
    commit = Enqueuer._commit  # noqa: SLF001 - the seam

    def slow(enqueuer: Enqueuer, batch: Any) -> list[bool]:  # noqa: ANN401 - as it comes
        firsts = commit(enqueuer, batch)
        time.sleep(QUICK.save_timeout + 0.1)
        return firsts

    monkeypatch.setattr(Enqueuer, "_commit", slow)
    view, _ = await story.submit()
    assert "Saving took too long" in view.errors["name"]
    monkeypatch.undo()
    await story.lead.submit(view, {"name": f"{story.name} changed"})
    assert "Your first version was already saved" in view.text
    assert f"⏳ {story.name}\n" in view.text
    await story.told(CAMPAIGNS)
    names = [str(each["name"]) for each in story.scene.kore.lists.values()]
    assert [name for name in names if story.name in name] == [story.name]


async def test_a_fault_of_ours_behind_a_button_is_written_to_the_person(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack shows nothing of the answer to a button, so the sentence comes in a modal."""
    monkeypatch.setattr(Gate, "refuses", lambda *_: 1 / 0)
    ack = await story.lead.shortcut("create_contact_list")
    assert ack.error is None
    assert "this code: " in (await story.lead.view()).text


@pytest.mark.parametrize("entry", ["submission", "command"])
async def test_a_fault_of_ours_is_a_sentence_with_a_reference(
    story: Story, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """A bug in a handler is answered with 200 and a reference that stands in the log."""
    view = await story.form()
    with capture_logs() as logged:
        if entry == "submission":
            monkeypatch.setattr(Jobs, "save", fail(RuntimeError("a bug")))
            await story.lead.submit(view, {"description": "x"})
            told = view.errors["name"]
        else:
            monkeypatch.setattr("bot.contactlist.read_command", lambda _: 1 / 0)
            await story.lead.command(story.name)
            told = story.lead.sees(CAMPAIGNS)[-1].text
    (entry_logged,) = [each for each in logged if each["event"] == "handler_failed"]
    assert entry_logged["reference"] in told


@pytest.mark.parametrize("entry", ["command", "shortcut"])
async def test_a_fault_of_ours_behind_the_answer_reaches_the_person(
    story: Story, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """The form cannot be built: Slack has had its answer, so the person is written to."""
    monkeypatch.setattr("bot.contactlist.contact_list_form", lambda *_: 1 / 0)
    before = len(story.lead.sees(CAMPAIGNS))
    with capture_logs() as logged:
        if entry == "command":
            await story.lead.command(story.name)
            await story.lead.until(lambda: len(story.lead.sees(CAMPAIGNS)) > before)
            told = story.lead.sees(CAMPAIGNS)[-1].text
        else:
            await story.lead.shortcut("create_contact_list")
            told = (await story.lead.view()).text
    (entry_logged,) = [each for each in logged if each["event"] == "task_failed"]
    assert "Something went wrong partway" in told
    assert entry_logged["reference"] in told


async def test_a_fault_of_ours_that_nobody_waits_for_is_logged(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens the Home tab has asked for nothing."""
    monkeypatch.setattr(HomeTab, "show", fail(RuntimeError("a bug")))
    before = [len(story.lead.sees(where)) for where in (CAMPAIGNS, "DM")]
    with capture_logs() as logged:
        await story.lead.open_home()
        await asyncio.sleep(0.2)
    assert [each["event"] for each in logged if each["log_level"] == "error"] == ["task_failed"]
    assert before == [len(story.lead.sees(where)) for where in (CAMPAIGNS, "DM")]


async def test_a_fault_of_ours_in_the_job_reaches_the_person(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job boundary turns a bug into a sentence with the reference of its traceback."""
    monkeypatch.setattr(KoreClient, "create", fail(RuntimeError("a bug")))
    with capture_logs() as logged:
        view, _ = await story.submit()
        ended = await story.ended(view)
    (entry,) = [each for each in logged if each["event"] == "job_failed"]
    assert entry["reference"] in ended
    assert "can't tell whether" in ended


async def test_nobody_can_be_told(story: Story) -> None:
    """When Slack refuses every way, the list exists, and the form asks the person to tell the others."""
    story.scene.slack.fault("chat.postMessage", Fault(error="channel_not_found"), times=1)
    story.scene.slack.fault("response_url", Fault(status=404, body="used_url"))
    story.scene.slack.fault("chat.postMessage", Fault(error="messages_tab_disabled"), times=1)
    view, _ = await story.submit()
    assert "Please copy this for the others" in await story.ended(view)


async def test_readiness_names_what_is_missing(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/readyz` is 503 with the reason while the store is away, and while the bot is stopping."""
    monkeypatch.setattr(
        DBOS, "delete_workflow_async", fail(OperationalError("delete", {}, Exception("away")))
    )
    url = f"http://127.0.0.1:{scene.bot.port}/readyz"
    async with aiohttp.ClientSession() as session:
        for reason in ("store", "draining"):
            monkeypatch.setattr(scene.bot.health, "draining", reason == "draining")
            async with session.get(url) as answer:
                assert (answer.status, await answer.json()) == (503, {"ready": False, "reasons": [reason]})
