"""What follows from each answer: tables and properties of the pure decisions."""

from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.jobs.resolution import (
    Call,
    Found,
    Listed,
    Verdict,
    after_failure,
    listed,
    lookup_again,
    next_after,
    read_answer,
    verdict,
)
from bot.kore.listing import Lists
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Origin, PostBegun, Submission
from bot.timing import Timing

NOW = 1_764_926_571.0
TIMING = Timing()
DRAFT = ContactListDraft(name="Renewal", description="For July", allow_duplicates=False)
SUBMISSION = Submission(
    key="V1", draft=DRAFT, origin=Origin(user_id="U1", channel_id="C1", view_id="V1"), submitted_at=NOW - 10
)
CREATE = Call(submission=SUBMISSION).replace(posted=PostBegun(at=NOW, on="here"))
DAY = 24 * 60 * 60


def contact_list(list_id: str = "cl-1", *, made: float = NOW + 1, **changes: object) -> ContactList:
    """Return what Get details tells of a list."""
    fields = {"id": list_id, "name": "Renewal", "description": "For July", "allow_duplicates": False}
    created_at = datetime.fromtimestamp(made, UTC)
    return ContactList.model_validate({**fields, "source": "passiveApi", "created_at": created_at, **changes})


def rows(*ids: str, made: float = NOW + 1) -> Listed:
    """Return what all lists tell of those of the name."""
    return Listed(rows=tuple(row(list_id, made=made) for list_id in ids))


def row(list_id: str, *, made: float = NOW + 1) -> ContactList:
    """Return what a row tells of a list."""
    return ContactList(id=list_id, name="Renewal", updated_at=datetime.fromtimestamp(made, UTC))


def found(list_id: str = "cl-1", *, ahead: float | None = 0, **changes: object) -> Found:
    """Return a list in full; without changes, one that is ours."""
    return Found(contact_list=contact_list(list_id, **changes), clock_ahead=ahead)  # type: ignore[arg-type]


def looking(*candidates: str, **changes: object) -> Call:
    """Return the last lookup, about to ask for its candidates."""
    fields = {
        "operation": "get",
        "candidates": candidates,
        "lookups": 4,
        "alike": tuple(map(row, candidates)),
    }
    return CREATE.model_copy(update={**fields, **changes})


def test_noted_answers() -> None:
    """What a job notes of an answer is read back as what it was."""
    answers = [
        rows("cl-1"),
        found(),
        Created(contact_list=contact_list()),
        Failed.because(errors.KoreInvalid()),
    ]
    assert [read_answer({"answer": each.model_dump(mode="json")}) for each in answers] == answers


def following(call: Call, answer: Failed | Listed | Found) -> Call:
    """Return the next call."""
    next_call = next_after(call, answer, now=NOW + 2, timing=TIMING)
    assert isinstance(next_call, Call)
    return next_call


def ended(call: Call, answer: Failed | Listed | Found) -> Failed:
    """Return how it ended."""
    end = next_after(call, answer, now=NOW + 2, timing=TIMING)
    assert isinstance(end, Failed)
    return end


def failed(kind: type[errors.JobError], **changes: object) -> Failed:
    """Return what is noted of an error."""
    return Failed.because(kind()).model_copy(update=changes)


JOB_ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.JobError)
    if kind not in {errors.JobError, errors.KoreError}
]


@pytest.mark.parametrize("kind", JOB_ERRORS)
def test_only_what_was_certainly_not_taken_is_posted_again(kind: type[errors.JobError]) -> None:
    """A second POST follows what was certainly not sent, or a rate limit, and nothing else."""
    following = next_after(CREATE, failed(kind), now=NOW, timing=TIMING)
    posts_again = isinstance(following, Call) and following.operation == "create"
    assert posts_again == (kind in {errors.KoreUnreachable, errors.KoreRateLimited, errors.SlotExpired})


