"""Never lost, never twice: unclear answers, waits and failures of Slack, through the door."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from dbos import (
    DBOS,
    DBOSClient,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    StepOptions,
)
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.errors import StoreUnavailable
from bot.jobs.adoption import Adoption
from bot.jobs.cleaning import Cleaning
from bot.jobs.contract import CALL_KORE, CLAIM_LIST
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.notifying import Notifier
from bot.jobs.records import Records
from bot.jobs.workflows import Jobs
from bot.models import Notification, Posted
from sandbox.demo import Stage
from sandbox.slack.delivery import Ack
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import View
from tests.conftest import nothing_open
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


def about(story: Story, channel: str = CAMPAIGNS) -> list[str]:
    """Return everything in a channel that is about this story's list."""
    return [story.read(each) for each in story.lead.sees(channel) if story.name in story.read(each)]


async def pressed_once_more(story: Story) -> Ack:
    """Send the last signed submission to the bot again."""
    sent = [each for each in story.scene.slack.traffic if each.what == "POST /slack/events"][-1]
    return await story.scene.slack.deliver("interactive", dict(sent.request))


COMMITTED = [
    "timeout_after_commit",
    "server_error_after_commit",
    "drop_after_commit",
    "html_ok",
    "empty",
    "truncated",
    "data_missing",
    "slow",
]
NOT_COMMITTED = ["timeout", "server_error", "html", "drop_before_commit"]


@pytest.mark.parametrize("fault", COMMITTED)
async def test_an_unclear_answer_is_resolved_by_looking(story: Story, fault: str) -> None:
    """The list was made though the answer did not say so: it is found, and told as any other; one POST."""
    story.scene.kore.fault(fault)
    view, _ = await story.submit()
    summary = await story.told(CAMPAIGNS)
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    assert list_id in summary.text
    assert "Contact list created" in await story.ended(view)
    assert len(story.calls) == 1


@pytest.mark.parametrize("fault", NOT_COMMITTED)
async def test_what_cannot_be_resolved_is_told_plainly(story: Story, fault: str) -> None:
    """No list is found: the person reads that it can't tell whether, and nobody else hears; one POST."""
    story.scene.kore.fault(fault)
    view, _ = await story.submit()
    ended = await story.ended(view)
    assert view.title == "Couldn't confirm"
    assert "can't tell whether" in ended
    assert "[ Check again ]  [ Create anyway ]" in ended
    assert len(story.calls) == 1
    assert not about(story)


async def test_an_older_list_of_that_name_is_not_mistaken_for_ours(story: Story) -> None:
    """The same words, made before: still not certain."""
    await story.submit()
    await story.told(CAMPAIGNS)
    await asyncio.sleep(1.1)  # the server's Date has whole seconds: within one, old and new look the same
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == "Couldn't confirm"
    assert len(story.scene.kore.lists) == len({*story.scene.kore.lists})


async def found_by_looking(story: Story) -> View:
    """Return the form of a list that was made though the answer did not say so."""
    story.scene.kore.fault("drop_after_commit")
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    return view


def fail_with(error: Exception) -> object:
    """Return a coroutine function that raises."""

    async def failing(*_: object, **__: object) -> None:
        raise error

    return failing


async def uncertain(story: Story) -> View:
    """Return the form of a list that was not made, and that nobody knows of."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    return view


async def test_check_again_finds_a_list_that_came_late(story: Story) -> None:
    """The button looks once more; what it finds is told to the channel, once, however often it is pressed."""
    story.scene.kore.fault("drop_commit_late", seconds=1.5)
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == "Couldn't confirm"
    await story.scene.kore.until(
        lambda: story.name in {each["name"] for each in story.scene.kore.lists.values()}
    )
    await story.lead.press(view, "check_again")
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await _settled(story, view)
    assert len(about(story)) == 1
    assert len(story.calls) == 1


async def test_check_again_that_finds_nothing_asks_again(story: Story) -> None:
    """The form comes back to the same two buttons."""
    view = await uncertain(story)
    lookups = len([call for call in story.scene.kore.calls if call.operation == "list"])
    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: view.title == "Checking…")
    assert "[ Check again ]" in await _settled(story, view)
    assert len([call for call in story.scene.kore.calls if call.operation == "list"]) == lookups + 1


async def test_check_again_works_from_a_message(story: Story) -> None:
    """With the form closed, question and answer are private messages."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    before = len(story.lead.sees("DM"))
    await story.lead.press(message, "check_again")
    await story.lead.until(lambda: len(story.lead.sees("DM")) >= before + 2)
    told = " ".join(each.text for each in story.lead.sees("DM")[before:])
    assert "Checking Kore.ai again" in told
    assert "can't tell whether" in told


