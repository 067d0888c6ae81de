"""The one place that talks to Kore.ai: a request out, an answer or an error of `bot.errors` back."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot import errors
from bot.kore.auth import make_token
from bot.kore.listing import Listing
from bot.kore.models import ContactList, ContactListDraft
from bot.kore.protocol import (
    Account,
    Answer,
    Request,
    create_request,
    details_request,
    list_request,
    read_alike,
    read_contact_list,
    read_listings,
)

Observe = Callable[[str, str, float], None]


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The app of Kore.ai whose scope is *Campaign Management*. `algorithm` is HS256 or HS512."""

    client_id: str
    client_secret: str
    algorithm: str

    def token(self) -> str:
        """Make a token for one request: with "Enforce JTI" a token works once."""
        return make_token(
            client_id=self.client_id,
            client_secret=self.client_secret,
            algorithm=self.algorithm,
            now=time.time(),
            token_id=uuid.uuid4().hex,
        )

    def __repr__(self) -> str:
        return "Credentials(…)"


class KoreClient:
    """Sends one request for each call, and never repeats one by itself."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        open_session: Callable[[], aiohttp.ClientSession],
        host: str,
        account: Account,
        credentials: Credentials,
        observe: Observe | None = None,
    ) -> None:
        """`host` is a URL without a path; `open_session` opens a session like the first for one request.

        `observe` is called after every call with its operation, its status or the class of its error, and
        its seconds.
        """
        self._observe = observe
        self._session = session
        self._open_session = open_session
        self._host = URL(host)
        self._account = account
        self._credentials = credentials

    async def create(self, draft: ContactListDraft) -> ContactList:
        """Create a contact list, sending the POST once; raises `KoreError`.

        It has a connection of its own: a balancer that has silently dropped a kept one would make an
        uncertain outcome of a request that never arrived.
        """
        request = create_request(draft, account=self._account, token=self._credentials.token())
        async with self._open_session() as fresh:
            answer = await self._send("create", request, fresh)
        return read_contact_list(answer)

    async def alike(self, draft: ContactListDraft) -> tuple[str, ...]:
        """Ask for all lists, and return the ids of those that may be this one; raises `KoreError`."""
        request = list_request(account=self._account, token=self._credentials.token())
        answer = await self._send("list", request, self._session)
        return read_alike(answer, draft)

    async def listings(self) -> tuple[Listing, ...]:
        """Ask for all lists, the newest first; raises `KoreError`. Thousands are read beside the loop."""
        request = list_request(account=self._account, token=self._credentials.token())
        answer = await self._send("list", request, self._session)
        return await asyncio.to_thread(read_listings, answer)

    async def details(self, list_id: str) -> tuple[ContactList, float | None]:
        """Ask for one list; raises `KoreError`.

        The number is by how many seconds at least the clock there is ahead of ours, if the answer has a date.
        """
        request = details_request(list_id, account=self._account, token=self._credentials.token())
        answer = await self._send("get", request, self._session)
        return read_contact_list(answer), answer.clock_ahead

    async def _send(self, operation: str, request: Request, session: aiohttp.ClientSession) -> Answer:
        began, status = time.monotonic(), "broken"
        try:
            answer = await self._exchange(request, session)
            status = str(answer.status)
        except errors.KoreError as error:
            status = type(error).__name__
            raise
        finally:
            if self._observe:
                self._observe(operation, status, time.monotonic() - began)
        return answer

    async def _exchange(self, request: Request, session: aiohttp.ClientSession) -> Answer:
        """Send once. Which error is raised says whether the request can have arrived."""
        path = [quote(segment, safe="") for segment in request.path]
        url = self._host.joinpath(*path, encoded=True).with_query(request.query)
        try:
            async with session.request(
                request.method,
                url,
                headers=request.headers,
                json=request.body,
                allow_redirects=False,
                middlewares=(_only_once,),
            ) as response:
                text = await response.text(encoding="utf-8", errors="replace")
                return Answer(
                    status=response.status,
                    text=text,
                    retry_after=_retry_after(response.headers),
                    clock_ahead=_clock_ahead(response.headers),
                )
        except aiohttp.ClientHttpProxyError as problem:  # its own text holds the proxy's password
            raise errors.KoreUnreachable(f"the proxy answered {problem.status}") from problem
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            raise errors.KoreUnreachable(str(problem)) from problem
        except TimeoutError as problem:
            raise errors.KoreTimedOut(f"no answer in {session.timeout.total} s") from problem
        except aiohttp.ClientError as problem:
            raise errors.KoreConnectionLost(type(problem).__name__) from problem


async def _only_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a GET by itself: a token works once, and every request is counted."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise errors.KoreConnectionLost(type(problem).__name__) from problem


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read a wait in seconds; its other form, a date, is left alone."""
    wait = headers.get("Retry-After", "")
    return float(wait) if wait.isdecimal() else None


def _clock_ahead(headers: Mapping[str, str]) -> float | None:
    """Compare the clocks: their `Date`, which has no fractions, was written before we received it."""
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp() - time.time()
    except (KeyError, ValueError):
        return None
