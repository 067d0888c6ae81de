"""Which handler answers what: by the kind and the name of what was received."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.payloads import read_payload
from bot.slack.router import RECEIVED, Router

SOMEBODY: dict[str, Any] = {"user": {"id": "U1"}, "trigger_id": "1.2.3"}
RECEIVED_OF = {
    "command": {
        "command": "/one",
        "user_id": "U1",
        "channel_id": "C1",
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.example/x",
    },
    "view": {"type": "view_submission", **SOMEBODY, "view": {"id": "V1", "callback_id": "/one"}},
    "shortcut": {"type": "shortcut", **SOMEBODY, "callback_id": "/one"},
    "action": {
        "type": "block_actions",
        **SOMEBODY,
        "actions": [{"type": "button", "action_id": "/one"}, {"type": "button", "action_id": "/two"}],
    },
    "event": {"type": "event_callback", "event": {"type": "/one"}},
}


async def answer(router: Router, payload: dict[str, Any]) -> BoltResponse | None:
    """Let the router answer, as Bolt does."""
    request = AsyncBoltRequest(mode="socket_mode", body={}, context={RECEIVED: read_payload(payload)})

    async def others() -> BoltResponse:
        raise AssertionError("nobody else is asked")

    return await router.async_process(req=request, resp=BoltResponse(status=200), next=others)


@pytest.mark.parametrize("kind", RECEIVED_OF)
async def test_each_kind_finds_its_own_handler(kind: str) -> None:
    """The same name in another kind is another handler; of several actions the first one counts."""
    router = Router()

    def named(name: str) -> Any:  # noqa: ANN401 - a handler of any kind
        async def handler(ack: AsyncAck, _: object) -> None:
            await ack(name)

        return handler

    for each in RECEIVED_OF:
        getattr(router, each)("/one", named(each))
        getattr(router, each)("/two", named("another"))
    found = await answer(router, RECEIVED_OF[kind])
    assert found
    assert (found.status, found.body) == (200, kind)


@pytest.mark.parametrize("kind", RECEIVED_OF)
async def test_what_nobody_handles_is_404(kind: str) -> None:
    """A name that no part of the bot knows has no answer, and Bolt's own search is not begun."""
    found = await answer(Router(), RECEIVED_OF[kind])
    assert found
    assert found.status == 404
