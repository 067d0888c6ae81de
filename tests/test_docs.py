"""The pages and .env.example say what the code says."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import bot
from bot import errors
from bot.access.limits import LOOKUPS_PER_MINUTE
from bot.observe.metrics import Metrics
from bot.settings import Settings
from bot.timing import Timing

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
SETTINGS = ROOT / "docs/settings.md"
OPERATIONS = ROOT / "docs/operations.md"
METRICS = ROOT / "docs/metrics.md"
TROUBLESHOOTING = ROOT / "docs/troubleshooting.md"

SOURCES = [path.read_text() for path in (ROOT / "bot").rglob("*.py")]
DEFAULTS = {name.upper(): field for name, field in Settings.model_fields.items()}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def _is_told(name: str) -> bool:
    """Return whether a job can end with an error of a person's own list, or the form shows one for it."""
    kind = getattr(errors, name)
    is_told = isinstance(kind, type) and issubclass(kind, errors.JobError)
    return name == "StoreUnavailable" or (is_told and kind not in {errors.JobError, errors.KoreError})


def test_readme_is_short() -> None:
    """The README is two screens; what is longer has a page of its own."""
    assert len(README.read_text().splitlines()) <= 150


def test_env_example_has_every_setting_with_its_default() -> None:
    """.env.example is the settings of the code, in their order, and nothing that is not a default."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert list(values.items()) == [(name, _default(field)) for name, field in DEFAULTS.items()]


def test_required_settings_are_marked_in_env_example() -> None:
    """The comment above a required setting says so."""
    text = (ROOT / ".env.example").read_text()
    for name, field in DEFAULTS.items():
        if field.is_required():
            assert re.search(rf"^#.*\(required\)\n{name}=$", text, re.MULTILINE), name


def test_settings_tables_have_every_setting_with_its_default() -> None:
    """The tables are the settings of the code, in their order."""
    rows = [(row[0].strip("`"), row[1]) for row in _rows(SETTINGS.read_text())]
    assert rows == [(name, _told_default(field)) for name, field in DEFAULTS.items()]


def test_every_module_is_on_the_map() -> None:
    """A newcomer finds each file of the package in the README's table, or its folder."""
    told = README.read_text()
    modules = [path.relative_to(ROOT).as_posix() for path in (ROOT / "bot").glob("[!_]*.py")]
    rooms = [f"bot/{path.name}/" for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()]
    assert [name for name in [*modules, *rooms] if f"`{name}`" not in told] == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "decisions"], ids=lambda page: page.name
)
def test_named_files_exist(page: Path) -> None:
    """What is written like a file of this project is one; only a record may name what was cut."""
    names = set(re.findall(r"`((?:bot|sandbox|tests|docs)/[\w./]*|[\w-]+\.(?:yml|txt|py|md))`", _prose(page)))
    assert [name for name in sorted(names) if not (ROOT / name).exists()] == []


@each_page
def test_pictures_have_words(page: Path) -> None:
    """Each picture has words for people who can't see it, and none is too large."""
    text = page.read_text()
    assert text.count("<img ") == text.count('<img alt="')
    assert all(picture.stat().st_size < 200_000 for picture in _pictures(page))


def test_every_picture_is_shown() -> None:
    """What `docs/` holds is what the pages show."""
    shown = {picture for page in PAGES for picture in _pictures(page)}
    assert shown == set((ROOT / "docs").glob("*.png"))


@each_page
def test_make_targets_exist(page: Path) -> None:
    """Every `make …` that a page names is one."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert sorted(set(named) - set(targets)) == []


def test_every_runtime_dependency_has_its_line() -> None:
    """CONTRIBUTING.md says of each dependency of pyproject.toml why it is there, on one line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [re.split(r"[<>=~!;\[ ]", each, maxsplit=1)[0] for each in project["dependencies"]]
    told = re.findall(r"^- `([^`]+)`: .+\.$", _section(CONTRIBUTING, "Dependencies"), re.MULTILINE)
    assert told == declared


@pytest.mark.parametrize("recipe", ["Add a field to the form", "Add a command"])
def test_recipes_name_what_there_is(recipe: str) -> None:
    """What a step of a recipe sends people to is in one of the files that the step names."""
    steps = re.split(r"^\d\. ", _section(CONTRIBUTING, recipe), flags=re.MULTILINE)[1:]
    assert len(steps) > 5
    for step in (each.partition("\n\n")[0] for each in steps):
        files = "".join((ROOT / each).read_text() for each in re.findall(r"`([\w/]+\.\w+)`", step))
        names = re.findall(r"`([A-Za-z]\w+|_\w+)`", step) if files else []
        assert [name for name in names if name not in files] == []


@pytest.mark.parametrize("name", [each for each in vars(errors) if _is_told(each)])
def test_every_error_that_a_person_sees_has_its_row(name: str) -> None:
    """The failure tables have each error class, and say whether the list may exist as the class does."""
    kind = getattr(errors, name)
    tables = _section(TROUBLESHOOTING, "What failed, and where it shows")
    (seen,) = [row[1] for row in _rows(tables) if f"`{name}`" in row[0]]
    if issubclass(kind, errors.JobError):
        words = "can't tell whether" if kind.maybe_created else "nothing was created"
        assert words in seen.lower()
        assert words in kind.user_message().lower()


def test_what_is_quoted_is_said() -> None:
    """What stands in “…” as the bot's words is in its code: in Slack, and where the bot does not start."""
    said = [text for source in SOURCES for text in _texts(source)]
    quoted = re.findall(r"“([^”]+)”", TROUBLESHOOTING.read_text())
    assert len(quoted) > 30
    assert [each for each in quoted if not any(" ".join(each.split()) in text for text in said)] == []


