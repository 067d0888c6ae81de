"""What the bot is made of, and what it runs in: pinned, listed, without rights."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import audit, licences

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("lock", "least"),
    [
        ("requirements.txt", 20),
        ("requirements-dev.txt", 40),
        ("requirements-build.txt", 1),
        ("requirements-deploy.txt", 10),
    ],
)
def test_every_requirement_has_a_hash(lock: str, least: int) -> None:
    """A package that was changed after it was locked is not installed."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert len(entries) >= least
    assert [entry for entry in entries if "--hash=sha256:" not in entry or "==" not in entry] == []


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile"])
def test_a_lock_is_installed_as_it_stands(file: str) -> None:
    """Nothing is resolved again: pip would take a newer release of an extra, and stop at its missing hash."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if "--require-hashes" in line]
    assert lines
    assert [line for line in lines if "--no-deps" not in line] == []


def test_the_licences_are_listed() -> None:
    """LICENCES.md is what `make licences` writes, and every package declares something."""
    assert licences.FILE.read_text() == licences.table()
    assert "not declared" not in licences.table()


def test_the_image_has_what_it_copies() -> None:
    """What the Dockerfile copies from here is let through, and nothing else is."""
    copied = {
        name
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert copied == let_through


def test_the_image_runs_without_rights() -> None:
    """The image ends as another user than root, by number, and keeps what it writes in the volume.

    Whatever number the user has, its group 0 may write there.
    """
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert {"WORKDIR /data", "VOLUME /data"} <= set(lines)
    assert any("--group=0 --mode=0770 /data" in line for line in lines)
    assert any("HOME=/data" in line for line in lines)
    (run,) = re.findall(r"^docker run (?:.*\\\n)*.*", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    for option in ("--read-only", "--tmpfs /tmp", "--cap-drop ALL", "no-new-privileges", ":/data"):
        assert option in run


@pytest.mark.parametrize(
    "report",
    ["", "{}", '{"dependencies": []}', '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}'],
)
def test_an_audit_without_data_does_not_look_like_a_pass(report: str) -> None:
    """Nothing was found out, and that is what it says."""
    status, told = audit.verdict(report)
    assert status == 0
    assert told.startswith("NOT AUDITED")


def test_known_faults_are_named() -> None:
    """One line for each, with the version that cures it, and the exit status is 1."""
    report = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": []},
            {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]},
            {"name": "c", "version": "4", "vulns": [{"id": "CVE-2", "fix_versions": []}]},
            {"name": "d", "skip_reason": "not on the index"},
        ]
    }
    assert audit.verdict(json.dumps(report)) == (
        1,
        (
            "3 of 4 dependencies audited, 2 known faults.\n"
            "b 2: CVE-1, fixed in 3\n"
            "c 4: CVE-2, fixed in no version yet\n"
            "d: NOT AUDITED"
        ),
    )


@pytest.mark.parametrize("hangs", [True, False])
def test_pip_audit_is_asked_about_what_the_bot_runs_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, hangs: bool
) -> None:
    """It reads the lock; when it hangs or fails, that is said."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command)
        if hangs:
            raise subprocess.TimeoutExpired(command, 1)
        return SimpleNamespace(stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    assert audit.audit() == 0
    assert asked[0][:3] == [sys.executable, "-m", "pip_audit"]
    assert str(ROOT / "requirements.txt") in asked[0]
    assert "NOT AUDITED" in capsys.readouterr().out
