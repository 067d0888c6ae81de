"""The App Home: shown when it is opened, filtered, turned, and shown anew when a job has ended."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import FAST, Story, opened_home

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that reads the account for each question."""
    timing = replace(QUICK, lists_fresh_for=0, lists_retry_after=0, home_timeout=8)
    async with stage(rate_per_minute=FAST, timing=timing) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(scene: Stage) -> None:
    """Begin with an empty account."""
    scene.kore.lists.clear()


@pytest.fixture
def lead(scene: Stage) -> Person:
    """Return the person who looks."""
    return Person(scene.slack, "U0LEAD")


async def test_a_home_has_the_lists_of_the_account(scene: Stage, lead: Person) -> None:
    """A page of them, with their menus."""
    for number in range(8):
        scene.kore.put(f"Renewals {number}")
    view = await opened_home(lead, "(1–5 of 8)")
    await lead.press(view, "lists_next")
    await lead.until(lambda: "(6–8 of 8)" in view.text)
    await lead.press(view, "home_refresh")
    await lead.until(lambda: "Updated a moment ago" in view.text)
    assert "(6–8 of 8)" in view.text
    await opened_home(lead, "(1–5 of 8)")
    await lead.press(view, "lists_next")
    await lead.until(lambda: "(6–8 of 8)" in view.text)
    list_id = next(iter(scene.kore.lists))
    await lead.choose(view, "list_menu", f"id:{list_id}", block_id="list-2")
    assert list_id in (await lead.view()).text
    await lead.choose(view, "list_menu", f"post:{list_id}", block_id="list-2")
    form = await lead.view()
    await lead.submit(form, {"conversation": "C0CAMPAIGN"})
    await lead.until(lambda: "I posted the list in #campaigns." in form.text)


async def test_a_home_is_filtered(scene: Stage, lead: Person) -> None:
    """Words and Enter; the next look keeps them; empty, all come back."""
    scene.kore.put("Renewals")
    scene.kore.put("Winbacks")
    view = await opened_home(lead, "Winbacks")
    block_id = next(iter(view.inputs))
    await lead.enter(view, block_id, "RENEW")
    await lead.until(lambda: "1 contact list with “RENEW”" in view.text)
    assert "Search (optional): RENEW" in view.text
    await opened_home(lead, "with “RENEW”")
    await lead.enter(view, next(iter(view.inputs)), "")
    await lead.until(lambda: "2 contact lists" in view.text)
    assert "Show all lists" not in view.text
    await lead.enter(view, next(iter(view.inputs)), "winbacks")
    await lead.until(lambda: "with “winbacks”" in view.text)
    await lead.press(view, "home_show_all")
    await lead.until(lambda: "2 contact lists" in view.text)


async def test_a_list_is_created_from_the_home(scene: Stage, lead: Person) -> None:
    """The button opens the form; at the end the home has the new list, on both places."""
    view = await opened_home(lead, "Latest requests")
    await lead.press(view, "home_create")
    form = await lead.view()
    await lead.submit(form, {"name": "From the home", "description": "x", "conversation": "C0CAMPAIGN"})
    await lead.until(lambda: "✅ From the home" in view.text)
    list_id = next(iter(scene.kore.lists))
    await lead.until(lambda: list_id in str(view.payload) and view.text.count("From the home") == 2)


async def test_trouble_is_in_the_home_of_the_person_alone(story: Story, lead: Person) -> None:
    """With its button, which opens the filled form; others see what was created, and no trouble."""
    story.scene.kore.fault("invalid")
    form, _ = await story.submit()
    await story.ended(form)
    view = await opened_home(lead, f"❌ {story.name}")
    other = await opened_home(Person(story.scene.slack, "U0AGENT"), "Latest requests")
    assert story.name not in other.text
    await lead.press(view, "try_again")
    again = await lead.view()
    assert story.name in again.text
    await lead.submit(again)
    await lead.until(lambda: f"✅ {story.name}" in view.text)
    await opened_home(Person(story.scene.slack, "U0AGENT"), f"✅ {story.name}")
    assert f"❌ {story.name}" not in view.text, "what was sent again is dealt with"


async def test_what_is_uncertain_is_checked_from_the_home(story: Story, lead: Person) -> None:
    """It says at once that the bot looks, without the old buttons, and then when it looked last."""
    story.scene.kore.fault("drop_before_commit")
    form, _ = await story.submit()
    await story.ended(form)
    view = await opened_home(lead, f"⚠️ {story.name}")
    before = view.text.count("[ Check again ]")
    await lead.press(view, "check_again")
    await lead.until(lambda: f"⏳ {story.name}\nChecking Kore.ai…" in view.text)
    assert view.text.count("[ Check again ]") == before - 1
    await lead.until(lambda: "I checked again and didn't find" in view.text)
    assert "[ Check again ]" in view.text
    assert "Last checked" in view.text


async def test_a_check_that_is_not_shown(story: Story, lead: Person) -> None:
    """A person whose home Slack does not change hears so; the lookup is made."""
    story.scene.kore.fault("drop_before_commit")
    form, _ = await story.submit()
    await story.ended(form)
    view = await opened_home(lead, f"⚠️ {story.name}")
    await nothing_open()
    story.scene.slack.fault("views.publish", Fault(error="internal_error"), times=2)
    await lead.press(view, "check_again")  # the one before it may meet what is shown by itself
    assert "Slack didn't show your Home tab" in (await lead.view()).text
    story.scene.slack.clear_faults()
    await lead.until(lambda: "I checked again and didn't find" in view.text)


async def test_a_home_that_slack_does_not_take_is_logged(scene: Stage, lead: Person) -> None:
    """The next look shows it."""
    scene.slack.fault("views.publish", Fault(error="not_enabled"))
    await lead.open_home()
    await lead.until(lambda: not scene.slack._faults["views.publish"])  # noqa: SLF001 - what is left of it
    await opened_home(lead, "Latest requests")


@pytest.mark.parametrize("fault", [Fault(error="internal_error"), Fault(error="token_revoked")])
async def test_press_not_shown(scene: Stage, lead: Person, fault: Fault) -> None:
    """A person who has pressed something hears that Slack did not show it."""
    view = await opened_home(lead, "Updated")
    scene.slack.fault("views.publish", fault, times=2)  # one may meet what is shown by itself

    await lead.press(view, "home_refresh")

    while "Slack didn't show your Home tab. Open it again in a moment." not in (await lead.view()).text:
        pass  # what an earlier test has left to read
    scene.slack.clear_faults()
