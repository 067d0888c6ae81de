"""What follows from an answer while a list is filled: tables, and whole imports that a strategy makes up."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contact_import import Added, ContactImport, Stopped, Tally, Unsure
from bot.errors import (
    Interrupted,
    JobError,
    KoreInvalid,
    KoreTimedOut,
    KoreUnauthorized,
    KoreUnreachable,
    NameShared,
)
from bot.jobs.import_resolution import (
    ChunkAccepted,
    Decision,
    ImportAnswer,
    ImportCall,
    ImportNext,
    Inspected,
    InspectionExpired,
    Namesakes,
    NotDone,
    after_failure,
    decided,
    expired,
    next_after,
)
from bot.timing import Timing
from tests.test_imports import IMPORT

TIMING = Timing(count_delays=(1, 2), retry_delays=(5, 10), retry_for=100)
THREE = IMPORT.model_copy(update={"rows": IMPORT.rows.model_copy(update={"count": 450})})
FIRST = ImportCall(importing=THREE, id="import/cl-1/1")
ADDING = FIRST.model_copy(update={"operation": "add", "number": 2, "tally": Tally(count_before=10)})
UNCLEAR = NotDone.because(KoreTimedOut()).model_copy(update={"first_row": 2, "last_row": 201})


def after(call: ImportCall, answer: ImportAnswer, *, now: float = 0) -> ImportNext:
    """Decide, with the pauses of these tests."""
    return next_after(call, answer, now=now, timing=TIMING)


def following(found: ImportNext) -> ImportCall:
    """Return the call that follows."""
    assert isinstance(found, ImportCall)
    return found


def counted(call: ImportCall, count: int | None) -> ImportNext:
    """Tell what the list holds."""
    return after(call, Inspected(count=count))


class TestTheRightList:
    """The list is found by its name, and inspected, before anything is sent."""

    def test_found(self) -> None:
        """Which lists have the name is known when the list is inspected; what it holds, when it is filled."""
        listed = Namesakes(ids=("cl-1",), missing=2)

        inspecting = following(after(FIRST, listed))
        adding = following(after(inspecting, Inspected(count=7, allows_duplicates=True)))

        assert (inspecting.operation, inspecting.namesakes) == ("inspect", listed)
        assert (adding.operation, adding.chunk, adding.number) == ("add", 0, 2)
        assert (adding.tally.count_before, adding.tally.allows_duplicates) == (7, True)

    def test_wrong(self) -> None:
        """Nothing is sent, and the person reads why."""
        wrong = Inspected(wrong="NameShared", sentence=NameShared.contacts_message())

        ended = after(FIRST.model_copy(update={"operation": "inspect"}), wrong)

        assert ended == Stopped(error="NameShared", sentence=NameShared.contacts_message())


class TestLongAgo:
    """By now another list may have the name: the list is inspected again before the next chunk."""

    def test_again(self) -> None:
        """The next chunk follows; what the list held before the first one is not what it holds now."""
        halfway = ADDING.model_copy(update={"chunk": 1, "tally": Tally(count_before=10, sent=200)})

        finding = following(after(halfway, InspectionExpired()))
        inspecting = following(after(finding, Namesakes(ids=("cl-1",))))
        adding = following(after(inspecting, Inspected(count=210), now=77))

        assert [each.operation for each in (finding, inspecting, adding)] == ["find", "inspect", "add"]
        assert (adding.chunk, adding.tally.count_before, adding.inspected_at) == (1, 10, 77)

    def test_nothing_sent(self) -> None:
        """Before the first chunk, the newer count is the one to compare with."""
        inspecting = ADDING.model_copy(update={"operation": "inspect"})

        assert following(after(inspecting, Inspected(count=99))).tally.count_before == 99

    @pytest.mark.parametrize("decision", [Decision.SEND_AGAIN, Decision.LEAVE_OUT])
    def test_decided(self, decision: Decision) -> None:
        """A person takes an hour to decide: that is long ago."""
        doubted = ADDING.model_copy(update={"operation": "count", "doubt": UNCLEAR, "inspected_at": 50})

        going_on = decided(doubted, decision, timing=TIMING)

        assert (going_on.operation, going_on.inspected_at) == ("add", 0)

    def test_wrong_by_now(self) -> None:
        """Nothing more is sent; what was sent and what is in doubt is told."""
        doubted = ADDING.model_copy(update={"operation": "count", "doubt": UNCLEAR})
        again = decided(doubted, Decision.SEND_AGAIN, timing=TIMING)

        ended = after(
            again.model_copy(update={"operation": "inspect"}),
            Inspected(wrong="NameShared", sentence=NameShared.contacts_message()),
        )

        assert isinstance(ended, Stopped)
        assert (ended.error, ended.sent, ended.uncertain, ended.after_row) == ("NameShared", 0, 200, 201)

    def test_ends(self) -> None:
        """A chunk that is not accepted is given up before the list is due again, or it never would be."""
        assert Timing().inspection_lasts > Timing().retry_for


class TestNotDone:
    """A call that failed."""

    @pytest.mark.parametrize("operation", ["find", "inspect"])
    @pytest.mark.parametrize("error", [KoreTimedOut, KoreUnreachable, Interrupted])
    def test_reading_again(self, operation: str, error: type[JobError]) -> None:
        """What only reads is asked for again, whatever became of it."""
        call = FIRST.model_copy(update={"operation": operation})

        again = following(after(call, NotDone.because(error())))

        assert (again.operation, again.tries, again.pause) == (operation, 1, 5)

    def test_not_accepted(self) -> None:
        """A chunk that Kore.ai certainly did not accept is sent again after ever longer pauses."""
        answer = NotDone.because(KoreUnreachable())

        first = following(after(ADDING, answer, now=50))
        second = following(after(first, answer, now=60))
        third = following(after(second, answer, now=80))

        assert [first.chunk, second.chunk, third.chunk] == [0, 0, 0]
        assert (first.pause, second.pause, third.pause) == (5, 10, 10)
        assert third.tried_at == 50

    def test_named_wait(self) -> None:
        """Kore.ai says for how long."""
        answer = NotDone.because(KoreUnreachable()).model_copy(update={"retry_after": 33})

        assert following(after(ADDING, answer)).pause == 33

    def test_not_for_ever(self) -> None:
        """After half an hour, here a hundred seconds, it stops, and says how far it came."""
        late = ADDING.model_copy(update={"tried_at": 1, "tries": 9, "after_row": 201, "chunk": 1})

        ended = after(late, NotDone.because(KoreUnreachable()), now=92)

        assert isinstance(ended, Stopped)
        assert (ended.error, ended.after_row) == ("KoreUnreachable", 201)

    @pytest.mark.parametrize("error", [KoreInvalid, KoreUnauthorized])
    def test_refused(self, error: type[JobError]) -> None:
        """What is refused is not repeated; the person hears what Kore.ai said."""
        answer = NotDone.because(error()).model_copy(update={"vendor_message": "no", "reference": "r"})

        ended = after(ADDING, answer)

        assert isinstance(ended, Stopped)
        assert (ended.error, ended.vendor_message, ended.reference) == (error.__name__, "no", "r")
        assert ended.needs_operator is error.needs_operator

    def test_tries_begin_again(self) -> None:
        """Each call has its own half hour."""
        tried = ADDING.model_copy(update={"tries": 3, "tried_at": 9.0})

        sent = following(after(tried, ChunkAccepted(last_row=201)))

        assert (sent.tries, sent.tried_at, sent.chunk, sent.tally.sent) == (0, None, 1, 200)


class TestDoubt:
    """A chunk was sent, and nobody knows whether it arrived."""

    def test_arrived(self) -> None:
        """The count rose by exactly the chunk, at the second look: the next one is sent."""
        looking = following(after(ADDING, UNCLEAR))
        again = following(counted(looking, 10))
        sending = following(counted(again, 210))

        assert [(each.operation, each.pause) for each in (looking, again)] == [("count", 1), ("count", 2)]
        assert (sending.operation, sending.chunk, sending.tally.sent) == ("add", 1, 200)
        assert (sending.doubt, sending.after_row, sending.pause) == (None, 201, 0)

    @pytest.mark.parametrize("count", [None, 10, 150, 211])
    def test_nobody_knows(self, count: int | None) -> None:
        """Any other count proves nothing: the person decides."""
        looking = following(after(ADDING, UNCLEAR))
        again = following(counted(looking, count))

        waiting = counted(again, count)

        assert isinstance(waiting, Unsure)
        assert (waiting.first_row, waiting.last_row, waiting.contacts) == (2, 201, 200)
        assert (waiting.count, waiting.expected) == (count, 210)
        assert waiting.sentence == KoreTimedOut.contacts_message()

    def test_interrupted(self) -> None:
        """A chunk whose job broke may have left."""
        looking = following(after_failure(ADDING, now=0, timing=TIMING))

        assert (looking.operation, looking.doubt and looking.doubt.error) == ("count", "Interrupted")

    def test_unknown_before(self) -> None:
        """Where Kore.ai never said what the list holds, one look is enough: no count can prove anything."""
        blind = ADDING.model_copy(update={"tally": Tally()})

        looking = following(after(blind, UNCLEAR))

        assert isinstance(counted(looking, 200), Unsure)


class TestDecisions:
    """The person has decided."""

    @pytest.fixture
    def waiting(self) -> ImportCall:
        """Return the call that ended in doubt."""
        looking = following(after(ADDING, UNCLEAR))
        return following(counted(looking, 10))

    def test_check(self, waiting: ImportCall) -> None:
        """The count is looked at as often as the first time."""
        looking = decided(waiting, Decision.CHECK, timing=TIMING)
        again = following(counted(looking, 10))

        assert (looking.operation, looking.number) == ("count", waiting.number + 1)
        assert isinstance(counted(again, 10), Unsure)
        assert following(counted(again, 210)).chunk == 1

    def test_send_again(self, waiting: ImportCall) -> None:
        """The same chunk goes again; from then on no count proves anything."""
        sending = decided(waiting, Decision.SEND_AGAIN, timing=TIMING)

        assert (sending.operation, sending.chunk, sending.doubt) == ("add", 0, None)
        assert sending.expected is None

    def test_leave_out(self, waiting: ImportCall) -> None:
        """The next chunk goes, and the end says that some may not have arrived."""
        sending = decided(waiting, Decision.LEAVE_OUT, timing=TIMING)

        assert (sending.operation, sending.chunk, sending.after_row) == ("add", 1, 201)
        assert (sending.tally.sent, sending.tally.uncertain) == (0, 200)

    def test_nobody_decides(self, waiting: ImportCall) -> None:
        """A day later it ends; the rest was not sent."""
        expiring = decided(waiting, Decision.EXPIRE, timing=TIMING)
        ended = expired(expiring)

        assert (ended.error, ended.sent, ended.uncertain, ended.after_row) == (
            "DecisionTimedOut",
            0,
            200,
            201,
        )


class TestEnd:
    """All was sent."""

    def test_confirmed(self) -> None:
        """Kore.ai's own count has risen by all of them."""
        last = ADDING.model_copy(update={"chunk": 2, "tally": Tally(count_before=10, sent=400)})

        looking = following(after(last, ChunkAccepted(last_row=451)))
        ended = counted(looking, 460)

        assert ended == Added(sent=450, count_before=10, count_after=460, is_confirmed=True)

    def test_not_confirmed(self) -> None:
        """It has not, however often it is asked."""
        last = ADDING.model_copy(update={"chunk": 2, "tally": Tally(count_before=10, sent=400)})

        looking = following(after(last, ChunkAccepted(last_row=451)))
        again = following(counted(looking, 400))
        ended = after(again, NotDone.because(KoreUnreachable()))

        assert ended == Added(sent=450, count_before=10, count_after=400, is_confirmed=False)


