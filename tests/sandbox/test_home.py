"""App Home, menus and events in the local Slack: what it refuses, what it sends, what people can do there."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.forms import CannotSubmit
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.workspace import Message, View

Json = dict[str, Any]
SECRET, BOT, APP = "signing-secret", "xoxb-sandbox", "xapp-sandbox"


def plain(text: str) -> Json:
    """Build a plain_text object."""
    return {"type": "plain_text", "text": text}


def menu(kind: str, *values: str) -> Json:
    """Build a menu."""
    options = [{"text": plain(value.title()), "value": value} for value in values]
    return {"type": kind, "action_id": f"the_{kind}", "options": options}


def row(name: str, accessory: Json) -> Json:
    """Build a section with something beside it."""
    return {"type": "section", "block_id": name, "text": plain(name), "accessory": accessory}


def button(value: str) -> Json:
    """Build a button."""
    return {"type": "button", "action_id": "go", "text": plain("Go"), "value": value}


def text_input(name: str, **more: object) -> Json:
    """Build a text input."""
    element = {"type": "plain_text_input", "action_id": "typed", **more}
    return {"type": "input", "block_id": name, "label": plain("Name"), "element": element}


FILTER = {**text_input("filter"), "dispatch_action": True}
BLOCKS = [
    row("first", menu("overflow", "show", "copy")),
    row("second", menu("overflow", "show", "drop")),
    row("third", menu("static_select", "a", "b")),
    row("fourth", button("4")),
    row("fifth", button("5")),
]
HOME = {"type": "home", "blocks": [*BLOCKS, FILTER]}
FORM = {"type": "modal", "title": plain("T"), "blocks": BLOCKS}


@dataclass
class Bot:
    """A bot that takes whatever comes and remembers it."""

    api: AsyncWebClient
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Take one request of Slack."""
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.text())
        return web.Response()

    @property
    def last(self) -> Json:
        """The latest payload."""
        if self.bodies[-1].startswith("{"):
            event: Json = json.loads(self.bodies[-1])
            return event
        fields = dict(parse_qsl(self.bodies[-1]))
        payload: Json = json.loads(fields["payload"]) if "payload" in fields else fields
        return payload


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """Start a local Slack."""
    async with LocalSlack(signing_secret=SECRET, bot_token=BOT, app_token=APP) as server:
        yield server


@pytest.fixture
async def bot(slack: LocalSlack) -> AsyncIterator[Bot]:
    """Start a bot in HTTP mode."""
    made = Bot(AsyncWebClient(BOT, base_url=slack.api_url))
    app = web.Application()
    app.router.add_post("/slack/events", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()


async def refusal(call: Coroutine[Any, Any, object]) -> str:
    """Give the error code that a call ends in, with the reasons."""
    with pytest.raises(SlackApiError) as caught:
        await call
    answer = caught.value.response
    reasons = answer.get("response_metadata", {}).get("messages", [])
    return f"{answer['error']} {' '.join(reasons)}".strip()


async def published(slack: LocalSlack, bot: Bot) -> View:
    """Publish the App Home of the lead."""
    await bot.api.views_publish(user_id="U0LEAD", view=HOME)
    return await Person(slack, "U0LEAD").home()


async def test_looking_at_the_home_is_a_signed_event(slack: LocalSlack, bot: Bot) -> None:
    """The event is JSON as it stands; after the first publication it carries the view."""
    ack = await Person(slack, "U0LEAD").open_home()
    assert (ack.status, ack.error) == (200, None)
    stamp, body = bot.headers[-1]["X-Slack-Request-Timestamp"], bot.bodies[-1]
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    assert bot.headers[-1]["X-Slack-Signature"] == f"v0={digest}"
    assert bot.headers[-1]["Content-Type"] == "application/json"
    assert (bot.last["type"], bot.last["team_id"]) == ("event_callback", "T0SANDBOX")
    opened = bot.last["event"]
    assert (opened["type"], opened["user"], opened["channel"], opened["tab"]) == (
        "app_home_opened",
        "U0LEAD",
        "D0LEAD",
        "home",
    )
    assert "view" not in opened
    home = await published(slack, bot)
    await Person(slack, "U0LEAD").open_home()
    assert bot.last["event"]["view"]["hash"] == home.hash
    await Person(slack, "U0LEAD").open_home(tab="messages")
    assert (bot.last["event"]["tab"], "view" in bot.last["event"]) == ("messages", False)


async def test_an_event_comes_over_a_socket_too(slack: LocalSlack) -> None:
    """Its envelope takes an ack, but no answer, and counts the attempts."""
    api = AsyncWebClient(BOT, base_url=slack.api_url)
    address = (await api.apps_connections_open(app_token=APP))["url"]
    lead = Person(slack, "U0LEAD")
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        await socket.receive_json()
        opening = asyncio.create_task(lead.open_home())
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await opening).error is None
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert envelope["payload"]["event"]["type"] == "app_home_opened"


