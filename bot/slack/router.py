"""Which handler answers what: found by the kind and the name of a payload, however many handlers there are.

A middleware of Bolt's app, before all others. Bolt's own search asks each listener in turn, and lays out for
each all that one may want: that took a fifth of the time of a command.
Source: https://docs.slack.dev/tools/bolt-python/concepts/global-middleware
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncAck
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.payloads import BlockActions, Command, EventCallback, Handled, Shortcut, ViewSubmission

RECEIVED = "received"
"""Where a request's context has the payload, read into its type; Bolt gives it to `on_error` by this name."""

handled: ContextVar[Handled | None] = ContextVar("handled", default=None)
"""What a handler, and the work that it has begun, is about."""

P = TypeVar("P")
Handler = Callable[[AsyncAck, P], Awaitable[None]]
"""Is given how to acknowledge, and what was received."""


class Router(AsyncMiddleware):
    """Each part of the bot says here what it handles; what nobody handles is answered 404."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], Handler[Any]] = {}

    def command(self, name: str, handler: Handler[Command]) -> None:
        """Handle a slash command."""
        self._handlers["command", name] = handler

    def view(self, callback_id: str, handler: Handler[ViewSubmission]) -> None:
        """Handle the submission of a modal."""
        self._handlers["view", callback_id] = handler

    def shortcut(self, callback_id: str, handler: Handler[Shortcut]) -> None:
        """Handle a global shortcut."""
        self._handlers["shortcut", callback_id] = handler

    def action(self, action_id: str, handler: Handler[BlockActions]) -> None:
        """Handle a button or a menu."""
        self._handlers["action", action_id] = handler

    def event(self, kind: str, handler: Handler[EventCallback]) -> None:
        """Handle an event of the Events API."""
        self._handlers["event", kind] = handler

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - of Bolt's interface
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002, ARG002 - the same
    ) -> BoltResponse | None:
        """Let the handler answer."""
        received: Handled = req.context[RECEIVED]
        handler = self._handlers.get(_address(received))
        if handler is None:
            return BoltResponse(status=404, body="")
        before = handled.set(received)
        try:
            await handler(req.context.ack, received)
        finally:
            handled.reset(before)
        return req.context.ack.response


def _address(payload: Handled) -> tuple[str, str]:
    """Tell by which kind and name a payload's handler is known."""
    if isinstance(payload, Command):
        return "command", payload.command
    if isinstance(payload, ViewSubmission):
        return "view", payload.view.callback_id
    if isinstance(payload, BlockActions):
        return "action", payload.actions[0].action_id
    if isinstance(payload, Shortcut):
        return "shortcut", payload.callback_id
    return "event", payload.event.type
