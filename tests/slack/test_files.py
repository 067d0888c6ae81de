"""Files in Slack: asked for, downloaded and sent; and what people are told apart when one cannot be read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.errors import FileNotReadable, SlackAppRefused, SlackRefused, SlackUnavailable, SlackUncertain
from bot.slack.client import SlackClient
from bot.slack.failures import no_redirects
from bot.slack.files import SIZE_LIMIT
from bot.timing import Timing
from sandbox.slack.people import Person
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import File
from tests.slack.calls import BOT, failure, sent

CSV = b"Phone,Name\n+4915112345678,Mina\n"
PAGE = "<!DOCTYPE html><html><title>Sign in</title></html>"
QUICK = Timing(min_retry_wait=0, retry_jitter=0, file_timeout=1)


def upload(slack: LocalSlack, content: bytes = CSV, *, channel: str = "C0CAMPAIGN") -> File:
    """Let a person share a file."""
    return Person(slack, "U0LEAD").write(channel, "", {"contacts.csv": content}).files[0]


async def fetch(client: SlackClient, file_id: str) -> bytes:
    """Ask what a file is, and download it."""
    return await client.files.download(await client.files.info(file_id))


async def problem(client: SlackClient, file: File) -> str:
    """Return why the bot cannot read a file."""
    error = await failure(fetch(client, file.id))
    assert isinstance(error, FileNotReadable)
    return error.code


class TestReading:
    """Asked for and downloaded."""

    async def test_described(self, slack: LocalSlack, client: SlackClient) -> None:
        """Its name and size are as they are now; neither they nor its address get into a log by chance."""
        file = await client.files.info(upload(slack).id)

        assert (file.name, file.size) == ("contacts.csv", len(CSV))
        assert file.url.startswith(slack.workspace.files_url)
        assert repr(file) == f"SlackFile(id='{file.id}', size={len(CSV)})"

    async def test_downloaded(self, slack: LocalSlack, client: SlackClient) -> None:
        """Byte by byte, after one question; a stub in a payload makes no difference if Slack tells more."""
        slack.workspace.file_trap = "stub"
        assert await fetch(client, upload(slack).id) == CSV
        assert [each.what for each in slack.traffic] == ["files.info", "files.download"]

    @pytest.mark.parametrize("size", [1, SIZE_LIMIT])
    async def test_largest(self, slack: LocalSlack, client: SlackClient, size: int) -> None:
        """Up to 10 MB."""
        assert len(await fetch(client, upload(slack, b"x" * size).id)) == size

    async def test_another_size(self, slack: LocalSlack, client: SlackClient) -> None:
        """A file that stays the same is the file, whatever Slack counts in its place."""
        slack.workspace.file_trap = "other_size"
        file = await client.files.info(upload(slack).id)

        assert await client.files.download(file) == CSV
        assert file.size == len(CSV) + 1

    async def test_a_page_that_is_the_file(self, slack: LocalSlack, client: SlackClient) -> None:
        """A file of HTML that ends in .csv is that: who reads it says what is wrong with it."""
        assert await fetch(client, upload(slack, PAGE.encode()).id) == PAGE.encode()

    @pytest.mark.parametrize(
        ("trap", "code"),
        [
            ("login_redirect", "no_access"),
            ("login_page", "no_access"),
            ("not_shared", "not_shared"),
            ("not_visible", "not_shared"),
            ("deleted", "deleted"),
            ("gone", "deleted"),
            ("elsewhere", "elsewhere"),
        ],
    )
    async def test_why_not(self, slack: LocalSlack, client: SlackClient, trap: str, code: str) -> None:
        """Each reason is told apart, at the first try."""
        file = upload(slack)
        slack.workspace.file_trap = trap

        assert await problem(client, file) == code
        assert sent(slack, "files.info") == 1
        assert sent(slack, "files.download") <= 1

    async def test_token_stays_at_slack(self, slack: LocalSlack, client: SlackClient) -> None:
        """Nothing is asked of another host, and where a redirect leads nobody goes."""
        file = upload(slack)
        for trap, downloads in (("elsewhere", 0), ("login_redirect", 1)):
            slack.workspace.file_trap = trap
            await problem(client, file)
            assert sent(slack, "files.download") == downloads

    async def test_scope_missing(self, slack: LocalSlack, client: SlackClient) -> None:
        """An app that was installed before it asked for files:read has no access."""
        file = upload(slack)
        slack.scopes = DEFAULT_SCOPES - {"files:read"}
        assert await problem(client, file) == "no_access"

    async def test_scope_lost(self, slack: LocalSlack, client: SlackClient) -> None:
        """The same where only the download is refused."""
        file = upload(slack)
        slack.fault("files.download", Fault(status=401))
        assert await problem(client, file) == "no_access"

    @pytest.mark.parametrize("channel", ["C0GENERAL", "C0PRIVATE", "D0PEERS"])
    async def test_not_the_bots_channel(self, slack: LocalSlack, client: SlackClient, channel: str) -> None:
        """A shortcut tells of a message where the bot is not; its file is not for the bot."""
        assert await problem(client, upload(slack, channel=channel)) == "not_shared"

    @pytest.mark.parametrize(
        ("file", "code"),
        [
            ('{"id": "F1", "mode": "tombstone"}', "deleted"),
            ('{"id": "F1", "mode": "external", "name": "Sheet", "size": 0}', "elsewhere"),
            ('{"id": "F1", "name": "a", "size": 1, "url_private_download": "no url"}', "elsewhere"),
        ],
    )
    async def test_no_file(self, slack: LocalSlack, client: SlackClient, file: str, code: str) -> None:
        """A grave, a document at Google, an address that is none."""
        slack.fault("files.info", Fault(body=f'{{"ok": true, "file": {file}}}'))
        assert await problem(client, upload(slack)) == code

    async def test_too_large(self, slack: LocalSlack, client: SlackClient) -> None:
        """It is not downloaded."""
        assert await problem(client, upload(slack, b"x" * (SIZE_LIMIT + 1))) == "too_large"
        assert sent(slack, "files.download") == 0

    async def test_larger_than_said(self, slack: LocalSlack, client: SlackClient) -> None:
        """No more than 10 MB is read, whatever Slack said that it would be."""
        file = upload(slack, b"x" * (SIZE_LIMIT // 2 + 1))
        slack.workspace.file_trap = "too_long"
        assert await problem(client, file) == "too_large"

    @pytest.mark.parametrize("code", ["token_revoked", "not_a_known_code"])
    async def test_refused(self, slack: LocalSlack, client: SlackClient, code: str) -> None:
        """What says nothing of the file stays what it is."""
        slack.fault("files.info", Fault(error=code))
        error = await failure(fetch(client, upload(slack).id))
        assert isinstance(error, SlackRefused)
        assert error.code == code
        assert isinstance(error, SlackAppRefused) is (code == "token_revoked")


class TestTrouble:
    """What passes is tried again, and is nothing that a person has to mend."""

    @pytest.mark.parametrize(
        ("method", "fault"),
        [
            ("files.info", Fault(retry_after=0)),
            ("files.download", Fault(status=503)),
            ("files.download", Fault(status=429)),
            ("files.download", Fault(drop=True)),
            ("files.download", Fault(body="short")),
            ("files.download", Fault(status=418)),
        ],
    )
    @pytest.mark.slow
    async def test_once(self, slack: LocalSlack, client: SlackClient, method: str, fault: Fault) -> None:
        """The second try gets the file."""
        file = upload(slack)
        slack.fault(method, fault)
        assert await fetch(client, file.id) == CSV

    @pytest.mark.parametrize(
        ("method", "fault", "code"),
        [
            ("files.info", Fault(drop=True), "no_answer"),
            ("files.info", Fault(error="internal_error"), "internal_error"),
            ("files.info", Fault(body='{"ok": true}'), "unreadable"),
            ("files.info", Fault(body='{"ok": true, "file": {"url_private_download": "x"}}'), "unreadable"),
            ("files.info", Fault(body='{"ok": true, "file": []}'), "unreadable"),
            ("files.download", Fault(status=500), "http_500"),
            ("files.download", Fault(status=429, retry_after=60), "ratelimited"),
            ("files.download", Fault(drop=True), "no_answer"),
        ],
    )
    async def test_again_and_again(
        self, slack: LocalSlack, client: SlackClient, method: str, fault: Fault, code: str
    ) -> None:
        """Then nothing was done, and later it may go."""
        file = upload(slack)
        slack.fault(method, fault, times=4)  # aiohttp itself asks again over another connection
        error = await failure(fetch(client, file.id))
        assert isinstance(error, SlackUnavailable)
        assert error.code == code

    async def test_never_the_same(self, slack: LocalSlack, client: SlackClient) -> None:
        """Two answers that are neither as long as Slack said nor alike are no file."""
        file = upload(slack)
        for body in ("short", "shorter"):
            slack.fault("files.download", Fault(body=body))
        error = await failure(client.files.download(await client.files.info(file.id)))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "incomplete"

    async def test_cut_off(self, slack: LocalSlack, client: SlackClient) -> None:
        """Half a file is none."""
        file = upload(slack)
        slack.workspace.file_trap = "cut_off"
        error = await failure(fetch(client, file.id))
        assert isinstance(error, SlackUnavailable)

    async def test_slow(self, slack: LocalSlack) -> None:
        """A file that does not come is not waited for, beyond its time."""
        file = upload(slack)
        slack.fault("files.download", Fault(delay=1), times=2)
        async with aiohttp.ClientSession(middlewares=(no_redirects,)) as session:
            timing = Timing(file_timeout=0.1, min_retry_wait=0, retry_jitter=0)
            hasty = SlackClient(session, token=BOT, api_url=slack.api_url, timing=timing)
            error = await failure(fetch(hasty, file.id))
        assert isinstance(error, SlackUnavailable)


class TestSending:
    """A file for one person."""

    async def test_sent(self, slack: LocalSlack, client: SlackClient) -> None:
        """It stands in their direct messages, with a word to it."""
        await client.files.send("U0LEAD", name="problems.csv", content=CSV, comment="*14 rows*")

        (message,) = slack.workspace.channels["D0LEAD"].messages
        assert message.text == "*14 rows*"
        assert [(file.name, file.title, file.content) for file in message.files] == [
            ("problems.csv", "problems.csv", CSV)
        ]
        assert sent(slack, "files.completeUploadExternal") == 1

    @pytest.mark.parametrize(
        ("method", "fault"),
        [
            ("files.getUploadURLExternal", Fault(drop=True)),
            ("files.getUploadURLExternal", Fault(error="internal_error", after=True)),
            ("files.upload", Fault(status=500)),
            ("files.upload", Fault(drop=True, after=True)),
            ("files.upload", Fault(status=302)),
            ("files.completeUploadExternal", Fault(retry_after=0)),
        ],
    )
    @pytest.mark.slow
    async def test_nothing_shown_yet(
        self, slack: LocalSlack, client: SlackClient, method: str, fault: Fault
    ) -> None:
        """Up to the last step all may be done again, with an address of its own."""
        slack.fault(method, fault)
        await client.files.send("U0LEAD", name="problems.csv", content=CSV, comment="")
        assert len(slack.workspace.channels["D0LEAD"].messages) == 1

    @pytest.mark.parametrize(
        "fault", [Fault(drop=True, after=True), Fault(error="internal_error", after=True)]
    )
    async def test_never_twice(self, slack: LocalSlack, client: SlackClient, fault: Fault) -> None:
        """What may have been shown is not shown again."""
        slack.fault("files.completeUploadExternal", fault)
        call = client.files.send("U0LEAD", name="problems.csv", content=CSV, comment="")
        assert isinstance(await failure(call), SlackUncertain)
        assert len(slack.workspace.channels["D0LEAD"].messages) == 1
        assert sent(slack, "files.completeUploadExternal") == 1

    async def test_upload_refused_for_good(self, slack: LocalSlack, client: SlackClient) -> None:
        """Then nothing is shown, and that is certain."""
        slack.fault("files.upload", Fault(status=500), times=2)
        call = client.files.send("U0LEAD", name="problems.csv", content=CSV, comment="")
        assert isinstance(await failure(call), SlackUnavailable)
        assert sent(slack, "files.completeUploadExternal") == 0

    async def test_scope_missing(self, slack: LocalSlack, client: SlackClient) -> None:
        """An app may be installed without files:write: the caller says it in words then."""
        slack.scopes = DEFAULT_SCOPES - {"files:write"}
        error = await failure(client.files.send("U0LEAD", name="a.csv", content=CSV, comment=""))
        assert isinstance(error, SlackAppRefused)
        assert error.code == "missing_scope"

    async def test_address_elsewhere(self, slack: LocalSlack, client: SlackClient) -> None:
        """Contacts are handed over at Slack's address alone."""
        answer = '{"ok": true, "file_id": "F1", "upload_url": "https://files.example.com/upload/v1/x"}'
        slack.fault("files.getUploadURLExternal", Fault(body=answer))
        error = await failure(client.files.send("U0LEAD", name="a.csv", content=CSV, comment=""))
        assert isinstance(error, SlackRefused)
        assert error.code == "not_an_upload_url"


@asynccontextmanager
async def unpacking(size: int) -> AsyncIterator[str]:
    """Run a Slack whose file is small on the way and large when it is unpacked."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/api/files.info":
            url = f"http://{request.host}/files-pri/T1-F1/download/a.csv"
            file = {"id": "F1", "name": "a.csv", "size": 10, "url_private_download": url}
            return web.json_response({"ok": True, "file": file})
        response = web.Response(body=b"0" * size)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    runner = web.ServerRunner(web.Server(answer), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    await runner.cleanup()


@pytest.mark.slow
async def test_unpacked_on_the_way() -> None:
    """The limit holds for what comes out, not for what goes over the wire."""
    async with unpacking(2 * SIZE_LIMIT) as api_url, aiohttp.ClientSession() as session:
        client = SlackClient(session, token=BOT, api_url=api_url, timing=QUICK)
        error = await failure(fetch(client, "F1"))
    assert isinstance(error, FileNotReadable)
    assert error.code == "too_large"
