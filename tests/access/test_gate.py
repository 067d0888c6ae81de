"""The gate: each question's answer as a person reads it, and a count and a log line for the operator."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from slack_bolt.async_app import AsyncAck
from structlog.testing import capture_logs

from bot.access.allow_lists import AllowLists
from bot.access.gate import Gate
from bot.access.limits import Limits
from bot.access.permission import Permission
from bot.notify.person import Replies
from bot.observe.metrics import Metrics
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.payloads import Who
from bot.tasks import Tasks
from bot.views import sentences
from bot.views.blocks import Json
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from tests.slack.door import SECRET, Door, served

MEMBER, STRANGER = "U0LEAD", "U0GUEST"
HERE, ELSEWHERE = "C0CAMPAIGN", "C0GENERAL"
CONTACT = "the help desk"
LIMIT = 2
OWN = frozenset({"T1", "E1"})


async def nobody(_: str) -> frozenset[str]:
    """Know of no user group."""
    return frozenset()


@dataclass(frozen=True)
class Gatehouse:
    """A gate for one member in one channel, and what it counted."""

    gate: Gate
    limits: Limits
    metrics: Metrics

    def refusals(self) -> dict[str, float]:
        """Read how often it refused, by reason."""
        (family,) = [each for each in self.metrics.registry.collect() if each.name == "contactlist_refusals"]
        counted = [each for each in family.samples if each.name.endswith("_total") and each.value]
        return {each.labels["reason"]: each.value for each in counted}


@pytest.fixture
def house(settings: Settings) -> Gatehouse:
    """Build a gate."""
    allowed = settings.model_copy(
        update={"allowed_users": frozenset({MEMBER}), "allowed_channels": frozenset({HERE})}
    )
    limits, metrics = Limits(per_minute=LIMIT, open_jobs=5, clock=lambda: 0.0), Metrics()
    access = AllowLists(allowed, nobody, own_teams=OWN)
    return Gatehouse(Gate(access, limits, contact=CONTACT, metrics=metrics), limits, metrics)


def denied(reason: str, user: str, channel: str | None) -> dict[str, object]:
    """Return the line that the log has of a refusal."""
    return {
        "event": "access_denied",
        "log_level": "warning",
        "reason": reason,
        "user": user,
        "channel": channel,
    }


@pytest.mark.parametrize(
    ("user", "channel", "reason", "expected"),
    [
        (MEMBER, HERE, None, None),
        (MEMBER, None, None, None),
        (MEMBER, ELSEWHERE, "channel_not_allowed", sentences.not_allowed_here(CONTACT)),
        (STRANGER, HERE, "user_not_allowed", sentences.not_allowed(CONTACT)),
        (STRANGER, None, "user_not_allowed", sentences.not_allowed(CONTACT)),
        (STRANGER, ELSEWHERE, "user_not_allowed", sentences.not_allowed(CONTACT)),
    ],
)
def test_use(
    house: Gatehouse, user: str, channel: str | None, reason: str | None, expected: str | None
) -> None:
    """A member in a channel that is allowed, or in none, gets on; everyone else reads why not."""
    with capture_logs() as logged:
        assert house.gate.refuses(Who(user), channel) == expected
    assert house.refusals() == ({reason: 1} if reason else {})
    assert logged == ([denied(reason, user, channel)] if reason else [])


@pytest.mark.parametrize(
    ("user", "channel", "reason", "expected"),
    [
        (MEMBER, HERE, None, None),
        (MEMBER, None, None, None),
        (MEMBER, ELSEWHERE, "channel_not_allowed", (sentences.not_allowed_there(CONTACT), True)),
        (STRANGER, HERE, "user_not_allowed", (sentences.not_allowed_in_form(CONTACT), False)),
        (STRANGER, None, "user_not_allowed", (sentences.not_allowed_in_form(CONTACT), False)),
        (STRANGER, ELSEWHERE, "user_not_allowed", (sentences.not_allowed_in_form(CONTACT), False)),
    ],
)
def test_where_a_form_is_sent(
    house: Gatehouse, user: str, channel: str | None, reason: str | None, expected: tuple[str, bool] | None
) -> None:
    """The channel of a form is asked about too, if it has one; a person with access can choose another."""
    with capture_logs() as logged:
        assert house.gate.refuses_form(Who(user), channel, key="V1") == expected
    assert house.refusals() == ({reason: 1} if reason else {})
    assert logged == ([denied(reason, user, channel)] if reason else [])


def test_forms_a_minute(house: Gatehouse) -> None:
    """A form over the limit says so, with the limit."""
    for number in range(LIMIT):
        assert house.gate.refuses_form(Who(MEMBER), HERE, key=f"V{number}", opens_job=True) is None
    with capture_logs() as logged:
        refused = house.gate.refuses_form(Who(MEMBER), HERE, key="V-more", opens_job=True)
    assert refused == (sentences.too_many_submissions(LIMIT), False)
    assert house.refusals() == {"too_many_submissions": 1}
    assert logged == [denied("too_many_submissions", MEMBER, HERE)]


def test_open_jobs(house: Gatehouse) -> None:
    """While too many jobs are open, no form that opens another is accepted."""
    house.limits.are_open(5)
    with capture_logs() as logged:
        refused = house.gate.refuses_form(Who(MEMBER), HERE, key="V1", opens_job=True)
    assert refused == (sentences.TOO_MANY_OPEN_JOBS, False)
    assert house.refusals() == {"too_many_open_jobs": 1}
    assert logged == [denied("too_many_open_jobs", MEMBER, HERE)]
    assert house.gate.refuses_form(Who(MEMBER), HERE, key="P1") is None


def test_posts_a_minute(house: Gatehouse) -> None:
    """What is posted counts as what is created does, and the same form counts once."""
    keys = ["P1", "P1", "P2", "P3"]
    with capture_logs() as logged:
        answers = [house.gate.refuses_form(Who(MEMBER), HERE, key=key) for key in keys]
        created = house.gate.refuses_form(Who(MEMBER), HERE, key="V1", opens_job=True)
    assert answers == [None, None, None, (sentences.too_many_forms(LIMIT), False)]
    assert created == (sentences.too_many_submissions(LIMIT), False)
    assert logged == [denied(each, MEMBER, HERE) for each in ("too_many_forms", "too_many_submissions")]


@pytest.mark.parametrize(
    ("teams", "is_stranger"),
    [((), False), (("T1",), False), (("T2", "E1"), False), (("T2",), True), (("T2", "E2"), True)],
)
def test_team(house: Gatehouse, teams: tuple[str, ...], *, is_stranger: bool) -> None:
    """A person of another workspace and organisation is a stranger, whatever the other lists say."""
    who = Who.of(MEMBER, *teams)
    with capture_logs() as logged:
        refused = [house.gate.refuses(who), house.gate.refuses_form(who, HERE, key="P1")]
    told = (sentences.not_allowed_in_form(CONTACT), False)
    assert refused == ([sentences.not_allowed(CONTACT), told] if is_stranger else [None, None])
    assert house.refusals() == ({"team_not_allowed": 2} if is_stranger else {})
    where = [None, HERE] if is_stranger else []
    assert logged == [denied("team_not_allowed", MEMBER, each) for each in where]


@pytest.mark.parametrize(("owner", "is_refused"), [(MEMBER, False), ("", False), (STRANGER, True)])
def test_buttons(house: Gatehouse, owner: str, *, is_refused: bool) -> None:
    """A button of another's submission is not for them."""
    assert house.gate.refuses_other(MEMBER, owner=owner) == (sentences.NOT_YOURS if is_refused else None)
    assert house.refusals() == ({"not_their_submission": 1} if is_refused else {})


