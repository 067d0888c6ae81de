"""The Kore.ai client against the local Kore.ai: one POST for each create, and the right name for each end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import jwt
import pytest
from aiohttp import web

from bot import errors
from bot.kore.client import Credentials, KoreClient, tracing_connections
from bot.kore.listing import Lists
from bot.kore.models import ContactListDraft
from bot.kore.protocol import Account
from sandbox.kore.faults import FAULTS, SHAPES
from sandbox.kore.server import LocalKore

SECRET = "a-made-up-client-secret-that-is-long-enough-for-both-algorithms-0123456789"
DRAFT = ContactListDraft(name="Renewal Due", description="Due in July.", allow_duplicates=True)
PATIENCE = 5.0
WAITS = {"slow", "timeout", "timeout_after_commit"}
IMPATIENCE = 0.2
FAULT_ENDS: Mapping[str, type[errors.KoreError] | None] = {
    "slow": errors.KoreTimedOut,
    "timeout": errors.KoreTimedOut,
    "timeout_after_commit": errors.KoreTimedOut,
    "unauthorized": errors.KoreUnauthorized,
    "invalid_token": errors.KoreInvalidToken,
    "scope_missing": errors.KoreScopeMissing,
    "scope_missing_message": errors.KoreScopeMissing,
    "method_not_allowed": errors.KoreWrongAddress,
    "invalid": errors.KoreInvalid,
    "rate_limited": errors.KoreRateLimited,
    "rate_limited_text": errors.KoreRateLimited,
    "server_error": errors.KoreUnavailable,
    "server_error_after_commit": errors.KoreUnavailable,
    "html": errors.KoreUnavailable,
    "html_ok": errors.KoreUnreadable,
    "empty": errors.KoreUnreadable,
    "flat_error": errors.KoreRejected,
    "failure": errors.KoreRejected,
    "truncated": errors.KoreUnreadable,
    "data_missing": errors.KoreUnreadable,
    "created_201": None,
    "drop_before_commit": errors.KoreConnectionLost,
    "drop_after_commit": errors.KoreConnectionLost,
    "drop_commit_late": errors.KoreConnectionLost,
    "limit_reached": errors.KoreRejected,
    "name_taken": errors.KoreNameTaken,
    "name_invalid": errors.KoreNameTaken,
    "stream_unknown": errors.KoreNotFound,
    "accepted_and_lost": errors.KoreUnreadable,
    "added_in_part": errors.KoreUnavailable,
    "firewall": errors.KoreBlocked,
    "data_null": errors.KoreUnreadable,
    "long_text": errors.KoreUnreadable,
    "bomb": errors.KoreUnreadable,
    "utf_16": errors.KoreUnreadable,
} | dict.fromkeys(sorted(SHAPES.keys() - {"data_null", "long_text", "bomb", "utf_16"}))
"""What each fault of the local Kore.ai must be called; None: it is a success."""
ADDED_ANYWAY: Mapping[str, None] = dict.fromkeys(["accepted_and_lost", "data_missing", "data_null"])
"""What makes a create unclear, and is nothing to the adding of contacts, which answers no data."""


def local_kore(algorithm: str = "HS256") -> LocalKore:
    """Describe the made-up account."""
    return LocalKore(
        client_id="cs-1",
        client_secret=SECRET,
        stream_id="st-1",
        account_id="67777ce93e25326494e90001",
        iid="st-2",
        algorithm=algorithm,
    )


def client(session: aiohttp.ClientSession, host: str, *, algorithm: str = "HS256") -> KoreClient:
    """Build a client with the account's credentials."""
    return KoreClient(
        session,
        host=host,
        account=Account(stream_id="st-1", account_id="67777ce93e25326494e90001", iid="st-2"),
        credentials=Credentials(client_id="cs-1", client_secret=SECRET, algorithm=algorithm),
    )