@pytest.mark.parametrize("kind", [kind for kind in JOB_ERRORS if kind.maybe_created])
def test_what_may_exist_is_looked_for(kind: type[errors.JobError]) -> None:
    """An unclear answer leads to a look, never to a verdict or a second POST."""
    following = next_after(CREATE, failed(kind), now=NOW, timing=TIMING)
    assert isinstance(following, Call)
    assert following.operation == "list"


@pytest.mark.parametrize("kind", [errors.KoreUnauthorized, errors.KoreInvalid, errors.KoreRejected])
def test_a_refusal_is_final_and_told_at_once(kind: type[errors.JobError]) -> None:
    """The person decides what comes next."""
    refusal = failed(kind)
    assert next_after(CREATE, refusal, now=NOW, timing=TIMING) is refusal


def test_a_created_list_is_the_end() -> None:
    """Nothing follows a success."""
    created = Created(contact_list=contact_list())
    assert next_after(CREATE, created, now=NOW, timing=TIMING) is created


def test_pauses_grow_and_begin_within_ten_seconds() -> None:
    """After a POST that was not taken the pauses are 5, 10, 20, 40, then 60 s, for half an hour in all."""
    call, now, pauses = CREATE, NOW, []
    while isinstance(
        following := next_after(call, failed(errors.KoreUnreachable), now=now, timing=TIMING), Call
    ):
        call = following
        pauses.append(call.pause)
        now += call.pause
    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert 29 * 60 < now - SUBMISSION.submitted_at <= 30 * 60
    assert isinstance(following, Failed)
    assert following.error == "KoreUnreachable"


def test_a_longer_wait_that_the_api_asks_for_is_kept() -> None:
    """Retry-After is honoured."""
    following = next_after(CREATE, failed(errors.KoreRateLimited, retry_after=33), now=NOW, timing=TIMING)
    assert isinstance(following, Call)
    assert following.pause == 33


def test_looks_come_at_about_1_5_15_and_30_seconds() -> None:
    """Four looks with growing pauses, then the person is told that it is not certain."""
    answer: Failed | Listed = failed(errors.KoreTimedOut)
    call, at, lookups = CREATE, 0.0, []
    while isinstance(following := next_after(call, answer, now=NOW, timing=TIMING), Call):
        call = following
        at += call.pause
        lookups.append(at)
        answer = Listed(rows=())
    assert lookups == [1, 5, 15, 30]
    assert isinstance(following, Failed)
    assert (following.error, following.posted) == ("Unconfirmed", CREATE.posted)
    assert following.sentence.startswith(
        "Kore.ai didn't respond, so I can't tell whether the list was created."
    )
    assert "*Check again*" in following.sentence


def test_a_list_that_is_never_shown_hides_no_other() -> None:
    """The next one is asked for; and what its row says of the first one is shown, if nothing is ours."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 4})
    look = following(look, rows("cl-broken", "cl-1"))
    assert (look.operation, look.candidates) == ("get", ("cl-broken", "cl-1"))
    look = following(look, failed(errors.KoreUnreadable))
    assert look.candidates == ("cl-1",)

    assert isinstance(next_after(look, found(), now=NOW + 2, timing=TIMING), Created)
    other = ended(look, found(made=NOW - 2 * DAY))
    assert (other.error, other.alike) == ("Alike", row("cl-broken"))


@pytest.mark.parametrize("kind", [errors.KoreWrongAddress, errors.KoreNotFound])
def test_a_list_that_was_deleted_hides_no_other(kind: type[errors.KoreError]) -> None:
    """Its details answer 404, which elsewhere says that the whole API is not there."""
    assert following(looking("cl-gone", "cl-1"), failed(kind)).candidates == ("cl-1",)


def test_each_list_of_the_name_is_looked_at_once() -> None:
    """A list that was told in full is not asked for again, be it another one or one that may be ours."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 1})
    look = following(look, rows("cl-1", "cl-2", "cl-3"))
    look = following(look, found("cl-1", made=NOW - 2 * DAY))
    assert (look.candidates, look.others) == (("cl-2", "cl-3"), ("cl-1",))
    look = following(look, found("cl-2", created_at=None))
    assert (look.candidates, look.asked) == (("cl-3",), ("cl-2",))
    look = following(look, failed(errors.KoreUnreadable))
    assert look.operation == "list"
    look = following(look, rows("cl-1", "cl-2", "cl-3", "cl-4"))
    assert look.candidates == ("cl-3", "cl-4")
    assert [each.source for each in look.alike] == ["passiveApi", None, None]


