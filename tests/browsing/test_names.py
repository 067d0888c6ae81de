"""One notion of a name, through the door: the warning, `show` and the search take the same names for one."""

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sandbox.demo import Stage
from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAFE = unicodedata.normalize("NFC", "Café Zürich")
WIDE = "".join(chr(ord(each) + 0xFEE0) for each in "Spring")
ALIKE = {
    "another Unicode form": (CAFE, unicodedata.normalize("NFD", CAFE)),
    "case and accents": ("Hôtel Genève", "HOTEL GENEVE"),
    "full-width letters": ("Spring", WIDE),
    "curly quotes": ('Mina\'s "best"', "Mina\u2019s \u201cbest\u201d"),
    "dashes": ("Q1-Q2", "Q1\u2013Q2"),
    "zero-width signs": ("Summer", "Sum\u200bmer"),
    "signs in Kore.ai": ("\u2060Aut\ufeffumn", "Autumn"),
    "blanks": ("Winter sale", "Winter\u00a0 sale"),
}
"""As Kore.ai has it, and as it is typed: a name of its own for each, since the lists of the test before may
still be on their way."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that reads the lists each time."""
    timing = replace(QUICK, lists_fresh_for=0, lists_retry_after=0, lists_timeout=8)
    async with stage(rate_per_minute=FAST, timing=timing) as running:
        yield running


@pytest.mark.parametrize("kind", ALIKE)
async def test_one_key(scene: Stage, kind: str) -> None:
    """A list is found by a name that people take for its own, and a new list of such a name is warned of."""
    there, typed = ALIKE[kind]
    scene.kore.lists.clear()
    scene.slack.workspace.views.clear()
    list_id, other_id = scene.kore.put(there), scene.kore.put("Another one")
    lead = Person(scene.slack, "U0LEAD")

    await lead.command(f"show {typed}")
    shown = await lead.view()
    await lead.until(lambda: list_id in shown.text)
    lead.close(shown)
    before = len(lead.sees("C0CAMPAIGN"))
    await lead.command(f"list {typed}")
    await lead.until(lambda: len(lead.sees("C0CAMPAIGN")) > before)
    found = str(lead.sees("C0CAMPAIGN")[-1].blocks)
    await lead.command("to be named")
    form = await lead.view()
    await lead.submit(form, {"name": typed, "description": "x"})

    assert list_id in found
    assert other_id not in found
    assert "This name is taken" in form.text
