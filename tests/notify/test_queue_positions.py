"""Forms that wait for their turn: the arithmetic, and what people see."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.errors import SlackRefused, SlackUnavailable, StoreUnavailable
from bot.jobs.records import Records
from bot.kore.models import ContactListDraft
from bot.models import Origin, Submission
from bot.notify.queue_positions import CallQueue, QueuePosition, WaitingForms, queue_positions_of
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.tasks import poll
from sandbox.demo import Stage
from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage

NOW = 1000.0


def test_whoever_may_start_now_waits_not_at_all() -> None:
    """Free places in the window are taken at once, in order."""
    found = queue_positions_of(CallQueue(("a", "b"), (), limit=2, period=60), now=NOW)
    assert found == {"a": QueuePosition(1, 0), "b": QueuePosition(2, 0)}


def test_the_rest_waits_until_a_start_leaves_the_window() -> None:
    """The next turn comes one period after the oldest start that still counts."""
    queue = CallQueue(("a", "b", "c"), (NOW - 50, NOW - 20), limit=2, period=60)
    found = queue_positions_of(queue, now=NOW)
    assert found == {"a": QueuePosition(1, 10), "b": QueuePosition(2, 40), "c": QueuePosition(3, 70)}


@given(
    count=st.integers(0, 150),
    started=st.lists(st.floats(NOW - 200, NOW), max_size=100),
    limit=st.integers(1, 60),
)
def test_no_window_is_ever_promised_more_than_the_limit(count: int, started: list[float], limit: int) -> None:
    """The times that people are told keep the account's limit themselves."""
    waiting = tuple(str(each) for each in range(count))
    found = queue_positions_of(CallQueue(waiting, tuple(started), limit=limit, period=60), now=NOW)
    slots = [place.seconds for place in found.values()]
    assert slots == sorted(slots)
    for first, last in zip(slots, slots[limit:], strict=False):
        assert last - first >= 60 - 1e-6


