"""What people see of an import: Slack takes it, nothing in it is alive, and it says what to do."""

import pytest
from hypothesis import given, settings

from bot.contact_import import RESTORED, Added, ContactImport, ImportOutcome, Stopped, Unsure
from bot.errors import KoreTimedOut, KoreUnauthorized, ListGone
from bot.views import importing as views
from sandbox.slack.blockkit import message_problems, view_problems
from sandbox.slack.live import live_parts
from tests.test_imports import IMPORT
from tests.views.samples import APP, FILLED, HOSTILE, read

CHANNEL = "C0CAMPAIGN"
BIG = IMPORT.model_copy(
    update={
        "rows": IMPORT.rows.model_copy(update={"count": 1_180}),
        "origin": IMPORT.origin.model_copy(update={"channel_id": CHANNEL}),
        "reference": "f00d",
    }
)
CONFIRMED = Added(sent=1_180, count_before=20, count_after=1_200, is_confirmed=True)
NOT_CONFIRMED = Added(
    sent=980, uncertain=200, count_before=20, count_after=1_100, allows_duplicates=False, is_confirmed=False
)
REFUSED = Stopped(
    error="KoreUnauthorized",
    sentence=KoreUnauthorized.contacts_message(),
    needs_operator=True,
    vendor_message="Permission denied",
)
HALFWAY = Stopped(sent=400, uncertain=200, error="DecisionTimedOut", sentence="Nobody did.", after_row=612)
UNKNOWN_ROW = HALFWAY.model_copy(update={"after_row": 0})
FROM_BACKUP = Stopped(sent=400, uncertain=780, error=RESTORED, sentence="I was restored.")
LAST = Stopped(sent=980, uncertain=200, error="DecisionTimedOut", sentence="Nobody did.", after_row=1_181)
OURS = Stopped(error="InternalError", sentence="Something went wrong.", reference="c0de")
DOUBT = Unsure(
    sentence=KoreTimedOut.contacts_message(),
    first_row=402,
    last_row=601,
    contacts=200,
    count=420,
    expected=620,
    allows_duplicates=True,
)
BLIND = Unsure(sentence="Kore.ai didn't say.", first_row=0, last_row=0, contacts=200)
OUTCOMES: list[ImportOutcome] = [
    CONFIRMED,
    NOT_CONFIRMED,
    REFUSED,
    HALFWAY,
    UNKNOWN_ROW,
    LAST,
    OURS,
    DOUBT,
    BLIND,
]


def ended(outcome: ImportOutcome, importing: ContactImport = BIG) -> str:
    """Read the view at the end."""
    return read(views.ended_view(importing, outcome, job_id="notify/1", app=APP))


class TestSlackTakesIt:
    """Nothing is refused, and no name of a list is alive."""

    @settings(max_examples=30, deadline=None)
    @given(name=FILLED)
    def test_any_name(self, name: str) -> None:
        """Whatever the list is called: in views, direct messages and the channel."""
        importing = BIG.model_copy(update={"list_name": name})

        shown = [views.adding_view(importing, sent=7)]
        shown += [views.ended_view(importing, each, job_id="notify/1", app=APP) for each in OUTCOMES]
        told = [views.ended_message(importing, each, job_id="notify/1", app=APP) for each in OUTCOMES]
        told += [views.announcement(importing, each) for each in OUTCOMES if not isinstance(each, Unsure)]

        assert [view_problems(view) for view in shown] == [[]] * len(shown)
        assert [message_problems(message) for message in told] == [[]] * len(told)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_name(self, name: str) -> None:
        """Only the person is mentioned in the channel, in the text and in the block."""
        told = views.announcement(BIG.model_copy(update={"list_name": name}), CONFIRMED)

        assert live_parts(told) == ["user:U1", "user:U1"]


class TestProgress:
    """While it goes on."""

    def test_counted(self) -> None:
        """How many were sent, and where the end is told."""
        shown = read(views.adding_view(BIG, sent=600))

        assert "600 of 1,180 sent." in shown
        assert "I'll message you when it's done, and tell the channel if I can post there." in shown

    def test_stop(self) -> None:
        """It can be stopped, and once it was, not again."""
        assert "[ Stop ]" in read(views.adding_view(BIG))
        assert "[ Stop ]" not in read(views.adding_view(BIG, doing=views.STOPPING, can_stop=False))

    def test_no_channel(self) -> None:
        """From a place that is no channel, the person alone hears of it."""
        importing = BIG.model_copy(update={"origin": BIG.origin.model_copy(update={"channel_id": ""})})

        assert "I'll message you when it's done." in read(views.adding_view(importing))


