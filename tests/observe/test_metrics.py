"""What `/metrics` tells: the names are a contract with whoever draws them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bot.observe.metrics import Metrics

METRICS = Path(__file__).parents[2] / "docs/metrics.md"


def test_each_is_counted_under_its_name() -> None:
    """Counters end in _total, times are in seconds, and everything has the bot's prefix."""
    metrics = Metrics()
    metrics.requests.labels("command", "acknowledged").inc()
    metrics.refusals.labels("bad_signature").inc()
    metrics.jobs.labels("created").inc(2)
    metrics.deliveries.labels("channel").inc()
    metrics.kore_called("create", "200", 0.3)
    metrics.kore_called("create", "429", 0.3)
    told = generate_latest(metrics.registry).decode().splitlines()
    assert 'contactlist_requests_total{kind="command",outcome="acknowledged"} 1.0' in told
    assert 'contactlist_refusals_total{reason="bad_signature"} 1.0' in told
    assert 'contactlist_jobs_total{outcome="created"} 2.0' in told
    assert 'contactlist_deliveries_total{route="channel"} 1.0' in told
    assert 'contactlist_kore_calls_total{operation="create",status="200"} 1.0' in told
    assert 'contactlist_kore_call_seconds_bucket{le="0.5",operation="create"} 2.0' in told
    assert 'contactlist_rate_limit_waits_total{reason="kore"} 1.0' in told


def test_names_follow_the_conventions() -> None:
    """Every figure has the prefix; every histogram is in seconds, the base unit."""
    for each in Metrics().registry.collect():
        assert each.name.startswith("contactlist_")
        assert each.type != "histogram" or each.name.endswith("_seconds")


def test_two_bots_in_one_process_count_apart() -> None:
    """Nothing is registered for the whole process."""
    first, second = Metrics(), Metrics()
    first.jobs.labels("created").inc()
    assert 'contactlist_jobs_total{outcome="created"} 0.0' in generate_latest(second.registry).decode()


@pytest.mark.parametrize(
    "name", [f"contactlist_{each}" for each in ("refusals", "jobs", "imports", "contacts", "deliveries")]
)
def test_counts_from_zero(name: str) -> None:
    """Each value of the label that the page names is there at the start, so the first is an increase."""
    (row,) = [line for line in METRICS.read_text().splitlines() if line.startswith(f"| `{name}_total`")]
    label, *told = re.findall(r"`(\w+)`", row)[1:]

    (family,) = [each for each in Metrics().registry.collect() if each.name == name]

    assert {each.labels[label] for each in family.samples if each.name.endswith("_total")} == {*told} - {
        label
    }


@pytest.mark.process
def test_left_over_variable(tmp_path: Path) -> None:
    """What tells Prometheus' client to keep files, for servers of many processes, isn't for the bot."""
    program = """
from bot.observe.metrics import Metrics
metrics = Metrics()
metrics.jobs.labels("created").inc()
metrics.open_jobs.set(2)
"""
    for folder in (tmp_path, tmp_path / "missing"):
        ran = subprocess.run(  # noqa: S603 - our own interpreter, our own program
            [sys.executable, "-c", program],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
