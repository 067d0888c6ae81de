"""What the doctor found, line by line. Pure: no I/O."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import Problem


class Status(StrEnum):
    """How a check ended."""

    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"
    """Something it needs is bad."""
    NOT_CHECKED = "not_checked"
    """There was no answer this time, which is no fault."""


_MARKS = {Status.GOOD: "✓", Status.BAD: "✗", Status.SKIPPED: "-", Status.NOT_CHECKED: "?"}
_OK = {Status.GOOD: True, Status.BAD: False}


@dataclass(frozen=True)
class Check:
    """One line: what was found, and what to do about it."""

    name: str
    status: Status
    found: str
    advice: str = ""


class Report:
    """The checks in order. `hide` removes every secret from a text."""

    def __init__(self, hide: Callable[[str], str] = str) -> None:
        self.hide = hide
        self._checks: list[Check] = []

    @property
    def is_well(self) -> bool:
        """Whether nothing bad was found."""
        return all(each.status is not Status.BAD for each in self._checks)

    @property
    def checks(self) -> list[Check]:
        """The lines, without any secret."""
        return [
            replace(each, found=self.hide(each.found), advice=self.hide(each.advice)) for each in self._checks
        ]

    def good(self, name: str, found: str) -> None:
        """Note that something is right."""
        self._checks.append(Check(name, Status.GOOD, found))

    def bad(self, name: str, found: str, advice: str) -> None:
        """Note that something is wrong, and what to do."""
        self._checks.append(Check(name, Status.BAD, found, advice))

    def check(self, name: str, problem: Problem | None, *, good: str = "") -> None:
        """Note a problem, if there is one, else what is `good`."""
        if problem:
            self.bad(name, problem.found, problem.advice)
        else:
            self.good(name, good)

    def not_checked(self, name: str, found: str) -> None:
        """Note that something couldn't be checked, and why."""
        self._checks.append(Check(name, Status.NOT_CHECKED, found))

    def skipped(self, name: str, *, needs: str) -> bool:
        """Record a check as skipped if what it needs was bad; return whether it was skipped."""
        ground = next(each for each in self._checks if each.name == needs)
        if ground.status in {Status.GOOD, Status.NOT_CHECKED}:
            return False
        self._checks.append(Check(name, Status.SKIPPED, f"skipped, because it needs: {needs}"))
        return True

    def as_text(self) -> str:
        """Format the lines for people."""
        width = max(len(each.name) for each in self._checks)
        return "".join(_line(each, width) for each in self.checks)

    def as_json(self) -> str:
        """Format the lines for programs; `ok` is null where a check was skipped or got no answer."""
        checks = [
            {"ok": _OK.get(each.status), "check": each.name, "detail": each.found, "advice": each.advice}
            for each in self.checks
        ]
        return json.dumps({"ok": self.is_well, "checks": checks}, indent=2) + "\n"


def _line(check: Check, width: int) -> str:
    gap = "\n" + " " * (width + 4)
    text = "\n".join(filter(None, [check.found, check.advice])).replace("\n", gap)
    return f"{_MARKS[check.status]} {check.name:{width}}  {text}\n"
