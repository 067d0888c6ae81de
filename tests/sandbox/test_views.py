"""Triggers, views and their submissions in the local Slack."""

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.forms import CannotSubmit
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from tests.sandbox.stub_bot import BOXES, CHANNEL, ONE_OF, Bot, Clock, Json, error, modal, plain, text_input


async def test_a_trigger_lives_three_seconds_and_once(slack: LocalSlack, bot: Bot, clock: Clock) -> None:
    """Each way to be late has its code."""
    await Person(slack, "U0LEAD").command()
    trigger = bot.last["trigger_id"]
    clock.now += 3
    await bot.api.views_open(trigger_id=trigger, view=modal())
    assert await error(bot.api.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    await Person(slack, "U0LEAD").command()
    clock.now += 3.001
    call = bot.api.views_open(trigger_id=bot.last["trigger_id"], view=modal())
    assert await error(call) == "expired_trigger_id"
    assert await error(bot.api.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    assert await error(bot.api.api_call("views.open", json={"view": modal()})) == "invalid_trigger_id"
    assert await error(bot.api.api_call("views.open", json={})) == "invalid_arguments"


async def test_a_faulty_view_is_refused_with_reasons(slack: LocalSlack, bot: Bot) -> None:
    """They stand in response_metadata."""
    await Person(slack, "U0LEAD").command()
    with pytest.raises(SlackApiError) as caught:
        await bot.api.views_open(trigger_id=bot.last["trigger_id"], view=modal(title="T" * 25))
    assert caught.value.response["error"] == "invalid_arguments"
    assert "/view/title/text" in caught.value.response["response_metadata"]["messages"][0]


async def test_a_form_opens_for_the_person_who_asked(slack: LocalSlack, bot: Bot) -> None:
    """With the ids that the app left out filled in."""
    view = await bot.open(
        modal(
            text_input(initial_value="x"), ONE_OF, {"type": "divider"}, callback_id="c", private_metadata="m"
        )
    )
    assert (view.user_id, view.title, view.callback_id, view.private_metadata) == (
        "U0LEAD",
        "Create",
        "c",
        "m",
    )
    assert list(view.inputs) == ["name", "one"]
    assert view.text == "Create\n======\nName: x\nWhich (optional):\n  [x] A\n  [ ] B\n---\n[ Go ]"
    assert view.payload["blocks"][2]["block_id"]
    assert view.payload["blocks"][1]["element"]["action_id"]
    with pytest.raises(TimeoutError, match="no new form for jonas"):
        await Person(slack, "U0AGENT").view(timeout=0.01)


async def test_an_update_needs_the_newest_hash(slack: LocalSlack, bot: Bot) -> None:
    """Same id, new hash; a closed form is not found."""
    view = await bot.open(modal(external_id="mine"))
    old = view.hash
    answer = await bot.api.views_update(view_id=view.id, hash=old, view=modal(title="Two"))
    assert answer["view"]["id"] == view.id
    assert answer["view"]["hash"] == view.hash != old
    assert view.title == "Two"
    assert await error(bot.api.views_update(view_id=view.id, hash=old, view=modal())) == "hash_conflict"
    await bot.api.views_update(view_id=view.id, view=modal(external_id="other"))
    await bot.api.views_update(external_id="other", view=modal(title="Three"))
    assert await error(bot.api.views_update(external_id="mine", view=modal())) == "not_found"
    assert await error(bot.api.api_call("views.update", json={"view": modal()})) == "invalid_arguments"
    assert (
        await error(bot.api.views_update(view_id=view.id, view=modal({"type": "video"})))
        == "invalid_arguments"
    )
    Person(slack, "U0LEAD").close(view)
    assert await error(bot.api.views_update(view_id=view.id, view=modal())) == "not_found"


async def test_an_external_id_is_used_once(bot: Bot) -> None:
    """Among the forms that are open."""
    first = await bot.open(modal(external_id="mine"))
    await Person(bot.slack, "U0AGENT").command()
    call = bot.api.views_open(trigger_id=bot.last["trigger_id"], view=modal(external_id="mine"))
    assert await error(call) == "duplicate_external_id"
    Person(bot.slack, "U0LEAD").close(first)
    assert (await bot.open(modal(external_id="mine"), "U0AGENT")).state == "open"


async def test_an_update_keeps_what_was_typed(slack: LocalSlack, bot: Bot) -> None:
    """Where block_id and action_id stay the same."""
    view = await bot.open(modal(text_input("a"), text_input("b")))
    Person(slack, "U0LEAD").fill(view, {"a": "kept", "b": "lost"})
    await bot.api.views_update(
        view_id=view.id, view=modal(text_input("a"), text_input("c", initial_value="new"))
    )
    assert view.values == {("a", "typed"): "kept", ("c", "typed"): "new"}


async def test_what_was_typed_is_dropped_where_it_does_not_fit(slack: LocalSlack, bot: Bot) -> None:
    """The same ids, but boxes in the place of a text."""
    view = await bot.open(modal(text_input("boxes")))
    Person(slack, "U0LEAD").fill(view, {"boxes": "text"})
    element = {**BOXES["element"], "action_id": "typed"}
    await bot.api.views_update(view_id=view.id, view=modal({**BOXES, "element": element}))
    assert view.values == {("boxes", "typed"): []}


async def test_a_stack_holds_three_forms(slack: LocalSlack, bot: Bot) -> None:
    """A push needs a trigger from within a form, and the top one alone can be submitted."""
    person, view = Person(slack, "U0LEAD"), await bot.open(modal())
    call = bot.api.views_push(trigger_id=bot.last["trigger_id"], view=modal())
    assert await error(call) == "exchanged_trigger_id"
    bot.answer = {"response_action": "push", "view": modal(title="Second")}
    await person.submit(view, {"name": "x"})
    second = await person.view()
    assert (second.root_id, second.previous_id) == (view.id, view.id)
    with pytest.raises(CannotSubmit, match="lies over"):
        await person.submit(view)
    bot.answer = {"response_action": "errors", "errors": {"name": "no"}}
    await person.submit(second, {"name": "x"})
    await bot.api.views_push(trigger_id=bot.last["trigger_id"], view=modal(title="Third"))
    third = await person.view()
    assert third.previous_id == second.id
    await person.submit(third, {"name": "x"})
    call = bot.api.views_push(trigger_id=bot.last["trigger_id"], view=modal(title="Fourth"))
    assert await error(call) == "push_limit_reached"
    bot.answer = {"response_action": "clear"}
    await person.submit(third)
    assert {one.state for one in (view, second, third)} == {"closed"}


async def test_a_push_after_the_form_closed_is_too_late(slack: LocalSlack, bot: Bot) -> None:
    """As is one with a trigger from outside of any form."""
    view = await bot.open(modal())
    await Person(slack, "U0LEAD").submit(view, {"name": "x"})
    call = bot.api.views_push(trigger_id=bot.last["trigger_id"], view=modal())
    assert await error(call) == "invalid_trigger_id"


# Submitting


async def test_a_submission_carries_the_state(slack: LocalSlack, bot: Bot) -> None:
    """Each input in the shape of its type; an empty ack closes the form."""
    view = await bot.open(modal(text_input(), BOXES, CHANNEL, ONE_OF))
    ack = await Person(slack, "U0LEAD").submit(view, {"name": "Mina's\nlist", "boxes": ["no"], "one": "b"})
    assert (ack.error, view.state) == (None, "closed")
    sent = bot.last["view"]
    values = sent["state"]["values"]
    assert bot.last["type"] == "view_submission"
    assert values["name"]["typed"] == {"type": "plain_text_input", "value": "Mina's list"}
    assert values["boxes"]["ticked"]["selected_options"] == [{"text": plain("No"), "value": "no"}]
    assert next(iter(values["one"].values()))["selected_option"]["value"] == "b"
    assert values["where"]["chosen"]["selected_conversation"] == "C0CAMPAIGN"
    assert (sent["id"], sent["hash"], sent["callback_id"]) == (view.id, view.hash, "")


async def test_cleared_inputs_are_null(slack: LocalSlack, bot: Bot) -> None:
    """Or an empty list, for boxes."""
    view = await bot.open(modal(text_input(initial_value="x", optional=True), BOXES, CHANNEL, ONE_OF))
    cleared = {"name": None, "boxes": None, "where": None, "one": None}
    await Person(slack, "U0LEAD").submit(view, cleared)
    values = bot.last["view"]["state"]["values"]
    assert values["name"]["typed"]["value"] is None
    assert values["boxes"]["ticked"]["selected_options"] == []
    assert values["where"]["chosen"]["selected_conversation"] is None
    assert bot.last["response_urls"] == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "name: it is required"),
        ({"name": ""}, "name: it is required"),
        ({"name": "x"}, "shorter than 2"),
        ({"name": "x" * 6}, "longer than 5"),
        ({"name": "\U0001f600" * 3}, "longer than 5"),
        ({"name": ["x"]}, "takes a text"),
        ({"boxes": "yes"}, "takes a list"),
        ({"boxes": ["maybe"]}, "no option"),
        ({"other": "x"}, "no input 'other'"),
        ({"where": "D0PEERS"}, "not offered"),
        ({"where": "C0ARCHIVE"}, "not offered"),
        ({"where": "C0NONE"}, "not offered"),
    ],
)
async def test_slack_keeps_a_form_that_is_not_filled_in(
    slack: LocalSlack, bot: Bot, values: Json, reason: str
) -> None:
    """The bot hears nothing of it."""
    view = await bot.open(modal(text_input(min_length=2, max_length=5), BOXES, CHANNEL))
    with pytest.raises(CannotSubmit, match=reason):
        await Person(slack, "U0LEAD").submit(view, values)
    assert len(bot.requests) == 1


