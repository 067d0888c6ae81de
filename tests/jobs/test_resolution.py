"""What follows from each answer: tables and properties of the pure decisions."""

from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.jobs.resolution import (
    Call,
    Found,
    Listed,
    after_failure,
    first_call,
    is_ours,
    lookup_again,
    next_after,
)
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Origin, Submission
from bot.timing import Timing

NOW = 1_764_926_571.0
TIMING = Timing()
DRAFT = ContactListDraft(name="Renewal", description="For July", allow_duplicates=False)
SUBMISSION = Submission(
    key="V1", draft=DRAFT, origin=Origin(user_id="U1", channel_id="C1", view_id="V1"), submitted_at=NOW - 10
)
CREATE = first_call(SUBMISSION).model_copy(update={"posted_at": NOW})


def contact_list(list_id: str = "cl-1", *, made: float = NOW + 1, **changes: object) -> ContactList:
    """Return what Get details tells of a list."""
    fields = {"id": list_id, "name": "Renewal", "description": "For July", "allow_duplicates": False}
    created_at = datetime.fromtimestamp(made, UTC)
    return ContactList.model_validate({**fields, "source": "passiveApi", "created_at": created_at, **changes})


def failed(kind: type[errors.JobError], **changes: object) -> Failed:
    """Return what is noted of an error."""
    return Failed.because(kind()).model_copy(update=changes)


JOB_ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.JobError) and hasattr(kind, "user_message")
]


@pytest.mark.parametrize("kind", JOB_ERRORS)
def test_only_what_was_certainly_not_taken_is_posted_again(kind: type[errors.JobError]) -> None:
    """A second POST follows a connection refused or a rate limit, and nothing else."""
    following = next_after(CREATE, failed(kind), now=NOW, timing=TIMING)
    posts_again = isinstance(following, tuple) and following[0].operation == "create"
    assert posts_again == (kind in {errors.KoreUnreachable, errors.KoreRateLimited})


@pytest.mark.parametrize("kind", [kind for kind in JOB_ERRORS if kind.maybe_created])
def test_what_may_exist_is_looked_for(kind: type[errors.JobError]) -> None:
    """An unclear answer leads to a look, never to a verdict or a second POST."""
    following = next_after(CREATE, failed(kind), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    assert following[0].operation == "list"


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
        following := next_after(call, failed(errors.KoreUnreachable), now=now, timing=TIMING), tuple
    ):
        call, pause = following
        pauses.append(pause)
        now += pause
    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert 29 * 60 < now - SUBMISSION.submitted_at <= 30 * 60
    assert isinstance(following, Failed)
    assert following.error == "KoreUnreachable"


