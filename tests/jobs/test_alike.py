"""A lookup's three outcomes, through the door: ours for certain, alike, absent."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.jobs.workflows import Jobs
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.workspace import Message, View
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import CAMPAIGNS, FAST, Story, opened_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 40
"""Calls of one operation, more than any lookup makes."""
CARD = "Is this your list?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that has read the lists once, and knows of none that comes later."""
    timing = replace(QUICK, lists_fresh_for=3_600)
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=timing) as running:
        lead = Person(running.slack, "U0LEAD")
        await lead.command("list")
        await lead.message(CAMPAIGNS)
        yield running


def told_as(story: Story, *shapes: str) -> None:
    """Have Kore.ai tell its lists in these shapes from now on; the answer to the next POST is lost."""
    story.scene.kore.fault("drop_after_commit")
    for shape in shapes:
        for operation in ("list", "get"):
            story.scene.kore.fault(shape, operation=operation, times=MANY)


def made_before(story: Story, seconds: float, **changes: object) -> str:
    """Have somebody else have made a list of the same words."""
    moment = datetime.fromtimestamp(time.time() - seconds, UTC).isoformat().replace("+00:00", "Z")
    stamps = {"createdAt": moment, "updatedAt": moment}
    return story.scene.kore.put(story.name, story.description, **{**stamps, **changes})


def summaries(story: Story) -> list[Message]:
    """Return what the channel has heard of this list."""
    return [each for each in story.lead.sees(CAMPAIGNS) if story.name in story.read(each)]


async def alike(story: Story, *shapes: str) -> tuple[View, str]:
    """Submit a list whose answer is lost, and of which there is no proof; its form, and its id."""
    told_as(story, *(shapes or ("moments_missing",)))
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == CARD
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    return view, list_id


async def created(story: Story, view: View) -> None:
    """Wait for the end of a success."""
    await story.told(CAMPAIGNS)
    await story.lead.until(lambda: view.title == "Contact list created")
    assert len(summaries(story)) == 1


@pytest.mark.parametrize(
    "shape", ["text_escaped", "text_crlf", "text_decomposed", "text_joined", "source_changed", "id_plain"]
)
async def test_kept_otherwise(story: Story, shape: str) -> None:
    """A list whose text was kept in another way is found, and told like any other; one POST."""
    story.name += " & Zoë's <b>"
    story.description = 'Zoë\'s "best" & last\n\nlist  of <July>'
    told_as(story, shape)

    view, _ = await story.submit()

    await story.lead.until(lambda: view.title == "Contact list created")
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    assert list_id in view.text
    assert len(story.calls) == 1


@pytest.mark.parametrize("shape", ["moments_missing", "moments_local"])
async def test_no_proof_is_shown(story: Story, shape: str) -> None:
    """Details that do not say when it was created, or in which zone: the person decides, and all hear."""
    view, list_id = await alike(story, shape)
    for told in (story.name, story.description, list_id, "by u-", "can't tell whether"):
        assert told in view.text
    assert ("by Kore.ai's clock" in view.text) is (shape == "moments_local")
    assert "[ That's it ]  [ Create anyway ]" in view.text
    assert summaries(story) == []

    await story.lead.press(view, "thats_it")

    await created(story, view)
    summary = await story.told(CAMPAIGNS)
    for told in (list_id, "ready", "0 contacts", "duplicates not allowed", story.description):
        assert told in summary.text
    assert len(story.calls) == 1


@pytest.mark.parametrize("seconds", [1.5, 3, 60, 3_600])
async def test_anothers_list_is_not_claimed(story: Story, seconds: float) -> None:
    """The POST made nothing, and somebody else has made the same words before: nobody is told it is ours."""
    view = await story.form()
    list_id = made_before(story, seconds)
    story.scene.kore.fault("server_error")

    await story.lead.submit(view, {"description": story.description})

    await story.ended(view)
    assert view.title == CARD
    assert list_id in view.text
    assert summaries(story) == []
    await story.lead.press(view, "try_again")
    await story.lead.until(lambda: view.title == "New contact list")


async def test_missing_rows_are_not_absent(story: Story) -> None:
    """Where some rows cannot be read, nobody says that the list has not shown up."""
    story.scene.kore.fault("drop_before_commit")
    story.scene.kore.fault("rows_odd", operation="list", times=MANY)
    view, _ = await story.submit()
    assert "haven't been able to check since" in await story.ended(view)


async def test_details_that_never_come(story: Story) -> None:
    """What its row says of a list is shown, if Kore.ai never tells its details."""
    story.scene.kore.fault("drop_after_commit")
    story.scene.kore.fault("server_error", operation="get", times=MANY)
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == CARD
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    assert list_id in view.text


