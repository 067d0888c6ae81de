"""What people read about a list that was created, and where."""

import pytest

from bot.errors import (
    KoreInvalid,
)
from bot.kore.models import ContactList
from bot.models import Created, Failed, Route
from bot.views import progress
from bot.views.app_info import AppInfo
from sandbox.slack.blockkit import message_problems
from tests.views.samples import APP, buttons, contact_list, ended, fallback, read, submission


class TestSummary:
    """What the channel reads about a new list."""

    def test_the_card(self) -> None:
        """The name first, what it is for, the facts in one line, the id, and what can be done."""
        told = read(progress.summary(submission(), contact_list(), APP))
        assert told == (
            "Renewal Due 1- July 2025\n"
            "Services expiring in July 2025.\n"
            "Created by @Mina Okafor · 0 contacts · duplicates allowed · ready  "
            "cl-67a405c-ae3b-4a42-8cd2-5dcd69900001\n"
            "[ Details ]  [ Add contacts ]"
        )

    def test_without_adding(self) -> None:
        """Where contacts can't be added from files, no button offers it."""
        app = AppInfo(contact="x", add_contacts=False)

        assert "Add contacts" not in read(progress.summary(submission(), contact_list(), app))

    def test_link_to_kore(self) -> None:
        """Where the console's address is known, a button leads there."""
        app = AppInfo(contact="x", console_url="https://console.example/lists/{id}?a=1", add_contacts=False)
        card = progress.summary(submission(), contact_list(_id="cl/1"), app)
        details, link = buttons(card)
        assert details["value"] == "cl/1"
        assert link["url"] == "https://console.example/lists/cl%2F1?a=1"
        assert message_problems(card) == []

    def test_the_fallback_tells_the_same_story(self) -> None:
        """A screen reader or a notification hears all that the blocks show."""
        told = fallback(progress.summary(submission(), contact_list(), APP))
        assert told == (
            "<@U0LEAD> created the contact list Renewal Due 1- July 2025: Services expiring in July 2025. "
            "(0 contacts, duplicates allowed, ready, ID cl-67a405c-ae3b-4a42-8cd2-5dcd69900001)"
        )

    @pytest.mark.parametrize(
        ("missing", "fact"),
        [("status", "ready"), ("totalRecordCount", "0 contacts"), ("allowDuplicates", "duplicates allowed")],
    )
    def test_what_kore_did_not_say_is_left_out(self, missing: str, fact: str) -> None:
        """One missing field takes its fact away and no other."""
        summary = progress.summary(submission(), contact_list(**{missing: None}), APP)
        for told in (read(summary), fallback(summary)):
            facts = ["ready", "0 contacts", "duplicates allowed"]
            assert [each for each in facts if each not in told] == [fact]
            assert "None" not in told

    def test_an_answer_with_nothing_but_an_id_is_enough(self) -> None:
        """Name and description are then those that were submitted."""
        summary = progress.summary(submission(), ContactList.model_validate({"_id": "cl-1"}), APP)
        assert fallback(summary) == (
            "<@U0LEAD> created the contact list Renewal Due 1- July 2025: "
            "Services expiring in July 2025. (ID cl-1)"
        )

    @pytest.mark.parametrize(("count", "told"), [(1, "1 contact ·"), (1204, "1,204 contacts ·")])
    def test_numbers(self, count: int, told: str) -> None:
        """Numbers are written as people read them."""
        assert told in read(progress.summary(submission(), contact_list(totalRecordCount=count), APP))

    def test_kores_own_words_win(self) -> None:
        """If Kore.ai stored another name than was sent, people read the one that exists."""
        told = read(
            progress.summary(submission(), contact_list(name="Renewal (2)", description="Changed"), APP)
        )
        assert "Renewal (2)" in told
        assert "Changed" in told
        assert "Renewal Due" not in told

    @pytest.mark.parametrize(("allowed", "told"), [(True, "allowed"), (False, "not allowed")])
    def test_duplicates_are_told_either_way(self, *, allowed: bool, told: str) -> None:
        """False is an answer, not a missing one."""
        summary = progress.summary(submission(), contact_list(allowDuplicates=allowed), APP)
        assert f"duplicates {told} ·" in read(summary)
        assert f"duplicates {told}," in fallback(summary)

    def test_a_value_without_an_end_is_cut(self) -> None:
        """A text of Kore.ai's that has no limit cannot make the message too long for Slack."""
        endless = contact_list(name="n" * 50_000, description="📞" * 50_000, status="s" * 50_000)
        assert message_problems(progress.summary(submission(), endless, APP)) == []

    def test_nothing_unfurls(self) -> None:
        """No preview of any page hangs under the message."""
        for message in (
            progress.summary(submission(), contact_list(), APP),
            progress.failure(submission(), Failed.because(KoreInvalid()), APP),
        ):
            assert message["unfurl_links"] is False
            assert message["unfurl_media"] is False