def test_only_so_many_are_asked_for() -> None:
    """The newest of many of one name; and nobody says then that all were looked at."""
    many = Lists(tuple(row(f"cl-{number}", made=NOW + number) for number in range(60)))
    noted = listed(many)
    assert ([each.id for each in noted.rows][:2], len(noted.rows)) == (["cl-59", "cl-58"], 50)
    assert not noted.is_complete
    look = following(
        CREATE.model_copy(update={"operation": "list"}), noted.model_copy(update={"is_complete": True})
    )
    assert (len(look.candidates), look.candidates[0], look.is_incomplete) == (10, "cl-59", True)
    assert not listed(Lists((), missing=1)).is_complete
    assert listed(Lists((row("cl-1"),))).is_complete


def test_what_was_there_before_is_not_asked_for() -> None:
    """Known when the form was sent, or a day older: the sentence says that such lists are there."""
    known = SUBMISSION.model_copy(update={"known": ("cl-known",)})
    look = CREATE.model_copy(update={"operation": "list", "lookups": 4, "submission": known})
    seen = Listed(rows=(row("cl-known"), row("cl-old", made=NOW - 2 * DAY)))
    assert look.others == ()
    end = ended(look, seen)
    assert (end.error, end.alike) == ("Unconfirmed", None)
    assert "It hasn't shown up yet. The other lists with this name were there before" in end.sentence


def test_anothers_list_is_left() -> None:
    """A list that another submission is known to have made is neither ours nor shown."""
    theirs = found().model_copy(update={"is_anothers": True})
    assert ended(looking("cl-1"), theirs).error == "Unconfirmed"
    assert ended(looking("cl-1"), theirs.model_copy(update={"clock_ahead": None})).error == "Unconfirmed"


def test_the_likeliest_is_shown() -> None:
    """First one that says what was sent, then the newest."""
    look = following(looking("cl-1", "cl-2", "cl-3"), found("cl-1", created_at=None))
    look = following(look, found("cl-2", description="Another", made=NOW))
    end = ended(look, found("cl-3", description="Another", made=NOW + 1))
    assert (end.error, end.alike and end.alike.id, end.maybe_created) == ("Alike", "cl-1", True)
    assert end.posted == PostBegun(at=NOW, on="here")
    end = ended(looking("cl-2", alike=look.alike[1:]), found("cl-2", description="Another", made=NOW))
    assert end.alike
    assert end.alike.id == "cl-3"