def test_lookups(house: Gatehouse) -> None:
    """A person who browses too much reads the limit; another one may still browse."""
    house.limits.lookups_per_minute = 1
    with capture_logs() as logged:
        answers = [house.gate.refuses_lookup(user) for user in (MEMBER, MEMBER, STRANGER)]
    assert answers == [None, sentences.too_many_lookups(1), None]
    assert house.refusals() == {"too_many_lookups": 1}
    assert logged == [denied("too_many_lookups", MEMBER, None)]


def test_knows(house: Gatehouse) -> None:
    """Who may use the bot is known without a refusal: nobody asked for anything."""
    assert [house.gate.knows(user) for user in (MEMBER, STRANGER)] == [True, False]
    assert house.refusals() == {}


@dataclass(frozen=True)
class Guarded:
    """Bolt with a command and a button behind the permission, and what reached them."""

    door: Door
    slack: LocalSlack
    tasks: Tasks
    heard: list[str]

    def direct_messages(self, user_id: str) -> list[str]:
        """Read what the bot wrote to a person."""
        return [each.text for each in Person(self.slack, user_id).sees("DM")]


@pytest.fixture
async def guarded(house: Gatehouse) -> AsyncIterator[Guarded]:
    """Serve them."""
    async with (
        LocalSlack(signing_secret=SECRET, bot_token="xoxb-1", app_token="xapp-1") as slack,
        served() as door,
    ):
        client = SlackClient(door.session, token="xoxb-1", api_url=slack.api_url)
        tasks, heard = Tasks(), list[str]()
        permission = Permission(house.gate, Replies(client, house.metrics), tasks)

        async def listen(ack: AsyncAck, body: dict[str, object]) -> None:
            heard.append("command" if "command" in body else "button")
            await ack("heard")

        async def never(ack: AsyncAck) -> None:
            raise AssertionError(ack)

        door.app.command("/contactlist", middleware=[permission.check])(listen)
        door.app.command("/contactlist")(never)
        door.app.action("button", middleware=[permission.check])(listen)
        door.app.action("button")(never)
        yield Guarded(door, slack, tasks, heard)


