"""What a job carries from one call to the next, and what the person reads when all lookups are over."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from bot import errors
from bot.errors import NOT_CONFIRMED, NOT_FOUND_OUT, NOT_SEEN, WHAT_NEXT
from bot.jobs.resolution import (
    CLOCKS_APART,
    Answer,
    Call,
    Found,
    Listed,
    first_call,
    is_ours,
    lookup_again,
    next_after,
    unconfirmed,
)
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Origin, Submission
from bot.timing import Timing

NOW = 1_764_926_571.0
TIMING = Timing()
LAST = len(TIMING.lookup_delays)
SUBMISSION = Submission(
    key="V1",
    draft=ContactListDraft(name="Renewal", description="For July"),
    origin=Origin(user_id="U1", channel_id="C1", view_id="V1"),
    submitted_at=NOW - 10,
)
CREATE = first_call(SUBMISSION).model_copy(update={"posted_at": NOW})


def looking(operation: Literal["list", "get"] = "list", **known: object) -> Call:
    """Return the last lookup, with what is known."""
    return CREATE.model_copy(update={"operation": operation, "lookups": LAST, **known})


def failed(kind: type[errors.JobError], **changes: object) -> Failed:
    """Return what is noted of an error."""
    return Failed.because(kind()).model_copy(update=changes)


def found(made: float = NOW + 1, *, clock_ahead: float = 0, **changes: object) -> Found:
    """Return what Get details tells of a list, made so by Kore.ai's clock."""
    fields = {"id": "cl-1", "name": "Renewal", "description": "For July", "source": "passiveApi"}
    told = {**fields, "allow_duplicates": False, "created_at": datetime.fromtimestamp(made, UTC), **changes}
    return Found(contact_list=ContactList.model_validate(told), clock_ahead=clock_ahead)


def following(call: Call, *answers: Answer, timing: Timing = TIMING) -> Call:
    """Return the call that follows from these answers, one after the other, as the store gives it back."""
    for answer in answers:
        step = next_after(call, answer, now=NOW, timing=timing)
        assert isinstance(step, tuple)
        call = Call.model_validate(step[0].model_dump(mode="json"))
    return call


def ended(call: Call, *answers: Answer) -> Created | Failed:
    """Return how the job ends with the last of these answers."""
    *before, last = answers
    end = next_after(following(call, *before), last, now=NOW, timing=TIMING)
    assert not isinstance(end, tuple)
    return end


def sentence(end: Created | Failed) -> str:
    """Return what the person reads."""
    assert isinstance(end, Failed)
    return end.sentence


def test_check_again_finds_ours() -> None:
    """*Check again* knows when the POST was made: a list of that moment is ours, an older one is not."""
    again = lookup_again(SUBMISSION, posted_at=NOW, press="again-1", timing=TIMING)
    assert isinstance(ended(again, Listed(ids=("cl-1",)), found()), Created)
    assert isinstance(ended(again, Listed(ids=("cl-1",)), found(NOW - 60)), Failed)


@pytest.mark.parametrize(
    ("call", "answers", "expected"),
    [
        (looking(), [Listed(ids=())], NOT_SEEN),
        (looking(), [failed(errors.KoreTimedOut)], NOT_FOUND_OUT),
        (looking(has_looked_up=True), [failed(errors.KoreTimedOut)], NOT_SEEN),
        (
            looking(has_looked_up=True),
            [Listed(ids=("cl-1",)), failed(errors.KoreUnauthorized)],
            NOT_FOUND_OUT,
        ),
        (looking(is_incomplete=True), [Listed(ids=())], NOT_SEEN),
        (looking(), [Listed(ids=("cl-1",)), failed(errors.KoreUnreadable)], NOT_FOUND_OUT),
        (looking(), [Listed(ids=("cl-1",)), found(NOW - 60)], NOT_SEEN),
    ],
    ids=[
        "all were shown",
        "no lookup was answered",
        "an earlier one was answered",
        "one of that name could not be asked for",
        "an earlier one was incomplete",
        "one of that name was not shown",
        "the one of that name is older",
    ],
)
def test_what_is_known(call: Call, answers: list[Answer], expected: str) -> None:
    """It is said not to have shown up only if the last lookup that was answered showed every candidate."""
    assert sentence(ended(call, *answers)) == f"{NOT_CONFIRMED} {expected} {WHAT_NEXT}"


