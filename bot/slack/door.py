"""The door: raw body → signature → parsed once → Bolt's dispatch, the same for HTTP and Socket Mode.

Nothing of a body is parsed before its signature was found good, and none of it is ever logged.
Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import json
from dataclasses import dataclass

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import UnreadablePayload
from bot.slack.payloads import (
    Command,
    EventCallback,
    OtherEvent,
    UrlVerification,
    read_form,
    read_json,
    read_payload,
)
from bot.telemetry import Metrics

__all__ = ["BODY_LIMIT", "Answer", "Door"]

BODY_LIMIT = 1024 * 1024
"""Bytes; Slack's own payloads are a few kilobytes."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back to Slack: an HTTP status, and a JSON object or nothing."""

    status: int
    body: dict[str, object] | None = None


class Door:
    """Lets signed, readable requests through to Bolt."""

    def __init__(self, app: AsyncApp, *, signing_secret: str | None, metrics: Metrics) -> None:
        """Without a signing secret (Socket Mode) every HTTP request is refused."""
        self._app = app
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._metrics = metrics

    async def handle_http(self, request: web.Request) -> web.Response:
        """Answer `POST /slack/events`."""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._refuse("too_large", 413)
        if not self._is_signed(body, request):
            return self._refuse("bad_signature", 401)
        try:
            is_event = request.content_type == "application/json"
            answer = await self.dispatch(read_json(body) if is_event else read_form(body))
        except UnreadablePayload as problem:
            return self._refuse("unreadable", 400, problem=str(problem))
        return web.Response(status=answer.status) if answer.body is None else _json(answer)

    async def dispatch(self, fields: dict[str, object]) -> Answer:
        """Hand one payload to Bolt; raises `UnreadablePayload`.

        Bolt gets what was understood and no more, in the form that its Socket Mode requests have, so that it
        parses nothing again. An event is always answered 200: anything else, and Slack would send it again.
        """
        payload = read_payload(fields)
        kind = "command" if isinstance(payload, Command) else payload.type
        self._metrics.requests.labels(kind).inc()
        if isinstance(payload, UrlVerification):
            return Answer(status=200, body={"challenge": payload.challenge})
        if isinstance(payload, EventCallback) and isinstance(payload.event, OtherEvent):
            return Answer(status=200)
        body = payload.model_dump(exclude_none=True)
        response = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        if isinstance(payload, EventCallback):
            return Answer(status=200)
        return Answer(status=response.status, body=_body(response.body))

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp")
        signature = request.headers.get("X-Slack-Signature")
        try:
            return bool(self._verifier and self._verifier.is_valid(body, timestamp, signature))
        except (
            ValueError,
            TypeError,
        ):  # a time stamp that is no number, a body or a signature that is no text
            return False

    def _refuse(self, reason: str, status: int, **details: str) -> web.Response:
        self._metrics.refusals.labels(reason).inc()
        log.warning("request_refused", reason=reason, status=status, **details)
        return web.Response(status=status, text=reason)


def _json(answer: Answer) -> web.Response:
    return web.json_response(answer.body, status=answer.status)


def _body(text: str | None) -> dict[str, object] | None:
    """Read what Bolt would send: a JSON object, or plain text, which Slack shows to the person alone."""
    if not text:
        return None
    return json.loads(text) if text.startswith("{") else {"text": text}
