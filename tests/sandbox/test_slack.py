"""The local Slack as a server: what it refuses, what it sends, and what people in it can do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.delivery import Ack, over_socket
from sandbox.slack.people import CannotSubmit, Person
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.sockets import Sockets
from sandbox.slack.traffic import Fault, masked
from sandbox.slack.workspace import Message, View

Json = dict[str, Any]
SECRET, BOT, APP = "signing-secret", "xoxb-sandbox", "xapp-sandbox"
START = 1_764_926_520.0


def plain(text: str) -> Json:
    """Build a plain_text object."""
    return {"type": "plain_text", "text": text}


def text_input(block_id: str = "name", **more: object) -> Json:
    """Build a text input; `optional` goes to the block."""
    block = {name: more.pop(name) for name in ("optional",) if name in more}
    element = {"type": "plain_text_input", "action_id": "typed", **more}
    return {"type": "input", "block_id": block_id, "label": plain("Name"), "element": element, **block}


def modal(*blocks: Json, title: str = "Create", **more: object) -> Json:
    """Build a modal; by default with one text input."""
    submit = {"submit": plain("Go")}
    return {
        "type": "modal",
        "title": plain(title),
        **submit,
        "blocks": list(blocks) or [text_input()],
        **more,
    }


def buttons(*action_ids: str) -> list[Json]:
    """Build an actions block."""
    elements = [
        {"type": "button", "action_id": name, "text": plain(name), "value": "v"} for name in action_ids
    ]
    return [{"type": "actions", "block_id": "do", "elements": elements}]


CHANNEL: Json = {
    "type": "input",
    "block_id": "where",
    "optional": True,
    "label": plain("Post to"),
    "element": {
        "type": "conversations_select",
        "action_id": "chosen",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    },
}
BOXES: Json = {
    "type": "input",
    "block_id": "boxes",
    "optional": True,
    "label": plain("Also"),
    "element": {
        "type": "checkboxes",
        "action_id": "ticked",
        "options": [{"text": plain("Yes"), "value": "yes"}, {"text": plain("No"), "value": "no"}],
    },
}
ONE_OF: Json = {
    "type": "input",
    "block_id": "one",
    "optional": True,
    "label": plain("Which"),
    "element": {
        "type": "radio_buttons",
        "options": [{"text": plain("A"), "value": "a"}, {"text": plain("B"), "value": "b"}],
        "initial_option": {"text": plain("A"), "value": "a"},
    },
}


@dataclass
class Request:
    """What the bot received."""

    headers: dict[str, str]
    body: str
    fields: Json


@dataclass
class Bot:
    """A bot that answers what it is told, and may call Slack before it does."""

    slack: LocalSlack
    api: AsyncWebClient
    requests: list[Request] = field(default_factory=list)
    answer: object = ""
    status: int = 200
    delay: float = 0
    before: Callable[[Json], Coroutine[Any, Any, object]] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """Take one request of Slack."""
        body = await request.text()
        fields: Json = dict(parse_qsl(body, keep_blank_values=True))
        fields = json.loads(fields["payload"]) if "payload" in fields else fields
        self.requests.append(Request(dict(request.headers), body, fields))
        if self.before is not None:
            await self.before(fields)
        await asyncio.sleep(self.delay)
        if isinstance(self.answer, str):
            return web.Response(status=self.status, text=self.answer)
        return web.json_response(self.answer, status=self.status)

    @property
    def last(self) -> Json:
        """The fields or payload of the latest request."""
        return self.requests[-1].fields

    async def open(self, view: Json, who: str = "U0LEAD", **command: str) -> View:
        """Let a command open this form."""
        await Person(self.slack, who).command(**command)
        await self.api.views_open(trigger_id=self.last["trigger_id"], view=view)
        return await Person(self.slack, who).view()


@dataclass
class Clock:
    """A clock that stands still until it is moved, in epoch seconds."""

    now: float = START

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give the clock of the local Slack."""
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[LocalSlack]:
    """Start a local Slack."""
    async with LocalSlack(signing_secret=SECRET, bot_token=BOT, app_token=APP, clock=clock) as server:
        yield server