def test_cause_and_reference() -> None:
    """What made the answer unclear is told at the end, with the reference under which the log has it."""
    fault = failed(errors.InternalError, reference="R-1")
    end = ended(following(CREATE, fault).model_copy(update={"lookups": LAST}), Listed(ids=()))
    assert isinstance(end, Failed)
    assert end.sentence == f"{fault.sentence} {NOT_SEEN} {WHAT_NEXT}"
    assert (end.reference, end.posted_at) == ("R-1", NOW)
    assert unconfirmed(CREATE).reference is None


@pytest.mark.parametrize(
    ("kind", "goes_on"),
    [
        (errors.KoreTimedOut, True),
        (errors.KoreUnavailable, True),
        (errors.KoreUnreadable, True),
        (errors.KoreWrongAddress, True),
        (errors.KoreRateLimited, False),
        (errors.KoreUnreachable, False),
        (errors.KoreUnauthorized, False),
    ],
)
def test_trouble_with_one_list(kind: type[errors.KoreError], *, goes_on: bool) -> None:
    """What is about one list leads to the next candidate; what is about every call, to a lookup later."""
    call = looking("get", candidates=("cl-1", "cl-2"), lookups=1)
    after = following(call, failed(kind))
    assert (after.operation, after.candidates) == (("get", ("cl-2",)) if goes_on else ("list", ()))


def test_next_lookup_begins_fresh() -> None:
    """It has its own number and candidates, and keeps the ids of the lists that are not ours."""
    call = looking("get", candidates=("cl-1",), lookups=1, number=3)
    after = following(call, found(NOW - 60))
    assert (after.operation, after.lookups, after.number) == ("list", 2, 4)
    assert (after.candidates, after.others) == ((), ("cl-1",))


def test_kore_clock_is_compared() -> None:
    """A list is judged by the clock that its answer told, not by a guess."""
    call = looking("get", candidates=("cl-1",))
    assert isinstance(ended(call, found(NOW + 100, clock_ahead=100)), Created)
    assert isinstance(ended(call, found(NOW + 90, clock_ahead=100)), Failed)


@pytest.mark.parametrize(
    "changes", [{"allow_duplicates": None, "source": None}, {"created_at": NOW - CLOCKS_APART}]
)
def test_just_enough_to_be_ours(changes: dict[str, object]) -> None:
    """Name and description alone are enough; so is a moment as early as two clocks may differ."""
    assert is_ours(found(**changes).contact_list, CREATE, 0)  # type: ignore[arg-type]


def test_retry_knows_nothing_of_before() -> None:
    """A POST that was not accepted left no moment behind: the next one has its own."""
    again = following(CREATE, failed(errors.KoreRateLimited))
    assert (again.operation, again.tries, again.tried_at, again.posted_at) == ("create", 1, NOW, None)


def test_retry_at_once() -> None:
    """Nothing is added to a pause of none."""
    step = next_after(
        CREATE, failed(errors.KoreRateLimited), now=NOW, timing=replace(TIMING, retry_delays=(0,))
    )
    assert isinstance(step, tuple)
    assert step[1] == 0


@pytest.mark.parametrize(("late", "is_retried"), [(-1, True), (0, True), (1, False)])
def test_last_retry(late: float, *, is_retried: bool) -> None:
    """The last retry begins within the time for which a submission waits, to the second."""
    timing = replace(TIMING, retry_delays=(60,), retry_for=600)
    call = CREATE.model_copy(update={"tries": 3, "tried_at": NOW - 540 - late})
    step = next_after(call, failed(errors.KoreUnreachable), now=NOW, timing=timing)
    assert isinstance(step, tuple) is is_retried
