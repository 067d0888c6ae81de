"""A configuration that is right, for the doctor to examine, and that may be given a fault."""

from pathlib import Path
from typing import Any

import aiohttp

from bot.operate.doctor.examine import examine_settings
from bot.operate.doctor.reach import reach
from bot.operate.doctor.report import Check, Report, Status
from bot.settings import Settings
from sandbox.kore.server import LocalKore
from sandbox.slack.server import LocalSlack

SECRETS = {
    "slack_bot_token": "xoxb-right-and-hidden",
    "slack_app_token": "xapp-right-and-hidden",
    "slack_signing_secret": "signing-secret-and-hidden",
    "kore_client_secret": "client-secret-and-hidden-" + 64 * "k",
}
KORE: dict[str, Any] = {"client_id": "cs-1", "stream_id": "st-1", "account_id": "0123456789abcdef01234567"}
NOWHERE = "http://127.0.0.1:9"


class Patient:
    """A configuration that is right, and may be given a fault."""

    def __init__(self, slack: LocalSlack, kore: LocalKore, folder: Path) -> None:
        self.slack, self.kore = slack, kore
        self.settings: dict[str, Any] = {
            **SECRETS,
            "slack_api_url": slack.api_url,
            "kore_host": kore.url,
            **{f"kore_{name}": value for name, value in KORE.items()},
            "host": "127.0.0.1",
            "port": 0,
            "database_url": f"sqlite:///{folder / 'contactlist.db'}",
        }

    async def examined(self, **changes: object) -> Report:
        """Examine it with other settings."""
        return await examine_settings(Settings.model_validate({**self.settings, **changes}))

    async def bad(self, **changes: object) -> dict[str, Check]:
        """Examine it and return what is bad, by name."""
        report = await self.examined(**changes)
        text = report.as_text() + report.as_json()
        assert [secret for secret in SECRETS.values() if secret in text] == []
        return {each.name: each for each in report.checks if each.status is Status.BAD}


def status(report: Report, name: str) -> Status:
    """Return how one check ended."""
    return next(each.status for each in report.checks if each.name == name)


async def why_not_reached(session: aiohttp.ClientSession, url: str) -> str:
    """Return why nothing answers at an address."""
    reached = await reach(session, url, setting="KORE_HOST")
    assert reached.problem
    return reached.problem.found
