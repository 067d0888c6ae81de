"""Contacts from the command line: each row once, and an exit status that a script can trust."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
import pytest_asyncio

from bot import cli
from bot.contact_file import ReadFile, ReadOptions
from bot.contacts.file import read_file
from bot.contacts.sheet import MAX_BYTES
from bot.operate.add_contacts import AddRequest, add_contacts
from bot.operate.terminal import Ended, ExitStatus
from bot.settings import KoreSettings
from bot.timing import Timing
from sandbox.kore.server import LocalKore

SECRET = "client-secret" * 8
IDS: dict[str, Any] = {"client_id": "cs-1", "stream_id": "st-1", "account_id": "0123456789abcdef01234567"}
QUICK = Timing(count_delays=(0.01, 0.01), retry_delays=(0.01,), retry_for=0.5, terminal_pause=0.01)
PHONES = [f"+4915112345{number:03}" for number in range(5)]
FILE = "\n".join(["Name,Phone", *(f"Ada,{phone}" for phone in PHONES)])
MIXED = "Vorname;Telefon\nAda;0151 12345678\nBob;call me\nEve;+49 151 12345678\nZoë;0151 23456789\n"


ZONES = {zone.casefold(): zone for zone in available_timezones()}


async def read_here(content: bytes, file_name: str, options: ReadOptions) -> ReadFile:
    """Read a file without a process, which takes longer than all the rest."""
    return read_file(content, file_name, options, ZONES)


class Scene:
    """A local Kore.ai with one list, and a file; what the command told meanwhile."""

    def __init__(self, kore: LocalKore, folder: Path) -> None:
        self.kore = kore
        self.list_id = kore.put("Renewals", allowDuplicates=True)
        self.file = folder / "customers.csv"
        self.file.write_text(FILE)
        self.told: list[str] = []

    def settings(self, **changes: object) -> KoreSettings:
        """Return what the command needs, and nothing of Slack; two contacts go in a call."""
        ids = {f"kore_{name}": value for name, value in IDS.items()}
        needed = {"kore_host": self.kore.url, "kore_client_secret": SECRET, "contacts_per_call": 2}
        return KoreSettings.model_validate({**needed, **ids, **changes})

    async def add(
        self,
        *,
        target: str = "Renewals",
        changes: dict[str, object] | None = None,
        **wanted: Any,  # noqa: ANN401 - the rest of an request
    ) -> tuple[int, dict[str, Any]]:
        """Add the file's contacts; the exit status, and what the JSON object says."""
        request = AddRequest(target=target, file=self.file, **wanted)
        settings = self.settings(**(changes or {}))
        status, told = await add_contacts(
            settings, request, as_json=True, say=self.told.append, timing=QUICK, read=read_here
        )
        return status, json.loads(told)

    async def text(self, **wanted: Any) -> str:  # noqa: ANN401 - the same
        """Add the file's contacts, and return what is told in words."""
        request = AddRequest(target="Renewals", file=self.file, **wanted)
        _, told = await add_contacts(
            self.settings(), request, as_json=False, say=self.told.append, timing=QUICK, read=read_here
        )
        return told

    @property
    def sent(self) -> list[list[str]]:
        """The phone numbers of each call that added some, in their request."""
        bodies: list[Any] = [each.body for each in self.kore.calls if each.operation == "add_contacts"]
        return [[row["phoneNumber"] for row in body["data"]] for body in bodies]


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Run a local Kore.ai."""
    async with LocalKore(client_secret=SECRET, **IDS) as kore:
        yield Scene(kore, tmp_path)


@pytest.mark.parametrize("by", ["name", "id", "name in another case"])
async def test_everything_is_added(scene: Scene, by: str) -> None:
    """In calls of so many contacts, each once, by the list's own name; its count confirms them."""
    target = {"name": "Renewals", "id": scene.list_id}.get(by, " renewALS")
    status, answer = await scene.add(target=target)
    assert (status, answer["ending"], answer["error"]) == (ExitStatus.DONE, "done", None)
    assert scene.sent == [PHONES[:2], PHONES[2:4], PHONES[4:]]
    assert scene.kore.phones(scene.list_id) == dict.fromkeys(PHONES, 1)
    assert (answer["sent"], answer["count_before"], answer["count_after"]) == (5, 0, 5)
    assert scene.told[-3:-1] == [
        "Accepted up to row 5: 4 of 5 contacts.",
        "Accepted up to row 6: 5 of 5 contacts.",
    ]
    assert (await scene.text()).startswith("Added 5 contacts. Kore.ai counts 10")