async def test_check_again_shows_it(story: Story) -> None:
    """A list without proof that comes late is shown by *Check again*."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == "Couldn't confirm"
    made_before(story, 60)
    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: view.title == CARD)


async def test_create_anyway_after_alike(story: Story) -> None:
    """The filled form comes back, and its POST is another decision."""
    view, _ = await alike(story)
    story.scene.kore.clear_faults()
    await story.lead.press(view, "try_again")
    await story.lead.until(lambda: view.title == "New contact list")
    await story.lead.submit(view)
    await created(story, view)
    assert len(story.calls) == 2


async def test_from_a_message(story: Story) -> None:
    """With the form closed, the list comes by direct message, and so does the answer to its button."""
    told_as(story, "moments_missing")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    assert "by u-" in message.text
    await story.lead.press(message, "thats_it")
    await story.told(CAMPAIGNS)
    await story.lead.until(lambda: "I posted the summary in" in message.text)
    assert "[ That's it ]" not in story.read(message)


async def test_from_the_home_tab(story: Story) -> None:
    """The Home tab says so among the latest requests, with both buttons, and turns at once."""
    view, list_id = await alike(story)
    home = await opened_home(story.lead, list_id)
    await story.lead.press(home, "thats_it")
    await story.lead.until(lambda: f"✅ {story.name}" in home.text)
    await story.told(CAMPAIGNS)
    await story.lead.until(lambda: view.title == "Contact list created")


async def test_pressed_again(story: Story) -> None:
    """A second press, later, shows what is known; the channel hears once."""
    view, _ = await alike(story)
    pressed = next(block for block in view.payload["blocks"] if block["type"] == "actions")
    await story.lead.press(view, "thats_it")
    await created(story, view)
    view.payload["blocks"].append(pressed)
    await story.lead.press(view, "thats_it")
    await story.lead.until(lambda: "[ That's it ]" not in view.text)
    assert view.title == "Contact list created"
    assert len(summaries(story)) == 1


async def test_that_is_anothers(story: Story) -> None:
    """A list that another submission has meanwhile is not given away."""
    view, list_id = await alike(story)
    await Jobs.running.claims.claim(list_id, "V-of-another")  # a race that no test can win
    await story.lead.press(view, "thats_it")
    assert "belongs to another request" in (await story.lead.view()).text
    assert view.title == CARD
    assert summaries(story) == []


async def test_whose_list_is_not_known_yet(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another POST of the same words is under way, what it may have made is not claimed."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    create, looked_up = Jobs.running.kore.create, asyncio.Event()

    async def answered_late(draft: ContactListDraft) -> ContactList:
        made = await create(draft)
        await looked_up.wait()
        return made

    monkeypatch.setattr(Jobs.running.kore, "create", answered_late)
    other, _ = await story.submit()
    await story.scene.kore.until(lambda: len(story.calls) == 2)

    await story.lead.press(view, "check_again")
    await story.lead.until(lambda: view.title == CARD)
    looked_up.set()

    await created(story, other)


async def test_pressed_by_another_person(story: Story) -> None:
    """Only the person whose list it may be can say so."""
    view, _ = await alike(story)
    other = Person(story.scene.slack, "U0AGENT")
    view.user_id = other.user.id
    assert await other.view() is view
    with capture_logs() as logged:
        await other.press(view, "thats_it")
        assert "Only the person who started this" in (await other.view()).text
    assert summaries(story) == []
    assert [each["reason"] for each in logged if each["event"] == "access_denied"] == ["not_their_submission"]


async def test_when_the_store_is_away_or_has_forgotten(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are sentences with what to do."""
    view, _ = await alike(story)

    async def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    async def forgotten(*_: object) -> None:
        return None

    for answer, sentence in ((away, "Select That's it again in a moment"), (forgotten, "too long ago")):
        with monkeypatch.context() as store:
            store.setattr(DBOS, "get_workflow_status_async", answer)
            with capture_logs() as logged:
                await story.lead.press(view, "thats_it")
                told = await story.lead.view()
                assert sentence in told.text
                story.lead.close(told)
        causes = [each["error"] for each in logged if each["event"] == "store_unavailable"]
        assert causes == (["Exception: away"] if answer is away else [])


async def test_of_another_version(story: Story) -> None:
    """A button that carries nothing that can be read is too old, and says so."""
    view, _ = await alike(story)
    buttons = next(block for block in view.payload["blocks"] if block["type"] == "actions")["elements"]
    buttons[0]["value"] = '{"list": "cl-1"}'
    await story.lead.press(view, "thats_it")
    assert "too long ago" in (await story.lead.view()).text


@pytest.mark.parametrize("operation", ["create", "list", "get"])
async def test_half_characters(story: Story, operation: str) -> None:
    """What the store, Slack and the log do not take is replaced, in any field of any answer."""
    if operation != "create":
        story.scene.kore.fault("drop_after_commit")
    story.scene.kore.fault("half_signs", operation=operation)
    with capture_logs() as logs:
        view, _ = await story.submit()
        await created(story, view)
    await nothing_open()
    known = await Jobs.running.records.success_of(view.id)
    assert known
    assert isinstance(known.outcome, Created)
    assert (known.outcome.contact_list.list_type or "").strip("\ufffd") == "call"
    assert "\ufffd" in str(known.outcome) or operation == "list"
    assert [each["event"] for each in logs if each["log_level"] == "error"] == []


async def test_why_a_lookup_failed(story: Story) -> None:
    """The log has the cause of each lookup that failed."""
    story.scene.kore.fault("drop_before_commit")
    causes = {"server_error": "HTTP 500, code 500", "truncated": "HTTP 200, no JSON object"}
    causes |= {"drop_before_commit": "ServerDisconnectedError", "timeout": "no answer in 0.5 s"}
    for fault in causes:
        story.scene.kore.fault(fault, operation="list")
    with capture_logs() as logs:
        view, _ = await story.submit()
        await story.ended(view)
    failed = [each for each in logs if each["event"] == "kore_failed" and each["operation"] == "list"]
    assert [each["answer"] for each in failed] == [*causes.values()]


async def test_a_long_id(story: Story) -> None:
    """A created list is told of though nobody could use its id, which is visibly cut."""
    story.scene.kore.fault("id_long")
    view, _ = await story.submit()
    await created(story, view)
    assert "eyJeyJ" in view.text
    assert "…" in view.text
    assert len(view.text) < 1_000


async def test_what_kore_said_is_inert(story: Story) -> None:
    """Kore.ai's own sentence is shown as it is, and does nothing."""
    story.scene.kore.fault("limit_reached")
    view, _ = await story.submit()
    ended = await story.ended(view)
    assert "Kore.ai said: “Contact list limit reached”" in ended