class TestEnd:
    """How it ended."""

    @pytest.mark.parametrize(
        ("outcome", "title"),
        [
            (CONFIRMED, "Contacts added"),
            (NOT_CONFIRMED, "Contacts sent"),
            (REFUSED, "No contacts added"),
            (HALFWAY, "Stopped partway"),
            (DOUBT, "Did these arrive?"),
        ],
    )
    def test_title(self, outcome: ImportOutcome, title: str) -> None:
        """The first thing that is read."""
        assert views.ended_view(BIG, outcome, job_id="", app=APP)["title"]["text"] == title

    def test_confirmed(self) -> None:
        """By Kore.ai's own count."""
        assert "Added 1,180 contacts. The list has 1,200 contacts now, according to Kore.ai." in ended(
            CONFIRMED
        )

    def test_not_confirmed(self) -> None:
        """What was sent, what nobody knows, both counts, and what can explain them."""
        shown = ended(NOT_CONFIRMED)

        assert "I sent 1,180 contacts, but I can't confirm that all of them arrived." in shown
        assert "Kore.ai didn't answer clearly for 200 of them." in shown
        assert "The list had 20 contacts and has 1,100 now." in shown
        assert "It doesn't allow duplicates, so contacts it already had don't add to the count." in shown

    def test_without_counts(self) -> None:
        """Where Kore.ai did not say, no count is told."""
        shown = ended(Added(sent=1_180))

        assert "The list had" not in shown
        assert "each contact once" not in shown

    def test_refused(self) -> None:
        """Why, what Kore.ai said, whom to tell and the code."""
        shown = ended(REFUSED)

        assert KoreUnauthorized.contacts_message() in shown
        assert "Permission denied" in shown
        assert "f00d" in shown
        assert "contacts were sent" not in shown

    def test_halfway(self) -> None:
        """How far it came, and how to add the rest."""
        shown = ended(HALFWAY)

        assert "600 of 1,180 contacts were sent, up to row 612." in shown
        assert "I can't tell whether 200 of them arrived." in shown
        assert (
            "upload a file with only the rows after row 612. I already sent all rows up to that one" in shown
        )

    def test_halfway_unknown(self) -> None:
        """Up to which row is not known: no row is named, and no file is asked for that may repeat some."""
        shown = ended(UNKNOWN_ROW)

        assert "600 of 1,180 contacts were sent. " in shown
        assert "row" not in shown
        assert "Check in Kore.ai which contacts arrived before you add more" in shown

    def test_from_a_backup(self) -> None:
        """Of an import that was open in a backup nobody knows what was sent, so no number is told."""
        shown = ended(FROM_BACKUP)

        assert "I was restored." in shown
        assert "sent" not in shown
        assert "row" not in shown

    def test_gone_halfway(self) -> None:
        """What was sent went with the list, so a new one needs all of the rows."""
        gone = HALFWAY.model_copy(update={"error": "ListGone", "sentence": ListGone.contacts_message()})

        assert "600 of 1,180 contacts were sent, up to row 612." in ended(gone)
        assert "so the rest wasn't added. Choose another list, or make a new one." in ended(gone)
        assert "upload a file" not in ended(gone)

    def test_at_the_last(self) -> None:
        """When all were sent, there is no rest."""
        assert "the rest" not in ended(LAST)

    def test_the_rest(self) -> None:
        """A cause that says that nothing was added is about the rest by then."""
        cause = KoreUnauthorized.contacts_message()
        shown = ended(REFUSED.model_copy(update={"sent": 400, "after_row": 412, "sentence": cause}))

        assert "400 of 1,180 contacts were sent, up to row 412." in shown
        assert "Kore.ai rejected this app's credentials, so the rest wasn't added." in shown
        assert "weren't added" not in shown
        assert "f00d. To add the rest" in shown  # only when the setup is fixed

    @pytest.mark.parametrize("outcome", [NOT_CONFIRMED, HALFWAY, UNKNOWN_ROW, DOUBT])
    def test_paragraphs(self, outcome: ImportOutcome) -> None:
        """What happened, what is known and what to do next are three short paragraphs."""
        told = views.ended_message(BIG, outcome, job_id="notify/1", app=APP)["text"]

        assert [len(each) < 240 for each in told.split("\n\n")] == [True] * 3

    def test_our_fault(self) -> None:
        """A fault of ours has a code."""
        assert "c0de" in ended(OURS)


class TestDoubt:
    """The person must decide."""

    def test_counted(self) -> None:
        """Which rows, why, what the list holds, and what sending them again means."""
        shown = ended(DOUBT)

        assert "They're rows 402–601 of the file (200 contacts)." in shown
        assert "The list has 420 contacts now, and would have 620 with them." in shown
        assert views.DUPLICATES in shown
        assert [each in shown for each in ("Check again", "Send again", "Skip")] == [True] * 3

    def test_both_ways(self) -> None:
        """The view says that it may be closed; the direct message has no need to."""
        told = views.ended_message(BIG, DOUBT, job_id="notify/1", app=APP)

        assert "you can close this window and decide later" in ended(DOUBT)
        assert "window" not in str(told)

    @pytest.mark.parametrize("allows", [True, False, None])
    def test_duplicates(self, *, allows: bool | None) -> None:
        """Whether people get called twice."""
        told = {True: views.DUPLICATES, False: views.NO_DUPLICATES, None: views.UNKNOWN_DUPLICATES}

        assert told[allows] in ended(DOUBT.model_copy(update={"allows_duplicates": allows}))

    def test_no_count_can_tell(self) -> None:
        """Then looking at it again is not offered."""
        shown = ended(BLIND)

        assert "They're the next rows of the file" in shown
        assert "Check again" not in shown


class TestChannel:
    """What everyone hears, once."""

    @pytest.mark.parametrize(
        ("outcome", "told"),
        [
            (CONFIRMED, "<@U1> added 1,180 contacts to Renewals. It has 1,200 contacts now."),
            (
                NOT_CONFIRMED,
                "<@U1> sent 1,180 contacts to Renewals. I couldn't confirm that all of them arrived.",
            ),
            (
                HALFWAY,
                (
                    "<@U1> sent 600 of 1,180 contacts to Renewals, then it stopped. I couldn't confirm that "
                    "all of them arrived."
                ),
            ),
            (LAST, "<@U1> sent 1,180 contacts to Renewals. I couldn't confirm that all of them arrived."),
        ],
    )
    def test_told(self, outcome: Added | Stopped, told: str) -> None:
        """One sentence, which says how sure it is."""
        assert views.announcement(BIG, outcome)["text"] == told
