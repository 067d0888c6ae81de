"""Rounds of figures as ratios, as a Markdown table and as pictures."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measures import Drain, Idle, Memory
from benchmarks.servers import BARE, BOLT, BOT, SERVERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Round = dict[str, dict[str, float]]
"""What one round found: by server, then by measurement."""

COLOURS = {BOT: "#1264a3", BOLT: "#e8912d", BARE: "#8d8d8d"}
DOTS = 100
"""Dots an inch in the pictures."""


@dataclass(frozen=True)
class Row:
    """One measurement as it is told: its key in the rounds, digits behind the point, what is aimed at."""

    what: str
    key: str
    digits: int
    aim: str = ""


ROWS = (
    Row(
        "Commands a second, each with its ack and its form",
        "commands_per_s",
        0,
        "≥ 2.0 of Bolt's",
    ),
    Row("… the server's CPU for each, ms", "command_cpu_ms", 2),
    Row("Submissions acked a second (only this bot saves them)", "submissions_per_s", 0, "≥ 1.0 of Bolt's"),
    Row("… the server's CPU for each, ms", "submission_cpu_ms", 2),
    Row("Ack at 50 commands a second, p50, ms", "ack_p50_ms", 2, "≤ 1.5 of aiohttp's"),
    Row("… p99, ms", "ack_p99_ms", 1),
    Row("200 commands in a second, Slack takes 100 ms: slowest ack, ms", "burst_ack_ms", 0),
    Row("… slowest form, ms", "burst_form_ms", 0),
    Row("200 commands at once, Slack takes 100 ms: slowest ack, ms", "rush_ack_ms", 0, "≤ 0.5 of Bolt's"),
    Row("… slowest form, ms", "rush_form_ms", 0, "≤ 0.85 of Bolt's"),
    Row("Submission to summary, Kore.ai takes no time, p50, ms", "summary_p50_ms", 1, "≤ 60 ms"),
    Row("Process start to ready, s", "ready_s", 2, "≤ 1.5 s"),
    Row("RSS idle, MB", "idle_mb", 0, "< 120 MB"),
    Row("… at the end of the round, MB", "used_mb", 0, "< 120 MB"),
)


@dataclass(frozen=True)
class Spread:
    """The same measurement in all rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Sum up."""
        return cls(statistics.median(values), min(values), max(values))

    def told(self, digits: int) -> str:
        """Write the median, and from where to where."""
        return f"{self.median:.{digits}f} [{self.least:.{digits}f}\N{EN DASH}{self.most:.{digits}f}]"


@dataclass(frozen=True)
class Found:
    """All that one run found."""

    rounds: list[Round]
    memory: Memory
    drain: Drain
    idle: Idle

    def spread(self, name: str, key: str) -> Spread:
        """Sum up one measurement of one server."""
        return Spread.of([each[name][key] for each in self.rounds])

    def shares(self) -> str:
        """Say whether the servers were the limit: how much of their cores everybody used."""
        rates = ("command", "submission")
        found = [each for one in self.rounds for each in one.values()]
        load = max(each[f"{rate}_load_share"] for each in found for rate in rates)
        server = statistics.median(each[f"{rate}_server_share"] for each in found for rate in rates)
        return (
            f"While as much as possible was asked for, the servers used {server:.0%} of their core (median), "
            f"the load side at most {load:.0%} of its own."
        )


def ratios(rounds: Sequence[Round], key: str, other: str) -> Spread:
    """Divide this bot's figure by another server's, round by round."""
    return Spread.of([each[BOT][key] / max(each[other][key], 1e-9) for each in rounds])


def table(found: Found) -> str:
    """Lay everything out in Markdown: the median, the least and the most over the rounds."""
    lines = [
        ["Measurement", *SERVERS, "bot ÷ Bolt", "bot ÷ aiohttp", "Aim"],
        ["---", *["---:"] * (len(SERVERS) + 2), "---"],
    ]
    for row in ROWS:
        figures = [found.spread(name, row.key).told(row.digits) for name in SERVERS]
        against = [ratios(found.rounds, row.key, other).told(2) for other in (BOLT, BARE)]
        lines.append([row.what, *figures, *against, row.aim])
    lines += [[what, figure, "", "", "", "", aim] for what, figure, aim in _alone(found)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _alone(found: Found) -> list[tuple[str, str, str]]:
    """Tell what is measured of this bot alone."""
    grown, drained = found.memory, found.drain
    rss = " / ".join(f"{each:.0f}" for each in [grown.idle, *grown.quarters])
    share = Spread.of([bot / engine for bot, engine in zip(drained.bot, drained.engine, strict=True)])
    return [
        (f"RSS idle and after each quarter of {grown.requests} requests, MB", rss, "< 120 MB and flat"),
        (
            f"Drain of {drained.jobs} saved jobs without a limit, jobs a second",
            Spread.of(drained.bot).told(0),
            "",
        ),
        (
            "… the durable engine alone, with steps in which nothing is done",
            Spread.of(drained.engine).told(0),
            "",
        ),
        ("… this bot ÷ the engine alone", share.told(2), "≥ 0.7"),
        (
            f"CPU while idle over {found.idle.seconds:.0f} s, % of a core",
            f"{found.idle.cpu:.2f}",
            "≤ 1",
        ),
    ]


def draw(found: Found, folder: Path) -> None:
    """Draw the pictures `speed-*.png`."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only this needs

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - the same

    pictures = {
        "throughput": (_throughput, "Requests a second, one core (more is better)", "a second"),
        "latency": (_latency, "Milliseconds, logarithmic (less is better)", "ms"),
        "memory": (_memory, f"RSS of this bot over {found.memory.requests} requests", "MB"),
    }
    for name, (paint, title, unit) in pictures.items():
        figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
        paint(axes, found)
        axes.set(title=title, ylabel=unit)
        axes.grid(visible=True, axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(folder / f"speed-{name}.png", dpi=DOTS, facecolor="white")
        plt.close(figure)


def _throughput(axes: "Axes", found: Found) -> None:
    _bars(
        axes,
        found,
        {"commands_per_s": "/contactlist:\nack and form", "submissions_per_s": "Create list:\nack"},
    )


def _latency(axes: "Axes", found: Found) -> None:
    axes.set_yscale("log")
    _bars(
        axes,
        found,
        {
            "ack_p50_ms": "ack at 50/s\np50",
            "ack_p99_ms": "ack at 50/s\np99",
            "rush_ack_ms": "200 at once\nslowest ack",
            "rush_form_ms": "200 at once\nslowest form",
            "summary_p50_ms": "submission to\nsummary, p50",
        },
    )


def _bars(axes: "Axes", found: Found, groups: dict[str, str]) -> None:
    """Draw a group of bars for each measurement; a line shows from where to where the rounds went."""
    width = 0.8 / len(SERVERS)
    for place, name in enumerate(SERVERS):
        spreads = [found.spread(name, key) for key in groups]
        medians = [each.median for each in spreads]
        below = [each.median - each.least for each in spreads]
        above = [each.most - each.median for each in spreads]
        bars = axes.bar(
            [group + (place - 1) * width for group in range(len(groups))],
            medians,
            width,
            yerr=[below, above],
            color=COLOURS[name],
            label=name,
            error_kw={"elinewidth": 1, "ecolor": "#333333"},
        )
        axes.bar_label(bars, fmt=lambda value: f"{value:.3g}" if value < 1000 else f"{value:.0f}", fontsize=8)  # noqa: PLR2004 - no exponents
    axes.set_xticks(range(len(groups)), list(groups.values()))
    axes.set_xlabel("bars and figures: median of the rounds; lines: from the least to the most")
    axes.legend(frameon=False)


def _memory(axes: "Axes", found: Found) -> None:
    grown = found.memory
    points = [grown.idle, *grown.quarters]
    steps = [grown.requests * place / len(grown.quarters) for place in range(len(points))]
    axes.plot(steps, points, marker="o", color=COLOURS[BOT])
    axes.set_ylim(0, max(130, 1.1 * max(points)))
    axes.set_xlabel("requests")
