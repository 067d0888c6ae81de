"""What people read about a list that was created, and where."""

import pytest

from bot.errors import (
    KoreInvalid,
)
from bot.kore.models import ContactList
from bot.models import Created, Failed, Route
from bot.views import progress
from sandbox.slack.blockkit import message_problems
from tests.views.samples import (
    LABELS,
    contact_list,
    fallback,
    read,
    submission,
)


class TestSummary:
    """What the channel reads about a new list."""

    def test_the_blocks_tell_the_whole_story(self) -> None:
        """Who created what, and every property that Kore.ai told, in this order."""
        told = read(progress.summary(submission(), contact_list()))
        expected = [
            "@Mina Okafor created the contact list",
            "Renewal Due 1- July 2025",
            "Services expiring in July 2025.",
            "ID: cl-67a405c-ae3b-4a42-8cd2-5dcd69900001",
            "Status: Ready",
            "Records: 0",
            "Duplicates: allowed",
            "List type: call",
            "Source: passiveApi",
            "Created: 5 Dec 2025",
        ]
        assert [part for part in expected if part not in told] == []
        queue_positions_of = [told.index(part) for part in expected]
        assert queue_positions_of == sorted(queue_positions_of)

    def test_the_fallback_tells_the_same_story(self) -> None:
        """A screen reader or a notification hears all that the blocks show."""
        told = fallback(progress.summary(submission(), contact_list()))
        assert told == (
            "<@U0LEAD> created the contact list Renewal Due 1- July 2025: Services expiring in July 2025. "
            "(ID: cl-67a405c-ae3b-4a42-8cd2-5dcd69900001, Status: Ready, Records: 0, Duplicates: allowed, "
            "List type: call, Source: passiveApi, Created: 5 Dec 2025, 09:22 UTC)"
        )

    @pytest.mark.parametrize(
        ("missing", "label"),
        [
            ("status", "Status"),
            ("totalRecordCount", "Records"),
            ("allowDuplicates", "Duplicates"),
            ("listType", "List type"),
            ("source", "Source"),
            ("createdAt", "Created"),
        ],
    )
    def test_what_kore_did_not_say_is_left_out(self, missing: str, label: str) -> None:
        """One missing field takes its line away and no other."""
        summary = progress.summary(submission(), contact_list(**{missing: None}))
        for told in (read(summary), fallback(summary)):
            assert [each for each in LABELS if f"{each}: " not in told] == [label]
            assert "None" not in told
            assert not told.endswith("\n")

    def test_an_answer_with_nothing_but_an_id_is_enough(self) -> None:
        """Name and description are then those that were submitted."""
        summary = progress.summary(submission(), ContactList.model_validate({"_id": "cl-1"}))
        assert fallback(summary) == (
            "<@U0LEAD> created the contact list Renewal Due 1- July 2025: "
            "Services expiring in July 2025. (ID: cl-1)"
        )
        assert [label for label in LABELS if f"{label}: " in read(summary)] == ["ID"]

    def test_kores_own_words_win(self) -> None:
        """If Kore.ai stored another name than was sent, people read the one that exists."""
        told = read(progress.summary(submission(), contact_list(name="Renewal (2)", description="Changed")))
        assert "Renewal (2)" in told
        assert "Changed" in told
        assert "Renewal Due" not in told

    @pytest.mark.parametrize(("allowed", "told"), [(True, "allowed"), (False, "not allowed")])
    def test_duplicates_are_told_either_way(self, *, allowed: bool, told: str) -> None:
        """False is an answer, not a missing one."""
        summary = progress.summary(submission(), contact_list(allowDuplicates=allowed))
        assert f"Duplicates: {told}\n" in read(summary)
        assert f"Duplicates: {told}," in fallback(summary)

    def test_a_value_without_an_end_is_cut(self) -> None:
        """A text of Kore.ai's that has no limit cannot make the message too long for Slack."""
        endless = contact_list(name="n" * 50_000, description="📞" * 50_000, status="s" * 50_000)
        assert message_problems(progress.summary(submission(), endless)) == []

    def test_nothing_unfurls(self) -> None:
        """No preview of any page hangs under the message."""
        for message in (
            progress.summary(submission(), contact_list()),
            progress.failure(submission(), Failed.because(KoreInvalid())),
        ):
            assert message["unfurl_links"] is False
            assert message["unfurl_media"] is False


