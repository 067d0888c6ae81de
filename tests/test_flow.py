"""Whole stories, in both modes: what a person does in Slack, and what everybody sees then."""

import asyncio

import pytest

from sandbox.slack.live import live_parts
from sandbox.slack.traffic import Fault
from tests.story import CAMPAIGNS, GENERAL, PRIVATE, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_list_is_created_and_the_channel_hears_of_it(story: Story) -> None:
    """The main job: command, form, submission, one POST, the summary with the id, the result."""
    view, ack = await story.submit()
    assert ack.error is None
    summary = await story.told(CAMPAIGNS)
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    shown = story.scene.slack.workspace.read(summary.payload)
    for fact in (
        list_id,
        story.name,
        story.description,
        "Created by @Mina",
        "0 contacts",
        "duplicates not allowed",
        "ready",
    ):
        assert fact in shown
    assert "[ Details ]" in shown
    assert "Open in Kore.ai" not in shown, "nobody has said where that is"
    for fact in (list_id, story.name, story.description, "<@U0LEAD>", "ready", "0 contacts"):
        assert fact in summary.text
    ended = await story.ended(view)
    assert view.title == "Contact list created"
    assert list_id in ended
    assert "I posted the summary in #campaigns" in ended
    assert len(story.calls) == 1


async def test_kore_gets_exactly_what_was_typed(story: Story) -> None:
    """The request is the documented one: ids in query and headers, a bare JWT, a real boolean."""
    await story.submit(duplicates=["allow"])
    await story.told(CAMPAIGNS)
    (call,) = story.calls
    account = story.scene.kore.account
    assert call.body == {
        "name": story.name,
        "description": story.description,
        "source": "passiveApi",
        "allowDuplicates": True,
    }
    assert call.query == {"accountId": account.account_id}
    assert call.headers["accountId"] == account.account_id
    assert call.headers["iid"] == account.stream_id
    assert call.headers["auth"].count(".") == 2
    assert " " not in call.headers["auth"]


async def test_the_form_opens_filled_in_and_says_what_it_does(story: Story) -> None:
    """The name that was typed is in the form, the conversation is this one, the button's effect is told."""
    view = await story.form()
    assert story.name in view.text
    assert "#campaigns" in view.text
    assert "Creates an empty list in Kore.ai and posts a summary" in view.text


@pytest.mark.parametrize(
    "text", ["payload tests & more=1", "payload", "token=x&payload={}", "a <b> & c", "100 %"]
)
async def test_any_text_behind_the_command_is_a_name(story: Story, text: str) -> None:
    """No word and no sign behind the command is mistaken for anything but a name."""
    ack = await story.lead.command(text)
    assert ack.error is None
    view = await story.lead.view()
    assert f"Name: {text}\n" in view.text


async def test_a_long_name_is_cut_and_the_form_says_so(story: Story) -> None:
    """A name over the API's limit is cut to it; the hint under the field tells."""
    await story.lead.command("x" * 60)
    view = await story.lead.view()
    assert f"Name: {'x' * 48}\n" in view.text
    assert "to 48 characters" in view.text


@pytest.mark.parametrize("text", ["help", " HELP "])
async def test_help_answers_privately(story: Story, text: str) -> None:
    """`/contactlist help` tells the person alone how it is used, and opens nothing."""
    await story.lead.command(text)
    answer = story.lead.sees(CAMPAIGNS)[-1]
    assert answer.ephemeral_to == "U0LEAD"
    assert "/contactlist and a name" in answer.text


async def test_a_form_that_does_not_open_is_explained(story: Story) -> None:
    """When the trigger has expired the person reads, privately, what to type again."""
    story.scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    ack = await story.lead.command(story.name)
    assert ack.error is None
    answer = await story.told(CAMPAIGNS)
    assert answer.ephemeral_to == "U0LEAD"
    assert f"/contactlist {story.name}" in answer.text


async def test_the_shortcut_opens_the_same_form_and_asks_for_a_conversation(story: Story) -> None:
    """A shortcut names no channel: the form must be told one, and the summary goes there."""
    await story.lead.shortcut("create_contact_list")
    view = await story.lead.view()
    filled: dict[str, str | list[str] | None] = {"name": story.name, "description": story.description}
    await story.lead.submit(view, filled, unchecked=True)
    assert view.errors == {"conversation": "Choose where to post it."}
    await story.lead.submit(view, {"conversation": GENERAL})
    await story.told(GENERAL)


