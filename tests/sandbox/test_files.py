"""Files in the local Slack: uploaded, described, downloaded, sent by the bot, and every trap on the way."""

import json
import re
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.files import LARGEST_IN_FORM
from sandbox.slack.forms import CannotSubmit
from sandbox.slack.people import Person
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.traffic import HIDDEN, Fault
from sandbox.slack.workspace import File, View
from tests.sandbox.stub_bot import BOT, Bot, Json, error, modal, plain

CSV = b"Phone\n+4915112345678\n"
AUTHORIZED = {"Authorization": f"Bearer {BOT}"}


def file_input(**more: object) -> Json:
    """Build an input for files."""
    element = {"type": "file_input", "action_id": "chosen", **more}
    return {"type": "input", "block_id": "file", "label": plain("File"), "element": element}


async def form_for_files(bot: Bot, **more: object) -> View:
    """Open a form with an input for files."""
    return await bot.open(modal(file_input(**more)))


def shared(slack: LocalSlack, channel: str = "C0CAMPAIGN") -> File:
    """Let a person share a file, and return it."""
    return Person(slack, "U0LEAD").write(channel, "these?", {"a list.csv": CSV}).files[0]


async def got(session: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, str, bytes]:
    """Download, and return the status, the content type and the bytes."""
    async with session.get(url, headers=headers or AUTHORIZED, allow_redirects=False) as answer:
        return answer.status, answer.content_type, await answer.read()


# In forms


async def test_a_form_takes_a_file(slack: LocalSlack, bot: Bot) -> None:
    """It is uploaded before the form is submitted; the state has the whole file object."""
    view = await form_for_files(bot, filetypes=["csv", "xlsx"], max_files=1)
    person = Person(slack, "U0LEAD")
    with pytest.raises(CannotSubmit, match="required"):
        await person.submit(view)
    file = person.attach(view, "file", "Renewals.CSV", CSV)
    assert view.text.splitlines()[2] == "File: Renewals.CSV"
    await person.submit(view)
    state = bot.last["view"]["state"]["values"]["file"]["chosen"]
    assert state["type"] == "file_input"
    assert [(one["id"], one["name"], one["size"]) for one in state["files"]] == [
        (file.id, "Renewals.CSV", len(CSV))
    ]
    assert state["files"][0]["filetype"] == "csv"
    assert state["files"][0]["url_private_download"].startswith(slack.workspace.files_url)


async def test_a_file_can_be_taken_out_again(slack: LocalSlack, bot: Bot) -> None:
    """Then the state has none."""
    view = await form_for_files(bot)
    person = Person(slack, "U0LEAD")
    person.attach(view, "file", "a.csv", CSV)
    person.fill(view, {"file": []})
    await person.submit(view, unchecked=True)
    assert bot.last["view"]["state"]["values"]["file"]["chosen"]["files"] == []


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", CSV, "none of: csv"),
        ("csv", CSV, "none of: csv"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"x" * (LARGEST_IN_FORM + 1), "larger"),
    ],
)
async def test_the_client_refuses_files(
    slack: LocalSlack, bot: Bot, name: str, content: bytes, why: str
) -> None:
    """Before they are uploaded: another kind, an empty one, a large one."""
    view = await form_for_files(bot, filetypes=["csv"])
    with pytest.raises(CannotSubmit, match=why):
        Person(slack, "U0LEAD").attach(view, "file", name, content)


async def test_no_more_files_than_asked_for(slack: LocalSlack, bot: Bot) -> None:
    """The second one is refused where one is asked for, and an input of another kind takes none."""
    view = await form_for_files(bot, max_files=1)
    person = Person(slack, "U0LEAD")
    person.attach(view, "file", "a.csv", CSV)
    with pytest.raises(CannotSubmit, match="no more than 1"):
        person.attach(view, "file", "b.csv", CSV)
    with pytest.raises(CannotSubmit, match="no input for files"):
        person.attach(view, "other", "b.csv", CSV)


async def test_a_form_for_files_needs_the_scope(slack: LocalSlack, bot: Bot) -> None:
    """Without files:read it does not open."""
    slack.scopes = DEFAULT_SCOPES - {"files:read"}
    await Person(slack, "U0LEAD").command()
    call = bot.api.views_open(trigger_id=bot.last["trigger_id"], view=modal(file_input()))
    assert await error(call) == "missing_scope"


# In messages


