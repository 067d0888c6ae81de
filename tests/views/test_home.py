"""The App Home: within Slack's limits, and with each submission as it ended."""

from bot.errors import KoreUnauthorized
from bot.jobs.recent import recent_submissions
from bot.kore.listing import Listing
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Notification, Origin, PostBegun, Snapshot, Submission
from bot.views.home import RecentSubmission, home_view, refused_view
from bot.views.sentences import not_allowed
from bot.views.state import Page
from sandbox.slack.blockkit import home_problems
from sandbox.slack.render import as_text
from tests.views.samples import APP

FAILED = Failed(error="KoreInvalid", sentence="Refused, *really*.", maybe_created=False)
UNSURE = Failed(error="Unconfirmed", sentence="May exist.", maybe_created=True, posted=PostBegun(at=1.0))
CREATED = Created(contact_list=ContactList(id="cl-1"))


def rows(count: int) -> tuple[Listing, ...]:
    """Make so many rows."""
    return tuple(
        Listing(id=f"cl-{number}", name=f"List {number}", words=f"list {number}") for number in range(count)
    )


def read(blocks: dict[str, object]) -> str:
    """Return it as people read it."""
    return as_text(blocks, people={}, channels={})


def submission(key: str, *, user_id: str = "U1", at: float = 1.0) -> Submission:
    """Make a submission."""
    return Submission(
        key=key,
        draft=ContactListDraft(name="N" * 48, description="D" * 256),
        origin=Origin(user_id=user_id, channel_id="C1", view_id=key),
        submitted_at=at,
    )


def test_a_full_home_is_within_slacks_limits() -> None:
    """5,000 lists and all kinds of endings; the long texts are cut."""
    endings = [
        RecentSubmission(submission(str(number)), outcome)
        for number in range(9)
        for outcome in (FAILED, UNSURE)
    ]
    view = home_view(Snapshot(rows(5000)), Page(words="list"), endings, user_id="U1", app=APP)
    assert home_problems(view) == []
    assert len(view["blocks"]) < 70
    assert "❌" in read(view)
    assert "⚠️" in read(view)
    others = home_view(Snapshot(rows(1)), Page(), endings, user_id="U2", app=APP)
    assert "Nothing yet." in read(others)


def test_trouble_comes_first() -> None:
    """What went wrong is above what went well; what has no room is counted."""
    endings = [
        RecentSubmission(submission("fine"), CREATED),
        *(RecentSubmission(submission(str(number)), FAILED) for number in range(7)),
    ]
    text = read(home_view(Snapshot(rows(1)), Page(), endings, user_id="U1", app=APP))
    assert text.count("❌") == text.count("[ Dismiss ]") == 5
    assert "2 more of yours went wrong. Dismiss some of these to see them." in text
    assert text.rindex("❌") < text.index("✅")


def test_one_main_button() -> None:
    """Whatever went wrong, the one thing to do in the Home tab is to create a list."""
    alike = UNSURE.model_copy(update={"alike": ContactList(id="cl-2")})
    endings = [
        RecentSubmission(submission(str(number)), outcome) for number, outcome in enumerate((UNSURE, alike))
    ]
    view = home_view(Snapshot(rows(1)), Page(), endings, user_id="U1", app=APP)
    assert str(view).count("'style': 'primary'") == 1


def test_a_first_home_welcomes() -> None:
    """Also where there is much to see already."""
    endings = [RecentSubmission(submission("fine"), CREATED)]
    first = home_view(Snapshot(rows(1)), Page(), endings, user_id="U1", app=APP, is_first=True)
    later = home_view(Snapshot(rows(1)), Page(), endings, user_id="U1", app=APP)
    assert read(first).startswith("Welcome!")
    assert "Welcome!" not in read(later)


def test_a_home_tells_how_each_ended() -> None:
    """Under way, created; of others only what was created."""
    endings = [RecentSubmission(submission("a")), RecentSubmission(submission("b", user_id="U2"), CREATED)]
    text = read(home_view(Snapshot(rows(0)), Page(), endings, user_id="U1", app=APP))
    assert "⏳" in text
    assert "✅" in text


def test_home_names_whom_to_tell() -> None:
    """Of what only an admin can mend: nothing to press, and the code to send them."""
    mine = submission("a").model_copy(update={"reference": "1a2b3c4d"})
    view = home_view(
        Snapshot(rows(0)),
        Page(),
        [RecentSubmission(mine, Failed.because(KoreUnauthorized()))],
        user_id="U1",
        app=APP,
    )
    assert "Ask the help desk to fix the setup, and send them this code: 1a2b3c4d." in read(view)
    assert "Try again" not in read(view)


def test_a_refused_home_says_whom_to_ask() -> None:
    """That, and what this is, and nothing to press."""
    view = refused_view(not_allowed("the help desk"))
    assert "Ask the help desk for access" in read(view)
    assert "voice campaigns in Kore.ai" in read(view)
    assert "button" not in str(view)


def test_what_was_sent_again_is_dealt_with() -> None:
    """Its buttons would make the same list once more."""
    first, other = submission("1"), submission("2", at=2.0)
    again = submission("3", at=3.0).model_copy(update={"retry_of": "1"})
    told = [Notification(submission=other, outcome=FAILED), Notification(submission=first, outcome=UNSURE)]
    assert recent_submissions([RecentSubmission(again)], told) == (
        RecentSubmission(again),
        RecentSubmission(other, FAILED),
    )
    late = [Notification(submission=first, outcome=CREATED), *told]
    assert RecentSubmission(first, CREATED) in recent_submissions([RecentSubmission(again)], late), (
        "it did exist after all"
    )


def test_each_submission_is_told_once() -> None:
    """As created if it ever was, else as under way, else as it ended last."""
    first, second, third = (submission(key, at=at) for key, at in (("1", 1.0), ("2", 2.0), ("3", 3.0)))
    told = [
        Notification(submission=third, outcome=UNSURE),
        Notification(submission=second, outcome=FAILED),
        Notification(submission=first, outcome=FAILED),
        Notification(submission=second, outcome=UNSURE),
        Notification(submission=first, outcome=CREATED),
    ]
    assert recent_submissions([RecentSubmission(third), RecentSubmission(first)], told) == (
        RecentSubmission(third),
        RecentSubmission(second, FAILED),
        RecentSubmission(first, CREATED),
    )
