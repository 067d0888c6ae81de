"""The pages in docs/ that explain the bot say what its code does."""

import re
from pathlib import Path

import pytest

from bot import errors
from bot.access.limits import LOOKUPS_PER_MINUTE
from bot.browsing.catalog import RESERVED_CALLS
from bot.contact_import import Unsure
from bot.jobs.pace import CONCURRENCY
from bot.settings import Settings
from bot.timing import Timing
from bot.views.app_info import AppInfo
from bot.views.card import ADD_LABEL
from bot.views.contacts import SHORTCUT_NAME
from bot.views.home import MAX_RECENT
from bot.views.importing import ended_view
from bot.views.rows import OPTIONS, PAGE_SIZE, PART_OF_ID
from tests.test_imports import IMPORT

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ["how-it-works.md", "performance.md", "browsing.md", "add-contacts.md"]
HOW, PERFORMANCE, BROWSING, ADDING = (" ".join((DOCS / name).read_text().split()) for name in PAGES)
TIMING = Timing()


def _kinds(parent: type[errors.JobError]) -> list[type[errors.JobError]]:
    """List the errors in which a job may end."""
    return [each for kind in parent.__subclasses__() for each in [kind, *_kinds(kind)]]


KINDS = [each for each in _kinds(errors.JobError) if each not in {errors.JobError, errors.KoreError}]


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows(kind: type[errors.JobError]) -> None:
    """Each error stands in one row of the table, whose other cells say what follows from its flags."""
    lines = (DOCS / "troubleshooting.md").read_text().splitlines()
    (row,) = [line for line in lines if f"`{kind.__name__}`" in line]
    _, seen, _, exists = (cell.strip() for cell in row.strip("|").split("|"))
    assert exists == ("perhaps" if kind.maybe_created else "no")
    assert ("waits for Kore.ai" in seen) is kind.not_accepted
    ends = {errors.Alike, errors.Unconfirmed}
    assert ("ound by a lookup" in seen) is (kind.maybe_created and kind not in ends)


def test_numbers_of_a_job() -> None:
    """Pauses and time-outs of a submission and its jobs are those of the code."""
    *pauses, longest = (f"{each:g}" for each in TIMING.retry_delays)
    assert f"after {', '.join(pauses)}, then every {longest} seconds" in HOW
    assert f"gives up after {TIMING.retry_for / 60:g} minutes" in HOW
    looks = [f"{sum(TIMING.lookup_delays[: number + 1]):g}" for number in range(len(TIMING.lookup_delays))]
    assert f"at about {', '.join(looks[:-1])} and {looks[-1]} seconds" in HOW
    assert f"The save may take {TIMING.save_timeout} seconds" in HOW
    assert f"makes up to {CONCURRENCY} calls at a time" in HOW
    assert f"looks every {TIMING.adoption_poll:g} seconds" in HOW
    assert f"another process began {TIMING.abandoned_after} seconds ago" in HOW
    assert f"a wait of more than {TIMING.max_retry_wait} seconds" in HOW
    assert f"for about {sum(TIMING.notify_delays) / 3600:.0f} hours in all".replace("4", "four") in HOW


def test_numbers_of_the_queue() -> None:
    """The window of the rate limit, and how often the queue is polled."""
    assert f"counts starts within {TIMING.rate_limit_period} seconds" in HOW
    assert f"every {TIMING.busy_poll * 1000:g} ms" in PERFORMANCE
    assert f"polled every {TIMING.busy_poll * 1000:g} milliseconds" in HOW
    assert (TIMING.call_start_timeout, TIMING.idle_poll, TIMING.busy_for) == (2, 1, 60)
    assert "than two seconds after its start" in HOW
    assert "looks once a second" in HOW
    assert "until a minute after the last job" in HOW


def test_numbers_of_browsing() -> None:
    """Pages, searches and what is left to submissions."""
    assert (PAGE_SIZE, MAX_RECENT, RESERVED_CALLS, TIMING.lists_fresh_for) == (5, 6, 10, 60)
    for words in ("five a page", "the last six", "and more than ten", "at most once a minute"):
        assert words in BROWSING
    assert f"A word of {PART_OF_ID} characters or more" in BROWSING
    assert f"after {TIMING.lists_timeout} seconds at the latest" in BROWSING
    assert f"can cause {LOOKUPS_PER_MINUTE} calls a minute" in BROWSING
    assert [each for each in OPTIONS.values() if f"- *{each}*" not in BROWSING] == []


def test_numbers_of_filling() -> None:
    """Counts, waits and the size of a call, where how it works and where people are told."""
    counts = [f"{sum(TIMING.count_delays[: number + 1]):g}" for number in range(len(TIMING.count_delays))]
    assert f"at about {', '.join(counts[:-1])} and {counts[-1]} seconds" in HOW
    assert f"for {TIMING.retry_for / 60:g} minutes at most" in HOW
    assert f"more than {TIMING.inspection_lasts / 60:g} minutes ago" in HOW
    assert f"for {TIMING.decision_timeout / 3600:g} hours" in HOW
    assert round(sum(TIMING.count_delays) / 60) == 2
    assert TIMING.decision_timeout == 24 * 3600
    for words in ("counts the list for two minutes", "waits for your answer, for a day"):
        assert words in ADDING
    chunk = Settings.model_fields["contacts_per_call"].default
    assert f"add a chunk of {chunk}" in HOW
    assert f"sends {chunk} rows a call" in ADDING


def test_words_of_filling() -> None:
    """What the page tells people to select is what stands on the buttons."""
    importing = Unsure(
        sentence="", first_row=2, last_row=3, contacts=2, expected=4, count=2, allows_duplicates=True
    )
    shown = str(ended_view(IMPORT, importing, job_id="V1", app=AppInfo(contact="")))
    buttons = re.findall(r"^\| \*([^*]+)\* \|", (DOCS / "add-contacts.md").read_text(), re.MULTILINE)
    assert len(buttons) > 2
    assert [each for each in buttons if f"'text': '{each}'" not in shown] == []
    assert f"*{SHORTCUT_NAME}* in the menu" in ADDING
    for words in (ADD_LABEL, "Change columns", "Send me the problem rows", "Choose another file"):
        assert f"*{words}*" in ADDING


@pytest.mark.parametrize("page", PAGES)
def test_named_files_exist(page: str) -> None:
    """A file of the project that a page names or links to is there."""
    text = (DOCS / page).read_text()
    named = re.findall(r"`((?:bot|sandbox|tests|benchmarks)/[\w./]*)`", text)
    linked = re.findall(r"\]\(\.\./([\w./-]+)\)", text)
    assert [each for each in [*named, *linked] if not (DOCS.parent / each).exists()] == []
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert [each for each in pictures if not (DOCS / each).exists()] == []


def test_benchmark_aims() -> None:
    """What `make bench` prints beside its figures is what the page aims at."""
    aims = re.findall(r'"(≥|≤|<) ([\d.]+)', (DOCS.parent / "benchmarks" / "report.py").read_text())
    assert len(aims) > 8
    table = PERFORMANCE.split("## The aims")[1].split("## Measure it")[0]
    assert [number for _, number in aims if number not in re.findall(r"[\d.]*\d", table)] == []
