"""*Check again*: another lookup, wherever its button is and whatever comes in between."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.jobs.enqueuing import Enqueuer
from bot.jobs.workflows import Jobs
from bot.models import PostBegun
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.jobs.unclear import about, found_by_looking, settled, uncertain
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def created_late(story: Story) -> None:
    """Let Kore.ai create the list now."""
    story.scene.kore.release()
    await story.scene.kore.until(
        lambda: story.name in {each["name"] for each in story.scene.kore.lists.values()}
    )


async def test_check_again_finds_a_list_that_came_late(story: Story) -> None:
    """The button looks once more; what it finds is told to the channel, once, however often it is pressed."""
    story.scene.kore.fault("drop_commit_late", seconds=60)
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == "Couldn't confirm"
    await created_late(story)
    await story.lead.press(view, "check_again")
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await settled(story, view)
    assert len(about(story)) == 1
    assert len(story.calls) == 1


async def test_check_again_that_finds_nothing_asks_again(story: Story) -> None:
    """The form comes back to the same two buttons."""
    view = await uncertain(story)
    lookups = len([call for call in story.scene.kore.calls if call.operation == "list"])
    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: view.title == "Checking…")
    assert "[ Check again ]" in await settled(story, view)
    assert len([call for call in story.scene.kore.calls if call.operation == "list"]) == lookups + 1


async def test_check_again_works_from_a_message(story: Story) -> None:
    """With the form closed, the message says that the bot looks, and turns to what it found, in place."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    before = len(story.lead.sees("DM"))
    assert "[ Check again ]" in story.read(message)
    for _ in range(2):
        await story.lead.press(message, "check_again")
        await story.lead.until(lambda: "Checking Kore.ai again" in message.text)
        assert "[ " not in story.read(message)
        await story.lead.until(lambda: "I checked again and didn't find" in message.text)
        assert "[ Check again ]" in story.read(message)
        assert "Last checked" in story.read(message)
    assert len(story.lead.sees("DM")) == before


async def test_a_message_turns_to_the_list(story: Story) -> None:
    """*Check again* finds it: the channel hears as of any other, and the message says so in place."""
    story.scene.kore.fault("drop_commit_late", seconds=60)
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    before = len(story.lead.sees("DM"))
    await created_late(story)
    await story.lead.press(message, "check_again")
    await story.told(CAMPAIGNS)
    await story.lead.until(lambda: "I posted the summary in" in message.text)
    assert "created the contact list" in message.text
    assert "[ Check again ]" not in story.read(message)
    assert len(story.lead.sees("DM")) == before


async def test_a_message_that_cannot_be_changed(story: Story) -> None:
    """Its address is too old when the lookup has ended: what it found comes as a message of its own."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    before = len(story.lead.sees("DM"))
    await story.lead.press(message, "check_again")
    await story.lead.until(lambda: "Checking Kore.ai again" in message.text)
    story.scene.slack.fault("response_url", Fault(error="expired_url"))
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "I checked again and didn't find" in story.lead.sees("DM")[-1].text


async def test_check_again_when_the_store_is_away_or_has_forgotten(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are sentences with what to do."""
    view = await uncertain(story)

    async def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    async def forgotten(*_: object) -> None:
        return None

    for answer, sentence in ((away, "Select Check again in a moment"), (forgotten, "too long ago")):
        monkeypatch.setattr(DBOS, "get_workflow_status_async", answer)
        with capture_logs() as logged:
            await story.lead.press(view, "check_again")
            told = await story.lead.view()
        assert sentence in told.text
        story.lead.close(told)
        causes = [each["error"] for each in logged if each["event"] == "store_unavailable"]
        assert causes == (["Exception: away"] if answer is away else [])


async def test_check_again_looks_as_often_as_it_is_pressed(story: Story) -> None:
    """A look is over within seconds; a press after it is another look, and ends as well."""
    view = await uncertain(story)
    for _ in range(2):
        await story.lead.press(view, "check_again")
        await story.lead.until(lambda: view.title == "Checking…")
        await story.lead.until(lambda: view.title == "Couldn't confirm")


@pytest.mark.parametrize(
    ("button", "told"), [("try_again", "Slack couldn't open that"), ("check_again", "Checking Kore.ai again")]
)
async def test_a_window_that_slack_does_not_turn_is_told_of(story: Story, button: str, told: str) -> None:
    """Slack wants a longer pause just then: what it would have shown comes in another one."""
    view = await uncertain(story)
    story.scene.slack.fault("views.update", Fault(retry_after=30))
    await story.lead.press(view, button)
    assert told in (await story.lead.view()).text


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
        posted = PostBegun(at=submission.submitted_at)
        await Jobs.running.lookup_again(submission, posted, press=press)
        await nothing_open()
    assert len(story.lead.sees("DM")) == before
    assert view.title == "Contact list created"
    assert len(about(story)) == 1


async def test_check_again_is_shown_where_try_again_was_not(story: Story) -> None:
    """Slack did not take the form back, so the window still shows the result, and the next one goes there."""
    view = await uncertain(story)
    story.scene.slack.fault("views.update", Fault(retry_after=30))
    await story.lead.press(view, "try_again")
    story.lead.close(await story.lead.view())
    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: view.title == "Checking…")
    await story.lead.until(lambda: view.title == "Couldn't confirm")


async def test_a_late_result_leaves_a_form_alone_that_is_filled_in_anew(story: Story) -> None:
    """The window could not say that the bot looks; another button was pressed: the end comes by message."""
    view = await uncertain(story)
    before = len(story.lead.sees("DM"))

    async def hears(words: str) -> None:
        await story.lead.until(
            lambda: any(words in message.text for message in story.lead.sees("DM")[before:])
        )

    story.scene.slack.fault("views.update", Fault(retry_after=30))
    await story.lead.press(view, "check_again")
    told = await story.lead.view()
    assert "Checking Kore.ai again" in told.text
    story.lead.close(told)
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


async def test_check_again_tells_what_is_known_by_now(story: Story) -> None:
    """A list that was found meanwhile is shown, and not announced once more."""
    story.scene.kore.fault("drop_commit_late", seconds=60)
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    await created_late(story)
    again = next(block for block in message.blocks if block["type"] == "actions")
    await story.lead.press(message, "check_again")
    await story.told(CAMPAIGNS)
    await nothing_open()
    await story.lead.until(lambda: "[ Details ]" in story.read(message))
    message.blocks.append(again)
    await story.lead.press(message, "check_again")
    await story.lead.until(lambda: "[ Check again ]" not in story.read(message))
    assert "created the contact list" in message.text
    assert len(about(story)) == 1
    assert len(story.calls) == 1


async def test_a_look_that_cannot_be_saved_leaves_the_buttons(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the store goes away at that moment the person hears of it, and may press again."""
    view = await uncertain(story)

    async def away(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, Exception("away"))

    monkeypatch.setattr(Enqueuer, "save_call", away)
    await story.lead.press(view, "check_again")
    assert "Select Check again in a moment" in (await story.lead.view()).text
    assert "[ Check again ]" in view.text