def test_a_look_that_fails_is_a_look_that_found_nothing() -> None:
    """Whatever goes wrong while looking, the POST is not repeated."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 1})
    for kind in JOB_ERRORS:
        following = next_after(look, failed(kind), now=NOW, timing=TIMING)
        assert isinstance(following, Call)
        assert following.operation == "list"


@pytest.mark.parametrize(("operation", "candidates"), [("list", ()), ("get", ("cl-1", "cl-2"))])
def test_a_look_that_the_bots_end_cut_off_does_not_count(
    operation: Literal["list", "get"], candidates: tuple[str, ...]
) -> None:
    """It is made once more at once, the last one too; but not for ever: it may be what ends the bot."""
    look = CREATE.model_copy(update={"operation": operation, "candidates": candidates, "lookups": 4})
    for interruptions in range(1, 21):
        following = next_after(look, failed(errors.Interrupted), now=NOW, timing=TIMING)
        assert isinstance(following, Call)
        look = following
        assert (look.operation, look.candidates, look.lookups, look.pause) == (operation, candidates, 4, 0)
        assert look.job_id == f"V1/{interruptions}"
    following = next_after(look, failed(errors.Interrupted), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert following.error == "Unconfirmed"


def test_a_post_of_which_nothing_is_noted_is_looked_for() -> None:
    """The engine failed around it: any list since the submission may be its own."""
    look = after_failure(Call(submission=SUBMISSION), timing=TIMING)
    assert isinstance(look, Call)
    assert (look.operation, look.posted, look.lookups) == ("list", PostBegun(at=SUBMISSION.submitted_at), 1)


def test_nobody_says_that_a_list_has_not_shown_up_when_one_of_its_name_has() -> None:
    """Its details were never told, so it is shown as far as it is known; nor when rows were missing."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 4, "has_looked_up": True})
    asking = following(look, rows("cl-1"))
    end = ended(asking, failed(errors.KoreTimedOut))
    assert (end.error, end.alike) == ("Alike", row("cl-1"))
    missing = ended(look, Listed(rows=(), is_complete=False))
    assert "haven't been able to check since" in missing.sentence
    assert "hasn't shown up yet" in ended(look, Listed(rows=())).sentence


def test_a_later_lookup_that_fails_forgets_nothing() -> None:
    """What an earlier one has seen is still shown."""
    look = following(looking("cl-1", lookups=3), found(created_at=None))
    end = ended(look, failed(errors.KoreUnavailable))
    assert (end.error, end.alike and end.alike.id) == ("Alike", "cl-1")


def test_what_kore_said_is_told_at_the_end() -> None:
    """The sentence of an unclear answer is not lost while the bot looks."""
    unclear = failed(errors.KoreUnavailable, vendor_message="Index busy")
    call = CREATE
    for _ in TIMING.lookup_delays:
        call = following(call, unclear)
    assert ended(call, Listed(rows=())).vendor_message == "Index busy"


def test_check_again_looks_once() -> None:
    """The button leads to one look, and back to the same question: with the news that the bot has looked."""
    call = lookup_again(SUBMISSION, PostBegun(at=NOW), press="again-1", timing=TIMING)
    following = next_after(call, Listed(rows=()), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert following.error == "Unconfirmed"
    assert following.sentence.startswith("I checked again and didn't find the list")
    following = next_after(call, failed(errors.KoreUnauthorized), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert following.sentence.startswith("I tried to check again but couldn't")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Verdict.OURS),
        ({"name": " Renewal\r\n"}, Verdict.OURS),
        ({"source": "localDrive"}, Verdict.OURS),
        ({"source": None}, Verdict.OURS),
        ({"allow_duplicates": None}, Verdict.OURS),
        ({"name": "RENEWAL"}, Verdict.ALIKE),
        ({"name": None}, Verdict.ALIKE),
        ({"description": "For June"}, Verdict.ALIKE),
        ({"description": None}, Verdict.ALIKE),
        ({"allow_duplicates": True}, Verdict.ALIKE),
        ({"created_at": None}, Verdict.ALIKE),
        ({"created_at": None, "updated_at": "2025-12-04T23:00:00Z"}, Verdict.ALIKE),
        ({"created_at": None, "updated_at": "2025-12-03T09:00:00Z"}, Verdict.OTHER),
        ({"created_at": "2025-12-05T09:22:52"}, Verdict.ALIKE),
        ({"created_at": "2025-12-05T01:22:52"}, Verdict.ALIKE),
        ({"made": NOW}, Verdict.OURS),
        ({"made": NOW - 0.001}, Verdict.ALIKE),
        ({"made": NOW - 3}, Verdict.ALIKE),
        ({"made": NOW + 61}, Verdict.OURS),
        ({"made": NOW + 63}, Verdict.ALIKE),
        ({"made": NOW - DAY}, Verdict.ALIKE),
        ({"made": NOW - DAY - 1}, Verdict.OTHER),
        ({"list_id": "cl-known"}, Verdict.OTHER),
    ],
)
def test_what_a_list_is_to_us(changes: dict[str, Any], expected: Verdict) -> None:
    """Ours needs proof in every point, another one too; what is between is for the person."""
    known = SUBMISSION.model_copy(update={"known": ("cl-known",)})
    call = CREATE.model_copy(update={"submission": known})
    assert verdict(contact_list(**changes), call, 0, now=NOW + 2) is expected


