"""What an expression of Prometheus' asks for, and whether the bot has it: by its page and its registry."""

import re
from pathlib import Path

from bot.observe.metrics import Metrics

ROOT = Path(__file__).parents[2]
SELECTOR = re.compile(r"\b(contactlist_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
OF_PROMETHEUS = {"job", "instance", "namespace", "pod", "le"}

Matcher = tuple[str, str, str]


def selectors(expression: str) -> list[tuple[str, list[Matcher]]]:
    """Return each metric of ours in an expression, with its matchers."""
    return [(name, MATCHER.findall(labels)) for name, labels in SELECTOR.findall(expression)]


def unknown(expression: str) -> list[str]:
    """Name the metrics and labels in an expression that the bot doesn't have."""
    labels = _labels()
    missing = []
    for found, matchers in selectors(expression):
        name = re.sub(r"_(?:bucket|sum|count)$", "", found)
        if name not in labels:
            missing.append(found)
        else:
            asked = {label for label, _, _ in matchers} - OF_PROMETHEUS
            missing += [f"{name}{{{label}}}" for label in asked - labels[name]]
    return missing


def unseen(expression: str) -> list[str]:
    """Name the counters whose first increase an expression misses, because they don't begin at zero."""
    samples = [each for family in Metrics().registry.collect() for each in family.samples]
    return [
        name
        for name, matchers in selectors(expression)
        if f"increase({name}" in expression
        and not any(name == each.name and _fits(each.labels, matchers) for each in samples)
    ]


def _fits(labels: dict[str, str], matchers: list[Matcher]) -> bool:
    return all(
        bool(re.fullmatch(wanted, labels.get(label, ""))) != sign.startswith("!")
        for label, sign, wanted in matchers
    )


def _labels() -> dict[str, set[str]]:
    """Return the labels of each metric, as the page has them; a test compares its names with the code."""
    page = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(contactlist_\w+)` \|([^|]*)\|", page, re.MULTILINE)
    return {name: set(re.findall(r"\w+", labels)) for name, labels in rows}
