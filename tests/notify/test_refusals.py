"""What Slack refuses, leaves open or did before, as the person hears of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.views.card import ADD_CONTACTS, SHOW_DETAILS
from bot.views.sentences import STACK_IS_FULL
from sandbox.demo import Stage
from sandbox.slack.delivery import Ack
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import Channel, Message
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL, PRIVATE, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_THE_APP = [
    *("token_revoked", "invalid_auth", "account_inactive", "not_authed", "missing_scope"),
    *("message_limit_exceeded", "team_added_to_org", "org_login_required"),
]
GONE = Fault(status=404, body="used_url")
TRIO = "C0TRIO"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that does not wait long for Slack."""
    never_fresh = replace(QUICK, lists_fresh_for=0, lists_retry_after=0, lists_timeout=8)
    timing = replace(never_fresh, slack_timeout=1, view_timeout=1)
    async with stage(rate_per_minute=FAST, timing=timing) as running:
        channels = running.slack.workspace.channels
        channels[TRIO] = Channel(TRIO, "mpdm-mina.okafor--jonas.weber-1", "mpim", {"U0LEAD", "U0AGENT"})
        yield running


async def again(story: Story, kind: str) -> Ack:
    """Deliver the newest payload of a kind a second time, as a proxy does that had no answer in time."""

    def is_of(payload: dict[str, Any]) -> bool:
        return kind == ("command" if "command" in payload else payload.get("type"))

    slack = story.scene.slack
    payload = next(each.request for each in slack.traffic[::-1] if is_of(each.request))
    return await slack.deliver("slash_commands" if kind == "command" else "interactive", payload)


def heard(story: Story) -> int:
    """Count what the person has read."""
    return len(story.lead.sees(CAMPAIGNS)) + len(story.lead.sees("DM"))


async def opened(story: Story, times: int) -> None:
    """Wait until Slack was asked so often to open a view."""
    asked = ("views.open", "views.push")
    await story.lead.until(lambda: sum(each.what in asked for each in story.scene.slack.traffic) >= times)
    await asyncio.sleep(0.05)  # nothing tells that nothing is said


@pytest.mark.parametrize("entry", ["command", "show", "shortcut", "try_again"])
async def test_delivered_twice(story: Story, entry: str) -> None:
    """The same command, shortcut or button again: the window is open, so nobody reads that it is not."""
    lead, kind = story.lead, "command"
    if entry == "try_again":
        story.scene.kore.fault("invalid")
        failed, _ = await story.submit()
        lead.close(failed)
        await lead.press(await story.told("DM"), "try_again")
        kind = "block_actions"
    elif entry == "shortcut":
        await lead.shortcut("create_contact_list")
        kind = "shortcut"
    else:
        await lead.command(f"show {story.name}" if entry == "show" else story.name)
    view = await lead.view()
    before, asked = heard(story), len(story.scene.slack.workspace.views)
    calls = sum(each.what == "views.open" for each in story.scene.slack.traffic)

    ack = await again(story, kind)
    await opened(story, calls + 1)

    assert ack.error is None
    assert heard(story) == before
    assert len(story.scene.slack.workspace.views) == asked
    lead.close(view)


async def test_delivered_late(story: Story) -> None:
    """The second delivery comes when its trigger has expired: the form is open all the same."""
    await story.lead.command(story.name)
    view = await story.lead.view()
    before, calls = heard(story), sum(each.what == "views.open" for each in story.scene.slack.traffic)

    story.scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    await again(story, "command")
    await opened(story, calls + 1)

    assert heard(story) == before
    story.lead.close(view)


@pytest.mark.parametrize("text", ["{}", "show {}"])
async def test_open_is_unclear(story: Story, text: str) -> None:
    """Slack opens the window and gives no answer in time: nobody reads that it did not open."""
    typed = text.format(story.name)
    story.scene.slack.fault("views.open", Fault(delay=1.5))

    await story.lead.command(typed)
    view = await story.lead.view()
    told = await story.told(CAMPAIGNS)

    assert view.state == "open"
    assert "couldn't open" not in told.text
    assert "didn't say whether" in told.text
    assert told.text.endswith(f"/contactlist {typed}")
    story.lead.close(view)


@pytest.mark.parametrize("code", OF_THE_APP)
async def test_app_refused(story: Story, code: str) -> None:
    """For some seconds Slack refuses whatever the app asks, and the response_url is used up: told later."""
    story.scene.slack.fault("chat.postMessage", Fault(error=code), times=2)
    story.scene.slack.fault("views.update", Fault(error=code), times=2)
    story.scene.slack.fault("response_url", GONE, times=9)

    view, _ = await story.submit()

    await story.told(CAMPAIGNS)
    assert "I posted the summary in #campaigns" in await story.ended(view)
    story.scene.slack.clear_faults()
    assert len([each for each in story.lead.sees(CAMPAIGNS) if story.name in story.read(each)]) == 1
    assert not [each for each in story.lead.sees("DM") if story.name in story.read(each)]


async def test_app_refused_trouble(story: Story) -> None:
    """A failure takes the one way that needs no token, and is not left to a form that may stay closed."""
    story.scene.kore.fault("unauthorized")
    story.scene.slack.fault("chat.postMessage", Fault(error="token_revoked"))
    story.scene.slack.fault("views.update", Fault(error="token_revoked"))

    view, _ = await story.submit()
    told = await story.told(CAMPAIGNS)

    assert told.via == "response_url"
    assert told.ephemeral_to == "U0LEAD"
    story.lead.close(view)


