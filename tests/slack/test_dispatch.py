"""What the adapter hands to Bolt, and how it answers and counts what comes back."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from bot.observe.redaction import HIDDEN, Redactor
from bot.slack.http_adapter import handled
from bot.slack.payloads import AppHomeOpened, Command, EventCallback, Handled, ViewSubmission
from tests.slack.door import Door, served

SUBMISSION = {
    "type": "view_submission",
    "user": {"id": "U1"},
    "view": {
        "id": "V1",
        "callback_id": "form",
        "state": {"values": {"b": {"a": {"value": "what was typed"}}}},
    },
}
HOME = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1", "tab": "home"}}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Serve the adapter."""
    async with served() as running:
        yield running


def outcomes(door: Door, kind: str) -> dict[str, float]:
    """Read how the requests of a kind were answered."""
    named = ("acknowledged", "rejected", "refused", "unhandled", "failed")
    counts = {each: door.counted("requests_total", kind=kind, outcome=each) for each in named}
    return {outcome: count for outcome, count in counts.items() if count}


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ((), None),
        (("hello",), {"text": "hello"}),
        (({"text": "hi", "response_type": "ephemeral"},), {"text": "hi", "response_type": "ephemeral"}),
    ],
)
async def test_listener_answers(door: Door, answer: tuple[Any, ...], body: object) -> None:
    """What a listener acknowledges with is what Slack gets: nothing, or one JSON object."""

    async def listen(ack: AsyncAck) -> None:
        await ack(*answer)

    door.app.command("/contactlist")(listen)

    got = await door.command()

    text = await got.text()
    assert (got.status, json.loads(text) if text else None) == (200, body)
    assert got.content_type == ("application/json" if body else "application/octet-stream")
    assert outcomes(door, "command") == {"acknowledged": 1}
    assert door.counted("ack_seconds_count", kind="command") == 1


async def test_rejected_form(door: Door) -> None:
    """A form with errors in it was answered, and is counted as what it is."""
    errors = {"name": "Add a name."}

    async def listen(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors=errors)

    door.app.view("form")(listen)

    got = await door.interaction(SUBMISSION)

    assert json.loads(await got.text()) == {"response_action": "errors", "errors": errors}
    assert outcomes(door, "view_submission") == {"rejected": 1}


async def test_accepted_form(door: Door) -> None:
    """A form that turns to another view was not rejected."""

    async def listen(ack: AsyncAck) -> None:
        await ack(response_action="clear")

    door.app.view("form")(listen)

    assert (await door.interaction(SUBMISSION)).status == 200
    assert outcomes(door, "view_submission") == {"acknowledged": 1}


async def test_nobody_listens(door: Door) -> None:
    """A form of another version is answered 404 without a word; what Bolt says is for developers."""
    got = await door.interaction(SUBMISSION)
    assert (got.status, await got.text()) == (404, "")
    assert outcomes(door, "view_submission") == {"unhandled": 1}


async def test_broken_listener_counted(door: Door) -> None:
    """The person gets a sentence, and the operator sees that it was a fault."""

    async def listen() -> None:
        raise ValueError

    door.app.command("/contactlist")(listen)

    got = await door.command()

    assert (got.status, json.loads(await got.text())) == (200, {"text": "broke"})
    assert outcomes(door, "command") == {"failed": 1}


async def test_event_heard(door: Door) -> None:
    """An event reaches its listener as it was read, and is answered without a word."""
    heard: list[object] = []

    async def listen(received: EventCallback) -> None:
        heard.append(received.event)

    door.app.event("app_home_opened")(listen)

    got = await door.event(HOME)

    assert (got.status, await got.text()) == (200, "")
    assert heard == [AppHomeOpened(type="app_home_opened", user="U1")]
    assert outcomes(door, "event_callback") == {"acknowledged": 1}