async def test_check_again_when_the_store_is_away_or_has_forgotten(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are sentences with what to do."""
    view = await uncertain(story)

    async def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    async def forgotten(*_: object) -> None:
        return None

    for answer, sentence in ((away, "Select *Check again* in a moment"), (forgotten, "too long ago")):
        monkeypatch.setattr(DBOS, "get_workflow_status_async", answer)
        before = len(story.lead.sees("DM"))
        with capture_logs() as logged:
            await story.lead.press(view, "check_again")
            await story.lead.until(lambda count=before: len(story.lead.sees("DM")) > count)  # type: ignore[misc]
        assert sentence in story.lead.sees("DM")[-1].text
        causes = [each["error"] for each in logged if each["event"] == "press_not_saved"]
        assert causes == (["Exception: away"] if answer is away else [])


async def test_check_again_looks_as_often_as_it_is_pressed(story: Story) -> None:
    """A look is over within seconds; a press after it is another look, and ends as well."""
    view = await uncertain(story)
    for _ in range(2):
        await story.lead.press(view, "check_again")
        await story.lead.until(lambda: view.title == "Checking…")
        await story.lead.until(lambda: view.title == "Couldn't confirm", timeout=8)


@pytest.mark.parametrize(
    ("button", "told"), [("try_again", "Slack couldn't open that"), ("check_again", "Checking Kore.ai again")]
)
async def test_a_window_that_slack_does_not_turn_is_told_of(story: Story, button: str, told: str) -> None:
    """Slack wants a longer pause just then: what the window would have shown comes by message."""
    view = await uncertain(story)
    story.scene.slack.fault("views.update", Fault(retry_after=30))
    before = len(story.lead.sees("DM"))
    await story.lead.press(view, button)
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert told in story.lead.sees("DM")[-1].text


async def test_check_again_in_a_window_that_was_closed_is_quiet(story: Story) -> None:
    """Closing the window right after pressing the button troubles nobody."""
    view = await uncertain(story)
    ack = await story.lead.press(view, "check_again")
    story.lead.close(view)
    assert ack.error is None
    assert "can't tell whether" in (await story.told("DM")).text


async def test_a_look_that_fails_says_nothing_once_another_has_found_the_list(story: Story) -> None:
    """Two presses, of which one hangs: nobody reads that the list can't tell whether after its summary."""
    view = await found_by_looking(story)
    before = len(story.lead.sees("DM"))
    story.scene.kore.fault("unauthorized", operation="list")
    submission = await Jobs.running.records.submission_of(view.id)
    assert submission
    for press in ("again-late", "again-later"):  # the second one finds it once more
        posted = Posted(posted_at=submission.submitted_at)
        await Jobs.running.lookup_again(submission, posted, press=press)
        await nothing_open()
    assert len(story.lead.sees("DM")) == before
    assert view.title == "Contact list created"
    assert len(about(story)) == 1


async def test_a_look_that_fails_while_the_store_is_away_is_told_as_it_ended(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether another look found the list cannot be read just then."""
    monkeypatch.setattr(Records, "success_of", fail_with(StoreUnavailable("OperationalError")))
    view = await uncertain(story)
    assert view.title == "Couldn't confirm"


async def test_a_look_that_broke_is_not_carried_on_once_the_list_is_found(story: Story) -> None:
    """Neither the form nor anybody else hears of it again, however often that is done."""
    view = await found_by_looking(story)
    await nothing_open()
    saved = {"submission": (await _submission(view)), "operation": "list", "lookups": 99, "posted_at": 1.0}
    updates = [one for one in story.scene.slack.traffic if one.what == "views.update"]
    for _ in range(2):
        await Jobs.running.resume_failed(CALL_KORE, saved, f"{view.id}/99")
    await nothing_open()
    assert [one for one in story.scene.slack.traffic if one.what == "views.update"] == updates
    assert view.title == "Contact list created"


async def test_an_end_that_a_later_call_told_is_shown_again(story: Story) -> None:
    """The first call was refused for the account's limit, the second one made the list."""
    story.scene.kore.fault("rate_limited")
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    await nothing_open()
    told = await Jobs.running.records.notification_of(view.id)
    assert told
    assert told.outcome.kind == "created"


async def test_check_again_is_shown_where_try_again_was_not(story: Story) -> None:
    """Slack did not take the form back, so the window still shows the result, and the next one goes there."""
    view = await uncertain(story)
    story.scene.slack.fault("views.update", Fault(retry_after=30))
    before = len(story.lead.sees("DM"))
    await story.lead.press(view, "try_again")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: view.title == "Checking…")
    await story.lead.until(lambda: view.title == "Couldn't confirm", timeout=8)


async def test_a_summary_that_was_to_come_and_is_not_sure_is_told_of(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form had promised it for later; when Slack then gives no clear answer, the form says so."""
    monkeypatch.setattr(Notifier.running, "_delays", (1,))
    story.scene.slack.fault("chat.postMessage", Fault(retry_after=30))
    story.scene.slack.fault("chat.postMessage", Fault(drop=True))
    view, _ = await story.submit()
    assert "I'll post the summary in #campaigns when it does" in await story.ended(view)
    await story.lead.until(lambda: "Slack didn't confirm the summary" in view.text, timeout=8)


async def test_a_late_result_leaves_a_form_alone_that_is_filled_in_anew(story: Story) -> None:
    """The window could not say that the bot looks; another button was pressed: the end comes by message."""
    view = await uncertain(story)
    before = len(story.lead.sees("DM"))

    async def hears(words: str) -> None:
        await story.lead.until(
            lambda: any(words in message.text for message in story.lead.sees("DM")[before:]), timeout=8
        )

    story.scene.slack.fault("views.update", Fault(retry_after=30))
    await story.lead.press(view, "check_again")
    await hears("Checking Kore.ai again")
    await story.lead.press(view, "try_again")
    await hears("can't tell whether")
    assert view.title == "New contact list"


async def test_create_anyway_is_a_new_submission(story: Story) -> None:
    """The filled form comes back; pressing its button is a second, explicit POST."""
    view = await uncertain(story)
    await story.lead.press(view, "try_again")
    await story.lead.until(lambda: view.title == "New contact list")
    await story.lead.submit(view)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 2


@pytest.mark.parametrize("fault", ["rate_limited", "rate_limited_text"])
async def test_a_rate_limited_post_is_sent_again(story: Story, fault: str) -> None:
    """429, by status or by text, is certain: the bot waits, and sends the POST again by itself."""
    story.scene.kore.fault(fault, times=2)
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    await story.ended(view)
    assert [call.status for call in story.calls][-1] == 200
    assert len(story.calls) == 3


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
    assert await _settled(story, view) == ended
    assert len(story.calls) == 1


@pytest.mark.parametrize("ending", ["created", "failed"])
async def test_a_slack_that_is_away_hears_later(story: Story, ending: str) -> None:
    """While Slack asks to wait, the result waits in the store; nobody is left without it."""
    later = Fault(status=429, retry_after=60)
    story.scene.slack.fault("chat.postMessage", later, times=3)
    story.scene.slack.fault("views.update", later, times=3)
    if ending == "failed":
        story.scene.kore.fault("invalid")
    view, _ = await story.submit()
    ended = await story.ended(view)
    if ending == "created":
        await story.told(CAMPAIGNS)
        assert len(about(story)) == 1
    assert ("Contact list created" if ending == "created" else "didn't accept") in ended


async def test_a_slack_that_stays_away_is_given_up_on(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """After hours the bot stops trying, and its log says so."""
    monkeypatch.setattr(Notifier.running, "_delays", (0,))
    away = Fault(status=429, retry_after=60)
    story.scene.slack.fault("chat.postMessage", away, times=99)
    story.scene.slack.fault("views.update", away, times=99)
    view, _ = await story.submit()
    await nothing_open()
    told = await DBOS.list_workflows_async(workflow_id_prefix=view.id)
    assert [each.workflow_id for each in told] == [view.id, f"{view.id}/+"]
    assert view.title == "Creating…"


async def test_an_unconfirmed_summary_is_told_to_whoever_closed_the_form(story: Story) -> None:
    """Slack dropped the connection and nobody looks at the form: the person gets the summary directly."""
    story.scene.slack.fault("chat.postMessage", Fault(drop=True))
    view, _ = await story.submit(conversation=GENERAL)
    story.lead.close(view)
    message = await story.told("DM")
    assert "created the contact list" in message.text


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
    return Adoption(Jobs.running, keep_days=30, timing=replace(QUICK, adoption_poll=0.01))


async def test_old_jobs_are_deleted(story: Story) -> None:
    """What ended longer ago than it is kept for is gone; what is newer stays."""
    view, _ = await story.submit()
    await story.ended(view)
    await nothing_open()
    await Cleaning(keep_days=30, keep_slots=3600).clean()
    assert await DBOS.list_workflows_async(workflow_id_prefix=view.id)
    await asyncio.sleep(0.01)
    await Cleaning(keep_days=0, keep_slots=3600).clean()
    assert not await DBOS.list_workflows_async(workflow_id_prefix=view.id)


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

    adoption = Adoption(Jobs.running, keep_days=30, timing=replace(QUICK, abandoned_after=0))
    monkeypatch.setattr(adoption, "adopt", adopt)
    with suppress(asyncio.CancelledError):
        await adoption.keep()
    assert len(asked) == 1


async def test_a_job_that_its_own_process_lost_is_found(story: Story, adoption: Adoption) -> None:
    """The store failed at a bad moment: the job is begun in the store, and nobody runs it."""
    view = await story.form()
    story.scene.kore.fault("slow", seconds=0.3)
    await story.lead.submit(view, {"description": story.description})
    async with asyncio.timeout(5):
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


@pytest.mark.parametrize("broken", ["ask_kore", "notify_channel"])
async def test_a_job_that_broke_is_carried_on(
    story: Story, adoption: Adoption, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The disk was full while an answer was noted: the list is found, and everybody hears."""
    real = DBOS.run_step_async

    async def full(options: StepOptions, *args: object, **kwargs: object) -> object:
        found = await real(options, *args, **kwargs)  # type: ignore[call-overload]
        if options["name"] == broken:
            monkeypatch.setattr(DBOS, "run_step_async", real)
            raise OperationalError("insert", {}, Exception("database or disk is full"))
        return found

    monkeypatch.setattr(DBOS, "run_step_async", full)
    view, _ = await story.submit()
    async with asyncio.timeout(5):
        while not await DBOS.list_workflows_async(workflow_id_prefix=view.id, status="ERROR"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert view.title == "Creating…"
    await adoption.resume_failed()
    await adoption.resume_failed()
    assert "Contact list created" in await story.ended(view)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1
    assert len(about(story)) == 1


async def test_a_telling_that_broke_is_carried_on(
    story: Story, adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full while it was noted who had been told of a list that was found by looking."""
    real = DBOS.run_step_async

    async def full(options: StepOptions, *args: object, **kwargs: object) -> object:
        if options["name"] == "notify_channel":
            monkeypatch.setattr(DBOS, "run_step_async", real)
            raise OperationalError("insert", {}, Exception("database or disk is full"))
        return await real(options, *args, **kwargs)  # type: ignore[call-overload]

    story.scene.kore.fault("drop_after_commit")
    monkeypatch.setattr(DBOS, "run_step_async", full)
    view, _ = await story.submit()
    async with asyncio.timeout(5):
        while not await DBOS.list_workflows_async(workflow_id_prefix=view.id, status="ERROR"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await adoption.resume_failed()
    assert "Contact list created" in await story.ended(view)
    await story.told(CAMPAIGNS)
    assert len(about(story)) == 1


async def test_whom_slack_refused_for_a_while_is_told_alone(story: Story) -> None:
    """The channel has heard, the form could not be reached: later only the form is tried again."""
    story.scene.slack.fault("views.update", Fault(status=429, retry_after=60))
    view, _ = await story.submit()
    assert "Contact list created" in await story.ended(view)
    assert len(about(story)) == 1


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


async def test_a_broken_last_look_is_told_as_uncertain(story: Story) -> None:
    """What can be carried on no further is told to the person."""
    view = await uncertain(story)
    saved = {"submission": (await _submission(view)), "operation": "list", "lookups": 99, "posted_at": 1.0}
    before = len(story.lead.sees("DM"))
    story.lead.close(view)
    await Jobs.running.resume_failed(CALL_KORE, saved, f"{view.id}/99")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "can't tell whether" in story.lead.sees("DM")[-1].text


async def _submission(view: View) -> object:
    found = await DBOS.get_workflow_status_async(view.id)
    assert found
    assert found.input
    return found.input["args"][0]["submission"]


async def test_a_late_job_hands_its_call_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that would leave long after its start is left to a later job: the limit counts starts."""
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, call_start_timeout=-1))
    view, _ = await story.submit()
    await story.lead.until(lambda: "Kore.ai isn't accepting requests right now" in view.text)
    assert not story.calls
    monkeypatch.setattr(Jobs.running, "timing", QUICK)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1


async def test_the_same_words_submitted_twice_are_two_lists(story: Story) -> None:
    """A list that another submission made is not found for the one that did not."""
    unclear = await uncertain(story)
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    await story.ended(view)
    await story.lead.press(unclear, "check_again")
    await story.lead.until(lambda: unclear.title == "Checking…")
    assert "can't tell whether" in await _settled(story, unclear)
    assert len(about(story)) == 1


async def test_a_list_that_another_job_may_be_telling_of_is_left_to_it(story: Story) -> None:
    """The same words at the same moment: as long as the one is under way, the other takes nothing."""
    story.scene.slack.fault("chat.postMessage", Fault(delay=1.5))
    view, _ = await story.submit()
    await story.scene.kore.until(lambda: bool(story.calls))
    other = await uncertain(story)
    assert other.title == "Couldn't confirm"
    assert "Contact list created" in await story.ended(view)


async def test_two_that_look_for_one_list_do_not_share_it(story: Story) -> None:
    """Both answers were lost and one list was made: it is created for one of them, and not for the other."""
    story.scene.kore.fault("drop_after_commit")
    story.scene.kore.fault("drop_before_commit")
    first, second = await story.form(), await story.form()
    for view in (first, second):
        await story.lead.submit(view, {"description": story.description})
    for view in (first, second):
        await story.ended(view)
    titles = {first.title, second.title}
    assert "Contact list created" in titles
    assert titles & {"Couldn't confirm", "Is this your list?"}
    assert len(about(story)) == 1


async def test_check_again_tells_what_is_known_by_now(story: Story) -> None:
    """A list that was found meanwhile is shown, and not announced once more."""
    story.scene.kore.fault("drop_commit_late", seconds=1.5)
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    await story.scene.kore.until(
        lambda: story.name in {each["name"] for each in story.scene.kore.lists.values()}
    )
    await story.lead.press(message, "check_again")
    await story.told(CAMPAIGNS)
    await nothing_open()
    before = len(story.lead.sees("DM"))
    await story.lead.press(message, "check_again")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "created the contact list" in story.lead.sees("DM")[-1].text
    assert len(about(story)) == 1
    assert len(story.calls) == 1


async def test_a_look_that_cannot_be_saved_leaves_the_buttons(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the store goes away at that moment the person hears of it, and may press again."""
    view = await uncertain(story)

    async def away(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, Exception("away"))

    monkeypatch.setattr(Jobs, "_save", away)
    before = len(story.lead.sees("DM"))
    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "Select *Check again* in a moment" in story.lead.sees("DM")[-1].text
    assert "[ Check again ]" in view.text


async def test_a_slow_answer_keeps_its_list(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in a job of its own; whoever looks for a list of the same words leaves it alone."""
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, notify_in_job=-1))
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    other = await uncertain(story)
    assert other.title == "Couldn't confirm"
    assert len(about(story)) == 1


async def test_who_could_not_look_does_not_say_so(story: Story) -> None:
    """Kore.ai answered no look: nobody claims that the list has not shown up."""
    story.scene.kore.fault("drop_before_commit")
    story.scene.kore.fault("unauthorized", times=10, operation="list")  # the form may read them too
    view, _ = await story.submit()
    assert "I haven't been able to check since" in await story.ended(view)
    assert "hasn't shown up" not in view.text


async def test_what_others_called_their_lists_is_not_logged(story: Story) -> None:
    """A list of lists that cannot be read: the log has the error, and nothing of the answer."""
    story.scene.kore.put("Patients with condition Q")
    story.scene.kore.fault("drop_before_commit")
    story.scene.kore.fault("truncated", operation="list", times=10)
    with capture_logs() as logged:
        view, _ = await story.submit()
        await story.ended(view)
    lookups = [each for each in logged if each["event"] == "kore_failed" and each["operation"] == "list"]
    assert lookups
    assert "Patients" not in str(lookups)


async def test_one_job_that_nobody_can_read_stops_no_other(
    story: Story, adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version saved it; the others of the same time are carried on."""

    async def unreadable(*_: object) -> None:
        Notification.model_validate({})

    async def listed(**_: object) -> list[object]:
        return [SimpleNamespace(workflow_id=f"odd/{story.name}", name="notify", input={"args": [{}]})]

    monkeypatch.setattr(Jobs.running, "resume_failed", unreadable)
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

    monkeypatch.setattr(Jobs, "_save", asleep)
    view = await story.form()
    began = time.monotonic()
    await story.lead.submit(view, {"description": "x"})
    assert time.monotonic() - began < 2
    assert "Saving took too long" in view.errors["name"]


async def _settled(story: Story, view: View) -> str:
    await story.lead.until(lambda: view.title not in {"Checking…", "Creating…"})
    return view.text


@pytest.fixture
async def claimed(monkeypatch: pytest.MonkeyPatch) -> str:
    """Claim the list that Kore.ai makes next for another submission."""
    short_id = uuid4().hex
    list_id = f"cl-{short_id}"
    monkeypatch.setattr("sandbox.kore.lists._short_id", lambda: short_id)
    await Jobs.running._claim_list(list_id, "V-of-another")  # noqa: SLF001 - a race that no test can win
    return list_id


async def test_a_claimed_list_is_left(story: Story, claimed: str) -> None:
    """A list that another submission has claimed is not found for this one, whose answer was lost."""
    story.scene.kore.fault("drop_after_commit")
    view, _ = await story.submit()
    await story.ended(view)
    assert claimed in story.scene.kore.lists
    assert view.title == "Couldn't confirm"
    assert not about(story)


async def test_a_post_keeps_its_list(story: Story, claimed: str) -> None:
    """The answer of a POST is certain: its list is told of, even if a lookup had claimed it for another."""
    view, _ = await story.submit()
    assert claimed in (await story.told(CAMPAIGNS)).text
    assert "Contact list created" in await story.ended(view)


async def test_claim_waits_for_store(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is not noted, and so not told, before its list is claimed; the store may be away."""
    enqueue, refused = Enqueuer.enqueue, asyncio.Event()

    async def away_once(enqueuer: Enqueuer, workflow: str, *args: Any, **how: Any) -> bool:  # noqa: ANN401
        if workflow == CLAIM_LIST and not refused.is_set():
            refused.set()
            raise OperationalError("insert", {}, Exception("away"))
        return await enqueue(enqueuer, workflow, *args, **how)

    monkeypatch.setattr(Enqueuer, "enqueue", away_once)
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, save_timeout=0.1))
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    assert refused.is_set()
    assert len(story.calls) == 1
