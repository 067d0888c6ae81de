"""A whole DEBUG run, through success, failures and refusals: nothing secret is in anything written."""

import asyncio
import io
import json
import re
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
import structlog
from pydantic import SecretStr

from bot.jobs.workflows import Jobs
from bot.kore.models import ContactListDraft
from bot.observe.logs import secrets_of
from bot.observe.redaction import HIDDEN, MAX_LENGTH, Redactor, private
from bot.settings import Settings
from bot.slack.payloads import BlockActions, MessageShortcut, ViewSubmission
from bot.slack.reading import private_texts
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from tests.observe.loud import loud, written
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL

__all__ = ["written"]

FAULTS = [
    "unauthorized",
    "invalid",
    "failure",
    "server_error",
    "html_ok",
    "truncated",
    "data_missing",
    "drop_after_commit",
    "rate_limited",
]


async def go_through(scene: Stage, description: str) -> None:
    """Succeed, fail in each way, press the buttons, and be refused."""
    lead = Person(scene.slack, "U0LEAD")

    async def submit(name: str, *, channel: str = CAMPAIGNS) -> None:
        await lead.command(name, channel=channel)
        view = await lead.view()
        await lead.submit(view, {"description": description})
        under_way = {"New contact list", "Creating…", "Checking…"}
        await lead.until(lambda: view.title not in under_way or bool(view.errors))
        for button in ("try_again", "check_again"):
            if f'"{button}"' in str(view.payload).replace("'", '"'):
                await lead.press(view, button)
                break

    await submit("a success")
    for fault in FAULTS:
        scene.kore.fault(fault)
        await submit(f"through {fault}")
    scene.slack.fault("chat.postMessage", Fault(error="not_in_channel"))
    await submit("by response_url")
    scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    await lead.command("no form", channel=CAMPAIGNS)
    await lead.shortcut("create_contact_list")
    await lead.view()
    await Person(scene.slack, "U0GUEST").command("refused", channel=CAMPAIGNS)
    await lead.command("refused", channel=GENERAL)


def of_slack(scene: Stage) -> set[str]:
    """Gather every trigger_id and response_url that went over the wire."""
    traffic = str([(each.request, each.answer) for each in scene.slack.traffic])
    triggers = re.findall(r"\d+\.\d+\.[0-9a-f]{32}", traffic)
    urls = re.findall(r"http://127\.0\.0\.1:\d+/response/[\w-]+", traffic)
    assert triggers
    assert urls
    return {*triggers, *urls}


@pytest.mark.slow
@pytest.mark.parametrize(("log_format", "socket_mode"), [("json", False), ("console", True)])
async def test_nothing_secret_is_written(
    written: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    log_format: str,
    *,
    socket_mode: bool,
) -> None:
    """Every secret that the run knows is looked for in every line of it; and there is plenty of lines."""
    description = f"For Zoë's \"renewal\" calls\nof {uuid4()}, and nobody else's"
    async with stage(
        socket_mode=socket_mode,
        rate_per_minute=FAST,
        allowed_users="U0LEAD",
        allowed_channels=CAMPAIGNS,
        log_level="DEBUG",
        log_format=log_format,
        before=loud(written),
        timing=QUICK,
    ) as scene:
        await go_through(scene, description)

        async def broken(_: object, submission: object) -> None:
            raise RuntimeError(repr(submission))

        with monkeypatch.context() as patch:
            patch.setattr(Jobs, "save", broken)
            lead = Person(scene.slack, "U0LEAD")
            await lead.command("a fault of ours", channel=CAMPAIGNS)
            await lead.submit(await lead.view(), {"description": description})
        secrets = secrets_of(scene.settings)
        tokens = {call.headers["auth"] for call in scene.kore.calls if "auth" in call.headers}
        hidden = {*secrets, *tokens, *of_slack(scene), description, description.split("\n", maxsplit=1)[0]}
        hidden |= set(re.findall(r"[0-9a-f-]{36}", description))
    told = "".join([written.getvalue(), *capfd.readouterr()])
    assert [secret for secret in hidden if secret in told] == []
    for event in ("submission_ended", "kore_failed", "access_denied", "view_not_opened", "handler_failed"):
        assert event in told


