"""What the local Slack refuses, finds alive, and shows: the pure half of the sandbox."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sandbox.slack.blockkit import home_problems, message_problems, view_problems
from sandbox.slack.live import live_parts
from sandbox.slack.render import as_text

Json = dict[str, Any]
EMOJI = "\U0001f600"


def plain(text: str) -> Json:
    """Build a plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str, **more: object) -> Json:
    """Build a mrkdwn object."""
    return {"type": "mrkdwn", "text": text, **more}


def option(value: str, text: str = "Yes") -> Json:
    """Build an option."""
    return {"text": plain(text), "value": value}


def asking(element: Json, **more: object) -> Json:
    """Build an input block."""
    return {"type": "input", "label": plain("Name"), "element": element, **more}


def typing(**more: object) -> Json:
    """Build an input block with a text input."""
    return asking({"type": "plain_text_input", **more})


def actions(*elements: Json) -> Json:
    """Build an actions block."""
    return {"type": "actions", "elements": list(elements)}


def button(**more: object) -> Json:
    """Build a button."""
    return {"type": "button", "text": plain("Go"), **more}


def rich(*elements: Json) -> Json:
    """Build a rich text block of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def modal(*blocks: Json, **more: object) -> Json:
    """Build a modal."""
    return {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": list(blocks), **more}


def choosing(kind: str = "checkboxes", count: int = 1, **more: object) -> Json:
    """Build an input block with options."""
    return asking({"type": kind, "options": [option(str(number)) for number in range(count)], **more})


def conversations(**more: object) -> Json:
    """Build an input block with a conversations menu."""
    return asking({"type": "conversations_select", **more})


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


LIVE: list[tuple[Json, list[str]]] = [
    ({"text": "just words"}, []),
    ({"text": "&lt;@U1&gt; &lt;!here&gt; &amp;"}, []),
    (
        {"text": "<@U1> <#C1|x> <!here> <!subteam^S1> <!subteam>"},
        ["user:U1", "channel:C1", "broadcast:here", "usergroup:S1", "usergroup:"],
    ),
    ({"text": "<https://a.b|x> <mailto:a@b.de>"}, ["link:https://a.b", "link:mailto:a@b.de"]),
    ({"text": "<!date^1764926520^{date}|then> <!date|x>"}, ["date:1764926520", "date:"]),
    ({"text": "@here #general @mina"}, []),
    (
        {"text": "@here #general @mina", "link_names": True},
        ["broadcast:here", "channel:#general", "user:@mina"],
    ),
    ({"text": "@here *x*", "parse": "full"}, ["broadcast:here"]),
    (
        {"text": "https://a.b?x=1&amp;y=2 kore.ai a@b.de"},
        ["link:https://a.b?x=1&y=2", "link:kore.ai", "link:a@b.de"],
    ),
    ({"text": "https://a.b kore.ai", "parse": "none"}, []),
    (
        {"text": "*bold* _it_ ~no~ `code` ```pre```"},
        ["format:`code`", "format:```pre```", "format:*bold*", "format:_it_", "format:~no~"],
    ),
    ({"text": "*bold* <@U1>", "mrkdwn": False}, ["user:U1"]),
    ({"text": "*a `b` c*"}, ["format:`b`", "format:*a \ufff9 c*"]),
    ({"text": "(kore.ai) ..kore.ai a@b"}, ["link:kore.ai)", "link:kore.ai"]),
    ({"text": "a*b*c 2 * 3 * 4 snake_case_name * x*"}, []),
    ({"text": "x\n&gt; said\n>said"}, ["format:&gt; said", "format:>said"]),
    ({"text": "`*x* https://a.b`"}, ["format:`*x* https://a.b`"]),
    (
        {"text": "x", "blocks": [{"type": "section", "text": mrkdwn("@here *x* #a kore.ai")}]},
        ["link:kore.ai", "broadcast:here", "channel:#a", "format:*x*"],
    ),
    (
        {"blocks": [{"type": "section", "text": mrkdwn("@here *x* kore.ai <@U1>", verbatim=True)}]},
        ["user:U1", "format:*x*"],
    ),
    ({"blocks": [{"type": "section", "text": plain("@here *x* <@U1> kore.ai")}]}, []),
    ({"blocks": [actions(button(url="https://a.b"))]}, ["link:https://a.b"]),
    (
        {
            "blocks": [
                rich(
                    {"type": "text", "text": "<@U1> *x* @here", "style": {"bold": True}},
                    {"type": "user", "user_id": "U1"},
                    {"type": "usergroup", "usergroup_id": "S1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "link", "url": "https://a.b"},
                    {"type": "date", "timestamp": 9, "format": "{date}"},
                )
            ]
        },
        ["user:U1", "usergroup:S1", "channel:C1", "broadcast:here", "link:https://a.b", "date:9"],
    ),
]


@pytest.mark.parametrize(("message", "parts"), LIVE)
def test_live_parts_are_what_slack_would_parse(message: Json, parts: list[str]) -> None:
    """Escaped, plain and literal text is dead; all else is reported."""
    assert live_parts(message) == parts


PEOPLE, CHANNELS = {"U1": "Mina Okafor"}, {"C1": "campaigns"}
SHOWN: list[tuple[Json, str]] = [
    ({"text": "hi *b* <@U1> in <#C1> &lt;b&gt;"}, "hi b @Mina Okafor in #campaigns <b>"),
    ({"text": "<@U9|sam> <@U8> <#C9|x> <!here> <!subteam^S1|@leads>"}, "@sam @U8 #x @here @leads"),
    ({"text": "<!date^1764926520^{date}|then> <!date^x^{date}|then>"}, "5 Dec 2025, 09:22 UTC then"),
    (
        {"text": "<https://a.b|site> <https://a.b?x&amp;y> \ufffc \ufff9 `a*b*`"},
        "site https://a.b?x&y \ufffc \ufff9 a*b*",
    ),
    ({"text": "x"}, "x"),
    ({"text": None}, ""),
    (
        {"text": "hidden", "blocks": [{"type": "header", "text": plain("*H*")}, {"type": "divider"}]},
        "*H*\n---",
    ),
    ({"blocks": [{"type": "section", "text": plain("a"), "fields": [mrkdwn("*Name*\nx")]}]}, "a\nName\nx"),
    ({"blocks": [{"type": "section", "text": plain("a"), "accessory": button()}]}, "a\n[ Go ]"),
    ({"blocks": [actions(button(), button())]}, "[ Go ]  [ Go ]"),
    ({"blocks": [actions({"type": "checkboxes", "options": [option("a")]})]}, "[ ] Yes"),
    ({"blocks": [actions({"type": "conversations_select"})]}, ""),
    (
        {"blocks": [{"type": "context", "elements": [mrkdwn("_c_"), {"type": "image", "alt_text": "i"}]}]},
        "c  (i)",
    ),
    ({"blocks": [{"type": "image", "alt_text": "i"}]}, "(i)"),
    (
        {
            "blocks": [
                rich(
                    {"type": "text", "text": "a <@U1> "},
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "usergroup", "usergroup_id": "S1"},
                    {"type": "emoji", "name": "tada"},
                    {"type": "link", "url": "https://a.b"},
                    {"type": "date", "timestamp": 1764926520, "format": "{date}"},
                )
            ]
        },
        "a <@U1> @Mina Okafor#campaigns@here@S1:tada:https://a.b5 Dec 2025, 09:22 UTC",
    ),
    (
        {
            "blocks": [
                {
                    "type": "rich_text",
                    "elements": [
                        {
                            "type": "rich_text_list",
                            "style": "ordered",
                            "elements": [{"elements": [{"type": "text", "text": "x"}]}],
                        },
                        {
                            "type": "rich_text_list",
                            "style": "bullet",
                            "elements": [{"elements": [{"type": "text", "text": "y"}]}],
                        },
                        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q\nr"}]},
                    ],
                }
            ]
        },
        "1. x\n• y\n> q\n> r",
    ),
]


@pytest.mark.parametrize(("message", "text"), SHOWN)
def test_a_message_reads_as_a_person_reads_it(message: Json, text: str) -> None:
    """Names, dates and styles are resolved; plain text is left alone."""
    assert as_text(message, people=PEOPLE, channels=CHANNELS) == text


def test_a_form_reads_with_its_initial_values() -> None:
    """Labels, values, boxes, hints and buttons, one a line."""
    described = {**option("b", "No"), "description": plain("really")}
    view = modal(
        asking({"type": "plain_text_input", "initial_value": "x"}, hint=plain("up to 20")),
        asking(
            {"type": "checkboxes", "options": [option("a"), described], "initial_options": [option("a")]},
            optional=True,
        ),
        choosing("radio_buttons", initial_option=option("0")),
        conversations(initial_conversation="C1"),
        conversations(),
        close=plain("Cancel"),
    )
    assert as_text(view, people=PEOPLE, channels=CHANNELS).splitlines() == [
        "T",
        "=",
        "Name: x",
        "  (up to 20)",
        "Name (optional):",
        "  [x] Yes",
        "  [ ] No, really",
        "Name:",
        "  [x] Yes",
        "Name: #campaigns",
        "Name:",
        "[ Cancel ]  [ Go ]",
    ]


def test_a_form_reads_with_what_was_typed_and_what_is_wrong() -> None:
    """The state hides the initial values, and an error stands under its input."""
    view = modal(
        typing(action_id="a", initial_value="old") | {"block_id": "name"},
        choosing("radio_buttons", 2, action_id="a") | {"block_id": "one"},
    )
    state = {
        "name": {"a": {"type": "plain_text_input", "value": "new"}},
        "one": {"a": {"type": "radio_buttons", "selected_option": option("1")}},
    }
    shown = as_text({**view, "state": {"values": state}, "errors": {"name": "Taken"}}, people={}, channels={})
    assert "Name: new\n  ! Taken\nName:\n  [ ] Yes\n  [x] Yes\n" in shown


def test_a_form_without_buttons_has_no_line_for_them() -> None:
    """A closing button that Slack draws by itself is not part of the view."""
    view = {"type": "modal", "title": plain("T"), "blocks": [{"type": "divider"}]}
    assert as_text(view, people={}, channels={}) == "T\n=\n---"


WORDS = some.sampled_from(
    ["type", "text", "blocks", "elements", "element", "modal", "input", "section", "options"]
)
ANY_JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text() | WORDS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(WORDS | some.text(), inner, max_size=6),
)


@settings(deadline=None)
@given(ANY_JSON)
def test_nothing_is_too_strange_to_be_refused(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Whatever the bot sends, the answer is a list of problems and never a crash."""
    assert view_problems(value)
    assert view_problems(modal(value))
    message = {"text": value, "blocks": [value]}
    assert message_problems(message)
    assert isinstance(live_parts(message), list)


@settings(deadline=None)
@given(some.text(min_size=1))
def test_plain_text_is_dead_and_shown_as_it_is(text: str) -> None:
    """Whatever somebody types: nothing in it is parsed."""
    message = {"blocks": [{"type": "section", "text": plain(text)}, rich({"type": "text", "text": text})]}
    assert live_parts(message) == []
    shown = as_text({"blocks": message["blocks"][:1]}, people={}, channels={})
    assert shown == text


@settings(deadline=None)
@given(some.text())
def test_escaped_text_pings_nobody(text: str) -> None:
    """Three entities are enough against control sequences."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = live_parts({"text": escaped, "mrkdwn": False, "parse": "none"})
    assert parts == []
    assert as_text({"text": escaped, "mrkdwn": False}, people={}, channels={}) == text