async def test_a_home_keeps_its_id_and_changes_its_hash(slack: LocalSlack, bot: Bot) -> None:
    """A stale hash is refused, so that an old state does not replace a newer one."""
    first = (await bot.api.views_publish(user_id="U0LEAD", view=HOME))["view"]
    again = (await bot.api.views_publish(user_id="U0LEAD", view=HOME, hash=first["hash"]))["view"]
    assert (again["id"], again["hash"] != first["hash"]) == (first["id"], True)
    assert (again["type"], again["root_view_id"]) == ("home", first["id"])
    stale = bot.api.views_publish(user_id="U0LEAD", view=HOME, hash=first["hash"])
    assert await refusal(stale) == "hash_conflict"
    unseen = bot.api.views_publish(user_id="U0AGENT", view=HOME, hash=first["hash"])
    assert await refusal(unseen) == "hash_conflict"
    updated = (await bot.api.views_update(view_id=first["id"], view=HOME))["view"]
    assert updated["hash"] != again["hash"]
    assert list(slack.workspace.homes) == ["U0LEAD"]
    assert not slack.workspace.views


@pytest.mark.parametrize("user_id", ["U0NOBODY", "U0BOT", ""])
async def test_a_home_belongs_to_a_person(bot: Bot, user_id: str) -> None:
    """Nobody else has one."""
    call = bot.api.views_publish(user_id=user_id, view=HOME)
    assert await refusal(call) == "invalid_arguments invalid `user_id`"


async def test_a_faulty_home_is_refused_with_reasons(slack: LocalSlack, bot: Bot) -> None:
    """A modal is no home, nor is a home a modal; an external id is used once."""
    reason = "[ERROR] must be one of: home [json-pointer:/view/type]"
    assert reason in await refusal(bot.api.views_publish(user_id="U0LEAD", view=FORM))
    await Person(slack, "U0LEAD").command()
    opening = bot.api.views_open(trigger_id=bot.last["trigger_id"], view=HOME)
    assert "must be one of: modal" in await refusal(opening)
    await bot.api.views_publish(user_id="U0LEAD", view={**HOME, "external_id": "x"})
    twice = bot.api.views_publish(user_id="U0AGENT", view={**HOME, "external_id": "x"})
    assert await refusal(twice) == "duplicate_external_id"


async def test_a_home_reads_as_its_blocks(slack: LocalSlack, bot: Bot) -> None:
    """A home has no title of its own."""
    home = await published(slack, bot)
    assert home.title == "Home"
    assert home.text.splitlines()[:2] == ["first", "[ … Show | Copy ]"]
    assert home.text.endswith("Name:")
    assert "home of U0LEAD: first" in slack.workspace.summary()


async def put(slack: LocalSlack, bot: Bot, surface: str) -> View | Message:
    """Put the rows where they can stand: in a home, in a form, in a message."""
    lead = Person(slack, "U0LEAD")
    if surface == "home":
        return await published(slack, bot)
    if surface == "message":
        await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="x", blocks=BLOCKS)
        return await lead.message("C0CAMPAIGN")
    await lead.command()
    await bot.api.views_open(trigger_id=bot.last["trigger_id"], view=FORM)
    return await lead.view()


SURFACES = pytest.mark.parametrize("surface", ["home", "message", "modal"])


