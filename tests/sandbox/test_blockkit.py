"""What the local Slack refuses, and that it takes what is at a limit: the pure half of the sandbox."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sandbox.slack.blockkit import home_problems, message_problems, view_problems
from sandbox.slack.live import live_parts
from sandbox.slack.render import as_text
from tests.sandbox.blocks import (
    Json,
    actions,
    asking,
    button,
    choosing,
    conversations,
    modal,
    mrkdwn,
    option,
    plain,
    rich,
    typing,
)

EMOJI = "\U0001f600"
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Yes?"), "confirm": plain("Do"), "deny": plain("No")}
FULL = modal(
    {"type": "header", "text": plain("H" * 150), "block_id": "b" * 255},
    {"type": "section", "text": mrkdwn("x" * 3000), "fields": [plain("f" * 2000)] * 10},
    {"type": "section", "text": plain("x"), "accessory": button(confirm=CONFIRM, url="https://a.b")},
    {
        "type": "context",
        "elements": [mrkdwn("c", verbatim=True)] * 9 + [{"type": "image", "image_url": "u", "alt_text": "a"}],
    },
    {"type": "divider"},
    {"type": "image", "image_url": "u", "alt_text": "a", "title": plain("i")},
    actions(*(button(action_id=f"a{number}", value="v" * 2000) for number in range(25))),
    rich(
        {"type": "text", "text": "hi", "style": {"bold": True, "code": True}},
        {"type": "user", "user_id": "U1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "link", "url": "https://a.b", "text": "a"},
        {"type": "emoji", "name": "tada"},
        {"type": "date", "timestamp": 1764926520, "format": "{date_short_pretty} {time}", "fallback": "then"},
    ),
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "x"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 1},
        ],
    },
    typing(
        action_id="a", initial_value="x" * 100, max_length=100, min_length=100, placeholder=plain("p" * 150)
    ),
    choosing(count=10, initial_options=[option("0"), option("9")]),
    choosing("radio_buttons", 10, initial_option=option("3")),
    choosing("static_select", 100, placeholder=plain("p")),
    conversations(
        default_to_current_conversation=True,
        response_url_enabled=True,
        filter={"include": ["public", "private"], "exclude_bot_users": True},
    ),
    asking({"type": "file_input", "action_id": "f", "filetypes": ["csv", "xlsx"], "max_files": 10}),
    {"type": "alert", "text": mrkdwn("x" * 2000), "level": "warning"},
    private_metadata="m" * 3000,
    callback_id="c" * 255,
    external_id="e" * 255,
    close=plain("C" * 24),
    clear_on_close=False,
    notify_on_close=False,
)

OVERFLOW = {"type": "overflow", "action_id": "more", "options": [option("0"), option("1")]}


def home(*blocks: Json, **more: object) -> Json:
    """Build the view of an App Home."""
    return {"type": "home", "blocks": list(blocks) or [{"type": "divider"}], **more}


REFUSED_HOMES: dict[str, tuple[object, str]] = {
    "not an object": ([], "must be an object"),
    "a modal": (modal({"type": "divider"}), "must be one of: home"),
    "a title": (home(title=plain("T")), "invalid additional property: title"),
    "a submit": (home(submit=plain("T")), "invalid additional property: submit"),
    "no blocks": (home(blocks=[]), "no less than 1 items"),
    "101 blocks": (home(*[{"type": "divider"}] * 101), "no more than 100 items"),
    "same block_id": (home(*[{"type": "divider", "block_id": "b"}] * 2), "block_id b already exists"),
    "too large": (home(*[{"type": "section", "text": plain("x" * 3000)}] * 90), "less than 250000 bytes"),
    "two focused": (home(*[typing(focus_on_load=True)] * 2), "focus_on_load"),
    "response url": (home(conversations(response_url_enabled=True)), "in the input blocks of a modal alone"),
    "one option": (home(actions({**OVERFLOW, "options": [option("0")]})), "no less than 2 items"),
    "six options": (
        home(actions({**OVERFLOW, "options": [option(str(number)) for number in range(6)]})),
        "no more than 5 items",
    ),
    "same option": (home(actions({**OVERFLOW, "options": [option("0")] * 2})), "must be unique"),
    "long value": (
        home(actions({**OVERFLOW, "options": [option("0"), option("v" * 151)]})),
        "must be less than 151 characters",
    ),
    "files": (home(asking({"type": "file_input"})), "unsupported type: file_input"),
    "alert": (home({"type": "alert", "text": plain("x")}), "unsupported type: alert"),
    "overflow in an input": (home(asking(OVERFLOW)), "unsupported type: overflow"),
    "overflow in a context": (
        home({"type": "context", "elements": [OVERFLOW]}),
        "unsupported type: overflow",
    ),
}


@pytest.mark.parametrize("kind", REFUSED_HOMES)
def test_a_faulty_home_is_refused(kind: str) -> None:
    """The refusal says what and where."""
    view, expected = REFUSED_HOMES[kind]
    assert expected in "\n".join(home_problems(view))


def test_a_home_takes_inputs_and_menus_without_a_submit() -> None:
    """An App Home has no submit button; its inputs tell the bot at once."""
    menu = {"type": "static_select", "action_id": "which", "options": [option("0")]}
    more = {**OVERFLOW, "options": [{**option("0"), "url": "https://a.b"}, option("1")], "confirm": CONFIRM}
    blocks = [
        {**typing(), "dispatch_action": True},
        {"type": "section", "text": plain("x"), "accessory": more},
        actions(menu),
    ]
    full = home(*blocks, private_metadata="m", callback_id="c", external_id="e")
    assert home_problems(full) == []
    assert as_text(full, people={}, channels={}).splitlines()[-2:] == ["[ … Yes | Yes ]", "[ ] Yes"]


REFUSED_VIEWS: dict[str, tuple[object, str]] = {
    "no file": (modal(asking({"type": "file_input", "max_files": 0})), "must be between 1 and 10"),
    "11 files": (modal(asking({"type": "file_input", "max_files": 11})), "must be between 1 and 10"),
    "dotted file type": (modal(asking({"type": "file_input", "filetypes": [".csv"]})), "without its dot"),
    "no file type": (modal(asking({"type": "file_input", "filetypes": []})), "no less than 1 items"),
    "focus on files": (
        modal(asking({"type": "file_input", "focus_on_load": True})),
        "invalid additional property: focus_on_load",
    ),
    "files in a section": (
        modal({"type": "section", "text": plain("x"), "accessory": {"type": "file_input"}}),
        "unsupported type: file_input",
    ),
    "unknown alert": (modal({"type": "alert", "text": plain("x"), "level": "danger"}), "must be one of"),
    "not an object": ([], "must be an object"),
    "no title": ({"type": "modal", "blocks": [{"type": "divider"}]}, "missing required field: title"),
    "home": ({**modal({"type": "divider"}), "type": "home"}, "must be one of: modal"),
    "unknown field": (modal({"type": "divider"}, submit_disabled=True), "invalid additional property"),
    "long title": (modal({"type": "divider"}, title=plain("T" * 25)), "must be less than 25 characters"),
    "emoji title": (modal({"type": "divider"}, title=plain(EMOJI * 13)), "must be less than 25 characters"),
    "empty title": (modal({"type": "divider"}, title=plain("")), "must be more than 0 characters"),
    "blank title": (modal({"type": "divider"}, title=plain("  ")), "must be more than 0 characters"),
    "mrkdwn title": (modal({"type": "divider"}, title=mrkdwn("T")), "unsupported type: mrkdwn"),
    "no type": (modal({"type": "divider"}, title={"text": "T"}), "missing required field: type"),
    "title a text": (modal({"type": "divider"}, title="T"), "must be an object"),
    "long submit": (modal({"type": "divider"}, submit=plain("T" * 25)), "[json-pointer:/view/submit/text]"),
    "long close": (modal({"type": "divider"}, close=plain("T" * 25)), "[json-pointer:/view/close/text]"),
    "no blocks": (modal(), "no less than 1 items"),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "no more than 100 items"),
    "blocks a dict": (modal({"type": "divider"}, blocks={}), "must be an array"),
    "metadata": (modal({"type": "divider"}, private_metadata="m" * 3001), "must be less than 3001"),
    "metadata number": (modal({"type": "divider"}, private_metadata=1), "must provide a string"),
    "callback_id": (modal({"type": "divider"}, callback_id="c" * 256), "must be less than 256"),
    "external_id": (modal({"type": "divider"}, external_id="c" * 256), "must be less than 256"),
    "clear_on_close": (modal({"type": "divider"}, clear_on_close="no"), "must be a boolean"),
    "block_id": (modal({"type": "divider", "block_id": "b" * 256}), "must be less than 256"),
    "same block_id": (
        modal({"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}),
        "already exists",
    ),
    "unknown block": (modal({"type": "video"}), "unsupported type: video"),
    "block type a list": (modal({"type": []}), "unsupported type"),
    "unknown block field": (modal({"type": "divider", "text": "x"}), "invalid additional property: text"),
    "no submit": (
        {name: part for name, part in modal(typing()).items() if name != "submit"},
        "missing required field: submit",
    ),
    "two focused": (modal(typing(focus_on_load=True), typing(focus_on_load=True)), "focus_on_load"),
    "nul": (modal(typing(initial_value="a\0")), "invalid characters"),
    "half a pair": (modal(typing(initial_value="a\ud800")), "invalid characters"),
    "too big": (
        modal(*[{"type": "section", "text": plain("x" * 2900)}] * 90),
        "must be less than 250000 bytes",
    ),
    "header": (modal({"type": "header", "text": plain("x" * 151)}), "must be less than 151"),
    "section": (modal({"type": "section", "text": plain("x" * 3001)}), "must be less than 3001"),
    "section of nothing": (modal({"type": "section"}), "missing required field: text or fields"),
    "fields": (modal({"type": "section", "fields": [plain("x")] * 11}), "no more than 10 items"),
    "field": (modal({"type": "section", "fields": [plain("x" * 2001)]}), "must be less than 2001"),
    "context": (modal({"type": "context", "elements": [plain("x")] * 11}), "no more than 10 items"),
    "emoji in mrkdwn": (modal({"type": "section", "text": mrkdwn("x", emoji=True)}), "property: emoji"),
    "verbatim in plain": (
        modal({"type": "section", "text": {**plain("x"), "verbatim": True}}),
        "property: verbatim",
    ),
    "label": (modal(asking({"type": "plain_text_input"}, label=plain("x" * 2001))), "must be less than 2001"),
    "hint": (modal(asking({"type": "plain_text_input"}, hint=plain("x" * 2001))), "must be less than 2001"),
    "placeholder": (modal(typing(placeholder=plain("x" * 151))), "must be less than 151"),
    "action_id": (modal(typing(action_id="x" * 256)), "must be less than 256"),
    "max_length 0": (modal(typing(max_length=0)), "must be between 1 and 3000"),
    "max_length 3001": (modal(typing(max_length=3001)), "must be between 1 and 3000"),
    "max_length text": (modal(typing(max_length="9")), "must be an integer"),
    "min_length": (modal(typing(min_length=-1)), "must be between 0 and 3000"),
    "min over max": (modal(typing(min_length=9, max_length=8)), "min_length must not be more"),
    "initial too long": (modal(typing(initial_value="x" * 11, max_length=10)), "must be less than 11"),
    "initial emoji": (modal(typing(initial_value=EMOJI * 6, max_length=10)), "must be less than 11"),
    "initial empty": (modal(typing(initial_value="")), "must be more than 0"),
    "button in input": (modal(asking(button())), "unsupported type: button"),
    "11 options": (modal(choosing(count=11)), "no more than 10 items"),
    "no options": (modal(choosing(count=0)), "no less than 1 items"),
    "101 options": (modal(choosing("static_select", 101)), "no more than 100 items"),
    "same option": (
        modal(asking({"type": "checkboxes", "options": [option("a"), option("a")]})),
        "must be unique",
    ),
    "option text": (
        modal(asking({"type": "checkboxes", "options": [option("a", "x" * 76)]})),
        "must be less than 76",
    ),
    "option about": (
        modal(asking({"type": "checkboxes", "options": [{**option("a"), "description": plain("x" * 76)}]})),
        "must be less than 76",
    ),
    "no initial": (modal(choosing(initial_options=[])), "no less than 1 items"),
    "other initial": (modal(choosing(initial_options=[option("7")])), "must match options exactly"),
    "other initial text": (
        modal(choosing("radio_buttons", initial_option=option("0", "No"))),
        "match options exactly",
    ),
    "filter": (modal(conversations(filter={"include": ["secret"]})), "must be one of"),
    "response_url": (
        modal(actions({"type": "conversations_select", "response_url_enabled": True})),
        "input blocks of a modal alone",
    ),
    "response_url aside": (
        modal(
            {
                "type": "section",
                "text": plain("x"),
                "accessory": conversations(response_url_enabled=True)["element"],
            }
        ),
        "input blocks of a modal alone",
    ),
    "26 buttons": (modal(actions(*[button()] * 26)), "no more than 25 items"),
    "same action": (
        modal(actions(button(action_id="a"), button(action_id="a"))),
        "action_id a already exists",
    ),
    "button text": (modal(actions(button(text=plain("x" * 76)))), "must be less than 76"),
    "button value": (modal(actions(button(value="x" * 2001))), "must be less than 2001"),
    "button style": (modal(actions(button(style="default"))), "must be one of: primary, danger"),
    "button mrkdwn": (modal(actions(button(text=mrkdwn("x")))), "unsupported type: mrkdwn"),
    "input in actions": (modal(actions({"type": "plain_text_input"})), "unsupported type: plain_text_input"),
    "rich nothing": (modal({"type": "rich_text", "elements": []}), "no less than 1 items"),
    "rich text bare": (
        modal({"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}),
        "unsupported type: text",
    ),
    "rich empty": (modal(rich({"type": "text", "text": ""})), "must be more than 0 characters"),
    "rich style": (modal(rich({"type": "text", "text": "x", "style": {"loud": True}})), "property: loud"),
    "rich date": (modal(rich({"type": "date", "timestamp": "1", "format": "{date}"})), "must be an integer"),
    "rich user": (modal(rich({"type": "user"})), "missing required field: user_id"),
    "rich unknown": (modal(rich({"type": "mention"})), "unsupported type: mention"),
    "rich list": (
        modal({"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}),
        "missing required field: style",
    ),
}

REFUSED_MESSAGES: dict[str, tuple[Json, str]] = {
    "an alert": ({"blocks": [{"type": "alert", "text": plain("x")}]}, "invalid_blocks"),
    "nothing": ({}, "no_text"),
    "blank": ({"text": " \n"}, "no_text"),
    "no blocks": ({"text": "", "blocks": []}, "no_text"),
    "long": ({"text": "x" * 40_001}, "msg_too_long"),
    "number": ({"text": 1}, "invalid_arguments"),
    "nul": ({"text": "a\0"}, "invalid_arguments"),
    "51 blocks": ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    "bad block": ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
    "blocks a text": ({"text": "x", "blocks": "x"}, "invalid_blocks"),
    "same block_id": ({"blocks": [{"type": "divider", "block_id": "b"}] * 2}, "invalid_blocks"),
    "long blocks": ({"blocks": [{"type": "section", "text": plain("x" * 2900)}] * 5}, "msg_blocks_too_long"),
    "metadata": ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    "metadata text": ({"text": "x", "metadata": "x"}, "invalid_metadata_format"),
    "response_url": ({"blocks": [conversations(response_url_enabled=True)]}, "invalid_blocks"),
    "attachments": ({"text": "x", "attachments": [{}]}, "invalid_attachments"),
}


def test_a_view_at_every_limit_is_taken() -> None:
    """Each limit is inclusive."""
    assert view_problems(FULL) == []


@pytest.mark.parametrize("name", REFUSED_VIEWS)
def test_a_faulty_view_is_refused(name: str) -> None:
    """One step over a limit, and the refusal names it."""
    view, sentence = REFUSED_VIEWS[name]
    found = view_problems(view)
    assert any(sentence in one for one in found), found


def test_a_problem_names_its_place() -> None:
    """The pointer leads to the field."""
    view = modal(asking({"type": "checkboxes", "options": [option("a", "x" * 76)]}))
    pointer = "/view/blocks/0/element/options/0/text/text"
    assert view_problems(view) == [f"[ERROR] must be less than 76 characters [json-pointer:{pointer}]"]


@pytest.mark.parametrize(
    "message",
    [
        {"text": "x" * 40_000},
        {"text": "x", "blocks": []},
        {"blocks": [{"type": "divider"}] * 50, "metadata": {"event_type": "x", "event_payload": {}}},
    ],
)
def test_a_message_at_its_limits_is_taken(message: Json) -> None:
    """Each limit is inclusive."""
    assert message_problems(message) == []


@pytest.mark.parametrize("name", REFUSED_MESSAGES)
def test_a_faulty_message_is_refused(name: str) -> None:
    """The first word is Slack's error code."""
    message, code = REFUSED_MESSAGES[name]
    found = message_problems(message)
    assert found
    assert found[0].partition(":")[0] == code


WORDS = some.sampled_from(
    ["type", "text", "blocks", "elements", "element", "modal", "input", "section", "options"]
)
ANY_JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text() | WORDS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(WORDS | some.text(), inner, max_size=6),
)


@pytest.mark.slow
@settings(deadline=None)
@given(ANY_JSON)
def test_nothing_is_too_strange_to_be_refused(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Whatever the bot sends, the answer is a list of problems and never a crash."""
    assert view_problems(value)
    assert view_problems(modal(value))
    message = {"text": value, "blocks": [value]}
    assert message_problems(message)
    assert isinstance(live_parts(message), list)
