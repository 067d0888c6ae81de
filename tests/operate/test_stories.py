"""The stories of jobs that a bot leaves seldom: of other kinds, broken, or very many."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot.jobs
from bot.errors import Cancelled, KoreError, KoreInvalid, KoreRateLimited, Unconfirmed
from bot.jobs import contract
from bot.jobs.contract import CALL_KORE, NOTIFY
from bot.jobs.resolution import Call
from bot.jobs.stored import AUXILIARY, KINDS, JobPayload, Step, StoredJob
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Notification, Origin, Outcome, Route, Submission
from bot.operate.jobs.events import events
from bot.operate.jobs.printing import MAX_SHOWN, table, written
from bot.operate.jobs.stories import State, Story, needs_attention, stories, was_refused

SUBMISSION = Submission(
    key="V1",
    draft=ContactListDraft(name="Bell \x1b[31m\u202ered\nx", description="d"),
    origin=Origin(user_id="U1", channel_id="C1", view_id="V1", response_url="https://secret"),
    reference="ab12",
    submitted_at=100,
)
ALIKE = ContactList(id="cl-9")


def job(name: str, payload: JobPayload | None, **changes: Any) -> StoredJob:  # noqa: ANN401 - any job
    """Return a job that has just been saved."""
    plain = StoredJob(id="V1", name=name, status="ENQUEUED", payload=payload, output=None, made_at=100.5)
    return replace(plain, **changes)


def call(operation: str = "create", number: int = 0, **changes: Any) -> StoredJob:  # noqa: ANN401 - any job
    """Return a call to Kore.ai."""
    made = Call(submission=SUBMISSION, operation=operation, number=number)
    return job(CALL_KORE, made, **{"id": made.job_id, **changes})


def notification(outcome: Outcome, **changes: Any) -> StoredJob:  # noqa: ANN401 - any job
    """Return a job that notifies."""
    payload = Notification(submission=SUBMISSION, outcome=outcome)
    notified = {**payload.model_dump(mode="json"), "delivered": {"person": Route.FORM}}
    output = notified if changes.get("status") == "SUCCESS" else None
    return job(NOTIFY, payload, **{"id": "V1/failed", "output": output, **changes})


def only(*jobs: StoredJob) -> Story:
    """Return the one story of some jobs."""
    (story,) = stories(jobs)
    return story


def attended(*jobs: StoredJob) -> list[str]:
    """Return the ids of the requests that `jobs list` shows of these jobs."""
    return [each.job for each in needs_attention(jobs)]


def whats(story: Story) -> list[str]:
    """Return the events, without the first one."""
    return [each.what for each in events(story)][1:]


@pytest.mark.parametrize(
    ("jobs", "state"),
    [
        ([call()], State.WAITING),
        ([call(status="DELAYED", due_at=200)], State.WAITING),
        ([call(status="PENDING")], State.RUNNING),
        ([call(status="SUCCESS"), call("list", 1)], State.LOOKING_UP),
        ([call(status="SUCCESS")], State.ENDED),
        ([call(status="ERROR")], State.BROKEN),
        ([call(status="MAX_RECOVERY_ATTEMPTS_EXCEEDED")], State.BROKEN),
        ([call(status="CANCELLED")], State.CANCELLED),
        ([notification(Failed.because(KoreInvalid()))], State.NOTIFYING),
        ([notification(Failed.because(KoreInvalid()), status="SUCCESS")], State.FAILED),
        ([notification(Failed.because(Unconfirmed()), status="SUCCESS")], State.UNCERTAIN),
        ([notification(Failed.because(Cancelled()), status="SUCCESS")], State.CANCELLED),
        (
            [
                notification(Created(contact_list=ALIKE), status="SUCCESS"),
                notification(Failed.because(Unconfirmed()), status="SUCCESS"),
            ],
            State.CREATED,
        ),
        ([job("anything", None)], State.WAITING),
        ([job("anything", None, status="PENDING")], State.RUNNING),
        ([job("anything", None, status="SUCCESS")], State.ENDED),
        ([job("anything", None, status="ERROR")], State.BROKEN),
    ],
)
def test_states(jobs: list[StoredJob], state: State) -> None:
    """Each set of jobs stands for one state of a request."""
    assert only(*jobs).state is state


def test_other_version() -> None:
    """A job that can't be read is a story by itself, with its id, the name of its kind and its status."""
    story = only(job("anything", None, id="x-1"))
    said = "Job x-1 (anything): ENQUEUED. Another version saved what it did."
    assert [each.what for each in events(story)] == ["Saved.", said]
    assert table([story]).splitlines()[1].split() == [
        "x-1",
        "waiting",
        "1970-01-01T00:01:40Z",
        "(anything)",
        "-",
        "-",
    ]


def test_sent_again() -> None:
    """What failed and was sent again is left out, and so is what is well."""
    again = SUBMISSION.model_copy(update={"key": "V2", "retry_of": "V1", "submitted_at": 300})
    failed = notification(Failed.because(KoreInvalid()), status="SUCCESS")
    following = job(CALL_KORE, Call(submission=again), id="V2", made_at=300)
    assert attended(failed, following) == ["V2"]
    told = events(stories([failed, following])[0])
    assert told[0].what == "Submitted by U1, for C1, as another try of job V1."
    assert attended(failed) == ["V1"]


