"""The papers' figures, from the records and arrays: barriers, the lines under them, errors, widths of basins, surfaces.

Blue is networks as they were trained, orange is one of the two permuted to match; green is the maximal-update
parametrization.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.arrays import measure_arrays
from benchmark.report.figures.band import draw_band
from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.rows import done, option
from benchmark.report.figures.scales import log_if_positive
from benchmark.report.figures.seeds import draw_seeds
from benchmark.report.figures.shows import shows
from benchmark.report.figures.surfaces import SurfacePanel, Surfaces
from benchmark.report.figures.theme import log_axis, muted, series, wide

naive, matched, mup = series[0], series[1], series[2]
members = {"second": ("as trained", naive), "matched": ("hidden units matched", matched)}
connected = 2.0  # per cent; below it Frankle et al. 2020 call two networks connected
row_height, most_columns = 2.9, 4
curvatures = {
    ("radial_width", "value"): "radial width",
    ("hessian_extremes", "lambda_max"): "largest eigenvalue (nats)",
    ("hessian_trace", "value"): "Hessian trace (nats)",
}
loss_axis = "loss barrier (nats per example)"


@shows("S3.C4", "S3.C6", "S3.P1")
def barrier_against_width(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Barrier between two independent solutions against the width

    Left the barrier in test error (after Frankle et al. 2020), right that in training loss (after Entezari et al.
    2022), between two networks as they were trained and after the hidden units of one were permuted to match the
    other's. Thin lines are pairs of networks, one for every seed; dots with bars are means with 95 % t intervals. The
    grey line is at 2 points of error, below which Frankle et al. call networks connected. Part of the fall of the loss
    barrier is that the losses at its ends fall.
    """
    kinds = [*(("width", name) for name in networks(records)), ("mup", "mlp")]
    found = [(kind, barriers(records, *kind, factor="width")) for kind in kinds]
    rows = [(title(*kind), units(kind[1]), frame) for kind, frame in found if len(frame)]
    return barrier_rows(rows, factor="width")


