"""One list from the command line: at most one POST, and an exit status that a script can trust."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import cli
from bot.kore.models import ContactListDraft
from bot.operate.create import create
from bot.operate.terminal import Ended, ExitStatus
from bot.settings import KoreSettings
from sandbox.kore.server import LocalKore

SECRET = "client-secret" * 8
DRAFT = ContactListDraft(name="Renewal Due 1- July 2025", description="For the renewal calls.")
IDS: dict[str, Any] = {"client_id": "cs-1", "stream_id": "st-1", "account_id": "0123456789abcdef01234567"}


@pytest_asyncio.fixture
async def kore() -> AsyncIterator[LocalKore]:
    """Run a local Kore.ai."""
    async with LocalKore(client_secret=SECRET, **IDS) as running:
        yield running


def settings(kore: LocalKore, **changes: object) -> KoreSettings:
    """Return what the command needs, and nothing of Slack."""
    values: dict[str, Any] = {f"kore_{name}": value for name, value in IDS.items()}
    return KoreSettings.model_validate(
        {"kore_host": kore.url, "kore_client_secret": SECRET, **values, **changes}
    )


async def test_a_list_is_created_once(kore: LocalKore) -> None:
    """One POST with what was asked for; the id is printed."""
    draft = DRAFT.model_copy(update={"allow_duplicates": True})
    ending, told = await create(settings(kore), draft, as_json=False)
    (list_id,) = kore.lists
    assert (ending, told) == (ExitStatus.DONE, f"Created: {list_id}")
    assert [call.operation for call in kore.calls] == ["create"]
    assert kore.lists[list_id]["allowDuplicates"] is True


async def test_json_has_the_list_in_the_words_of_the_api(kore: LocalKore) -> None:
    """A script reads the id and the fields by the vendor's names."""
    _, told = await create(settings(kore), DRAFT, as_json=True)
    answer = json.loads(told)
    assert (answer["ending"], answer["error"]) == ("created", None)
    assert answer["contact_list"]["_id"] in kore.lists
    assert answer["contact_list"]["totalRecordCount"] == 0


@pytest.mark.parametrize(
    ("fault", "ending", "words"),
    [
        ("unauthorized", ExitStatus.NOT_DONE, "bot doctor"),
        ("scope_missing", ExitStatus.NOT_DONE, "isn't allowed to create"),
        ("rate_limited", ExitStatus.NOT_DONE, "Try again in a minute"),
        ("invalid", ExitStatus.NOT_DONE, "didn't accept the name or the description"),
        ("limit_reached", ExitStatus.NOT_DONE, "Kore.ai said: “Contact list limit reached”"),
        ("server_error", ExitStatus.UNCERTAIN, "can't tell whether"),
        ("drop_after_commit", ExitStatus.UNCERTAIN, "Look for it in Kore.ai"),
        ("html_ok", ExitStatus.UNCERTAIN, "can't tell whether"),
    ],
)
async def test_a_failure_says_whether_the_list_may_exist(
    kore: LocalKore, fault: str, ending: ExitStatus, words: str
) -> None:
    """The exit status tells a certain no from an unclear answer, and nothing is sent twice."""
    kore.fault(fault)
    ended, told = await create(settings(kore), DRAFT, as_json=False)
    assert ended is ending
    assert words in told
    assert ("can't tell whether" in told) is (ending is ExitStatus.UNCERTAIN)
    assert len(kore.calls) == 1


async def test_a_host_that_is_not_there_is_a_certain_no(kore: LocalKore) -> None:
    """Nothing was sent, and the sentence promises no further try."""
    ended, told = await create(settings(kore, kore_host="http://127.0.0.1:9"), DRAFT, as_json=True)
    answer = json.loads(told)
    assert ended is ExitStatus.NOT_DONE
    assert (answer["ending"], answer["error"], answer["contact_list"]) == (
        "not_created",
        "KoreUnreachable",
        None,
    )
    assert "kept trying" not in answer["message"]


@pytest.mark.parametrize(
    ("draft", "option"),
    [
        (DRAFT.model_copy(update={"name": "x" * 49}), "--name"),
        (DRAFT.model_copy(update={"description": " "}), "--description"),
    ],
)
async def test_values_follow_the_rules_of_the_form(
    kore: LocalKore, draft: ContactListDraft, option: str
) -> None:
    """What the form refuses is refused here too, before anything is sent."""
    ended, told = await create(settings(kore), draft, as_json=False)
    assert ended is ExitStatus.UNUSABLE
    assert f"{option}: " in told
    assert kore.calls == []


def command(*arguments: str) -> int | str | None:
    """Run the command and return its exit status."""
    try:
        cli.main(["create", *arguments])
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Start with the KORE_* settings alone, of a Kore.ai that is not there."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "KORE_IID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KORE_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("KORE_CLIENT_SECRET", SECRET)
    for name, value in IDS.items():
        monkeypatch.setenv(f"KORE_{name.upper()}", value)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_the_command_needs_no_setting_of_slack(capsys: pytest.CaptureFixture[str]) -> None:
    """With the KORE_* settings alone it comes as far as the call; trouble goes to standard error."""
    assert command("--name", "n", "--description", "d") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "can't be reached" in told.err
    assert SECRET not in told.err


@pytest.mark.usefixtures("environment")
def test_json_goes_to_standard_output_whatever_happened(capsys: pytest.CaptureFixture[str]) -> None:
    """A script reads one place."""
    assert command("--name", "n", "--description", " ", "--json") == 2
    assert json.loads(capsys.readouterr().out)["ending"] == "unusable"


def test_missing_settings_are_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and only what this command needs."""
    environment.delenv("KORE_STREAM_ID")
    assert command("--name", "n", "--description", "d") == 2
    told = capsys.readouterr().err
    assert "KORE_STREAM_ID is missing" in told
    assert "SLACK" not in told


def test_a_created_list_is_exit_status_0(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Success goes to standard output, and the process ends with 0."""

    async def created(*_: object, **__: object) -> Ended:
        return Ended(ExitStatus.DONE, "Created: cl-1")

    environment.setattr(cli, "create", created)
    assert command("--name", "n", "--description", "d", "--allow-duplicates") == 0
    assert capsys.readouterr().out == "Created: cl-1\n"


def test_the_manifest_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`manifest` writes to standard output; what Slack would not take ends with 2."""
    cli.main(["manifest", "--url", "https://bot.example.com", "--name", "Lists"])
    assert "https://bot.example.com/slack/events" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main(["manifest", "--url", "http://bot.example.com"])
    assert ended.value.code == 2
    assert "https address" in capsys.readouterr().err
