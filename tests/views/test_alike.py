"""A list that may be the one: shown with what tells it apart, in the form, in a message, and at home."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings

from bot.errors import Alike, KoreRejected
from bot.kore.models import ContactList
from bot.models import Failed, PostBegun, Route, Snapshot, Submission
from bot.views import progress
from bot.views.home import RecentSubmission, home_view
from bot.views.progress import THATS_IT, TRY_AGAIN
from bot.views.state import VALUE_LIMIT, ConfirmRequest, Page
from sandbox.slack.blockkit import home_problems, message_problems, view_problems
from sandbox.slack.live import live_parts
from tests.views.samples import (
    APP,
    DATE,
    FULL,
    HOSTILE_TEXT,
    KORES,
    buttons,
    contact_list,
    ended,
    fallback,
    read,
    submission,
)

LOCAL = datetime(2025, 12, 5, 10, 22, 51)  # noqa: DTZ001 - Kore.ai names no zone


def alike(found: ContactList, *, said: str = "") -> Failed:
    """End with a list that may be the one."""
    known = {"alike": found, "posted": PostBegun(at=1.5)}
    return Failed.because(Alike(vendor_message=said)).model_copy(update=known)


def shown(failed: Failed, mine: Submission | None = None) -> list[dict[str, Any]]:
    """Show it everywhere: in the form, in a message, at home."""
    mine = mine or submission()
    recent = [RecentSubmission(mine, failed)]
    return [
        progress.result_view(ended(mine, failed, Route.NOWHERE), APP),
        progress.failure(mine, failed, APP),
        home_view(Snapshot(()), Page(), recent, user_id=mine.origin.user_id, app=APP),
    ]


def at_home(view: dict[str, Any]) -> str:
    """Read a Home tab, without what makes a text inert."""
    return read(view).replace("\N{WORD JOINER}", "")


def test_what_tells_it_apart() -> None:
    """Name, id, creator, time and description; *That's it* first."""
    found = contact_list(createdBy="u-1", name="Renewal Due &amp;", description="Kept")
    view, message, home = shown(alike(found))

    assert read(view).startswith("Is this your list?")
    for told in (read(view), read(message), fallback(message), read(home)):
        for fact in ("Renewal Due &amp;", found.id, "by u-1 in Kore.ai", "can't tell whether"):
            assert fact in told
    for told in (fallback(message), at_home(home)):
        assert "Created 5 Dec 2025, 09:22 UTC" in told
    for place in (view, message):
        assert "\nKept\n" in read(place)
        assert DATE in live_parts(place)
    for place in (view, message, home):
        pressed = [each["action_id"] for each in buttons(place)]
        assert [each for each in pressed if each in {THATS_IT, TRY_AGAIN}] == [THATS_IT, TRY_AGAIN]


def test_little_is_known() -> None:
    """A row that never told its details has an id, and perhaps nothing else."""
    view, message, home = shown(alike(ContactList(id="cl-1")))
    for place in (view, message, home):
        assert "(no name)" in read(place)
        assert "cl-1" in read(place)
        assert "Created" not in read(place)


def test_a_time_without_a_zone() -> None:
    """It is shown as Kore.ai tells it, and as that."""
    view, *_ = shown(alike(contact_list(createdAt=LOCAL.isoformat())))
    assert "5 Dec 2025, 10:22 by Kore.ai's clock" in read(view)
    assert not any(part.startswith("date:") for part in live_parts(view))


@settings(max_examples=60, deadline=None)
@given(kept=KORES, said=HOSTILE_TEXT)
def test_hostile_texts(kept: dict[str, object], said: str) -> None:
    """Whatever a list or Kore.ai says stays text and fits, wherever it is shown."""
    failed = alike(ContactList.model_validate(kept | {"createdBy": said}), said=said)
    view, message, home = shown(failed)

    assert (view_problems(view), message_problems(message), home_problems(home)) == ([], [], [])
    for place in (view, message):
        live = {part for part in live_parts(place) if not part.startswith(("date:", "format:`"))}
        assert live == {"format:*Create anyway*", "format:*That's it*"}


@settings(max_examples=60, deadline=None)
@given(kept=KORES)
def test_carried_by_the_button(kept: dict[str, object]) -> None:
    """*That's it* carries what the summary tells, as much as fits; always the id."""
    found = ContactList.model_validate(kept)
    value = next(each["value"] for each in buttons(shown(alike(found))[0]) if each["action_id"] == THATS_IT)

    request = ConfirmRequest.read(value)

    assert len(value) <= VALUE_LIMIT
    assert request.key == "V1"
    assert request.contact_list
    assert request.contact_list.id == found.id


def test_all_of_it_carried() -> None:
    """An ordinary list's summary is the same as from its own answer."""
    found = contact_list()
    carried = ConfirmRequest.of("V1", found).contact_list
    assert carried
    assert carried.model_copy(update={"description": found.description}) == found


@pytest.mark.parametrize("sign", ["\x01", '"', "\N{TELEPHONE RECEIVER}"])
def test_too_much_to_carry(sign: str) -> None:
    """An absurd list is carried by its id alone."""
    long = dict.fromkeys(("name", "status", "listType", "source"), sign * 999)
    request = ConfirmRequest.of("V1", ContactList.model_validate(FULL | long | {"_id": sign * 200}))
    assert request.contact_list
    assert request.contact_list.id == sign * 200
    assert len(request.write()) <= VALUE_LIMIT


def test_what_kore_said() -> None:
    """Kore.ai's own sentence stands in quotes before the button, and in the fallback."""
    failed = Failed.because(KoreRejected(vendor_message="*Limit* <!here> reached"))
    view, message, home = shown(failed)
    for told in (read(view), read(message)):
        assert "Kore.ai said: “*Limit* <!here> reached”\n[ Try again ]" in told
    assert "Kore.ai said: “*Limit* <!here> reached”" in fallback(message)
    assert "Kore.ai said: “\N{ASTERISK OPERATOR}Limit\N{ASTERISK OPERATOR} <!here> reached”" in at_home(home)
    assert DATE not in live_parts(view)
