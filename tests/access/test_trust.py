"""The trust boundary: whose people may use the bot, which payloads are its own, who presses whose buttons."""

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.workspace import User, View
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story, opened_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTNER, FRIEND = "U0PARTNER", "U0FRIEND"
PEOPLE = [
    User(PARTNER, "ola.nordin", "Ola Nordin", team_id="T0PARTNER", enterprise_id="E0PARTNER"),
    User(FRIEND, "ana.silva", "Ana Silva", team_id="T0FRIEND"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["http", "socket"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Run a bot in a channel that people of two other companies see, of which one is allowed."""
    is_socket = request.param == "socket"
    async with stage(
        socket_mode=is_socket,
        rate_per_minute=FAST,
        timing=QUICK,
        prepare=join,
        allowed_teams="T0FRIEND,E0FRIENDS",
    ) as running:
        yield running


def join(slack: LocalSlack) -> None:
    """Let people of other workspaces into a channel."""
    for person in PEOPLE:
        slack.workspace.people[person.id] = person
        slack.workspace.channels[CAMPAIGNS].members.add(person.id)


async def test_partner_is_refused(story: Story) -> None:
    """A person of another company sees no list and gets no form, whatever they use, and reads whom to ask."""
    partner = Person(story.scene.slack, PARTNER)
    list_id = story.scene.kore.put(story.name)

    with capture_logs() as logged:
        for typed in (story.name, "list", f"show {list_id}", "help"):
            await partner.command(typed)
            assert "You don't have access to Contact Lists" in partner.sees(CAMPAIGNS)[-1].text
        await partner.shortcut("create_contact_list")
        refusal = await partner.view()
        await partner.open_home()
        home = await partner.home()

    assert "You don't have access to Contact Lists" in refusal.text
    assert "You don't have access to Contact Lists" in home.text
    assert list_id not in str(home.payload)
    opened = [each for each in story.scene.slack.workspace.views.values() if each.user_id == PARTNER]
    assert opened == [refusal]
    reasons = [each["reason"] for each in logged if each["event"] == "access_denied"]
    assert reasons == ["team_not_allowed"] * 6


async def test_partner_cannot_submit(story: Story) -> None:
    """Neither can they send a form or a button that somebody else was shown."""
    view = await story.form()
    payload = await pressed_by(story, PARTNER, view, description="x")

    ack = await story.scene.slack.deliver("interactive", payload)

    assert isinstance(ack.body, dict)
    assert "You don't have access to Contact Lists" in ack.body["errors"]["name"]
    assert not story.calls


async def test_friend_is_let_in(story: Story) -> None:
    """ALLOWED_TEAMS names their workspace."""
    friend = Person(story.scene.slack, FRIEND)

    await friend.command(story.name)
    view = await friend.view()
    await friend.submit(view, {"description": "x"})

    await friend.until(lambda: view.title == "Contact list created")
    home = await opened_home(friend, story.name)
    assert "Latest requests" in home.text


@pytest.mark.parametrize(
    ("change", "is_ours"),
    [
        ({"user": {"id": "U0LEAD"}, "team": None}, True),
        ({"user": {"id": "U0LEAD", "team_id": "T0SANDBOX"}, "team": None}, True),
        ({"user": {"id": "U0LEAD", "team_id": "T0PARTNER"}, "team": {"id": "T0SANDBOX"}}, False),
        ({"user": {"id": "U0LEAD"}, "team": {"id": "T0PARTNER"}}, False),
        ({"user": {"id": "U0LEAD", "team_id": "E0FRIENDS"}}, True),
        ({"user": {"id": "U0LEAD", "team_id": "T0X"}, "enterprise": {"id": "E0FRIENDS"}}, True),
    ],
)
async def test_team_of_a_person(story: Story, change: dict[str, Any], *, is_ours: bool) -> None:
    """The person's own workspace counts; an installation for a whole organisation names no team beside it."""
    await story.lead.shortcut("create_contact_list")
    story.lead.close(await story.lead.view())
    payload = newest(story, "shortcut") | change
    payload["trigger_id"] = story.scene.slack.triggers.issue("U0LEAD")

    await story.scene.slack.deliver("interactive", payload)

    view = await story.lead.view()
    story.lead.close(view)
    assert (view.title == "New contact list") is is_ours


@pytest.mark.parametrize("kind", ["command", "shortcut", "view_submission", "block_actions"])
async def test_other_app(story: Story, kind: str) -> None:
    """A payload of another app is refused, though it is signed with our secret."""
    view = await story.form()
    payload = await newest_of(story, kind, view)
    before = state(story)

    with capture_logs() as logged:
        ack = await deliver(story, kind, payload | {"api_app_id": "A0OTHER"})

    assert ack in {403, 200}  # a socket has no status, and its envelope is acknowledged
    assert [each["reason"] for each in logged if each["event"] == "request_refused"] == ["not_for_us"]
    assert state(story) == before
    assert not story.calls


async def test_other_installation(story: Story) -> None:
    """So is a form that was opened where the app is installed in another workspace."""
    view = await story.form()
    payload = await pressed_by(story, "U0LEAD", view, description="x")
    payload["view"]["app_installed_team_id"] = "T0PARTNER"

    with capture_logs() as logged:
        await deliver(story, "view_submission", payload)

    assert [each["reason"] for each in logged if each["event"] == "request_refused"] == ["not_for_us"]
    assert not story.calls


@pytest.mark.parametrize(
    "change",
    [
        {"api_app_id": "A0OTHER"},
        {"authorizations": [{"team_id": "T0PARTNER", "enterprise_id": None}]},
    ],
    ids=["app", "team"],
)
async def test_event_of_others(story: Story, change: dict[str, Any]) -> None:
    """An event of another app or installation is taken, so that it does not come again, and shows nothing."""
    await opened_home(story.lead, "Updated")
    payload = newest(story, "event_callback") | change
    payload["event"]["user"] = "U0GUEST"  # who has no home yet

    with capture_logs() as logged:
        ack = await story.scene.slack.deliver("events_api", payload)

    assert ack.error is None
    assert [each["reason"] for each in logged if each["event"] == "request_refused"] == ["not_for_us"]
    assert "U0GUEST" not in story.scene.slack.workspace.homes


@pytest.mark.parametrize("button", ["check_again", "try_again"])
async def test_button_of_another(story: Story, button: str) -> None:
    """*Check again* and *Create anyway* are for the person whose submission it was."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    await story.lead.press(view, button)
    await story.lead.until(lambda: view.title in {"Checking…", "New contact list"})
    agent = Person(story.scene.slack, "U0AGENT")
    calls = len(story.scene.kore.calls)
    payload = newest(story, "block_actions")
    payload["user"] = {"id": "U0AGENT", "team_id": "T0SANDBOX"}
    payload["view"] = payload["container"] = None  # as from a message, whose response_url is used up
    payload["trigger_id"] = story.scene.slack.triggers.issue("U0AGENT")
    await story.lead.until(lambda: view.title != "Checking…")
    calls = len(story.scene.kore.calls)

    with capture_logs() as logged:
        await story.scene.slack.deliver("interactive", payload)
        told = await agent.view()

    assert "Only the person who started this" in told.text
    assert story.name not in told.text
    assert len(story.scene.kore.calls) == calls
    assert [each["reason"] for each in logged if each["event"] == "access_denied"] == ["not_their_submission"]


async def pressed_by(story: Story, user_id: str, view: View, **values: str) -> dict[str, Any]:
    """Build the submission of a form by another person."""
    story.lead.fill(view, values)
    await story.lead.submit(view, {"name": ""}, unchecked=True)
    payload = newest(story, "view_submission")
    state = payload["view"]["state"]["values"]
    state["name"]["input"]["value"] = story.name
    user = story.scene.slack.workspace.people[user_id]
    payload["user"], payload["team"] = {"id": user_id, "team_id": user.team_id}, {"id": user.team_id}
    return payload


async def newest_of(story: Story, kind: str, view: View) -> dict[str, Any]:
    """Have the person do something of a kind, and return its payload."""
    if kind == "shortcut":
        await story.lead.shortcut("create_contact_list")
        await story.lead.view()
    elif kind == "view_submission":
        return await pressed_by(story, "U0LEAD", view, description="x")
    elif kind == "block_actions":
        home = await opened_home(story.lead, "Latest requests")
        await story.lead.press(home, "home_refresh")
        await story.lead.until(lambda: story.scene.slack.traffic[-1].what == "views.publish")
    return newest(story, kind)


def state(story: Story) -> tuple[object, ...]:
    """Return what the person sees: windows and messages (the Home tab is published by itself as well)."""
    views = story.scene.slack.workspace.views
    return [*views], len(story.lead.sees(CAMPAIGNS)), len(story.lead.sees("DM"))


def newest(story: Story, kind: str) -> dict[str, Any]:
    """Return a copy of the newest payload of a kind."""

    def is_of(payload: dict[str, Any]) -> bool:
        return kind == ("command" if "command" in payload else payload.get("type"))

    return copy.deepcopy(
        next(each.request for each in story.scene.slack.traffic[::-1] if is_of(each.request))
    )


async def deliver(story: Story, kind: str, payload: dict[str, Any]) -> int:
    """Deliver a payload, and return the status of the answer."""
    kinds = {"command": "slash_commands", "event_callback": "events_api"}
    return (await story.scene.slack.deliver(kinds.get(kind, "interactive"), payload)).status