async def test_a_dry_run_sends_nothing(scene: Scene) -> None:
    """It reads the file and checks the list; every problem is told by its row, and no phone number."""
    scene.file.write_text(MIXED + "".join(f"Ada;no {number}\n" for number in range(30)))
    status, answer = await scene.add(is_dry_run=True, country="DE")
    assert (status, answer["dry_run"], answer["sent"]) == (ExitStatus.DONE, True, 0)
    assert [answer[name] for name in ("rows", "ready", "problems", "repeated", "to_send")] == [
        34,
        2,
        31,
        1,
        2,
    ]
    assert [each["row"] for each in answer["problem_rows"]] == [3, *range(6, 36)]
    assert answer["problem_rows"][0]["reason"].endswith(".")
    assert answer["list"] == {"id": scene.list_id, "name": "Renewals", "in_use": False}
    assert scene.sent == []
    told = "\n".join(scene.told)
    assert "34 rows: 2 ready, 31 with problems, 1 repeated in the file. To be sent: 2." in told
    assert "Row 3: " in told
    assert "… and 11 more rows with problems." in told
    assert "12345678" not in told + json.dumps(answer)
    assert "Nothing was sent" in await scene.text(is_dry_run=True, country="DE")


async def test_country(scene: Scene) -> None:
    """The option goes before the setting, and without both a number needs its plus."""
    scene.file.write_text(MIXED)
    assert (await scene.add(is_dry_run=True))[1]["ready"] == 1
    assert (await scene.add(is_dry_run=True, changes={"default_country": "DE"}))[1]["ready"] == 2
    scene.file.write_text("Phone\n07400 123456\n")
    _, answer = await scene.add(is_dry_run=True, country="GB", changes={"default_country": "DE"})
    assert answer["ready"] == 1


async def test_from_row(scene: Scene) -> None:
    """No row above it is sent; a number that stands there counts as repeated further down."""
    scene.file.write_text(f"{FILE}\nEve,{PHONES[0]}\n")
    status, answer = await scene.add(from_row=4)
    assert (status, answer["to_send"], answer["repeated"]) == (ExitStatus.DONE, 3, 1)
    assert scene.sent == [PHONES[2:4], PHONES[4:]]


async def test_a_list_in_use(scene: Scene) -> None:
    """Who adds contacts to it reads that people may be called."""
    scene.kore.lists[scene.list_id]["isListInUse"] = True
    assert (await scene.add(is_dry_run=True))[1]["list"]["in_use"] is True
    assert "people on it may be called" in scene.told[-1]


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda file: file.unlink(), "The file can't be read: No such file or directory."),
        (lambda file: file.write_bytes(b" " * (MAX_BYTES + 1)), "larger than 10 MB"),
        (lambda file: file.write_text(""), "is empty"),
        (lambda file: file.write_text("Phone\ncall me\n"), "no contact that can be sent"),
    ],
)
async def test_unusable_files(scene: Scene, write: Callable[[Path], object], sentence: str) -> None:
    """Kore.ai is not even asked."""
    write(scene.file)
    status, answer = await scene.add()
    assert (status, answer["ending"]) == (ExitStatus.UNUSABLE, "unusable")
    assert sentence in answer["message"]
    assert scene.kore.calls == []


async def test_no_such_list(scene: Scene) -> None:
    """The name is no list's, nor is the id."""
    status, answer = await scene.add(target="Renewal")
    assert (status, answer["message"]) == (
        ExitStatus.UNUSABLE,
        "There's no list with this name or ID in Kore.ai.",
    )


