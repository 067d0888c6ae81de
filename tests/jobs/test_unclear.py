"""Never lost, never twice: unclear answers of Kore.ai, through the door."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.jobs.workflows import Jobs
from sandbox.demo import Stage
from tests.jobs.unclear import about, fail_with, uncertain
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


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


async def test_a_look_that_fails_while_the_store_is_away_is_told_as_it_ended(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether another look found the list cannot be read just then."""
    monkeypatch.setattr(Records, "success_of", fail_with(StoreUnavailable("OperationalError")))
    view = await uncertain(story)
    assert view.title == "Couldn't confirm"


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


@pytest.mark.parametrize("fault", ["rate_limited", "rate_limited_text"])
async def test_a_rate_limited_post_is_sent_again(story: Story, fault: str) -> None:
    """429, by status or by text, is certain: the bot waits, and sends the POST again by itself."""
    story.scene.kore.fault(fault, times=2)
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    await story.ended(view)
    assert [call.status for call in story.calls][-1] == 200
    assert len(story.calls) == 3


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
