"""Pictures of the benchmarks' page: least times as bars, and the gain of lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import lanes_page
from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.theme import muted, series, theme, wide
from benchmark.report.figures.titles import wrapped

Record = dict[str, Any]
folder = Path(__file__).parents[1] / "docs" / "pictures"
bar, around, room = (
    0.36,
    0.85,
    2.4,
)  # inches: a bar with its gap, what stands around the bars of a panel, their names


def name_of(benchmark: str) -> str:
    """Return the name of a benchmark's picture."""
    return f"bench-{benchmark}.svg"


def write(record: Record) -> Path:
    """Draw a benchmark's results."""
    path = folder / name_of(record["benchmark"])
    with theme():
        made = lanes(record) if record["benchmark"] == "lanes" else times(record["tables"])
        made.savefig(path, facecolor="white", metadata={"Date": None})
    return path


def times(tables: Sequence[Record]) -> Figure:
    """Return a panel for every table, with a bar for each valid row: its least time."""
    heights = [around + bar * _n_bars(table) for table in tables]
    figure = Figure(figsize=(wide, sum(heights)))
    panels = figure.subplots(len(tables), squeeze=False, gridspec_kw={"height_ratios": heights})
    for (axes,), table in zip(panels, tables, strict=True):
        draw_times(axes, table)
    return figure


def draw_times(axes: Axes, table: Record) -> None:
    """Draw the least times of a table, ours in blue and floors in grey."""
    rows = [row for row in table["rows"] if row["valid"]]
    ours = table["rows"][0]["tool"]
    bars = [(row["tool"], min(row["wall_s"]), series[int(not row["tool"].startswith(ours))]) for row in rows]
    bars += [(f"floor: {floor['name']}", floor["seconds"], muted) for floor in table["floors"]]
    names, seconds, colors = zip(*bars, strict=True)
    unit, factor = ("s", 1.0) if max(seconds) >= 1 else ("ms", 1e3)
    axes.barh(range(len(bars)), [factor * each for each in seconds], color=colors, height=0.7)
    for place, each in enumerate(seconds):
        axes.annotate(
            f"{factor * each:.3g}", (factor * each, place), (3, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(range(len(bars)), [wrapped(name, room) for name in names])
    axes.set(xlabel=f"least time ({unit})", xlim=(0, factor * max(seconds) * 1.15))
    axes.set_title(wrapped(table["title"], wide - room))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")


def lanes(record: Record) -> Figure:
    """Return a panel for every precision: how many times as fast as one by one, for every network."""
    by_precision: dict[str, list[Mapping[str, Any]]] = {}
    for one in record["networks"]:
        by_precision.setdefault(one["precision"], []).append(one)
    most = max(map(len, by_precision.values()))
    figure = Figure(figsize=(wide, around + 1.4 * bar * most))
    panels = figure.subplots(1, len(by_precision), sharey=False, sharex=True, squeeze=False)[0]
    for axes, (precision, networks) in zip(panels, by_precision.items(), strict=True):
        for name, color in zip(lanes_page.ways(record), series, strict=False):
            gains = [one["ratio"].get(name, float("nan")) for one in networks]
            axes.plot(gains, range(len(networks)), "o", color=color, label=name)
        axes.axvline(1, color=muted, linewidth=1)
        axes.set(xscale="log", xlabel="times as fast as one by one")
        axes.set_xticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
        is_first = axes is panels[0]
        labels = [wrapped(f"{one['network']}, batch {one['batch_size']}", room) for one in networks]
        axes.set_yticks(range(len(networks)), labels if is_first else [""] * len(networks))
        axes.set_title(precision)
        axes.invert_yaxis()
        axes.minorticks_off()
    legend_below(figure, n_columns=5)
    return figure


def _n_bars(table: Record) -> int:
    return len([row for row in table["rows"] if row["valid"]]) + len(table["floors"])
