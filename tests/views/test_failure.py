"""What a person reads and can press when there is no list, or perhaps one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import (
    InternalError,
    JobError,
    KoreInvalid,
    KoreTimedOut,
    KoreUnauthorized,
    Unconfirmed,
)
from bot.models import Failed, PostBegun, Route, Submission
from bot.slack.payloads import ViewSubmission
from bot.views import progress
from bot.views.form import contact_list_form, read_submission
from bot.views.progress import CHECK_AGAIN, TRY_AGAIN
from bot.views.state import FormContext, FormValues, LookupRequest
from sandbox.slack.blockkit import message_problems, view_problems
from tests.views.samples import (
    ANY,
    APP,
    FILLED,
    button,
    buttons,
    ended,
    failures,
    fallback,
    read,
    submission,
)


class TestTrouble:
    """What a person reads when there is no list, or perhaps one."""

    @pytest.mark.parametrize("kind", failures(), ids=lambda kind: kind.__name__)
    def test_it_says_what_happened_and_to_which_list(self, kind: type[JobError]) -> None:
        """Form, message and fallback name the list and carry the whole sentence."""
        failed = Failed.because(kind("500: hush")).replace(reference=None)
        message = progress.failure(submission(), failed, APP)
        view = progress.result_view(ended(submission(), failed, Route.NOWHERE), APP)
        for told in (read(message), fallback(message), read(view)):
            assert "Renewal Due 1- July 2025" in told
            assert kind.user_message().replace("*", "") in told.replace("*", "")
            assert "hush" not in told
            assert "Reference" not in told

    @pytest.mark.parametrize(
        ("kind", "title", "sign"),
        [(KoreInvalid, "Couldn't create list", "❌"), (KoreTimedOut, "Couldn't confirm", "⚠️")],
    )
    def test_uncertain_is_not_failed(self, kind: type[JobError], title: str, sign: str) -> None:
        """Somebody who only reads the headline knows which of both it is."""
        failed = Failed.because(kind())
        view = progress.result_view(ended(submission(), failed, Route.NOWHERE), APP)
        assert read(view).startswith(title)
        assert sign in read(view)
        assert sign in read(progress.failure(submission(), failed, APP))

    def test_a_fault_of_ours_has_a_reference(self) -> None:
        """The reference to the log is told wherever the sentence asks for it."""
        failed = Failed.because(InternalError("1a2b3c4d"), reference="1a2b3c4d")
        message = progress.failure(submission(), failed, APP)
        view = progress.result_view(ended(submission(), failed, Route.NOWHERE), APP)
        asked = "send the help desk this code: 1a2b3c4d"
        assert all(asked in told for told in (read(message), fallback(message), read(view)))

    def test_a_list_that_may_exist_is_looked_for_first(self) -> None:
        """*Check again* comes first and knows what to look for; creating another one is called what it is."""
        failed = Failed.because(Unconfirmed()).replace(posted=PostBegun(at=1_764_926_571.25))
        check, again = buttons(progress.failure(submission(), failed, APP))
        assert (check["text"]["text"], check["action_id"]) == ("Check again", CHECK_AGAIN)
        assert LookupRequest.model_validate_json(check["value"]) == LookupRequest(
            key="V1", posted=PostBegun(at=1_764_926_571.25)
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
        pressed = button(progress.failure(typed, Failed.because(KoreInvalid()), APP))
        assert pressed["action_id"] == TRY_AGAIN
        assert FormValues.model_validate_json(pressed["value"]) == FormValues(
            name=name,
            description=description,
            allow_duplicates=duplicates,
            channel_id="C0CAMPAIGN",
            attempt=attempt + 1,
            retry_of=typed.key,
            user_id="U0LEAD",
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
        message = progress.failure(longest, failed, APP)
        end = progress.result_view(ended(longest, failed, Route.NOWHERE), APP)
        assert len(button(message)["value"]) <= 2000
        assert message_problems(message) == []
        assert view_problems(end) == []
        again = FormValues.model_validate_json(button(end)["value"])
        assert (again.name, again.description) == (longest.draft.name, longest.draft.description)
        assert view_problems(contact_list_form(again, FormContext())) == []

    def test_a_failure_has_the_reference_of_its_submission(self) -> None:
        """A person who hears of trouble can name it to the operator."""
        mine = submission("n").model_copy(update={"reference": "5e6f7a8b"})
        failed = Failed.because(KoreInvalid("answer"))
        assert "If it keeps happening, send the help desk this code: 5e6f7a8b" in str(
            progress.failure(mine, failed, APP)["text"]
        )

    def test_what_only_the_operator_can_mend_is_told_to_them_at_once(self) -> None:
        """It would happen again and again, so nobody is asked to wait for that."""
        mine = submission("n").model_copy(update={"reference": "5e6f7a8b"})
        told = str(progress.failure(mine, Failed.because(KoreUnauthorized("answer")), APP)["text"])
        assert told.endswith("Ask the help desk to fix the setup, and send them this code: 5e6f7a8b.")
