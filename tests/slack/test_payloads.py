"""What Slack sends, read into types: every kind, and nothing but `UnreadablePayload` for all the rest."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnreadablePayload
from bot.slack.payloads import (
    BlockActions,
    Command,
    MessageShortcut,
    Shortcut,
    ViewSubmission,
)
from bot.slack.reading import read_form, read_payload

COMMAND = {
    "token": "verification",
    "team_id": "T1",
    "channel_id": "C1",
    "channel_name": "campaigns",
    "user_id": "U1",
    "command": "/contactlist",
    "text": "Renewal Due",
    "response_url": "https://hooks.slack.com/commands/T1/2/three",
    "trigger_id": "1.2.3",
}
SHORTCUT = {
    "type": "shortcut",
    "callback_id": "create_contact_list",
    "trigger_id": "1.2.3",
    "user": {"id": "U1", "username": "mina", "team_id": "T1"},
    "team": {"id": "T1", "domain": "sandbox"},
    "action_ts": "1764926571.001",
}
SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "user": {"id": "U1"},
    "team": None,
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": "contact_list_form",
        "private_metadata": "{}",
        "blocks": [{"type": "divider"}],
        "state": {
            "values": {
                "name": {"input": {"type": "plain_text_input", "value": "Renewal Due"}},
                "empty": {"input": {"type": "plain_text_input", "value": None}},
                "duplicates": {"input": {"type": "checkboxes", "selected_options": [{"value": "allow"}]}},
                "conversation": {"input": {"type": "conversations_select", "selected_conversation": "C2"}},
            }
        },
    },
    "response_urls": [
        {"block_id": "conversation", "action_id": "input", "channel_id": "C2", "response_url": "https://r"}
    ],
}
FILE = {"id": "F1", "name": "contacts.csv", "size": 2048, "mode": "hosted"}
MESSAGE_SHORTCUT: dict[str, Any] = {
    "type": "message_action",
    "callback_id": "add_contacts_from_file",
    "trigger_id": "1.2.3",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1", "domain": "sandbox"},
    "channel": {"id": "C1", "name": "campaigns"},
    "response_url": "https://hooks.slack.com/app/T1/2/three",
    "message_ts": "1764926571.000100",
    "message": {
        "type": "message",
        "user": "U2",
        "text": "these?",
        "ts": "1764926571.000100",
        "files": [FILE, {"id": "F2", "mode": "file_access", "file_access": "check_file_info", "user": ""}],
    },
}
PRESSED = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "trigger_id": "1.2.3",
    "channel": {"id": "C1", "name": "campaigns"},
    "response_url": "https://hooks.slack.com/actions/T1/2/three",
    "container": {"type": "message"},
    "actions": [{"type": "button", "action_id": "try_again", "block_id": "b", "value": "{}"}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def without(payload: dict[str, Any], field: str) -> dict[str, Any]:
    """Copy a payload without one field."""
    return {name: value for name, value in payload.items() if name != field}


def test_a_command_is_read_from_its_fields() -> None:
    """A command's fields arrive as they were sent, empty ones too."""
    assert read_form(urlencode(COMMAND | {"text": ""}).encode()) == COMMAND | {"text": ""}


@pytest.mark.parametrize("text", ["payload tests", "payload=1&command=2", "payload", "a+b c%20d", "Ü 📞"])
def test_a_commands_text_may_hold_any_word(text: str) -> None:
    """Not even the word `payload` turns a command into something else."""
    assert read_form(urlencode(COMMAND | {"text": text}).encode()) == COMMAND | {"text": text}


@pytest.mark.parametrize(
    "payload", [SHORTCUT, MESSAGE_SHORTCUT, SUBMISSION, PRESSED], ids=lambda payload: payload["type"]
)
def test_an_interaction_is_read_from_its_json(payload: dict[str, Any]) -> None:
    """An interaction is the JSON in the field `payload`."""
    assert read_form(urlencode({"payload": json.dumps(payload)}).encode()) == payload


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"\xff\xfe",
        b"payload=",
        b"payload=%FF",
        b"payload={",
        b"payload=[]",
        b"payload=null",
        b"payload=%22text%22",
        b"payload=" + b"[" * 100_000,
        b"text=no+command",
        b'{"type": "view_submission"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_anything_else_is_unreadable(body: bytes) -> None:
    """A body that is neither a command nor an interaction is refused with the one error for it."""
    with pytest.raises(UnreadablePayload):
        read_form(body)


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=60) | st.binary(max_size=40).map(lambda tail: b"payload=" + tail))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    """Whatever bytes come, the answer is a dict or `UnreadablePayload`."""
    try:
        assert isinstance(read_form(body), dict)
    except UnreadablePayload:
        assert b"command=" not in body


def test_each_kind_becomes_its_type() -> None:
    """A command, two kinds of shortcut, a submission and a pressed button are told apart."""
    payloads = (COMMAND, SHORTCUT, MESSAGE_SHORTCUT, SUBMISSION, PRESSED)
    kinds = [type(read_payload(payload)) for payload in payloads]
    assert kinds == [Command, Shortcut, MessageShortcut, ViewSubmission, BlockActions]


def test_files_of_a_message() -> None:
    """A file that two companies share has nothing but its id: what it is, Slack says when it is asked."""
    chosen = read_payload(MESSAGE_SHORTCUT)
    assert isinstance(chosen, MessageShortcut)
    assert [(file.id, file.name) for file in chosen.files] == [("F1", "contacts.csv"), ("F2", "")]


