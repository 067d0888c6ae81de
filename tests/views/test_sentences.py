"""What the bot says in words alone: Slack takes it, it pings nobody, and it says what to do next."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.views import sentences
from bot.views.command import help_message
from sandbox.slack.blockkit import message_problems
from sandbox.slack.live import live_parts
from sandbox.slack.mrkdwn import unescape
from tests.views.samples import APP

NASTY = "<!channel> @here <https://evil.example|x> *bold* `code` &lt;!channel&gt; \u2028\u202eabc"
TYPED = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400)


@settings(max_examples=40, deadline=None)
@given(name=st.builds("{}{}{}".format, TYPED, st.sampled_from([NASTY, ""]), TYPED))
def test_the_apology_for_a_form_that_did_not_open(name: str) -> None:
    """Slack takes the sentence with whatever was typed after the command."""
    assert message_problems(sentences.form_did_not_open(name).message()) == []


@pytest.mark.parametrize("name", ["<!channel> @here", "<@U0LEAD> <#C0CAMPAIGN>", "<https://a.example|x>"])
def test_the_apology_pings_nobody(name: str) -> None:
    """A mention in the name that was typed stays text."""
    assert live_parts(sentences.form_did_not_open(name).message()) == []


@pytest.mark.parametrize(
    "message",
    [
        help_message(APP),
        {"text": sentences.not_allowed("@here or #help")},
        sentences.MODAL_DID_NOT_OPEN.message(),
        sentences.form_did_not_open_from("Create contact list").message(),
    ],
)
def test_fixed_sentences(message: dict[str, object]) -> None:
    """Slack takes each sentence that is always the same, and none of them pings anybody."""
    assert message_problems(message) == []
    assert [part for part in live_parts(message) if part.startswith(("user:", "broadcast:"))] == []


def test_a_form_that_did_not_open_can_be_typed_again() -> None:
    """The person reads what to type once more."""
    told = unescape(str(sentences.form_did_not_open("Renewal #1").message()["text"]))
    assert told.endswith("Try again: /contactlist Renewal #1")
    assert unescape(str(sentences.form_did_not_open("").message()["text"])).endswith(
        "Try again: /contactlist"
    )


@pytest.mark.parametrize(
    "sentence",
    [
        sentences.not_allowed("the help desk"),
        sentences.not_allowed_in_form("U0ADMIN"),
        sentences.not_allowed_here("U0ADMIN"),
        sentences.not_allowed_there("the help desk"),
        sentences.too_many_submissions(10),
        sentences.TOO_MANY_OPEN_JOBS,
        str(sentences.form_did_not_open("x").message()["text"]),
        str(sentences.form_did_not_open_from("Create contact list").message()["text"]),
    ],
)
def test_people_know_that_nothing_happened(sentence: str) -> None:
    """A person who was refused knows that nothing was done, and what to do."""
    assert re.search("nothing was created|wasn't created|Your text is safe|access|enabled", sentence)
    assert re.search(r"\b(again|ask)\b", sentence, re.IGNORECASE)


def test_pressing_again_is_said_to_be_safe() -> None:
    """A person whose form was not saved in time may press the button again."""
    assert "won't get a duplicate" in sentences.NOT_SAVED
    assert "again" in sentences.NOT_SAVED


def test_the_refusal_of_a_place_asks_for_another() -> None:
    """A channel that is not allowed is named as the thing to change."""
    assert "Choose another one" in sentences.not_allowed_there("the help desk")


@pytest.mark.parametrize(
    ("contact", "in_message", "in_form"),
    [
        ("the help desk", "Ask the help desk for", "Ask the help desk for"),
        ("U0ADMIN", "Ask <@U0ADMIN> for", "Ask your workspace admin for"),
        ("<!channel> & co", "Ask &lt;!channel&gt; &amp; co for", "Ask <!channel> & co for"),
    ],
)
def test_whom_to_ask_is_told_and_nobody_else_is_pinged(contact: str, in_message: str, in_form: str) -> None:
    """A user id is a mention where there can be one; words stay words."""
    assert in_message in sentences.not_allowed(contact)
    assert in_form in sentences.not_allowed_in_form(contact)


def test_a_contact_in_words_pings_nobody() -> None:
    """A group name in ADMIN_CONTACT is text."""
    assert "@here" not in sentences.not_allowed("@here")


def test_the_singular_is_right() -> None:
    """A limit of one reads like one."""
    assert "up to 1 list a minute" in sentences.too_many_submissions(1)


def test_a_modal_that_did_not_open_can_be_asked_for_again() -> None:
    """Nothing was to be created, so nothing is said of that."""
    told = unescape(str(sentences.list_did_not_open("show", "Renewal & co").message()["text"]))
    assert told.endswith("Try again: /contactlist show Renewal & co")
    assert live_parts(sentences.list_did_not_open("add", NASTY).message()) == []


def test_a_fault_of_ours_names_its_reference() -> None:
    """The operator finds the line in the log by it."""
    for sentence in (sentences.broke, sentences.broke_in_form, sentences.broke_off):
        assert "send the help desk this code: 1a2b3c4d." in sentence("1a2b3c4d", "the help desk")
