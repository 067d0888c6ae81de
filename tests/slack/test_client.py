"""The Slack client against the local Slack: what each failure is called, and what is never sent twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.models.views import View

from bot.errors import SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.slack.client import Identity, SlackClient, no_redirects
from bot.timing import Timing
from bot.views.form import contact_list_form
from bot.views.state import FormContext, FormValues
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.traffic import Fault

BOT, APP = "xoxb-sandbox", "xapp-sandbox"
MESSAGE = {"text": "A new list"}
FORM = contact_list_form(FormValues(name="Renewal"), FormContext(channel_id="C0CAMPAIGN"))
HTML = "<html><body>Bad Gateway</body></html>"

Call = Callable[[SlackClient], Awaitable[object]]


def open_view(client: SlackClient) -> Awaitable[object]:
    """Open a form."""
    return client.open_view("1.2.3", FORM)


def update_view(client: SlackClient) -> Awaitable[object]:
    """Update a form."""
    return client.update_view("V1", FORM)


def post(client: SlackClient) -> Awaitable[object]:
    """Post into a channel that the bot is in."""
    return client.post_message("C0CAMPAIGN", MESSAGE)


CALLS = {"views.open": open_view, "views.update": update_view, "chat.postMessage": post}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """Run a local Slack."""
    async with LocalSlack(signing_secret="signing", bot_token=BOT, app_token=APP) as running:
        yield running


@pytest.fixture
async def client(slack: LocalSlack) -> AsyncIterator[SlackClient]:
    """Connect to it."""
    async with connected(slack.api_url, timing=Timing(min_retry_wait=0, retry_jitter=0)) as opened:
        yield opened


@asynccontextmanager
async def connected(
    api_url: str, *, token: str = BOT, timing: Timing | None = None
) -> AsyncIterator[SlackClient]:
    """Open a client with a session of its own."""
    async with aiohttp.ClientSession(middlewares=(no_redirects,)) as session:
        yield SlackClient(session, token=token, api_url=api_url, timing=timing)


@asynccontextmanager
async def gateway(status: int, text: str, content_type: str, **headers: str) -> AsyncIterator[str]:
    """Run something that answers everything with one text, and give its address."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=text, content_type=content_type, headers=headers)

    async with AsyncExitStack() as parts:
        runner = web.ServerRunner(web.Server(answer), access_log=None)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"


def sent(slack: LocalSlack, what: str) -> int:
    """Count the calls of one method that reached Slack."""
    return sum(exchange.what == what for exchange in slack.traffic)


def posted(slack: LocalSlack) -> list[str]:
    """List what stands in the channel."""
    return [message.text for message in slack.workspace.channels["C0CAMPAIGN"].messages]


async def failure(call: Awaitable[object]) -> SlackError:
    """Wait for the error that a call ends with."""
    with pytest.raises(SlackError) as caught:
        await call
    return caught.value


