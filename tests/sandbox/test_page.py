"""The page's server, without a browser: snapshots, acts, guards. The bot is often none, or a made-up one."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from sandbox.kore.faults import FAULTS
from sandbox.page import server as page_server
from sandbox.page.server import FILES, Page, workspace_page
from sandbox.page.state import COMMANDS, PLAIN_FAULTS, SHORTCUTS, exchange, snapshot
from sandbox.slack.people import Person
from sandbox.slack.views import open_view, publish_home
from sandbox.slack.workspace import View
from tests import quick

READY = """
import sys, time
print("not json", 1, sep="\\n", file=sys.stderr)
print('{"event": "ready", "port": 9}', file=sys.stderr, flush=True)
time.sleep(60)
"""
"""A bot that says that it is ready and then does nothing: Slack cannot reach it."""
FORM: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "private_metadata": "unseen",
    "blocks": [
        {
            "type": "input",
            "block_id": "where",
            "label": {"type": "plain_text", "text": "Where"},
            "element": {"type": "conversations_select", "action_id": "input"},
        },
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}},
            ],
        },
    ],
}
SEARCH: dict[str, Any] = {
    "type": "home",
    "blocks": [
        {
            "type": "input",
            "block_id": "search",
            "dispatch_action": True,
            "label": {"type": "plain_text", "text": "Search"},
            "element": {"type": "plain_text_input", "action_id": "input"},
        },
        {
            "type": "actions",
            "block_id": "menus",
            "elements": [
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [
                        {"text": {"type": "plain_text", "text": "One"}, "value": "1"},
                        {"text": {"type": "plain_text", "text": "Two"}, "value": "2"},
                    ],
                }
            ],
        },
    ],
}


class Client:
    """A browser's requests without a browser."""

    def __init__(self, page: Page, session: aiohttp.ClientSession) -> None:
        self.page, self._session = page, session

    async def get(self, path: str, **headers: str) -> tuple[int, str, aiohttp.ClientResponse]:
        """Get a path."""
        async with self._session.get(self.page.url + path, headers=headers) as response:
            return response.status, await response.text(), response

    async def act(self, act: str, *, person: str = "U0LEAD", **fields: object) -> str | None:
        """Carry an act out; what the person is told."""
        status, text = await self.post(json.dumps({"act": act, "person": person, **fields}))
        assert status == 200, text
        said: str | None = json.loads(text)["said"]
        return said

    async def post(self, body: str, **headers: str) -> tuple[int, str]:
        """Post any body as an act."""
        headers = {"Content-Type": "application/json", **headers}
        async with self._session.post(f"{self.page.url}act", data=body, headers=headers) as response:
            return response.status, await response.text()

    def shown(self, person: str = "U0LEAD") -> dict[str, Any]:
        """Take what the person's page shows."""
        return snapshot(self.page.ends, self.page.bot, person, allowed=("U0LEAD",))

    def texts(self, channel: str, person: str = "U0LEAD") -> list[str]:
        """Read a channel as the person sees it."""
        (found,) = [one for one in self.shown(person)["channels"] if one["id"] == channel]
        return [one["text"] for one in found["messages"]]

    def form(self, payload: dict[str, Any] = FORM) -> View:
        """Open a form for the lead, as a bot would."""
        slack = self.page.ends.slack
        trigger = slack.triggers.redeem(slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN"))
        return open_view(slack.workspace, trigger, payload)


@pytest.fixture
async def refusing() -> AsyncIterator[str]:
    """Run a bot that refuses every form."""

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"response_action": "errors", "errors": {"where": "Not there."}})

    app = web.Application()
    app.router.add_post("/", refuse)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Serve the page, with a bot that can be started and answers nobody."""
    async with workspace_page(program=("-c", READY)) as page, aiohttp.ClientSession() as session:
        yield Client(page, session)


async def test_the_page_and_its_files_come_with_a_strict_policy(client: Client) -> None:
    """Scripts and styles from here alone, nothing inline; nothing in the files asks another server."""
    status, text, response = await client.get("")
    assert status == 200
    assert "default-src 'none'; script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "Sandbox" in text
    for file in FILES.iterdir():
        status, text, response = await client.get(f"page/{file.name}")
        assert (status, text) == (200, file.read_text())
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        for route in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert route not in text
        assert (
            "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("://", "")
            or "//cdn" not in text
        )
    assert (await client.get("page/../page_server.py"))[0] == 404


async def test_other_hosts_and_origins_are_refused(client: Client) -> None:
    """A name that leads here by DNS, and another site's page, get 403 before anything is done."""
    assert (await client.get("", Host="evil.example"))[0] == 403
    assert (await client.get("", Host=f"localhost:{client.page.port}"))[0] == 200
    act = json.dumps({"act": "kill", "person": "U0LEAD"})
    assert (await client.post(act, Origin="https://evil.example"))[0] == 403
    assert (await client.post(act, Origin="null"))[0] == 403
    assert (await client.post(act, Origin=client.page.url.rstrip("/")))[0] == 200
    assert (await client.post(act, **{"Content-Type": "text/plain"}))[0] == 415


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "1",
        "{}",
        '{"act": "fly", "person": "U0LEAD"}',
        '{"act": "type", "person": "U0NOBODY"}',
        '{"act": "type", "person": "U0LEAD", "channel": "C0NONE", "text": "x"}',
        '{"act": "type", "person": "U0GUEST", "channel": "C0PRIVATE", "text": "x"}',
        '{"act": "press", "person": "U0LEAD", "channel": "C0CAMPAIGN", "ts": "1", "action_id": "a"}',
        '{"act": "submit", "person": "U0LEAD", "view": "V1"}',
        '{"act": "fault", "person": "U0LEAD", "name": "none", "operation": "any", "times": 1}',
    ],
)
async def test_what_cannot_be_done_is_400(client: Client, body: str) -> None:
    """A page that is out of date, or somebody's experiment, breaks nothing."""
    status, text = await client.post(body)
    assert (status, text.partition(":")[0]) == (400, "The sandbox does not know how to do that")


