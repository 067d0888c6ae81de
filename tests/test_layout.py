"""The walls of the house: pure modules stay pure, and nothing leans on the sandbox."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot

PACKAGE = Path(bot.__file__).parent
DESIGNED_PURE = (
    "bot.doctor.report",
    "bot.errors",
    "bot.forms",
    "bot.kore.auth",
    "bot.kore.models",
    "bot.kore.protocol",
    "bot.manifest",
    "bot.messages",
    "bot.models",
    "bot.resolution",
    "bot.slack.payloads",
)
PURE_LIBRARIES = (
    "collections.abc",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "html",
    "http.HTTPStatus",
    "json",
    "math",
    "jwt",
    "pydantic",
    "re",
    "slack_sdk.models",
    "typing",
    "unicodedata",
    "urllib.parse",
    "yarl",
)
"""What a pure module may import: nothing here reads a clock, a file or the environment by itself."""
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
IMPURE_METHODS = {"now", "utcnow", "today"}


def modules() -> dict[str, Path]:
    """Map every module of the package to its file."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def says_pure(module: str) -> bool:
    """Tell whether a module's docstring promises that it is pure."""
    return "Pure" in (ast.get_docstring(tree(module)) or "")


def tree(module: str) -> ast.Module:
    """Parse a module."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """List what a module imports anywhere in it, `from a import b` as `a.b`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether a name is one of these packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


PURE = tuple(
    name
    for name in sorted(MODULES)
    if name in DESIGNED_PURE or (says_pure(name) and not is_in(name, ("bot.sandbox",)))
)


@pytest.mark.parametrize("module", DESIGNED_PURE)
def test_the_pure_modules_are_there(module: str) -> None:
    """A module that was renamed does not slip out of the checks below."""
    assert module in PURE


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_import_only_pure_ones(module: str) -> None:
    """Neither I/O nor a clock, an id or the environment can get into a pure module by an import."""
    assert [name for name in imports(module) if not is_in(name, (*PURE, *PURE_LIBRARIES))] == []


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_do_nothing_impure_with_what_they_have(module: str) -> None:
    """No built-in that reads or writes, and no clock that hides in `datetime`."""
    calls = [node.func for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    named = {call.id for call in calls if isinstance(call, ast.Name)}
    methods = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    assert named & IMPURE_CALLS == set()
    assert methods & IMPURE_METHODS == set()


@pytest.mark.parametrize("module", sorted(name for name in MODULES if is_in(name, ("bot.sandbox",))))
def test_the_sandbox_knows_nothing_of_the_bot(module: str) -> None:
    """What the tests stand on shares no code, and so no fault, with what they test."""
    assert [
        name for name in imports(module) if is_in(name, ("bot",)) and not is_in(name, ("bot.sandbox",))
    ] == []


@pytest.mark.parametrize("module", sorted(name for name in MODULES if not is_in(name, ("bot.sandbox",))))
def test_the_bot_does_not_lean_on_the_sandbox(module: str) -> None:
    """Only the command line and the demo know that there is a sandbox."""
    found = [name for name in imports(module) if is_in(name, ("bot.sandbox", "bot.demo"))]
    assert found == [] or module in {"bot.cli", "bot.demo"}


@pytest.mark.timeout(60)  # everything is compiled anew
def test_importing_starts_nothing(tmp_path: Path) -> None:
    """Every module can be imported without a setting: no output, no thread, no file, no warning."""
    names = sorted(name for name in MODULES if name != "bot.__main__")
    code = "\n".join(
        [
            "import importlib, sys, threading",
            f"sys.path.insert(0, {str(PACKAGE.parent)!r})",
            f"for name in {names!r}: importlib.import_module(name)",
            "assert threading.active_count() == 1, threading.enumerate()",
        ]
    )
    ended = subprocess.run(  # noqa: S603 - our own interpreter and our own code
        [sys.executable, "-B", "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_there_is_one_way_out() -> None:
    """Every call goes through one session, so that its time-out and the proxy hold for all of them."""
    made = re.compile(r"\b(?:ClientSession|AsyncWebClient|AsyncWebhookClient|SocketModeClient)\(")
    makers = {
        name
        for name, path in MODULES.items()
        if not is_in(name, ("bot.sandbox",)) and made.search(path.read_text(encoding="utf-8"))
    }
    assert makers == {"bot.session", "bot.slack.dispatcher", "bot.slack.socket_mode"}
