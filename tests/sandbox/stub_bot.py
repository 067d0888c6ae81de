"""A bot that keeps what it hears and answers what it is told: what the tests of the local Slack stand on."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.workspace import View

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


async def error(call: Coroutine[Any, Any, object]) -> str:
    """Give the error code that a call ends in."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