async def test_messages_and_wrong_commands(client: Client) -> None:
    """Plain text is that person's message for all; a wrong command gets Slack's sentence, for one."""
    await client.act("type", channel="C0CAMPAIGN", text="see #general & <b>")
    assert client.texts("C0CAMPAIGN", "U0GUEST")[-1] == "see <#C0GENERAL|general> &amp; &lt;b&gt;"
    await client.act("type", channel="C0CAMPAIGN", text="/shrug")
    assert client.texts("C0CAMPAIGN")[-1].startswith("/shrug is not a valid command. In Slack, all messages")
    assert "shrug" not in client.texts("C0CAMPAIGN", "U0GUEST")[-1]
    await client.act("type", channel="C0CAMPAIGN", text=" /shrug")
    assert client.texts("C0CAMPAIGN", "U0GUEST")[-1] == "/shrug"


@pytest.mark.process
async def test_a_dead_bot_fails_as_in_slack(client: Client) -> None:
    """Command, shortcut, button, menu, form: each says so where Slack says it."""
    await client.act("start")
    assert client.shown()["bot"]["state"] == "running"
    await client.act("kill")
    assert client.shown()["bot"]["state"] == "stopped"
    assert await client.act("type", channel="C0GENERAL", text="/contactlist x") is None
    assert client.texts("C0GENERAL") == ["/contactlist failed with the error “dispatch_failed”"]
    assert "dispatch_failed" in str(await client.act("shortcut", callback_id="create_contact_list"))
    view = client.form()
    pressed = await client.act(
        "press", view=view.id, block_id="buttons", action_id="go", values={"where": None}
    )
    assert "dispatch_failed" in str(pressed)
    await client.act("submit", view=view.id, values={"where": "C0GENERAL"})
    (shown,) = client.shown()["views"]
    assert shown["alert"] == "We had some trouble connecting. Try again?"
    assert shown["values"] == [["where", "input", "C0GENERAL"]]
    await client.act("close", view=view.id)
    assert client.shown()["views"] == []
    home = publish_home(client.page.ends.slack.workspace, {"user_id": "U0LEAD"}, SEARCH)
    assert await client.act("home") is None
    chosen = {"view": home.id, "block_id": "menus", "action_id": "more", "value": "2"}
    assert "dispatch_failed" in str(await client.act("choose", **chosen))
    assert "dispatch_failed" in str(await client.act("enter", view=home.id, block_id="search", value="x"))
    assert [row["what"] for row in client.shown()["traffic"]] == [
        "/contactlist",
        "shortcut",
        "block_actions",
        "view_submission",
        "app_home_opened",
        "block_actions",
        "block_actions",
    ]


async def test_what_slack_would_not_let_a_person_do_is_told(client: Client) -> None:
    """An unfilled required field: the page says so by itself, and the sandbox again."""
    view = client.form()
    assert await client.act("submit", view=view.id, values={}) == "where: it is required"
    status, _ = await client.post(json.dumps({"act": "close", "person": "U0AGENT", "view": view.id}))
    assert status == 400


async def test_a_snapshot_shows_what_that_person_may_see(client: Client) -> None:
    """Their channels, people with and without permission, their form without what the app hides in it."""
    client.form()
    lead, guest = client.shown(), client.shown("U0GUEST")
    kinds = [(one["name"], one["kind"]) for one in lead["channels"]]
    assert kinds == [
        ("campaigns", "public"),
        ("general", "public"),
        ("private-plans", "private"),
        ("Jonas Weber", "im"),
        ("Contact Lists", "app"),
    ]
    assert [one["name"] for one in guest["channels"]] == ["campaigns", "general", "Contact Lists"]
    assert [one["may_use"] for one in lead["people"]] == [True, False, False]
    (form,) = lead["views"]
    assert "unseen" not in json.dumps(lead)
    assert form["conversations"]["where"] == ["C0CAMPAIGN", "C0GENERAL", "C0PRIVATE", "D0PEERS", "D0LEAD"]
    assert guest["views"] == []
    assert lead["home"] is None