@pytest.fixture
async def bot(slack: LocalSlack) -> AsyncIterator[Bot]:
    """Start a bot in HTTP mode."""
    made = Bot(slack, AsyncWebClient(BOT, base_url=slack.api_url))
    app = web.Application()
    app.router.add_post("/slack/events", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Give a plain HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def error(call: Coroutine[Any, Any, object]) -> str:
    """Give the error code that a call ends in."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


# Tokens, scopes, arguments


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


# Requests to the bot over HTTP


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


# Triggers and forms


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


# Buttons


async def test_a_button_in_a_message_says_where_it_stands(slack: LocalSlack, bot: Bot) -> None:
    """With a response_url that can replace or delete the message."""
    await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="x", blocks=buttons("again", "drop"))
    person = Person(slack, "U0LEAD")
    message = await person.message("C0CAMPAIGN")
    await person.press(message, "again")
    assert bot.last["type"] == "block_actions"
    action = bot.last["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("again", "do", "v")
    assert bot.last["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0CAMPAIGN",
        "is_ephemeral": False,
    }
    assert bot.last["message"]["ts"] == message.ts
    hook = AsyncWebhookClient(bot.last["response_url"])
    assert (await hook.send(text="new", replace_original=True)).body == "ok"
    assert [one.text for one in person.sees("C0CAMPAIGN")] == ["new"]
    await hook.send(delete_original=True)
    assert person.sees("C0CAMPAIGN") == []
    await hook.send(text="after", replace_original=True)
    assert [one.text for one in person.sees("C0CAMPAIGN")] == ["after"]
    with pytest.raises(CannotSubmit):
        await person.press(message, "again")


async def test_a_button_in_an_ephemeral_message_does_not_repeat_it(slack: LocalSlack, bot: Bot) -> None:
    """And nobody else can press it."""
    bot.answer = {"text": "x", "blocks": buttons("again")}
    await Person(slack, "U0LEAD").command()
    message = await Person(slack, "U0LEAD").message("C0CAMPAIGN")
    bot.answer = ""
    await Person(slack, "U0LEAD").press(message, "again")
    assert "message" not in bot.last
    assert bot.last["container"]["is_ephemeral"] is True
    with pytest.raises(CannotSubmit):
        await Person(slack, "U0AGENT").press(message, "again")


async def test_a_button_in_a_form_brings_a_trigger_for_it(slack: LocalSlack, bot: Bot) -> None:
    """A view has no response_url."""
    view = await bot.open(modal(text_input(), *buttons("more")))
    person = Person(slack, "U0LEAD")
    person.fill(view, {"name": "half"})
    await person.press(view, "more")
    assert bot.last["container"] == {"type": "view", "view_id": view.id}
    assert bot.last["view"]["state"]["values"]["name"]["typed"]["value"] == "half"
    assert "response_url" not in bot.last
    await bot.api.views_push(trigger_id=bot.last["trigger_id"], view=modal(title="More"))
    assert (await person.view()).previous_id == view.id
    for where, name in ((view, "less"), (view, "typed")):
        with pytest.raises(CannotSubmit):
            await person.press(where, name)
    person.close(view)
    with pytest.raises(CannotSubmit):
        await person.press(view, "more")


# Response URLs


async def test_a_response_url_reaches_where_the_bot_is_not(slack: LocalSlack, bot: Bot) -> None:
    """To the person alone, unless it says in_channel; five times."""
    await Person(slack, "U0LEAD").command(channel="C0PRIVATE")
    hook = AsyncWebhookClient(bot.last["response_url"])
    await hook.send(text="mine")
    await hook.send(text="ours", response_type="in_channel")
    assert [one.text for one in Person(slack, "U0LEAD").sees("C0PRIVATE")] == ["mine", "ours"]
    assert [one.via for one in Person(slack, "U0AGENT").sees("C0PRIVATE")] == ["response_url"]
    await hook.send(text="gone?", delete_original=True)
    assert (await hook.send(text="")).status_code == 400
    assert (await hook.send(text="x", response_type="loud")).body == "invalid_payload"
    sixth = await hook.send(text="x")
    assert (sixth.status_code, sixth.body) == (404, "used_url")


async def test_a_response_url_ends_after_half_an_hour(
    slack: LocalSlack, bot: Bot, clock: Clock, session: aiohttp.ClientSession
) -> None:
    """And one that never was is unknown."""
    await Person(slack, "U0LEAD").command()
    url = bot.last["response_url"]
    async with session.post(url, data="{", headers={"Content-Type": "application/json"}) as response:
        assert (response.status, await response.text()) == (400, "invalid_payload")
    clock.now += 1801
    async with session.post(url, json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (404, "expired_url")
    async with session.post(url + "x", json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (404, "invalid_url")


async def test_a_response_url_does_not_reach_an_archived_channel(slack: LocalSlack, bot: Bot) -> None:
    """Nobody can write there."""
    await Person(slack, "U0LEAD").command()
    slack.workspace.channels["C0CAMPAIGN"].is_archived = True
    answer = await AsyncWebhookClient(bot.last["response_url"]).send(text="x")
    assert (answer.status_code, answer.body) == (400, "is_archived")


async def test_a_chosen_channel_brings_its_response_url(slack: LocalSlack, bot: Bot) -> None:
    """As the menu's response_url_enabled asks."""
    view = await bot.open(modal(CHANNEL))
    await Person(slack, "U0LEAD").submit(view, {"where": "C0PRIVATE"})
    found = bot.last["response_urls"][0]
    assert (found["block_id"], found["action_id"], found["channel_id"]) == ("where", "chosen", "C0PRIVATE")
    await AsyncWebhookClient(found["response_url"]).send(text="there", response_type="in_channel")
    assert (await Person(slack, "U0AGENT").message("C0PRIVATE")).text == "there"


# Faults, waiting, and what went over the wire


@pytest.mark.parametrize(
    ("fault", "status", "posted"),
    [
        (Fault(error="internal_error"), 200, 0),
        (Fault(error="fatal_error", after=True), 200, 1),
        (Fault(retry_after=7), 429, 0),
        (Fault(status=429, after=True), 429, 1),
        (Fault(status=503), 503, 0),
        (Fault(status=503, body="<html>"), 503, 0),
        (Fault(body="<html>", delay=0.01), 200, 0),
        (Fault(delay=0.01), 200, 1),
    ],
)
async def test_a_fault_takes_the_place_of_an_answer(
    slack: LocalSlack, session: aiohttp.ClientSession, fault: Fault, status: int, posted: int
) -> None:
    """Before or after the effect, as it was asked for, and once."""
    slack.fault("chat.postMessage", fault)
    call: Json = {
        "json": {"channel": "C0CAMPAIGN", "text": "x"},
        "headers": {"Authorization": f"Bearer {BOT}"},
    }
    async with session.post(slack.api_url + "chat.postMessage", **call) as response:
        assert response.status == status
        text = await response.text()
        waits = response.headers.get("Retry-After")
        assert waits == (str(fault.retry_after or 1) if status == 429 else None)
    assert fault.body is None or text == fault.body
    assert fault.error is None or json.loads(text) == {"ok": False, "error": fault.error}
    assert len(slack.workspace.channels["C0CAMPAIGN"].messages) == posted
    assert slack.traffic[-1].seconds >= fault.delay
    async with session.post(slack.api_url + "chat.postMessage", **call) as response:
        assert (await response.json())["ok"] is True


async def test_a_dropped_connection_has_no_answer(
    slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession
) -> None:
    """Also for a response_url, and with the effect if that was asked for."""
    await Person(slack, "U0LEAD").command()
    slack.fault("response_url", Fault(drop=True), times=1)
    slack.fault("response_url", Fault(drop=True, after=True))
    for posted in (0, 1):
        with pytest.raises(aiohttp.ClientError):
            await session.post(bot.last["response_url"], json={"text": "x"})
        assert slack.traffic[-1].status == 0
        assert len(Person(slack, "U0LEAD").sees("C0CAMPAIGN")) == posted


async def test_waiting_ends_with_a_change_or_a_readable_error(slack: LocalSlack, bot: Bot) -> None:
    """No polling: whoever waits is woken."""
    person = Person(slack, "U0LEAD")
    waiting = asyncio.create_task(person.message("C0CAMPAIGN"))
    await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="one")
    assert (await waiting).text == "one"
    await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="two")
    assert (await person.message("C0CAMPAIGN")).text == "two"
    await person.until(lambda: len(slack.traffic) == 2)
    await bot.open(modal())
    with pytest.raises(TimeoutError, match=r"(?s)no new message for mina.*open form of U0LEAD: Create.*two"):
        await person.message("C0CAMPAIGN", timeout=0.01)
    told = asyncio.get_running_loop().time() + 0.02
    await person.until(lambda: asyncio.get_running_loop().time() > told, timeout=0.05)


