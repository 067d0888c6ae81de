"""The dashboard: it shows what the bot counts. That its expressions can be read is promtool's to say."""

import json

import pytest

from bot.observe.metrics import Metrics
from tests.deploy.promql import selectors, unknown
from tools.lint_deploy import DASHBOARD, expressions

EXPRESSIONS = [*expressions(json.loads(DASHBOARD.read_text()))]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_has_what_it_asks_for(expression: str) -> None:
    """Each metric and label exists."""
    assert unknown(expression) == []


def test_shows_everything() -> None:
    """Each metric has a place on it, so that a new one isn't forgotten; readiness by its reasons too."""
    shown = {name for expression in EXPRESSIONS for name, _ in selectors(expression)}

    counted = [each.name for each in Metrics().registry.collect()]

    assert [name for name in counted if not any(each.startswith(name) for each in shown)] == []


def test_panels_have_words() -> None:
    """Each panel has a title and says what it shows, and no two are the same panel."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    assert [each["title"] for each in panels if each["type"] != "row" and not each["description"]] == []