def test_well() -> None:
    """What ended well is left out, unless somebody is still to hear of it."""
    done = notification(Created(contact_list=ALIKE), status="SUCCESS")
    assert attended(call(status="SUCCESS"), done) == []
    assert attended(done, replace(done, id="V1/+", status="DELAYED", output=None)) == ["V1"]
    assert attended(notification(Failed.because(Unconfirmed()), status="SUCCESS"), done) == []
    assert attended(job("anything", None, status="ERROR")) == ["V1"]
    assert attended(job("anything", None, status="SUCCESS")) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (call(), "Create: has waited in the queue since then."),
        (call(status="PENDING", process="vm-1"), "Create: started by vm-1, nothing sent yet."),
        (call(status="ERROR", ended_at=120), "The job broke. The bot recovers by itself."),
        (call(status="CANCELLED"), "Cancelled."),
        (
            notification(Failed.because(Unconfirmed()).model_copy(update={"alike": ALIKE})),
            "Ended: uncertain: cl-9 may be the one, and the person decides",
        ),
    ],
)
def test_events(found: StoredJob, words: str) -> None:
    """What happened to a job is said in words."""
    assert whats(only(found))[-1] == words


def answered(operation: str, answer: dict[str, Any]) -> str:
    """Return what is said of an answer."""
    claim = Step(name="claim_call", output={"at": 101, "by": "x", "on": "vm"}, ended_at=101)
    ask = Step(name="ask_kore", output={"answer": answer, "at": 103.5}, ended_at=104)
    return whats(only(call(operation, status="SUCCESS", steps=(claim, ask))))[0]


def test_answers() -> None:
    """Lookups say what they found."""
    listed = {"kind": "listed", "rows": [{"_id": "cl-9"}], "is_complete": False}
    assert answered("list", listed) == "Lookup: 1 of that name found, and not all could be read."
    found = {"kind": "found", "contact_list": {"_id": "cl-9"}, "is_anothers": True}
    assert answered("get", found) == "Lookup: read cl-9, which belongs to another request."
    refused = Failed.because(KoreInvalid("x", vendor_message="No.")).model_dump(mode="json")
    said = "Create: KoreInvalid after 2.5 s. Nothing was created. Kore.ai said: “No.”"
    assert answered("create", refused) == said


def test_answer_of_another_version() -> None:
    """An answer that can't be read is no traceback."""
    said = answered("create", {"kind": "from the future"})
    assert said == "Job V1 (call_kore): SUCCESS. Another version saved what it did."


def test_times_go_on() -> None:
    """SQLite notes whole seconds: an event is never told to be before the one before it."""
    jobs = [call(made_at=99, ended_at=99, status="SUCCESS"), call("list", 1, made_at=99)]
    assert [each.at for each in events(only(*jobs))] == [100, 100]


def test_what_lies_ahead() -> None:
    """What waits is told last, and dates nothing that has happened since in the future."""
    waits = notification(Failed.because(Unconfirmed()), status="DELAYED", due_at=9_000)
    assert isinstance(waits.payload, Notification)
    waits = replace(waits, payload=waits.payload.model_copy(update={"tries": 1}))
    lookup = call("list", 1, made_at=200, status="PENDING", started_at=201)
    assert [each.at for each in events(only(waits, lookup))] == [100, 201, 9_000]


def test_harmless() -> None:
    """What people typed steers no terminal, and makes no line of its own."""
    shown = written(only(call())) + table([only(call())])
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "Bell  [31mred x: waiting\n" in shown


def test_many() -> None:
    """A long list is cut, and says so."""
    found = [replace(only(call()), code=str(each)) for each in range(MAX_SHOWN + 2)]
    assert "… and 2 more; --json has all." in table(found).splitlines()


def test_tried_again() -> None:
    """The end is told once, however often Slack had to be asked."""
    done = notification(Failed.because(KoreInvalid()), status="SUCCESS")
    assert isinstance(done.payload, Notification)
    again = replace(done, payload=done.payload.model_copy(update={"tries": 1}))
    assert whats(only(again)) == ["The person: shown in the form."]


def test_last_delivery() -> None:
    """The person is told of last, by what the job returned."""
    done = notification(Failed.because(KoreInvalid()), status="SUCCESS")
    output = {**done.output, "delivered": {"person": Route.NOWHERE}}
    assert whats(only(replace(done, output=output)))[-1] == "The person: not delivered: no route worked."


@pytest.mark.parametrize(("error", "refused"), [(KoreRateLimited, True), (KoreInvalid, False)])
def test_was_refused(error: type[KoreError], *, refused: bool) -> None:
    """Only what Kore.ai did not accept is sent again by the next run of its job."""
    answer = Failed.because(error()).model_dump(mode="json")
    ask = Step(name="ask_kore", output={"answer": answer}, ended_at=1)
    assert was_refused(call(status="PENDING", steps=(ask,))) is refused
    assert not was_refused(call())


def test_every_kind() -> None:
    """Each kind of job is told in words, or is none that a person has asked for."""
    sources = (path.read_text() for path in Path(bot.jobs.__file__).parent.glob("*.py"))
    names = {name for text in sources for name in re.findall(r"@DBOS\.workflow\(name=(\w+)\)", text)}
    assert {getattr(contract, name) for name in names} == {*KINDS, *AUXILIARY}
