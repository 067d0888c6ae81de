"""`make mutants`: what it reads, and when it fails."""

import inspect
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tools.mutants import LIST, Fault, change, listed, place, verdict

ROOT = Path(__file__).parent.parent
MUTMUT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
FAULT = Fault("bot.a.C.f", "x", "y")
PAGE = """\
| In | this | became | and that is right, because |
| --- | --- | --- | --- |
| `bot.a.C.f` | `x` | `y` | of something |
| `bot.a.g` | `x` | `y` | |
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bot.a.x_f__mutmut_1", "bot.a.f"),
        ("bot.a.x__f__mutmut_12", "bot.a._f"),
        ("bot.a.xǁCǁ__init____mutmut_3", "bot.a.C.__init__"),
        ("bot.a.xǁ_Cǁ_f__mutmut_3", "bot.a._C._f"),
    ],
)
def test_place(name: str, expected: str) -> None:
    """A mutant's function is named as it is in the code."""
    assert place(name) == expected


@pytest.mark.parametrize(
    ("diff", "before", "after"),
    [
        ("-    if a > b:\n+    if a >= b:", ">", ">="),
        ("--- bot/a.py\n+++ bot/a.py\n     f(\n-        a,\n-    )\n+        )", "a,", "nothing"),
        ("-    f(a, a)\n+    f(a, a, a)", "nothing", "a,"),
    ],
)
def test_change(diff: str, before: str, after: str) -> None:
    """Of a changed line only the words that changed are kept."""
    assert change("bot.a.x_f__mutmut_1", diff) == Fault("bot.a.f", before, after)


def test_reason_is_needed() -> None:
    """A row of the table counts only with its reason."""
    assert listed(PAGE) == {FAULT}


@pytest.mark.parametrize(
    ("noticed", "survivors", "expected", "status"),
    [(9, {FAULT}, {FAULT}, 0), (8, {FAULT}, {FAULT}, 1), (9, {FAULT}, set(), 1), (9, set(), {FAULT}, 1)],
    ids=["as listed", "too few noticed", "a new one", "one too many in the list"],
)
def test_verdict(noticed: int, survivors: set[Fault], expected: set[Fault], status: int) -> None:
    """It fails below 90 %, for a fault without a reason, and the reverse; what hangs the tests is noticed."""
    results = ["timeout", *["killed"] * (noticed - 1), *["survived"] * (10 - noticed)]
    failed, told = verdict(results, survivors, expected)
    assert failed == status
    assert f"10 faults tried, {noticed} noticed by a test: {noticed}0.0 %" in told
    assert ("| `bot.a.C.f` | `x` | `y` |" in told) == (survivors != expected)


def test_listed_functions_exist() -> None:
    """The table names functions of the modules that are tried."""
    tried = MUTMUT["only_mutate"]
    places = {fault.place for fault in listed(LIST.read_text())}
    assert places
    for each in places:
        file = Path(str(inspect.getsourcefile(resolve_name(each)))).relative_to(ROOT)
        assert any(file.match(pattern) for pattern in tried)


def test_selection_exists() -> None:
    """The tests that are run against the faults are there."""
    selected = MUTMUT["pytest_add_cli_args_test_selection"]
    assert [each for each in selected if not (ROOT / each).exists()] == []
