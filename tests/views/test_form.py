"""The form: the modal that opens, and what a submission becomes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kore.models import DESCRIPTION_LIMIT, NAME_LIMIT
from bot.models import Submission
from bot.slack.payloads import ViewSubmission
from bot.views.blocks import INPUT, Problems
from bot.views.command import read_command
from bot.views.form import (
    ALLOW,
    CHANNEL,
    DESCRIPTION,
    DUPLICATES,
    FORM,
    NAME,
    NAME_CUT_HINT,
    contact_list_form,
    read_submission,
)
from bot.views.state import FormContext, FormValues
from bot.views.text import length
from sandbox.slack.blockkit import view_problems
from tests.views.samples import APP

NOW = 1_764_926_571.5
COMMAND_URL = "https://hooks.slack.com/commands/T1/2/three"
CHOSEN_URL = "https://hooks.slack.com/app/T1/2/three"
FROM_COMMAND = FormContext(channel_id="C1", response_url=COMMAND_URL)
TYPED = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400)
"""Whatever a keyboard or a clipboard may hold."""
VISIBLE = st.characters(categories=["L", "N", "P", "S"])
ONE_LINE = st.text(alphabet=VISIBLE | st.characters(categories=["Zs"]) | st.sampled_from("\t"), max_size=22)
LINES = st.text(alphabet=VISIBLE | st.sampled_from(" \t\n"), max_size=120)
SHOWN = st.builds("{}{}{}".format, ONE_LINE, VISIBLE, ONE_LINE).filter(
    lambda text: length(text) <= NAME_LIMIT
)
TOLD = st.builds("{}{}{}".format, LINES, VISIBLE, LINES).filter(
    lambda text: length(text) <= DESCRIPTION_LIMIT
)


def form(values: FormValues, context: FormContext | None = None) -> dict[str, Any]:
    """Build the modal as Slack gets it."""
    view: dict[str, Any] = contact_list_form(values, context or FormContext(channel_id="C1"))
    return view


def block(view: dict[str, Any], block_id: str) -> dict[str, Any]:
    """Find one input block."""
    found: dict[str, Any] = next(each for each in view["blocks"] if each.get("block_id") == block_id)
    return found


def submitted(
    *,
    name: str | None = "Renewal Due",
    description: str | None = "Due in July.",
    chosen: str | None = None,
    ticked: bool = False,
    metadata: str | FormContext = FROM_COMMAND,
    response_urls: dict[str, str] | None = None,
) -> ViewSubmission:
    """Build what Slack sends when the form is submitted."""
    urls = [{"channel_id": each, "response_url": url} for each, url in (response_urls or {}).items()]
    return ViewSubmission.model_validate(
        {
            "type": "view_submission",
            "user": {"id": "U1"},
            "view": {
                "id": "V1",
                "callback_id": FORM,
                "private_metadata": metadata if isinstance(metadata, str) else metadata.model_dump_json(),
                "state": {
                    "values": {
                        NAME: {INPUT: {"value": name}},
                        DESCRIPTION: {INPUT: {"value": description}},
                        DUPLICATES: {INPUT: {"selected_options": [{"value": ALLOW}] if ticked else []}},
                        CHANNEL: {INPUT: {"selected_conversation": chosen}},
                    }
                },
            },
            "response_urls": urls,
        }
    )


def accepted(payload: ViewSubmission) -> Submission:
    """Read a submission that is right."""
    read = read_submission(payload, now=NOW)
    assert isinstance(read, Submission)
    return read


def refused(payload: ViewSubmission) -> Problems:
    """Read a submission that is not right."""
    read = read_submission(payload, now=NOW)
    assert isinstance(read, dict)
    return read


class TestForm:
    """The modal that opens."""

    def test_the_form_tells_of_the_cut(self) -> None:
        """The hint under the name says that it was cut, and only then."""
        whole, cut = (block(form(FormValues.named("x" * n)), NAME) for n in (48, 49))
        assert "hint" not in whole
        assert cut["hint"]["text"] == NAME_CUT_HINT

    @settings(max_examples=80, deadline=None)
    @given(text=TYPED)
    def test_slack_takes_it_whatever_was_typed(self, text: str) -> None:
        """The form opens for any text after the command."""
        assert view_problems(form(FormValues.named(read_command(text, APP).words))) == []

    @settings(max_examples=60, deadline=None)
    @given(
        name=TYPED,
        description=TYPED,
        duplicates=st.booleans(),
        chosen=st.none() | st.just("C2"),
        channel=st.none() | st.just("C1"),
    )
    def test_slack_takes_it_whatever_it_is_filled_with(
        self, name: str, description: str, *, duplicates: bool, chosen: str | None, channel: str | None
    ) -> None:
        """The form opens again with whatever was in it, also for a shortcut."""
        values = FormValues(
            name=name, description=description, allow_duplicates=duplicates, channel_id=chosen
        )
        context = FormContext(channel_id=channel, response_url=COMMAND_URL, attempt=3)
        assert view_problems(form(values, context)) == []

    def test_what_was_typed_stands_in_it(self) -> None:
        """Name, description, tick and channel are there when the form opens."""
        view = form(
            FormValues(name="Renewal", description="Due\nin July", allow_duplicates=True, channel_id="C2")
        )
        assert block(view, NAME)["element"]["initial_value"] == "Renewal"
        assert block(view, DESCRIPTION)["element"]["initial_value"] == "Due\nin July"
        assert [each["value"] for each in block(view, DUPLICATES)["element"]["initial_options"]] == [ALLOW]
        assert block(view, CHANNEL)["element"]["initial_conversation"] == "C2"

    def test_an_empty_form_is_empty(self) -> None:
        """Nothing is filled in or ticked that nobody asked for."""
        view = form(FormValues())
        started = {"initial_value", "initial_options", "initial_conversation"}
        for each in (NAME, DESCRIPTION, DUPLICATES, CHANNEL):
            filled = {name for name, value in block(view, each)["element"].items() if value} & started
            assert filled == set()

    def test_slack_itself_keeps_the_limits(self) -> None:
        """The inputs stop at what the API takes."""
        view = form(FormValues())
        assert block(view, NAME)["element"]["max_length"] == 48
        assert block(view, DESCRIPTION)["element"]["max_length"] == 256

    @pytest.mark.parametrize(("channel", "optional"), [("C1", True), (None, False)])
    def test_the_channel_is_required_without_a_channel(self, channel: str | None, *, optional: bool) -> None:
        """A shortcut has no channel to fall back to, so there Slack asks for one; nobody has to tick."""
        view = form(FormValues(), FormContext(channel_id=channel))
        assert block(view, CHANNEL)["optional"] is optional
        assert block(view, DUPLICATES)["optional"] is True

    def test_a_form_that_a_button_brought_back_asks_for_the_channel(self) -> None:
        """It has the one that was chosen before, and nobody typed a command that it could fall back to."""
        context = FormContext(channel_id="C1", attempt=2, retry_of="V1")
        chosen = block(form(FormValues(channel_id="C1"), context), CHANNEL)
        assert (chosen["optional"], "hint" in chosen) == (False, False)

    @pytest.mark.parametrize(
        "context", [FormContext(), FormContext(channel_id="C1", response_url=COMMAND_URL, attempt=7)]
    )
    def test_it_remembers_where_it_came_from(self, context: FormContext) -> None:
        """What the form does not show travels in its private_metadata."""
        assert FormContext.model_validate_json(form(FormValues(), context)["private_metadata"]) == context


class TestSubmission:
    """What a submission becomes."""

    def test_it_holds_all_that_the_job_needs(self) -> None:
        """Who, what, where to, when, and under which key."""
        read = accepted(submitted(ticked=True))
        assert read.draft.model_dump() == {
            "name": "Renewal Due",
            "description": "Due in July.",
            "allow_duplicates": True,
        }
        assert read.origin.model_dump() == {
            "user_id": "U1",
            "channel_id": "C1",
            "view_id": "V1",
            "response_url": COMMAND_URL,
        }
        assert (read.key, read.attempt, read.submitted_at) == ("V1", 1, NOW)

    @settings(max_examples=80, deadline=None)
    @given(name=SHOWN, description=TOLD)
    def test_what_was_typed_arrives_as_it_was(self, name: str, description: str) -> None:
        """Nothing but white space around it is taken away, and nothing is added."""
        draft = accepted(submitted(name=name, description=description)).draft
        assert (draft.name, draft.description) == (name.strip(), description.strip())

    @settings(max_examples=80, deadline=None)
    @given(name=TYPED, description=TYPED)
    def test_any_text_is_taken_or_explained(self, name: str, description: str) -> None:
        """Whatever was typed either fits the API's rules or gets a sentence under its own input."""
        read = read_submission(submitted(name=name, description=description), now=NOW)
        if isinstance(read, Submission):
            assert 0 < length(read.draft.name) <= NAME_LIMIT
            assert 0 < length(read.draft.description) <= DESCRIPTION_LIMIT
            assert len(read.draft.name.splitlines()) == 1
        else:
            assert {*read} <= {NAME, DESCRIPTION}
            assert all(sentence.endswith(".") for sentence in read.values())

    def test_windows_line_breaks_become_plain_ones(self) -> None:
        """A description pasted from Windows counts and arrives with one character for each line break."""
        text = "\r\n" + "\r\n".join(["x"] * 128) + "\r\n"
        assert accepted(submitted(description=text)).draft.description == "\n".join(["x"] * 128)

    @pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
    def test_a_name_is_one_line(self, sign: str) -> None:
        """A line break of any kind inside a name is refused; around it, it is trimmed."""
        assert "line break" in refused(submitted(name=f"a{sign}b"))[NAME]
        assert accepted(submitted(name=f"{sign}a b{sign}")).draft.name == "a b"

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            " ",
            "\t\n",
            "\u00a0\u3000",
            "\u200b",
            "\u200e\u200f",
            "\u2060",
            "\ufeff",
            "\u00ad",
            "\ue000",
        ],
        ids=range(11),
    )
    def test_what_shows_nothing_is_empty(self, text: str | None) -> None:
        """A text without any visible character is asked for again."""
        assert refused(submitted(name=text)) == {NAME: "Add a name."}
        assert "description" in refused(submitted(description=text))[DESCRIPTION]

    def test_inputs_that_are_not_there_are_empty(self) -> None:
        """A submission without any state is not a fault, but empty."""
        bare = ViewSubmission.model_validate(
            {"type": "view_submission", "user": {"id": "U1"}, "view": {"id": "V1"}}
        )
        assert set(refused(bare)) == {NAME, DESCRIPTION, CHANNEL}

    @pytest.mark.parametrize("sign", ["\0", "\x07", "\x1b", "\x7f", "\x9f", "\ud800"], ids=range(6))
    def test_control_characters_are_refused(self, sign: str) -> None:
        """What JSON, a console or Slack would choke on is refused, with a way out."""
        problems = refused(submitted(name=f"a{sign}b", description=f"a{sign}b"))
        assert set(problems) == {NAME, DESCRIPTION}
        assert all("can't send" in sentence for sentence in problems.values())

    def test_tabs_and_line_breaks_may_stand_in_a_description(self) -> None:
        """A list of points can be pasted."""
        assert accepted(submitted(description="a\n\tb\rc")).draft.description == "a\n\tb\rc"

    @pytest.mark.parametrize(
        ("field", "limit"), [("name", 48), ("description", 256)], ids=["name", "description"]
    )
    def test_lengths_are_those_of_what_is_sent(self, field: str, limit: int) -> None:
        """The limit holds for the trimmed text in UTF-16 units; the sentence says both numbers and why."""
        assert accepted(submitted(**{field: "x" * limit}))  # type: ignore[arg-type]
        assert accepted(submitted(**{field: f"  {'x' * limit}\n"}))  # type: ignore[arg-type]
        assert accepted(submitted(**{field: "📞" * (limit // 2)}))  # type: ignore[arg-type]
        plain = refused(submitted(**{field: "x" * (limit + 1)}))[field]  # type: ignore[arg-type]
        emoji = refused(submitted(**{field: "📞" * limit}))[field]  # type: ignore[arg-type]
        assert plain == f"{limit + 1} of {limit} characters. Shorten it."
        assert emoji.startswith(f"{limit * 2} of {limit} characters (emoji count as two).")

    def test_all_problems_are_told_at_once(self) -> None:
        """Each input that is not right has its own sentence under its own block_id."""
        problems = refused(submitted(name="a\nb", description=" ", metadata=FormContext()))
        assert set(problems) == {NAME, DESCRIPTION, CHANNEL}
        assert "line break" in problems[NAME]
        assert "Add a description" in problems[DESCRIPTION]
        assert "Choose where to post it" in problems[CHANNEL]

    def test_problems_stand_under_inputs_of_the_form(self) -> None:
        """Slack shows a sentence only under an input block that is in the view."""
        inputs = {each["block_id"] for each in form(FormValues())["blocks"] if each["type"] == "input"}
        assert set(refused(submitted(name="", description="", metadata=FormContext()))) <= inputs

    @pytest.mark.parametrize("ticked", [True, False])
    def test_the_tick_is_a_real_boolean(self, *, ticked: bool) -> None:
        """The API refuses anything but true and false."""
        assert accepted(submitted(ticked=ticked)).draft.allow_duplicates is ticked


class TestWhereItGoes:
    """The channel of the summary, and the way into it."""

    @pytest.mark.parametrize(("chosen", "expected"), [(None, "C1"), ("C1", "C1"), ("C2", "C2")])
    def test_the_commands_channel_is_the_default(self, chosen: str | None, expected: str) -> None:
        """The chosen channel, else the one that the command was typed in."""
        assert accepted(submitted(chosen=chosen)).origin.channel_id == expected

    def test_a_shortcut_must_choose(self) -> None:
        """Without a channel and without a choice there is nowhere to post."""
        assert set(refused(submitted(metadata=FormContext()))) == {CHANNEL}
        assert accepted(submitted(metadata=FormContext(), chosen="C2")).origin.channel_id == "C2"

    @pytest.mark.parametrize(
        ("chosen", "given", "expected"),
        [
            (None, {}, COMMAND_URL),
            ("C1", {}, COMMAND_URL),
            ("C2", {}, None),
            ("C2", {"C2": CHOSEN_URL}, CHOSEN_URL),
            ("C1", {"C1": CHOSEN_URL}, CHOSEN_URL),
            ("C2", {"C3": CHOSEN_URL}, None),
            ("C2", {"C3": COMMAND_URL, "C2": CHOSEN_URL}, CHOSEN_URL),
        ],
    )
    def test_a_response_url_belongs_to_its_channel(
        self, chosen: str | None, given: dict[str, str], expected: str | None
    ) -> None:
        """The summary never goes through a response_url of another channel than the chosen one."""
        read = accepted(submitted(chosen=chosen, response_urls=given))
        assert read.origin.response_url == expected


class TestKey:
    """What makes two presses one submission."""

    def test_pressing_twice_is_one_submission(self) -> None:
        """The same form has the same key, whatever was changed in between."""
        assert accepted(submitted()).key == accepted(submitted(name="Another")).key == "V1"

    def test_each_attempt_in_one_modal_has_its_own_key(self) -> None:
        """A form that was filled in again in the same modal is another submission."""
        attempts = [FormContext(channel_id="C1", attempt=number) for number in (1, 2, 3)]
        read = [accepted(submitted(metadata=context)) for context in attempts]
        assert len({each.key for each in read}) == 3
        assert [each.attempt for each in read] == [1, 2, 3]

    @pytest.mark.parametrize(
        "metadata", ["", "{", "[]", "null", '"text"', '{"attempt": "many"}', '{"channel_id": 5}']
    )
    def test_unreadable_metadata_does_no_harm(self, metadata: str) -> None:
        """A form whose memory cannot be read is treated as one from a shortcut."""
        assert set(refused(submitted(metadata=metadata))) == {CHANNEL}
        read = accepted(submitted(metadata=metadata, chosen="C2"))
        assert (read.key, read.attempt, read.origin.response_url) == ("V1", 1, None)

    def test_metadata_of_another_version_is_read(self) -> None:
        """A form that was opened before a deploy is read after it."""
        read = accepted(submitted(metadata='{"channel_id": "C1", "attempt": 2, "new_field": true}'))
        assert (read.origin.channel_id, read.attempt) == ("C1", 2)
