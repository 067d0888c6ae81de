"""The door: raw body → signature → parsed once → Bolt's dispatch, the same for HTTP and Socket Mode.

Nothing in a body is parsed before its signature has been verified, and none of it is ever logged.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeGuard

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from structlog.contextvars import bound_contextvars

from bot.errors import UnreadablePayload
from bot.observe.logs import new_reference
from bot.observe.metrics import Metrics
from bot.observe.redaction import private
from bot.slack.payloads import (
    AppRateLimited,
    Command,
    EventCallback,
    Handled,
    OfSlack,
    OtherEvent,
    UrlVerification,
)
from bot.slack.reading import is_certificate_check, private_texts, read_form, read_json, read_payload
from bot.timing import Timing

OUTCOME = "outcome"
"""The key under which a listener notes its outcome in Bolt's context, if the answer doesn't show it."""
BODY_LIMIT = 1024 * 1024
"""Bytes; Slack's own payloads are a few kilobytes."""
SMALL_BODY = 64 * 1024
"""Bytes; nearly all of Slack's payloads are smaller."""
LARGE_BODIES = 16 * 1024 * 1024
"""Bytes of larger bodies that may be in memory at once, before their signatures are checked."""
handled: ContextVar[Handled | None] = ContextVar("handled", default=None)
"""What the current listener, and the work it started, is handling."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """What goes back to Slack: an HTTP status, and a JSON object or nothing."""

    status: int
    body: dict[str, object] | None = None


class HttpAdapter:
    """Lets signed, readable requests through to Bolt."""

    def __init__(
        self, app: AsyncApp, *, signing_secret: str | None, metrics: Metrics, timing: Timing
    ) -> None:
        """Without a signing secret (Socket Mode), every HTTP request is refused."""
        self._app = app
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._metrics = metrics
        self._timing = timing
        self._is_closed = False
        self._inside = 0
        self._left = asyncio.Event()
        self._large_bodies = 0

    async def handle_http(self, request: web.Request) -> web.Response:
        """Answer `POST /slack/events`."""
        held = _large_size(request)
        if self._is_closed:
            return self._refuse("draining", 503)
        if self._large_bodies + held > LARGE_BODIES:
            return self._refuse("too_many_bodies", 503)
        self._inside += 1
        self._large_bodies += held
        try:
            return await self._answer(request)
        finally:
            self._inside -= 1
            self._large_bodies -= held
            self._left.set()

    async def close(self, *, seconds: float) -> None:
        """Stop accepting HTTP requests, and wait up to `seconds` until those inside are answered."""
        self._is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._inside:
                    self._left.clear()
                    await self._left.wait()

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(self._timing.body_timeout):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._refuse("too_large", 413)
        except TimeoutError:
            return self._refuse("too_slow", 408)
        if self._verifier and is_certificate_check(body):
            self._metrics.requests.labels("ssl_check", "acknowledged").inc()
            return web.Response()
        if not self._is_signed(body, request):
            return self._refuse("bad_signature", 401)
        return await self._answer_signed(request, body)

    async def _answer_signed(self, request: web.Request, body: bytes) -> web.Response:
        is_event = request.content_type == "application/json"
        try:
            answer = await self.dispatch(read_json(body) if is_event else read_form(body))
        except UnreadablePayload as problem:
            return self._refuse("unreadable", 400, problem=str(problem))
        if answer.body is None:
            return web.Response(status=answer.status)
        return web.json_response(answer.body, status=answer.status)

    async def dispatch(self, fields: dict[str, object]) -> Acknowledgement:
        """Answer one payload, through Bolt if a listener has to see it; raises `UnreadablePayload`."""
        payload = read_payload(fields)
        kind = "command" if isinstance(payload, Command) else payload.type
        if isinstance(payload, OfSlack) or _is_of_no_use(payload):
            answer, outcome = _known_answer(payload), "acknowledged"
        else:
            answer, outcome = await self._ask_bolt(payload, kind)
        self._metrics.requests.labels(kind, outcome).inc()
        return answer

    async def _ask_bolt(self, payload: Handled, kind: str) -> tuple[Acknowledgement, str]:
        """Hand a payload to Bolt; return the answer, and the outcome for the metrics.

        Listeners get the typed payload as `received`. Bolt matches on the same fields and gets no others:
        some of its helpers break on odd ones, such as a `response_urls` that is null.
        """
        request = AsyncBoltRequest(
            mode="socket_mode", body=payload.model_dump(exclude_none=True), context={"received": payload}
        )
        with (
            bound_contextvars(reference=new_reference()),
            private(*private_texts(payload)),
            _handling(payload),
            self._metrics.ack_seconds.labels(kind).time(),
        ):
            log.debug("request_received", kind=kind)
            response = await self._app.async_dispatch(request)
        answer = _answer_of(response, payload)
        return answer, _outcome(request, answer)

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp")
        signature = request.headers.get("X-Slack-Signature")
        try:
            return bool(self._verifier and self._verifier.is_valid(body, timestamp, signature))
        except (ValueError, TypeError):  # the timestamp isn't a number, or body or signature no text
            return False

    def _refuse(self, reason: str, status: int, **details: str) -> web.Response:
        self._metrics.refusals.labels(reason).inc()
        log.warning("request_refused", reason=reason, status=status, **details)
        response = web.Response(status=status, text=reason)
        response.force_close()  # nothing more is read from the sender
        return response


def _large_size(request: web.Request) -> int:
    """Return how much memory a body may take; a small one counts as zero."""
    size = min(request.content_length or BODY_LIMIT, BODY_LIMIT)
    return size if size > SMALL_BODY else 0


@contextmanager
def _handling(payload: Handled) -> Iterator[None]:
    """Set `handled` while a listener runs; Bolt's middleware can't, as its `next` only sets a flag."""
    before = handled.set(payload)
    try:
        yield
    finally:
        handled.reset(before)


def _known_answer(payload: OfSlack | EventCallback) -> Acknowledgement:
    """Answer what no listener has to see: Slack asking whether we are here, and events of no use."""
    if isinstance(payload, UrlVerification):
        return Acknowledgement(status=200, body={"challenge": payload.challenge})
    if isinstance(payload, AppRateLimited):
        log.warning("events_held_back")
    return Acknowledgement(status=200)


def _is_of_no_use(payload: Handled) -> TypeGuard[EventCallback]:
    return isinstance(payload, EventCallback) and isinstance(payload.event, OtherEvent)


def _answer_of(response: BoltResponse, payload: Handled) -> Acknowledgement:
    """Answer as Bolt does; an event always gets 200, or Slack would send it again."""
    if isinstance(payload, EventCallback):
        return Acknowledgement(status=200)
    if response.status != HTTPStatus.OK:  # no listener: Bolt's own words are for developers
        return Acknowledgement(status=response.status)
    return Acknowledgement(status=200, body=_body(response.body))


def _outcome(request: AsyncBoltRequest, answer: Acknowledgement) -> str:
    """Return how a request was answered, for the metrics."""
    if outcome := request.context.get(OUTCOME):
        return str(outcome)
    if answer.status != HTTPStatus.OK:
        return "refused" if answer.status == HTTPStatus.FORBIDDEN else "unhandled"
    return "rejected" if answer.body and "errors" in answer.body else "acknowledged"


def _body(text: str | None) -> dict[str, object] | None:
    """Read what Bolt would send: a JSON object, or plain text, which Slack shows only to the person."""
    if not text:
        return None
    return json.loads(text) if text.startswith("{") else {"text": text}