async def test_a_shortcut_whose_form_does_not_open_is_explained(story: Story) -> None:
    """Without a channel to answer in, the explanation comes as a direct message."""
    story.scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    before = len(story.lead.sees("DM"))
    await story.lead.shortcut("create_contact_list")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "couldn't open the form" in story.lead.sees("DM")[-1].text


async def test_without_a_chosen_conversation_the_commands_channel_hears(story: Story) -> None:
    """Clearing the conversation sends the summary to where the command was typed."""
    await story.submit(channel=GENERAL, conversation=None)
    await story.told(GENERAL)


async def test_all_field_errors_come_at_once_and_nothing_is_sent(story: Story) -> None:
    """Each wrong field has its sentence under it; the form stays; Kore.ai hears nothing."""
    view = await story.form()
    calls = len(story.scene.kore.calls)
    await story.lead.submit(view, {"name": "two\nlines", "description": "x" * 300}, unchecked=True)
    assert set(view.errors) == {"name", "description"}
    assert "line break" in view.errors["name"]
    assert "300 of 256 characters" in view.errors["description"]
    assert view.title == "New contact list"
    assert len(story.scene.kore.calls) == calls


async def test_what_is_sent_is_trimmed(story: Story) -> None:
    """Blanks around the name and the description do not reach Kore.ai."""
    view = await story.form()
    await story.lead.submit(view, {"name": f"  {story.name} ", "description": "\n told \n"})
    await story.told(CAMPAIGNS)
    (call,) = story.calls
    assert isinstance(call.body, dict)
    assert call.body["description"] == "told"


async def test_pressing_the_button_five_times_makes_one_list(story: Story) -> None:
    """However often Submit is pressed there is one POST and one summary."""
    view = await story.form()
    await asyncio.gather(
        *(story.lead.submit(view, {"description": "once"}, unchecked=True) for _ in range(5))
    )
    await story.told(CAMPAIGNS)
    await story.ended(view)
    assert len(story.calls) == 1


async def test_hostile_text_stays_text(story: Story) -> None:
    """A name and a description that would ping, link or format are shown as typed, and do nothing."""
    story.name = "<!channel> @here *b* `c`"
    story.description = "<https://evil.example|x> <@U0AGENT> _i_ ~s~ #general"
    view, _ = await story.submit()
    await story.ended(view)
    summary = story.lead.sees(CAMPAIGNS)[-1]
    live = live_parts(summary.payload)
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    assert set(live) == {"user:U0LEAD", f"format:`{list_id}`"}
    assert story.name in story.scene.slack.workspace.read(summary.payload)


async def test_a_private_channel_is_reached_through_the_response_url(story: Story) -> None:
    """The bot is not in the channel, but the person who chose it is: everybody there reads the summary."""
    await story.submit(conversation=PRIVATE)
    summary = await story.told(PRIVATE)
    assert summary.ephemeral_to is None
    assert summary.via == "response_url"


async def test_an_unreachable_channel_becomes_a_direct_message_with_advice(story: Story) -> None:
    """When the channel and the response_url both fail, the person gets the summary and the /invite hint."""
    story.scene.slack.fault("response_url", Fault(status=404, body="expired_url"))
    view, _ = await story.submit(conversation=PRIVATE)
    message = await story.told("DM")
    assert "/invite @" in message.text
    assert "I sent you the summary in a direct message" in await story.ended(view)


async def test_a_post_without_an_answer_is_not_posted_again(story: Story) -> None:
    """When Slack drops the connection the summary may be there: it is not sent again; the form says so."""
    story.scene.slack.fault("chat.postMessage", Fault(drop=True, after=True))
    view, _ = await story.submit()
    assert "didn't confirm the summary" in await story.ended(view)
    about = [each for each in story.lead.sees(CAMPAIGNS) if story.name in story.read(each)]
    assert len(about) == 1


async def test_a_rate_limited_post_is_waited_out(story: Story) -> None:
    """Slack's 429 delays the summary and loses nothing."""
    story.scene.slack.fault("chat.postMessage", Fault(status=429, retry_after=0))
    await story.submit()
    await story.told(CAMPAIGNS)


