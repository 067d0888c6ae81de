"""What may be typed after the command, and how the help explains it."""

import html

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.kore.models import NAME_LIMIT
from bot.views.command import COMMAND, TypedCommand, help_message, read_command
from bot.views.form import contact_list_form
from bot.views.state import FormContext, FormValues
from bot.views.text import length
from sandbox.slack.blockkit import message_problems, view_problems
from sandbox.slack.render import as_text
from tests.views.samples import APP

VISIBLE = st.characters(
    categories=["L", "N", "P", "S"],
    exclude_characters=":\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb"
    "\u115f\u1160\u3164\uffa0",
)
"""Without what makes emoji codes and quotations, and without letters that show nothing."""
ONE_LINE = st.text(alphabet=VISIBLE | st.characters(categories=["Zs"]) | st.sampled_from("\t"), max_size=22)
SHOWN = st.builds("{}{}{}".format, ONE_LINE, VISIBLE, ONE_LINE).filter(
    lambda text: length(text) <= NAME_LIMIT
)


def named(text: str) -> FormValues:
    """Return what the form is filled with when this was typed."""
    return FormValues.named(read_command(text, APP).words)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("list", TypedCommand("list", "")),
        ("  list  ", TypedCommand("list", "")),
        ("list  Renewal   Due", TypedCommand("list", "Renewal Due")),
        ("list a &amp; b", TypedCommand("list", "a & b")),
        ("show", TypedCommand("list", "")),
        ("show cl-1", TypedCommand("show", "cl-1")),
        ('show "Spring"', TypedCommand("show", "Spring")),
        ("show \u201cSpring\u201d", TypedCommand("show", "Spring")),
        ('list "Renewal Due"', TypedCommand("list", "Renewal Due")),
        ("\u200blist", TypedCommand("list", "")),
        ("\ufeffshow\u2060 Spring", TypedCommand("show", "Spring")),
        ("list\u00a0Spring", TypedCommand("list", "Spring")),
        ("show <#C1|>", TypedCommand("list", "")),
        ("show Renewal Due", TypedCommand("show", "Renewal Due")),
        ("List of renewals", TypedCommand("create", "List of renewals", "/contactlist list of renewals")),
        ("List", TypedCommand("list")),
        ("LIST Renewals", TypedCommand("list", "Renewals")),
        ("search Renewals", TypedCommand("list", "Renewals")),
        ("search", TypedCommand("list")),
        ("Show Renewals", TypedCommand("show", "Renewals")),
        ('show "Renewals"', TypedCommand("show", "Renewals")),
        ("new", TypedCommand("create")),
        ("create", TypedCommand("create")),
        ("New Renewals", TypedCommand("create", "Renewals")),
        ("create Renewals", TypedCommand("create", "Renewals")),
        ('"list of July"', TypedCommand("create", "list of July")),
        ("“Spring”", TypedCommand("create", "Spring")),
        ("list of July", TypedCommand("list", "of July")),
        ("lists", TypedCommand("create", "lists", "/contactlist list")),
        ("Lists for July", TypedCommand("create", "Lists for July", "/contactlist list for July")),
        ("listing", TypedCommand("create", "listing")),
        ("Renewals list", TypedCommand("create", "Renewals list")),
        ("", TypedCommand("create", "")),
        ("help", TypedCommand("help")),
        (" HELP ", TypedCommand("help")),
        ("help me", TypedCommand("create", "help me")),
        ("shows", TypedCommand("create", "shows")),
    ],
)
def test_the_commands_own_words_are_small(text: str, command: TypedCommand) -> None:
    """Anything else is the name of a new list."""
    assert read_command(text, APP) == command