class TestWhereTheSummaryIs:
    """The note under the result in the form, and the direct message."""

    @pytest.mark.parametrize(
        ("route", "told"),
        [
            (Route.CHANNEL, "I posted the summary in #campaigns."),
            (Route.RESPONSE_URL, "I posted the summary in #campaigns."),
            (Route.DIRECT_MESSAGE, "couldn't post in #campaigns, so I sent you the summary"),
            (Route.UNCONFIRMED, "didn't confirm the summary in #campaigns"),
            (Route.NOWHERE, "couldn't post in #campaigns or message you"),
            (Route.FORM, "couldn't post in #campaigns or message you"),
        ],
    )
    def test_the_form_says_where_it_went(self, route: Route, told: str) -> None:
        """The person knows whether the others heard of the list, and what is left to do."""
        outcome = Created(contact_list=contact_list())
        view = progress.result_view(ended(submission(), outcome, route), APP)
        assert told in read(view)
        assert "Renewal Due 1- July 2025" in read(view)

    def test_a_direct_message_is_not_named(self) -> None:
        """The id of a direct message says nothing to anybody."""
        outcome = Created(contact_list=contact_list())
        view = progress.result_view(ended(submission(channel_id="D1"), outcome, Route.CHANNEL), APP)
        assert "I posted the summary in the direct message you chose." in read(view)

    def test_the_direct_message_says_what_to_do(self) -> None:
        """It holds the whole summary, names the channel and tells how to let the bot in."""
        message = progress.summary_for_the_person(submission(), contact_list(), APP, refusal="not_in_channel")
        summary = progress.summary(submission(), contact_list(), APP)
        assert read(message).startswith(read(summary))
        assert fallback(message).startswith(fallback(summary))
        for told in (read(message), fallback(message)):
            assert "/invite @contactlists" in told
        assert "#campaigns" in read(message)


@pytest.mark.parametrize("route", list(Route))
def test_every_way_of_the_summary_is_told(route: Route) -> None:
    """The form says where the summary went, or comes, or that it does not; only the last asks to copy it."""
    told = read(progress.result_view(ended(submission(), Created(contact_list=contact_list()), route), APP))
    assert ("Please copy this for the others" in told) == (route in {Route.NOWHERE, Route.FORM})


@pytest.mark.parametrize(
    ("channel", "refusal", "expected"),
    [
        ("C0CAMPAIGN", "not_in_channel", "To let me into a channel, type /invite @contactlists there"),
        ("C0PRIVATE", "channel_not_found", "To let me into a channel, type /invite @contactlists there"),
        ("D0PEERS", "channel_not_found", "Forward it if the others need to see it."),
        ("G0TRIO", "channel_not_found", "Forward it if the others need to see it."),
        ("C0CAMPAIGN", "is_archived", "It's archived."),
        ("C0CAMPAIGN", "restricted_action", "Only some people can post there."),
        ("C0CAMPAIGN", "restricted_action_read_only_channel", "Only some people can post there."),
        ("C0CAMPAIGN", "msg_too_long", "Forward it if the others need to see it."),
        ("C0CAMPAIGN", "", "Forward it if the others need to see it."),
    ],
)
def test_advice_by_reason(channel: str, refusal: str, expected: str) -> None:
    """What would let the bot post depends on why it could not; /invite helps in a channel alone."""
    first = submission()
    elsewhere = first.model_copy(update={"origin": first.origin.model_copy(update={"channel_id": channel})})

    told = read(progress.summary_for_the_person(elsewhere, contact_list(), APP, refusal=refusal))

    assert expected in told
    assert ("/invite" in told) == ("/invite" in expected)


def test_advice_perhaps_posted() -> None:
    """Nobody is told to invite the bot where it may have posted."""
    message = progress.summary_for_the_person(submission(), contact_list(), APP, perhaps_posted=True)

    assert read(message).endswith("Forward it if it's missing there.")
    assert "/invite" not in read(message)
