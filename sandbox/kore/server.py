"""A local Kore.ai: the contact-list API on a loopback port, as strict as the vendor's pages allow.

    request → route (404, 405) → ids, JWT, rate limit (401, 429) → fault, if one waits → operation → answer

What the pages leave open is decided for the harder case, and said where it is decided.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Self

from aiohttp import web

from sandbox.kore.access import Account, Gate
from sandbox.kore.answers import Answer, invalid
from sandbox.kore.faults import ANY, DEFAULT_SECONDS, Delivery, Fault, FaultQueue
from sandbox.kore.lists import ContactLists, Invalid
from sandbox.kore.routes import OPERATIONS, Route, check_request, find_route, read_body

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Coroutine, Mapping
    from types import TracebackType

LARGEST_BODY = 16 * 1024 * 1024  # bytes
HIDDEN = "••••"
CONSOLE_USER = f"u-{uuid.uuid5(uuid.NAMESPACE_OID, 'a person in the console')}"


@dataclass
class Call:
    """One request, recorded when it came in; `status` stays 0 and `answer` None if it got no answer.

    `at` is in seconds by the clock; `body` and `answer` are JSON values, or text if they are not JSON, or
    None if empty. `fault` and `reason` (why it was refused) are never sent. The headers hold the JWT.
    """

    at: float
    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: object
    status: int = 0
    answer: object = None
    fault: str = ""
    reason: str = ""

    def masked(self) -> Call:
        """Copy it with the JWT hidden, fit to be shown on a page."""
        headers = {name: HIDDEN if name.lower() == "auth" else each for name, each in self.headers.items()}
        return replace(self, headers=headers)


class LocalKore:
    """The server: `async with LocalKore(…) as kore`, then `kore.url`. It can be entered again."""

    def __init__(  # noqa: PLR0913  (the account has that many parts)
        self,
        *,
        client_id: str,
        client_secret: str,
        stream_id: str,
        account_id: str,
        iid: str | None = None,
        algorithm: str = "HS256",
        rate_per_minute: int = 60,
        clock: Callable[[], float] = time.time,
        port: int = 0,
    ) -> None:
        self.account = Account(client_id, client_secret, stream_id, account_id, iid or stream_id, algorithm)
        self.url = ""
        self.calls: list[Call] = []
        self.listeners: set[Callable[[], None]] = set()
        self.rate_per_minute = rate_per_minute
        self._store = ContactLists(owner=client_id, clock=clock)
        self._gate = Gate(self.account, rate_per_minute=rate_per_minute, clock=clock)
        self._faults = FaultQueue()
        self._clock = clock
        self._port = port
        self._changed = asyncio.Event()
        self._released = asyncio.Event()
        self._late: set[asyncio.Task[None]] = set()

    def rotate(self, *, client_secret: str) -> None:
        """Replace the app's secret at once, as in the console: a JWT of the old one is refused."""
        self.account = replace(self.account, client_secret=client_secret)
        self._gate.account = self.account

    @property
    def lists(self) -> dict[str, dict[str, object]]:
        """The lists by `_id`, in order of creation: exactly what "Get details" answers."""
        self._store.settle()
        return self._store.lists

    @property
    def adding_takes(self) -> float:
        """Seconds in which the contacts of a call get into their list; `math.inf`: not before `settle`."""
        return self._store.contacts.takes

    @adding_takes.setter
    def adding_takes(self, seconds: float) -> None:
        self._store.contacts.takes = seconds

    def settle(self) -> None:
        """Let all contacts get into their lists that are on their way."""
        self._store.settle(at_once=True)
        self._tell()

    def contacts(self, list_id: str) -> list[dict[str, object]]:
        """Return the contacts that are in a list, each as it was sent."""
        self._store.settle()
        return [one.sent for one in self._store.contacts.of(list_id)]

    def phones(self, list_id: str) -> Counter[str]:
        """Count how often each phone number is in a list."""
        self._store.settle()
        return self._store.contacts.phones(list_id)

    def put(self, name: str, description: str = "Made in the console.", **changes: object) -> str:
        """Put a list there as the console would, with fields that shall differ; returns its `_id`."""
        body = {"name": name, "description": description, "source": "passiveApi"}
        self._store.create(body)
        list_id = next(reversed(self._store.lists))
        self._store.lists[list_id] |= {"createdBy": CONSOLE_USER, "updatedBy": CONSOLE_USER, **changes}
        return list_id

    @property
    def faults_waiting(self) -> list[Fault]:
        """The faults that no call has taken yet, one for each call, oldest first."""
        return list(self._faults.waiting)

    def fault(
        self,
        fault: str,
        *,
        times: int = 1,
        operation: str = "create",
        seconds: float | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Queue a fault of `FAULTS` for the next calls of an operation, or of "any"."""
        if operation not in {*OPERATIONS, ANY}:
            raise ValueError(f"no such operation: {operation}; there are {', '.join(OPERATIONS)} and {ANY}")
        wait = DEFAULT_SECONDS if seconds is None else seconds
        self._faults.add(Fault(fault, operation, wait, retry_after), times=times)
        self._tell()

    def clear_faults(self) -> None:
        """Forget every fault that no call has taken yet."""
        self._faults.waiting.clear()
        self._tell()

    def release(self) -> None:
        """Let everything that a fault holds up go on now."""
        self._released.set()
        self._released.clear()

    async def until(self, condition: Callable[[], bool], *, timeout: float = 40) -> None:  # noqa: ASYNC109
        """Wait until the condition holds, looked at after each call and each change; else TimeoutError."""
        async with asyncio.timeout(timeout):
            while not condition():
                await self._changed.wait()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        # A client that hangs up ends its handler: that is how a call without an answer ends.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        await asyncio.gather(*self._late)
        await self._runner.cleanup()
        self._released.clear()

    async def _handle(self, request: web.Request) -> web.Response:
        body = read_body(await request.read())
        route, ids, stray = find_route(request.method, request.path)
        call = Call(
            at=self._clock(),
            operation=route.operation if route else "unknown",
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers=request.headers,
            body=body,
        )
        self.calls.append(call)
        self._tell()
        answer = await self._answer(call, request, route, ids) if route else stray
        return self._respond(call, request, answer)

    async def _answer(
        self, call: Call, request: web.Request, route: Route, ids: Mapping[str, str]
    ) -> Answer | None:
        v1 = route.operation == "add_contacts"
        refusal = self._gate.refuse(request, path_id=ids["path_id"], v1=v1)
        if refusal:
            return refusal

        def operate() -> Answer:
            try:
                check_request(route.operation, request, call.body)
                return self._operate(call, ids.get("list_id", ""), part=fault.kind.part if fault else 1)
            except Invalid as problem:
                return invalid(str(problem))

        fault = self._faults.take(route.operation)
        return await self._fail(call, fault, operate) if fault else operate()

    async def _fail(self, call: Call, fault: Fault, operate: Callable[[], Answer]) -> Answer | None:
        """Carry out the operation or not, then return what is sent, or None to drop the connection."""
        call.fault = fault.name
        answer = fault.shape(operate() if fault.kind.commits else Answer(200, ""))
        self._tell()
        match fault.kind.delivery:
            case Delivery.SLOW:
                await self._pause(fault.seconds)
            case Delivery.NEVER:
                await self._pause(None)
            case Delivery.DROP_THEN_COMMIT:
                self._later(self._operate_late(fault.seconds, operate))
        return answer if fault.kind.delivery in {Delivery.AT_ONCE, Delivery.SLOW} else None

    async def _operate_late(self, seconds: float, operate: Callable[[], Answer]) -> None:
        await self._pause(seconds)
        operate()
        self._tell()

    def _operate(self, call: Call, list_id: str, *, part: float) -> Answer:
        store, body = self._store, call.body
        store.settle()
        operations: dict[str, Callable[[], Answer]] = {
            "create": lambda: store.create(body),
            "list": store.get_all,
            "get": lambda: store.get(list_id),
            "update": lambda: store.update(list_id, body),
            "delete": lambda: store.delete(list_id),
            "contacts": lambda: store.get_contacts(list_id),
            "add_contacts": lambda: store.add_contacts(body, part=part),
        }
        answer = operations[call.operation]()
        if call.operation == "add_contacts" and self.adding_takes:
            self._later(self._tell_when_added())
        return answer

    async def _tell_when_added(self) -> None:
        await self._pause(None if math.isinf(self.adding_takes) else self.adding_takes)
        self._tell()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _respond(self, call: Call, request: web.Request, answer: Answer | None) -> web.Response:
        if answer is None:
            if request.transport is not None:
                request.transport.close()
            self._tell()
            return web.Response()  # goes nowhere: the connection is closed
        call.status, call.answer, call.reason = answer.status, answer.body or None, answer.reason
        self._tell()
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        raw = text.encode() if answer.raw is None else answer.raw
        date = formatdate(self._clock(), usegmt=True)
        headers = {"Date": date, "Content-Type": answer.content_type, **answer.headers}
        return web.Response(status=answer.status, body=raw, headers=headers)

    async def _pause(self, seconds: float | None) -> None:
        """Wait that long, or without end, but no longer than until `release`, or than the server lives."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._released.wait()

    def _tell(self) -> None:
        """Wake who waits in `until` and call the listeners; no await, so that no hang-up can stop it."""
        self._changed.set()
        self._changed = asyncio.Event()
        for listener in self.listeners:
            listener()
