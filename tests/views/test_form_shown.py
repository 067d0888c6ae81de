"""How the form reads: each input says what it is, what to type and how much; and so does each complaint."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.models import Submission
from bot.slack.payloads import ViewSubmission
from bot.views.blocks import INPUT, Problems
from bot.views.form import (
    CHANNEL,
    CHANNEL_HINT,
    DESCRIPTION,
    DUPLICATES,
    FORM,
    MENTION_HINT,
    NAME,
    NAME_CUT_HINT,
    WHAT_HAPPENS,
    channel_input,
    contact_list_form,
    read_submission,
)
from bot.views.state import FormContext, FormValues

INPUTS = (NAME, DESCRIPTION, DUPLICATES, CHANNEL)


@pytest.fixture
def view() -> dict[str, Any]:
    """Return the form that a command opens."""
    return contact_list_form(FormValues(), FormContext(channel_id="C1"))


def block(view: dict[str, Any], block_id: str) -> dict[str, Any]:
    """Find one input."""
    (found,) = [each for each in view["blocks"] if each.get("block_id") == block_id]
    return dict(found)


def labels(view: dict[str, Any]) -> Iterator[str]:
    """List what names something: the title, the buttons, the inputs, the boxes to tick."""
    for part in ("title", "submit", "close"):
        yield view[part]["text"]
    for block_id in INPUTS:
        yield block(view, block_id)["label"]["text"]
        for option in block(view, block_id)["element"].get("options", []):
            yield option["text"]["text"]


def is_prose(text: str) -> bool:
    """Return whether text consists of whole sentences, each with a full stop and no small letter first."""
    sentences = text.removesuffix(".").split(". ")
    return text.endswith(".") and not text.isupper() and not any(each[:1].islower() for each in sentences)


def problems(**typed: str) -> dict[str, str]:
    """Submit the form with what was typed, without a channel; returns the complaints."""
    values = {block_id: {INPUT: {"value": value}} for block_id, value in typed.items()}
    payload = {
        "type": "view_submission",
        "user": {"id": "U1"},
        "view": {"id": "V1", "state": {"values": values}},
    }
    read = read_submission(ViewSubmission.model_validate(payload), now=0)
    assert isinstance(read, dict)
    return read


def filled(context: FormContext) -> Submission | Problems:
    """Submit the form, rightly filled in."""
    values = {
        NAME: {INPUT: {"value": "Renewal"}},
        DESCRIPTION: {INPUT: {"value": "For July"}},
        CHANNEL: {INPUT: {"selected_conversation": None}},
    }
    view = {"id": "V1", "private_metadata": context.write(), "state": {"values": values}}
    payload = {"type": "view_submission", "user": {"id": "U1"}, "view": view}
    return read_submission(ViewSubmission.model_validate(payload), now=0)


def test_labels(view: dict[str, Any]) -> None:
    """Everything has a name of its own, in the sentence case that Slack's own forms have."""
    named = list(labels(view))
    assert [each for each in named if each != each.capitalize()] == []
    assert len({*named}) == len(named)


def test_hints(view: dict[str, Any]) -> None:
    """What stands under an input is prose; under the channel it says what leaving it empty means."""
    hints = {each: block(view, each)["hint"]["text"] for each in INPUTS if "hint" in block(view, each)}
    assert hints[CHANNEL] == CHANNEL_HINT
    assert [each for each in hints.values() if not is_prose(each)] == []


def test_two_hints() -> None:
    """What was cut and what Slack did not tell are two sentences under one name."""
    values = FormValues(name="x", was_cut=True, lacks_mention=True)
    hint = block(contact_list_form(values, FormContext()), NAME)["hint"]["text"]
    assert hint == f"{NAME_CUT_HINT} {MENTION_HINT}"


def test_examples(view: dict[str, Any]) -> None:
    """Both texts show what could be typed there; only a description has room for several lines."""
    name, description = (block(view, each)["element"] for each in (NAME, DESCRIPTION))
    told = [each["placeholder"]["text"] for each in (name, description)]
    assert told == [each.capitalize() for each in told]
    assert (name.get("multiline", False), description["multiline"]) == (False, True)


def test_box_is_explained(view: dict[str, Any]) -> None:
    """What a tick means is told beside it."""
    (box,) = block(view, DUPLICATES)["element"]["options"]
    assert is_prose(box["description"]["text"])


@pytest.mark.parametrize(("other", "expected"), [("list", ["context"]), ("", [])])
def test_other_reading(other: str, expected: list[str]) -> None:
    """What else the words after the command could have meant is told above the inputs."""
    view = contact_list_form(FormValues(name="lists", other=other), FormContext())
    types = [each["type"] for each in view["blocks"]]
    assert types[: types.index("input")] == expected


def test_button_is_explained(view: dict[str, Any]) -> None:
    """What the button does is told before it is pressed, and Slack is told which form it is."""
    last = view["blocks"][-1]
    assert [each["text"] for each in last["elements"]] == [WHAT_HAPPENS]
    assert view["callback_id"] == FORM


def test_channel_must_be_chosen() -> None:
    """Where a channel is asked for without one to fall back to, it cannot be left empty."""
    asked = channel_input(None)
    assert asked["optional"] is False
    assert "hint" not in asked
    assert asked["label"]["text"].capitalize() == asked["label"]["text"]


@pytest.mark.parametrize(
    ("name", "description"),
    [("", ""), ("a\nb", "x"), ("a\x07b", "a\x07b"), ("x" * 49, "x" * 257), ("📞" * 25, "📞" * 129)],
    ids=["empty", "two lines", "control characters", "too long", "too many emoji"],
)
def test_complaints_are_prose(name: str, description: str) -> None:
    """Each complaint is whole sentences."""
    found = problems(name=name, description=description)
    assert CHANNEL in found
    assert NAME in found
    assert [each for each in found.values() if not is_prose(each)] == []


def test_form_of_a_retry() -> None:
    """What the form remembers of the attempt before goes into the submission."""
    read = filled(FormContext(channel_id="C1", attempt=2, retry_of="V0", reference="R-1"))
    assert isinstance(read, Submission)
    assert (read.attempt, read.retry_of, read.reference) == (2, "V0", "R-1")