@shows("S3.C5")
def barrier_against_depth(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Barrier between two independent solutions against the depth

    As above, against the number of hidden layers of equal width. Matching is exact for one hidden layer, and a local
    optimum for more.
    """
    frame = barriers(records, ("width", "depth"), "mlp", factor="depth")
    has_depths = len(frame) > 0 and frame["depth"].nunique() > 1
    return barrier_rows([("", "hidden layers", frame)] if has_depths else [], factor="depth")


@shows("S3.C4", "S3.C6")
def lines_between_solutions(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Error and loss on the line between two independent solutions

    At alpha = 1 stands the first network, at 0 the second one, as it was trained or with its hidden units permuted to
    match. Above the test error, below the training loss. Thin lines are pairs of networks, one for every seed, thick
    ones their median, and the band holds the middle 80 % of them.
    """
    kinds = [(network, width) for network in networks(records) for width in widths(records, network)]
    lines = {kind: on_lines(records, arrays, *kind) for kind in kinds[: 2 * most_columns]}
    lines = {kind: found for kind, found in lines.items() if found}
    if not lines:
        return None
    n_columns = min(most_columns, len(lines))
    n_rows = -(-len(lines) // n_columns)
    figure = Figure(figsize=(wide, 2 * 2.1 * n_rows))
    panels = figure.subplots(2 * n_rows, n_columns, sharex=True, sharey="row", squeeze=False)
    for place, ((network, width), found) in enumerate(lines.items()):
        row, column = divmod(place, n_columns)
        draw_line(panels[2 * row, column], panels[2 * row + 1, column], found)
        panels[2 * row, column].set_title(
            f"{title('width', network)}, width {width:g}".removeprefix("MLP, ").capitalize()
        )
    for row in range(n_rows):
        panels[2 * row, 0].set_ylabel("test error (%)")
        panels[2 * row + 1, 0].set_ylabel("training loss (nats)")
    for axes in panels[-1]:
        axes.set_xlabel("alpha")
    legend_below(figure)
    return figure


@shows("S3.C1", "S3.C2", "S3.C8")
def error_against_width(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Test error against the width

    Left on the true labels, in the standard and in the maximal-update parametrization, where one learning rate suits
    every width; both networks of a pair count. Right with a share of the training labels wrong: a peak of the test
    error where the training error reaches 0 would be double descent. Thin lines are seeds, dots with bars geometric
    means with 95 % t intervals (arithmetic ones, on a linear axis, where an error is 0).
    """
    clean = [
        (title("width", name), series[i % 4], errors(records, "width", name))
        for i, name in enumerate(networks(records))
    ]
    clean += [("MLP, muP", mup, with_base(errors(records, "mup", "mlp"), errors(records, "width", "mlp")))]
    noisy = [("test", naive, errors(records, "label_noise", "mlp")),
             ("training", matched, errors(records, "label_noise", "mlp", "train_error"))]  # fmt: skip
    panels = {"True labels": clean, "Some labels wrong": noisy}
    panels = {
        name: kept for name, lines in panels.items() if (kept := [line for line in lines if len(line[2])])
    }
    if not panels:
        return None
    figure = Figure(figsize=(wide if len(panels) > 1 else wide / 2, 3.2))
    for axes, (name, lines) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        every = pd.concat([frame for _, _, frame in lines])
        for text, color, frame in lines:
            linear = bool((every["value"] <= 0).any())
            draw_seeds(axes, frame, x="width", y="value", color=color, label=text, linear=linear)
        log_axis(axes, "x", ticks=ticks(every["width"]))
        log_if_positive(axes, "y", every["value"])
        axes.set(title=name, xlabel=units(*networks(records)), ylabel="error (%)")
        axes.legend(fontsize="small")
    return figure


@shows("S3.C7", "S3.P3")
def basins_against_width(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Radial width and curvature of the solution against the width

    The radial width is the distance, in units of the norm of the weights, at which the loss has risen by 0.5 nats in a
    random direction (median over directions). After equal epochs the training losses differ, and curvature falls with
    the loss: the panels of curvature do not compare at equal loss. In the maximal-update parametrization distances and
    curvature are those in the weights that the optimizer steps in. Thin lines are seeds, dots with bars geometric means
    with 95 % t intervals.
    """
    panels = [(name, numbers(records, *which, arm=("width", "mup"))) for which, name in curvatures.items()]
    panels = [(name, frame) for name, frame in panels if len(frame) and frame["width"].nunique() > 1]
    if not panels:
        return None
    figure = Figure(figsize=(wide, 2.9))
    for axes, (name, frame) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for text, color, part in by_kind(records, frame):
            draw_seeds(axes, part, x="width", y="value", color=color, label=text)
        log_axis(axes, "x", ticks=ticks(frame["width"]))
        log_if_positive(axes, "y", frame["value"])
        axes.set(xlabel=units(*networks(records)), ylabel=name)
    legend_below(figure)
    return figure


@shows("S3.C7")
def basins_against_training(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Radial width against learning rate and weight decay

    One of the two is varied, for a network of one width; the levels stand evenly spaced. Thin lines are seeds, dots
    with bars means with 95 % t intervals.
    """
    frame = numbers(records, "radial_width", "value", arm=("width", "lr", "weight_decay"))
    factors = {"lr": "learning rate", "weight_decay": "weight decay"}
    factors = {name: words for name, words in factors.items() if name in frame and frame[name].nunique() > 1}
    if not factors:
        return None
    figure = Figure(figsize=(wide, 2.9))
    for axes, (factor, words) in zip(
        figure.subplots(1, len(factors), sharey=True, squeeze=False)[0], factors.items(), strict=True
    ):
        shown = frame.dropna(subset=[factor])
        levels = sorted(shown[factor].unique())
        placed = shown.assign(place=shown[factor].map(levels.index))
        draw_seeds(axes, placed, x="place", y="value", color=naive, linear=True)
        axes.set(xlabel=words, ylabel="radial width" if axes.get_subplotspec().is_first_col() else "")
        axes.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    return figure


@shows("S3.C3")
def surfaces_over_width(records: pd.DataFrame, arrays: Path) -> Surfaces | None:
    """The loss around networks of different width

    Training loss on a plane along two random filter-normalized directions through the trained network, of the first
    seed and at most four widths; all panels on one scale. After Li et al. 2018.
    """
    found = measure_arrays(records, arrays, "loss_surface", arm=("width", "wide"))
    if not found:
        return None
    shown = {("width", name): widths(records, name) for name in networks(records)}
    first = min(row["seed"] for row, _ in found)
    panels = tuple(
        SurfacePanel(name=surface_name(row), alpha=c["alpha"], beta=c["beta"], loss=c["train_loss"][0])
        for row, c in sorted(found, key=lambda pair: (*pair[0][["arm", "network"]], pair[0]["width"]))
        if row["seed"] == first and row["width"] in shown.get((row["arm"], row["network"]), [row["width"]])
    )
    return Surfaces(panels=panels)


figures = (
    barrier_against_width,
    lines_between_solutions,
    barrier_against_depth,
    error_against_width,
    basins_against_width,
    basins_against_training,
    surfaces_over_width,
)


def of_suite(records: pd.DataFrame) -> pd.DataFrame:
    """Return the done rows; none where the records are not of this suite."""
    return done(records, needed=("arm", "network", "member", "width"))


def numbers(
    records: pd.DataFrame, measure: str, quantity: str, *, arm: Sequence[str], network: str | None = None
) -> pd.DataFrame:
    """Return the rows of a measure's quantity in some arms, of one kind of network or all."""
    rows = of_suite(records)
    rows = rows[(rows["measure"] == measure) & (rows["quantity"] == quantity) & rows["arm"].isin(arm)]
    return rows if network is None else rows[rows["network"] == network]


def networks(records: pd.DataFrame) -> list[str]:
    """Return the kinds of network in the arm width, in the order of the table."""
    rows = of_suite(records)
    return [str(name) for name in rows.loc[rows["arm"] == "width", "network"].unique()]


def widths(records: pd.DataFrame, network: str) -> list[float]:
    """Return at most four widths of a kind of network, evenly picked."""
    rows = of_suite(records)
    every = sorted(
        rows.loc[(rows["arm"] == "width") & (rows["network"] == network), "width"].dropna().unique()
    )
    places = np.unique(np.linspace(0, len(every) - 1, min(most_columns, len(every))).round().astype(int))
    return [float(every[place]) for place in places]


def title(arm: str, network: str) -> str:
    """Return what a panel says of its networks."""
    name = {"mlp": "MLP", "small_cnn": "small CNN", "vgg16": "VGG-16", "resnet20": "ResNet-20"}.get(
        network, network
    )
    return f"{name}, muP" if arm == "mup" else name


def barriers(records: pd.DataFrame, arm: str | Sequence[str], network: str, *, factor: str) -> pd.DataFrame:
    """Return the rows of barriers with recalibrated statistics that have a level of a factor."""
    rows = of_suite(records)
    arms = [arm] if isinstance(arm, str) else list(arm)
    rows = rows[(rows["measure"] == "barrier") & rows["arm"].isin(arms) & (rows["network"] == network)]
    if factor not in rows or rows.empty:
        return rows.iloc[:0]
    found: pd.DataFrame = recalibrated(rows).dropna(subset=[factor])
    if arms == ["mup"] and len(found):
        return with_base(found, barriers(records, "width", network, factor=factor))
    return found


def recalibrated(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of measures that estimate batch-norm statistics anew on the line."""
    return rows[option(rows, "batch_norm") == "recalibrated"]


def with_base(rows: pd.DataFrame, standard: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the arm mup and, at the width where it is the standard network, that one's."""
    if rows.empty:
        return rows
    base = rows["model.base_width"].iloc[0]
    both: pd.DataFrame = pd.concat([rows, standard[standard["width"] == base]])
    return both


def by_kind(records: pd.DataFrame, frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield name, colour and rows of every kind of network, muP last."""
    standard = frame[frame["arm"] == "width"]
    for i, name in enumerate(networks(records)):
        yield title("width", name), series[i % len(series)], standard[standard["network"] == name]
    mup_rows = with_base(frame[frame["arm"] == "mup"], standard[standard["network"] == "mlp"])
    if len(mup_rows):
        yield "MLP, muP", mup, mup_rows


def errors(records: pd.DataFrame, arm: str, network: str, quantity: str = "test_error") -> pd.DataFrame:
    """Return the mean error (%) of a pair of networks, a row for every seed and width."""
    rows = numbers(records, "performance", quantity, arm=[arm], network=network)
    rows = rows[rows["member"] != "matched"].assign(value=lambda frame: 100 * frame["value"])
    columns = ["seed", "width", *(["model.base_width"] if "model.base_width" in rows else [])]
    return rows.groupby(columns, dropna=False)["value"].mean().reset_index()


def units(*kinds: str) -> str:
    """Return what the width of some kinds of network counts."""
    words = {"mlp": "hidden units"}
    return " or ".join(dict.fromkeys(words.get(kind, "channels of the first layer") for kind in kinds))


def barrier_rows(rows: Sequence[tuple[str, str, pd.DataFrame]], *, factor: str) -> Figure | None:
    """Draw a row of two panels, error and loss, for every (title, words for the factor, rows)."""
    if not rows:
        return None
    figure = Figure(figsize=(wide, row_height * len(rows) + 0.3))
    for (left, right), (name, words, frame) in zip(
        figure.subplots(len(rows), 2, squeeze=False), rows, strict=True
    ):
        error = frame[frame["quantity"] == "frankle_test_error"]
        draw_members(left, error.assign(value=100 * error["value"]), factor)
        draw_members(right, frame[frame["quantity"] == "entezari_train_loss"], factor)
        left.axhline(connected, color=muted, linewidth=0.9, zorder=0)
        left.set(title=name, xlabel=words, ylabel="error barrier (points)", ylim=(0, None))
        right.set(xlabel=words, ylabel=loss_axis, ylim=(0, None))
    legend_below(figure)
    return figure


def draw_members(axes: Axes, frame: pd.DataFrame, factor: str) -> None:
    """Draw a number against a factor, before and after matching."""
    for member, (text, color) in members.items():
        part = frame[frame["member"] == member]
        if len(part):
            draw_seeds(axes, part, x=factor, y="value", color=color, label=text, linear=True)
    if len(frame):
        log_axis(axes, "x", ticks=ticks(frame[factor]))


def on_lines(
    records: pd.DataFrame, arrays: Path, network: str, width: float
) -> dict[str, list[dict[str, np.ndarray[Any, Any]]]]:
    """Return the curves of all pairs of one width, by member."""
    where: dict[str, Any] = {"arm": "width", "network": network, "width": width}
    rows = recalibrated(of_suite(records))
    found = {member: measure_arrays(rows, arrays, "barrier", member=member, **where) for member in members}
    return {member: [content for _, content in pairs] for member, pairs in found.items() if pairs}


def draw_line(above: Axes, below: Axes, lines: dict[str, list[dict[str, np.ndarray[Any, Any]]]]) -> None:
    """Draw the test error above and the training loss below, over alpha."""
    for member, curves in lines.items():
        text, color = members[member]
        alpha = curves[0]["alpha"]
        draw_band(above, alpha, [100 * curve["test_error"] for curve in curves], color=color, label=text)
        draw_band(below, alpha, [curve["train_loss"] for curve in curves], color=color, label=text)
    above.set_ylim(0, None)
    below.set_ylim(0, None)


def surface_name(row: pd.Series[Any]) -> str:
    """Return the name of a surface's panel."""
    skip = "" if row["arm"] == "width" else (", shortcuts" if row["model.skip"] else ", no shortcuts")
    return f"{title('width', row['network'])}, width {row['width']:g}{skip}"


def ticks(column: pd.Series[Any]) -> list[float]:
    """Return the levels in a column, in order, for an axis."""
    return sorted(float(level) for level in column.unique())
