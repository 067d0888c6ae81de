"""How the local Slack reaches a bot over HTTP, and what an answer does."""

import time

import pytest
from slack_sdk.signature import SignatureVerifier

from sandbox.slack.delivery import Ack
from sandbox.slack.forms import CannotSubmit
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from tests.sandbox.stub_bot import SECRET, Bot


async def test_a_command_is_a_signed_form(slack: LocalSlack, bot: Bot) -> None:
    """The signature holds for slack_sdk, and the text is escaped."""
    ack = await Person(slack, "U0LEAD").command("R&D <b> for @jonas.weber in #general, not @nobody")
    request = bot.requests[0]
    assert ack == Ack(200, ack.seconds, "", None)
    assert SignatureVerifier(SECRET).is_valid_request(request.body, request.headers)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert {
        name: value for name, value in bot.last.items() if name not in {"response_url", "trigger_id"}
    } == {
        "token": "sandbox-verification-token",
        "team_id": "T0SANDBOX",
        "team_domain": "sandbox",
        "channel_id": "C0CAMPAIGN",
        "channel_name": "campaigns",
        "user_id": "U0LEAD",
        "user_name": "mina.okafor",
        "command": "/contactlist",
        "text": "R&amp;D &lt;b&gt; for <@U0AGENT|jonas.weber> in <#C0GENERAL|general>, not @nobody",
        "api_app_id": "A0SANDBOX",
        "is_enterprise_install": "false",
    }


@pytest.mark.parametrize(
    ("channel", "name"),
    [("C0PRIVATE", "privategroup"), ("D0PEERS", "directmessage"), ("DM", "directmessage")],
)
async def test_a_private_place_is_not_named(slack: LocalSlack, bot: Bot, channel: str, name: str) -> None:
    """The payload carries a placeholder."""
    await Person(slack, "U0LEAD").command(channel=channel)
    assert bot.last["channel_name"] == name


@pytest.mark.parametrize(("who", "channel"), [("U0LEAD", "C0ARCHIVE"), ("U0GUEST", "C0PRIVATE")])
async def test_nobody_types_where_they_cannot(slack: LocalSlack, who: str, channel: str) -> None:
    """An archived channel, or one that the person is not in."""
    with pytest.raises(CannotSubmit):
        await Person(slack, who).command(channel=channel)


async def test_nobody_looks_into_a_foreign_channel(slack: LocalSlack) -> None:
    """A private channel does not exist for others."""
    with pytest.raises(CannotSubmit):
        Person(slack, "U0GUEST").sees("C0PRIVATE")


async def test_a_shortcut_has_no_channel(slack: LocalSlack, bot: Bot) -> None:
    """And no response_url either."""
    await Person(slack, "U0LEAD").shortcut("create")
    assert bot.last["type"] == "shortcut"
    assert bot.last["callback_id"] == "create"
    assert bot.last["user"]["id"] == "U0LEAD"
    assert not {"channel", "response_url"} & set(bot.last)


async def test_a_late_answer_is_a_time_out(slack: LocalSlack, bot: Bot) -> None:
    """After the limit nobody listens any more."""
    assert slack.ack_seconds == 3
    slack.ack_seconds, bot.delay = 0.05, 0.2
    ack = await Person(slack, "U0LEAD").command()
    assert (ack.status, ack.error) == (0, "operation_timeout")
    assert ack.seconds >= 0.05


async def test_a_bot_that_is_away_or_fails_is_told_apart_from_a_slow_one(slack: LocalSlack, bot: Bot) -> None:
    """Anything but 200 is dispatch_failed."""
    bot.status = 404
    assert (await Person(slack, "U0LEAD").command()).error == "dispatch_failed"
    slack.request_url = "http://127.0.0.1:1/slack/events"
    assert (await Person(slack, "U0LEAD").command()).error == "dispatch_failed"
    slack.request_url = None
    assert (await Person(slack, "U0LEAD").command()).error == "dispatch_failed"


@pytest.mark.parametrize(
    ("answer", "others_see"),
    [("done", 0), ({"text": "done"}, 0), ({"text": "done", "response_type": "in_channel"}, 1)],
)
async def test_the_text_of_an_ack_is_shown(
    slack: LocalSlack, bot: Bot, answer: object, others_see: int
) -> None:
    """To the person, or to the channel when asked."""
    bot.answer = answer
    await Person(slack, "U0LEAD").command()
    assert [(one.text, one.via) for one in Person(slack, "U0LEAD").sees("C0CAMPAIGN")] == [("done", "ack")]
    assert len(Person(slack, "U0AGENT").sees("C0CAMPAIGN")) == others_see


async def test_a_faulty_answer_to_a_command_is_an_error(slack: LocalSlack, bot: Bot) -> None:
    """Nothing is shown then."""
    bot.answer = {"blocks": [{"type": "video"}]}
    assert (await Person(slack, "U0LEAD").command()).error == "invalid_blocks"
    bot.answer = {"text": "x", "response_type": "loud"}
    assert (await Person(slack, "U0LEAD").command()).error == "invalid_payload"
    assert Person(slack, "U0LEAD").sees("C0CAMPAIGN") == []


async def test_hostile_requests_can_be_signed(slack: LocalSlack) -> None:
    """At any time, for any body."""
    headers = slack.signed_headers(b"\xff", timestamp=1)
    assert headers["X-Slack-Request-Timestamp"] == "1"
    fresh = slack.signed_headers(b"{}")
    assert abs(int(fresh["X-Slack-Request-Timestamp"]) - time.time()) < 5