@pytest.mark.parametrize(
    ("spoil", "target", "error"),
    [
        (lambda scene: scene.kore.put("renewals"), "Renewals", "NameShared"),
        (lambda scene: scene.kore.put("renewals"), "by id", "NameShared"),
        (lambda scene: scene.kore.fault("rows_odd", operation="list"), "Unknown", "NamesUnread"),
        (lambda scene: scene.kore.fault("rows_odd", operation="list", times=2), "Renewals", "NamesUnread"),
        (
            lambda scene: scene.kore.lists[scene.list_id].update(source="localDrive"),
            "Renewals",
            "ListFilledElsewhere",
        ),
        (lambda scene: scene.kore.lists[scene.list_id].update(isGlobalDNC=True), "Renewals", "DoNotCallList"),
        (lambda scene: scene.kore.fault("stream_unknown", operation="get"), "Renewals", "ListGone"),
        (lambda scene: scene.kore.fault("invalid", operation="get"), "Renewals", "ListGone"),
        (lambda scene: scene.kore.fault("flat_error", operation="get"), "Renewals", "ListGone"),
        (lambda scene: scene.kore.fault("unauthorized", operation="list"), "Renewals", "KoreUnauthorized"),
        (lambda scene: scene.kore.fault("unauthorized", operation="get"), "Renewals", "KoreUnauthorized"),
        (
            lambda scene: scene.kore.fault("server_error", operation="get", times=1000),
            "Renewals",
            "KoreUnreachable",
        ),
        (lambda scene: scene.kore.fault("rate_limited", operation="list"), "Renewals", "KoreRateLimited"),
        (lambda scene: scene.kore.fault("server_error", operation="list"), "Renewals", "KoreUnavailable"),
    ],
)
@pytest.mark.parametrize("is_dry_run", [True, False])
async def test_the_wrong_list(
    scene: Scene, spoil: Callable[[Scene], object], target: str, error: str, *, is_dry_run: bool
) -> None:
    """Nothing is sent to a list that may be another one, or that people must not be added to."""
    spoil(scene)
    target = scene.list_id if target == "by id" else target
    status, answer = await scene.add(target=target, is_dry_run=is_dry_run)
    assert (status, answer["ending"], answer["error"]) == (ExitStatus.NOT_DONE, "not_added", error)
    assert "can't tell whether" not in answer["message"]
    assert scene.sent == []


async def test_kore_is_not_there(scene: Scene) -> None:
    """Nothing was sent, and the sentence promises no further try."""
    status, answer = await scene.add(changes={"kore_host": "http://127.0.0.1:9"})
    assert (status, answer["error"]) == (ExitStatus.NOT_DONE, "KoreUnreachable")
    assert "kept trying" not in answer["message"]


async def test_a_refusal_in_the_middle(scene: Scene) -> None:
    """What was sent is told, and how to send the rest; nothing of it goes by itself."""
    scene.kore.fault("slow", operation="add_contacts", seconds=0)
    scene.kore.fault("limit_reached", operation="add_contacts")
    status, answer = await scene.add()
    assert (status, answer["error"], answer["sent"]) == (ExitStatus.NOT_DONE, "KoreRejected", 2)
    assert "Kore.ai said: “Contact list limit reached”" in answer["message"]
    assert "Sent before that: 2 contacts, up to row 3." in answer["message"]
    assert answer["next_row"] == 4
    await scene.add(from_row=answer["next_row"])
    assert scene.kore.phones(scene.list_id) == dict.fromkeys(PHONES, 1)


async def test_the_first_call_is_refused(scene: Scene) -> None:
    """Nothing was sent, and what an operator can mend is said."""
    scene.kore.fault("scope_missing", operation="add_contacts")
    status, answer = await scene.add()
    assert (status, answer["sent"], answer["next_row"]) == (ExitStatus.NOT_DONE, 0, None)
    assert "isn't allowed to add contacts" in answer["message"]
    assert "bot doctor" in answer["message"]


