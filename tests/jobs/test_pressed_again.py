"""A form that is pressed again, and a store that is away at that moment: one job, one result."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.errors import StoreUnavailable
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.records import Records
from bot.jobs.workflows import Jobs
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.jobs.unclear import about, pressed_once_more, settled
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def test_the_same_signed_submission_later_makes_nothing_new(story: Story) -> None:
    """A replay after the end is the same job: no POST, no summary."""
    view, _ = await story.submit()
    await story.ended(view)
    ack = await pressed_once_more(story)
    assert ack.error is None
    assert len(story.calls) == 1
    assert len(about(story)) == 1


@pytest.mark.parametrize("ending", ["created", "failed"])
async def test_a_press_that_comes_after_the_end_does_not_hide_it(story: Story, ending: str) -> None:
    """A second press was on its way when the result came: its "Creating…" gives way to the result again."""
    if ending == "failed":
        story.scene.kore.fault("invalid")
    view, _ = await story.submit()
    ended = await story.ended(view)
    ack = await pressed_once_more(story)
    assert isinstance(ack.body, dict)
    view.payload["title"] = ack.body["view"]["title"]
    assert view.title == "Creating…"
    assert await settled(story, view) == ended
    assert len(story.calls) == 1


async def test_a_second_press_while_the_job_runs_changes_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no result yet to show once more; it comes by itself."""
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, ack_settles=0))
    story.scene.slack.fault("chat.postMessage", Fault(delay=1))
    view, _ = await story.submit()
    await pressed_once_more(story)
    assert "Contact list created" in await story.ended(view)
    assert len(story.calls) == 1


async def test_a_result_that_cannot_be_shown_again_is_no_fault(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is away just then: nobody is told to try again, for the job shows its end by itself."""
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, ack_settles=0))
    looked = asyncio.Event()

    async def away(*_: object) -> None:
        looked.set()
        raise StoreUnavailable("OperationalError")

    view, _ = await story.submit()
    ended = await story.ended(view)
    before = len(story.lead.sees("DM"))
    monkeypatch.setattr(Records, "notification_of", away)
    with capture_logs() as logged:
        await pressed_once_more(story)
        await looked.wait()
        await asyncio.sleep(0.2)
    assert "task_failed" not in [each["event"] for each in logged]
    assert len(story.lead.sees("DM")) == before
    assert await story.ended(view) == ended


async def test_a_locked_store_refuses_in_time_and_recovers(story: Story) -> None:
    """Somebody else holds the file: the form says so within two seconds; released, the same press works."""
    path = story.scene.settings.database_url.get_secret_value().removeprefix("sqlite:///")
    view = await story.form()
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        await story.lead.submit(view, {"description": "x"})
        assert time.monotonic() - began < 2
        assert "Saving took too long" in view.errors["name"]
        holder.execute("ROLLBACK")
    await story.lead.submit(view)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1


async def test_a_store_that_does_not_answer_is_not_waited_for(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within two seconds the form says so, and pressing again later is safe."""

    async def asleep(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(Enqueuer, "save_call", asleep)
    view = await story.form()
    began = time.monotonic()
    await story.lead.submit(view, {"description": "x"})
    assert time.monotonic() - began < 2
    assert "Saving took too long" in view.errors["name"]
