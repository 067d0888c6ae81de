"""What people see of the lists that exist: within Slack's limits, and with every text as text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot import browse_messages as shown
from bot.blocks import laid_out
from bot.browse_messages import Browse, Page, Sharing
from bot.errors import BotError, KoreBusy, KoreInvalid, KoreScopeMissing, KoreUnavailable, KoreUnreachable
from bot.home_view import Ending, home_view, refused_view
from bot.kore.listing import Listing, listing_of
from bot.kore.models import ApiConfigurations, ContactList
from bot.lately import endings_of
from bot.look import Look
from bot.messages import not_allowed
from bot.models import ContactListDraft, Created, Failed, Origin, Submission, Telling
from bot.sandbox.blockkit import home_problems, live_parts, message_problems, view_problems
from bot.sandbox.render import as_text

NASTY = "<!channel> *@here* & <https://evil.example|x> https://kore.ai :tada: `~_ \u202e"
MOMENT = datetime(2025, 12, 5, 9, 22, 51, tzinfo=UTC)


def listing(name: str = "Renewals", **fields: object) -> Listing:
    """Make a row."""
    return listing_of(ContactList.model_validate({"_id": "cl-1", "name": name, **fields}))


def rows(count: int) -> tuple[Listing, ...]:
    """Make so many rows."""
    return tuple(
        Listing(id=f"cl-{number}", name=f"List {number}", words=f"list {number}") for number in range(count)
    )


def read(blocks: dict[str, object]) -> str:
    """Return it as people read it."""
    return as_text(blocks, people={}, channels={})


@pytest.mark.parametrize(
    ("text", "browse"),
    [
        ("list", Browse("list", "")),
        ("  list  ", Browse("list", "")),
        ("list  Renewal   Due", Browse("list", "Renewal Due")),
        ("list a &amp; b", Browse("list", "a & b")),
        ("show", Browse("list", "")),
        ("show cl-1", Browse("show", "cl-1")),
        ("show Renewal Due", Browse("show", "Renewal Due")),
        ("List of renewals", None),
        ("Show attendees", None),
        ("listing", None),
        ("Renewals list", None),
        ("", None),
    ],
)
def test_the_commands_own_words_are_small(text: str, browse: Browse | None) -> None:
    """Anything else is the name of a new list."""
    assert shown.read_browsing(text) == browse


@given(
    some.lists(some.text(max_size=400), max_size=25),
    some.text(max_size=400),
    some.integers(-3, 30),
)
@settings(max_examples=60, deadline=None)
def test_a_page_is_taken_by_slack_and_holds_nothing_alive(names: list[str], words: str, number: int) -> None:
    """Whatever the lists are called and whatever was searched for."""
    found = tuple(
        Listing(id=f"cl-{index}{name}", name=name, status=name, records=1, in_use=True, changed_at=MOMENT)
        for index, name in enumerate(names)
        if not any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in name)
    )
    words = "".join(sign for sign in words if not "\ud800" <= sign <= "\udfff" and sign != "\0")
    message = shown.list_message(Look(found, 3), Page(words=words, number=number))
    assert message_problems(message) == []
    alive = [part for part in live_parts(message) if not part.startswith("format:`/contactlist")]
    assert [part for part in alive if not part.startswith(("date:", "format:*list*", "format:*show*"))] == []
    view = home_view(Look(found, 3), Page(words=words[:100], number=number), [], user_id="U1")
    assert home_problems(view) == []


def test_nasty_texts_stay_texts() -> None:
    """In rows, details, messages, choices, warnings."""
    nasty = ContactList(
        id=NASTY,
        name=NASTY,
        description=NASTY,
        status=NASTY,
        created_by=NASTY,
        mapping={NASTY: NASTY},
        campaign_in_use=[NASTY],
        api_configurations=ApiConfigurations(data_sync_mode=NASTY),
    )
    row = listing_of(nasty)
    sharing = Sharing(list_id=NASTY)
    for view in (
        shown.details_view(nasty, Look(nasty), sharing),
        shown.choices_view([row, row], sharing),
        shown.no_such_view(NASTY),
        shown.id_view(NASTY),
        shown.post_form(sharing),
    ):
        assert view_problems(view) == []
        assert [part for part in live_parts(view) if not part.startswith("format:`/contact")] == []
    message = shown.shared_message("U1", nasty)
    assert message_problems(message) == []
    assert [part for part in live_parts(message) if not part.startswith("user:U1")] == []
    assert len(shown.twin_warning(row)) <= 300


def test_a_page_behind_the_end_is_the_last() -> None:
    """Lists may have been deleted since."""
    text = str(shown.list_message(Look(rows(12)), Page(number=9))["text"])
    assert "11 to 12 of 12" in text


def test_a_menu_that_slack_would_not_take_is_left_out() -> None:
    """An id may be of any length."""
    row = Listing(id="x" * 200, name="Renewals")
    (_, section, *_rest) = laid_out(shown.page_blocks(Look((row,)), Page()))
    assert "accessory" not in section


def test_a_row_shows_what_is_there() -> None:
    """Only the id is sure."""
    bare = read(shown.list_message(Look((Listing(id="cl-1"),)), Page()))
    assert "(no name)\nID: cl-1" in bare
    full = listing(status="Ready", totalRecordCount=0, isListInUse=False, updatedAt=MOMENT.isoformat())
    assert "Ready · 0 records · not in use" in read(shown.list_message(Look((full,)), Page()))


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (KoreBusy(""), "busy or slow"),
        (KoreUnreachable(""), "cannot be reached"),
        (KoreScopeMissing(""), "credentials or scope"),
        (KoreInvalid(""), "may have been deleted"),
        (KoreUnavailable(""), "did not answer as it should"),
        (None, "did not answer as it should"),
    ],
)
def test_trouble_says_what_to_do(trouble: BotError | None, said: str) -> None:
    """With what was read before, if anything was."""
    nothing: Look[tuple[Listing, ...]] = Look(None, trouble=trouble)
    assert said in str(shown.list_message(nothing, Page())["text"])
    assert said in read(shown.trouble_view(nothing))
    home = home_view(nothing, Page(), None, user_id="U1")
    assert home_problems(home) == []
    assert "The bot's store did not answer" in read(home)
    if trouble:
        assert shown.state_of(Look(rows(1), 400, trouble)).startswith("Read from Kore.ai 7 min ago.")


def test_many_of_one_name_are_not_all_offered() -> None:
    """A hundred blocks are the most that a modal holds."""
    view = shown.choices_view(rows(150), Sharing())
    assert view_problems(view) == []
    assert "There are 130 more" in read(view)


def test_a_list_without_fields_is_shown() -> None:
    """Nothing is made up for what Kore.ai did not say."""
    bare = ContactList(id="cl-1")
    view = shown.details_view(bare, Look(bare), Sharing())
    assert view_problems(view) == []
    assert read(view).startswith("Contact list\n============\n(no name)\nID: cl-1\n[ Post to channel ]")
    none = ContactList(id="cl-1", campaign_in_use=[], is_active=False, updated_at=MOMENT)
    text = read(shown.details_view(none, Look(None), Sharing()))
    assert "Campaigns that use it: none" in text
    assert "Active: no" in text
    assert message_problems(shown.shared_message("U1", bare)) == []


def submission(key: str, *, user_id: str = "U1", at: float = 1.0) -> Submission:
    """Make a submission."""
    return Submission(
        key=key,
        draft=ContactListDraft(name="N" * 48, description="D" * 256),
        origin=Origin(user_id=user_id, channel_id="C1", view_id=key),
        submitted_at=at,
    )


FAILED = Failed(error="KoreInvalid", sentence="Refused, *really*.", maybe_created=False)
UNSURE = Failed(error="Unconfirmed", sentence="May exist.", maybe_created=True, posted_at=1.0)
CREATED = Created(contact_list=ContactList(id="cl-1"))


def test_a_full_home_is_within_slacks_limits() -> None:
    """5,000 lists and all kinds of endings; the long texts are cut."""
    endings = [
        Ending(submission(str(number)), outcome) for number in range(9) for outcome in (FAILED, UNSURE)
    ]
    view = home_view(Look(rows(5000)), Page(words="list"), endings, user_id="U1")
    assert home_problems(view) == []
    assert len(view["blocks"]) < 40
    assert "❌" in read(view)
    assert "⚠️" in read(view)
    others = home_view(Look(rows(1)), Page(), endings, user_id="U2")
    assert "Nothing yet." in read(others)


def test_a_home_tells_how_each_ended() -> None:
    """Under way, created; of others only what was created."""
    endings = [Ending(submission("a")), Ending(submission("b", user_id="U2"), CREATED)]
    text = read(home_view(Look(rows(0)), Page(), endings, user_id="U1"))
    assert "⏳" in text
    assert "Under way." in text
    assert "ID: cl-1" in text


def test_a_refused_home_says_whom_to_ask() -> None:
    """Nothing else is in it."""
    assert "Ask whoever runs this bot" in read(refused_view(not_allowed("whoever runs this bot")))


def test_each_submission_is_told_once() -> None:
    """As created if it ever was, else as under way, else as it ended last."""
    first, second, third = (submission(key, at=at) for key, at in (("1", 1.0), ("2", 2.0), ("3", 3.0)))
    told = [
        Telling(submission=third, outcome=UNSURE),
        Telling(submission=second, outcome=FAILED),
        Telling(submission=first, outcome=FAILED),
        Telling(submission=second, outcome=UNSURE),
        Telling(submission=first, outcome=CREATED),
    ]
    assert endings_of([third, first], told) == (
        Ending(third),
        Ending(second, FAILED),
        Ending(first, CREATED),
    )