async def test_a_form_is_submitted_by_whom_it_is_open_for(slack: LocalSlack, bot: Bot) -> None:
    """And while it is open, and if it has a submit button."""
    view = await bot.open({"type": "modal", "title": plain("T"), "blocks": [{"type": "divider"}]})
    with pytest.raises(CannotSubmit, match="no submit button"):
        await Person(slack, "U0LEAD").submit(view)
    with pytest.raises(CannotSubmit, match="no such form"):
        await Person(slack, "U0AGENT").submit(view)
    Person(slack, "U0LEAD").close(view)
    with pytest.raises(CannotSubmit, match="no such form"):
        await Person(slack, "U0LEAD").submit(view)


async def test_a_second_press_may_be_on_its_way(slack: LocalSlack, bot: Bot) -> None:
    """Unchecked, the same form is submitted twice; the second ack finds it closed."""
    view = await bot.open(modal(text_input(max_length=2)))
    person = Person(slack, "U0LEAD")
    await person.submit(view, {"name": "long\ntext"}, unchecked=True)
    assert bot.last["view"]["state"]["values"]["name"]["typed"]["value"] == "long\ntext"
    bot.answer = {"response_action": "errors", "errors": {"name": "no"}}
    assert (await person.submit(view, unchecked=True)).error is None
    assert (view.state, view.errors, len(bot.requests)) == ("closed", {}, 3)