class TestSuccess:
    """What works."""

    async def test_who_we_are(self, client: SlackClient) -> None:
        """The bot learns its ids and its name, which people type behind /invite."""
        assert await client.identify() == Identity(
            bot_id="B0BOT",
            bot_user_id="U0BOT",
            name="contactlists",
            team_id="T0SANDBOX",
            scopes=DEFAULT_SCOPES,
        )

    async def test_a_form_is_opened_and_updated(self, slack: LocalSlack, client: SlackClient) -> None:
        """A trigger opens the form once, and the open form can be turned into another."""
        trigger = slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN")
        await client.open_view(trigger, FORM)
        (view,) = slack.workspace.views.values()
        await client.update_view(
            view.id, View(type="modal", title="Done", close="Close", blocks=FORM["blocks"][-1:]).to_dict()
        )
        assert view.title == "Done"

    async def test_a_form_that_changed_meanwhile_is_not_replaced(
        self, slack: LocalSlack, client: SlackClient
    ) -> None:
        """An update can ask that the form is still as the bot last left it."""
        await client.open_view(slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN"), FORM)
        (view,) = slack.workspace.views.values()
        first = await client.update_view(view.id, FORM)
        second = await client.update_view(view.id, FORM, replacing=first)
        assert second == view.hash != first
        error = await failure(client.update_view(view.id, FORM, replacing=first))
        assert isinstance(error, SlackRefused)
        assert error.code == "hash_conflict"

    async def test_a_message_is_posted_to_a_channel_and_to_a_person(
        self, slack: LocalSlack, client: SlackClient
    ) -> None:
        """A user id reaches the direct messages of that person."""
        await client.post_message("C0CAMPAIGN", MESSAGE)
        await client.post_message("U0LEAD", {"text": "For you"})
        assert posted(slack) == ["A new list"]
        assert [each.text for each in slack.workspace.channels["D0LEAD"].messages] == ["For you"]

    @pytest.mark.parametrize(("in_channel", "seen_by"), [(True, None), (False, "U0LEAD")])
    async def test_a_response_url_reaches_everybody_or_one(
        self, slack: LocalSlack, client: SlackClient, *, in_channel: bool, seen_by: str | None
    ) -> None:
        """The same address serves for the channel's summary and for a word to the person."""
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        await client.respond(url, MESSAGE, in_channel=in_channel)
        (message,) = slack.workspace.channels["C0CAMPAIGN"].messages
        assert (message.text, message.ephemeral_to) == ("A new list", seen_by)

    async def test_the_members_of_a_user_group(self, client: SlackClient) -> None:
        """The allow-list of a group is its user ids."""
        assert await client.members("S0LEADS") == frozenset({"U0LEAD"})

    async def test_a_good_app_token_passes(self, client: SlackClient) -> None:
        """A good app token gets the address of a socket."""
        assert (await client.socket_address(APP)).startswith("ws://127.0.0.1:")


class TestRefusals:
    """Slack said no: it is certain, and its code is there to decide by."""

    async def test_a_wrong_bot_token(self, slack: LocalSlack) -> None:
        """A bad token is found out at start."""
        async with connected(slack.api_url, token="xoxb-other") as stranger:
            error = await failure(stranger.identify())
        assert isinstance(error, SlackRefused)
        assert error.code == "invalid_auth"

    async def test_a_wrong_app_token(self, client: SlackClient) -> None:
        """So is a bad app token, which Socket Mode itself would try for ever."""
        error = await failure(client.socket_address("xapp-other"))
        assert isinstance(error, SlackRefused)
        assert error.code == "invalid_auth"

    @pytest.mark.parametrize(
        ("channel", "code"), [("C0PRIVATE", "channel_not_found"), ("C0ARCHIVE", "is_archived")]
    )
    async def test_a_channel_out_of_reach(self, client: SlackClient, channel: str, code: str) -> None:
        """The ladder of ways goes on by these codes."""
        error = await failure(client.post_message(channel, MESSAGE))
        assert isinstance(error, SlackRefused)
        assert error.code == code

    @pytest.mark.parametrize(
        ("call", "code"),
        [
            (lambda client: client.open_view("stale", FORM), "invalid_trigger_id"),
            (lambda client: client.update_view("V0GONE", FORM), "not_found"),
            (lambda client: client.members("S0NOBODY"), "no_such_subteam"),
        ],
        ids=["trigger", "closed form", "user group"],
    )
    async def test_what_is_not_there(self, client: SlackClient, call: Call, code: str) -> None:
        """A stale trigger, a closed form and an unknown group are told by their codes."""
        error = await failure(call(client))
        assert isinstance(error, SlackRefused)
        assert error.code == code

    @pytest.mark.parametrize("method", CALLS)
    async def test_any_code_of_slacks(self, slack: LocalSlack, client: SlackClient, method: str) -> None:
        """A refusal with a code that nobody foresaw is a refusal."""
        slack.fault(method, Fault(error="something_new"))
        error = await failure(CALLS[method](client))
        assert isinstance(error, SlackRefused)
        assert error.code == "something_new"
        assert sent(slack, method) == 1

    async def test_a_used_up_response_url(self, slack: LocalSlack, client: SlackClient) -> None:
        """After its five uses a response_url is certain to be of no use."""
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        for _ in range(5):
            await client.respond(url, MESSAGE, in_channel=True)
        error = await failure(client.respond(url, MESSAGE, in_channel=True))
        assert isinstance(error, SlackRefused)
        assert error.code == "response_url_404"
        assert len(posted(slack)) == 5

    async def test_a_response_url_that_says_no_with_200(self, slack: LocalSlack, client: SlackClient) -> None:
        """Nobody documents it, and whoever counted it as delivered would lose a summary."""
        slack.fault("response_url", Fault(error="something_new"))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        error = await failure(client.respond(url, MESSAGE, in_channel=True))
        assert isinstance(error, SlackRefused)
        assert error.code == "something_new"
        assert not posted(slack)


class TestUncertainty:
    """Slack may have done it: it is told apart from a refusal, and not repeated."""

    @pytest.mark.parametrize(
        "code", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"]
    )
    async def test_codes_that_leave_it_open(self, slack: LocalSlack, client: SlackClient, code: str) -> None:
        """Slack documents that it may have partly succeeded."""
        slack.fault("chat.postMessage", Fault(error=code, after=True))
        error = await failure(post(client))
        assert isinstance(error, SlackUncertain)
        assert error.code == code
        assert posted(slack) == ["A new list"]

    @pytest.mark.parametrize("method", CALLS)
    @pytest.mark.parametrize("after", [True, False], ids=["done", "not done"])
    async def test_a_dropped_connection(
        self, slack: LocalSlack, client: SlackClient, method: str, *, after: bool
    ) -> None:
        """Nobody can tell whether it was done, and it is sent exactly once."""
        slack.fault(method, Fault(drop=True, after=after))
        error = await failure(CALLS[method](client))
        assert isinstance(error, SlackUncertain)
        assert sent(slack, method) == 1

    async def test_a_dropped_response_url(self, slack: LocalSlack, client: SlackClient) -> None:
        """The same holds for a response_url: one message, not two."""
        slack.fault("response_url", Fault(drop=True, after=True))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        assert isinstance(await failure(client.respond(url, MESSAGE, in_channel=True)), SlackUncertain)
        assert posted(slack) == ["A new list"]
        assert sent(slack, "response_url") == 1

    @pytest.mark.parametrize(
        ("status", "text", "content_type"),
        [
            (500, HTML, "text/html"),
            (503, HTML, "text/html"),
            (200, HTML, "text/html"),
            (502, "{", "application/json"),
            (200, "{}", "application/json"),
        ],
    )
    async def test_an_answer_that_says_nothing(self, status: int, text: str, content_type: str) -> None:
        """A page of a gateway is no answer of Slack's."""
        async with gateway(status, text, content_type) as url, connected(url) as client:
            error = await failure(post(client))
        assert isinstance(error, SlackUncertain)
        assert error.code == f"http_{status}"

    async def test_a_time_out(self, slack: LocalSlack) -> None:
        """Silence is no refusal."""
        slack.fault("chat.postMessage", Fault(delay=0.5, after=True))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
            error = await failure(post(SlackClient(session, token=BOT, api_url=slack.api_url)))
        assert isinstance(error, SlackUncertain)


class TestRateLimit:
    """429: waited out where there is time, and never on the way to a form."""

    @pytest.mark.parametrize("method", ["chat.postMessage", "response_url"])
    async def test_a_short_wait_is_waited_out(
        self, slack: LocalSlack, client: SlackClient, method: str
    ) -> None:
        """The message is there in the end, once."""
        slack.fault(method, Fault(retry_after=0))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        if method == "response_url":
            await client.respond(url, MESSAGE, in_channel=True)
        else:
            await post(client)
        assert posted(slack) == ["A new list"]
        assert sent(slack, method) == 2

    async def test_a_long_wait_is_an_answer(self, slack: LocalSlack, client: SlackClient) -> None:
        """A limit of minutes does not hold a job up: it is told at once."""
        slack.fault("chat.postMessage", Fault(retry_after=int(Timing().max_retry_wait) + 1))
        async with asyncio.timeout(2):
            error = await failure(post(client))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "ratelimited"
        assert sent(slack, "chat.postMessage") == 1

    async def test_a_long_wait_of_a_response_url_is_one_too(
        self, slack: LocalSlack, client: SlackClient
    ) -> None:
        """The same holds for a response_url."""
        slack.fault("response_url", Fault(retry_after=int(Timing().max_retry_wait) + 1))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        async with asyncio.timeout(2):
            error = await failure(client.respond(url, MESSAGE, in_channel=True))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "ratelimited"
        assert posted(slack) == []

    async def test_a_form_does_not_wait(self, slack: LocalSlack, client: SlackClient) -> None:
        """A trigger lives three seconds: opening is tried once, whatever Slack says."""
        slack.fault("views.open", Fault(retry_after=0))
        error = await failure(open_view(client))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "ratelimited"
        assert sent(slack, "views.open") == 1


async def test_no_time_named() -> None:
    """A rate limit without a word of how long is waited out shortly, and tried a second time."""
    async with gateway(429, "", "text/plain") as url:
        async with connected(url, timing=Timing(min_retry_wait=0.05, retry_jitter=0)) as client:
            began = asyncio.get_running_loop().time()
            error = await failure(post(client))
        assert isinstance(error, SlackUnavailable)
        assert asyncio.get_running_loop().time() - began >= 0.05


class TestUnreachable:
    """Nothing was sent: it is certain."""

    @pytest.fixture
    async def nowhere(self) -> str:
        """Give an address where nothing listens any more."""
        async with gateway(200, "{}", "application/json") as url:
            return url

    async def test_posting_connects_again(self, nowhere: str) -> None:
        """A connection that was refused is tried a second time, because nothing can have been sent."""
        loop = asyncio.get_running_loop()
        for call in (post, lambda client: client.respond(f"{nowhere}commands/1", MESSAGE, in_channel=True)):
            async with connected(nowhere, timing=Timing(min_retry_wait=0.05, retry_jitter=0)) as client:
                began = loop.time()
                error = await failure(call(client))
            assert isinstance(error, SlackUnavailable)
            assert error.code == "unreachable"
            assert loop.time() - began >= 0.05

    async def test_a_form_is_tried_once(self, nowhere: str) -> None:
        """There is no time for a second try: it would come after the end of the test."""
        async with connected(nowhere, timing=Timing(min_retry_wait=60, max_retry_wait=90)) as client:
            error = await failure(open_view(client))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "unreachable"


async def test_no_retry_hides_in_the_library(slack: LocalSlack, client: SlackClient) -> None:
    """A 5xx with Slack's own JSON is told once, as it came."""
    slack.fault("chat.postMessage", Fault(status=500, error="internal_error", after=True))
    assert isinstance(await failure(post(client)), SlackUncertain)
    assert sent(slack, "chat.postMessage") == 1


@pytest.mark.parametrize(
    "body",
    ['{"error":{"code":502}}', '{"error":"Bad Gateway"}', '{"error":"ratelimited"}', '{"error":["x"]}', "[]"],
)
@pytest.mark.parametrize("what", ["chat.postMessage", "response_url"])
async def test_a_failing_server_may_have_posted(
    slack: LocalSlack, client: SlackClient, what: str, body: str
) -> None:
    """Whatever words a gateway has for a 5xx: they do not say that the message is not there."""
    slack.fault(what, Fault(status=502, body=body, after=True))
    url = slack.response_url("U0LEAD", "C0CAMPAIGN")
    call = client.respond(url, MESSAGE, in_channel=True) if what == "response_url" else post(client)
    assert isinstance(await failure(call), SlackUncertain)
    assert posted(slack) == ["A new list"]


async def test_no_redirect_is_followed() -> None:
    """A gateway's login page is no answer of Slack's, and nothing is posted twice on the way there."""
    async with gateway(302, "", "text/html", Location="/login") as url, connected(url) as client:
        for call in (post(client), client.respond(f"{url}commands/1", MESSAGE, in_channel=True)):
            error = await failure(call)
            assert isinstance(error, SlackUncertain)
            assert error.code == "http_302"


async def test_an_answer_without_what_was_asked_for() -> None:
    """A form may be open whose id the answer does not tell; somebody may be active, or not."""
    body = '{"ok":true,"view":[],"user":"U0LEAD"}'
    async with gateway(200, body, "application/json") as url, connected(url) as client:
        for call in (open_view(client), client.is_active("U0LEAD"), client.identify()):
            assert isinstance(await failure(call), SlackUncertain)


async def test_half_a_surrogate_pair_in_an_answer() -> None:
    """Slack gives back what somebody typed, which may be no whole character."""
    body = r'{"ok":true,"view":{"id":"V1","title":"\ud83d"}}'
    async with gateway(200, body, "application/json") as url, connected(url) as client:
        assert await client.open_view("1.2.3", FORM) == "V1"


async def test_a_response_url_that_is_none(client: SlackClient) -> None:
    """An address that names no host is an error like others."""
    error = await failure(client.respond("https://a..b/commands/1", MESSAGE, in_channel=True))
    assert isinstance(error, SlackError)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/commands/1",
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com:8443/commands/1",
        "https://me@hooks.slack.com/commands/1",
        "https://slack.com/commands/1",
        "http://127.0.0.1/commands/1",
        "commands/1",
        "",
    ],
)
async def test_foreign_response_url(url: str) -> None:
    """An address in a payload that is not at hooks.slack.com is called under no name."""
    async with connected("https://slack.com/api/", timing=Timing(min_retry_wait=60)) as client:
        error = await failure(client.respond(url, MESSAGE, in_channel=False))
    assert isinstance(error, SlackRefused)
    assert error.code == "not_a_response_url"


