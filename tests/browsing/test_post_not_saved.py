"""*Post to channel* while the store does not save: nothing is posted, and pressing again is safe."""

import pytest
from sqlalchemy.exc import OperationalError

from bot.jobs.enqueuing import Enqueuer
from sandbox.demo import Stage
from sandbox.slack.people import Person
from tests.figures import Counted
from tests.story import CAMPAIGNS

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_nothing_posted(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form says so, keeps its channel, and posts once when the store is back."""
    lead = Person(scene.slack, "U0LEAD")
    list_id = scene.kore.put("Renewals, not saved")
    await lead.command(f"show {list_id}")
    details = await lead.view()
    await lead.until(lambda: "Renewals, not saved" in details.text)
    await lead.press(details, "post_list")
    form = await lead.view()
    before = len(lead.sees(CAMPAIGNS))

    async def away(*_: object, **__: object) -> bool:
        raise OperationalError("insert", {}, Exception("away"))

    counted = await Counted.of(scene)
    with monkeypatch.context() as store:
        store.setattr(Enqueuer, "enqueue", away)
        await lead.submit(form)
    assert await counted.forms() == {"not_saved": 1}
    assert "again" in form.errors["conversation"]
    assert len(lead.sees(CAMPAIGNS)) == before

    await lead.submit(form)
    await lead.until(lambda: form.title == "Posted")
    assert len(lead.sees(CAMPAIGNS)) == before + 1
