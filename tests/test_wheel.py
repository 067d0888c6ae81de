"""What `make dist` builds: the bot, all of it, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot import __version__

ROOT = Path(__file__).parent.parent

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of a copy, since setuptools leaves files where it builds."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("bot", "sandbox", "tests", "tools", "benchmarks"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    _pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(built), str(source))
    (wheel,) = built.iterdir()
    return wheel


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own interpreter, our own arguments


def test_what_it_holds(wheel: Path) -> None:
    """Every file of the bot is in it, and of the sandbox, the tests and the tools none."""
    about = f"contactlist_bot-{__version__}.dist-info"
    held = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith(f"{about}/")}
    ours = {path.relative_to(ROOT) for path in (ROOT / "bot").rglob("*") if path.is_file()}
    assert held == {path.as_posix() for path in ours if "__pycache__" not in path.parts}


def test_it_works_anywhere(wheel: Path, tmp_path: Path) -> None:
    """Installed, it runs in a folder that has nothing of the project."""
    _pip("install", "--no-deps", "--no-index", "--target", str(tmp_path / "installed"), str(wheel))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    ran = subprocess.run(  # noqa: S603 - as above
        [sys.executable, str(tmp_path / "installed/bin/contactlist-bot"), "serve"],
        cwd=folder,
        env={"PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "SLACK_BOT_TOKEN is missing" in ran.stderr