async def test_what_only_reads_is_asked_again_when_the_connection_was_closed() -> None:
    """A kept connection may be closed just then; the members of a group are not lost by that."""
    asked = 0

    async def took(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while await reader.readuntil(b"\r\n\r\n"):
            asked += 1
            if asked == 2:
                break
            body = b'{"ok":true,"users":["U0LEAD"]}'
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            writer.write(head % len(body) + body)
        writer.close()

    async with AsyncExitStack() as parts:
        server = await parts.enter_async_context(await asyncio.start_server(took, "127.0.0.1", 0))
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        client = await parts.enter_async_context(connected(url))
        for _ in range(2):
            assert await client.members("S0LEADS") == {"U0LEAD"}
    assert asked == 3


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/json"])
@pytest.mark.parametrize("status", [200, 503])
async def test_a_text_from_a_gateway_is_no_answer(content_type: str, status: int) -> None:
    """An answer that is not Slack's leaves it open whether the message is there."""
    async with gateway(status, "upstream connect error", content_type) as url, connected(url) as client:
        with pytest.raises(SlackUncertain):
            await client.post_message("C0CAMPAIGN", MESSAGE)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, SlackUncertain), (429, SlackUnavailable), (404, SlackRefused)]
)
async def test_each_answer_of_a_response_url(
    slack: LocalSlack, client: SlackClient, status: int, kind: type[SlackError]
) -> None:
    """A failing server may have posted, a rate limit passes, a used-up address is final."""
    wait = 60 if status == 429 else None
    slack.fault("response_url", Fault(status=status, retry_after=wait, body="no"))
    with pytest.raises(kind):
        await client.respond(slack.response_url("U0LEAD", "C0CAMPAIGN"), MESSAGE, in_channel=True)
