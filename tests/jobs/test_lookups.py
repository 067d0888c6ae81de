"""What a job carries from one call to the next, and what the person reads when all lookups are over."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from bot import errors
from bot.jobs.resolution import (
    CLOCKS_APART,
    COULD_NOT_LOOK,
    MAX_ALIKE,
    MAX_LISTED,
    NOT_FOUND_OUT,
    NOT_SEEN,
    ONLY_OTHERS,
    WHAT_NEXT,
    Call,
    CallAnswer,
    Found,
    Listed,
    Verdict,
    listed,
    lookup_again,
    next_after,
    verdict,
)
from bot.kore.listing import Lists
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Origin, PostBegun, Submission
from bot.timing import Timing

NOW = 1_764_926_571.0
DAY = 24 * 60 * 60
TIMING = Timing()
LAST = len(TIMING.lookup_delays)
CAUSE = errors.KoreTimedOut.user_message()
SUBMISSION = Submission(
    key="V1",
    draft=ContactListDraft(name="Renewal", description="For July"),
    origin=Origin(user_id="U1", channel_id="C1", view_id="V1"),
    submitted_at=NOW - 10,
)
CREATE = Call(submission=SUBMISSION).replace(posted=PostBegun(at=NOW, on="here"))


def looking(operation: Literal["list", "get"] = "list", **known: object) -> Call:
    """Return the last lookup, with what is known."""
    return CREATE.model_copy(update={"operation": operation, "lookups": LAST, "cause": CAUSE, **known})


def failed(kind: type[errors.JobError], **changes: object) -> Failed:
    """Return what is noted of an error."""
    return Failed.because(kind()).model_copy(update=changes)


def contact_list(list_id: str = "cl-1", *, made: float = NOW + 1, **changes: object) -> ContactList:
    """Return a list with all that was sent, made so by Kore.ai's clock."""
    fields = {"id": list_id, "name": "Renewal", "description": "For July", "allow_duplicates": False}
    created_at = datetime.fromtimestamp(made, UTC)
    return ContactList.model_validate({**fields, "created_at": created_at, **changes})


def found(*, made: float = NOW + 1, **changes: object) -> Found:
    """Return what Get details tells of a list, while both clocks are one."""
    return Found(contact_list=contact_list("cl-1", made=made, **changes), clock_ahead=0)


def rows(*ids: str) -> Listed:
    """Return what the list of all lists tells: names, and nothing to go by."""
    return Listed(rows=tuple(ContactList(id=each, name="Renewal") for each in ids))


def following(call: Call, *answers: CallAnswer) -> Call:
    """Return the call that follows from these answers, one after the other, as the store gives it back."""
    for answer in answers:
        step = next_after(call, answer, now=NOW + 2, timing=TIMING)
        assert isinstance(step, Call)
        call = Call.model_validate(step.model_dump(mode="json"))
    return call


def ended(call: Call, *answers: CallAnswer) -> Created | Failed:
    """Return how the job ends with the last of these answers."""
    *before, last = answers
    end = next_after(following(call, *before), last, now=NOW + 2, timing=TIMING)
    assert not isinstance(end, Call)
    return end


def sentence(end: Created | Failed) -> str:
    """Return what the person reads."""
    assert isinstance(end, Failed)
    return end.sentence


def test_check_again_finds_ours() -> None:
    """*Check again* knows when the POST was made: a list of that moment is ours, an older one is not."""
    posted = PostBegun(at=NOW, on="here")
    again = lookup_again(SUBMISSION, posted, press="again-1", reply_to="there", timing=TIMING)
    assert (again.reply_to, again.pause) == ("there", TIMING.ack_settles)
    assert isinstance(ended(again, rows("cl-1"), found()), Created)
    assert isinstance(ended(again, rows("cl-1"), found(made=NOW - 60)), Failed)


@pytest.mark.parametrize(
    ("call", "answers", "expected"),
    [
        (looking(), [rows()], [CAUSE, NOT_SEEN]),
        (looking(), [failed(errors.KoreTimedOut)], [CAUSE, NOT_FOUND_OUT]),
        (looking(has_looked_up=True), [failed(errors.KoreTimedOut)], [CAUSE, NOT_SEEN]),
        (
            looking(has_looked_up=True),
            [Listed(rows=(), is_complete=False)],
            [CAUSE, NOT_FOUND_OUT],
        ),
        (looking(is_incomplete=True), [rows()], [CAUSE, NOT_SEEN]),
        (
            looking(),
            [rows("cl-1"), found(made=NOW - 2 * DAY)],
            [CAUSE, NOT_SEEN, ONLY_OTHERS],
        ),
        (looking(press="again-1"), [failed(errors.KoreTimedOut)], [COULD_NOT_LOOK]),
    ],
    ids=[
        "all were shown",
        "no lookup was answered",
        "an earlier one was answered",
        "some were missing",
        "some were missing before",
        "the one of that name is older",
        "a press of the button was not answered",
    ],
)
def test_what_is_known(call: Call, answers: list[CallAnswer], expected: list[str]) -> None:
    """It is said not to have shown up only if the last lookup that was answered showed everything."""
    assert sentence(ended(call, *answers)) == " ".join([*expected, WHAT_NEXT])


