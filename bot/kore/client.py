"""The only place that talks to Kore.ai: a request out, an answer or an error from `bot.errors` back."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from types import SimpleNamespace
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import jwt
from yarl import URL

from bot import errors
from bot.kore.adding import add_contacts_request, read_added
from bot.kore.auth import make_token
from bot.kore.body import Body
from bot.kore.clock import KoreClock
from bot.kore.headers import date_of, retry_after
from bot.kore.listing import Listing, Lists, RowReader, newest_first, read_alike, read_listing
from bot.kore.models import ContactList, ContactListDraft, seconds_of
from bot.kore.protocol import (
    Account,
    Answer,
    Request,
    create_request,
    details_request,
    headers_for,
    list_request,
    read_contact_list,
    read_lists,
)
from bot.kore.recognition import alike_keys

MEGABYTE = 2**20
ANSWER_LIMIT = MEGABYTE
"""Characters held of an answer; for all lists, that is one row, besides what is kept of each."""
LISTS_LIMIT = 64 * MEGABYTE
"""Bytes read of an answer, decompressed."""
PIECE = 64 * 1024
HEADER_LIMIT = 64 * 1024
"""Bytes per header; some gateways explain themselves at length."""
MAX_HEADERS = 1_000
JSON = {"Content-Type": "application/json"}

T = TypeVar("T")
Observe = Callable[[str, str, float], None]


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The Kore.ai app with the scope *Campaign Management*. `algorithm` is HS256 or HS512."""

    client_id: str
    client_secret: str
    algorithm: str
    hide: Callable[[str], str] = str
    """Removes secrets from what Kore.ai says to people."""

    def token(self) -> str:
        """Make a token for one request: with "Enforce JTI", a token works once.

        Raises `KoreInvalidToken`.
        """
        try:
            return make_token(
                client_id=self.client_id,
                client_secret=self.client_secret,
                algorithm=self.algorithm,
                now=time.time(),
                token_id=uuid.uuid4().hex,
            )
        except jwt.PyJWTError as problem:  # such as for a secret that looks like another kind of key
            raise errors.KoreInvalidToken(f"cannot be signed: {type(problem).__name__}") from problem

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass
class _Progress:
    """How far a request has got; `is_connected` is None if the session doesn't trace its connections."""

    is_connected: bool | None = None


