"""What the local Slack finds alive in a message, and how a person reads it: the pure half of the sandbox."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

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
        asking({"type": "file_input"}),
        {"type": "alert", "text": mrkdwn("*Careful*"), "level": "warning"},
        {"type": "alert", "text": plain("Well")},
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
        "Name:",
        "(warning) Careful",
        "(default) Well",
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
