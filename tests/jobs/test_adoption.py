"""Jobs that broke, were lost or are old: carried on, found or deleted."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
import pytest_asyncio
from dbos import (
    DBOS,
    DBOSClient,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    SetWorkflowID,
)
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.jobs.adoption import Adoption
from bot.jobs.claims import run_record
from bot.jobs.cleaning import delete_old_jobs
from bot.jobs.contract import ASK_KORE, SHOW_CHECKING, failure_id, failures_of_key
from bot.jobs.steps import read_job_payload
from bot.jobs.workflows import Jobs
from sandbox.demo import Stage
from tests.jobs import broken
from tests.jobs.unclear import about, found_by_looking, submission_of, uncertain
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def test_a_look_that_broke_is_not_carried_on_once_the_list_is_found(story: Story) -> None:
    """Neither the form nor anybody else hears of it again, however often that is done."""
    view = await found_by_looking(story)
    await nothing_open()
    saved = {
        "submission": (await submission_of(view)),
        "operation": "list",
        "lookups": 99,
        "posted": {"at": 1.0},
    }
    updates = [one for one in story.scene.slack.traffic if one.what == "views.update"]
    for _ in range(2):
        await Jobs.running.resume(saved, f"{view.id}/99")
    await nothing_open()
    assert [one for one in story.scene.slack.traffic if one.what == "views.update"] == updates
    assert view.title == "Contact list created"


async def test_a_job_of_the_first_version_is_finished(story: Story) -> None:
    """A store as version 0.1.0 wrote it, to the letter: this version runs the job in it."""
    saved = {
        "submission": {
            "key": f"V-of-before-{story.name}",
            "draft": {
                "name": story.name,
                "description": "saved before the upgrade",
                "allow_duplicates": True,
            },
            "origin": {
                "user_id": "U0LEAD",
                "channel_id": CAMPAIGNS,
                "view_id": "V-of-before",
                "response_url": None,
            },
            "submitted_at": time.time(),
        }
    }
    client = DBOSClient(
        system_database_url=story.scene.settings.database_url.get_secret_value(),
        serializer=DBOSPortableJSONSerializer(),
    )
    options: EnqueueOptions = {
        "workflow_name": "call_kore",
        "queue_name": "kore-calls",
        "workflow_id": f"V-of-before-{story.name}",
        "app_version": "1",
        "application_name": "contactlist-bot",
    }
    try:
        await client.enqueue_async(options, saved)
    finally:
        client.destroy()
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1


@pytest.fixture
def adoption(scene: Stage) -> Adoption:
    """Return what adopts jobs for the bot that runs; a test may break it."""
    assert scene
    return broken.adoption(adoption_poll=0.01)


async def test_old_jobs_are_deleted(story: Story) -> None:
    """What ended longer ago than it is kept for is gone; what is newer stays."""
    view, _ = await story.submit()
    await story.ended(view)
    await nothing_open()
    await delete_old_jobs(keep_days=30)
    assert await DBOS.list_workflows_async(workflow_id_prefix=view.id)
    await asyncio.sleep(0.01)
    await delete_old_jobs(keep_days=0)
    assert not await DBOS.list_workflows_async(workflow_id_prefix=view.id)


async def test_failures_are_kept_once(scene: Stage) -> None:
    """The record of a failure ends after the days for which it is kept, and not as many later."""
    assert scene
    with SetWorkflowID(failure_id("U0LEAD", "V0", "V0")):
        ended = await DBOS.start_workflow_async(run_record, {})
    await ended.get_result()
    await asyncio.sleep(0.01)

    await delete_old_jobs(keep_days=30)

    assert not await DBOS.list_workflows_async(workflow_id_prefix=failures_of_key("U0LEAD", "V0"))


async def test_housekeeping_outlives_a_store_that_is_away(
    adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed or slow look is followed by another, and nobody's jobs are adopted right after it."""
    adopted = asyncio.Event()
    lookups = 0

    async def resume_failed() -> None:
        nonlocal lookups
        lookups += 1
        if lookups == 1:
            raise OperationalError("select", {}, Exception("away"))
        await asyncio.sleep(0.02)
        if lookups == 3:
            raise asyncio.CancelledError

    async def adopt(*_: object, **__: object) -> None:
        adopted.set()

    monkeypatch.setattr(adoption, "resume_failed", resume_failed)
    monkeypatch.setattr(adoption, "adopt", adopt)
    with suppress(asyncio.CancelledError):
        await adoption.keep()
    assert lookups == 3
    assert not adopted.is_set()


