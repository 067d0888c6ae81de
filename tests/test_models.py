"""The nouns: how characters are counted, and what is saved comes back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.errors import InternalError, Interrupted, KoreInvalid, KoreRateLimited
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Notification, Origin, Outcome, PostBegun, Route, Submission
from bot.views.text import cut, length

OUTCOMES: TypeAdapter[Created | Failed] = TypeAdapter(Outcome)
SUBMISSION = Submission(
    key="V1",
    draft=ContactListDraft(name="Renewal Due", description="Due in July.", allow_duplicates=True),
    origin=Origin(
        user_id="U1",
        channel_id="C1",
        view_id="V1",
        response_url="https://hooks.slack.com/commands/T1/2/hush",
    ),
    attempt=2,
    submitted_at=1_764_926_571.5,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("list", 4), ("é", 1), ("e\u0301", 2), ("📞", 2), ("📞x📞", 5), ("\ud83d", 1)],
)
def test_length_counts_utf_16_units(text: str, expected: int) -> None:
    """A character counts as often as the strictest of both remote systems may count it."""
    assert length(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "longe"),
        ("abc📞", 4, "abc"),
        ("abc📞", 5, "abc📞"),
        ("📞📞📞", 5, "📞📞"),
        ("📞", 1, ""),
        ("anything", 0, ""),
    ],
)
def test_cut_keeps_whole_characters(text: str, limit: int, expected: str) -> None:
    """What does not fit is cut off in front of the character that would be split."""
    assert cut(text, limit) == expected


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80), limit=st.integers(0, 60))
def test_cut_fits_and_wastes_nothing(text: str, limit: int) -> None:
    """The cut text is the longest beginning of the text that fits."""
    kept = cut(text, limit)
    assert text.startswith(kept)
    assert length(kept) <= limit
    assert kept == text or length(text[: len(kept) + 1]) > limit


def test_a_submission_survives_the_store() -> None:
    """A submission that was saved as JSON is read back equal, secret included."""
    assert Submission.model_validate(SUBMISSION.model_dump(mode="json")) == SUBMISSION
    assert Submission.model_validate_json(SUBMISSION.model_dump_json()) == SUBMISSION


def test_a_submission_of_an_older_version_is_read() -> None:
    """Fields that came later have defaults."""
    older = SUBMISSION.model_dump(mode="json", exclude={"attempt"})
    older["origin"].pop("response_url")
    older["draft"].pop("allow_duplicates")
    read = Submission.model_validate(older)
    assert read.attempt == 1
    assert read.origin.response_url is None
    assert read.draft.allow_duplicates is False


def test_a_submission_of_a_newer_version_is_read() -> None:
    """After a roll-back, what the newer version saved is read without what only that one knew."""
    newer = SUBMISSION.model_dump(mode="json") | {"colour": "blue"}
    assert Submission.model_validate(newer) == SUBMISSION


def test_nouns_do_not_change() -> None:
    """What was submitted stays what was submitted."""
    with pytest.raises(ValidationError, match="frozen"):
        SUBMISSION.draft.name = "another"  # type: ignore[misc]


@pytest.mark.parametrize("changes", [{"atempt": 2}, {"attempt": "second"}])
def test_a_copy_is_checked(changes: dict[str, object]) -> None:
    """What a copy changes is a field of the model, and fits it: a slip is not dropped when it is saved."""
    assert SUBMISSION.replace(attempt=3).attempt == 3
    with pytest.raises(ValidationError):
        SUBMISSION.replace(**changes)


def test_the_response_url_is_not_shown() -> None:
    """A submission in a log line or a traceback does not give its response_url away."""
    assert "hush" not in repr(SUBMISSION)
    assert "hush" not in str(SUBMISSION)


@pytest.mark.parametrize(
    "outcome",
    [
        Created(
            contact_list=ContactList.model_validate({"_id": "cl-1", "createdAt": "2025-12-05T09:22:51Z"})
        ),
        Failed(error="KoreTimedOut", sentence="Look first.", maybe_created=True),
        Failed(
            error="InternalError",
            sentence="Ours.",
            maybe_created=True,
            reference="1a2b3c4d",
            posted=PostBegun(at=1.5),
        ),
        Failed(
            error="KoreRateLimited", sentence="Later.", maybe_created=False, not_accepted=True, retry_after=7
        ),
    ],
)
def test_an_outcome_survives_the_store(outcome: Created | Failed) -> None:
    """An outcome that was saved as JSON is read back as the same kind with the same content."""
    assert OUTCOMES.validate_python(outcome.model_dump(mode="json")) == outcome
    assert OUTCOMES.validate_json(outcome.model_dump_json()) == outcome


@pytest.mark.parametrize(
    ("error", "reference"),
    [(KoreInvalid("412: secret answer"), None), (Interrupted(), None), (InternalError("1a2b"), "1a2b")],
)
def test_a_failure_keeps_what_people_need(
    error: KoreInvalid | Interrupted | InternalError, reference: str | None
) -> None:
    """The sentence, the certainty and the reference are kept; the error's own text is not."""
    failed = Failed.because(error, reference=reference)
    assert failed.error == type(error).__name__
    assert failed.sentence == error.user_message()
    assert failed.maybe_created is error.maybe_created
    assert failed.not_accepted is error.not_accepted
    assert failed.reference == reference
    assert "secret answer" not in failed.model_dump_json()


def test_a_failure_keeps_when_to_come_back() -> None:
    """What the API asked for is needed later."""
    failed = Failed.because(KoreRateLimited("429", retry_after=7))
    assert (failed.not_accepted, failed.retry_after) == (True, 7)


def test_a_telling_survives_the_store() -> None:
    """Who was told already is read back, so that nobody is told twice."""
    notification = Notification(
        submission=SUBMISSION,
        outcome=Failed.because(KoreInvalid()),
        delivered={"person": Route.DEFERRED, "form": Route.FORM},
        tries=2,
    )
    assert Notification.model_validate(notification.model_dump(mode="json")) == notification
    assert Notification.model_validate_json(notification.model_dump_json()) == notification


def test_a_way_is_saved_as_its_word() -> None:
    """A recorded way reads back as the same way."""
    assert [Route(str(route)) for route in Route] == list(Route)
