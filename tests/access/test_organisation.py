"""An app of a whole organisation, and one whose own id may not be known."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.workspace import User
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, opened_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = [
    User("U0COLLEAGUE", "kim.lee", "Kim Lee", team_id="T0OTHER", enterprise_id="E0OURS"),
    User("U0PARTNER", "ola.nordin", "Ola Nordin", team_id="T0PARTNER", enterprise_id="E0PARTNER"),
]


def grow(slack: LocalSlack) -> None:
    """Make the workspace one of an organisation, in which the bot may not ask which app it is of."""
    slack.scopes -= {"users:read"}
    slack.workspace.enterprise_id = "E0OURS"
    for person in PEOPLE:
        slack.workspace.people[person.id] = person
        slack.workspace.channels[CAMPAIGNS].members.add(person.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot of an organisation."""
    async with stage(rate_per_minute=FAST, timing=QUICK, prepare=grow) as running:
        yield running


async def test_colleague(scene: Stage) -> None:
    """People of all workspaces of the organisation may use the bot, in each of its places."""
    colleague = Person(scene.slack, "U0COLLEAGUE")

    await colleague.command("for all of us")
    view = await colleague.view()
    await colleague.submit(view, {"description": "x"})

    await colleague.until(lambda: view.title == "Contact list created")
    assert "Latest requests" in (await opened_home(colleague, "for all of us")).text


async def test_stranger(scene: Stage) -> None:
    """People of another one may not."""
    partner = Person(scene.slack, "U0PARTNER")

    await partner.command("list")

    assert "You don't have access to Contact Lists" in partner.sees(CAMPAIGNS)[-1].text
