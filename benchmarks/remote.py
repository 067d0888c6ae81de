"""The remote ends of a measurement: a Slack and a Kore.ai that answer at once and check nothing.

What arrives is told by the number in it: the trigger's in views.open, that of the list's name elsewhere.
"""

import asyncio
import json
import re
import ssl
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import trustme

from benchmarks.wire import LOCALHOST, Service, response
from sandbox.slack.workspace import TEAM_ID

_NUMBER = re.compile(rb"bench-(\d{8})")
_OK = response(b'{"ok":true}')
_AUTH_TEST = response(
    json.dumps(
        {
            "ok": True,
            "url": "https://bench.slack.com/",
            "team": "Bench",
            "user": "contactlists",
            "team_id": TEAM_ID,
            "user_id": "U0BOT",
            "bot_id": "B0BOT",
            "is_enterprise_install": False,
        }
    ).encode(),
    b"X-OAuth-Scopes: commands,chat:write",
)
_POSTED = response(
    json.dumps(
        {"ok": True, "channel": "C0CAMPAIGN", "ts": "1.000001", "message": {"text": "x" * 400}}
    ).encode()
)
_CREATED = json.dumps(
    {
        "status": "success",
        "message": "Contact list bench-00000000 created successfully",
        "data": {
            "isActive": True,
            "name": "bench-00000000",
            "description": "Customers whose service ends in July 2025.",
            "totalRecordCount": 0,
            "status": "Ready",
            "createdBy": "u-eb5bbee1-6af9-5b9a-b471-03a3fe400000",
            "updatedBy": "u-eb5bbee1-6af9-5b9a-b471-03a3fe400000",
            "mapping": {"firstName": "firstName", "phoneNumber": "phoneNumber"},
            "isListInUse": False,
            "listType": "call",
            "isGlobalDNC": False,
            "isDefault": False,
            "campaignInUse": [],
            "source": "passiveApi",
            "apiConfigurations": {"dataSyncMode": "allowDuplicates"},
            "columns": [],
            "files": [],
            "createdAt": "2025-12-05T09:22:51.001Z",
            "updatedAt": "2025-12-05T09:22:51.001Z",
            "_id": "cl-67a405c-ae3b-4a42-8cd2-5dcd69900000",
            "allowDuplicates": False,
        },
    }
).encode()


class Remote:
    """What both ends have seen; times are those of `time.perf_counter`, the keys are numbers."""

    url: str
    certificate: str | None = None
    """The file that a server must trust, where the ends speak HTTPS."""

    def __init__(self, form: dict[str, Any]) -> None:
        """`form` is what views.open and views.update give back, as Slack does."""
        view = {"id": "V00000000", "hash": "1.a", "state": {"values": {}}, **form}
        self._opened = response(json.dumps({"ok": True, "view": view}).encode())
        self.slack_takes = 0.0
        """Seconds after which the Web API answers."""
        self.calls: Counter[str] = Counter()
        self.created: dict[int, float] = {}
        """When the POST of a list came."""
        self._forms: defaultdict[int, asyncio.Future[float]] = defaultdict(asyncio.Future)
        self._posts: defaultdict[int, asyncio.Future[float]] = defaultdict(asyncio.Future)

    def form(self, number: int) -> asyncio.Future[float]:
        """Wait for a command's form: when its views.open was answered."""
        return self._forms[number]

    def post(self, number: int) -> asyncio.Future[float]:
        """Wait for a list's summary: when its chat.postMessage came."""
        return self._posts[number]

    def forget(self) -> None:
        """Make room for the next server, whose numbers are others."""
        self.calls.clear()
        self.created.clear()
        self._forms.clear()
        self._posts.clear()

    def reply(self, path: bytes, body: bytes, send: Callable[[bytes], None]) -> None:
        """Answer one request."""
        found = _NUMBER.search(body)
        number, came = int(found[1]) if found else 0, time.perf_counter()
        name = path.partition(b"?")[0].rpartition(b"/")[2].decode()
        self.calls[name] += 1
        if name == "createContactList":
            self.created.setdefault(number, came)
            send(response(_CREATED.replace(b"bench-00000000", b"bench-%08d" % number)))
        elif not self.slack_takes:
            self._from_slack(name, number, came, send)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self.slack_takes, self._from_slack, name, number, came, send)

    def _from_slack(self, name: str, number: int, came: float, send: Callable[[bytes], None]) -> None:
        answers = {
            "auth.test": _AUTH_TEST,
            "views.open": self._opened,
            "views.update": self._opened,
            "chat.postMessage": _POSTED,
        }
        send(answers.get(name, _OK))
        if name == "views.open":
            _settle(self._forms[number], time.perf_counter())
        elif name == "chat.postMessage":
            _settle(self._posts[number], came)


@asynccontextmanager
async def remote_ends(form: dict[str, Any], *, https: bool) -> AsyncIterator[Remote]:
    """Open both ends on one free port: with HTTPS, as in life, or without."""
    remote, context = Remote(form), None
    with TemporaryDirectory() as folder:
        if https:
            remote.certificate = f"{folder}/authority.pem"
            context = _context(remote.certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Service(remote.reply), LOCALHOST, 0, backlog=1024, ssl=context
        )
        port = server.sockets[0].getsockname()[1]
        remote.url = f"{'https' if https else 'http'}://{LOCALHOST}:{port}"
        try:
            yield remote
        finally:
            server.close()


def _context(authority_file: str) -> ssl.SSLContext:
    """Make an authority, write its certificate down, and let it vouch for this machine."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(authority_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOCALHOST).configure_cert(context)
    return context


def _settle(future: asyncio.Future[float], at: float) -> None:
    if not future.done():
        future.set_result(at)
