"""Seeing what exists when that is not simple: Kore.ai is away or busy, or not everybody may."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from dbos import DBOS
from structlog.testing import capture_logs

from bot.access.allow_lists import AllowLists
from bot.browsing.home import HomeTab
from bot.kore.models import ContactListDraft
from bot.models import Failed, Notification, Origin, Submission
from bot.timing import Timing
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage

pytestmark = pytest.mark.slow

CAMPAIGNS = "C0CAMPAIGN"
FAST = 60_000
MENU = "list_menu"


@pytest.mark.parametrize("what", ["cl-one", "two words"])
async def test_trouble_is_not_taken_for_absence(
    what: str,
) -> None:
    """Where Kore.ai does not answer, the bot does not say that there is no such list."""
    async with stage(rate_per_minute=FAST, timing=QUICK, kore_host="http://127.0.0.1:9") as away:
        person = Person(away.slack, "U0LEAD")
        await person.command(f"show {what}")
        view = await person.view()
        await person.until(lambda: "Asking Kore.ai" not in view.text)
        assert "I can't reach Kore.ai right now" in view.text


async def test_a_busy_api_is_said_and_the_lists_come_later() -> None:
    """Nobody waits for minutes without a word."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, lists_timeout=0.05)) as empty:
        for operation in ("list", "get"):
            empty.kore.fault("slow", operation=operation, seconds=0.5)
        empty.kore.put("Renewals")
        person = Person(empty.slack, "U0LEAD")
        await person.command("list")
        assert "Kore.ai is busy" in (await person.message(CAMPAIGNS)).text
        assert "Renewals" in (await person.message(CAMPAIGNS)).text
        await person.command("show renewals")
        view = await person.view()
        await person.until(lambda: "Show all fields" in view.text)


@pytest.mark.parametrize("known_before", [False, True])
async def test_nothing_is_called_absent_before_the_lists_are_known(*, known_before: bool) -> None:
    """Somebody may look for a list by its name before the bot has read that it is there."""
    async with stage(
        rate_per_minute=FAST, timing=replace(QUICK, lists_fresh_for=0, lists_timeout=0.05)
    ) as scene:
        lead = Person(scene.slack, "U0LEAD")
        if known_before:
            await lead.command("list")
            await lead.message(CAMPAIGNS)
        scene.kore.put("Renewals Due")
        scene.kore.fault("slow", operation="list", seconds=0.5)
        await lead.command("show renewals due")
        view = await lead.view()
        await lead.until(lambda: "Asking Kore.ai" not in view.text)
        assert "No list" not in view.text
        await lead.until(lambda: "Show all fields" in view.text)
        scene.kore.fault("server_error", operation="list")
        await lead.command("show nowhere")
        nothing = await lead.view()
        await lead.until(lambda: "Asking Kore.ai" not in nothing.text)
        assert "Kore.ai sent an answer I can't use" in nothing.text


async def test_whoever_may_not_use_the_bot_sees_nothing() -> None:
    """Neither by the command nor by a menu or a button that was there before."""
    async with stage(rate_per_minute=FAST, timing=QUICK, allowed_users=frozenset({"U0LEAD"})) as closed:
        list_id = closed.kore.put("Renewals")
        guest, lead = Person(closed.slack, "U0GUEST"), Person(closed.slack, "U0LEAD")
        for words in ("list", "show renewals"):
            await guest.command(words)
            assert "You don't have access" in (await guest.message(CAMPAIGNS)).text
        for number in range(10):
            closed.kore.put(f"More {number}")
        await lead.command("list renewals", channel="C0PRIVATE")
        await lead.message("C0PRIVATE")
        closed.slack.workspace.channels["C0PRIVATE"].members.add("U0GUEST")
        answer = closed.slack.workspace.channels["C0PRIVATE"].messages[-1]
        answer.ephemeral_to = None
        await guest.message("C0PRIVATE")
        await guest.choose(answer, MENU, f"details:{list_id}")
        assert "You don't have access" in (await guest.message("C0PRIVATE")).text


async def test_whoever_loses_the_right_loses_it_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buttons, menus and forms that are open already do nothing any more, and say so."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        for number in range(11):
            scene.kore.put(f"Renewals {number}")
        await lead.command("list")
        answer = await lead.message(CAMPAIGNS)
        await lead.command("show renewals 7")
        details = await lead.view()
        await lead.until(lambda: "Show all fields" in details.text)
        await lead.press(details, "post_list")
        form = await lead.view()
        await lead.open_home()
        home = await lead.home()

        monkeypatch.setattr(AllowLists, "allows_channel", lambda *_: False)
        await lead.submit(form)
        assert "isn't enabled in that channel" in form.errors["conversation"]
        await lead.press(answer, "lists_next")
        assert "isn't enabled in this channel" in (await lead.message(CAMPAIGNS)).text
        await lead.choose(answer, MENU, answer.blocks[1]["accessory"]["options"][0]["value"])
        assert "isn't enabled in this channel" in (await lead.message(CAMPAIGNS)).text
        monkeypatch.setattr(AllowLists, "allows_user", lambda *_: False)
        await lead.submit(form)
        assert "You don't have access" in form.errors["conversation"]
        await lead.press(answer, "lists_next")
        assert "You don't have access" in (await lead.message(CAMPAIGNS)).text
        for where, button in ((details, "post_list"), (home, "home_create")):
            await lead.press(where, button)
            assert "You don't have access" in (await lead.view()).text
        scene.slack.fault("chat.postMessage", Fault(error="cannot_dm_bot"))
        with capture_logs() as logs:
            await lead.press(details, "post_list")
            async with asyncio.timeout(30):
                while "person_not_notified" not in [each["event"] for each in logs]:  # noqa: ASYNC110 - a log rings no bell
                    await asyncio.sleep(0.01)
        await lead.press(home, "home_refresh")
        await lead.until(lambda: "You don't have access" in home.text)