async def test_the_traffic_is_kept_in_order_and_can_be_masked(slack: LocalSlack, bot: Bot) -> None:
    """Secrets are in it, and not in its masked copy."""
    view = await bot.open(modal(CHANNEL))
    await Person(slack, "U0LEAD").submit(view)
    url = bot.last["response_urls"][0]["response_url"]
    await AsyncWebhookClient(url).send(text=f"see {url} and {BOT}")
    kinds = [(one.sender, one.what) for one in slack.traffic]
    assert kinds == [
        ("slack", "POST /slack/events"),
        ("bot", "views.open"),
        ("slack", "POST /slack/events"),
        ("bot", "response_url"),
    ]
    shown = str([one.masked() for one in slack.traffic])
    secret = url.rsplit("/", 1)[1]
    assert secret in str(slack.traffic)
    for hidden in (secret, BOT, bot.requests[0].fields["trigger_id"]):
        assert hidden not in shown
    assert "••••" in shown


def test_masking_leaves_the_rest_alone() -> None:
    """Numbers, lists and other words stay."""
    assert masked({"token": None, "a": [1, "xoxb-1-a", True]}) == {"token": None, "a": [1, "••••", True]}


# Socket Mode


@pytest.fixture
async def socket(slack: LocalSlack) -> AsyncIterator[SocketModeClient]:
    """Connect slack_sdk's client, which acks whatever comes with `socket.reply`."""
    client = SocketModeClient(APP, web_client=AsyncWebClient(base_url=slack.api_url), ping_interval=0.1)
    seen: list[SocketModeRequest] = []

    async def listen(receiver: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        seen.append(request)
        payload = {"text": "hi"} if request.type == "slash_commands" else None
        await receiver.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call] # the SDK leaves it without types
    yield client
    await client.close()  # type: ignore[no-untyped-call] # the same
    await client.aiohttp_client_session.close()