class TestWhereTheSummaryIs:
    """The note under the result in the form, and the direct message."""

    @pytest.mark.parametrize(
        ("route", "told"),
        [
            (Route.CHANNEL, "The summary is in #campaigns."),
            (Route.RESPONSE_URL, "The summary is in #campaigns."),
            (Route.DIRECT_MESSAGE, "could not post to #campaigns, so the summary is in your messages"),
            (Route.UNCONFIRMED, "did not confirm the summary in #campaigns"),
            (Route.NOWHERE, "could not post to #campaigns or write to you"),
            (Route.FORM, "could not post to #campaigns or write to you"),
        ],
    )
    def test_the_form_says_where_it_went(self, route: Route, told: str) -> None:
        """The person knows whether the others heard of the list, and what is left to do."""
        outcome = Created(contact_list=contact_list())
        view = progress.result_view(submission(), outcome, summary_route=route)
        assert told in read(view)
        assert "Renewal Due 1- July 2025" in read(view)

    def test_a_direct_message_is_not_named(self) -> None:
        """The id of a direct message says nothing to anybody."""
        outcome = Created(contact_list=contact_list())
        view = progress.result_view(submission(channel_id="D1"), outcome, summary_route=Route.CHANNEL)
        assert "The summary is in the direct message that was chosen." in read(view)

    def test_the_direct_message_says_what_to_do(self) -> None:
        """It holds the whole summary, names the channel and tells how to let the bot in."""
        message = progress.summary_for_the_person(
            submission(), contact_list(), bot_name="contactlists", refusal="not_in_channel"
        )
        summary = progress.summary(submission(), contact_list())
        assert read(message).startswith(read(summary))
        assert fallback(message).startswith(fallback(summary))
        for told in (read(message), fallback(message)):
            assert "/invite @contactlists" in told
        assert "#campaigns" in read(message)


@pytest.mark.parametrize("route", list(Route))
def test_every_way_of_the_summary_is_told(route: Route) -> None:
    """The form says where the summary went, or comes, or that it does not; only the last asks to copy it."""
    told = read(progress.result_view(submission(), Created(contact_list=contact_list()), summary_route=route))
    assert ("please copy this for the others" in told) == (route in {Route.NOWHERE, Route.FORM})


@pytest.mark.parametrize(
    ("channel", "refusal", "expected"),
    [
        ("C0CAMPAIGN", "not_in_channel", "For the next time, type /invite @contact-lists there."),
        ("C0PRIVATE", "channel_not_found", "For the next time, type /invite @contact-lists there."),
        ("D0PEERS", "channel_not_found", "Forward it if the others should see it."),
        ("G0TRIO", "channel_not_found", "Forward it if the others should see it."),
        ("C0CAMPAIGN", "is_archived", "It's archived."),
        ("C0CAMPAIGN", "restricted_action", "Only some people can post there."),
        ("C0CAMPAIGN", "restricted_action_read_only_channel", "Only some people can post there."),
        ("C0CAMPAIGN", "msg_too_long", "Forward it if the others should see it."),
        ("C0CAMPAIGN", "", "Forward it if the others should see it."),
    ],
)
def test_advice_by_reason(channel: str, refusal: str, expected: str) -> None:
    """What would let the bot post depends on why it could not; /invite helps in a channel alone."""
    first = submission()
    elsewhere = first.model_copy(update={"origin": first.origin.model_copy(update={"channel_id": channel})})

    told = read(
        progress.summary_for_the_person(elsewhere, contact_list(), bot_name="contact-lists", refusal=refusal)
    )

    assert expected in told
    assert ("/invite" in told) == ("/invite" in expected)


def test_advice_perhaps_posted() -> None:
    """Nobody is told to invite the bot where it may have posted."""
    message = progress.summary_for_the_person(
        submission(), contact_list(), bot_name="contact-lists", perhaps_posted=True
    )

    assert read(message).endswith("Forward it if it is missing there.")
    assert "/invite" not in read(message)