async def test_a_shortcut_on_a_message(slack: LocalSlack, bot: Bot) -> None:
    """Its payload has the message with its files, the channel, and both ways to answer."""
    person = Person(slack, "U0LEAD")
    parent = person.write("C0CAMPAIGN", "here they are", {"a.csv": CSV, "b.xlsx": b"PK"})
    ack = await Person(slack, "U0AGENT").message_shortcut(parent, "add_contacts")
    assert ack.error is None
    told = bot.last
    assert (told["type"], told["callback_id"], told["user"]["id"]) == (
        "message_action",
        "add_contacts",
        "U0AGENT",
    )
    assert told["channel"] == {"id": "C0CAMPAIGN", "name": "campaigns"}
    assert told["message_ts"] == told["message"]["ts"] == parent.ts
    assert told["message"]["user"] == "U0LEAD"
    assert "bot_id" not in told["message"]
    assert [file["name"] for file in told["message"]["files"]] == ["a.csv", "b.xlsx"]
    assert slack.workspace.read(parent.payload) == "here they are\n[file: a.csv]\n[file: b.xlsx]"
    await bot.api.views_open(trigger_id=told["trigger_id"], view=modal())
    async with aiohttp.ClientSession() as session:
        await session.post(told["response_url"], json={"text": "found"})
    assert Person(slack, "U0AGENT").sees("C0CAMPAIGN")[-1].text == "found"
    assert len(person.sees("C0CAMPAIGN")) == 1


async def test_only_who_sees_a_message_can_use_it(slack: LocalSlack, bot: Bot) -> None:
    """Its menu, and the channel to write in."""
    message = Person(slack, "U0LEAD").write("C0CAMPAIGN", "x")
    message.deleted = True
    with pytest.raises(CannotSubmit):
        await Person(slack, "U0AGENT").message_shortcut(message, "add_contacts")
    with pytest.raises(CannotSubmit):
        Person(slack, "U0GUEST").write("C0PRIVATE", "x")
    with pytest.raises(CannotSubmit):
        Person(slack, "U0LEAD").write("C0CAMPAIGN", "")
    assert bot.requests == []


# Reading


async def test_a_file_is_described_and_downloaded(
    slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession
) -> None:
    """With its name, size and address, and the bytes as they were uploaded."""
    file = shared(slack)
    about = (await bot.api.files_info(file=file.id))["file"]
    assert (about["name"], about["size"], about["mode"], about["channels"]) == (
        "a list.csv",
        len(CSV),
        "hosted",
        ["C0CAMPAIGN"],
    )
    assert await got(session, about["url_private_download"]) == (200, "text/csv", CSV)
    assert [(one.what, one.answer) for one in slack.traffic][-1] == ("files.download", f"({len(CSV)} bytes)")


@pytest.mark.parametrize("channel", ["C0GENERAL", "C0PRIVATE", "D0PEERS"])
async def test_a_file_where_the_bot_is_not(
    slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession, channel: str
) -> None:
    """The bot is told of it by a shortcut, and can neither ask for it nor download it."""
    message = Person(slack, "U0LEAD").write(channel, "", {"a.csv": CSV})
    await Person(slack, "U0LEAD").message_shortcut(message, "add_contacts")
    told = bot.last["message"]["files"][0]
    assert await error(bot.api.files_info(file=told["id"])) == "file_not_found"
    assert (await got(session, told["url_private_download"]))[0] == 302