def session_for(fault: str) -> aiohttp.ClientSession:
    """Open a session that does not wait long for what does not come."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=IMPATIENCE if fault in WAITS else PATIENCE)
    )


async def serve(
    parts: AsyncExitStack, answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
) -> str:
    """Run something that is not Kore.ai, and return its address."""
    runner = web.ServerRunner(web.Server(answer), access_log=None)
    await runner.setup()
    parts.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@asynccontextmanager
async def raw_answer(answer: bytes) -> AsyncIterator[str]:
    """Run something that answers these bytes to everything; its address."""

    async def took(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(took, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session for one test, with a connection for each request as the bot's has."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as opened:
        yield opened


@pytest.fixture
async def kore() -> AsyncIterator[LocalKore]:
    """Run a local Kore.ai."""
    async with local_kore() as running:
        yield running


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
async def test_a_list_is_created(session: aiohttp.ClientSession, algorithm: str) -> None:
    """The local Kore.ai, which checks ids, headers, body and token, takes the request and stores the list."""
    async with local_kore(algorithm) as kore:
        created = await client(session, kore.url, algorithm=algorithm).create(DRAFT)
    assert list(kore.lists) == [created.id]
    assert (created.name, created.description) == (DRAFT.name, DRAFT.description)
    assert created.allow_duplicates is True
    assert [(call.method, call.status) for call in kore.calls] == [("POST", 200)]


async def test_any_text_arrives_as_it_is(kore: LocalKore, session: aiohttp.ClientSession) -> None:
    """Quotes, emoji and line breaks reach the API unchanged."""
    draft = ContactListDraft(name='Ünï "q" \\ 📞 & <b>', description="one\n\ttwo\u2028three")
    created = await client(session, kore.url).create(draft)
    assert kore.lists[created.id]["name"] == draft.name
    assert kore.lists[created.id]["description"] == draft.description


async def test_ids_are_quoted_in_the_address(session: aiohttp.ClientSession) -> None:
    """An id with signs that mean something in an address stays one piece of it."""
    seen: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(status=404)

    async with AsyncExitStack() as parts:
        host = await serve(parts, answer)
        odd = KoreClient(
            session,
            host=host,
            account=Account(stream_id="st 1?x#y%2F", account_id="a&b=c", iid="st"),
            credentials=Credentials(client_id="cs-1", client_secret=SECRET, algorithm="HS256"),
        )
        with pytest.raises(errors.KoreWrongAddress):
            await odd.create(DRAFT)
    (path,) = seen
    assert path.count("?") == 1
    assert path.startswith(
        "/campaign/api/v2/public/st%201%3Fx%23y%252F/campaign/contactList/createContactList?"
    )
    assert path.endswith("?accountId=a%26b%3Dc")


async def test_contacts_go_as_they_are(session: aiohttp.ClientSession) -> None:
    """Megabytes of them too: to their own address, byte by byte, and once."""
    contacts = json.dumps([{"phoneNumber": "+4915112345678", "note": "x" * 300}] * 6_000).encode()
    seen: list[tuple[str, str | None, bytes]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append((request.path_qs, request.headers.get("Content-Type"), await request.content.read()))
        return web.json_response({"message": "Adding contacts to public list is in progress"})

    async with AsyncExitStack() as parts:
        await client(session, await serve(parts, answer)).add_contacts("Renewal Due", contacts)
    ((path, content_type, body),) = seen
    assert path == "/api/1.1/public/st-2/campaign/contactList/addContacts?accountId=67777ce93e25326494e90001"
    assert content_type == "application/json"
    assert body == b'{"contact_list_name": "Renewal Due", "data": ' + contacts + b"}"


def test_every_fault_has_its_end() -> None:
    """A fault that the local Kore.ai learns has to be given a class here."""
    assert set(FAULT_ENDS) == set(FAULTS)


@pytest.mark.parametrize(("fault", "expected"), FAULT_ENDS.items())
async def test_each_fault_is_called_by_its_name(
    kore: LocalKore, fault: str, expected: type[errors.KoreError] | None
) -> None:
    """The class says what happened, is never surer than the truth, and the POST was sent once."""
    kore.fault(fault)
    async with session_for(fault) as session:
        if expected is None:
            created = await client(session, kore.url).create(DRAFT)
            assert created.id in kore.lists or fault == "id_long"
            assert json.loads(created.model_dump_json())
        else:
            with pytest.raises(errors.KoreError) as caught:
                await client(session, kore.url).create(DRAFT)
            assert type(caught.value) is expected
            assert caught.value.maybe_created or not kore.lists
    assert len(kore.calls) == 1
    assert kore.faults_waiting == []


@pytest.mark.parametrize(("fault", "expected"), {**FAULT_ENDS, **ADDED_ANYWAY}.items())
async def test_faults_of_adding(kore: LocalKore, fault: str, expected: type[errors.KoreError] | None) -> None:
    """They have the same classes; contacts arrive once, and never where it is said that they did not."""
    list_id = kore.put("Renewal Due", allowDuplicates=True)
    kore.fault(fault, operation="add_contacts")
    error: errors.KoreError | None = None
    async with session_for(fault) as session:
        try:
            await client(session, kore.url).add_contacts(
                "Renewal Due", b'[{"phoneNumber": "+4915112345678"}]'
            )
        except errors.KoreError as raised:
            error = raised
    assert (error and type(error)) is expected
    arrived = kore.phones(list_id).total()
    assert arrived <= (1 if error is None or error.maybe_created else 0)
    assert error or arrived == (fault != "accepted_and_lost")
    assert [call.operation for call in kore.calls] == ["add_contacts"]


async def test_a_slow_answer_in_time_is_a_success(kore: LocalKore, session: aiohttp.ClientSession) -> None:
    """Waiting within the limit is no fault."""
    kore.fault("slow", seconds=0.05)
    assert (await client(session, kore.url).create(DRAFT)).id in kore.lists


async def test_a_real_rate_limit_is_recognised(session: aiohttp.ClientSession) -> None:
    """The call over the account's limit is refused, was not taken, and is not sent again."""
    kore = LocalKore(
        client_id="cs-1",
        client_secret=SECRET,
        stream_id="st-1",
        account_id="67777ce93e25326494e90001",
        iid="st-2",
        rate_per_minute=1,
    )
    async with kore:
        await client(session, kore.url).create(DRAFT)
        with pytest.raises(errors.KoreRateLimited):
            await client(session, kore.url).create(DRAFT)
    assert len(kore.lists) == 1
    assert len(kore.calls) == 2