@pytest_asyncio.fixture(loop_scope="function")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot whose account may make two calls a minute."""
    async with stage(rate_per_minute=2, timing=QUICK) as running:
        yield running


async def test_a_waiting_form_says_its_place_and_how_long(scene: Stage) -> None:
    """The third of three submissions waits for a minute, and its form says so; the others are left alone."""
    lead = Person(scene.slack, "U0LEAD")
    views = []
    for number in range(3):
        await lead.command(f"waits {number}")
        views.append(await lead.view())
        await lead.submit(views[-1], {"description": "x"})
    await lead.until(lambda: "1st in line, about" in views[2].text)
    assert "Kore.ai limits requests per minute" in views[2].text
    await lead.until(lambda: views[1].title == "Contact list created")
    lead.close(views[2])
    assert len([call for call in scene.kore.calls if call.status == 429]) == 0


class OneWaits(Records):
    """A queue with one call in it, or a store that is away."""

    def __init__(self, *, away: bool) -> None:
        self._away = away

    async def queue(self) -> CallQueue:
        """Tell of it."""
        if self._away:
            raise StoreUnavailable("away")
        return CallQueue(waiting=("V1",), started=(time.time(),), limit=1, period=60)


class ClosedForms(SlackClient):
    """A Slack in which the person has closed every form."""

    def __init__(self) -> None:
        self.updates = 0

    async def update_view(self, *_: object, **__: object) -> str:
        """Refuse."""
        self.updates += 1
        raise SlackRefused("not_found")


SUBMISSION = Submission(
    key="V1",
    draft=ContactListDraft(name="n", description="d"),
    origin=Origin(user_id="U1", channel_id="C1", view_id="V1"),
    submitted_at=0,
)


async def test_a_form_that_was_closed_is_no_trouble() -> None:
    """The place is not shown, and tried again at the next look."""
    slack = ClosedForms()
    forms = WaitingForms(OneWaits(away=False).queue, slack, Metrics(), timing=QUICK)
    forms.watch(SUBMISSION)
    with capture_logs() as logged:
        await forms.refresh()
        await forms.refresh()
    assert slack.updates == 2
    assert [each["error"] for each in logged] == ["not_found"] * 2


@pytest.mark.parametrize(("takes", "errors"), [(60, ["TimeoutError"]), (0.05, [])])
async def test_a_slow_slack_lays_no_place_over_a_result(takes: float, errors: list[str]) -> None:
    """A change that hangs is given up in time; the ones behind it are left out when their turn is near."""
    timing = replace(QUICK, queue_position_timeout=0.1, queue_position_min_wait=59.99)

    class Slow(ClosedForms):
        async def update_view(self, *_: object, **__: object) -> str:
            self.updates += 1
            await asyncio.sleep(takes)
            return "hash"

    class TwoWait(Records):
        def __init__(self) -> None:
            pass

        async def queue(self) -> CallQueue:
            return CallQueue(waiting=("V1", "V2"), started=(time.time(),) * 2, limit=2, period=60)

    slack = Slow()
    forms = WaitingForms(TwoWait().queue, slack, Metrics(), timing=timing)
    forms.watch(SUBMISSION)
    forms.watch(SUBMISSION.model_copy(update={"key": "V2"}))
    with capture_logs() as logged:
        await forms.refresh()
    assert slack.updates == 1
    assert [each["error"] for each in logged] == errors


async def test_named_wait() -> None:
    """While Slack wants to be left alone no position is shown, and afterwards the positions go on."""
    slack, limited = ClosedForms(), [SlackUnavailable("ratelimited", retry_after=0.3)]

    class Limited(ClosedForms):
        async def update_view(self, *_: object, **__: object) -> str:
            slack.updates += 1
            if limited:
                raise limited.pop()
            return "hash"

    forms = WaitingForms(OneWaits(away=False).queue, Limited(), Metrics(), timing=QUICK)
    forms.watch(SUBMISSION)
    showing, began = asyncio.create_task(poll(forms.refresh, every=0)), time.monotonic()
    async with asyncio.timeout(30):
        while slack.updates < 2:  # noqa: ASYNC110 - the stand-in has no event
            await asyncio.sleep(0)
    showing.cancel()

    assert time.monotonic() - began >= 0.3


async def test_a_place_is_shown_on_after_a_change_that_hung() -> None:
    """Slack may have taken it, so the next change names no state that it replaces."""
    timing = replace(QUICK, queue_position_timeout=0.05)
    named: list[object] = []

    class HangsOnce(ClosedForms):
        async def update_view(self, *_: object, **how: object) -> str:
            named.append(how["replacing"])
            if len(named) == 2:
                await asyncio.sleep(60)
            return f"hash {len(named)}"

    forms = WaitingForms(OneWaits(away=False).queue, HangsOnce(), Metrics(), timing=timing)
    forms.watch(SUBMISSION)
    for _ in range(4):
        await forms.refresh()
    assert named == [None, "hash 1", None, "hash 3"]


async def test_saved_while_the_queue_is_read() -> None:
    """A form whose job was saved too late to be in an answer of the store is not taken for one that began."""
    slack, answers = ClosedForms(), [CallQueue((), (), limit=1, period=60)]

    async def read() -> CallQueue:
        if answers:
            forms.watch(SUBMISSION)
            return answers.pop()
        return await OneWaits(away=False).queue()

    forms = WaitingForms(read, slack, Metrics(), timing=QUICK)
    forms.watch(SUBMISSION.model_copy(update={"key": "V0"}))
    await forms.refresh()
    await forms.refresh()
    assert slack.updates == 1


async def test_a_store_that_is_away_changes_no_form() -> None:
    """Nothing is known then, so nothing is said."""
    slack = ClosedForms()
    forms = WaitingForms(OneWaits(away=True).queue, slack, Metrics(), timing=QUICK)
    forms.watch(SUBMISSION)
    await forms.refresh()
    assert slack.updates == 0


async def test_the_queue_is_looked_at_only_while_a_form_waits() -> None:
    """Without a waiting form the store is left alone."""
    slack = ClosedForms()
    forms = WaitingForms(OneWaits(away=False).queue, slack, Metrics(), timing=QUICK)
    looking = asyncio.create_task(poll(forms.refresh, every=0))
    await asyncio.sleep(0.01)
    assert slack.updates == 0
    forms.watch(SUBMISSION)
    async with asyncio.timeout(30):
        while not slack.updates:  # noqa: ASYNC110 - the stand-in has no event
            await asyncio.sleep(0)
    looking.cancel()
