"""What the import contracts of `make lint` do not see: imports that start something, other sessions."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bot

PACKAGE = Path(bot.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


@pytest.mark.process
def test_imports_start_nothing(tmp_path: Path) -> None:
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


def test_one_way_out() -> None:
    """Sessions are made in one place, so that its time-out and the proxy hold for every call."""
    made = re.compile(r"\b(?:ClientSession|AsyncWebClient|AsyncWebhookClient|SocketModeClient)\(")
    makers = {name for name, path in MODULES.items() if made.search(path.read_text(encoding="utf-8"))}
    assert makers == {"bot.clients", "bot.slack.app", "bot.slack.client", "bot.slack.web_api"}
