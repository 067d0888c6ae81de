"""README.md, CHANGELOG.md and .env.example say what the code says."""

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
README = (ROOT / "README.md").read_text()
PROSE = re.sub(r"^ *```.*?```", "", README, flags=re.DOTALL | re.MULTILINE)
"""README.md without its code blocks."""

DEFAULTS = {name.upper(): field for name, field in Settings.model_fields.items()}


def _is_told(name: str) -> bool:
    """Tell whether a person can see an error: it has a sentence, or the form shows one for it."""
    kind = getattr(errors, name)
    return name == "StoreUnavailable" or (isinstance(kind, type) and "user_message" in vars(kind))


def test_env_example_has_every_setting_with_its_default() -> None:
    """.env.example is the settings of the code, in their order, and nothing that is not a default."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert list(values.items()) == [(name, _default(field)) for name, field in DEFAULTS.items()]


def test_settings_table_has_every_setting_with_its_default() -> None:
    """The README's table is the settings of the code, in their order."""
    rows = [(row[0].strip("`"), row[1]) for row in _rows("Settings")]
    assert rows == [(name, _told_default(field)) for name, field in DEFAULTS.items()]


def test_every_module_is_on_the_map() -> None:
    """A newcomer finds each file of the package in the README's table, or its folder."""
    modules = [path.relative_to(ROOT).as_posix() for path in (ROOT / "bot").glob("[!_]*.py")]
    rooms = [f"bot/{path.name}/" for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()]
    assert [name for name in [*modules, *rooms] if f"`{name}`" not in README] == []


def test_required_settings_are_marked_in_env_example() -> None:
    """The comment above a required setting says so."""
    text = (ROOT / ".env.example").read_text()
    for name, field in DEFAULTS.items():
        if field.is_required():
            assert re.search(rf"^#.*\(required\)\n{name}=$", text, re.MULTILINE), name


def test_links_lead_somewhere() -> None:
    """Every relative link names a file, every link into the page a heading."""
    headings = {_anchor(title) for title in re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)}
    links = re.findall(r"\]\(([^)]+)\)", PROSE)
    assert links
    for link in links:
        if link.startswith("#"):
            assert link in headings
        elif not link.startswith("https://"):
            assert (ROOT / link).exists(), link


def test_every_picture_is_there_and_shown() -> None:
    """What the README shows is what `docs/` holds, each with words for who cannot see it, none too large."""
    found = re.findall(r'src(?:set)?="([^"]+)"|!\[[^\]]+\]\(([^)]+)\)', README)
    shown = {name for each in found for name in each if name}
    assert shown == {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.png")}
    assert all((ROOT / name).stat().st_size < 200_000 for name in shown)
    assert README.count("<img ") == README.count('<img alt="')


def test_named_files_exist() -> None:
    """What is written like a file of this project is one."""
    names = set(re.findall(r"`((?:bot|sandbox|tests)/[\w./]*|[\w-]+\.(?:yml|lock|py|md))`", PROSE))
    assert {"bot/contactlist.py", "sandbox/", "manifest.yml"} <= names
    assert [name for name in sorted(names) if not (ROOT / name).exists()] == []


def test_every_runtime_dependency_has_its_line() -> None:
    """The README says of each dependency of pyproject.toml why it is there, on one line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [re.split(r"[<>=~!;\[ ]", each, maxsplit=1)[0] for each in project["dependencies"]]
    told = re.findall(r"^- `([^`]+)`: .+\.$", _section("Dependencies"), re.MULTILINE)
    assert told == declared


@pytest.mark.parametrize("name", [each for each in vars(errors) if _is_told(each)])
def test_every_error_that_a_person_sees_has_its_row(name: str) -> None:
    """The failure table has each error class, and says whether the list may exist as the class does."""
    kind = getattr(errors, name)
    (seen,) = [row[1] for row in _rows("When things fail") if f"`{name}`" in row[0]]
    if issubclass(kind, errors.JobError):
        words = "may or may not exist" if kind.maybe_created else "nothing was created"
        assert words in seen.lower()
        assert words in kind.user_message.lower()


def test_every_metric_is_named() -> None:
    """The README lists each counter, by the name under which Prometheus finds it."""
    told = [row[0].strip("`") for row in _rows("Run it") if row[0].startswith("`contactlist_")]
    counted = {True: "_total", False: ""}
    assert told == [each.name + counted[each.type == "counter"] for each in Metrics().registry.collect()]


def test_every_address_is_named() -> None:
    """The README names each path that the bot answers."""
    code = "".join((ROOT / "bot" / name).read_text() for name in ("app.py", "operate/health.py"))
    routes = re.findall(r'web\.(get|post)\("(/[^"]+)"', code)
    assert len(routes) > 1
    for method, path in routes:
        assert f"`{method.upper()} {path}`" in PROSE


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
    told = " ".join(PROSE.split())
    assert f"goes on answering Slack for {Timing().hand_over} seconds" in told
    assert f"running jobs may finish for {Timing().jobs_grace} seconds" in told
    assert f"may make each process ask Kore.ai {LOOKUPS_PER_MINUTE} times in a minute" in told


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
    """Write a default as it stands in the README's table."""
    if field.is_required():
        return "required"
    return f"`{_default(field)}`" if _default(field) else "none"


def _section(title: str) -> str:
    """Take the text between one heading and the next of its rank."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def _rows(title: str) -> list[list[str]]:
    """Take the cells of a section's tables, without their headers."""
    lines = [line for line in _section(title).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = [number for number, row in enumerate(cells) if set(row[0]) == {"-"}]
    return [row for number, row in enumerate(cells) if number not in rules and number + 1 not in rules]


def _anchor(title: str) -> str:
    """Make the anchor that GitHub gives a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