async def test_app_refused_summary(story: Story) -> None:
    """The summary reaches its channel by the response_url, which needs no token; the form hears later."""
    story.scene.slack.fault("chat.postMessage", Fault(error="invalid_auth"))
    story.scene.slack.fault("views.update", Fault(error="invalid_auth"))

    view, _ = await story.submit()
    summary = await story.told(CAMPAIGNS)

    assert summary.via == "response_url"
    assert "I posted the summary in #campaigns" in await story.ended(view)


async def test_form_unclear(story: Story) -> None:
    """Slack says nothing clear about the form and the direct message: the next route is tried."""
    story.scene.kore.fault("unauthorized")
    story.scene.slack.fault("views.update", Fault(status=500))
    story.scene.slack.fault("chat.postMessage", Fault(status=500))

    view, _ = await story.submit()
    told = await story.told(CAMPAIGNS)

    assert told.ephemeral_to == "U0LEAD"
    assert "rejected this app's credentials" in told.text
    story.lead.close(view)


@pytest.mark.parametrize("dead", [GONE, Fault(status=500)], ids=["404", "500"])
@pytest.mark.parametrize("what", ["{}", "list {}", "show {}"])
async def test_dead_response_url(story: Story, dead: Fault, what: str) -> None:
    """The response_url is there and does not work: what the person must hear comes as a direct message."""
    story.scene.kore.put(story.name)
    story.scene.slack.fault("response_url", dead, times=2)
    story.scene.slack.fault("views.open", Fault(error="expired_trigger_id"))

    await story.lead.command(what.format(story.name))
    told = await story.told("DM")

    assert ("/contactlist" in told.text) == (what != "list {}")


async def test_dead_response_url_of_a_refusal(story: Story) -> None:
    """So does the page that a button turns to."""
    for number in range(12):
        story.scene.kore.put(f"{story.name} {number}")
    message = await listed(story, CAMPAIGNS)
    story.scene.slack.fault("response_url", GONE)

    await story.lead.press(message, "lists_next")

    assert "(6–10 of 12)" in (await story.told("DM")).text


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(error="invalid_auth"), Fault(retry_after=30)], ids=str
)
async def test_window_stays_empty(story: Story, fault: Fault) -> None:
    """What Slack does not put into an open window is no secret: the person is told to try again."""
    story.scene.kore.put(story.name)
    story.scene.slack.fault("views.update", fault)
    before = heard(story)

    await story.lead.command(f"show {story.name}")
    view = await story.lead.view()
    await story.lead.until(lambda: heard(story) > before)

    assert "might not have shown" in story.lead.sees(CAMPAIGNS)[-1].text
    story.lead.close(view)


@pytest.mark.parametrize(
    ("channel", "code", "advice"),
    [
        (GENERAL, "is_archived", "It's archived."),
        (GENERAL, "restricted_action", "Only some people can post there."),
        (GENERAL, "restricted_action_read_only_channel", "Only some people can post there."),
        (PRIVATE, "channel_not_found", "To let me into a channel, type `/invite @contactlists` there"),
        (TRIO, "channel_not_found", "To let me into a channel, type `/invite @contactlists` there"),
    ],
)
async def test_advice(story: Story, channel: str, code: str, advice: str) -> None:
    """Why the bot could not post decides what would help; an invitation helps in channels alone."""
    story.scene.slack.fault("chat.postMessage", Fault(error=code))
    story.scene.slack.fault("response_url", GONE)

    await story.submit(channel=channel)
    told = await story.told("DM")

    assert advice in told.text
    assert ("/invite" in told.text) == ("/invite" in advice)


async def listed(story: Story, channel: str) -> Message:
    """Have this story's list shown; a look may get what was read before there was one."""
    for count in range(1, 4):
        await story.lead.command(f"list {story.name}", channel=channel)
        message = await story.told(channel, count=count)
        if "list_menu" in str(message.payload):
            break
    return message


@pytest.mark.parametrize("channel", [TRIO, PRIVATE])
async def test_advice_of_post(story: Story, channel: str) -> None:
    """The same holds where a list that exists is posted."""
    list_id = story.scene.kore.put(story.name)
    message = await listed(story, channel)
    await story.lead.choose(message, "list_menu", f"post:{list_id}")
    form = await story.lead.view()
    story.scene.slack.fault("response_url", GONE)

    await story.lead.submit(form)
    await story.lead.until(lambda: form.title == "Couldn't post")

    assert "To let me into a channel, type /invite @contactlists there" in form.text
    story.lead.close(form)


async def test_windows_are_stacked(story: Story) -> None:
    """Slack stacks three windows at most: the person reads what helps."""
    lead, workspace = story.lead, story.scene.slack.workspace
    view, _ = await story.submit()
    await story.ended(view)
    await asyncio.gather(*(lead.press(view, SHOW_DETAILS) for _ in range(2)))
    details = [await lead.view(), await lead.view()]
    await lead.until(lambda: all("Show all fields" in each.text for each in details))
    before = len(lead.sees("DM"))

    await lead.press(workspace.stack(view)[-1], ADD_CONTACTS)
    await lead.until(lambda: len(lead.sees("DM")) > before)

    assert lead.sees("DM")[-1].text == STACK_IS_FULL.message()["text"]
    for each in [view, *details]:
        lead.close(each)