async def test_not_accepted(scene: Scene) -> None:
    """A call that was certainly not accepted is made again after a pause, and each row arrives once."""
    scene.kore.fault("rate_limited", operation="add_contacts", times=2)
    assert (await scene.add())[0] is ExitStatus.DONE
    assert scene.kore.phones(scene.list_id) == dict.fromkeys(PHONES, 1)
    assert sum("Trying again in" in line for line in scene.told) == 2


async def test_inspected_long_ago(scene: Scene) -> None:
    """After a long wait the list is inspected again: by then another one may have its name."""
    scene.kore.fault("rate_limited", operation="add_contacts")
    waiting = replace(QUICK, retry_delays=(0.6,), retry_for=30, inspection_lasts=0.4)
    request = AddRequest(target="Renewals", file=scene.file)
    running = asyncio.create_task(
        add_contacts(
            scene.settings(), request, as_json=True, say=scene.told.append, timing=waiting, read=read_here
        )
    )
    await scene.kore.until(lambda: len(scene.sent) == 1)
    scene.kore.put("Renewals")
    status, told = await running
    assert (status, json.loads(told)["error"]) == (ExitStatus.NOT_DONE, "NameShared")
    assert scene.kore.phones(scene.list_id).total() == 0


async def test_not_accepted_for_long(scene: Scene) -> None:
    """Then it gives up, and says that it tried."""
    scene.kore.fault("rate_limited", operation="add_contacts", times=1000)
    status, answer = await scene.add()
    assert (status, answer["error"]) == (ExitStatus.NOT_DONE, "KoreRateLimited")


@pytest.mark.parametrize("fault", ["drop_after_commit", "server_error_after_commit", "empty", "html_ok"])
async def test_unclear_but_there(scene: Scene, fault: str) -> None:
    """The list's count tells that the contacts of an unclear call arrived, so the rest follows."""
    scene.kore.fault(fault, operation="add_contacts")
    assert (await scene.add())[0] is ExitStatus.DONE
    assert scene.sent == [PHONES[:2], PHONES[2:4], PHONES[4:]]
    assert scene.kore.phones(scene.list_id) == dict.fromkeys(PHONES, 1)
    assert "No clear answer about rows 2 to 3. Asking Kore.ai what the list holds." in scene.told


@pytest.mark.parametrize("fault", ["drop_before_commit", "server_error", "added_in_part"])
@pytest.mark.parametrize(
    ("allowed", "words"), [(True, "calls people twice"), (False, "keeps each number once")]
)
async def test_unclear(scene: Scene, fault: str, words: str, *, allowed: bool) -> None:
    """Where the count does not tell, nothing is sent any more: the rows are named, and the two ways on."""
    scene.kore.lists[scene.list_id]["allowDuplicates"] = allowed
    scene.kore.fault("slow", operation="add_contacts", seconds=0)
    scene.kore.fault(fault, operation="add_contacts")
    status, answer = await scene.add()
    assert (status, answer["ending"]) == (ExitStatus.UNCERTAIN, "uncertain")
    assert scene.sent == [PHONES[:2], PHONES[2:4]]
    assert answer["uncertain_rows"] == {"first": 4, "last": 5}
    assert "can't tell whether these contacts arrived" in answer["message"]
    assert "--from-row 6 leaves these rows out, and --from-row 4 sends them again" in answer["message"]
    assert words in answer["message"]
    assert (await scene.add(from_row=6))[1]["sent"] == 1


async def test_accepted_and_lost(scene: Scene) -> None:
    """Kore.ai accepted everything, but its count does not show it: that is not certain."""
    scene.kore.fault("accepted_and_lost", operation="add_contacts")
    status, answer = await scene.add()
    assert (status, answer["ending"], answer["error"]) == (ExitStatus.UNCERTAIN, "uncertain", None)
    assert "accepted 5 contacts, but counts 3 in the list where 5 are expected" in answer["message"]
    assert (answer["sent"], answer["count_after"]) == (5, 3)


