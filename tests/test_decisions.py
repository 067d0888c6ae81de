"""The decision records: the same headings in each, an index of all, and nothing that they name is missing."""

import ast
import re
from pathlib import Path

import pytest

from bot.kore import adding, protocol

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEADINGS = ["Context", "Decision", "Consequences", "Checks"]

parametrized = pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)


def test_there_are_records() -> None:
    """The tests below have something to look at."""
    assert len(RECORDS) > 10


@parametrized
def test_headings(record: Path) -> None:
    """A reader finds the same four parts in every record, and something in each."""
    parts = re.split(r"^## (.+)\n", record.read_text(), flags=re.MULTILINE)
    assert parts[0].startswith("# ")
    assert parts[1::2] == HEADINGS
    assert all(text.strip() for text in parts[2::2])


@parametrized
def test_checks_exist(record: Path) -> None:
    """What is said to hold a decision is there: each test, each make target, each import contract."""
    checks = record.read_text().split("\n## Checks\n")[1]
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", checks)
    assert tests
    assert [each for each in tests if not _exists(*each)] == []
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"`make (\w+)", checks)
    assert [each for each in targets if not re.search(rf"^{each}:", makefile, re.MULTILINE)] == []
    contracts = (ROOT / "pyproject.toml").read_text()
    named = [" ".join(each.split()) for each in re.findall(r"\*(\w[^*]+)\*", checks)]
    assert [each for each in named if f'name = "{each}"' not in contracts] == []


@parametrized
def test_named_files_exist(record: Path) -> None:
    """A file that a record names is one of this project."""
    names = re.findall(r"`((?:bot|sandbox|tests|benchmarks)/[\w./]*)", record.read_text())
    assert [each for each in names if not (ROOT / each).exists()] == []


def test_index() -> None:
    """The index has every record once, under the name that it has."""
    table = (FOLDER / "README.md").read_text().split("\n## All records\n")[1]
    rows = re.findall(r"^\| \[([\w-]+\.md)\]\(([\w-]+\.md)\) \| .+ \|$", table, re.MULTILINE)
    assert sorted(text for text, _ in rows) == [path.name for path in RECORDS]
    assert all(text == link for text, link in rows)


def test_requests_to_kore() -> None:
    """The bot can ask Kore.ai for four things, and none of them renames or deletes a list."""
    built = {name for module in (adding, protocol) for name in vars(module) if name.endswith("_request")}
    assert built == {"create_request", "list_request", "details_request", "add_contacts_request"}
    sources = {path.name: path.read_text() for path in (ROOT / "bot" / "kore").glob("*.py")}
    assert {name for name, source in sources.items() if "Request(" in source} == {"adding.py", "protocol.py"}
    assert set(re.findall(r'method="(\w+)"', "".join(sources.values()))) == {"POST", "GET"}


def _exists(file: str, test: str) -> bool:
    """Return whether there is such a file, and such a test in it if one is named."""
    path = ROOT / file
    if not path.exists():
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {each.name for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, functions)}
    return not test or test in found
