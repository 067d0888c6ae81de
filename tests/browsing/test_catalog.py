"""What is read for all who look: once a minute, by one call, and never waited for too long."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from structlog.testing import capture_logs

from bot.browsing.catalog import CACHE_SIZE, Catalog
from bot.errors import InternalError, KoreUnavailable, ListsIncomplete, NoSlotInTime, StoreUnavailable
from bot.kore.listing import Listing, Lists, listing_of
from bot.kore.models import ContactList
from bot.notify.queue_positions import CallQueue
from bot.timing import Timing
from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage
from tests.story import Story

if TYPE_CHECKING:
    from bot.jobs.rate_limit import RateLimitSlots
    from bot.kore.client import KoreClient


@dataclass
class Api:
    """A Kore.ai that answers when it is let."""

    rows: tuple[Listing, ...] = ()
    missing: int = 0
    calls: int = 0
    error: Exception | None = None
    busy: bool = False
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    now: float = 1000.0
    calls_queued: CallQueue | None = field(default_factory=lambda: CallQueue((), (), limit=60, period=60))

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def acquire(self, *, within: float) -> None:
        """Give a turn, or none."""
        assert within > 0
        if self.busy:
            raise NoSlotInTime("TimeoutError")

    async def queue(self) -> CallQueue:
        """Tell of the queue of calls, unless the store is away."""
        if self.calls_queued is None:
            raise StoreUnavailable("away")
        return self.calls_queued

    async def listings(self) -> Lists[Listing]:
        """Answer with all lists."""
        self.calls += 1
        lists = Lists(self.rows, self.missing)
        await self.may_answer.wait()
        if self.error:
            raise self.error
        return lists

    async def details(self, list_id: str) -> ContactList:
        """Answer with one list."""
        self.calls += 1
        await self.may_answer.wait()
        return ContactList(id=list_id)

    def catalog(self) -> Catalog:
        """Make a catalog that asks this one."""
        return Catalog(
            cast("KoreClient", self),
            cast("RateLimitSlots", self),
            self.queue,
            timing=Timing(),
            clock=lambda: self.now,
        )


def row(name: str) -> Listing:
    """Make a row."""
    return listing_of(ContactList(id=f"cl-{name}", name=name))


async def test_ten_people_cost_one_call() -> None:
    """Whoever looks while it is read, or within a minute, gets the same answer."""
    api = Api((row("a"),))
    api.may_answer.clear()
    catalog = api.catalog()
    lookups = [asyncio.create_task(catalog.read(patience=5)) for _ in range(10)]
    await asyncio.sleep(0)
    api.may_answer.set()
    assert {look.value for look in await asyncio.gather(*lookups)} == {api.rows}
    api.now += 59
    look = await catalog.read(patience=5)
    assert (look.age, look.trouble, api.calls) == (59, None, 1)
    api.now += 2
    assert (await catalog.read(patience=5)).age == 0
    assert api.calls == 2


async def test_patience_ends_and_what_was_read_is_shown() -> None:
    """The call goes on, for whoever looks next."""
    api = Api((row("a"),))
    catalog = api.catalog()
    assert catalog.snapshot().value is None
    await catalog.read(patience=5)
    api.now += 100
    api.may_answer.clear()
    late = await catalog.read(patience=0)
    assert (late.value, late.age, late.is_stale) == (api.rows, 100, True)
    api.may_answer.set()
    assert not (await catalog.read(patience=5)).is_stale
    assert api.calls == 2


async def test_a_list_that_changed_is_read_again() -> None:
    """However young what was read is; once, and the details of that list alone."""
    api = Api((row("a"), row("b")))
    catalog = api.catalog()
    await catalog.read(patience=5)
    await catalog.details("cl-a", patience=5)
    await catalog.details("cl-b", patience=5)

    catalog.changed("cl-a")
    catalog.changed("cl-unknown")

    for list_id in ("cl-a", "cl-b"):
        look = await catalog.details(list_id, patience=5, refused=lambda: "too many")
        assert look.trouble is None, "what the bot changed costs the person nothing"
    assert api.calls == 4
    for _ in range(2):
        assert (await catalog.read(patience=5)).age == 0
    assert api.calls == 5


async def test_missing_lists_are_trouble() -> None:
    """What was read is shown, and that it is not all; until it is, or there is worse to say."""
    api = Api((row("a"),), missing=3)
    catalog = api.catalog()
    for look in (await catalog.read(patience=5), catalog.snapshot()):
        assert look.value == api.rows
        assert isinstance(look.trouble, ListsIncomplete)
        assert look.trouble.count == 3
    api.now, api.error = api.now + 61, KoreUnavailable("500")
    assert isinstance((await catalog.read(patience=5)).trouble, KoreUnavailable)
    api.now, api.error, api.missing = api.now + 61, None, 0
    assert (await catalog.read(patience=5)).trouble is None


async def test_ids_of_a_name() -> None:
    """The lists that people would not tell apart by their names."""
    api = Api((row("Café 1"), row("CAFE\u0301  1"), row("Cafe 1"), row("Cafe 2")))
    catalog = api.catalog()
    assert catalog.named("café 1") == []
    await catalog.read(patience=5)
    assert [row.id for row in catalog.named("café 1")] == ["cl-Café 1", "cl-CAFE\u0301  1", "cl-Cafe 1"]


async def test_a_failure_is_not_repeated_at_once() -> None:
    """For ten seconds everybody hears of it, and nobody makes another call."""
    api = Api((row("a"),), error=KoreUnavailable("500"))
    catalog = api.catalog()
    look = await catalog.read(patience=5)
    assert isinstance(look.trouble, KoreUnavailable)
    assert (look.value, look.age) == (None, 0.0)
    api.now += 9
    await catalog.read(patience=5)
    assert api.calls == 1
    api.error, api.now = None, api.now + 2
    assert (await catalog.read(patience=5)).trouble is None


async def test_the_answer_of_a_failure_is_not_logged() -> None:
    """It may hold what other people wrote about their lists; status and codes tell the cause."""
    with capture_logs() as logs:
        error = KoreUnavailable("HTTP 500, code 7", vendor_message="hush")
        await Api(error=error).catalog().read(patience=5)
    line = {"event": "lists_not_read", "log_level": "warning", "error": "KoreUnavailable"}
    assert logs == [{**line, "answer": "HTTP 500, code 7"}]


async def test_a_fault_of_ours_is_trouble_too() -> None:
    """Nobody waits in vain, nobody asks again at once, and the log has the traceback."""
    api = Api((row("a"),), error=ZeroDivisionError("ours"))
    catalog = api.catalog()
    with capture_logs() as logs:
        lookups = [await catalog.read(patience=5) for _ in range(3)]
    assert [isinstance(look.trouble, InternalError) for look in lookups] == [True] * 3
    assert [(each["event"], each["log_level"], each["exc_info"]) for each in logs] == [
        ("lists_not_read", "error", True)
    ]
    assert api.calls == 1
    api.error, api.now = None, api.now + 11
    assert (await catalog.read(patience=5)).value == api.rows


async def test_without_a_turn_nothing_is_called() -> None:
    """The limit left no room."""
    api = Api(busy=True)
    look = await api.catalog().read(patience=5)
    assert (look.is_stale, api.calls) == (True, 0)


async def test_a_name_is_known_at_once() -> None:
    """Case and blanks aside; of several lists the newest is named."""
    api = Api((row("New  Renewals"), row("new renewals"), listing_of(ContactList(id="cl-nameless"))))
    catalog = api.catalog()
    assert catalog.named("new renewals") == []
    await catalog.read(patience=5)
    assert catalog.named("NEW renewals ")[0] is api.rows[0]
    assert catalog.named("") == []
    assert catalog.known("cl-new renewals") is api.rows[1]
    assert catalog.known("cl-none") is None


async def warmed_up(catalog: Catalog) -> None:
    """Open a form, and let what follows from it happen."""
    catalog.warm_up()
    for _ in range(5):
        await asyncio.sleep(0)


async def test_unasked_read() -> None:
    """A form that opens has the lists read, once a minute, and looks into the queue no more often."""
    api = Api((row("a"),))
    catalog = api.catalog()
    catalog.warm_up()
    await warmed_up(catalog)
    assert (api.calls, catalog.named("a")) == (1, [api.rows[0]])
    api.calls_queued = None  # nobody asks for it
    await warmed_up(catalog)
    assert api.calls == 1


@pytest.mark.parametrize(
    "queue",
    [
        CallQueue(("V1",), (), limit=60, period=60),
        CallQueue((), (1.0,) * 30, limit=60, period=60),
        CallQueue((), (), limit=4, period=60),
        None,
    ],
    ids=["one waits", "half is used", "a small limit", "no store"],
)
async def test_no_unasked_read(queue: CallQueue | None) -> None:
    """A call that a submission could want is left to it; the next form may have the lists read."""
    api = Api(calls_queued=queue)
    catalog = api.catalog()
    await warmed_up(catalog)
    assert api.calls == 0
    api.calls_queued = CallQueue((), (1.0,) * 29, limit=60, period=60)
    await warmed_up(catalog)
    assert api.calls == 1


async def test_end_while_asking() -> None:
    """A bot that stops waits for no answer of its store."""
    api = Api()
    catalog = api.catalog()
    catalog.warm_up()
    await catalog.close()
    assert api.calls == 0


@pytest.mark.slow
async def test_cost_of_submission() -> None:
    """A submission costs one call, and the lists that its form is about are read once a minute."""
    async with stage() as scene:
        for number in range(3):
            story = Story(scene)
            await story.form()
            await scene.kore.until(lambda: bool(scene.kore.calls))
            view, _ = await story.submit()
            await story.ended(view)
            assert [call.operation for call in scene.kore.calls] == ["list", *["create"] * (number + 1)]


@pytest.mark.slow
async def test_small_limit() -> None:
    """With four calls a minute, four forms in a row are four lists at once: no read goes before one."""
    async with stage(rate_per_minute=4, timing=QUICK) as scene:
        lead = Person(scene.slack, "U0LEAD")
        for number in range(4):
            await lead.command(f"Renewals {number}")
            form = await lead.view()
            await lead.submit(form, {"description": "x"})
            await lead.until(lambda: form.title == "Contact list created")  # noqa: B023 - awaited here
    assert [call.operation for call in scene.kore.calls] == ["create"] * 4


async def test_a_new_list_is_known_before_it_is_read() -> None:
    """Also when it was made while the others were being read, and only once."""
    api = Api((row("a"),))
    catalog = api.catalog()
    early = ContactList(id="cl-early", name="early")
    catalog.add(early)
    assert catalog.snapshot().value is None
    api.may_answer.clear()
    looking = asyncio.create_task(catalog.read(patience=5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    catalog.add(ContactList(id="cl-b", name="b"))
    catalog.add(ContactList(id="cl-a", name="a"))
    api.may_answer.set()
    assert [each.id for each in (await looking).value or ()] == ["cl-b", "cl-a"]
    catalog.add(early)
    catalog.add(early)
    assert [each.id for each in catalog.snapshot().value or ()] == ["cl-early", "cl-b", "cl-a"]
    assert catalog.named("EARLY")


async def test_details_are_remembered_of_so_many() -> None:
    """Each for a minute; the one that nobody opened for longest is forgotten."""
    api = Api()
    catalog = api.catalog()
    ids = ["first", *(str(number) for number in range(CACHE_SIZE - 1)), "first", "last", "last"]
    for list_id in ids:
        found = (await catalog.details(list_id, patience=5)).value
        assert found
        assert found.id == list_id
    assert api.calls == CACHE_SIZE + 1
    await catalog.details("first", patience=5)
    assert api.calls == CACHE_SIZE + 1
    await catalog.details("0", patience=5)
    assert api.calls == CACHE_SIZE + 2


async def test_refused_details() -> None:
    """Only what costs a call may be refused, and what was read before is still shown."""
    api = Api()
    catalog = api.catalog()

    def refused() -> str:
        return "too often"

    assert (await catalog.details("a", patience=5, refused=refused)).value is None
    await catalog.details("a", patience=5)
    assert (await catalog.details("a", patience=5, refused=refused)).trouble is None
    api.now += 61
    old = await catalog.details("a", patience=5, refused=refused)
    assert (old.value, old.age, str(old.trouble), api.calls) == (ContactList(id="a"), 61, "too often", 1)


async def test_nothing_is_read_after_the_end() -> None:
    """What is under way is given up."""
    api = Api()
    api.may_answer.clear()
    catalog = api.catalog()
    await catalog.close()
    await catalog.read(patience=0)
    await catalog.details("a", patience=0)
    await catalog.close()
    api.may_answer.set()
    await asyncio.sleep(0)
    assert catalog.snapshot().value is None
