"""Limits against misuse, as people meet them: in the form, with what they typed still in it."""

from dataclasses import replace

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot import app
from bot.access import limits
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.workspace import View
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.slow

NEVER_FRESH = replace(QUICK, lists_fresh_for=0)


async def test_one_person_may_submit_so_many_forms_a_minute() -> None:
    """The form says so and keeps what was typed; the same form pressed again is no new one."""
    async with stage(rate_per_minute=FAST, timing=QUICK, submissions_per_minute=1) as scene:
        story = Story(scene)
        first, _ = await story.submit()
        await story.ended(first)
        second, ack = await story.submit()
        assert ack.error is None
        assert "You can create up to 1 list a minute" in second.errors["name"]
        assert second.state == "open"
        other = Person(scene.slack, "U0AGENT")
        await other.command("of somebody else", channel=CAMPAIGNS)
        view = await other.view()
        await other.submit(view, {"description": "x"})
        await other.until(lambda: view.title == "Contact list created")
        assert [call.operation for call in scene.kore.calls].count("create") == 2


async def test_posts_count_too() -> None:
    """A list that is posted for all to see counts as a form that is submitted; sent again, it counts once."""
    async with stage(rate_per_minute=FAST, timing=QUICK, submissions_per_minute=2) as scene:
        story = Story(scene)
        list_id = scene.kore.put(story.name)
        forms = []
        for _ in range(3):
            await story.lead.command(f"show {list_id}")
            details = await story.lead.view()
            await story.lead.until(lambda view=details: "Show all fields" in view.text)  # type: ignore[misc]
            await story.lead.press(details, "post_list")
            forms.append(await story.lead.view())
        for form in forms[:2]:
            await story.lead.submit(form)
            await story.lead.until(lambda view=form: view.title == "Posted")  # type: ignore[misc]
            story.lead.close(form)

        await story.lead.submit(forms[2])
        created, _ = await story.submit()

        assert "You can create, post or fill up to 2 lists a minute." in forms[2].errors["conversation"]
        assert "You can create up to 2 lists a minute" in created.errors["name"]


async def test_open_jobs_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many jobs are open as may be, a form says so, and nothing is saved."""

    async def not_counted(*_: object) -> None:
        """Leave the count to the process: how the store is counted is tested by itself."""

    monkeypatch.setattr(app, "count_open_jobs", not_counted)
    async with stage(rate_per_minute=1, timing=QUICK, open_jobs_limit=1) as scene:
        scene.kore.fault("timeout")
        story = Story(scene)
        await story.submit()
        refused, _ = await story.submit()
        assert "still working on a lot of lists, so this one wasn't created" in refused.errors["name"]
        scene.kore.clear_faults()


TOO_OFTEN = "You can look things up 2 times a minute. Try again in a minute."


@pytest.fixture
def _two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each person cause two calls a minute by looking."""
    monkeypatch.setattr(limits, "LOOKUPS_PER_MINUTE", 2)


async def shown(person: Person, what: str) -> View:
    """Type `/contactlist show` and wait for what the modal turns to."""
    await person.command(f"show {what}")
    view = await person.view()
    await person.until(lambda: "Asking Kore.ai" not in view.text)
    return view


def asked(scene: Stage) -> int:
    """Count the calls for one list."""
    return [call.operation for call in scene.kore.calls].count("get")


@pytest.mark.usefixtures("_two_looks")
async def test_one_person_may_look_at_so_many_lists_a_minute() -> None:
    """Made-up ids take no more turns from the submissions; others may still look, and it is counted."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        for number in (1, 2):
            assert "No list has" in (await shown(lead, f"cl-made-up-{number}")).text
        with capture_logs() as logged:
            assert TOO_OFTEN in (await shown(lead, "cl-made-up-3")).text
        assert [each["reason"] for each in logged if each["event"] == "access_denied"] == ["too_many_lookups"]
        assert asked(scene) == 2
        assert "No list has" in (await shown(Person(scene.slack, "U0AGENT"), "cl-made-up-3")).text
        address = f"http://127.0.0.1:{scene.bot.port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            assert 'contactlist_refusals_total{reason="too_many_lookups"} 1.0' in await answer.text()


@pytest.mark.usefixtures("_two_looks")
async def test_what_is_remembered_may_be_looked_at_without_end() -> None:
    """Neither a list that was read within a minute counts, nor all of them; and an old answer stays."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        ids = [scene.kore.put(name) for name in ("Renewals", "Birthdays", "Winback")]
        for list_id in ids[:2] * 4:
            assert "Show all fields" in (await shown(lead, list_id)).text
            await lead.command("list")
        assert asked(scene) == 2
        third = await shown(lead, ids[2])
        assert f"These aren't all the details. {TOO_OFTEN}" in third.text
        assert "Winback" in third.text
    async with stage(rate_per_minute=FAST, timing=NEVER_FRESH) as scene:
        lead = Person(scene.slack, "U0LEAD")
        list_id = scene.kore.put("Renewals")
        for _ in range(2):
            await shown(lead, list_id)
        again = await shown(lead, list_id)
        assert "Show all fields" in again.text
        assert f"Updated a moment ago. {TOO_OFTEN}" in again.text
        assert asked(scene) == 2


@pytest.mark.usefixtures("_two_looks")
async def test_the_menu_the_form_and_check_again_count_too() -> None:
    """Wherever a person makes the bot ask, it is one of their looks."""
    async with stage(rate_per_minute=FAST, timing=NEVER_FRESH) as scene:
        story = Story(scene)
        scene.kore.fault("drop_before_commit", operation="create")
        doubtful, _ = await story.submit()
        await story.ended(doubtful)
        list_id = scene.kore.put("Renewals")
        await story.lead.command("list")
        await story.lead.until(lambda: bool(story.lead.sees(CAMPAIGNS)))
        message = story.lead.sees(CAMPAIGNS)[-1]
        await story.lead.choose(message, "list_menu", f"details:{list_id}")
        details = await story.lead.view()
        await story.lead.until(lambda: "Show all fields" in details.text)
        await story.lead.press(details, "post_list")
        form = await story.lead.view()
        await story.lead.submit(form)
        await story.lead.until(lambda: form.title == "Posted")
        story.lead.close(form)
        before = len(scene.kore.calls)
        await story.lead.press(doubtful, "check_again")
        assert TOO_OFTEN in (await story.lead.view()).text
        assert len(scene.kore.calls) == before
        assert doubtful.title == "Couldn't confirm"
