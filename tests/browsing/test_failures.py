"""What went wrong for a person stays in their Home tab until it is dealt with."""

import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from bot.access.allow_lists import AllowLists
from sandbox.slack.people import Person
from sandbox.slack.workspace import View
from tests.stages import nothing_open
from tests.story import CAMPAIGNS, Story, opened_home

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def failed(story: Story) -> View:
    """Have a list refused, and return the home that says so."""
    story.scene.kore.fault("invalid", operation="create")
    form, _ = await story.submit()
    await story.ended(form)
    return await opened_home(story.lead, f"❌ {story.name}")


async def test_dismissed(story: Story) -> None:
    """A press of the button, and it never comes back; others stay."""
    other = Story(story.scene)
    await failed(other)
    home = await failed(story)

    assert home.text.index(story.name) < home.text.index(other.name), "the newest first"
    await story.lead.press(home, "home_dismiss")
    await story.lead.until(lambda: story.name not in home.text)

    await opened_home(story.lead, other.name)
    assert story.name not in home.text


async def test_no_longer_allowed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who has lost access dismisses nothing, and their old tab shows no lists any more."""
    home = await failed(story)
    monkeypatch.setattr(AllowLists, "allows_user", lambda *_: False)

    await story.lead.press(home, "home_dismiss")
    await story.lead.until(lambda: "You don't have access" in home.text)

    assert story.name not in home.text
    monkeypatch.undo()
    await opened_home(story.lead, f"❌ {story.name}")


async def test_others_do_not_see_it(story: Story) -> None:
    """Trouble is for the person alone."""
    await failed(story)
    agent = Person(story.scene.slack, "U0AGENT")
    assert story.name not in (await opened_home(agent, "Latest requests")).text


async def test_found_after_all(story: Story) -> None:
    """*Check again* finds the list: it is created, and no longer trouble."""
    story.scene.kore.fault("drop_before_commit")
    form, _ = await story.submit()
    await story.ended(form)
    home = await opened_home(story.lead, f"⚠️ {story.name}")
    story.scene.kore.put(story.name, description=story.description)
    await story.lead.press(home, "check_again")
    await story.lead.until(lambda: "Is this your list?" in form.text or "Contact list created" in form.text)
    if "[ That's it ]" in form.text:
        await story.lead.press(form, "thats_it")
    await story.told(CAMPAIGNS)
    await story.lead.until(lambda: f"✅ {story.name}" in home.text)
    await nothing_open()
    kept = await DBOS.list_workflows_async(workflow_id_prefix=f"failure/U0LEAD/{form.id}/")
    assert kept == []


async def test_store_away(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press that can't be noted says so, and what went wrong stays."""
    home = await failed(story)

    async def away(*_: object, **__: object) -> None:
        raise OperationalError("delete", {}, Exception("away"))

    monkeypatch.setattr(DBOS, "delete_workflows_async", away)
    await story.lead.press(home, "home_dismiss")
    assert "I couldn't dismiss that" in (await story.lead.view()).text
    monkeypatch.undo()
    await opened_home(story.lead, f"❌ {story.name}")