ANSWERS = st.sampled_from(["accepted", "lost", "arrived and lost", "refused", "not accepted", "long ago"])
DECISIONS = st.sampled_from(Decision)


class Kore:
    """A Kore.ai that answers as a strategy says, and counts what was sent and what arrived."""

    def __init__(self, data: Any, importing: ContactImport, before: int | None) -> None:  # noqa: ANN401 - untyped
        self.data, self.importing, self.before = data, importing, before
        self.sent, self.arrived = Counter[int](), Counter[int]()

    def answer(self, call: ImportCall) -> ImportAnswer:
        """Answer a call."""
        if call.operation == "add":
            return self.add(call.chunk)
        if call.operation == "find":
            return Namesakes(ids=("cl-1",))
        held = sum(self.importing.size_of(chunk) * times for chunk, times in self.arrived.items())
        return Inspected(count=None if self.before is None else self.before + held)

    def add(self, chunk: int) -> ImportAnswer:
        """Add a chunk, or lose it, or refuse it."""
        outcome = self.data.draw(ANSWERS)
        if outcome == "long ago":
            return InspectionExpired()
        self.sent[chunk] += outcome not in {"refused", "not accepted"}
        self.arrived[chunk] += outcome in {"accepted", "arrived and lost"}
        if outcome == "accepted":
            return ChunkAccepted(last_row=chunk)
        refusals = {"refused": KoreInvalid(), "not accepted": KoreUnreachable()}
        return NotDone.because(refusals[outcome]) if outcome in refusals else UNCLEAR


@given(st.data(), st.integers(1, 900), st.sampled_from([None, 0, 25]))
def test_any_import(data: Any, contacts: int, before: int | None) -> None:  # noqa: ANN401 - untyped
    """Each chunk goes once, and again only if it was not accepted or the person said so. All are counted."""
    importing = THREE.model_copy(update={"rows": THREE.rows.model_copy(update={"count": contacts})})
    kore, asked = Kore(data, importing, before), Counter[int]()
    call = ImportCall(importing=importing, id="i")
    while not isinstance(found := after(call, kore.answer(call)), Added | Stopped):
        if isinstance(found, Unsure):
            decision = data.draw(DECISIONS)
            asked[call.chunk] += decision is Decision.SEND_AGAIN
            found = decided(call, decision, timing=TIMING)
        call = found
        if call.operation == "expire":
            found = expired(call)
            break

    assert all(times <= 1 + asked[chunk] for chunk, times in kore.sent.items())
    assert found.sent + found.uncertain == sum(
        importing.size_of(each) for each in kore.sent if kore.sent[each]
    )
    if isinstance(found, Added):
        assert [chunk for chunk in range(importing.chunks) if not kore.sent[chunk]] == []
        assert not found.is_confirmed or set(kore.arrived.values()) == {1}
