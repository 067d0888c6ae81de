"""What the methods of the local Slack give and refuse."""

import json
from dataclasses import replace

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.people import Person
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.workspace import Message
from tests.sandbox.stub_bot import APP, BOT, SECRET, Bot, Clock, Json, buttons, error


async def test_auth_test_names_the_bot_and_its_scopes(bot: Bot) -> None:
    """The scopes stand in a header."""
    answer = await bot.api.auth_test()
    assert answer["user_id"] == "U0BOT"
    assert answer["bot_id"] == "B0BOT"
    assert answer.headers["x-oauth-scopes"].split(",") == sorted(DEFAULT_SCOPES)


@pytest.mark.parametrize(
    ("token", "method", "code"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        ("xapp-other", "apps.connections.open", "invalid_auth"),
        (BOT, "apps.connections.open", "not_allowed_token_type"),
        (APP, "chat.postMessage", "not_allowed_token_type"),
        (BOT, "chat.shout", "unknown_method"),
        (BOT, "conversations.info", "missing_scope"),
    ],
)
async def test_a_call_needs_its_token_and_scope(
    slack: LocalSlack, token: str, method: str, code: str
) -> None:
    """What is wrong first is told first."""
    assert await error(AsyncWebClient(token, base_url=slack.api_url).api_call(method)) == code


async def test_a_missing_scope_is_named(bot: Bot, slack: LocalSlack) -> None:
    """The answer says what is needed and what there is."""
    slack.scopes = DEFAULT_SCOPES - {"users:read"}
    with pytest.raises(SlackApiError) as caught:
        await bot.api.users_info(user="U0LEAD")
    assert caught.value.response["needed"] == "users:read"
    assert "chat:write" in caught.value.response["provided"]


async def test_the_token_may_stand_in_a_form(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """As the method pages allow, and blocks may be a text of JSON there."""
    form = {"token": BOT, "channel": "#campaigns", "blocks": json.dumps([{"type": "divider"}])}
    async with session.post(slack.api_url + "chat.postMessage", data=form) as response:
        assert (await response.json())["ok"] is True
    assert slack.workspace.channels["C0CAMPAIGN"].messages[0].blocks[0]["type"] == "divider"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, "invalid_json"),
        ({"json": []}, "json_not_object"),
        ({"data": {"blocks": "[{"}}, "invalid_blocks_format"),
        ({"data": {"view": "{"}}, "invalid_arguments"),
    ],
)
async def test_unreadable_arguments_are_refused(
    slack: LocalSlack, session: aiohttp.ClientSession, sent: Json, code: str
) -> None:
    """With a 200 and an error code, as everything here."""
    async with session.post(slack.api_url + "chat.postMessage", **sent) as response:
        assert response.status == 200
        assert await response.json() == {"ok": False, "error": code}


# Looking things up


async def test_people_channels_and_groups_can_be_looked_up(clock: Clock) -> None:
    """Given the scopes, and nothing that the bot cannot know of."""
    scopes = DEFAULT_SCOPES | {"channels:read"}
    made = LocalSlack(signing_secret=SECRET, bot_token=BOT, app_token=APP, clock=clock, scopes=scopes)
    async with made as slack:
        client = AsyncWebClient(BOT, base_url=slack.api_url)
        assert (await client.users_info(user="U0LEAD"))["user"]["real_name"] == "Mina Okafor"
        assert await error(client.users_info(user="U0NOBODY")) == "user_not_found"
        slack.workspace.people["U0GUEST"] = replace(slack.workspace.people["U0GUEST"], is_deactivated=True)
        deleted = [(await client.users_info(user=each))["user"]["deleted"] for each in ("U0LEAD", "U0GUEST")]
        assert deleted == [False, True]
        channel = (await client.conversations_info(channel="C0GENERAL"))["channel"]
        assert (channel["name"], channel["is_member"], channel["is_private"]) == ("general", False, False)
        for unknown in ("C0PRIVATE", "D0PEERS", "C0NONE"):
            assert await error(client.conversations_info(channel=unknown)) == "channel_not_found"
        assert (await client.usergroups_users_list(usergroup="S0LEADS"))["users"] == ["U0LEAD"]
        assert await error(client.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"


async def test_a_message_has_a_link(bot: Bot) -> None:
    """No scope is needed; what the bot cannot know of is not there."""
    ts = (await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="here"))["ts"]
    link = await bot.api.chat_getPermalink(channel="C0CAMPAIGN", message_ts=ts)
    assert link["channel"] == "C0CAMPAIGN"
    assert link["permalink"] == f"https://sandbox.slack.com/archives/C0CAMPAIGN/p{ts.replace('.', '')}"
    for known in ("C0CAMPAIGN", "C0GENERAL", "C0ARCHIVE"):
        assert await error(bot.api.chat_getPermalink(channel=known, message_ts="1.0")) == "message_not_found"
    for unknown in ("C0PRIVATE", "D0PEERS", "C0NONE", "campaigns"):
        assert await error(bot.api.chat_getPermalink(channel=unknown, message_ts=ts)) == "channel_not_found"
    private = await bot.api.chat_postEphemeral(channel="C0CAMPAIGN", user="U0LEAD", text="to you")
    await bot.api.chat_delete(channel="C0CAMPAIGN", ts=ts)
    for gone in (ts, private["message_ts"]):
        call = bot.api.chat_getPermalink(channel="C0CAMPAIGN", message_ts=gone)
        assert await error(call) == "message_not_found"