async def test_no_access_is_a_page_to_sign_in(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """Without the token, with another one, and without the scope; nobody answers 401."""
    url = slack.workspace.files_url + f"/files-pri/T0SANDBOX-{shared(slack).id}/download/a.csv"
    for headers in ({"X": "none"}, {"Authorization": "Bearer xoxb-other"}, AUTHORIZED):
        if headers is AUTHORIZED:
            slack.scopes = DEFAULT_SCOPES - {"files:read"}
        assert (await got(session, url, **headers))[0] == 302
        async with session.get(url, headers=headers) as page:
            assert (page.status, page.content_type) == (200, "text/html")
            assert "Sign in" in await page.text()


@pytest.mark.parametrize(
    ("trap", "described", "downloaded"),
    [
        ("login_redirect", "hosted", (302, "application/octet-stream")),
        ("login_page", "hosted", (200, "text/html")),
        ("stub", "hosted", (200, "text/csv")),
        ("not_shared", "file_access", (302, "application/octet-stream")),
        ("not_visible", "file_not_found", (302, "application/octet-stream")),
        ("deleted", "file_deleted", (410, "text/plain")),
        ("gone", "hosted", (410, "text/plain")),
        ("too_long", "hosted", (200, "text/csv")),
        ("other_size", "hosted", (200, "text/csv")),
        ("elsewhere", "hosted", (200, "text/csv")),
    ],
)
async def test_what_can_be_wrong_with_files(
    slack: LocalSlack,
    bot: Bot,
    session: aiohttp.ClientSession,
    trap: str,
    described: str,
    downloaded: tuple[int, str],
) -> None:
    """Each trap shows where it does with Slack, until it is switched off."""
    file = shared(slack)
    url = (await bot.api.files_info(file=file.id))["file"]["url_private_download"]
    slack.workspace.file_trap = trap
    if described in {"file_not_found", "file_deleted"}:
        assert await error(bot.api.files_info(file=file.id)) == described
    else:
        about = (await bot.api.files_info(file=file.id))["file"]
        assert about["mode"] == described
        elsewhere = str(about.get("url_private_download")).startswith("https://files.example.com/")
        assert elsewhere is (trap == "elsewhere")
    status, kind, content = await got(session, url)
    assert (status, kind) == downloaded
    if trap == "too_long":
        assert content == CSV * 2
    slack.clear_faults()
    assert (await got(session, url))[2] == CSV


@pytest.mark.parametrize("trap", ["stub", "not_shared"])
async def test_a_stub_has_no_name(slack: LocalSlack, bot: Bot, trap: str) -> None:
    """Nothing but the id stands in a payload, of a message and of a form."""
    slack.workspace.file_trap = trap
    person = Person(slack, "U0LEAD")
    view = await form_for_files(bot)
    file = person.attach(view, "file", "a.csv", CSV)
    await person.submit(view)
    (stub,) = bot.last["view"]["state"]["values"]["file"]["chosen"]["files"]
    assert (stub["id"], stub["mode"], stub["file_access"]) == (file.id, "file_access", "check_file_info")
    assert "name" not in stub


async def test_a_deleted_file_is_a_tombstone(slack: LocalSlack, bot: Bot) -> None:
    """In its message; asked for, it is deleted."""
    message = Person(slack, "U0LEAD").write("C0CAMPAIGN", "", {"a.csv": CSV})
    message.files[0].is_deleted = True
    await Person(slack, "U0LEAD").message_shortcut(message, "add_contacts")
    assert bot.last["message"]["files"] == [{"id": message.files[0].id, "mode": "tombstone"}]
    assert await error(bot.api.files_info(file=message.files[0].id)) == "file_deleted"
    assert await error(bot.api.files_info(file="F0NONE")) == "file_not_found"


async def test_a_download_breaks_off(slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession) -> None:
    """After half of its bytes, and a scripted fault comes first."""
    url = (await bot.api.files_info(file=shared(slack).id))["file"]["url_private_download"]
    slack.workspace.file_trap = "cut_off"
    with pytest.raises(aiohttp.ClientPayloadError):
        await got(session, url)
    slack.fault("files.download", Fault(status=503))
    assert (await got(session, url))[0] == 503


# Sending


async def reserved(bot: Bot, name: str = "problems.csv", length: int = len(CSV)) -> tuple[str, str]:
    """Reserve a file; return its id and where its bytes go."""
    answer = await bot.api.files_getUploadURLExternal(filename=name, length=length)
    return answer["file_id"], answer["upload_url"]


async def test_the_bot_sends_a_file(slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession) -> None:
    """To a person, by user id; it is there with the last step, and the answer does not say where."""
    file_id, url = await reserved(bot)
    async with session.post(url, data=CSV) as answer:
        assert (answer.status, await answer.text()) == (200, f"OK - {len(CSV)}")
    assert Person(slack, "U0LEAD").sees("DM") == []
    assert await error(bot.api.files_info(file=file_id)) == "file_not_found"
    done = await bot.api.files_completeUploadExternal(
        files=[{"id": file_id, "title": "Problem rows"}], channels=["U0LEAD"], initial_comment="14 rows"
    )
    assert [(one["id"], one["title"]) for one in done["files"]] == [(file_id, "Problem rows")]
    assert "ts" not in done.data
    (message,) = Person(slack, "U0LEAD").sees("DM")
    assert (message.text, message.files[0].content, message.author) == ("14 rows", CSV, "bot")
    about = (await bot.api.files_info(file=file_id))["file"]
    assert await got(session, about["url_private_download"]) == (200, "text/csv", CSV)


async def test_a_file_goes_into_a_thread(slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession) -> None:
    """Of one channel, named by its id."""
    ts = (await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="summary"))["ts"]
    file_id, url = await reserved(bot)
    await session.post(url, data=CSV)
    call = bot.api.files_completeUploadExternal
    thread: dict[str, Any] = {"files": [{"id": file_id}], "thread_ts": ts}
    assert await error(call(**thread, channels=["C0CAMPAIGN", "U0LEAD"])) == "invalid_arguments"
    await call(**thread, channel_id="C0CAMPAIGN")
    message = Person(slack, "U0LEAD").sees("C0CAMPAIGN")[-1]
    assert (message.thread_ts, message.files[0].name) == (ts, "problems.csv")


