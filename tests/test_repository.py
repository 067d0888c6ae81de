"""The files that a hosting site and an editor read: they fit the project as it is."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
ELEMENTS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def _read(path: str | Path) -> Any:  # noqa: ANN401 - YAML holds anything
    return yaml.safe_load((ROOT / path).read_text())


def test_hooks_are_make_lint() -> None:
    """The hooks before a commit are commands of `make lint`; but ruff mends what it can."""
    recipe = (ROOT / "Makefile").read_text().split("\nlint:", 1)[1].split("\n\n", 1)[0]
    commands = {line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()[1:]}
    (repository,) = _read(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = {each["entry"] for each in repository["hooks"]}
    mending = {".venv/bin/ruff check --fix", ".venv/bin/ruff format"}
    assert mending <= entries
    assert entries - mending <= commands
    assert {".venv/bin/ruff check .", ".venv/bin/ruff format --check ."} <= commands


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_issue_forms(form: Path) -> None:
    """Each form has a name, a description, and elements as GitHub documents them, told apart by their ids.

    Source: https://docs.github.com/en/communities, "Syntax for issue forms".
    """
    read = _read(form)
    assert read["name"]
    assert read["description"]
    assert {each["type"] for each in read["body"]} <= ELEMENTS
    asked = [each for each in read["body"] if each["type"] != "markdown"]
    assert len({each["id"] for each in asked}) == len(asked) > 0
    assert all(each["attributes"]["label"] for each in asked)
    assert all(each["attributes"]["options"] for each in asked if each["type"] in {"dropdown", "checkboxes"})


def test_dependabot() -> None:
    """Each place that has versions is looked at; what it proposes for pip is in pyproject.toml."""
    looked_at = {
        each["package-ecosystem"]: each["directory"] for each in _read(".github/dependabot.yml")["updates"]
    }
    assert looked_at == {
        "pip": "/",
        "github-actions": "/",
        "docker": "/",
        "docker-compose": "/deploy/compose",
    }
    assert all((ROOT / name).exists() for name in ("pyproject.toml", ".github/workflows", "Dockerfile"))


def test_locks_are_no_proposals() -> None:
    """Dependabot leaves the locks alone, which `make lock` writes as a whole."""
    (python,) = [
        each for each in _read(".github/dependabot.yml")["updates"] if each["package-ecosystem"] == "pip"
    ]
    excluded = {path.name for pattern in python["exclude-paths"] for path in ROOT.glob(pattern)}
    assert excluded == {f"requirements{each}.txt" for each in ("", "-dev", "-build", "-deploy")}


def test_procfile() -> None:
    """A platform starts one process, which has the default role and so does everything."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert lines == ["web: python -m bot serve"]


def test_template_names_files() -> None:
    """What the pull-request template sends people to is there."""
    text = (ROOT / ".github/pull_request_template.md").read_text()
    names = re.findall(r"`([\w./]+(?:\.\w+|/))`", text)
    assert len(names) > 3
    assert [name for name in names if not (ROOT / name).exists()] == []
    targets = re.findall(r"`make (\w+)`", text)
    assert [each for each in targets if f"\n{each}:" not in (ROOT / "Makefile").read_text()] == []


def test_make_options_are_off() -> None:
    """What `make bench QUICK=1` asks for is asked for by nothing else: the Makefile sets no such name."""
    makefile = (ROOT / "Makefile").read_text()
    options = {
        *re.findall(r"\$\(if \$\((\w+)\)", makefile),
        *re.findall(r"^ifdef (\w+)", makefile, re.MULTILINE),
    }
    assert options >= {"ARGS", "QUICK", "HTTP"}
    assert options.isdisjoint(re.findall(r"^(\w+) [:?]?=", makefile, re.MULTILINE))
