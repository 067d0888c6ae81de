"""Pages of the lists that exist: within Slack's limits, and with every text as text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.errors import (
    BotError,
    KoreBlocked,
    KoreInvalid,
    KoreNotFound,
    KoreScopeMissing,
    KoreUnavailable,
    KoreUnreachable,
    ListsIncomplete,
    NoSlotInTime,
)
from bot.kore.listing import Listing, listing_of
from bot.kore.models import ContactList
from bot.models import Snapshot
from bot.views.details import details_view, trouble_view, unknown_view
from bot.views.home import home_view
from bot.views.rows import found_in, list_message, page_blocks, state_of
from bot.views.state import Page, ShareContext
from sandbox.slack.blockkit import home_problems, message_problems
from sandbox.slack.live import live_parts
from sandbox.slack.render import as_text
from tests.views.samples import APP, HOSTILE

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
    message = list_message(Snapshot(found, 3), Page(words=words, number=number), APP)
    assert message_problems(message) == []
    alive = [part for part in live_parts(message) if not part.startswith("format:`/contactlist")]
    assert [part for part in alive if not part.startswith(("date:", "format:*", "format:`"))] == []
    view = home_view(Snapshot(found, 3), Page(words=words[:100], number=number), [], user_id="U1", app=APP)
    assert home_problems(view) == []


@pytest.mark.parametrize("words", [*HOSTILE, "<!channel>", "@here *b*", "\u202eabc"])
def test_words_stay_words(words: str) -> None:
    """What was searched for is text in the fallback too, and turns nothing around."""
    found = (listing(f"Renewals {words}"),)

    for snapshot in (Snapshot(found), Snapshot(()), Snapshot(found[:0])):
        message = list_message(snapshot, Page(words=words), APP)

        assert [part for part in live_parts(message) if not part.startswith(("date:", "format:"))] == []
        assert "\u202e" not in str(message)


def test_ids_are_searched_for_long_words_alone() -> None:
    """Names have numbers in them, and so have ids: "winback 3" is not any Winback with a 3 in its id."""
    found = (
        listing_of(ContactList(id="cl-3f3a405c-0003", name="Winback 1")),
        listing_of(ContactList(id="cl-67a405c1-0001", name="Winback 3")),
    )
    assert [row.name for row in found_in(found, "winback 3")] == ["Winback 3"]
    assert [row.name for row in found_in(found, "67A405C1")] == ["Winback 3"]
    assert [row.name for row in found_in(found, "cl-3f3a405c-0003")] == ["Winback 1"]


def test_a_page_past_the_end_is_the_last() -> None:
    """Lists may have been deleted since."""
    text = str(list_message(Snapshot(rows(12)), Page(number=9), APP)["text"])
    assert "11–12 of 12" in text


def test_a_menu_that_slack_would_not_take_is_left_out() -> None:
    """An id may be of any length."""
    row = Listing(id="x" * 200, name="Renewals")
    (_, section, *_rest) = page_blocks(Snapshot((row,)), (row,), Page(), APP)
    assert "accessory" not in section


def test_a_row_shows_what_is_there() -> None:
    """Only the id is sure."""
    bare = read(list_message(Snapshot((Listing(id="cl-1"),)), Page(), APP))
    assert "cl-1" in bare
    full = listing(status="Ready", totalRecordCount=0, isListInUse=False, updatedAt=MOMENT.isoformat())
    assert "ready · 0 contacts" in read(list_message(Snapshot((full,)), Page(), APP))


def test_one_list_may_be_deleted() -> None:
    """Where one list was asked for, and Kore.ai does not have it."""
    gone = Snapshot[ContactList](None, trouble=KoreNotFound(""))
    assert "may have been deleted" in read(unknown_view(gone, APP))
    known = ContactList(id="cl-1", name="Renewals")
    seen = details_view(known, Snapshot(known, 90, KoreNotFound("")), ShareContext(), APP)
    assert "may have been deleted" in read(seen)
    assert "setup" not in read(seen)
    assert "can't reach Kore.ai" in read(unknown_view(Snapshot(None, trouble=KoreUnreachable("")), APP))


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (NoSlotInTime(""), "busy right now"),
        (KoreUnreachable(""), "can't reach Kore.ai"),
        (KoreScopeMissing(""), "so I can't read the lists. Ask the help desk to fix the setup."),
        (KoreInvalid(""), "didn't return the lists"),
        (KoreNotFound(""), "can't be found at the address I use. Ask the help desk to fix"),
        (KoreBlocked(""), "blocked this, so I can't read the lists. Ask the help desk"),
        (ListsIncomplete(3), "I couldn't read 3 of the lists. If yours is missing, look"),
        (KoreUnavailable(""), "sent an answer I can't use"),
        (None, "sent an answer I can't use"),
    ],
)
def test_trouble_says_what_to_do(trouble: BotError | None, said: str) -> None:
    """With what was read before, if anything was."""
    nothing: Snapshot[tuple[Listing, ...]] = Snapshot(None, trouble=trouble)
    assert said in str(list_message(nothing, Page(), APP)["text"])
    assert said in read(trouble_view(nothing, APP))
    assert "deleted" not in read(trouble_view(nothing, APP))
    home = home_view(nothing, Page(), None, user_id="U1", app=APP)
    assert home_problems(home) == []
    assert "I couldn't load the latest requests" in read(home)
    if trouble:
        assert state_of(Snapshot(rows(1), 400, trouble), APP).startswith("Updated 7 minutes ago.")
