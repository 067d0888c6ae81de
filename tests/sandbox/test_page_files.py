"""Files on the page, without a browser: examples, into forms and messages, down again, and in trouble."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import phonenumbers
import pytest
from python_calamine import CalamineWorkbook

from sandbox.page.examples import EXAMPLES, MANY, american
from sandbox.page.server import Page, workspace_page
from sandbox.page.state import snapshot
from sandbox.slack.files import TRAPS
from sandbox.slack.people import Person
from sandbox.slack.views import open_view
from sandbox.slack.workspace import View

CSV = b"Phone\n+12025550100\n"
FORM: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "file",
            "label": {"type": "plain_text", "text": "File"},
            "element": {"type": "file_input", "action_id": "input", "filetypes": ["csv"], "max_files": 1},
        },
    ],
}


class Browser:
    """What a browser sends about files."""

    def __init__(self, page: Page, session: aiohttp.ClientSession) -> None:
        self.page, self._session = page, session

    async def get(self, path: str) -> tuple[int, bytes, str | None]:
        """Get a path: the status, what comes, and whether it is for saving."""
        async with self._session.get(self.page.url + path) as answer:
            return answer.status, await answer.read(), answer.headers.get("Content-Disposition")

    async def upload(self, kind: str = "application/octet-stream", /, **where: str) -> tuple[int, str]:
        """Send a file."""
        url, query = f"{self.page.url}files", {"person": "U0LEAD", "name": "a.csv", **where}
        headers = {"Content-Type": kind}
        async with self._session.post(url, params=query, data=CSV, headers=headers) as answer:
            return answer.status, await answer.text()

    async def act(self, act: str, **fields: object) -> tuple[int, str | None]:
        """Carry an act out."""
        body = {"act": act, "person": "U0LEAD", **fields}
        async with self._session.post(f"{self.page.url}act", json=body) as answer:
            return answer.status, (await answer.json())["said"] if answer.status == 200 else None

    def shown(self, person: str = "U0LEAD") -> dict[str, Any]:
        """Take what the person's page shows."""
        return snapshot(self.page.ends, self.page.bot, person, allowed=("U0LEAD",))

    def last(self, channel: str, person: str = "U0LEAD") -> dict[str, Any]:
        """Take the newest message that a person sees in a channel."""
        (found,) = [one for one in self.shown(person)["channels"] if one["id"] == channel]
        message: dict[str, Any] = found["messages"][-1]
        return message

    def form(self) -> View:
        """Open a form for the lead."""
        slack = self.page.ends.slack
        trigger = slack.triggers.redeem(slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN"))
        return open_view(slack.workspace, trigger, FORM)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Serve the page, with a bot that is not started."""
    async with workspace_page() as page, aiohttp.ClientSession() as session:
        yield Browser(page, session)


async def test_examples_are_offered(browser: Browser) -> None:
    """Each as the page names it."""
    for one in browser.shown()["examples"]:
        status, content, _ = await browser.get(f"examples/{one['name']}")
        assert (status, content) == (200, EXAMPLES[one["name"]].build())
    assert (await browser.get("examples/none.csv"))[0] == 404


def test_examples_are_as_they_say() -> None:
    """As many rows as the note tells, each with a number of its own that rings nowhere."""
    rows = EXAMPLES["renewals.csv"].build().decode().splitlines()[1:]
    numbers = {row.split(",")[2] for row in rows}
    assert len(rows) == len(numbers) == MANY
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(EXAMPLES["winback.xlsx"].build())).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 61
    assert len(EXAMPLES["callbacks.csv"].build().splitlines()) == 27
    german = EXAMPLES["kunden.csv"].build().decode("cp1252").splitlines()
    assert german[1] == "Jörg;Müller;030 23125 000;Köln"
    assert len(set(german)) == 21
    for number, country in [*((each, None) for each in american()), ("030 23125 000", "DE")]:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number, country))


async def test_a_file_goes_into_a_form(browser: Browser) -> None:
    """It is shown there with its size, can be taken out again, and more than one is refused."""
    view = browser.form()
    where = {"view": view.id, "block_id": "file"}
    assert await browser.upload(**where) == (200, '{"said": null}')
    (shown,) = browser.shown()["views"]
    (file,) = shown["files"].values()
    assert (file["name"], file["size"], file["kind"]) == ("a.csv", len(CSV), "CSV")
    assert shown["values"] == [["file", "input", [file["id"]]]]
    status, said = await browser.upload(**where)
    assert (status, json.loads(said)["said"]) == (200, "file: no more than 1 files")
    assert await browser.act("detach", view=view.id, block_id="file", file=file["id"]) == (200, None)
    assert browser.shown()["views"][0]["files"] == {}


async def test_a_file_goes_into_a_message(browser: Browser) -> None:
    """With a text or without; who sees the message downloads it, nobody else."""
    await browser.upload(channel="C0PRIVATE", text=" for you ")
    message = browser.last("C0PRIVATE")
    assert (message["text"], [file["name"] for file in message["files"]]) == ("for you", ["a.csv"])
    path = f"files/{message['files'][0]['id']}"
    for person in ("U0LEAD", "U0AGENT"):
        assert await browser.get(f"{path}?person={person}") == (200, CSV, "attachment")
    for other in (f"{path}?person=U0GUEST", path, "files/F0?person=U0LEAD"):
        assert (await browser.get(other))[0] == 404
    browser.page.ends.slack.workspace.files[message["files"][0]["id"]].is_deleted = True
    assert (await browser.get(f"{path}?person=U0LEAD"))[0] == 404
    assert browser.last("C0PRIVATE")["files"][0]["is_deleted"] is True


@pytest.mark.parametrize(
    ("kind", "where", "status"),
    [
        ("text/csv", {"channel": "C0CAMPAIGN"}, 415),
        ("application/octet-stream", {"channel": "C0NONE"}, 400),
        ("application/octet-stream", {"view": "V1", "block_id": "file"}, 400),
        ("application/octet-stream", {}, 400),
        ("application/octet-stream", {"channel": "C0PRIVATE", "person": "U0GUEST"}, 200),
        ("application/octet-stream", {"channel": "C0PRIVATE", "person": "U0NOBODY"}, 400),
    ],
)
async def test_a_file_that_belongs_nowhere(
    browser: Browser, kind: str, where: dict[str, str], status: int
) -> None:
    """An old page, or somebody's experiment; one who may not write there is told so."""
    told, text = await browser.upload(kind, **where)
    assert told == status
    assert (told == 200) is ("sam.rivers cannot write that" in text)


async def test_a_reply_names_its_message(browser: Browser) -> None:
    """So that the page shows it there."""
    parent = Person(browser.page.ends.slack, "U0LEAD").write("C0GENERAL", "parent")
    assert browser.last("C0GENERAL")["thread"] is None
    parent.thread_ts = "1.2"
    assert browser.last("C0GENERAL")["thread"] == "1.2"


async def test_the_menu_of_a_message(browser: Browser) -> None:
    """A bot that does not answer fails as after a button; a message that is gone has no menu."""
    message = Person(browser.page.ends.slack, "U0LEAD").write("C0GENERAL", "", {"a.csv": CSV})
    chosen = {"channel": "C0GENERAL", "ts": message.ts, "callback_id": "any"}
    status, said = await browser.act("message_shortcut", **chosen)
    assert status == 200
    assert "dispatch_failed" in str(said)
    message.deleted = True
    assert (await browser.act("message_shortcut", **chosen))[1] == "mina.okafor does not see that message"


async def test_what_is_wrong_with_files(browser: Browser) -> None:
    """It is switched on and off backstage."""
    for trap in (*TRAPS, ""):
        assert await browser.act("file_trap", name=trap) == (200, None)
        assert browser.shown()["file_trap"] == trap
    assert (await browser.act("file_trap", name="none"))[0] == 400