def test_a_longer_wait_that_the_api_asks_for_is_kept() -> None:
    """Retry-After is honoured."""
    following = next_after(CREATE, failed(errors.KoreRateLimited, retry_after=33), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    assert following[1] == 33


def test_looks_come_at_about_1_5_15_and_30_seconds() -> None:
    """Four looks with growing pauses, then the person is told that it is not certain."""
    answer: Failed | Listed = failed(errors.KoreTimedOut)
    call, at, lookups = CREATE, 0.0, []
    while isinstance(following := next_after(call, answer, now=NOW, timing=TIMING), tuple):
        call, pause = following
        at += pause
        lookups.append(at)
        answer = Listed(ids=())
    assert lookups == [1, 5, 15, 30]
    assert isinstance(following, Failed)
    assert (following.error, following.posted_at) == ("Unconfirmed", NOW)
    assert following.sentence.startswith(
        "Kore.ai didn't respond, so I can't tell whether the list was created."
    )
    assert "*Check again*" in following.sentence


def test_a_list_that_is_never_shown_hides_no_other() -> None:
    """The ones behind it are looked at all the same; and nobody says that all were."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 4})
    following = next_after(look, Listed(ids=("cl-broken", "cl-1")), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    following = next_after(following[0], failed(errors.KoreUnreadable), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    assert (following[0].operation, following[0].candidates) == ("get", ("cl-1",))
    ours = next_after(
        following[0], Found(contact_list=contact_list(), clock_ahead=0), now=NOW, timing=Timing()
    )
    assert isinstance(ours, Created)
    other = next_after(
        following[0], Found(contact_list=contact_list(made=NOW - 99), clock_ahead=0), now=NOW, timing=Timing()
    )
    assert isinstance(other, Failed)
    assert "haven't been able to check since" in other.sentence


def test_a_list_that_was_deleted_hides_no_other() -> None:
    """Its details answer 404, which elsewhere says that the whole API is not there."""
    look = CREATE.model_copy(update={"operation": "get", "candidates": ("cl-gone", "cl-1"), "lookups": 4})
    following = next_after(look, failed(errors.KoreWrongAddress), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    assert following[0].candidates == ("cl-1",)


def test_each_list_of_the_name_is_looked_at_once() -> None:
    """A list that is not ours is not asked for again at the next look."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 1})
    following = next_after(look, Listed(ids=("cl-1", "cl-2")), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    first, pause = following
    assert (first.operation, first.candidates, pause) == ("get", ("cl-1", "cl-2"), 0)
    following = next_after(
        first, Found(contact_list=contact_list(made=NOW - 99), clock_ahead=0), now=NOW, timing=Timing()
    )
    assert isinstance(following, tuple)
    second, _ = following
    assert (second.candidates, second.others) == (("cl-2",), ("cl-1",))
    following = next_after(
        second, Found(contact_list=contact_list("cl-2", made=0), clock_ahead=0), now=NOW, timing=Timing()
    )
    assert isinstance(following, tuple)
    following = next_after(following[0], Listed(ids=("cl-1", "cl-2", "cl-3")), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    assert following[0].candidates == ("cl-3",)


def test_a_look_that_fails_is_a_look_that_found_nothing() -> None:
    """Whatever goes wrong while looking, the POST is not repeated."""
    look = CREATE.model_copy(update={"operation": "list", "lookups": 1})
    for kind in JOB_ERRORS:
        following = next_after(look, failed(kind), now=NOW, timing=TIMING)
        assert isinstance(following, tuple)
        assert following[0].operation == "list"


@pytest.mark.parametrize(("operation", "candidates"), [("list", ()), ("get", ("cl-1", "cl-2"))])
def test_a_look_that_the_bots_end_cut_off_does_not_count(
    operation: Literal["list", "get"], candidates: tuple[str, ...]
) -> None:
    """It is made once more at once, the last one too; but not for ever: it may be what ends the bot."""
    look = CREATE.model_copy(update={"operation": operation, "candidates": candidates, "lookups": 4})
    for interruptions in range(1, 21):
        following = next_after(look, failed(errors.Interrupted), now=NOW, timing=TIMING)
        assert isinstance(following, tuple)
        look, pause = following
        assert (look.operation, look.candidates, look.lookups, pause) == (operation, candidates, 4, 0)
        assert look.id == f"V1/{interruptions}"
    following = next_after(look, failed(errors.Interrupted), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert following.error == "Unconfirmed"


def test_a_post_of_which_nothing_is_noted_is_looked_for() -> None:
    """The engine failed around it: any list since the submission may be its own."""
    following = after_failure(first_call(SUBMISSION), timing=TIMING)
    assert isinstance(following, tuple)
    look, _ = following
    assert (look.operation, look.posted_at, look.lookups) == ("list", SUBMISSION.submitted_at, 1)


def test_nobody_says_that_a_list_has_not_shown_up_when_one_of_its_name_has() -> None:
    """Its details were never told, so it is not known whether it is ours."""
    look = CREATE.model_copy(
        update={"operation": "list", "lookups": 4, "has_looked_up": True}
    )  # so far none had
    following = next_after(look, Listed(ids=("cl-1",)), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    following = next_after(following[0], failed(errors.KoreTimedOut), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert "haven't been able to check since" in following.sentence
    following = next_after(look, Listed(ids=()), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert "hasn't shown up yet" in following.sentence


def test_check_again_looks_once() -> None:
    """The button leads to one look, and back to the same question: with the news that the bot has looked."""
    call = lookup_again(SUBMISSION, posted_at=NOW, press="again-1", timing=TIMING)
    following = next_after(call, Listed(ids=()), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert following.error == "Unconfirmed"
    assert following.sentence.startswith("I checked again and didn't find the list")
    following = next_after(call, failed(errors.KoreUnauthorized), now=NOW, timing=TIMING)
    assert isinstance(following, Failed)
    assert following.sentence.startswith("I tried to check again but couldn't")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"name": "Renewal "}, False),
        ({"description": "For June"}, False),
        ({"allow_duplicates": True}, False),
        ({"allow_duplicates": None}, True),
        ({"source": "localDrive"}, False),
        ({"source": None}, True),
        ({"made": NOW - 5.001}, False),
        ({"made": NOW - 4.999}, True),
        ({"created_at": None}, False),
    ],
)
def test_ours_is_the_same_in_every_word_and_not_older(changes: dict[str, object], expected: bool) -> None:  # noqa: FBT001
    """An older list of that name, or one that differs, is never mistaken for ours."""
    assert is_ours(contact_list(**changes), CREATE, 0) is expected  # type: ignore[arg-type]


@given(ahead=st.floats(-3600, 3600), delay=st.floats(0, 30))
def test_a_clock_that_is_wrong_on_either_side_does_not_matter(ahead: float, delay: float) -> None:
    """A list made after the POST is ours by the server's clock, one made a minute before it is not."""
    assert is_ours(contact_list(made=NOW + ahead + delay + 0.001), CREATE, ahead)
    assert not is_ours(contact_list(made=NOW + ahead - 60), CREATE, ahead)


def test_without_a_date_the_clocks_may_differ_by_a_minute() -> None:
    """When no answer tells the server's time, some difference is allowed for."""
    assert is_ours(contact_list(made=NOW - 64), CREATE, None)
    assert not is_ours(contact_list(made=NOW - 66), CREATE, None)


def test_every_call_has_a_name_of_its_own() -> None:
    """The first call has the submission's key; later ones never collide, nor do those of *Check again*."""
    following = next_after(CREATE, failed(errors.KoreTimedOut), now=NOW, timing=TIMING)
    assert isinstance(following, tuple)
    second, _ = following
    again = lookup_again(SUBMISSION, posted_at=NOW, press="again-7", timing=TIMING)
    third = again.model_copy(update={"number": 1})
    names = [CREATE.id, second.id, again.id, third.id]
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
