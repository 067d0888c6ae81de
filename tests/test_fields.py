"""A field of the form is one thing: asked for, read back, kept for another try, sent, and recognised."""

import json
from datetime import UTC, datetime

import pytest

from bot.errors import KoreInvalid
from bot.jobs.resolution import Call, Verdict, verdict
from bot.kore.models import ContactList, ContactListDraft
from bot.kore.protocol import Account, create_request
from bot.kore.recognition import is_as_sent
from bot.models import Failed, PostBegun, Submission
from bot.slack.payloads import ViewSubmission
from bot.views.form import contact_list_form, read_submission
from bot.views.progress import trouble_buttons
from bot.views.state import FormContext, FormValues
from sandbox.kore.lists import ContactLists
from sandbox.slack.tickets import Trigger
from sandbox.slack.views import open_view, view_answer
from sandbox.slack.workspace import Workspace

PLAIN = ContactListDraft(name="Renewals", description="Due in July.")
POSTED = datetime(2025, 12, 5, 9, 22, 51, tzinfo=UTC)
ACCOUNT = Account(stream_id="st-1", account_id="0123456789abcdef01234567", iid="st-1")

each_field = pytest.mark.parametrize("field", ContactListDraft.model_fields)


def changed(field: str) -> ContactListDraft:
    """Return a draft that is another one in this field alone."""
    value = getattr(PLAIN, field)
    other = "Something else" if isinstance(value, str) else not value
    return PLAIN.model_copy(update={field: other})


def submit(values: FormValues) -> Submission:
    """Open the form with these values, and press its button."""
    form = contact_list_form(values, FormContext(channel_id="C0CAMPAIGN"))
    view = open_view(Workspace(), Trigger("U0LEAD", "C0CAMPAIGN", None, expires=0), form)
    payload = {"type": "view_submission", "user": {"id": "U0LEAD"}, "view": view_answer(view)}
    read = read_submission(ViewSubmission.model_validate(payload), now=POSTED.timestamp())
    assert isinstance(read, Submission)
    return read


def sent(draft: ContactListDraft) -> dict[str, object]:
    """Return what Kore.ai gets."""
    read = json.loads(create_request(draft, account=ACCOUNT).body or b"{}")
    assert isinstance(read, dict)
    return read


@each_field
def test_told_back(field: str) -> None:
    """What Kore.ai tells of a list has it too: without that no list could be recognised by it."""
    assert field in ContactList.model_fields, f"add {field} to ContactList first"


@each_field
def test_asked_and_read(field: str) -> None:
    """The form is filled with it, and a submission of the form brings it back."""
    draft = changed(field)

    assert submit(FormValues(**draft.model_dump())).draft == draft


@each_field
def test_saved(field: str) -> None:
    """The store gives back what was saved."""
    submission = submit(FormValues(**changed(field).model_dump()))

    assert Submission.model_validate_json(submission.model_dump_json()) == submission


@each_field
def test_tried_again(field: str) -> None:
    """*Try again* brings it back into the form."""
    first = submit(FormValues(**PLAIN.model_dump())).model_copy(update={"draft": changed(field)})
    (again,) = trouble_buttons(first, Failed.because(KoreInvalid()))

    assert submit(FormValues.read(again["value"])).draft == changed(field)


@each_field
def test_sent(field: str) -> None:
    """Kore.ai gets it under the name by which it tells it."""
    alias = ContactList.model_fields[field].alias

    assert sent(changed(field)) == sent(PLAIN) | {alias: getattr(changed(field), field)}


@each_field
def test_kept(field: str) -> None:
    """The local Kore.ai keeps it, so that its list is recognised."""
    answer = ContactLists(owner="the bot", clock=POSTED.timestamp).create(sent(changed(field)))

    assert isinstance(answer.body, dict)
    assert is_as_sent(ContactList.model_validate(answer.body["data"]), changed(field))


@each_field
def test_recognised(field: str) -> None:
    """A list that is another one in this field alone is not ours for certain."""
    call = Call(submission=submit(FormValues(**PLAIN.model_dump())))
    now = POSTED.timestamp()
    call = call.replace(posted=PostBegun(at=now, at_theirs=now))

    def seen_as(draft: ContactListDraft) -> Verdict:
        told = {"_id": "cl-1", "createdAt": POSTED.isoformat(), **sent(draft)}
        return verdict(ContactList.model_validate(told), call, None, now=now)

    assert seen_as(PLAIN) is Verdict.OURS
    assert seen_as(changed(field)) is Verdict.ALIKE
