"""`make operator`: what is lost and what is done twice is seen, on a bot that is a process."""

import pytest

from bot.operate.jobs.recheck import RECHECKED
from tools.operating.acts import ACTS
from tools.operating.night import ALERTS, FAULTS, RUNBOOK
from tools.operating.stand import Verdict, back_up, restore, stand
from tools.operator import ROOT, older


@pytest.mark.process
@pytest.mark.timeout(90)  # a bot starts three times
async def test_counted() -> None:
    """Submissions end well, also in a restored store; a second list, and one that is gone, are counted."""
    async with stand("sqlite") as stage:
        bot = await stage.start(stage.bot())
        await stage.submit(3)
        assert await stage.verdict() == Verdict(submitted=3, lost=[], twice=[], asked=[])
        await stage.stop(bot)

        restore(stage, back_up(stage.url, stage.folder))
        assert (await stage.command("jobs", "recheck")).strip() == RECHECKED.format(rechecked=0, left=0)
        await stage.start(stage.bot())
        await stage.submit(1)

        twice, lost, *_ = stage.forms
        stage.ends.kore.put(twice)
        gone = [key for key, each in stage.ends.kore.lists.items() if each["name"] == lost]
        del stage.ends.kore.lists[gone[0]]
        found = await stage.verdict()
        assert (found.submitted, found.lost, found.twice, found.is_good) == (4, [lost], [twice], False)


@pytest.mark.process
def test_older() -> None:
    """The older version is a whole bot, of the commit that was named."""
    with older("HEAD") as source:
        assert (source / "bot" / "cli.py").read_text() == (ROOT / "bot" / "cli.py").read_text()


def test_acts_are_told() -> None:
    """Each act and each fault says what is done."""
    assert [each for each in ACTS.values() if not each.__doc__] == []
    assert [each for each in FAULTS.values() if not each.inject.__doc__] == []


def test_night_is_prepared() -> None:
    """Each fault has an alert that exists, with its section in the runbook."""
    rules, sections = ALERTS.read_text(), RUNBOOK.read_text()
    alerts = {each.alert for each in FAULTS.values()}
    assert [each for each in alerts if f"alert: {each}\n" not in rules] == []
    assert [each for each in alerts if f"### {each}\n" not in sections] == []
