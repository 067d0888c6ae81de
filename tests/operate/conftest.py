"""The ends of a configuration that is right, and itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.kore.server import LocalKore
from sandbox.slack.server import LocalSlack
from tests.operate.patient import KORE, SECRETS, Patient


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """Run a local Slack."""
    async with LocalSlack(
        signing_secret=SECRETS["slack_signing_secret"],
        bot_token=SECRETS["slack_bot_token"],
        app_token=SECRETS["slack_app_token"],
    ) as running:
        yield running


@pytest_asyncio.fixture
async def kore() -> AsyncIterator[LocalKore]:
    """Run a local Kore.ai."""
    async with LocalKore(client_secret=SECRETS["kore_client_secret"], **KORE) as running:
        yield running


@pytest.fixture
def patient(slack: LocalSlack, kore: LocalKore, tmp_path: Path) -> Patient:
    """Return a configuration that is right."""
    return Patient(slack, kore, tmp_path)