def test_every_metric_is_named() -> None:
    """The table lists each metric, by the name under which Prometheus finds it."""
    told = [row[0].strip("`") for row in _rows(_section(METRICS, "Metrics"))]
    counted = {True: "_total", False: ""}
    assert told == [each.name + counted[each.type == "counter"] for each in Metrics().registry.collect()]


def test_every_event_is_named() -> None:
    """The table lists each event of the log, at its level."""
    written: dict[str, set[str]] = {}
    for level, event in re.findall(r'log\.(\w+)\(\s*"(\w+)"', "\n".join(SOURCES)):
        written.setdefault(event, set()).add("error" if level == "exception" else level)
    rows = [row for row in _rows(_section(METRICS, "Log")) if not row[0].startswith("**")]
    assert {row[0].strip("`"): set(row[1].split(", ")) for row in rows} == written


def test_samples_of_the_log() -> None:
    """Each sample is a line that the bot could write: an event at its level, with fields that it has."""
    rows = [row for row in _rows(_section(METRICS, "Log")) if not row[0].startswith("**")]
    levels = {row[0].strip("`"): row[1].split(", ") for row in rows}
    fields = {row[0].strip("`"): {*re.findall(r"`(\w+)`", row[2])} for row in rows}
    samples = re.findall(r'^\{"event".*', _section(METRICS, "Log"), re.MULTILINE)
    assert len(samples) > 4
    for sample in map(json.loads, samples):
        event = sample["event"]
        assert sample["level"] in levels[event]
        others = {"event", "level", "job", "reference", "exception"}
        assert set(sample) - others <= fields[event], event


def test_named_events_are_written() -> None:
    """An event that an operator is sent to look for is one."""
    told = {row[0].strip("`") for row in _rows(_section(METRICS, "Log"))}
    failures = _rows(_section(TROUBLESHOOTING, "What failed, and where it shows"))
    named = {name for row in failures for name in re.findall(r"`([a-z_]+)`", row[2])}
    assert len(named) > 10
    assert named <= told


def test_every_address_is_named() -> None:
    """The pages name each path that the bot answers."""
    code = "".join((ROOT / "bot" / name).read_text() for name in ("app.py", "operate/health.py"))
    told = "".join(page.read_text() for page in (OPERATIONS, ROOT / "docs/setup-slack.md"))
    routes = re.findall(r'web\.(get|post)\("(/[^"]+)"', code)
    assert len(routes) > 1
    for method, path in routes:
        assert f"`{method.upper()} {path}`" in told


def test_every_test_that_security_names_exists() -> None:
    """SECURITY.md points at functions, and each row of its table at one or more."""
    text = (ROOT / "SECURITY.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and "What stops it" not in line]
    for row in rows[1:]:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, function in named:
            assert f"def {function}(" in (ROOT / file).read_text(), function


def test_numbers_that_are_no_settings_are_the_codes() -> None:
    """How long stopping takes, and how often one person may look."""
    told = {page: " ".join(page.read_text().split()) for page in (OPERATIONS, SETTINGS, TROUBLESHOOTING)}
    timing = Timing()
    assert f"goes on answering Slack for {timing.hand_over} seconds" in told[OPERATIONS]
    assert f"running jobs may finish for {timing.jobs_grace} seconds" in told[OPERATIONS]
    assert f"may make each process ask Kore.ai {LOOKUPS_PER_MINUTE} times in a minute" in told[SETTINGS]
    assert f"are read every {timing.usergroups_poll // 60} minutes" in told[SETTINGS]
    assert f"save the job in {timing.save_timeout} seconds" in told[TROUBLESHOOTING]


def test_changelog_is_at_this_version() -> None:
    """The newest entry is for what is not released, or for the version of the code."""
    newest = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    assert newest in {"Unreleased", bot.__version__}


def _default(field: FieldInfo) -> str:
    """Write a default as it stands in .env.example."""
    value = field.default
    if value in {PydanticUndefined, None, frozenset()}:
        return ""
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _told_default(field: FieldInfo) -> str:
    """Write a default as it stands in the table."""
    if field.is_required():
        return "required"
    return f"`{_default(field)}`" if _default(field) else "none"


def _prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^ *```.*?```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def _section(page: Path, title: str) -> str:
    """Return the text between one heading and the next of its rank; nothing if there is no such heading."""
    return page.read_text().partition(f"\n## {title}\n")[2].split("\n## ", 1)[0]


def _rows(text: str) -> list[list[str]]:
    """Return the cells of all tables, without their headers."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = [number for number, row in enumerate(cells) if set(row[0]) == {"-"}]
    return [row for number, row in enumerate(cells) if number not in rules and number + 1 not in rules]


def _pictures(page: Path) -> set[Path]:
    """Return the pictures that a page shows."""
    found = re.findall(r'src(?:set)?="([^"]+)"|!\[[^\]]+\]\(([^)]+)\)', page.read_text())
    return {(page.parent / name).resolve() for each in found for name in each if name}


def _texts(source: str) -> list[str]:
    """Return the texts of a module, with an ellipsis for what is filled in."""
    nodes = [*ast.walk(ast.parse(source))]
    filled = ["".join(map(_text, node.values)) for node in nodes if isinstance(node, ast.JoinedStr)]
    return [
        *filled,
        *(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)),
    ]


def _text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "…"
