"""Who is let in: the allow-lists at each entry, through the door."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.demo import Stage, stage
from bot.sandbox.slack import Fault
from tests.conftest import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that two people may use, one of them by a user group, in one channel."""
    async with stage(
        rate_per_minute=FAST,
        allowed_users="U0AGENT",
        allowed_usergroups="S0LEADS,S0UNKNOWN",
        allowed_channels=CAMPAIGNS,
    ) as running:
        yield running


@pytest.mark.parametrize("person", ["U0LEAD", "U0AGENT"])
async def test_listed_people_and_group_members_get_the_form(scene: Stage, person: str) -> None:
    """An id in ALLOWED_USERS or a member of a group in ALLOWED_USERGROUPS may use the bot."""
    await scene.slack.person(person).command("mine", channel=CAMPAIGNS)
    assert "mine" in (await scene.slack.person(person).view()).text


async def test_a_stranger_is_told_privately(scene: Stage) -> None:
    """Anybody else reads a polite sentence with whom to ask, and gets no form."""
    guest = scene.slack.person("U0GUEST")
    before = len(scene.slack.workspace.views)
    await guest.command("theirs", channel=CAMPAIGNS)
    answer = guest.sees(CAMPAIGNS)[-1]
    assert answer.ephemeral_to == "U0GUEST"
    assert "Ask whoever runs this bot" in answer.text
    assert len(scene.slack.workspace.views) == before


async def test_another_channel_is_refused(scene: Stage) -> None:
    """The command works in the listed channels alone."""
    lead = scene.slack.person("U0LEAD")
    await lead.command("here", channel=GENERAL)
    assert "You may not create contact lists here" in lead.sees(GENERAL)[-1].text


async def test_a_strangers_shortcut_is_answered_by_direct_message(scene: Stage) -> None:
    """A shortcut has no channel to answer in."""
    guest = scene.slack.person("U0GUEST")
    before = len(guest.sees("DM"))
    await guest.shortcut("create_contact_list")
    await guest.until(lambda: len(guest.sees("DM")) > before)
    assert "You may not create contact lists here" in guest.sees("DM")[-1].text


async def test_a_summary_may_not_go_elsewhere(story: Story) -> None:
    """The chosen conversation is checked too, and the form says so under it."""
    view, _ = await story.submit(conversation=GENERAL)
    assert "may not post there" in view.errors["conversation"]
    assert not story.calls


async def test_who_lost_the_right_meanwhile_is_refused_at_the_submission(story: Story) -> None:
    """The person is checked again when the form comes in, and again at the button."""
    story.scene.kore.fault("unauthorized")
    failed, _ = await story.submit()
    await story.ended(failed)
    story.scene.kore.fault("drop_before_commit")
    unclear, _ = await story.submit()
    await story.ended(unclear)
    view = await story.form()
    members = story.scene.slack.workspace.user_groups["S0LEADS"]
    members.remove("U0LEAD")
    try:
        await story.scene.bot.refresh_access()
        await story.lead.submit(view, {"description": "too late"})
        assert "You may not create contact lists" in view.errors["name"]
        before = len(story.lead.sees("DM"))
        await story.lead.press(failed, "try_again")
        await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
        await story.lead.press(unclear, "check_again")
        await story.lead.until(lambda: len(story.lead.sees("DM")) > before + 1)
        assert failed.title == "Not created"
        assert unclear.title == "Not certain"
    finally:
        members.append("U0LEAD")
        await story.scene.bot.refresh_access()
    assert len(story.calls) == 2


async def test_a_person_who_cannot_be_told_does_not_break_anything(scene: Stage) -> None:
    """When Slack takes not even the refusal, the shortcut is still acknowledged."""
    scene.slack.fault("chat.postMessage", Fault(error="messages_tab_disabled"))
    ack = await scene.slack.person("U0GUEST").shortcut("create_contact_list")
    assert ack.error is None