async def test_faults_wait_for_their_calls(client: Client) -> None:
    """The panel switches them on and clears them."""
    await client.act("fault", name="slow", operation="list", times=2)
    assert client.shown()["kore"]["waiting"] == [{"name": "slow", "operation": "list"}] * 2
    await client.act("clear_faults")
    assert client.shown()["kore"]["waiting"] == []


async def test_fault_withdrawn(client: Client, refusing: str) -> None:
    """A form that was refused called nobody, so the fault that was meant for it is switched off."""
    client.page.ends.slack.request_url = refusing
    view = client.form()
    await client.act("fault", name="slow", operation="create", times=1)
    said = await client.act("submit", view=view.id, values={"where": "C0GENERAL"})
    assert "switched off" in str(said)
    assert client.shown()["kore"]["waiting"] == []
    assert await client.act("submit", view=view.id, values={"where": "C0GENERAL"}) is None


def test_plain_faults() -> None:
    """What people choose from are faults that there are."""
    assert PLAIN_FAULTS.keys() <= FAULTS.keys()


@pytest.mark.process
async def test_a_bot_that_does_not_start(client: Client) -> None:
    """It is told, and the log has its last words."""
    async with workspace_page(program=("-c", "raise SystemExit('no luck')")) as page:
        assert "didn't start" in str(await page.acts.carry_out("U0LEAD", {"act": "start"}))
        assert list(page.bot.log) == ["no luck"]
    assert await client.page.bot.end() == 0


@pytest.mark.process
async def test_starting_twice_starts_one(client: Client) -> None:
    """The second press of the button finds it running."""
    await client.act("start")
    first = client.shown()["bot"]["process_id"]
    await client.act("start")
    assert first == client.shown()["bot"]["process_id"] is not None


async def test_changes_are_streamed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot at once and at each change, a sign of life in between, the end when the server stops."""
    monkeypatch.setattr(page_server, "HEARTBEAT", 0.05)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{client.page.url}events?person=U0LEAD") as stream,
    ):
        assert stream.content_type == "text/event-stream"
        assert (await stream.content.readuntil(b"\n\n")).startswith(b"data: {")
        assert await stream.content.readuntil(b"\n\n") == b":\n\n"
        await client.act("type", channel="C0GENERAL", text="hello")
        while b"hello" not in (await stream.content.readuntil(b"\n\n")):
            pass
        stopping = asyncio.create_task(client.page.__aexit__())
        await stream.content.read()
        await stopping
    await client.page.__aenter__()


async def test_nobody_else_has_a_page(client: Client) -> None:
    """A person that there is not."""
    assert (await client.get("events?person=U0NOBODY"))[0] == 404


@pytest.mark.process
async def test_the_traffic_hides_what_is_secret() -> None:
    """With the real bot: every exchange of a whole story, read in full, without a token, a JWT or a link."""
    async with workspace_page(program=quick.program()) as page, aiohttp.ClientSession() as session:
        client = Client(page, session)
        await client.act("start")
        await client.act("type", channel="C0CAMPAIGN", text="/contactlist Renewal")
        lead = Person(page.ends.slack, "U0LEAD")
        view = await lead.view(timeout=20)
        await client.act("submit", view=view.id, values={"description": "x"})
        await lead.until(lambda: view.title == "Contact list created")
        rows = client.shown()["traffic"]
        whole = ""
        for row in rows:
            status, text, _ = await client.get(f"traffic/{row['id']}")
            assert status == 200
            whole += text
        ways = {(row["from"], row["to"]) for row in rows}
        assert ways == {("Slack", "Bot"), ("Bot", "Slack"), ("Bot", "Kore.ai")}
        assert all(row["is_fine"] for row in rows)
        secrets = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "KORE_CLIENT_SECRET")
        assert not [name for name in secrets if page.ends.environment[name] in whole]
        assert "eyJ" not in whole
        assert whole.count("/response/") == whole.count("/response/\\u2022") > 0
        for name in ("s999", "k999", "x1", "s-1", "snone"):
            assert exchange(page.ends, name) is None
            assert (await client.get(f"traffic/{name}"))[0] == 404
        shown = client.shown()["kore"]
        assert [one["name"] for one in shown["lists"]] == ["Renewal"]
        assert len(shown["called_at"]) == len(page.ends.kore.calls)


def test_the_page_offers_what_the_manifest_says() -> None:
    """Its completion and its shortcuts are those of the app."""
    manifest = yaml.safe_load((Path(__file__).parent.parent.parent / "manifest.yml").read_text())["features"]
    assert [
        {"name": one["command"], "description": one["description"], "usage": one["usage_hint"]}
        for one in manifest["slash_commands"]
    ] == COMMANDS
    assert [
        {name: one[name] for name in ("type", "callback_id", "name", "description")}
        for one in manifest["shortcuts"]
    ] == SHORTCUTS