async def test_the_channel_starts_where_the_command_was_typed(slack: LocalSlack, bot: Bot) -> None:
    """Unless the filter leaves it out, the app names another, or it was a shortcut."""
    view = await bot.open(modal(CHANNEL), channel="C0PRIVATE")
    assert view.values["where", "chosen"] == "C0PRIVATE"
    assert "Post to (optional): #private-plans" in view.text
    view = await bot.open(modal(CHANNEL), channel="DM")
    assert view.values["where", "chosen"] is None
    named = {**CHANNEL, "element": {**CHANNEL["element"], "initial_conversation": "C0GENERAL"}}
    assert (await bot.open(modal(named))).values["where", "chosen"] == "C0GENERAL"
    await Person(slack, "U0LEAD").shortcut("create")
    await bot.api.views_open(trigger_id=bot.last["trigger_id"], view=modal(CHANNEL))
    assert (await Person(slack, "U0LEAD").view()).values["where", "chosen"] is None


async def test_a_menu_without_the_bots_own_messages(slack: LocalSlack, bot: Bot) -> None:
    """exclude_bot_users takes the direct messages with the bot away, and nothing else does."""
    element = {"type": "conversations_select", "action_id": "chosen", "default_to_current_conversation": True}
    view = await bot.open(modal({**CHANNEL, "element": element}), channel="DM")
    assert view.values["where", "chosen"] == "D0LEAD"
    element["filter"] = {"exclude_bot_users": True}
    view = await bot.open(modal({**CHANNEL, "element": element}), channel="DM")
    assert view.values["where", "chosen"] is None
    assert slack.workspace.channels["D0LEAD"].members == {"U0LEAD", "U0BOT"}


async def test_field_errors_keep_the_form_open(slack: LocalSlack, bot: Bot) -> None:
    """Until the next submission."""
    person, view = Person(slack, "U0LEAD"), await bot.open(modal())
    bot.answer = {"response_action": "errors", "errors": {"name": "Taken"}}
    await person.submit(view, {"name": "x"})
    assert (view.state, view.errors, view.alert) == ("open", {"name": "Taken"}, None)
    assert "  ! Taken" in view.text
    bot.answer = {"response_action": "update", "view": modal({"type": "divider"}, title="Creating")}
    old = view.hash
    await person.submit(view)
    assert (view.title, view.errors, view.state) == ("Creating", {}, "open")
    assert view.hash != old


@pytest.mark.parametrize(
    "answer",
    [
        "what?",
        {"response_action": "errors"},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"other": "x"}},
        {"response_action": "errors", "errors": {"name": ""}},
        {"response_action": "update"},
        {"response_action": "update", "view": modal(title="T" * 25)},
        {"response_action": "push", "view": "x"},
        {"response_action": "explode"},
        {"text": "x"},
    ],
)
async def test_a_faulty_ack_shows_the_alert(slack: LocalSlack, bot: Bot, answer: object) -> None:
    """The form stays open, as it was."""
    view = await bot.open(modal())
    bot.answer = answer
    await Person(slack, "U0LEAD").submit(view, {"name": "x"})
    assert (view.state, view.title, view.alert) == (
        "open",
        "Create",
        "We had some trouble connecting. Try again?",
    )
    assert view.text.endswith("Try again?")


async def test_an_ack_that_fails_shows_the_alert(slack: LocalSlack, bot: Bot) -> None:
    """The next submission takes it away."""
    view, bot.status = await bot.open(modal()), 500
    assert (await Person(slack, "U0LEAD").submit(view, {"name": "x"})).error == "dispatch_failed"
    assert view.alert
    bot.status = 200
    await Person(slack, "U0LEAD").submit(view)
    assert view.state == "closed"
    assert "trouble" not in view.text