async def test_socket_mode_carries_commands_and_interaction(
    slack: LocalSlack, socket: SocketModeClient
) -> None:
    """The ack's payload is what an HTTP answer's body is."""
    person = Person(slack, "U0LEAD")
    await person.until(lambda: slack.sockets == 1)
    ack = await person.command("x")
    assert (ack.status, ack.body, ack.error) == (200, {"text": "hi"}, None)
    assert (await person.message("C0CAMPAIGN")).text == "hi"
    ack = await person.shortcut("create")
    assert (ack.body, ack.error) == ("", None)
    assert [one.what for one in slack.traffic][1:] == ["socket slash_commands", "socket interactive"]
    assert await socket.is_connected()


async def test_a_client_comes_again_when_it_is_told_to(slack: LocalSlack, socket: SocketModeClient) -> None:
    """With a new ticket."""
    person = Person(slack, "U0LEAD")
    await person.until(lambda: slack.sockets == 1)
    await slack.disconnect_sockets()
    await person.until(lambda: slack.sockets == 1)
    assert (await person.command("x")).error is None
    assert [one.what for one in slack.traffic].count("apps.connections.open") >= 2
    assert socket.wss_uri is not None


async def _connect(slack: LocalSlack, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    answer = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP)
    return await session.ws_connect(answer["url"])


async def test_a_ticket_is_good_for_one_connection(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """And a connection begins with a hello."""
    url = (await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP))["url"]
    first = await session.ws_connect(url)
    hello = await first.receive_json()
    assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", "A0SANDBOX")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


async def test_ten_connections_take_turns(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """The eleventh is sent away."""
    sockets = [await _connect(slack, session) for _ in range(10)]
    for one in sockets:
        assert (await one.receive_json())["type"] == "hello"
    last = await _connect(slack, session)
    assert await last.receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}
    slack.ack_seconds = 0.01
    for one in sockets[:2]:
        ack = await Person(slack, "U0LEAD").command("x")
        assert ack.error == "operation_timeout"
        envelope = await one.receive_json()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["command"] == "/contactlist"
    await slack.disconnect_sockets(count=9)
    assert slack.sockets == 1


async def test_a_strange_ack_is_no_ack(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """Bad JSON, an unknown envelope and a late ack change nothing."""
    socket = await _connect(slack, session)
    await socket.receive_json()
    slack.ack_seconds = 0.05
    pressing = asyncio.create_task(Person(slack, "U0LEAD").shortcut("x"))
    envelope = await socket.receive_json()
    for strange in ("{", "[]", '{"envelope_id": "other"}'):
        await socket.send_str(strange)
    await socket.send_bytes(b"{}")
    assert (await pressing).error == "operation_timeout"
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    pressing = asyncio.create_task(Person(slack, "U0LEAD").shortcut("x"))
    envelope = await socket.receive_json()
    for _ in range(2):
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert (await pressing).error is None


async def test_a_connection_that_breaks_off_is_not_waited_for(
    slack: LocalSlack, session: aiohttp.ClientSession
) -> None:
    """The socket leaves the list as soon as it closes."""
    socket = await _connect(slack, session)
    person = Person(slack, "U0LEAD")
    await person.until(lambda: slack.sockets == 1)
    await socket.close()
    await person.until(lambda: slack.sockets == 0)
    assert (await person.shortcut("x")).error == "dispatch_failed"


async def test_a_connection_that_breaks_mid_sentence_is_a_failed_dispatch() -> None:
    """Forced here: a real one closes before or after, hardly ever during the send."""

    class Broken(Sockets):
        def __len__(self) -> int:
            return 1

        async def send(self, kind: str, payload: Json, timeout: float) -> Json:  # noqa: ASYNC109 - as in Sockets
            raise ConnectionResetError(kind, payload, timeout)

    ack = await over_socket(Broken("A0", lambda: None), "interactive", {}, 1)
    assert (ack.status, ack.error) == (0, "dispatch_failed")
