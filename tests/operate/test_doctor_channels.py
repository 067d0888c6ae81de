"""The doctor on channels and people: what is missing is named, and no trace is left."""

from dataclasses import replace

import pytest

from bot.operate.doctor.report import Status
from sandbox.slack.server import DEFAULT_SCOPES
from sandbox.slack.traffic import Fault
from tests.operate.patient import Patient, status


async def test_group_members_need_their_scope_only_if_there_is_a_group(patient: Patient) -> None:
    """Without ALLOWED_USERGROUPS nobody misses usergroups:read; with it, the groups wait for it."""
    patient.slack.scopes = DEFAULT_SCOPES - {"usergroups:read"}
    assert await patient.bad() == {}
    report = await patient.examined(allowed_usergroups="S0LEADS")
    assert status(report, "Slack: scopes") is Status.BAD
    assert status(report, "Allowed user groups") is Status.SKIPPED


async def test_channels_are_looked_for_without_a_trace(patient: Patient) -> None:
    """Public, archived or joined, the bot sees them; nobody in them notices."""
    report = await patient.examined(
        allowed_channels="C0CAMPAIGN,C0ARCHIVE,D0LEAD", notify_channel="C0GENERAL"
    )
    assert status(report, "Channels") is Status.GOOD
    assert not any(each.messages for each in patient.slack.workspace.channels.values())


async def test_what_is_wrong_with_a_channel_is_said(patient: Patient) -> None:
    """By its id; a private channel without the bot looks like none."""
    found = await patient.bad(
        allowed_channels="C0CAMPAIGN,C0NONE,C0PRIVATE,D0PEERS", notify_channel="C0GENERAL"
    )
    assert list(found) == ["Channels"]
    assert found["Channels"].found == "no such channel, or the bot can't see it: C0NONE, C0PRIVATE"


async def test_direct_messages_between_people_are_no_fault(patient: Patient) -> None:
    """The bot may be used there, and cannot see them."""
    report = await patient.examined(allowed_channels="D0PEERS")
    assert report.is_well
    assert "Channels" not in {each.name for each in report.checks}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(retry_after=60), "ratelimited"),
        (Fault(drop=True), "no_answer"),
        (Fault(error="team_access_not_granted"), "team_access_not_granted"),
    ],
)
async def test_a_slack_that_fails_meanwhile_says_nothing_about_the_rest(
    patient: Patient, fault: Fault, code: str
) -> None:
    """What was found stays found; what was not looked at is no fault."""
    for ids, bad in (("C0CAMPAIGN,C0GENERAL,C0NONE", ""), ("C0AAA,C0GENERAL,C0NONE", "C0AAA")):
        patient.slack.clear_faults()
        patient.slack.fault("chat.getPermalink", Fault())
        patient.slack.fault("chat.getPermalink", fault, times=3)
        report = await patient.examined(allowed_channels=ids)
        (line,) = [each for each in report.checks if each.name == "Channels"]
        assert line.status is (Status.BAD if bad else Status.NOT_CHECKED)
        before, _, rest = line.found.rpartition(f"not checked ({code}): ")
        assert (bad in before, rest) == (True, "C0GENERAL, C0NONE")


async def test_people_are_looked_for(patient: Patient) -> None:
    """All are there; or some are not, or no longer, and each is named."""
    report = await patient.examined(allowed_users="U0LEAD,U0AGENT")
    assert status(report, "Allowed users") is Status.GOOD
    people = patient.slack.workspace.people
    people["U0GUEST"] = replace(people["U0GUEST"], is_deactivated=True)
    found = await patient.bad(allowed_users="U0LEAD,U0AGENT,U0GUEST,U0NOBODY,W0NONE")
    assert list(found) == ["Allowed users"]
    assert found["Allowed users"].found == "deactivated: U0GUEST; not in this workspace: U0NOBODY, W0NONE"


@pytest.mark.parametrize("code", ["missing_scope", "ratelimited"])
async def test_a_slack_that_does_not_tell_about_people_says_nothing(patient: Patient, code: str) -> None:
    """A refusal of another kind is no fault of the ids."""
    patient.slack.fault("users.info", Fault(error=code))
    report = await patient.examined(allowed_users="U0LEAD,U0NOBODY")
    (line,) = [each for each in report.checks if each.name == "Allowed users"]
    assert (line.status, line.found) == (Status.NOT_CHECKED, f"not checked ({code}): U0LEAD, U0NOBODY")


async def test_who_can_use_it(patient: Patient) -> None:
    """Empty allow-lists are no fault, but whoever asks shall know what they mean."""
    report = await patient.examined()
    (line,) = [each for each in report.checks if each.name == "Who can use it"]
    assert (line.status, line.found) == (Status.GOOD, "everyone in this workspace can use it")


async def test_unusual_id(patient: Patient) -> None:
    """An id of another shape than all others stands beside what is right."""
    report = await patient.examined(notify_channel="C0general")
    (line,) = [each for each in report.checks if each.name == "Settings"]
    assert line.status is Status.GOOD
    assert line.found.splitlines()[1:] == ["NOTIFY_CHANNEL usually has only capital letters and digits"]