def test_lookup_forgets_the_last_one() -> None:
    """While the details of one of that name are asked for, nobody knows yet that ours is not there."""
    asking = following(looking(has_looked_up=True), rows("cl-1"))
    assert asking.has_looked_up is False


def test_cause_and_reference() -> None:
    """What made the answer unclear is told at the end, with the reference under which the log has it."""
    fault = failed(errors.InternalError, reference="R-1")
    end = ended(following(CREATE, fault).model_copy(update={"lookups": LAST}), rows())
    assert isinstance(end, Failed)
    assert end.sentence == f"{fault.sentence} {NOT_SEEN} {WHAT_NEXT}"
    assert (end.reference, end.posted) == ("R-1", CREATE.posted)


@pytest.mark.parametrize(
    ("kind", "goes_on"),
    [
        (errors.KoreTimedOut, True),
        (errors.KoreUnavailable, True),
        (errors.KoreUnreadable, True),
        (errors.KoreWrongAddress, True),
        (errors.KoreNotFound, True),
        (errors.KoreRateLimited, False),
        (errors.KoreUnreachable, False),
        (errors.KoreUnauthorized, False),
    ],
)
def test_trouble_with_one_list(kind: type[errors.KoreError], *, goes_on: bool) -> None:
    """What is about one list leads to the next one at once; what is about every call, to a lookup later."""
    asking = following(looking(lookups=1), rows("cl-1", "cl-2"))
    after = next_after(asking, failed(kind), now=NOW + 2, timing=TIMING)
    assert isinstance(after, Call)
    assert (after.operation, after.candidates) == (("get", ("cl-2",)) if goes_on else ("list", ()))
    assert (after.pause == 0) is goes_on


def test_trouble_with_all_lists() -> None:
    """A list of lists that is not answered says nothing about one list, and nothing is asked for one."""
    call = looking(lookups=1, candidates=("cl-1", "cl-2"))
    assert following(call, failed(errors.KoreTimedOut)).operation == "list"


def test_next_lookup_begins_fresh() -> None:
    """It has its own number and candidates, and keeps the ids of the lists that are not ours."""
    asking = following(looking(lookups=1, number=3), rows("cl-1"))
    after = following(asking, found(made=NOW - 2 * DAY))
    assert (after.operation, after.lookups, after.number) == ("list", 2, 5)
    assert (after.candidates, after.others) == ((), ("cl-1",))


@pytest.mark.parametrize(("count", "is_incomplete"), [(MAX_ALIKE, False), (MAX_ALIKE + 1, True)])
def test_lists_of_one_name(count: int, *, is_incomplete: bool) -> None:
    """As many as one lookup asks for are all of them; with one more it does not claim that."""
    asking = following(looking(lookups=1), rows(*(f"cl-{number}" for number in range(count))))
    assert asking.is_incomplete is is_incomplete


@pytest.mark.parametrize(("count", "is_complete"), [(MAX_LISTED, True), (MAX_LISTED + 1, False)])
def test_lists_that_are_noted(count: int, *, is_complete: bool) -> None:
    """The same holds for those that are noted."""
    told = tuple(contact_list(f"cl-{number}") for number in range(count))
    assert listed(Lists(told)).is_complete is is_complete


def test_latest_moment_of_ours() -> None:
    """A list is ours up to the moment of the answer, and as far beyond it as two stamps may differ."""
    latest = contact_list(made=NOW + 2 + CLOCKS_APART)
    assert verdict(latest, CREATE, 0, now=NOW + 2) is Verdict.OURS


def test_retry_at_once() -> None:
    """Nothing is added to a pause of none."""
    timing = replace(TIMING, retry_delays=(0,))
    step = next_after(CREATE, failed(errors.KoreRateLimited), now=NOW, timing=timing)
    assert isinstance(step, Call)
    assert step.pause == 0


@pytest.mark.parametrize(("late", "is_retried"), [(-1, True), (0, True), (1, False)])
def test_last_retry(late: float, *, is_retried: bool) -> None:
    """The last retry begins within the time for which a submission waits, to the second."""
    timing = replace(TIMING, retry_delays=(60,), retry_for=600)
    call = CREATE.model_copy(update={"tries": 3, "tried_at": NOW - 540 - late})
    step = next_after(call, failed(errors.KoreUnreachable), now=NOW, timing=timing)
    assert isinstance(step, Call) is is_retried


def test_time_of_retries() -> None:
    """The time for which a submission waits begins with its first try, however many follow."""
    call = CREATE
    for later in (0, 30, 90):
        step = next_after(call, failed(errors.KoreUnreachable), now=NOW + later, timing=TIMING)
        assert isinstance(step, Call)
        call = step
    assert (call.tries, call.tried_at) == (3, NOW)
