"""The two hot paths beside Bolt alone: counted in calls, which no load of the machine changes.

A request goes through the assembled door, and one like it through a plain Bolt app whose listener does
nothing but acknowledge. Every function that runs on the way to the acknowledgement is counted, and nothing
that others do meanwhile. How long it takes is for `make bench`.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import app as assembly
from bot.demo import Stage, stage
from bot.forms import FORM
from bot.jobs import Jobs
from bot.models import Submission
from bot.sentences import COMMAND
from bot.slack.door import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")

T = TypeVar("T")
COMMAND_MARGIN, SUBMISSION_MARGIN = 0.9, 1.1
"""How many times as many calls as Bolt alone: 0.6 and 0.8 when this was written."""
RUNS = 5
"""The least of so many counts is told: the first ones fill caches."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Counted(Generic[T]):
    """Awaits something, and counts the calls that it makes itself."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self.calls = 0
        self._work = work

    def __await__(self) -> Generator[Any, Any, T]:
        while True:
            sys.setprofile(self._note)
            try:
                waited_for = self._work.send(None)
            except StopIteration as ended:
                result: T = ended.value
                return result
            finally:
                sys.setprofile(None)
            yield waited_for

    def _note(self, _: FrameType, event: str, __: object) -> None:
        self.calls += event in {"call", "c_call"}


@dataclass(frozen=True)
class Doors:
    """The bot's door and Bolt's, behind which everything else is the same."""

    scene: Stage
    ours: Handler
    bolt: Handler

    def command(self) -> bytes:
        """Type the command."""
        slack = self.scene.slack
        fields = {
            "command": COMMAND,
            "text": "Renewal Due 1- July 2025",
            "user_id": "U0LEAD",
            "team_id": slack.workspace.team_id,
            "channel_id": "C0CAMPAIGN",
            "trigger_id": slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN"),
            "response_url": slack.response_url("U0LEAD", "C0CAMPAIGN"),
        }
        return urlencode(fields).encode()

    def submission(self) -> bytes:
        """Press *Create list*."""
        typed = {
            "name": {"input": {"type": "plain_text_input", "value": "Renewal Due 1- July 2025"}},
            "description": {"input": {"type": "plain_text_input", "value": "For the renewal calls."}},
            "duplicates": {"input": {"type": "checkboxes", "selected_options": []}},
            "conversation": {
                "input": {"type": "conversations_select", "selected_conversation": "C0CAMPAIGN"}
            },
        }
        view = {"id": uuid4().hex, "type": "modal", "callback_id": FORM, "state": {"values": typed}}
        team = {"id": self.scene.slack.workspace.team_id}
        payload = {"type": "view_submission", "user": {"id": "U0LEAD"}, "team": team, "view": view}
        return urlencode({"payload": json.dumps(payload)}).encode()

    async def calls(self, door: Handler, body: Callable[[], bytes]) -> int:
        """Count the calls from a request to its acknowledgement."""
        return min([await self._count(door, body()) for _ in range(RUNS)])

    async def _count(self, door: Handler, body: bytes) -> int:
        headers = self.scene.slack.signed_headers(body, timestamp=int(time.time()))
        request = _request(body, headers)

        async def answer() -> web.StreamResponse:
            return await door(request)

        counted = Counted(answer())
        gc.disable()  # what is collected just then would be counted
        try:
            response = await counted
        finally:
            gc.enable()
        assert response.status == 200
        return counted.calls


def _request(body: bytes, headers: dict[str, str]) -> web.Request:
    loop = asyncio.get_running_loop()
    content = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
    content.feed_data(body)
    content.feed_eof()
    return make_mocked_request("POST", "/slack/events", headers=headers, payload=content)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors() -> AsyncIterator[Doors]:
    """Assemble the bot, and a Bolt app as its guide does."""
    found: list[Door] = []

    class Seen(Door):
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever a door takes
            super().__init__(*args, **kwargs)
            found.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "Door", Seen)
        async with stage() as scene:
            yield Doors(scene, found[0].handle_http, _plain_bolt(scene))


def _plain_bolt(scene: Stage) -> Handler:
    secret = scene.settings.slack_signing_secret
    assert secret
    app = AsyncApp(
        signing_secret=secret.get_secret_value(),
        client=AsyncWebClient(
            token=scene.settings.slack_bot_token.get_secret_value(), base_url=scene.settings.slack_api_url
        ),
        process_before_response=True,  # else how often it looks for the answer depends on the clock
    )

    @app.command(COMMAND)
    async def typed_command(ack: AsyncAck) -> None:
        await ack()

    @app.view(FORM)
    async def submitted_form(ack: AsyncAck) -> None:
        await ack(response_action="update", view={"type": "modal"})

    return app.server().handle_post_requests


async def test_a_command_is_acknowledged_in_few_calls(doors: Doors) -> None:
    """Signature, parsing, dispatch and the form's task cost less than what Bolt alone needs for an ack."""
    ours = await doors.calls(doors.ours, doors.command)
    assert ours < COMMAND_MARGIN * await doors.calls(doors.bolt, doors.command)


async def test_a_submission_is_acknowledged_in_few_calls(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a form, checking it and saying "Creating…" costs about what Bolt alone needs for an ack.

    The save itself is left out, as it happens in other threads.
    """

    async def save(_: Jobs, submission: Submission) -> Submission:
        return submission

    monkeypatch.setattr(Jobs, "save", save)
    ours = await doors.calls(doors.ours, doors.submission)
    assert ours < SUBMISSION_MARGIN * await doors.calls(doors.bolt, doors.submission)


async def test_no_request_gets_a_client_of_its_own(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt makes a Web API client for each request; we leave that out, and this tells should it come back."""
    made = 0
    make = AsyncWebClient.__init__

    def counted(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever a client takes
        nonlocal made
        made += 1
        make(*args, **kwargs)

    monkeypatch.setattr(AsyncWebClient, "__init__", counted)
    await doors.calls(doors.ours, doors.command)
    assert made == 0
    await doors.calls(doors.bolt, doors.command)
    assert made == RUNS


async def test_what_others_do_is_not_counted() -> None:
    """The counter-check: calls before and after a pause are counted, and none of another task in it."""

    async def work(paused: asyncio.Event) -> None:
        len("before")
        await paused.wait()
        len("after")

    async def other(paused: asyncio.Event) -> None:
        for _ in range(1000):
            len("not ours")
        paused.set()

    paused = asyncio.Event()
    beside = asyncio.create_task(other(paused))
    counted = Counted(work(paused))
    await counted
    await beside
    assert 4 <= counted.calls < 30
