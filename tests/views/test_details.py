"""The views of one list that exists: within Slack's limits, and with every text as text."""

from datetime import UTC, datetime

from bot.kore.listing import Listing, listing_of
from bot.kore.models import ApiConfigurations, ContactList
from bot.models import Snapshot
from bot.views.details import (
    choices_view,
    details_view,
    id_view,
    no_such_view,
    post_form,
    shared_message,
)
from bot.views.rows import SHOW
from bot.views.state import ShareContext
from sandbox.slack.blockkit import message_problems, view_problems
from sandbox.slack.live import live_parts
from sandbox.slack.render import as_text
from tests.views.samples import APP

NASTY = "<!channel> *@here* & <https://evil.example|x> https://kore.ai :tada: `~_ \u202e"
OURS = ("format:`/contact", "format:*", "format:`")
"""Our own emphasis: labels, commands, and the id, in which nothing else is alive."""
MOMENT = datetime(2025, 12, 5, 9, 22, 51, tzinfo=UTC)


def read(blocks: dict[str, object]) -> str:
    """Return it as people read it."""
    return as_text(blocks, people={}, channels={})


def test_nasty_texts_stay_texts() -> None:
    """In rows, details, messages, choices."""
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
    sharing = ShareContext(list_id=NASTY)
    for view in (
        details_view(nasty, Snapshot(nasty), sharing, APP),
        details_view(nasty, Snapshot(nasty), sharing, APP, with_all=True),
        choices_view([row, row], sharing, choose=(SHOW, "Show")),
        no_such_view(NASTY),
        id_view(NASTY),
        post_form(sharing),
    ):
        assert view_problems(view) == []
        assert [
            part
            for part in live_parts(view)
            if not part.startswith(("format:`/contact", "format:*", "format:`"))
        ] == []
    message = shared_message("U1", nasty, APP)
    assert message_problems(message) == []
    assert [part for part in live_parts(message) if not part.startswith(("user:U1", "format:`"))] == []


def test_many_of_one_name_are_not_all_offered() -> None:
    """A hundred blocks are the most that a modal holds."""
    rows = [Listing(id=f"cl-{number}", name="Renewals") for number in range(150)]
    view = choices_view(rows, ShareContext(), choose=(SHOW, "Show"))
    assert view_problems(view) == []
    assert "And 130 more." in read(view)


def test_a_list_without_fields_is_shown() -> None:
    """Nothing is made up for what Kore.ai did not say."""
    bare = ContactList(id="cl-1")
    view = details_view(bare, Snapshot(bare), ShareContext(), APP)
    assert view_problems(view) == []
    assert read(view).startswith(
        "Contact list\n============\n(no name)\nID: cl-1\n"
        "[ Add contacts ]  [ Post to channel ]  [ Show all fields ]"
    )
    none = ContactList(id="cl-1", campaign_in_use=[], is_active=False, updated_at=MOMENT)
    text = read(details_view(none, Snapshot(None), ShareContext(), APP, with_all=True))
    assert "Campaigns: none" in text
    assert "Active: no" in text
    assert message_problems(shared_message("U1", bare, APP)) == []


def test_long_facts_fit() -> None:
    """Every field at its longest takes several paragraphs, none over Slack's limit, and none is lost."""
    long = "<" * 500
    full = ContactList(
        id="cl-1",
        list_type=long,
        source=long,
        created_by=long,
        updated_by=long,
        campaign_in_use=(long,) * 9,
        mapping={long: long},
        api_configurations=ApiConfigurations(data_sync_mode=long),
    )
    view = details_view(full, Snapshot(full), ShareContext(), APP, with_all=True)
    assert view_problems(view) == []
    sections = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert len(sections) > 1
    for label in ("List type", "Source", "Data sync mode", "Campaigns", "Mapping", "Updated by (Kore.ai)"):
        assert sum(f"*{label}:*" in text for text in sections) == 1