async def test_each_step_counts_once(slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession) -> None:
    """An address takes one body, of the promised length, and an upload is ended once."""
    file_id, url = await reserved(bot)
    for content, status, text in ((CSV + b"x", 400, "length_mismatch"), (CSV, 400, "upload_not_found")):
        async with session.post(url, data=content) as answer:
            assert (answer.status, await answer.text()) == (status, text)
    call = bot.api.files_completeUploadExternal
    assert await error(call(files=[{"id": file_id}], channels=["U0LEAD"])) == "file_not_found"
    file_id, url = await reserved(bot)
    await session.post(url, data=CSV)
    await call(files=[{"id": file_id}], channels=["U0LEAD"])
    assert await error(call(files=[{"id": file_id}], channels=["U0LEAD"])) == "file_not_found"
    assert len(Person(slack, "U0LEAD").sees("DM")) == 1


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"channel_id": "U0LEAD"}, "invalid_arguments"),
        ({"channels": "C0PRIVATE"}, "channel_not_found"),
        ({"channels": "C0GENERAL"}, "not_in_channel"),
        ({"channels": "C0ARCHIVE"}, "is_archived"),
        ({"channels": "U0LEAD", "initial_comment": "x" * 40_001}, "msg_too_long"),
    ],
)
async def test_a_file_does_not_go_everywhere(
    bot: Bot, session: aiohttp.ClientSession, place: Json, code: str
) -> None:
    """A refusal leaves the upload open, and without a place the file is private."""
    file_id, url = await reserved(bot)
    await session.post(url, data=CSV)
    method, wanted = "files.completeUploadExternal", {"files": [{"id": file_id}]}
    assert await error(bot.api.api_call(method, json={**wanted, **place})) == code
    assert (await bot.api.api_call(method, json=wanted))["files"][0]["channels"] == []


@pytest.mark.parametrize(
    "arguments",
    [{"filename": "a.csv"}, {"length": "5"}, {"filename": "a.csv", "length": "0"}, {"length": "many"}]
    + [{"filename": "a.csv", "length": each} for each in ("many", str(1024**3 + 1))],
)
async def test_an_upload_needs_name_and_length(bot: Bot, arguments: Json) -> None:
    """Each is missing, or impossible."""
    arguments = {name: value for name, value in arguments.items() if value != "0"}
    assert (
        await error(bot.api.api_call("files.getUploadURLExternal", params=arguments)) == "invalid_arguments"
    )


async def test_an_upload_is_not_asked_for_in_json(bot: Bot) -> None:
    """Slack says that it reads JSON, and does not."""
    wanted = {"filename": "a.csv", "length": 5}
    assert await error(bot.api.api_call("files.getUploadURLExternal", json=wanted)) == "invalid_arguments"


async def test_files_to_complete_are_named(bot: Bot, session: aiohttp.ClientSession) -> None:
    """As a list of objects, in JSON or as its text in a form."""
    for files in ([], "none", ["F1"]):
        call = bot.api.api_call("files.completeUploadExternal", json={"files": files})
        assert await error(call) == "invalid_arguments"
    file_id, url = await reserved(bot)
    await session.post(url, data=CSV)
    await bot.api.api_call("files.completeUploadExternal", data={"files": json.dumps([{"id": file_id}])})


async def test_both_ways_have_their_scope(slack: LocalSlack, bot: Bot) -> None:
    """files:read to be told of a file, files:write to send one."""
    slack.scopes = DEFAULT_SCOPES - {"files:read", "files:write"}
    calls: list[tuple[str, str]] = [
        ("files.info", "files:read"),
        ("files.getUploadURLExternal", "files:write"),
        ("files.completeUploadExternal", "files:write"),
    ]
    for method, scope in calls:
        with pytest.raises(SlackApiError) as caught:
            await bot.api.api_call(method)
        assert (caught.value.response["error"], caught.value.response["needed"]) == ("missing_scope", scope)


async def test_an_address_for_an_upload_is_a_secret(slack: LocalSlack, bot: Bot) -> None:
    """It is hidden where the traffic is shown."""
    await reserved(bot)
    shown = str(slack.traffic[-1].masked().answer)
    assert re.search(rf"/upload/v1/{HIDDEN}", shown)
