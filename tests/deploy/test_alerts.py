"""The alerts: each is tested, has its page in the runbook, and asks for what the bot has.

That each fires when it should is promtool's to say, in `make lint-deploy`.
"""

import re
from functools import cache
from typing import Any

import pytest
import yaml

from tests.deploy.promql import ROOT, unknown, unseen

ALERTS = ROOT / "deploy/prometheus/alerts.yml"
TESTS = ROOT / "deploy/prometheus/alerts_test.yml"
RUNBOOK = ROOT / "docs/runbook.md"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
]

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


@cache
def read_tests() -> list[dict[str, Any]]:
    """Read what `make lint-deploy` hands to promtool: once, since reading takes a tenth of a second."""
    tests: list[dict[str, Any]] = yaml.safe_load(TESTS.read_text())["tests"]
    return tests


@each_rule
def test_says_enough(rule: dict[str, Any]) -> None:
    """How long it has to last, how urgent it is, a sentence, and where to read what to do."""
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_sections() -> None:
    """The runbook has a section for each alert, in the order of the file, and for no other."""
    told = re.findall(r"^### (ContactList\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert told == [rule["alert"] for rule in RULES]


@each_rule
def test_sections_are_whole(rule: dict[str, Any]) -> None:
    """A section has what people notice, what to look at, and what to do."""
    section = RUNBOOK.read_text().partition(f"\n### {rule['alert']}\n")[2].split("\n#", 1)[0]
    assert re.findall(r"^- \*\*([^*]+)\.\*\*", section, re.MULTILINE) == ["People notice", "Look at", "Do"]


@each_rule
def test_has_what_it_asks_for(rule: dict[str, Any]) -> None:
    """Each metric and label exists, and a counter begins at zero, or the first time would be missed."""
    assert unknown(rule["expr"]) == []
    assert unseen(rule["expr"]) == []


@each_rule
def test_fires_and_does_not(rule: dict[str, Any]) -> None:
    """The rule's tests have a case in which it fires, not before its time, and one in which it never does."""
    tests = [
        [bool(each["exp_alerts"]) for each in test["alert_rule_test"] if each["alertname"] == rule["alert"]]
        for test in read_tests()
    ]
    assert [False, True] in tests
    assert any(fires and not any(fires) for fires in tests)


def test_what_is_missing_is_named() -> None:
    """The two questions above can be answered with no."""
    assert unknown('rate(contactlist_job_total[5m]) + contactlist_jobs_total{result="x"}') == [
        "contactlist_job_total",
        "contactlist_jobs_total{result}",
    ]
    assert unseen('increase(contactlist_kore_calls_total{status="418"}[5m])') == [
        "contactlist_kore_calls_total"
    ]