def pressed(user: str, channel: str) -> dict[str, object]:
    """Return what Slack sends when a button is pressed."""
    button = {"type": "button", "action_id": "button", "block_id": "b"}
    return {
        "type": "block_actions",
        "user": {"id": user},
        "channel": {"id": channel},
        "trigger_id": "1.2.3",
        "actions": [button],
    }


@pytest.mark.parametrize(
    ("user", "channel", "expected"),
    [
        (MEMBER, HERE, {"text": "heard"}),
        (MEMBER, ELSEWHERE, {"text": sentences.not_allowed_here(CONTACT)}),
        (STRANGER, HERE, {"text": sentences.not_allowed(CONTACT)}),
    ],
)
async def test_command_guarded(guarded: Guarded, user: str, channel: str, expected: Json) -> None:
    """A command is answered by its listener, or in its place, where it was typed."""
    answer = await guarded.door.command(user_id=user, channel_id=channel)
    await guarded.tasks.drain(seconds=2)

    assert (answer.status, await answer.json()) == (200, expected)
    is_refused = guarded.door.counted("requests_total", kind="command", outcome="refused")
    assert bool(is_refused) is (expected != {"text": "heard"})
    assert guarded.heard == (["command"] if (user, channel) == (MEMBER, HERE) else [])
    assert guarded.direct_messages(user) == []


@pytest.mark.parametrize(
    ("user", "channel", "expected"),
    [
        (MEMBER, HERE, None),
        (MEMBER, ELSEWHERE, sentences.not_allowed_here(CONTACT)),
        (STRANGER, HERE, sentences.not_allowed(CONTACT)),
    ],
)
async def test_button_guarded(guarded: Guarded, user: str, channel: str, expected: str | None) -> None:
    """Slack shows nothing of the answer to a button, so a refusal is written to the person."""
    answer = await guarded.door.interaction(pressed(user, channel))
    await guarded.tasks.drain(seconds=2)

    assert answer.status == 200
    assert guarded.heard == ([] if expected else ["button"])
    assert (await answer.text() == "") is (expected is not None)
    assert guarded.direct_messages(user) == ([expected] if expected else [])