@pytest.mark.slow
async def test_one_reference_leads_from_the_command_to_the_summary(written: io.StringIO) -> None:
    """Every line about one list has it, and no line about another."""
    async with stage(log_level="DEBUG", log_format="json", before=loud(written), timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        await lead.command("one", channel=CAMPAIGNS)
        view = await lead.view()
        scene.kore.fault("invalid")
        await lead.submit(view, {"description": "For the renewal calls."})
        await lead.until(lambda: view.title == "Couldn't create list")
        while "submission_ended" not in written.getvalue():  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    (reference,) = re.findall(r"this code: (\w{8})", view.text)
    lines = [line for line in written.getvalue().splitlines() if reference in line]
    events = [re.findall(r'"event": "(\w+)"', line)[0] for line in lines]
    for event in ("request_received", "submission_saved", "kore_failed", "submission_ended"):
        assert event in events


def test_private_texts_are_hidden_in_every_form() -> None:
    """As it is, in JSON, as Python shows it; a short one only where it stands by itself."""
    hide_private = Redactor([]).text
    with private('Zoë\'s "list"', "ab", None, " "):
        for text in (
            'Zoë\'s "list"',
            '{"x": "Zo\\u00eb\'s \\"list\\""}',
            repr({"x": 'Zoë\'s "list"'}),
            "is ab.",
        ):
            assert "list\\" not in hide_private(text)
            assert HIDDEN in hide_private(text)
        assert hide_private("able") == "able"
    assert hide_private("is ab.") == "is ab."


@pytest.mark.parametrize(
    "text",
    [
        '{"description": "hush \\" hush", "name": "n"}',
        "{'description': 'hush', 'name': 'n'}",
        'ContactListDraft(name="n", description="hush")',
        '{"view": "{\\"private_metadata\\": \\"hush\\"}"}',
        '{"description": "hush and cut',
        "Failed to connect (error: 408, message='', url='wss://wss-primary.slack.com/link/?ticket=hush&app_id=1')",
        'session 3 of "wss://wss-primary.slack.com/link/hush"',
        "{Authorization: Bearer hush}",
        "curl -H Bearer hush",
        "[SQL: INSERT INTO t VALUES (?)]\n[parameters: ('hush',)]\n(Background on this error)",
    ],
)
def test_what_has_the_name_of_a_secret_is_hidden(text: str) -> None:
    """Texts of libraries that nobody announced: by the name beside the value."""
    told = Redactor([]).text(text)
    assert "hush" not in told
    assert HIDDEN in told


def test_fields_with_the_name_of_a_secret_are_hidden() -> None:
    """Whatever stands under such a name, at any depth; empty ones tell something by being empty."""
    hidden = Redactor([]).value(
        {"a": [{"description": {"deep": "hush"}, "token": None, "number": 1}], "b": ("x",)}
    )
    assert hidden == {"a": [{"description": HIDDEN, "token": None, "number": 1}], "b": ["x"]}


def test_other_objects_are_written_as_their_repr() -> None:
    """An object in a field does not carry its texts past the net."""
    told = Redactor([]).value({"a": ContactListDraft(name="n", description="hush")})
    assert "hush" not in str(told)
    assert "ContactListDraft" in str(told)


@pytest.mark.parametrize("typed", ['", "', '"event": "', "}", "info"])
def test_a_line_stays_json_whatever_was_typed(written: io.StringIO, settings: Settings, typed: str) -> None:
    """A description that looks like a piece of the log does not break it."""
    loud(written)(settings.model_copy(update={"log_format": "json"}))
    with private(typed):
        structlog.get_logger("bot").warning("saved", description=typed, other="kept")
    line = json.loads(written.getvalue())
    assert (line["event"], line["description"], line["other"]) == ("saved", HIDDEN, "kept")


@pytest.mark.parametrize("write", [json.dumps, repr, lambda text: json.dumps(text, ensure_ascii=False)])
def test_any_spelling(write: Callable[[str], str]) -> None:
    """In JSON or as Python shows it, with its name or without: nothing behind its first quote is left."""
    description = 'For Zoë\'s "renewal" calls & debts above 500'
    body = json.dumps({"name": "n", "description": description})
    with private(description):
        for text in (write(description), write(body)):
            assert "debts above" not in Redactor([]).text(f"412: {text}")


@pytest.mark.parametrize("piece", ["eyJ", "http://", "1.", "token", "token\\", '"token": "', "wss:/", "\\"])
def test_long_text(piece: str) -> None:
    """The time for a text grows no faster than the text, whatever it begins again and again."""
    redactor, began = Redactor(["a secret"]), time.process_time()
    with private("a text"):
        redactor.text(piece * 60_000)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("before", [MAX_LENGTH - 5, MAX_LENGTH - 1, MAX_LENGTH, MAX_LENGTH + 1])
def test_cut_text(before: int) -> None:
    """A text is cut after its secrets are hidden, so that no piece of one is left at its end."""
    told = Redactor(["hush-hush-hush"]).text("x" * before + "hush-hush-hush" * 900)
    assert "hush" not in told
    assert len(told) <= MAX_LENGTH + 1


def test_what_is_private_in_a_payload() -> None:
    """What was typed, names of files, one-time keys, and what the bot put into a button."""
    user, view = {"id": "U1"}, {"id": "V1", "state": {"values": {"d": {"input": {"value": "typed"}}}}}
    submitted = ViewSubmission.model_validate({"type": "view_submission", "user": user, "view": view})
    assert private_texts(submitted) == ["typed"]
    for value, expected in {'{"description": "typed"}': ["typed"], "[1]": [], "no json": []}.items():
        action = {"type": "button", "action_id": "a", "value": value}
        pressed = BlockActions.model_validate(
            {"type": "block_actions", "user": user, "trigger_id": "1.2.x", "actions": [action]}
        )
        assert private_texts(pressed) == ["1.2.x", value, *expected]
    message = {"ts": "1.2", "text": "not kept", "files": [{"id": "F1", "name": "mina.csv"}]}
    chosen = MessageShortcut.model_validate(
        {
            "type": "message_action",
            "callback_id": "c",
            "user": user,
            "trigger_id": "1.2.x",
            "response_url": "https://r",
            "channel": {"id": "C1"},
            "message": message,
        }
    )
    assert private_texts(chosen) == ["1.2.x", "https://r", "mina.csv"]


@pytest.mark.parametrize(
    ("url", "written"),
    [
        (
            "postgresql://bot:left4me%40right4me@h/d",
            ["left4me@right4me", "left4me%40right4me", "host right4me"],
        ),
        ("postgresql://bot@h/d?password=left4me%23right4me", ["left4me#right4me", "user left4me"]),
        ("postgresql://bot:left4me%2Fright4me@h/d", ["left4me/right4me", "port left4me", "/right4me"]),
    ],
)
def test_parts_of_a_password(settings: Settings, url: str, written: list[str]) -> None:
    """However a password is spelled, and into whatever parts a parser has cut it, none is written."""
    redactor = Redactor(secrets_of(settings.model_copy(update={"database_url": SecretStr(url)})))
    for text in written:
        told = redactor.text(f"could not connect: {text}")
        assert "4me" not in told
        assert HIDDEN in told
