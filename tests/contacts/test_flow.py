"""The form that asks for a file, and the preview of what is in it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.views.preview import CHANGE_COLUMNS, SEND_PROBLEMS
from sandbox.demo import Stage
from tests.contacts.adding import Adding
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]

PROBLEMS = b"Name,Phone\nAda,+493090182001\nGrace,12\nEdsger,+493090182003\nBarbara,+493090182001\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that sends two contacts in a call."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK, contacts_per_call=2) as running:
        yield running


class TestForm:
    """What may be wrong in the form."""

    @pytest.mark.parametrize(("typed", "is_known"), [("DE", True), ("+49", True), ("xx", False)])
    async def test_country(self, adding: Adding, typed: str, *, is_known: bool) -> None:
        """Two letters or a dialing code."""
        await adding.opened()

        await adding.chosen(b"Phone\n030 901820\n", country=typed)

        assert ("country" in adding.view.errors) is not is_known
        if is_known:
            assert "1 row: 1 ready" in await adding.until("ready")

    async def test_no_country(self, adding: Adding) -> None:
        """Without one, a number without + is a problem that says so, and there is nothing to add."""
        shown = await adding.previewed(b"Phone\n030 901820\n")

        assert "0 ready, 1 problem" in shown
        assert "None of the rows can be added as they are." in shown


class TestPreview:
    """What is in the file."""

    async def test_problems(self, adding: Adding) -> None:
        """What won't be added and why; what repeats; where each column goes, with a masked example."""
        shown = await adding.previewed(PROBLEMS)

        assert "4 rows: 2 ready, 1 problem, 1 repeated in the file" in shown
        assert "Row 3:" in shown
        assert "Phone → Phone number (+49•••01)" in shown
        assert "Grace" not in shown
        assert "Add 2 contacts" in shown

    async def test_report(self, adding: Adding) -> None:
        """The problem rows come as a file, to the person alone."""
        await adding.previewed(PROBLEMS)

        await adding.story.lead.press(adding.view, SEND_PROBLEMS)

        await adding.until("I sent you the problem rows in a direct message.")
        sent = [each for each in adding.story.lead.sees("DM") if each.files][-1].files[0]
        assert sent.name == "problem-rows.csv"
        assert b"Grace" in sent.content

    async def test_report_once(self, adding: Adding) -> None:
        """Of two presses one sends the file."""
        await adding.previewed(PROBLEMS)
        lead = adding.story.lead
        before = len(lead.sees("DM"))

        await asyncio.gather(*(lead.press(adding.view, SEND_PROBLEMS) for _ in range(2)))

        await adding.until("I sent you the problem rows in a direct message.")
        assert len(lead.sees("DM")) == before + 1

    async def test_columns(self, adding: Adding) -> None:
        """Another column has the phone numbers; the other one is left out."""
        await adding.previewed(b"Mobile,Landline\n+491701234567,+493090182001\n")

        await adding.story.lead.press(adding.view, CHANGE_COLUMNS)
        await adding.until("Match the columns")
        await adding.story.lead.submit(adding.view, {"column-0": "leave_out", "column-1": "phoneNumber"})
        await adding.until("ready")
        await adding.confirmed()

        assert adding.there == ["+493090182001"]

    @pytest.mark.parametrize(
        ("choices", "wrong"),
        [
            ({"column-0": "leave_out", "column-1": "keep"}, "column-0"),
            ({"column-0": "phoneNumber", "column-1": "phoneNumber"}, "column-1"),
        ],
        ids=["no phone", "two phones"],
    )
    async def test_wrong_columns(self, adding: Adding, choices: dict[str, str], wrong: str) -> None:
        """One column has the phone numbers, and no more than one."""
        await adding.previewed(b"Mobile,Landline\n+491701234567,+493090182001\n")
        await adding.story.lead.press(adding.view, CHANGE_COLUMNS)
        await adding.until("Match the columns")

        await adding.story.lead.submit(adding.view, choices)

        assert list(adding.view.errors) == [wrong]

    async def test_in_use(self, adding: Adding) -> None:
        """A campaign uses the list: people may be called."""
        adding.story.scene.kore.lists[adding.list_id]["campaignInUse"] = [{"id": "cd-1", "name": "Spring"}]

        assert "people you add might be called right away" in await adding.previewed()