async def test_whoever_loses_the_right_is_shown_nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was being read for a home when its person lost the right does not come over the refusal."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, home_timeout=0.05)) as scene:
        lead, agent = (Person(scene.slack, each) for each in ("U0LEAD", "U0AGENT"))
        scene.kore.put("Renewals")
        scene.kore.fault("slow", operation="list", seconds=60)
        await lead.open_home()
        home = await lead.home()
        await lead.until(lambda: "Welcome" in home.text)
        await scene.kore.until(lambda: "slow" in [call.fault for call in scene.kore.calls])

        monkeypatch.setattr(AllowLists, "allows_user", lambda _, user_id: user_id != "U0LEAD")
        await lead.press(home, "home_refresh")
        await lead.until(lambda: "You don't have access" in home.text)
        await agent.open_home()
        scene.kore.release()
        lists = await agent.home()
        await agent.until(lambda: "Renewals" in lists.text)

        assert "You don't have access" in home.text


async def test_a_form_that_remembers_nothing_still_posts() -> None:
    """What a modal remembers may be unreadable after a change of the bot."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        scene.kore.put("Renewals")
        await lead.command("show renewals")
        details = await lead.view()
        await lead.until(lambda: "Show all fields" in details.text)
        details.payload["private_metadata"] = "{"
        await lead.press(details, "post_list")
        form = await lead.view()
        form.inputs["conversation"]["element"]["response_url_enabled"] = False
        await lead.submit(form, {"conversation": CAMPAIGNS})
        await lead.until(lambda: "I posted the list in #campaigns." in form.text)


async def test_jobs_that_end_together_are_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home is shown once for all of them, and not to somebody who lost the right meanwhile."""
    made: list[HomeTab] = []

    def kept(**parts: Any) -> HomeTab:  # noqa: ANN401 - passed on as they come
        made.append(HomeTab(**parts))
        return made[0]

    monkeypatch.setattr("bot.parts.HomeTab", kept)
    async with stage(rate_per_minute=FAST, timing=QUICK, allowed_users=frozenset({"U0LEAD"})) as scene:
        for user_id in ("U0GUEST", "U0LEAD", "U0LEAD"):
            made[0].ended(notification(user_id))
        calls = scene.slack.traffic
        await Person(scene.slack, "U0LEAD").until(lambda: any(each.what == "views.publish" for each in calls))
        assert [each.what for each in calls].count("views.publish") == 1
        assert list(scene.slack.workspace.homes) == ["U0LEAD"]


def notification(user_id: str) -> Notification:
    """Make the end of a job."""
    submission = Submission(
        key="V1",
        draft=ContactListDraft(name="n", description="d"),
        origin=Origin(user_id=user_id, channel_id=CAMPAIGNS, view_id="V1"),
        submitted_at=1.0,
    )
    outcome = Failed(error="KoreInvalid", sentence="Refused.", maybe_created=False)
    return Notification(submission=submission, outcome=outcome)


async def test_a_store_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home says so in its place; a form of a name that is taken is not saved."""

    async def away(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        scene.kore.put("Renewals")
        await lead.command("list")
        await lead.message(CAMPAIGNS)
        await lead.command("Renewals")
        form = await lead.view()
        with monkeypatch.context() as store:
            store.setattr(DBOS, "list_workflows_async", away)
            store.setattr(DBOS, "get_workflow_status_async", away)
            await lead.open_home()
            assert "I couldn't load the latest requests" in (await lead.home()).text
            await lead.submit(form, {"description": "x"})
            assert "Saving took too long" in form.errors["name"]


async def test_a_slow_store_holds_up_a_warning_only_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same submission may have to be saved after it, and Slack waits three seconds for both."""
    assert Timing().taken_name_timeout + Timing().save_timeout < 3

    async def asleep(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    async with stage(
        rate_per_minute=FAST, timing=replace(QUICK, taken_name_timeout=0.01, save_timeout=60)
    ) as scene:
        lead = Person(scene.slack, "U0LEAD")
        scene.kore.put("Renewals")
        await lead.command("list")
        await lead.message(CAMPAIGNS)
        await lead.command("Renewals")
        form = await lead.view()
        with monkeypatch.context() as store:
            store.setattr(DBOS, "get_workflow_status_async", asleep)
            await lead.submit(form, {"description": "x"})
        assert "Saving took too long" in form.errors["name"]


async def test_an_event_that_breaks_a_handler_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack would send it three times more, and nobody waits for a sentence."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        monkeypatch.setattr(HomeTab, "_page_of", None)
        with capture_logs() as logs:
            ack = await Person(scene.slack, "U0LEAD").open_home()
        assert (ack.status, ack.body) == (200, "")
        assert "handler_failed" in [each["event"] for each in logs]
