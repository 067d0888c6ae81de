"""What an operator's dashboard shows of a bot, as Prometheus reads it."""

import platform
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot import __version__
from bot.operate.health import REASONS
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from tests.figures import Counted, figures, of
from tests.stages import stage
from tests.story import CAMPAIGNS, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that one person may use, in two channels."""
    async with stage(allowed_users="U0LEAD", allowed_channels=CAMPAIGNS) as running:
        yield running


async def test_what_runs(scene: Stage) -> None:
    """Version, Python, mode, role and store are labels of a figure that is always 1."""
    about = {
        "version": __version__,
        "python": platform.python_version(),
        "mode": "http",
        "role": "all",
        "store": "sqlite",
    }
    assert of(await figures(scene), "build_info", **about) == 1


async def test_readiness(scene: Stage) -> None:
    """Each reason has its figure, also while it is none."""
    found = await figures(scene)
    assert of(found, "ready") == 1
    assert {
        reason: found["not_ready", frozenset({("reason", reason)})] for reason in REASONS
    } == dict.fromkeys(REASONS, 0)
    scene.slack.fault("auth.test", Fault(error="token_revoked"))
    await scene.bot.health.ask_slack()
    found = await figures(scene)
    assert (of(found, "ready"), of(found, "not_ready", reason="slack")) == (0, 1)
    assert of(found, "not_ready", reason="store") == 0
    await scene.bot.health.ask_slack()
    assert of(await figures(scene), "ready") == 1


async def test_signs_of_life(scene: Stage) -> None:
    """The last save and the last poll are of this moment, and the pool has a connection to spare."""
    before = time.time()
    story = Story(scene)
    view, _ = await story.submit()
    await story.ended(view)
    found = await figures(scene)
    assert before <= of(found, "last_save_timestamp_seconds") <= time.time()
    assert before - 5 <= of(found, "last_poll_timestamp_seconds") <= time.time()
    states = [of(found, "store_connections", state=state) for state in ("in_use", "idle", "free")]
    assert states[0] + states[2] == 1
    assert states[1] in {0, 1}
    assert of(found, "kore_credentials_ok") == 1
    assert of(found, "jobs_without_worker") == 0


async def test_refusals_are_no_field_errors(scene: Stage) -> None:
    """A person who is not allowed, or not there, is not counted as one who typed something wrong."""
    counted = await Counted.of(scene)
    story = Story(scene)
    await story.submit(description=" ")
    view, _ = await story.submit(conversation=GENERAL)
    assert view.errors
    await Person(scene.slack, "U0GUEST").command("theirs", channel=CAMPAIGNS)
    assert await counted.forms() == {"rejected": 1, "refused": 1}
    assert (await counted.forms("command"))["refused"] == 1


async def test_kore_refuses(scene: Stage) -> None:
    """Credentials that Kore.ai has refused show, and are good again when it has accepted them."""
    for operation in ("create", "list"):  # the form reads the lists, perhaps after that
        scene.kore.fault("unauthorized", operation=operation, times=50)
    story = Story(scene)
    view, _ = await story.submit()
    await story.ended(view)
    assert of(await figures(scene), "kore_credentials_ok") == 0
    scene.kore.clear_faults()
    story = Story(scene)
    view, _ = await story.submit()
    await story.ended(view)
    assert of(await figures(scene), "kore_credentials_ok") == 1