async def test_a_closed_form_changes_nothing_for_the_channel(story: Story) -> None:
    """Whoever closes the form at "Creating…" still finds the summary in the channel."""
    view, _ = await story.submit()
    story.lead.close(view)
    await story.told(CAMPAIGNS)


FOR_THE_ADMIN = {"unauthorized", "invalid_token", "scope_missing", "method_not_allowed", "stream_unknown"}
FAILURES = {
    "unauthorized": "rejected this app's credentials",
    "invalid_token": "rejected this app's sign-in",
    "scope_missing": "isn't allowed to create contact lists",
    "invalid": "didn't accept the name or the description",
    "method_not_allowed": "can't be found at the address",
    "flat_error": "didn't accept this list",
    "failure": "didn't accept this list",
    "firewall": "It may be the words",
    "limit_reached": "Kore.ai said: “Contact list limit reached”",
    "name_taken": "Choose another name, then try again.",
    "name_invalid": "Kore.ai said: “A contact list with this name already exists”",
    "stream_unknown": "Kore.ai said: “Stream not found”",
}


@pytest.mark.parametrize("fault", FAILURES)
async def test_a_failure_is_told_in_the_form_and_to_nobody_else(story: Story, fault: str) -> None:
    """Each failure becomes a sentence with what to do, or with whom to tell; the channel hears nothing."""
    story.scene.kore.fault(fault)
    view, _ = await story.submit()
    ended = await story.ended(view)
    assert FAILURES[fault] in ended
    assert ("[ Try again ]" in ended) is (fault not in FOR_THE_ADMIN)
    assert ("Ask your workspace admin to fix the setup" in ended) is (fault in FOR_THE_ADMIN)
    assert view.title == "Couldn't create list"
    assert len(story.calls) == 1
    assert not [each for each in story.lead.sees(CAMPAIGNS) if story.name in story.read(each)]


async def test_try_again_brings_back_what_was_typed(story: Story) -> None:
    """The form comes back filled in, in the same window; submitting it is a new decision."""
    story.scene.kore.fault("invalid")
    view, _ = await story.submit(duplicates=["allow"])
    await story.ended(view)
    await story.lead.press(view, "try_again")
    await story.lead.until(lambda: view.title == "New contact list")
    assert story.name in view.text
    assert story.description in view.text
    assert "[x] Allow duplicate contacts" in view.text
    assert "#campaigns" in view.text
    await story.lead.submit(view)
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 2


async def test_trouble_after_the_form_was_closed_is_told_privately(story: Story) -> None:
    """A closed form's failure comes as a direct message, and its button opens the filled form."""
    story.scene.kore.fault("invalid")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    assert "didn't accept the name or the description" in message.text
    await story.lead.press(message, "try_again")
    again = await story.lead.view()
    assert story.description in again.text
    await story.lead.submit(again)
    await story.told(CAMPAIGNS)


async def test_trouble_reaches_the_person_without_direct_messages(story: Story) -> None:
    """When Slack takes no direct message, the trouble is told in the channel to the one person."""
    story.scene.kore.fault("invalid")
    story.scene.slack.fault("chat.postMessage", Fault(error="messages_tab_disabled"))
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told(CAMPAIGNS)
    assert message.ephemeral_to == "U0LEAD"


async def test_try_again_in_a_message_whose_form_does_not_open_is_explained(story: Story) -> None:
    """An expired trigger behind *Try again* is told to the person."""
    story.scene.kore.fault("invalid")
    view, _ = await story.submit()
    story.lead.close(view)
    message = await story.told("DM")
    story.scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    before = len(story.lead.sees("DM"))
    await story.lead.press(message, "try_again")
    await story.lead.until(lambda: len(story.lead.sees("DM")) > before)
    assert "Slack couldn't open that. Try again." in story.lead.sees("DM")[-1].text


async def test_try_again_in_a_window_that_was_closed_is_quiet(story: Story) -> None:
    """Closing the window right after pressing *Try again* troubles nobody."""
    story.scene.kore.fault("invalid")
    view, _ = await story.submit()
    await story.ended(view)
    story.scene.slack.fault("views.update", Fault(error="not_found"))
    ack = await story.lead.press(view, "try_again")
    assert ack.error is None
    assert view.title == "Couldn't create list"