@pytest.mark.parametrize(
    ("channel", "channel_id"),
    [
        ({"id": "C1", "name": "campaigns"}, "C1"),
        ({"id": "D1", "name": "directmessage"}, None),
        ({"id": "G1", "name": "mpdm-mina--jonas-1"}, "G1"),
    ],
)
def test_where_a_message_was(channel: dict[str, str], channel_id: str | None) -> None:
    """A direct message is nobody's channel."""
    chosen = read_payload(MESSAGE_SHORTCUT | {"channel": channel})
    assert isinstance(chosen, MessageShortcut)
    assert chosen.channel_id == channel_id


def test_files_of_a_form() -> None:
    """They are found in whichever input holds them; none is chosen where it is null."""
    values = {
        "file": {"input": {"type": "file_input", "files": [FILE]}},
        "other": {"input": {"type": "file_input", "files": None}},
        "country": {"input": {"type": "static_select", "selected_option": {"value": "DE"}}},
    }
    submitted = read_payload(SUBMISSION | {"view": SUBMISSION["view"] | {"state": {"values": values}}})
    assert isinstance(submitted, ViewSubmission)
    found = {name: block["input"] for name, block in submitted.view.state.values.items()}
    assert [file.id for each in found.values() for file in each.files] == ["F1"]
    country = found["country"].selected_option
    assert country is not None
    assert country.value == "DE"


def test_a_submission_holds_what_was_filled_in() -> None:
    """Each kind of input is found under its block_id and action_id, an empty one as None."""
    read = read_payload(SUBMISSION)
    assert isinstance(read, ViewSubmission)
    values = read.view.state.values
    assert values["name"]["input"].value == "Renewal Due"
    assert values["empty"]["input"].value is None
    assert values["duplicates"]["input"].selected_options == [{"value": "allow"}]
    assert values["conversation"]["input"].selected_conversation == "C2"
    assert [(url.channel_id, url.response_url) for url in read.response_urls] == [("C2", "https://r")]


def test_a_button_in_a_form_names_the_form() -> None:
    """A button in a modal comes with its view, and without a channel."""
    pressed = read_payload(without(without(PRESSED, "channel"), "response_url") | {"view": {"id": "V1"}})
    assert isinstance(pressed, BlockActions)
    assert pressed.view is not None
    assert pressed.view.id == "V1"
    assert pressed.channel is None
    assert pressed.response_url is None


def test_null_is_absent() -> None:
    """Where a field may be left out it may be null."""
    view = SUBMISSION["view"] | {"callback_id": None, "private_metadata": None, "state": None}

    read = read_payload(SUBMISSION | {"view": view, "response_urls": None, "trigger_id": None})

    assert isinstance(read, ViewSubmission)
    assert (read.response_urls, read.view.private_metadata, read.view.state.values) == ([], "", {})


def test_unknown_fields_go_no_further() -> None:
    """What the bot does not use does not travel into it."""
    assert not hasattr(read_payload(COMMAND), "token")
    assert not hasattr(read_payload(PRESSED), "container")


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        (without(COMMAND, "user_id"), "command.user_id"),
        (without(COMMAND, "trigger_id"), "command.trigger_id"),
        (without(SHORTCUT, "trigger_id"), "shortcut.trigger_id"),
        (without(SUBMISSION, "view"), "view_submission.view"),
        (PRESSED | {"actions": []}, "block_actions.actions"),
        ({"type": "view_closed"}, "its kind"),
        ({"type": ["view_submission"]}, "its kind"),
        ({"type": None}, "its kind"),
        ({}, "its kind"),
    ],
)
def test_an_unreadable_payload_says_where(payload: dict[str, object], where: str) -> None:
    """The error names the field that could not be read."""
    with pytest.raises(UnreadablePayload, match=rf"^cannot read {re.escape(where)}$"):
        read_payload(payload)


def test_a_payload_that_is_no_object_is_unreadable() -> None:
    """A socket may carry any JSON; a list is refused like anything else that is not known."""
    with pytest.raises(UnreadablePayload, match=r"^cannot read its kind$"):
        read_payload(["command"])  # type: ignore[arg-type]


def test_an_unreadable_payload_says_no_value() -> None:
    """No value of the payload is in the error or in what it was raised from."""
    with pytest.raises(UnreadablePayload) as caught:
        read_payload(COMMAND | {"user_id": ["hush"], "text": 5})
    assert str(caught.value) == "cannot read command.text, command.user_id"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(
        ["command", "shortcut", "message_action", "view_submission", "block_actions", "view_closed"]
    ),
    fields=st.dictionaries(
        st.sampled_from(["user", "view", "actions", "trigger_id", "command", "text", "message", "channel"]),
        JSON,
        max_size=4,
    ),
)
def test_no_payload_breaks_the_reader(kind: str, fields: dict[str, object]) -> None:
    """Whatever JSON comes, it is one of the five types or `UnreadablePayload`."""
    try:
        told = type(read_payload({"type": kind, **fields})).__name__
    except UnreadablePayload as error:
        told = str(error)
    kinds = {"Command", "Shortcut", "MessageShortcut", "ViewSubmission", "BlockActions"}
    assert told in kinds or told.startswith("cannot read ")