@SURFACES
async def test_an_option_of_a_menu_is_chosen(slack: LocalSlack, bot: Bot, surface: str) -> None:
    """The bot learns which option of which row; a select remembers it, an overflow menu does not."""
    lead, where = Person(slack, "U0LEAD"), await put(slack, bot, surface)
    await lead.choose(where, "the_overflow", "show")
    assert bot.last["actions"][0]["block_id"] == "first"
    await lead.choose(where, "the_overflow", "show", block_id="second")
    action = bot.last["actions"][0]
    assert (action["type"], action["block_id"]) == ("overflow", "second")
    assert action["selected_option"] == {"text": plain("Show"), "value": "show"}
    await lead.choose(where, "the_static_select", "b")
    assert bot.last["actions"][0]["selected_option"]["value"] == "b"
    state = (bot.last.get("view") or bot.last)["state"]["values"]
    assert state["third"]["the_static_select"]["selected_option"]["value"] == "b"
    assert "first" not in state
    for action_id, value, block_id in (
        ("the_overflow", "nowhere", None),
        ("the_overflow", "copy", "second"),
        ("go", "4", None),
        ("the_overflow", "show", "third"),
    ):
        with pytest.raises(CannotSubmit):
            await lead.choose(where, action_id, value, block_id=block_id)


@SURFACES
async def test_buttons_of_one_name_are_told_apart(slack: LocalSlack, bot: Bot, surface: str) -> None:
    """Rows of a list have the same buttons, in blocks of their own."""
    lead, where = Person(slack, "U0LEAD"), await put(slack, bot, surface)
    await lead.press(where, "go")
    assert bot.last["actions"][0]["value"] == "4"
    await lead.press(where, "go", block_id="fifth")
    assert bot.last["actions"][0]["value"] == "5"
    assert ("response_url" in bot.last, "view" in bot.last) == (surface == "message", surface != "message")
    with pytest.raises(CannotSubmit, match="sees no button"):
        await lead.press(where, "go", block_id="first")


async def test_a_button_of_a_home_brings_a_trigger(slack: LocalSlack, bot: Bot) -> None:
    """A form opens from a home; only a modal can be pushed upon."""
    home = await published(slack, bot)
    lead = Person(slack, "U0LEAD")
    await lead.press(home, "go")
    assert (bot.last["view"]["type"], bot.last["container"]["view_id"]) == ("home", home.id)
    pushing = bot.api.views_push(trigger_id=bot.last["trigger_id"], view=FORM)
    assert await refusal(pushing) == "invalid_trigger_id"
    await lead.press(home, "go")
    await bot.api.views_open(trigger_id=bot.last["trigger_id"], view=FORM)
    assert (await lead.view()).title == "T"


async def test_somebody_elses_home_is_out_of_reach(slack: LocalSlack, bot: Bot) -> None:
    """Each person has their own."""
    home = await published(slack, bot)
    with pytest.raises(CannotSubmit):
        await Person(slack, "U0AGENT").press(home, "go")


async def test_enter_in_a_home_tells_the_bot(slack: LocalSlack, bot: Bot) -> None:
    """An input that dispatches needs no submit button, and keeps its text when the home comes anew."""
    home, lead = await published(slack, bot), Person(slack, "U0LEAD")
    await lead.enter(home, "filter", "renewal")
    action = bot.last["actions"][0]
    assert (action["type"], action["block_id"], action["value"]) == ("plain_text_input", "filter", "renewal")
    assert bot.last["view"]["state"]["values"]["filter"]["typed"]["value"] == "renewal"
    await bot.api.views_publish(user_id="U0LEAD", view=HOME)
    assert home.text.endswith("Name: renewal")
    await lead.enter(home, "filter", "")
    assert bot.last["actions"][0]["value"] is None


@pytest.mark.parametrize(
    "block",
    [
        text_input("filter"),
        {
            **text_input("filter", dispatch_action_config={"trigger_actions_on": ["on_character_entered"]}),
            "dispatch_action": True,
        },
    ],
)
async def test_enter_tells_nothing_where_it_was_not_asked_for(
    slack: LocalSlack, bot: Bot, block: Json
) -> None:
    """Only `dispatch_action` makes an input tell."""
    await bot.api.views_publish(user_id="U0LEAD", view={"type": "home", "blocks": [block]})
    lead = Person(slack, "U0LEAD")
    with pytest.raises(CannotSubmit, match="nothing happens"):
        await lead.enter(await lead.home(), "filter", "x")
