"""The warning of a taken name: within Slack's limits, and harmless, whatever the other list is called."""

from datetime import UTC, datetime

from bot.kore.listing import Listing
from bot.kore.models import ContactListDraft
from bot.models import Origin, Submission
from bot.views.state import FormContext
from bot.views.taken_name import MAX_WARNED, TakenName, warned_form
from sandbox.slack.blockkit import view_problems
from sandbox.slack.live import live_parts
from sandbox.slack.render import as_text

SUBMISSION = Submission(
    key="V1",
    draft=ContactListDraft(name="Renewals", description="x"),
    origin=Origin(user_id="U1", channel_id="C1", view_id="V1"),
    submitted_at=1.0,
)


def read(listing: Listing, *, made_by: str | None = None) -> str:
    """Return the form with its warning as people read it."""
    view = warned_form(TakenName(SUBMISSION, listing, made_by), FormContext())
    assert view_problems(view) == []
    return as_text(view, people={"U2": "Jonas"}, channels={})


def test_a_long_id() -> None:
    """What no button can carry is not offered; where nothing else is known, the id tells it apart."""
    shown = read(Listing(id="x" * 3000, name="Renewals"))
    assert "[ Show ]" not in shown
    assert f"(ID {'x' * 100})" in shown


def test_all_that_is_known() -> None:
    """In this order: contacts, time, person."""
    row = Listing(id="cl-1", name="Renewals", records=1204, changed_at=datetime(2025, 7, 1, tzinfo=UTC))
    shown = read(row, made_by="U2")
    assert "Renewals (1,204 contacts, updated 1 Jul 2025, 00:00 UTC, created by @Jonas)" in shown
    assert "[ Show ]" in shown


def test_a_live_name() -> None:
    """It pings nobody and formats nothing."""
    view = warned_form(TakenName(SUBMISSION, Listing(id="cl-1", name="<!here> *x* <@U1>")), FormContext())
    assert [part for part in live_parts(view) if "here" in part or "U1" in part] == []


def test_names_are_remembered() -> None:
    """The newest ten: what the form carries has a limit."""
    context = FormContext(warned=tuple(str(number) for number in range(MAX_WARNED)))
    view = warned_form(TakenName(SUBMISSION, Listing(id="cl-1", name="Renewals")), context)
    warned = FormContext.read(view["private_metadata"]).warned
    assert len(warned) == MAX_WARNED
    assert warned[-1] == "renewals"