async def test_direct_messages_are_opened_once(bot: Bot) -> None:
    """The second time they are already open."""
    first = await bot.api.conversations_open(users=["U0AGENT"])
    second = await bot.api.conversations_open(users="U0AGENT")
    assert (first["channel"], first["already_open"]) == (second["channel"], False)
    assert second["already_open"] is True


@pytest.mark.parametrize(
    ("users", "code"),
    [
        ("", "users_list_not_supplied"),
        ("U0LEAD,U0AGENT", "too_many_users"),
        ("U0NOBODY", "user_not_found"),
        ("U0BOT", "cannot_dm_bot"),
    ],
)
async def test_only_a_person_can_be_written_to(bot: Bot, users: str, code: str) -> None:
    """One, known, and not the bot itself."""
    assert await error(bot.api.conversations_open(users=users)) == code


# Messages


async def test_a_posted_message_is_seen_by_all_in_the_channel(slack: LocalSlack, bot: Bot) -> None:
    """With what was given, as it was received."""
    answer = await bot.api.chat_postMessage(
        channel="C0CAMPAIGN",
        text="hi",
        blocks=buttons("a"),
        metadata={"event_type": "x", "event_payload": {"a": 1}},
        unfurl_links=False,
    )
    message = await Person(slack, "U0GUEST").message("C0CAMPAIGN")
    assert (message.ts, message.text, message.author) == (answer["ts"], "hi", "bot")
    assert message.payload["unfurl_links"] is False
    assert message.metadata == {"event_type": "x", "event_payload": {"a": 1}}
    assert answer["message"]["metadata"] == message.metadata
    assert Person(slack, "U0LEAD").sees("C0CAMPAIGN") == [message]


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("C0PRIVATE", "channel_not_found"),
        ("D0PEERS", "channel_not_found"),
        ("C0NONE", "channel_not_found"),
        ("", "channel_not_found"),
        ("U0NOBODY", "user_not_found"),
        ("C0ARCHIVE", "is_archived"),
    ],
)
async def test_the_bot_cannot_post_everywhere(bot: Bot, channel: str, code: str) -> None:
    """Neither openly nor to one person."""
    assert await error(bot.api.chat_postMessage(channel=channel, text="x")) == code
    assert await error(bot.api.chat_postEphemeral(channel=channel, user="U0LEAD", text="x")) == code