async def test_event_unheard(door: Door) -> None:
    """An event that nobody listens to is answered 200 too, or Slack would send it again."""
    got = await door.event(HOME)
    assert (got.status, await got.text()) == (200, "")
    assert outcomes(door, "event_callback") == {"acknowledged": 1}


async def test_event_of_no_use(door: Door) -> None:
    """An event that the bot did not ask for reaches no listener, not even one for any event."""
    heard: list[object] = []

    async def listen(body: dict[str, object]) -> None:
        heard.append(body)

    door.app.event({"type": "user_change"})(listen)

    got = await door.event({"type": "event_callback", "event": {"type": "user_change"}})

    assert (got.status, await got.text(), heard) == (200, "", [])
    assert outcomes(door, "event_callback") == {"acknowledged": 1}


async def test_challenge(door: Door) -> None:
    """Slack's question whether this address is ours is answered with its own word."""
    got = await door.event({"type": "url_verification", "challenge": "abc"})
    assert (got.status, json.loads(await got.text())) == (200, {"challenge": "abc"})
    assert outcomes(door, "url_verification") == {"acknowledged": 1}


async def test_events_held_back(door: Door) -> None:
    """Slack says that it holds events back: the operator reads it, and Slack gets its 200."""
    with capture_logs() as logged:
        got = await door.event({"type": "app_rate_limited"})
    assert (got.status, await got.text()) == (200, "")
    assert [(each["event"], each["log_level"]) for each in logged] == [("events_held_back", "warning")]


async def test_certificate_check(door: Door) -> None:
    """Slack looks whether the certificate is good, without a signature: it gets 200, and is counted."""
    got = await door.post(b"ssl_check=1&token=abc", {})
    assert (got.status, await got.text()) == (200, "")
    assert outcomes(door, "ssl_check") == {"acknowledged": 1}


async def test_refused_by_a_listener(door: Door) -> None:
    """What is not for this app is answered 403 and counted as such: it is no fault of a version."""

    async def forbid() -> BoltResponse:
        return BoltResponse(status=403, body="")

    door.app.view("form")(forbid)

    assert (await door.interaction(SUBMISSION)).status == 403
    assert outcomes(door, "view_submission") == {"refused": 1}


async def test_surroundings(door: Door) -> None:
    """While a listener works it is known what it is about, its reference, and what no log may hold."""
    seen: list[tuple[Handled | None, object, str]] = []

    async def listen(ack: AsyncAck, received: ViewSubmission) -> None:
        assert received.view.id == "V1"
        about = Redactor(()).text("he wrote: what was typed")
        seen.append((handled.get(), get_contextvars().get("reference"), about))
        await ack()

    door.app.view("form")(listen)

    for _ in range(2):
        await door.interaction(SUBMISSION)

    (first, reference, text), (_, other_reference, _) = seen
    assert isinstance(first, ViewSubmission)
    assert text == f"he wrote: {HIDDEN}"
    assert isinstance(reference, str)
    assert reference != other_reference


async def test_surroundings_left(door: Door) -> None:
    """What one request was about is nobody's after it: the same task may handle another."""
    payload = {"command": "/contactlist", "user_id": "U1", "channel_id": "C1"}
    fields: dict[str, object] = {**payload, "trigger_id": "1.2.3", "response_url": "https://hooks.example/x"}

    await door.adapter.dispatch(fields)

    assert handled.get() is None
    assert "reference" not in get_contextvars()
    assert Redactor(()).text("trigger 1.2.3") == "trigger 1.2.3"


async def test_request_logged(door: Door) -> None:
    """Each request is one line at the level of debug, with its kind alone."""

    async def listen(ack: AsyncAck, received: Command) -> None:
        await ack(received.text)

    door.app.command("/contactlist")(listen)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        await door.command()
    (line,) = [each for each in logged if each["event"] == "request_received"]
    assert line == {**line, "kind": "command", "log_level": "debug"}
    assert set(line) == {"event", "kind", "log_level", "reference"}
