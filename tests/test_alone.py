"""`make alone`: what needs another test is found."""

from pathlib import Path

import pytest

from tools.alone import alone, each_of, files

HERE = "tests/test_alone.py"


@pytest.mark.process
def test_dependent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one that needs what another has left behind fails, and its output is shown."""
    (tmp_path / "left.py").write_text("LEFT = []\n")
    leaves, needs = tmp_path / "test_leaves.py", tmp_path / "test_needs.py"
    leaves.write_text("import left\ndef test_it():\n    left.LEFT.append(1)\n")
    needs.write_text("import left\ndef test_it():\n    assert left.LEFT, 'another test leaves it'\n")

    assert alone([str(leaves), str(needs)]) == [str(needs)]
    told = capsys.readouterr().out
    assert "another test leaves it" in told
    assert "--randomly-seed=" in told


@pytest.mark.process
def test_each_of_a_file() -> None:
    """Each test of a file is one, with however many parameters it runs."""
    assert each_of(HERE) == [
        f"{HERE}::{name}" for name in ("test_dependent", "test_each_of_a_file", "test_files")
    ]


def test_files() -> None:
    """No file is left out, however deep it lies."""
    assert {HERE, "tests/sandbox/browser/test_stories.py"} <= set(files())
