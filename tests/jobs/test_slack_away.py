"""Slack takes no message for a while: what it could not take is delivered later, once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from dbos import DBOS
from structlog.testing import capture_logs

from bot.jobs.notifying import Notifier
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.contacts.adding import Adding
from tests.jobs.unclear import about
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def test_a_summary_that_was_to_come_and_is_not_sure_is_told_of(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form had promised it for later; when Slack then gives no clear answer, the form says so."""
    monkeypatch.setattr(Notifier.running, "timing", replace(QUICK, notify_delays=(1,)))
    story.scene.slack.fault("chat.postMessage", Fault(retry_after=30))
    story.scene.slack.fault("chat.postMessage", Fault(drop=True))
    view, _ = await story.submit()
    assert "I'll post the summary in #campaigns when it does" in await story.ended(view)
    await story.lead.until(lambda: "Slack didn't confirm the summary" in view.text)


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
    monkeypatch.setattr(Notifier.running, "timing", replace(QUICK, notify_delays=(0,)))
    away = Fault(status=429, retry_after=60)
    story.scene.slack.fault("chat.postMessage", away, times=99)
    story.scene.slack.fault("views.update", away, times=99)
    with capture_logs() as logged:
        view, _ = await story.submit()
        await nothing_open()
    assert [each["delivered"] for each in logged if each["event"] == "notification_given_up"] == [
        {"channel": "deferred", "person": "deferred"}
    ]
    told = await DBOS.list_workflows_async(workflow_id_prefix=view.id)
    assert [each.workflow_id for each in told] == [view.id, f"{view.id}/created", f"{view.id}/created/+"]
    assert view.title == "Creating…"


@pytest.mark.process
async def test_an_import_of_which_slack_takes_nothing_is_given_up_on(story: Story) -> None:
    """It ends all the same, and the log says who was not notified."""
    adding = await Adding(story).created()
    await adding.previewed()
    away = Fault(status=429, retry_after=60)
    story.scene.slack.fault("chat.postMessage", away, times=99)
    with capture_logs() as logged:
        await story.lead.submit(adding.view)
        story.scene.slack.fault("views.update", away, times=99)
        while "import_ended" not in [each["event"] for each in logged]:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)
    assert [each["delivered"] for each in logged if each["event"] == "notification_given_up"] == [
        {"channel": "deferred", "person": "deferred"}
    ]


async def test_an_unconfirmed_summary_is_told_to_whoever_closed_the_form(story: Story) -> None:
    """Slack dropped the connection and nobody looks at the form: the person gets the summary directly."""
    story.scene.slack.fault("chat.postMessage", Fault(drop=True))
    view, _ = await story.submit(conversation=GENERAL)
    story.lead.close(view)
    message = await story.told("DM")
    assert "created the contact list" in message.text


@pytest.mark.parametrize("fault", [None, "invalid"])
async def test_a_slack_that_breaks_tells_them_later(story: Story, fault: str | None) -> None:
    """Every call ends in an error of a server's for a while: the person hears of it when that is over."""
    for method, times in {"views.update": 1, "chat.postMessage": 2, "response_url": 2}.items():
        story.scene.slack.fault(method, Fault(status=503), times=times)
    if fault:
        story.scene.kore.fault(fault)
    view, _ = await story.submit()
    ended = await story.ended(view)
    assert ("didn't confirm the summary in #campaigns" if fault is None else "didn't accept") in ended


async def test_whom_slack_refused_for_a_while_is_told_alone(story: Story) -> None:
    """The channel has heard, the form could not be reached: later only the form is tried again."""
    story.scene.slack.fault("views.update", Fault(status=429, retry_after=60))
    view, _ = await story.submit()
    assert "Contact list created" in await story.ended(view)
    assert len(about(story)) == 1