SENT = ContactListDraft(name='Café & "Co"  Zoë\'s', description="one\n two <b>\n")


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("Café &amp; &quot;Co&quot;  Zoë&#x27;s", "one\n two &lt;b&gt;\n"),
        ('Cafe\u0301 & "Co"  Zoe\u0308\'s', "one\r\n two <b>\r\n"),
        ('Café & "Co" Zoë\'s', "one two <b>"),
        ('Caf&eacute; & "Co" Zoë\'s'.replace("&eacute;", "&#233;"), "one two &amp;lt;b&amp;gt;"),
    ],
)
def test_kept_otherwise(name: str, description: str) -> None:
    """A text that the API escapes, breaks, composes or trims in its own way is still what was sent."""
    call = CREATE.model_copy(update={"submission": SUBMISSION.model_copy(update={"draft": SENT})})
    assert verdict(contact_list(name=name, description=description), call, 0, now=NOW + 2) is Verdict.OURS


@given(ahead=st.floats(-3600, 3600), delay=st.floats(0, 30), before=st.floats(0.001, 3600))
def test_a_clock_that_is_wrong_on_either_side_does_not_matter(
    ahead: float, delay: float, before: float
) -> None:
    """Only Kore.ai's own clock counts: made after the POST is ours, and made before it is not."""
    theirs = CREATE.replace(posted=PostBegun(at=NOW, on="here", at_theirs=NOW + ahead))
    for call, clock_ahead in ((CREATE, ahead), (theirs, None), (theirs, ahead - 1)):
        made_after = contact_list(made=NOW + ahead + delay + 0.001)
        made_before = contact_list(made=NOW + ahead - before - 0.001)
        assert verdict(made_after, call, clock_ahead, now=NOW + 31) is Verdict.OURS
        assert verdict(made_before, call, clock_ahead, now=NOW + 31) is Verdict.ALIKE


def test_without_their_clock_nothing_is_proved() -> None:
    """No answer told the time: what looks like ours is shown."""
    assert verdict(contact_list(), CREATE, None, now=NOW + 2) is Verdict.ALIKE
    never_posted = Call(submission=SUBMISSION)
    assert verdict(contact_list(), never_posted, 0, now=NOW + 2) is Verdict.ALIKE


def test_every_call_has_a_name_of_its_own() -> None:
    """The first call has the submission's key; later ones never collide, nor do those of *Check again*."""
    second = next_after(CREATE, failed(errors.KoreTimedOut), now=NOW, timing=TIMING)
    assert isinstance(second, Call)
    again = lookup_again(SUBMISSION, PostBegun(at=NOW), press="again-7", timing=TIMING)
    third = again.model_copy(update={"number": 1})
    names = [CREATE.job_id, second.job_id, again.job_id, third.job_id]
    assert names[0] == "V1"
    assert len(set(names)) == 4


def test_a_call_of_the_first_version_is_still_read() -> None:
    """The form in which version 0.1.0 saved a job, to the letter."""
    saved = {
        "submission": {
            "key": "V1",
            "draft": {"name": "n", "description": "d", "allow_duplicates": True},
            "origin": {"user_id": "U1", "channel_id": "C1", "view_id": "V1", "response_url": None},
            "submitted_at": 1.5,
        },
        "added_by_a_later_version": 1,
    }
    call = Call.model_validate(saved)
    assert call.operation == "create"
    assert call.submission.draft.allow_duplicates