async def test_a_redirect_is_not_followed(kore: LocalKore, session: aiohttp.ClientSession) -> None:
    """The token is not carried to another address, and nothing is created there."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{kore.url}/elsewhere"})

    async with AsyncExitStack() as parts:
        with pytest.raises(errors.KoreWrongAddress):
            await client(session, await serve(parts, answer)).create(DRAFT)
    assert kore.calls == []


async def test_many_headers(session: aiohttp.ClientSession) -> None:
    """A gateway may send very many, and long ones."""
    body = b'{"status": "success", "data": {"_id": "cl-1"}}'
    many = b"".join(b"Set-Cookie: a%d=%s\r\n" % (number, b"x" * 100) for number in range(300))
    head = b"HTTP/1.1 200 OK\r\n" + many + b"X-Why: " + b"y" * 60_000 + b"\r\n\r\n"
    async with raw_answer(head + body) as host:
        assert (await client(session, host).create(DRAFT)).id == "cl-1"


async def test_an_answer_that_is_no_text_is_survived(session: aiohttp.ClientSession) -> None:
    """Bytes that are no UTF-8 are an answer that cannot be read, not a fault of ours."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"\xff\xfe{", content_type="application/json")

    async with AsyncExitStack() as parts:
        with pytest.raises(errors.KoreUnreadable):
            await client(session, await serve(parts, answer)).create(DRAFT)


async def test_a_body_that_ends_early_is_a_lost_connection(session: aiohttp.ClientSession) -> None:
    """An answer that breaks off may belong to a list that was created."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"status": "success"')
        assert request.transport is not None
        request.transport.close()
        return response

    async with AsyncExitStack() as parts:
        with pytest.raises(errors.KoreConnectionLost):
            await client(session, await serve(parts, answer)).create(DRAFT)


async def test_a_refused_connection_is_certain() -> None:
    """Where nothing listens, nothing was created."""
    async with local_kore() as kore:
        pass
    async with aiohttp.ClientSession() as fresh:
        with pytest.raises(errors.KoreUnreachable) as caught:
            await client(fresh, kore.url).create(DRAFT)
    assert not caught.value.maybe_created
    assert kore.calls == []


@pytest.mark.parametrize("host", ["nohost.invalid", "no..host.invalid", f"{'n' * 70}.invalid"])
async def test_an_unknown_host_is_certain(host: str) -> None:
    """A name that does not exist, or cannot, was not sent anything."""
    async with aiohttp.ClientSession(trace_configs=[tracing_connections()]) as session:
        with pytest.raises(errors.KoreUnreachable):
            await client(session, f"https://{host}").create(DRAFT)


async def test_a_server_without_tls_is_certain(kore: LocalKore, session: aiohttp.ClientSession) -> None:
    """A TLS handshake that fails sends no request."""
    with pytest.raises(errors.KoreUnreachable):
        await client(session, kore.url.replace("http://", "https://")).create(DRAFT)
    assert kore.calls == []


async def test_each_create_has_a_token_of_its_own(kore: LocalKore, session: aiohttp.ClientSession) -> None:
    """With "Enforce JTI" a token works once; the local Kore.ai enforces it."""
    kore_client = client(session, kore.url)
    await kore_client.create(DRAFT)
    await kore_client.create(DRAFT)
    tokens = [call.headers["auth"] for call in kore.calls]
    ids = [jwt.decode(token, SECRET, algorithms=["HS256"])["jti"] for token in tokens]
    assert len(set(ids)) == 2
    assert len(kore.lists) == 2


async def test_a_list_is_found_again_by_its_name(kore: LocalKore, session: aiohttp.ClientSession) -> None:
    """All lists of the name are found, and each can be read in full."""
    kore_client = client(session, kore.url)
    first = await kore_client.create(DRAFT)
    await kore_client.create(ContactListDraft(name="Another", description="Not this one."))
    second = await kore_client.create(DRAFT)
    found = await kore_client.alike(DRAFT.name)
    assert ([each.id for each in found.rows], found.missing) == ([first.id, second.id], 0)
    assert await kore_client.alike("Unheard of") == Lists(())
    assert await kore_client.details(second.id) == second


def kore_ahead(seconds: float) -> LocalKore:
    """Describe the made-up account, on a server whose clock is ahead of ours."""
    kore = local_kore()
    return LocalKore(
        client_id=kore.account.client_id,
        client_secret=SECRET,
        stream_id=kore.account.stream_id,
        account_id=kore.account.account_id,
        iid=kore.account.iid,
        clock=lambda: time.time() + seconds,
    )


@pytest.mark.parametrize("ahead", [-120, 0, 120])
async def test_the_clocks_are_compared(session: aiohttp.ClientSession, ahead: int) -> None:
    """An answer's date has whole seconds; the list that was created tells the clock to the millisecond."""
    async with kore_ahead(ahead) as kore:
        kore_client = client(session, kore.url)
        assert kore_client.clock_ahead() is None
        await kore_client.listings()
        by_date = kore_client.clock_ahead()
        await kore_client.create(DRAFT)
        by_list = kore_client.clock_ahead()

    assert by_date is not None
    assert by_list is not None
    assert ahead - 1 - PATIENCE < by_date <= by_list <= ahead
    assert by_list > ahead - PATIENCE


@pytest.mark.parametrize("date", ["", "Date: yesterday\r\n"], ids=["none", "unreadable"])
async def test_without_a_date_the_clocks_are_not_compared(session: aiohttp.ClientSession, date: str) -> None:
    """An answer that does not tell the time tells nothing about the clock."""
    body = b'{"status": "success", "data": {"_id": "cl-1", "createdAt": "2025-12-05T09:22:51"}}'
    async with raw_answer(
        f"HTTP/1.1 200 OK\r\n{date}Content-Length: {len(body)}\r\n\r\n".encode() + body
    ) as host:
        kore_client = client(session, host)
        assert (await kore_client.details("cl-1")).id == "cl-1"
        assert (await kore_client.create(DRAFT)).id == "cl-1"
    assert kore_client.clock_ahead() is None


@pytest.mark.parametrize(
    ("operation", "fault", "expected"),
    [
        ("list", "drop_before_commit", errors.KoreConnectionLost),
        ("list", "server_error", errors.KoreUnavailable),
        ("list", "rate_limited", errors.KoreRateLimited),
        ("list", "data_missing", errors.KoreUnreadable),
        ("list", "html_ok", errors.KoreUnreadable),
        ("get", "server_error", errors.KoreUnavailable),
        ("get", "rate_limited", errors.KoreRateLimited),
        ("get", "data_missing", errors.KoreUnreadable),
        ("get", "html_ok", errors.KoreUnreadable),
    ],
)
async def test_a_lookup_that_fails_says_so(
    kore: LocalKore,
    session: aiohttp.ClientSession,
    operation: str,
    fault: str,
    expected: type[errors.KoreError],
) -> None:
    """A lookup has the same errors as a create, and never takes a failure for an absent list."""
    created = await client(session, kore.url).create(DRAFT)
    kore.fault(fault, operation=operation)
    reader = client(session, kore.url)
    with pytest.raises(expected):
        await (reader.alike(DRAFT.name) if operation == "list" else reader.details(created.id))
    assert kore.faults_waiting == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Fri, 05 Dec 2025 09:23:51 GMT", "Date": "Fri, 05 Dec 2025 09:22:51 GMT"}, 60),
        ({"Retry-After": "Fri, 05 Dec 2025 09:22:51 GMT"}, 0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "soon"}, None),
    ],
    ids=str,
)
async def test_a_wait_that_is_asked_for_is_told(
    session: aiohttp.ClientSession, headers: dict[str, str], expected: float | None
) -> None:
    """Seconds, or a date by the clock that wrote it; anything else is as good as nothing."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=429, headers=headers)

    async with AsyncExitStack() as parts:
        with pytest.raises(errors.KoreRateLimited) as caught:
            await client(session, await serve(parts, answer)).create(DRAFT)
    assert caught.value.retry_after == expected


def test_credentials_do_not_show_their_secret() -> None:
    """A traceback or a log line that holds the credentials gives nothing away."""
    credentials = Credentials(client_id="cs-1", client_secret=SECRET, algorithm="HS256")
    for shown in (repr(credentials), str(credentials), f"{credentials}"):
        assert SECRET not in shown