async def test_a_public_channel_takes_the_scope_or_membership(clock: Clock, bot: Bot) -> None:
    """chat:write.public opens the channels that the bot is not in."""
    assert (await bot.api.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
    made = LocalSlack(
        signing_secret=SECRET, bot_token=BOT, app_token=APP, clock=clock, scopes=frozenset({"chat:write"})
    )
    async with made as other:
        client = AsyncWebClient(BOT, base_url=other.api_url)
        assert await error(client.chat_postMessage(channel="C0GENERAL", text="x")) == "not_in_channel"
        assert (await client.chat_postMessage(channel="C0CAMPAIGN", text="x"))["ok"]


async def test_posting_to_a_person_opens_the_direct_messages(slack: LocalSlack, bot: Bot) -> None:
    """And they are found as "DM"."""
    answer = await bot.api.chat_postMessage(channel="U0LEAD", text="x")
    assert answer["channel"].startswith("D")
    assert [one.text for one in Person(slack, "U0LEAD").sees("DM")] == ["x"]
    assert Person(slack, "U0AGENT").sees("DM") == []


async def test_an_ephemeral_message_is_for_one(slack: LocalSlack, bot: Bot) -> None:
    """Both have to be in the channel, and nobody can change it later."""
    answer = await bot.api.chat_postEphemeral(channel="C0CAMPAIGN", user="U0LEAD", text="psst")
    assert [one.text for one in Person(slack, "U0LEAD").sees("C0CAMPAIGN")] == ["psst"]
    assert Person(slack, "U0AGENT").sees("C0CAMPAIGN") == []
    change = bot.api.chat_update(channel="C0CAMPAIGN", ts=answer["message_ts"], text="x")
    assert await error(change) == "message_not_found"
    call = bot.api.chat_postEphemeral(channel="C0GENERAL", user="U0LEAD", text="x")
    assert await error(call) == "not_in_channel"
    call = bot.api.chat_postEphemeral(channel="C0CAMPAIGN", user="U0NOBODY", text="x")
    assert await error(call) == "user_not_in_channel"


async def test_the_bot_changes_and_deletes_its_own_messages_alone(slack: LocalSlack, bot: Bot) -> None:
    """A deleted message is gone for everybody."""
    ts = (await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="one"))["ts"]
    await bot.api.chat_update(channel="C0CAMPAIGN", ts=ts, text="two")
    person = Person(slack, "U0LEAD")
    assert [(one.text, one.edits) for one in person.sees("C0CAMPAIGN")] == [("two", 1)]
    await bot.api.chat_delete(channel="C0CAMPAIGN", ts=ts)
    assert person.sees("C0CAMPAIGN") == []
    assert await error(bot.api.chat_delete(channel="C0CAMPAIGN", ts=ts)) == "message_not_found"
    theirs = Message("1.2", "C0CAMPAIGN", "U0LEAD", "mine", [], {}, None, "client")
    slack.workspace.channels["C0CAMPAIGN"].messages.append(theirs)
    assert await error(bot.api.chat_update(channel="C0CAMPAIGN", ts="1.2", text="x")) == "cant_update_message"
    assert await error(bot.api.chat_delete(channel="C0CAMPAIGN", ts="1.2")) == "cant_delete_message"


async def test_a_reply_stands_in_a_thread(slack: LocalSlack, bot: Bot) -> None:
    """Its answer says so; a reply to what is gone, or to a reply, stands in the channel without a word."""
    parent = (await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="parent"))["ts"]
    reply = await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="reply", thread_ts=parent)
    assert reply["message"]["thread_ts"] == parent
    await bot.api.chat_update(channel="C0CAMPAIGN", ts=reply["ts"], text="changed")
    to_a_reply = await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="x", thread_ts=reply["ts"])
    await bot.api.chat_delete(channel="C0CAMPAIGN", ts=parent)
    too_late = await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="x", thread_ts=parent)
    for stray in (to_a_reply, too_late):
        assert "thread_ts" not in stray["message"]
    shown = [(one.text, one.thread_ts) for one in Person(slack, "U0LEAD").sees("C0CAMPAIGN")]
    assert shown == [("changed", parent), ("x", None), ("x", None)]
    number = {"channel": "C0CAMPAIGN", "text": "x", "thread_ts": float(parent)}
    assert await error(bot.api.api_call("chat.postMessage", json=number)) == "invalid_arguments"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ],
)
async def test_a_faulty_message_is_refused(bot: Bot, sent: Json, code: str) -> None:
    """With the code of its first problem."""
    assert await error(bot.api.api_call("chat.postMessage", json={"channel": "C0CAMPAIGN", **sent})) == code
