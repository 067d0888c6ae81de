"""A client of the local Kore.ai that does everything right, unless it is told otherwise."""

from __future__ import annotations

import json
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import jwt

from sandbox.kore.server import LocalKore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


STREAM_ID = "st-0603182c-7ffb-53c3-b307-47ca14b90001"
ACCOUNT_ID = "67777ce93e25326494e90001"
CLIENT_ID = "cs-1f2e3d4c-0000-5555-8888-aaaaaaaaaaaa"
CLIENT_SECRET = "a-made-up-secret-of-more-than-sixty-four-bytes-for-hs512-as-well-0123456789"
NOW = 1_764_926_571.001  # 2025-12-05T09:22:51.001Z
LISTS = f"/campaign/api/v2/public/{STREAM_ID}/campaign/contactList"
CREATE = f"{LISTS}/createContactList"
LIST_ALL = f"{LISTS}/getAllListDetails"
ADD = f"/api/1.1/public/{STREAM_ID}/campaign/contactList/addContacts"
DRAFT = {
    "name": "Renewal Due",
    "description": "Due in July.",
    "source": "passiveApi",
    "allowDuplicates": True,
}
QUERY = {"accountId": ACCOUNT_ID}
HEADERS = {"iid": STREAM_ID, "accountId": ACCOUNT_ID}
BAD_CREDENTIALS = {"errors": [{"msg": "Invalid SDK credentials", "code": 4002}]}
BAD_TOKEN = {"errors": [{"msg": "Invalid JWT token", "code": 4002}]}
REPLAY = {"errors": [{"msg": "error verifying the jwt: possibly a replay", "code": 4002}]}
INVALID = {"errors": [{"msg": "Validation errors/ Invalid arguments", "code": 412}]}
WRONG_METHOD = {"errors": [{"msg": "Method Not Allowed", "code": 405}]}
LIMIT = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


class Client:
    """A client that does everything right, unless it is told otherwise."""

    def __init__(self, kore: LocalKore, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.kore, self.session, self.clock = kore, session, clock

    async def send(self, method: str, path: str, **changed: Any) -> tuple[int, Any]:  # noqa: ANN401
        """Return the status, and the body as a JSON value or as text."""
        headers = {"auth": token(self.clock.now), **HEADERS} | changed.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        url = self.kore.url + path
        options = {"params": QUERY, "headers": headers} | changed
        async with self.session.request(method, url, **options) as response:
            text = await response.text()
        return response.status, json.loads(text) if text[:1] in {"{", "["} else text

    async def create(self, **changed: Any) -> tuple[int, Any]:  # noqa: ANN401
        """Create a list, DRAFT unless told otherwise."""
        return await self.send("POST", CREATE, **({"json": DRAFT} | changed))

    async def list_all(self, **changed: Any) -> tuple[int, Any]:  # noqa: ANN401
        """Get all lists."""
        return await self.send("POST", LIST_ALL, **({"params": QUERY | {"type": "call"}} | changed))


def token(now: float = NOW, *, key: str = CLIENT_SECRET, algorithm: str = "HS256", **changed: object) -> str:
    """Return a JWT, with claims changed, or left out where the change is None."""
    claims = {
        "appId": CLIENT_ID,
        "sub": "bot",
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
    } | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def local_kore(clock: Clock, **changed: Any) -> LocalKore:  # noqa: ANN401
    """Return a server for the made-up account."""
    ids: dict[str, Any] = {"client_id": CLIENT_ID, "stream_id": STREAM_ID, "account_id": ACCOUNT_ID}
    return LocalKore(**({**ids, "client_secret": CLIENT_SECRET, "clock": clock} | changed))


@asynccontextmanager
async def started(**changed: Any) -> AsyncIterator[Client]:  # noqa: ANN401
    """Start a server and a session."""
    clock = Clock()
    async with local_kore(clock, **changed) as kore, aiohttp.ClientSession() as session:
        yield Client(kore, session, clock)
