"""Who is let in: the allow-lists at each entry, through the door."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import View
from tests.quick import QUICK
from tests.stages import refresh_access, stage
from tests.story import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that two people may use, one of them by a user group, in one channel."""
    async with stage(
        rate_per_minute=FAST,
        allowed_users="U0AGENT",
        allowed_usergroups="S0LEADS,S0UNKNOWN",
        allowed_channels=CAMPAIGNS,
        admin_contact="U0AGENT",
        timing=QUICK,
    ) as running:
        yield running


@pytest.mark.parametrize("person", ["U0LEAD", "U0AGENT"])
async def test_listed_people_and_group_members_get_the_form(scene: Stage, person: str) -> None:
    """An id in ALLOWED_USERS or a member of a group in ALLOWED_USERGROUPS may use the bot."""
    await Person(scene.slack, person).command("mine", channel=CAMPAIGNS)
    assert "mine" in (await Person(scene.slack, person).view()).text


async def test_a_stranger_is_told_privately(scene: Stage) -> None:
    """Anybody else reads a polite sentence with whom to ask, and gets no form."""
    guest = Person(scene.slack, "U0GUEST")
    before = len(scene.slack.workspace.views)
    await guest.command("theirs", channel=CAMPAIGNS)
    answer = guest.sees(CAMPAIGNS)[-1]
    assert answer.ephemeral_to == "U0GUEST"
    assert "Ask <@U0AGENT> for access" in answer.text
    assert len(scene.slack.workspace.views) == before


async def test_another_channel_is_refused(scene: Stage) -> None:
    """The command works in the listed channels alone."""
    lead = Person(scene.slack, "U0LEAD")
    await lead.command("here", channel=GENERAL)
    assert "isn't enabled in this channel" in lead.sees(GENERAL)[-1].text


async def test_a_strangers_shortcut_is_answered_by_direct_message(scene: Stage) -> None:
    """A shortcut has no channel to answer in."""
    guest = Person(scene.slack, "U0GUEST")
    await guest.shortcut("create_contact_list")
    assert "You don't have access to Contact Lists" in (await guest.view()).text


async def test_a_summary_may_not_go_elsewhere(story: Story) -> None:
    """The chosen conversation is checked too, and the form says so under it."""
    view, _ = await story.submit(conversation=GENERAL)
    assert "isn't enabled in that channel" in view.errors["conversation"]
    assert not story.calls


async def test_who_lost_the_right_meanwhile_is_refused_at_the_submission(story: Story) -> None:
    """The person is checked again when the form comes in, and again at the button."""
    story.scene.kore.fault("invalid")
    failed, _ = await story.submit()
    await story.ended(failed)
    story.scene.kore.fault("drop_before_commit")
    unclear, _ = await story.submit()
    await story.ended(unclear)
    view = await story.form()
    members = story.scene.slack.workspace.user_groups["S0LEADS"]
    members.remove("U0LEAD")
    try:
        await refresh_access(story.scene)
        await story.lead.submit(view, {"description": "too late"})
        assert "You don't have access to Contact Lists" in view.errors["name"]
        for where, button in ((failed, "try_again"), (unclear, "check_again")):
            await story.lead.press(where, button)
            assert "You don't have access to Contact Lists" in (await story.lead.view()).text
        assert failed.title == "Couldn't create list"
        assert unclear.title == "Couldn't confirm"
    finally:
        members.append("U0LEAD")
        await refresh_access(story.scene)
    assert len(story.calls) == 2


@pytest.mark.parametrize("entry", ["command", "help", "shortcut", "submission", "try_again", "check_again"])
async def test_every_entry_and_every_button_asks_anew(story: Story, entry: str) -> None:
    """Who lost the right meanwhile is refused wherever they press; each refusal is logged and counted."""
    view = await _prepared(story, entry)
    await story.form()  # whoever opens one first in a minute has the lists read
    await story.scene.kore.until(lambda: "list" in [call.operation for call in story.scene.kore.calls])
    members = story.scene.slack.workspace.user_groups["S0LEADS"]
    members.remove("U0LEAD")
    calls = len(story.scene.kore.calls)
    try:
        await refresh_access(story.scene)
        with capture_logs() as logged:
            told = await _refused(story, entry, view)
    finally:
        members.append("U0LEAD")
        await refresh_access(story.scene)
    assert "You don't have access to Contact Lists" in told
    assert [(each["reason"], each["user"]) for each in logged if each["event"] == "access_denied"] == [
        ("user_not_allowed", "U0LEAD")
    ]
    assert len(story.scene.kore.calls) == calls


async def test_a_button_in_a_direct_message_is_in_no_channel(story: Story) -> None:
    """Trouble that is told there can be tried again, although ALLOWED_CHANNELS does not name it."""
    story.scene.kore.fault("invalid")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    await story.lead.press(message, "try_again")
    assert story.description in (await story.lead.view()).text


async def _prepared(story: Story, entry: str) -> View:
    """Bring a form to where the entry stands."""
    if entry in {"try_again", "check_again"}:
        story.scene.kore.fault("invalid" if entry == "try_again" else "drop_before_commit")
        view, _ = await story.submit()
        await story.ended(view)
        return view
    return await story.form()


async def _refused(story: Story, entry: str, view: View) -> str:
    """Use the entry, and return what the person reads."""
    lead = story.lead
    if entry in {"command", "help"}:
        await lead.command("help" if entry == "help" else story.name, channel=CAMPAIGNS)
        return lead.sees(CAMPAIGNS)[-1].text
    if entry == "submission":
        await lead.submit(view, {"description": "too late"})
        return view.errors["name"]
    if entry == "shortcut":
        await lead.shortcut("create_contact_list")
    else:
        await lead.press(view, entry)
    return (await lead.view()).text


async def test_a_group_that_slack_does_not_tell_lets_nobody_in(story: Story) -> None:
    """When Slack cannot be asked the answer is no, and the log says why."""
    story.scene.slack.fault("usergroups.users.list", Fault(error="fatal_error"), times=2)
    with capture_logs() as logged:
        await refresh_access(story.scene)
        await story.lead.command(story.name, channel=CAMPAIGNS)
    assert "You don't have access to Contact Lists" in story.lead.sees(CAMPAIGNS)[-1].text
    events = [each["event"] for each in logged]
    assert events.index("usergroup_unknown") < events.index("access_denied")
    await refresh_access(story.scene)


async def test_a_person_who_cannot_be_told_does_not_break_anything(scene: Stage) -> None:
    """When Slack takes not even the refusal, the shortcut is still acknowledged."""
    scene.slack.fault("views.open", Fault(error="fatal_error"))
    scene.slack.fault("chat.postMessage", Fault(error="messages_tab_disabled"))
    ack = await Person(scene.slack, "U0GUEST").shortcut("create_contact_list")
    assert ack.error is None
