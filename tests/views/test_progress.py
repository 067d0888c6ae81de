"""What people see of a submission: Slack takes it, and nothing in it is alive by accident."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import (
    JobError,
)
from bot.kore.models import ContactList
from bot.models import Created, Failed, PostBegun, Route
from bot.views import progress
from sandbox.slack.blockkit import message_problems, view_problems
from sandbox.slack.live import live_parts
from tests.views.samples import (
    APP,
    FILLED,
    HOSTILE,
    KORES,
    MENTION,
    PLACE,
    contact_list,
    ended,
    failures,
    fallback,
    read,
    submission,
)


def not_code(parts: list[str]) -> list[str]:
    """Leave out the id, which is shown in code style, and in which nothing else is alive."""
    return [part for part in parts if not part.startswith("format:`") or "/invite" in part]


class TestSlackTakesIt:
    """Nothing is refused, whatever people and Kore.ai wrote, and nothing of it is alive."""

    @settings(max_examples=60, deadline=None)
    @given(name=FILLED, description=FILLED, answer=KORES)
    def test_the_summary(self, name: str, description: str, answer: dict[str, object]) -> None:
        """Only the creator's name is alive in the channel's message."""
        found = ContactList.model_validate(answer)
        summary = progress.summary(submission(name, description), found, APP)
        assert message_problems(summary) == []
        assert not_code(live_parts(summary)) == [MENTION, MENTION]

    @settings(max_examples=40, deadline=None)
    @given(name=FILLED, description=FILLED, answer=KORES)
    def test_the_summary_for_the_person(self, name: str, description: str, answer: dict[str, object]) -> None:
        """The direct message has the name of the channel and the command to invite the bot besides."""
        found = ContactList.model_validate(answer)
        message = progress.summary_for_the_person(
            submission(name, description), found, APP, refusal="not_in_channel"
        )
        advice = [PLACE, "format:`/invite @contactlists`"]
        assert message_problems(message) == []
        assert not_code(live_parts(message)) == [MENTION, PLACE, MENTION, *advice]

    @settings(max_examples=40, deadline=None)
    @given(
        name=FILLED,
        description=FILLED,
        kind=st.sampled_from(failures()),
        reference=st.none() | st.just("1a2b"),
        posted=st.none() | st.builds(PostBegun, at=st.floats(0, 4e9)),
    )
    def test_a_failure(
        self,
        name: str,
        description: str,
        kind: type[JobError],
        reference: str | None,
        posted: PostBegun | None,
    ) -> None:
        """Only the bot's own emphasis is alive in a message or a form about trouble."""
        failed = Failed.because(kind("answer"), reference=reference).replace(posted=posted)
        emphasis = [f"format:{word}" for word in re.findall(r"\*[^*]+\*", kind.user_message())]
        message = progress.failure(submission(name, description), failed, APP)
        view = progress.result_view(ended(submission(name, description), failed, Route.NOWHERE), APP)
        assert message_problems(message) == []
        assert live_parts(message) == emphasis
        assert view_problems(view) == []
        assert live_parts(view) == emphasis

    @settings(max_examples=40, deadline=None)
    @given(name=FILLED, description=FILLED, answer=KORES, route=st.sampled_from(Route))
    def test_the_form_at_the_end(
        self, name: str, description: str, answer: dict[str, object], route: Route
    ) -> None:
        """The form shows the same facts, and names the channel."""
        found = ContactList.model_validate(answer)
        outcome = Created(contact_list=found)
        view = progress.result_view(ended(submission(name, description), outcome, route), APP)
        assert view_problems(view) == []
        assert not_code(live_parts(view)) == [PLACE]

    @settings(max_examples=30, deadline=None)
    @given(name=FILLED, position=st.integers(0, 10_000), seconds=st.floats(0, 1e6))
    def test_the_form_in_between(self, name: str, position: int, seconds: float) -> None:
        """Nothing is alive while the list is being created, waits for its turn or is looked for."""
        views = [
            progress.creating_view(submission(name)),
            progress.waiting_view(submission(name), position=position, seconds=seconds),
            progress.checking_view(submission(name)),
        ]
        for view in views:
            assert view_problems(view) == []
            assert live_parts(view) == [PLACE]

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_hostile_text_is_shown_as_it_was_typed(self, hostile: str) -> None:
        """What cannot ping or format is still there to be read, character by character.

        But for what would turn the words after it around: a name could make another of our sentences.
        """
        kores = contact_list(name=hostile)
        summary = progress.summary(submission(), kores, APP)
        seen = hostile.replace("\u202e", "")
        assert read(summary).count(seen) == 1
        assert fallback(summary).count(seen) == 1
        assert "\u202e" not in str(summary)

    @pytest.mark.parametrize("changed", [True, False])
    def test_what_came_too_late_stays_said_while_the_form_waits(self, *, changed: bool) -> None:
        """The first version holds, also when the form says its place or that it waits for Kore.ai."""
        views = [
            progress.creating_view(submission("n"), changed=changed),
            progress.waiting_view(submission("n"), position=3, seconds=9, changed=changed),
        ]
        assert [("Your first version was already saved" in read(view)) for view in views] == [
            changed,
            changed,
        ]


class TestWaiting:
    """What the form shows before there is a result."""

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [
            (0, "5 seconds"),
            (4.2, "5 seconds"),
            (10, "10 seconds"),
            (11, "15 seconds"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (600, "10 minutes"),
        ],
    )
    def test_a_turn_has_a_position_and_a_time(self, seconds: float, told: str) -> None:
        """A person who waits for the account's limit reads how long, never too short."""
        shown = read(progress.waiting_view(submission(), position=3, seconds=seconds))
        assert f"3rd in line, about {told}." in shown
        assert "Renewal Due 1- July 2025" in shown

    def test_an_outage_is_told(self) -> None:
        """A person who waits for Kore.ai itself reads that, and no position."""
        shown = read(progress.waiting_view(submission()))
        assert "Kore.ai isn't accepting requests" in shown
        assert "in line" not in shown

    def test_each_state_names_the_list(self) -> None:
        """The form says what is being done, and to which list."""
        for view, title in (
            (progress.creating_view(submission()), "Creating…"),
            (progress.checking_view(submission()), "Checking…"),
        ):
            shown = read(view)
            assert shown.startswith(title)
            assert "Renewal Due 1- July 2025" in shown
