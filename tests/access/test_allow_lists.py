"""Who may use the bot: the allow-lists, and the members of user groups read beforehand."""

import pytest
from structlog.testing import capture_logs

from bot.access.allow_lists import AllowLists, audience
from bot.errors import SlackRefused
from bot.settings import Settings


class Groups:
    """User groups as Slack would tell them; one that is not here is refused."""

    def __init__(self, **members: set[str]) -> None:
        self.members = members
        self.asked: list[str] = []

    async def read(self, usergroup_id: str) -> frozenset[str]:
        """Read the members of one group."""
        self.asked.append(usergroup_id)
        if usergroup_id not in self.members:
            raise SlackRefused("no_such_subteam")
        return frozenset(self.members[usergroup_id])


def explicit(**allowed: str) -> Settings:
    """Build settings with these allow-lists."""
    return Settings.model_validate(
        {
            "slack_bot_token": "xoxb-1",
            "slack_signing_secret": "signing",
            "kore_stream_id": "st-1",
            "kore_account_id": "account",
            "kore_client_id": "cs-1",
            "kore_client_secret": "secret",
            **allowed,
        }
    )


def lists(groups: Groups, **allowed: str) -> AllowLists:
    """Build the allow-lists from settings."""
    settings = explicit(**allowed)
    return AllowLists(settings, groups.read, own_teams=frozenset({"T1"}))


@pytest.mark.parametrize(
    ("allowed", "users"),
    [
        ({}, ["U1", "U2", "U3"]),
        ({"allowed_users": "U1"}, ["U1"]),
        ({"allowed_usergroups": "S1"}, ["U2", "U3"]),
        ({"allowed_usergroups": "S1,S2"}, ["U1", "U2", "U3"]),
        ({"allowed_users": "U1", "allowed_usergroups": "S1"}, ["U1", "U2", "U3"]),
        ({"allowed_users": "U9", "allowed_usergroups": "S3"}, []),
        ({"allowed_channels": "C1"}, ["U1", "U2", "U3"]),
    ],
)
async def test_who_may(allowed: dict[str, str], users: list[str]) -> None:
    """Everyone without a list; else those who are named, by themselves or by a group."""
    checked = lists(Groups(S1={"U2", "U3"}, S2={"U1"}, S3=set()), **allowed)
    await checked.refresh()
    assert [user for user in ("U1", "U2", "U3") if checked.allows_user(user)] == users


@pytest.mark.parametrize(
    ("allowed", "channels"),
    [({}, ["C1", "C2"]), ({"allowed_channels": "C1"}, ["C1"]), ({"allowed_users": "U1"}, ["C1", "C2"])],
)
def test_where(allowed: dict[str, str], channels: list[str]) -> None:
    """Everywhere without a list; else in the channels that are named."""
    assert [each for each in ("C1", "C2") if lists(Groups(), **allowed).allows_channel(each)] == channels


def test_nobody_gets_in_before_the_groups_are_read() -> None:
    """A group whose members are not known yet lets nobody in, rather than everybody."""
    checked = lists(Groups(S1={"U1"}), allowed_users="U2", allowed_usergroups="S1")
    assert not checked.allows_user("U1")
    assert checked.allows_user("U2")


async def test_a_group_that_slack_does_not_tell_has_no_members() -> None:
    """The other groups count all the same, and the operator reads which one is missing."""
    checked = lists(Groups(S1={"U1"}), allowed_usergroups="S1,S9")
    with capture_logs() as logs:
        await checked.refresh()
    assert checked.allows_user("U1")
    assert not checked.allows_user("U2")
    assert [(log["event"], log["usergroup"], log["error"]) for log in logs] == [
        ("usergroup_unknown", "S9", "no_such_subteam")
    ]


async def test_who_left_a_group_is_out_after_a_refresh() -> None:
    """Members are read anew, not added."""
    groups = Groups(S1={"U1"})
    checked = lists(groups, allowed_usergroups="S1")
    await checked.refresh()
    groups.members["S1"] = {"U2"}
    await checked.refresh()
    assert not checked.allows_user("U1")
    assert checked.allows_user("U2")


async def test_asking_does_not_ask_slack() -> None:
    """An answer waits for nothing: who may is known beforehand."""
    groups = Groups(S1={"U1"})
    checked = lists(groups, allowed_usergroups="S1")
    await checked.refresh()
    assert all(checked.allows_user("U1") for _ in range(5))
    assert groups.asked == ["S1"]


async def test_a_group_that_cannot_be_read_has_no_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever went wrong, the answer is no, and the other groups are read all the same."""
    groups = Groups(S1={"U1"}, S2={"U2"})
    checked = lists(groups, allowed_usergroups="S1,S2")
    await checked.refresh()
    monkeypatch.setitem(groups.members, "S1", 7)
    with capture_logs() as logs:
        await checked.refresh()
    assert [user for user in ("U1", "U2") if checked.allows_user(user)] == ["U2"]
    assert [(each["event"], each["usergroup"], each["log_level"]) for each in logs] == [
        ("usergroup_unknown", "S1", "error")
    ]


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        ({}, "everyone in this workspace can use it"),
        ({"allowed_teams": "T1,E2"}, "everyone in this workspace and in 2 others can use it"),
        ({"allowed_users": "U1"}, "1 user can use it"),
        (
            {"allowed_users": "U1,U2", "allowed_usergroups": "S1", "allowed_teams": "T1"},
            "2 users and 1 user group can use it",
        ),
        ({"allowed_channels": "C1,C2"}, "everyone in this workspace can use it, in 2 channels"),
    ],
)
def test_audience(allowed: dict[str, str], said: str) -> None:
    """Whoever starts the bot reads whom the allow-lists let in."""
    assert audience(explicit(**allowed)) == said