async def test_gone_while_it_counts(scene: Scene) -> None:
    """A list that is deleted meanwhile confirms nothing."""
    scene.kore.fault("slow", operation="get", seconds=0)
    scene.kore.fault("invalid", operation="get", times=10)
    assert (await scene.add())[0] is ExitStatus.UNCERTAIN


async def test_nobody_counts(scene: Scene) -> None:
    """A list whose count nobody knows confirms nothing."""
    scene.kore.lists[scene.list_id]["totalRecordCount"] = -1
    scene.kore.adding_takes = math.inf
    status, answer = await scene.add()
    assert status is ExitStatus.UNCERTAIN
    assert "counts an unknown number in the list where an unknown number are expected" in answer["message"]


async def test_ctrl_c(scene: Scene) -> None:
    """Who stops it in the middle of a call reads which rows nobody knows about."""
    scene.kore.fault("timeout_after_commit", operation="add_contacts")
    running = asyncio.create_task(scene.add())
    await scene.kore.until(lambda: scene.sent != [])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert scene.told[-1].startswith("Stopped while rows 2 to 3 were on their way")


async def test_ctrl_c_before(scene: Scene) -> None:
    """Who stops it before anything was sent reads nothing of the kind."""
    scene.kore.fault("timeout", operation="get")
    running = asyncio.create_task(scene.add())
    await scene.kore.until(lambda: scene.kore.calls[-1:] != [] and scene.kore.calls[-1].operation == "get")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert scene.sent == []
    assert scene.told[-1].startswith("List: Renewals")


def test_the_terminal_pause_leaves_room() -> None:
    """Of the 60 calls of a minute it needs at most a quarter, when Kore.ai answers at once."""
    assert 60 / Timing().terminal_pause <= 60 / 4


def command(*arguments: str) -> int | str | None:
    """Run the command and return its exit status."""
    try:
        cli.main(["add-contacts", *arguments])
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Start with the KORE_* settings alone, of a Kore.ai that is not there, and a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text(FILE)
    monkeypatch.setenv("KORE_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("KORE_CLIENT_SECRET", SECRET)
    for name, value in IDS.items():
        monkeypatch.setenv(f"KORE_{name.upper()}", value)
    return monkeypatch


@pytest.mark.process  # the file is read in one
@pytest.mark.usefixtures("environment")
def test_progress_is_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard output has one object, and what happened meanwhile goes to standard error."""
    assert command("--list", "Renewals", "customers.csv", "--json", "--country", "de", "--from-row", "2") == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["error"] == "KoreUnreachable"
    assert "5 rows: 5 ready" in told.err


@pytest.mark.process
@pytest.mark.usefixtures("environment")
def test_trouble_is_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json it goes to standard error."""
    assert command("--list", "Renewals", "customers.csv", "--dry-run") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "can't be reached, so nothing was sent" in told.err


@pytest.mark.parametrize(
    "arguments",
    [("--country", "Germany"), ("--from-row", "0"), ("--from-row", "two"), ("--list",)],
)
def test_arguments_are_checked(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, as for every command."""
    assert command("customers.csv", "--list", "Renewals", *arguments) == 2
    assert arguments[0] in capsys.readouterr().err


def test_done_is_exit_status_0(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Success goes to standard output."""

    async def added(*_: object, **__: object) -> Ended:
        return Ended(ExitStatus.DONE, "Added 5 contacts.")

    environment.setattr(cli, "add_contacts", added)
    assert command("--list", "Renewals", "customers.csv") == 0
    assert capsys.readouterr().out == "Added 5 contacts.\n"


def test_ctrl_c_ends_in_order(environment: pytest.MonkeyPatch) -> None:
    """No traceback, and the exit status that shells give it."""

    async def interrupted(*_: object, **__: object) -> Ended:
        raise KeyboardInterrupt

    environment.setattr(cli, "add_contacts", interrupted)
    assert command("--list", "Renewals", "customers.csv") == 130