def tracing_connections() -> aiohttp.TraceConfig:
    """Create the trace config that tells the client whether a failed request may have been sent."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(partial(_note, is_connected=False))
    tracing.on_connection_create_end.append(partial(_note, is_connected=True))
    return tracing


class KoreClient:
    """Sends one request per call, and never repeats one by itself."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        host: str,
        account: Account,
        credentials: Credentials,
        observe: Observe | None = None,
    ) -> None:
        """`host` is a URL without a path.

        `observe` is called after every call with its operation, its status or the class of its error, and its
        duration in seconds.
        """
        self._observe = observe
        self._session = session
        self._host = URL(host)
        self._account = account
        self._credentials = credentials
        self._clock = KoreClock()

    async def create(self, draft: ContactListDraft) -> ContactList:
        """Create a contact list, sending the POST once; raises `KoreError`."""
        request = create_request(draft, account=self._account)
        created = read_contact_list(await self._send("create", request, Body()))
        if created.created_at and created.created_at.tzinfo:
            self._clock.hear(seconds_of(created.created_at), now=time.time())
        return created

    async def add_contacts(self, list_name: str, contacts: bytes) -> None:
        """Add contacts to the list with this name, sending the POST once; raises `KoreError`.

        `contacts` is a JSON array, and is never logged. That Kore.ai accepts them doesn't mean that they are
        in the list yet, nor that they ever will be.
        """
        request = add_contacts_request(list_name, contacts, account=self._account)
        read_added(await self._send("add", request, Body()), sent=contacts)

    async def alike(self, name: str) -> Lists[ContactList]:
        """Ask for all lists, and return those that may have this name; raises `KoreError`."""
        return await self._read_lists(partial(read_alike, keys=alike_keys(name)))

    async def listings(self) -> Lists[Listing]:
        """Ask for all lists, newest first; raises `KoreError`."""
        lists = await self._read_lists(read_listing)
        return Lists(await asyncio.to_thread(newest_first, lists.rows), lists.missing)

    async def details(self, list_id: str) -> ContactList:
        """Ask for one list; raises `KoreError`."""
        request = details_request(list_id, account=self._account)
        return read_contact_list(await self._send("get", request, Body()))

    def clock_ahead(self) -> float | None:
        """Return the least number of seconds by which Kore.ai's clock is ahead of ours, if known."""
        return self._clock.ahead(now=time.time())

    async def _read_lists(self, read: Callable[[Mapping[str, object]], T | None]) -> Lists[T]:
        rows = RowReader(read)
        request = list_request(account=self._account)
        return read_lists(await self._send("list", request, Body(rows.take)), rows)

    async def _send(self, operation: str, request: Request, body: Body) -> Answer:
        headers = headers_for(self._account, self._credentials.token())
        began, status = time.monotonic(), "broken"
        try:
            answer = await self._exchange(request, headers, body)
            status = str(answer.status)
        except errors.KoreError as error:
            status = type(error).__name__
            raise
        finally:
            if self._observe:
                self._observe(operation, status, time.monotonic() - began)
        return answer

    async def _exchange(self, request: Request, headers: dict[str, str], body: Body) -> Answer:
        """Send once. The kind of error raised says whether the request may have arrived."""
        progress = _Progress()
        try:
            return await self._answer(request, headers, body, progress)
        except aiohttp.ClientHttpProxyError as problem:  # its own text contains the proxy's password
            raise errors.KoreUnreachable(f"the proxy answered {problem.status}") from problem
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as problem:
            raise errors.KoreUnreachable(str(problem)) from problem
        except (TimeoutError, UnicodeError, aiohttp.ClientError, errors.KoreConnectionLost) as problem:
            if progress.is_connected is False:
                raise errors.KoreUnreachable(f"no connection: {_cause(problem)}") from problem
            if isinstance(problem, TimeoutError):
                raise errors.KoreTimedOut(f"no answer in {self._session.timeout.total} s") from problem
            raise errors.KoreConnectionLost(_cause(problem)) from problem

    async def _answer(
        self, request: Request, headers: dict[str, str], body: Body, progress: _Progress
    ) -> Answer:
        path = [quote(segment, safe="") for segment in request.path]
        async with self._session.request(
            request.method,
            self._host.joinpath(*path, encoded=True).with_query(request.query),
            headers=headers | ({} if request.body is None else JSON),
            data=None if request.body is None else BytesIO(request.body),  # in pieces: it may be megabytes
            allow_redirects=False,
            middlewares=(_only_once,),
            max_line_size=HEADER_LIMIT,
            max_field_size=HEADER_LIMIT,
            max_headers=MAX_HEADERS,
            trace_request_ctx=progress,
        ) as response:
            return await self._read(response, body)

    async def _read(self, response: aiohttp.ClientResponse, body: Body) -> Answer:
        date, now = date_of(response.headers), time.time()
        if date is not None:
            self._clock.hear(date, now=now)
        is_whole = await _feed(response, body)
        return Answer(
            status=response.status,
            body=body.value if is_whole else {},
            text=body.text if is_whole else "",
            is_too_long=not is_whole,
            retry_after=retry_after(response.headers, now=now if date is None else date),
            hide=self._credentials.hide,
        )


async def _feed(response: aiohttp.ClientResponse, body: Body) -> bool:
    """Read the body; return whether it ended before a limit, which compression doesn't count towards."""
    read = 0
    async for piece in response.content.iter_chunked(PIECE):
        read += len(piece)
        await asyncio.to_thread(body.feed, piece)
        if read > LISTS_LIMIT or body.held > ANSWER_LIMIT:
            return False
    return True


async def _note(
    _: aiohttp.ClientSession, context: SimpleNamespace, __: object, *, is_connected: bool
) -> None:
    if isinstance(context.trace_request_ctx, _Progress):
        context.trace_request_ctx.is_connected = is_connected


def _cause(problem: BaseException) -> str:
    """Name the original error by type alone: its text may contain an address or a header."""
    return type(problem.__cause__ if isinstance(problem, errors.KoreError) else problem).__name__


async def _only_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a GET by itself: a token works once, and every request counts."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise errors.KoreConnectionLost(type(problem).__name__) from problem