class TestCommandText:
    """What is typed after the command."""

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("", ""),
            ("   ", ""),
            ("Renewal Due 1- July 2025", "Renewal Due 1- July 2025"),
            ("  two   spaces\t\n", "two spaces"),
            ("payload tests &amp; more=1", "payload tests & more=1"),
            ("a &lt; b &gt; c", "a < b > c"),
            ("&amp;lt;", "&lt;"),
            ("calls for <#C1|general>", "calls for #general"),
            ("<@U1|mina>", "@mina"),
            ("<!here>", "@here"),
            ("<!subteam^S1|@leads>", "@leads"),
            ("<!date^1764926571^{date}|5 Dec>", "5 Dec"),
            ("<!channel|channel>", "@channel"),
            ("<https://kore.ai|the site>", "the site"),
            ("<https://kore.ai?a=1&amp;b=2>", "https://kore.ai?a=1&b=2"),
            ("<mailto:a@kore.ai|a@kore.ai>", "a@kore.ai"),
            ("a < b", "a < b"),
            ("<VIP> a & b", "<VIP> a & b"),
            ("Sales&amp;region &amp;copy; 2025", "Sales&region &copy; 2025"),
            ("Sales&region", "Sales&region"),
            ("\u200bSpring\u2060 sa\ufeffle", "Spring sale"),
            ("Spring\u00a0sale", "Spring sale"),
            ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f"),
            (":tada: Spring", "🎉 Spring"),
            ("Spring:tada::wave::skin-tone-3:", "Spring🎉👋🏼"),
            (":male-doctor::skin-tone-6: :flag-de:", "👨🏿\u200d⚕\ufe0f 🇩🇪"),
            (":egg: :email: :+1: :100:", "🥚 ✉\ufe0f 👍 💯"),
            (":our_logo: 1:100:5 at 10:30:00", ":our_logo: 1:100:5 at 10:30:00"),
            (":our_logo::skin-tone-3:", ":our_logo::skin-tone-3:"),
            ('"Spring"', "Spring"),
            ("\u201cSpring\u201d", "Spring"),
            ("\u201eSpring\u201c", "Spring"),
            ("'Spring'", "Spring"),
            ("\u201clist of calls\u201d", "list of calls"),
            ('"A" and "B"', '"A" and "B"'),
            ("Mina's 'best'", "Mina's 'best'"),
            ('""', '""'),
            ('"', '"'),
        ],
    )
    def test_it_reads_as_it_was_typed(self, text: str, name: str) -> None:
        """Slack's escapes and references are turned back into what the person saw while typing."""
        values = named(text)
        assert values.name == name
        assert not values.was_cut

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("calls for <#C024BE7LH|>", "calls for"),
            ("calls for <#C024BE7LH>", "calls for"),
            ("<@U024BE7LH> and <@U1|mina>", "and @mina"),
            ("<!subteam^S1> calls", "calls"),
        ],
    )
    def test_mention_unnamed(self, text: str, name: str) -> None:
        """An id is no name: it is left out, and the form says so under the name."""
        typed = read_command(text, APP)
        form = contact_list_form(
            FormValues.named(typed.words, lacks_mention=typed.lacks_mention), FormContext()
        )

        assert typed == TypedCommand("create", name, lacks_mention=True)
        assert "Slack didn't tell me the name of a channel or person" in str(form["blocks"][0]["hint"])

    @settings(max_examples=50, deadline=None)
    @given(typed=SHOWN)
    def test_escaping_is_undone(self, typed: str) -> None:
        """Whatever fits and was escaped by Slack comes back, but for white space."""
        assume(read_command(typed, APP).verb == "create")
        escaped = html.escape(typed, quote=False)
        assert named(escaped).name in {" ".join(typed.split()), " ".join(typed.split())[1:-1].strip()}

    @pytest.mark.parametrize(
        ("text", "name", "was_cut"),
        [
            ("x" * 48, "x" * 48, False),
            ("x" * 49, "x" * 48, True),
            ("x" * 47 + "📞", "x" * 47, True),
            ("📞" * 24, "📞" * 24, False),
            ("📞" * 25, "📞" * 24, True),
            ("x" * 47 + " y", "x" * 47, True),
            ("x" * 47 + " ", "x" * 47, False),
        ],
    )
    def test_it_is_cut_to_what_the_api_takes(self, text: str, name: str, *, was_cut: bool) -> None:
        """A long name is cut between characters, and the values know it."""
        assert named(text) == FormValues(name=name, was_cut=was_cut)


def test_help_tells_every_way_in() -> None:
    """The command with and without a name, the button, and the shortcut for threads."""
    told = as_text(help_message(APP), people={}, channels={})
    assert all(word in told for word in (COMMAND, "list july", "help", "Create contact list"))
    assert message_problems(help_message(APP)) == []


def test_other_reading() -> None:
    """A name that may have been a search opens the form, with a line that offers the search."""
    typed = read_command("List of renewals", APP)
    view = contact_list_form(FormValues.named(typed.words, other=typed.other), FormContext(channel_id="C1"))
    told = as_text(view, people={}, channels={})
    assert view_problems(view) == []
    assert "Looking for a list instead? Type /contactlist list of renewals." in told.replace("\u2060", "")
