"""What people see: Slack takes it, nothing in it is alive by accident, and it tells the whole story."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import (
    InternalError,
    JobError,
    KoreError,
    KoreInvalid,
    KoreTimedOut,
    KoreUnauthorized,
    Unconfirmed,
)
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Origin, Route, Submission
from bot.slack.payloads import ViewSubmission
from bot.views import progress
from bot.views.form import contact_list_form, read_submission
from bot.views.progress import CHECK_AGAIN, TRY_AGAIN
from bot.views.state import FormContext, FormValues, LookupRequest
from sandbox.slack.blockkit import message_problems, view_problems
from sandbox.slack.live import live_parts
from sandbox.slack.mrkdwn import unescape
from sandbox.slack.workspace import Workspace

CREATED_AT = datetime(2025, 12, 5, 9, 22, 51, tzinfo=UTC)
DATE = f"date:{int(CREATED_AT.timestamp())}"
MENTION = "user:U0LEAD"
PLACE = "channel:C0CAMPAIGN"
FULL: dict[str, object] = {
    "_id": "cl-67a405c-ae3b-4a42-8cd2-5dcd69900001",
    "name": "Renewal Due 1- July 2025",
    "description": "Services expiring in July 2025.",
    "status": "Ready",
    "totalRecordCount": 0,
    "listType": "call",
    "source": "passiveApi",
    "allowDuplicates": True,
    "createdAt": "2025-12-05T09:22:51.001Z",
}
LABELS = ["ID", "Status", "Records", "Duplicates", "List type", "Source", "Created"]
HOSTILE = [
    "<!channel> <!here>",
    "@here @everyone @mina.okafor",
    "<https://evil.example|x> https://evil.example http://evil.example/a?b=c",
    "kore.ai mailto:a@kore.ai a@kore.ai",
    "*bold* _italic_ ~gone~",
    "`code` ```block```",
    "<@U0LEAD> <#C0CAMPAIGN> <!subteam^S0LEADS>",
    "#general #campaigns",
    "> quoted\n> again",
    "&lt;!channel&gt; &amp;lt;",
    "<!date^1764926571^{date}^https://evil.example|x>",
    "\u2028<!channel>\u202eabc",
]
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400)
HOSTILE_TEXT = st.builds("{}{}{}".format, ANY, st.sampled_from(HOSTILE), ANY) | st.sampled_from(HOSTILE)
FILLED = HOSTILE_TEXT.filter(bool)
KORES = st.fixed_dictionaries(
    {"_id": FILLED},
    optional={
        "name": HOSTILE_TEXT,
        "description": HOSTILE_TEXT,
        "status": HOSTILE_TEXT,
        "totalRecordCount": st.integers(),
        "listType": HOSTILE_TEXT,
        "source": HOSTILE_TEXT,
        "allowDuplicates": st.booleans(),
        "createdAt": st.datetimes(
            min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
            max_value=datetime(9999, 1, 1),  # noqa: DTZ001
            timezones=st.just(UTC),
        ),
    },
)


def submission(
    name: str = "Renewal Due 1- July 2025",
    description: str = "Services expiring in July 2025.",
    *,
    channel_id: str = "C0CAMPAIGN",
    allow_duplicates: bool = True,
    attempt: int = 1,
) -> Submission:
    """Build what was submitted."""
    return Submission(
        key="V1",
        draft=ContactListDraft(name=name, description=description, allow_duplicates=allow_duplicates),
        origin=Origin(user_id="U0LEAD", channel_id=channel_id, view_id="V1"),
        attempt=attempt,
        submitted_at=0,
    )


def contact_list(**changed: object) -> ContactList:
    """Build what Kore.ai answered."""
    return ContactList.model_validate(FULL | changed)


def read(message_or_view: dict[str, Any]) -> str:
    """Show it as a person in the workspace reads it."""
    return Workspace().read(message_or_view)


def fallback(message: dict[str, object]) -> str:
    """Read the top-level text as a screen reader would, without what makes it inert."""
    return unescape(str(message["text"])).replace("\N{WORD JOINER}", "")


def failures() -> list[type[JobError]]:
    """List every way for a job to fail."""

    def below(kind: type[JobError]) -> list[type[JobError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    return [each for each in below(JobError) if each not in {JobError, KoreError}]


def buttons(message_or_view: dict[str, Any]) -> list[dict[str, Any]]:
    """Find the buttons."""
    actions = [block for block in message_or_view["blocks"] if block["type"] == "actions"]
    return [element for block in actions for element in block["elements"]]


def button(message_or_view: dict[str, Any]) -> dict[str, Any]:
    """Find the one button."""
    (found,) = buttons(message_or_view)
    return found


class TestSlackTakesIt:
    """Nothing is refused, whatever people and Kore.ai wrote, and nothing of it is alive."""

    @settings(max_examples=60, deadline=None)
    @given(name=FILLED, description=FILLED, answer=KORES)
    def test_the_summary(self, name: str, description: str, answer: dict[str, object]) -> None:
        """Only the creator's name and the date are alive in the channel's message."""
        found = ContactList.model_validate(answer)
        summary = progress.summary(submission(name, description), found)
        dates = [f"date:{int(found.created_at.timestamp())}"] if found.created_at else []
        assert message_problems(summary) == []
        assert live_parts(summary) == [MENTION, MENTION, *dates]

    @settings(max_examples=40, deadline=None)
    @given(name=FILLED, description=FILLED, answer=KORES)
    def test_the_summary_for_the_person(self, name: str, description: str, answer: dict[str, object]) -> None:
        """The direct message has the name of the channel and the command to invite the bot besides."""
        found = ContactList.model_validate(answer)
        message = progress.summary_for_the_person(
            submission(name, description), found, bot_name="contactlists"
        )
        dates = [f"date:{int(found.created_at.timestamp())}"] if found.created_at else []
        advice = [PLACE, "format:`/invite @contactlists`"]
        assert message_problems(message) == []
        assert live_parts(message) == [MENTION, PLACE, MENTION, *dates, *advice]

    @settings(max_examples=40, deadline=None)
    @given(
        name=FILLED,
        description=FILLED,
        kind=st.sampled_from(failures()),
        reference=st.none() | st.just("1a2b"),
        posted_at=st.none() | st.floats(0, 4e9),
    )
    def test_a_failure(
        self,
        name: str,
        description: str,
        kind: type[JobError],
        reference: str | None,
        posted_at: float | None,
    ) -> None:
        """Only the bot's own emphasis is alive in a message or a form about trouble."""
        failed = Failed.because(kind("answer"), reference=reference, posted_at=posted_at)
        emphasis = [f"format:{word}" for word in re.findall(r"\*[^*]+\*", kind.user_message)]
        message = progress.failure(submission(name, description), failed)
        view = progress.result_view(submission(name, description), failed, summary_route=Route.NOWHERE)
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
        view = progress.result_view(submission(name, description), outcome, summary_route=route)
        dates = [f"date:{int(found.created_at.timestamp())}"] if found.created_at else []
        assert view_problems(view) == []
        assert live_parts(view) == [MENTION, *dates, PLACE]

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

        But for what would turn the words behind it around: a name could make another of our sentences.
        """
        kores = contact_list(name=hostile, status=hostile)
        summary = progress.summary(submission(), kores)
        seen = hostile.replace("\u202e", "")
        assert read(summary).count(seen) == 2
        assert fallback(summary).count(seen) == 2
        assert "\u202e" not in str(summary)

    @pytest.mark.parametrize("changed", [True, False])
    def test_what_came_too_late_stays_said_while_the_form_waits(self, *, changed: bool) -> None:
        """The first version holds, also when the form says its place or that it waits for Kore.ai."""
        views = [
            progress.creating_view(submission("n"), changed=changed),
            progress.waiting_view(submission("n"), position=3, seconds=9, changed=changed),
        ]
        assert [("changes came too late" in read(view)) for view in views] == [changed, changed]


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
        message = progress.summary_for_the_person(submission(), contact_list(), bot_name="contactlists")
        summary = progress.summary(submission(), contact_list())
        assert read(message).startswith(read(summary))
        assert fallback(message).startswith(fallback(summary))
        for told in (read(message), fallback(message)):
            assert "/invite @contactlists" in told
        assert "#campaigns" in read(message)


class TestTrouble:
    """What a person reads when there is no list, or perhaps one."""

    @pytest.mark.parametrize("kind", failures(), ids=lambda kind: kind.__name__)
    def test_it_says_what_happened_and_to_which_list(self, kind: type[JobError]) -> None:
        """Form, message and fallback name the list and carry the whole sentence."""
        failed = Failed.because(kind("500: hush"))
        message = progress.failure(submission(), failed)
        view = progress.result_view(submission(), failed, summary_route=Route.NOWHERE)
        for told in (read(message), fallback(message), read(view)):
            assert "Renewal Due 1- July 2025" in told
            assert kind.user_message.replace("*", "") in told.replace("*", "")
            assert "hush" not in told
            assert "Reference" not in told

    @pytest.mark.parametrize(
        ("kind", "title", "sign"), [(KoreInvalid, "Not created", "❌"), (KoreTimedOut, "Not certain", "⚠️")]
    )
    def test_uncertain_is_not_failed(self, kind: type[JobError], title: str, sign: str) -> None:
        """Somebody who only reads the headline knows which of both it is."""
        failed = Failed.because(kind())
        view = progress.result_view(submission(), failed, summary_route=Route.NOWHERE)
        assert read(view).startswith(title)
        assert sign in read(view)
        assert sign in read(progress.failure(submission(), failed))

    def test_a_fault_of_ours_has_a_reference(self) -> None:
        """The reference to the log is told wherever the sentence asks for it."""
        failed = Failed.because(InternalError("1a2b3c4d"), reference="1a2b3c4d")
        message = progress.failure(submission(), failed)
        view = progress.result_view(submission(), failed, summary_route=Route.NOWHERE)
        asked = "give the reference 1a2b3c4d to whoever runs this bot"
        assert all(asked in told for told in (read(message), fallback(message), read(view)))

    def test_a_list_that_may_exist_is_looked_for_first(self) -> None:
        """*Check again* comes first and knows what to look for; creating another one is called what it is."""
        failed = Failed.because(Unconfirmed(), posted_at=1_764_926_571.25)
        check, again = buttons(progress.failure(submission(), failed))
        assert (check["text"]["text"], check["action_id"]) == ("Check again", CHECK_AGAIN)
        assert LookupRequest.model_validate_json(check["value"]) == LookupRequest(
            key="V1", posted_at=1_764_926_571.25
        )
        assert (again["text"]["text"], again["action_id"]) == ("Create anyway", TRY_AGAIN)
        assert FormValues.model_validate_json(again["value"]).attempt == 2

    @settings(max_examples=50, deadline=None)
    @given(name=FILLED, description=ANY, duplicates=st.booleans(), attempt=st.integers(1, 99))
    def test_try_again_brings_everything_back(
        self, name: str, description: str, *, duplicates: bool, attempt: int
    ) -> None:
        """The button holds what was typed, and makes the next attempt another submission."""
        typed = submission(name, description, allow_duplicates=duplicates, attempt=attempt)
        pressed = button(progress.failure(typed, Failed.because(KoreInvalid())))
        assert pressed["action_id"] == TRY_AGAIN
        assert FormValues.model_validate_json(pressed["value"]) == FormValues(
            name=name,
            description=description,
            allow_duplicates=duplicates,
            channel_id="C0CAMPAIGN",
            attempt=attempt + 1,
            retry_of=typed.key,
        )

    @pytest.mark.parametrize("sign", ['"', "\\", "\n", "\t", "é", "\u2028", "📞", "x"], ids=ascii)
    def test_try_again_holds_the_longest_draft(self, sign: str) -> None:
        """Any draft that the form accepts fits into a button, in the message and in the form."""
        name_sign = "x" if sign in "\n\u2028" else sign
        widest = 2 if sign == "📞" else 1
        state = {
            "name": {"input": {"value": f"n{name_sign * (46 // widest)}n"}},
            "description": {"input": {"value": f"d{sign * (254 // widest)}d"}},
            "conversation": {"input": {"selected_conversation": "C0123456789"}},
        }
        view = {"id": "V" * 20, "state": {"values": state}}
        payload = {"type": "view_submission", "user": {"id": "U0123456789"}, "view": view}
        longest = read_submission(ViewSubmission.model_validate(payload), now=0)
        assert isinstance(longest, Submission)
        failed = Failed.because(InternalError(), reference="1a2b3c4d")
        message = progress.failure(longest, failed)
        end = progress.result_view(longest, failed, summary_route=Route.NOWHERE)
        assert len(button(message)["value"]) <= 2000
        assert message_problems(message) == []
        assert view_problems(end) == []
        again = FormValues.model_validate_json(button(end)["value"])
        assert (again.name, again.description) == (longest.draft.name, longest.draft.description)
        assert view_problems(contact_list_form(again, FormContext())) == []

    def test_a_failure_has_the_reference_of_its_submission(self) -> None:
        """Whoever hears of trouble can name it to the operator."""
        mine = submission("n").model_copy(update={"reference": "5e6f7a8b"})
        failed = Failed.because(KoreInvalid("answer"))
        assert "If it happens again, give the reference 5e6f7a8b" in str(
            progress.failure(mine, failed)["text"]
        )

    def test_what_only_the_operator_can_mend_is_told_to_them_at_once(self) -> None:
        """It would happen again and again, so nobody is asked to wait for that."""
        mine = submission("n").model_copy(update={"reference": "5e6f7a8b"})
        told = str(progress.failure(mine, Failed.because(KoreUnauthorized("answer")))["text"])
        assert told.endswith("then try again. Tell them now, with the reference 5e6f7a8b.")


class TestWaiting:
    """What the form shows before there is a result."""

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [(0, "5 s"), (4.2, "5 s"), (10, "10 s"), (11, "15 s"), (90, "90 s"), (91, "2 min"), (600, "10 min")],
    )
    def test_a_turn_has_a_position_and_a_time(self, seconds: float, told: str) -> None:
        """Whoever waits for the account's limit reads how long, never too short."""
        shown = read(progress.waiting_view(submission(), position=3, seconds=seconds))
        assert f"position 3, about {told}." in shown
        assert "Renewal Due 1- July 2025" in shown

    def test_an_outage_is_told(self) -> None:
        """Whoever waits for Kore.ai itself reads that, and no position."""
        shown = read(progress.waiting_view(submission()))
        assert "Waiting for Kore.ai" in shown
        assert "position" not in shown

    def test_each_state_names_the_list(self) -> None:
        """The form says what is being done, and to which list."""
        for view, title in (
            (progress.creating_view(submission()), "Creating…"),
            (progress.checking_view(submission()), "Checking…"),
        ):
            shown = read(view)
            assert shown.startswith(title)
            assert "Renewal Due 1- July 2025" in shown


@pytest.mark.parametrize("route", list(Route))
def test_every_way_of_the_summary_is_told(route: Route) -> None:
    """The form says where the summary went, or comes, or that it does not; only the last asks to copy it."""
    told = read(progress.result_view(submission(), Created(contact_list=contact_list()), summary_route=route))
    assert ("please copy this for the others" in told) == (route in {Route.NOWHERE, Route.FORM})


@pytest.mark.parametrize(
    ("channel", "perhaps", "expected"),
    [
        ("C0CAMPAIGN", False, "type /invite @contact-lists there"),
        ("D0PEERS", False, "Forward it if the others should see it."),
        ("C0CAMPAIGN", True, "Forward it if it is missing there."),
    ],
)
def test_the_advice_fits_what_happened(channel: str, perhaps: bool, expected: str) -> None:  # noqa: FBT001
    """Nobody is told to invite the bot into a direct message, or where it may have posted."""
    first = submission()
    elsewhere = first.model_copy(update={"origin": first.origin.model_copy(update={"channel_id": channel})})
    told = read(
        progress.summary_for_the_person(
            elsewhere, contact_list(), bot_name="contact-lists", perhaps_posted=perhaps
        )
    )
    assert expected in told
    assert ("/invite" in told) == ("/invite" in expected)