async def test_left_jobs_are_looked_for_while_the_store_answers(
    adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look asks for them."""
    asked: list[dict[str, float]] = []

    async def adopt(**after: float) -> None:
        asked.append(after)
        raise asyncio.CancelledError

    adoption = broken.adoption(abandoned_after=0)
    monkeypatch.setattr(adoption, "adopt", adopt)
    with suppress(asyncio.CancelledError):
        await adoption.keep()
    assert len(asked) == 1


async def test_a_job_that_its_own_process_lost_is_found(story: Story, adoption: Adoption) -> None:
    """The store failed at a bad moment: the job is begun in the store, and nobody runs it."""
    view = await story.form()
    story.scene.kore.fault("slow", seconds=0.3)
    await story.lead.submit(view, {"description": story.description})
    async with asyncio.timeout(30):
        while not await DBOS.list_workflows_async(workflow_id_prefix=view.id, status="PENDING"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await adoption.adopt(abandoned_after=0)
    assert await DBOS.list_workflows_async(workflow_id_prefix=view.id, status="PENDING")
    await adoption.adopt(abandoned_after=0, own_after=0)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1
    assert len(about(story)) == 1
    counted = await DBOS.list_workflows_async(workflow_id_prefix=f"slot-{view.id}-")
    assert [each.name for each in counted] == ["slot"], "the account's limit forgets no call that was made"


@pytest.mark.parametrize("step", [ASK_KORE, "notify_channel"])
async def test_a_job_that_broke_is_carried_on(
    story: Story, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The disk was full while an answer was noted: the list is found, and everybody hears."""
    store = broken.Broken(monkeypatch, step)
    view, _ = await story.submit()
    await store.noticed(view.id)
    assert "Contact list created" in await story.ended(view)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1
    assert len(about(story)) == 1


async def test_a_telling_that_broke_is_carried_on(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was full before the channel was told of a list that was found by looking."""
    story.scene.kore.fault("drop_after_commit")
    store = broken.Broken(monkeypatch, "notify_channel", after=False)
    view, _ = await story.submit()
    await store.noticed(view.id)
    assert "Contact list created" in await story.ended(view)
    await story.told(CAMPAIGNS)
    assert len(about(story)) == 1


async def test_a_state_that_broke_is_left_its_time(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was full while the form said that the bot checks: the result leaves Slack the time for it."""
    story.scene.kore.fault("drop_after_commit")
    store = broken.Broken(monkeypatch, SHOW_CHECKING)
    view, _ = await story.submit()
    await store.noticed(view.id)
    assert "Contact list created" in await story.ended(view)
    lookup = await read_job_payload(f"{view.id}/1")
    assert lookup["pause"] == QUICK.view_lingers


async def test_a_broken_last_look_is_told_as_uncertain(story: Story) -> None:
    """What can be carried on no further is told to the person."""
    view = await uncertain(story)
    saved = {
        "submission": (await submission_of(view)),
        "operation": "list",
        "lookups": 99,
        "posted": {"at": 1.0},
    }
    before = len(story.lead.sees("DM"))
    story.lead.close(view)
    await Jobs.running.resume(saved, f"{view.id}/99")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "can't tell whether" in story.lead.sees("DM")[-1].text


def notified(story: Story) -> int:
    """Count what was sent to Slack, but for the Home tab, which follows by itself."""
    return len([each for each in story.scene.slack.traffic if each.what != "views.publish"])


async def test_a_call_with_a_lookup_in_its_place_is_over(story: Story) -> None:
    """It was cancelled, and what follows it is saved already: nobody hears that nothing was sent."""
    view = await found_by_looking(story)
    await nothing_open()
    saved = {"submission": await submission_of(view), "operation": "create"}
    before = notified(story)
    await Jobs.running.end_cancelled(saved, f"{view.id}/never-claimed")
    await nothing_open()
    assert notified(story) == before


async def test_a_late_job_hands_its_call_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that would leave long after its start is left to a later job: the limit counts starts."""
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, call_start_timeout=-1))
    view, _ = await story.submit()
    await story.lead.until(lambda: "Kore.ai isn't accepting requests right now" in view.text)
    assert not story.calls
    monkeypatch.setattr(Jobs.running, "timing", QUICK)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1


async def test_one_job_that_nobody_can_read_stops_no_other(
    story: Story, adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version saved it; the others of the same time are carried on."""

    async def listed(status: object = None, **_: object) -> list[object]:
        odd = {"workflow_id": f"odd/{story.name}", "name": "notify", "status": "ERROR"}
        broken: list[object] = [SimpleNamespace(**odd, input={"args": [{}]})]
        return broken if "ERROR" in str(status) else []  # the bot that runs beside it asks for others

    monkeypatch.setattr(DBOS, "list_workflows_async", listed)
    with capture_logs() as logged:
        await adoption.resume_failed()
        await adoption.resume_failed()
    assert [each["event"] for each in logged] == ["workflow_error", "job_not_read"]


async def test_housekeeping_outlives_a_fault_of_its_own(
    adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks in a look is logged, and the next look comes."""
    lookups = 0

    async def resume_failed() -> None:
        nonlocal lookups
        lookups += 1
        if lookups == 1:
            raise KeyError
        raise asyncio.CancelledError

    monkeypatch.setattr(adoption, "resume_failed", resume_failed)
    with capture_logs() as logged, suppress(asyncio.CancelledError):
        await adoption.keep()
    assert "housekeeping_error" in [each["event"] for each in logged]
    assert lookups == 2
