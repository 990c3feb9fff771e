"""The papers' figures, from the records and arrays: surfaces, profiles, ratios, spectra, paths and lines.

Orange is without skip connections, blue is with them, wherever the two stand side by side. Pictures of single networks
show the first seed whose networks all have one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from benchmark.report.figures.arrays import measure_arrays
from benchmark.report.figures.band import draw_band
from benchmark.report.figures.color_bar import draw_color_bar
from benchmark.report.figures.contours import draw_contours, draw_path, draw_ratio_map
from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.levels import shared_log_levels
from benchmark.report.figures.rows import done, joined, option, with_index
from benchmark.report.figures.scales import log_if_positive
from benchmark.report.figures.seeds import draw_curves, draw_seeds
from benchmark.report.figures.shows import shows
from benchmark.report.figures.spectra import draw_density
from benchmark.report.figures.surfaces import SurfacePanel, Surfaces
from benchmark.report.figures.theme import log_axis, ordered_colors, series, wide

skips_colors = {"without": series[1], "with": series[0]}
loss_axis = "training loss (nats per example)"
highest_level = 1e6  # a surface that explodes leaves levels to the others
panel_height = 2.9
variance_marks = {
    "explained_12": ("o", "training", True),
    "null_12": ("o", "shuffled steps", False),
    "random_plane_share": ("x", "random plane", False),
}
Network = tuple[pd.Series, dict[str, np.ndarray[Any, Any]]]


@shows("S2.C1")
def error_against_depth(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Error and training loss against depth, with and without skip connections

    Thin lines are seeds, dots with bars geometric means with 95 % t intervals over seeds. All networks had the same
    number of epochs: where the training loss is high, a network is under-trained, and its error says as much of that.
    After Li et al. 2018, table 1.
    """
    panels = {
        "test error (%)": numbers(records, "performance", "test_error"),
        loss_axis: numbers(records, "performance", "train_loss"),
    }
    if any(frame.empty for frame in panels.values()):
        return None
    figure = Figure(figsize=(wide, 3.2))
    for axes, (name, frame) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        shown = frame.assign(value=100 * frame["value"]) if "%" in name else frame
        draw_both(axes, shown, name)
    log_if_positive(figure.axes[1], "y", panels[loss_axis]["value"])
    figure.axes[0].legend()
    return figure


@shows("S2.C2", "S2.C3", "S2.C4", "S2.C6")
def surfaces(records: pd.DataFrame, arrays: Path) -> Surfaces | None:
    """Loss surfaces, without skip connections and with them

    The training loss on a plane through the trained network (cross) along two random filter-normalized directions, the
    same ones for networks of one shape, in units of the filters' norms. All panels are on one logarithmic scale.
    Networks that were trained to different losses have different surfaces for that reason alone. After Li et al. 2018,
    figures 1 and 5.
    """
    found = one_seed(planes(records, arrays, "random"))
    depths = depths_of(found)
    if not depths:
        return None
    panels = tuple(
        SurfacePanel(
            name=f"{name_of(row)} (loss {loss_at_center(array):.2g})",
            alpha=array["alpha"],
            beta=array["beta"],
            loss=array["train_loss"][0],
        )
        for row, array in found
    )
    return Surfaces(panels=panels, highest=highest_level, n_columns=len(depths))


def surfaces_along_eigenvectors(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Loss surfaces along the two eigenvectors of the Hessian with the largest eigenvalues

    The directions are the sharpest ones there are, as long as a filter-normalized random direction.
    """
    return contour_grid(one_seed(planes(records, arrays, "eigenvectors")))


@shows("S2.C2")
def random_profiles(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Loss along random filter-normalized directions

    A thin line is one direction, the thick one their median, the band the middle 80 %, all of one network (one seed).
    """
    found = one_seed(measure_arrays(records, arrays, "random_lines", arm="depth"))
    depths = depths_of(found)
    if not depths:
        return None
    figure = Figure(figsize=(wide, 3.2))
    for axes, depth in zip(
        figure.subplots(1, len(depths), squeeze=False, sharey=True)[0], depths, strict=True
    ):
        for row, array in (network for network in found if network[0]["depth"] == depth):
            draw_band(
                axes,
                array["alpha"],
                array["train_loss"],
                color=skips_colors[row["skips"]],
                label=f"{row['skips']} skips",
            )
        axes.set(title=f"depth {depth:g}", xlabel="distance along the direction")
    log_axis(figure.axes[0], "y")
    figure.axes[0].set_ylabel(loss_axis)
    figure.axes[0].legend()
    return figure


@shows("S2.C5")
def eigenvalue_ratios(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Most negative over largest eigenvalue of the Hessian, at the trained network and around it

    |lambda_min / lambda_max| over the weights of filters; around: mean over points at a small distance along two random
    directions. Thin lines are seeds, dots with bars geometric means with 95 % t intervals. Where Lanczos has not
    converged, lambda_min is known from above only, and the record says so. After Li et al. 2018, section 6.
    """
    points = {"ratio_center": "At the trained network", "ratio_around": "Around it"}
    panels = [(title, numbers(records, "eigenvalue_ratio_map", name)) for name, title in points.items()]
    if any(frame.empty for _, frame in panels):
        return None
    figure = Figure(figsize=(wide, 3.2))
    for axes, (title, frame) in zip(figure.subplots(1, 2, sharey=True), panels, strict=True):
        draw_both(axes, frame, "")
        axes.set(title=title)
    figure.axes[0].set_ylabel("|smallest / largest eigenvalue|")
    figure.axes[0].legend()
    return figure


@shows("S2.C5")
def ratio_maps(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Maps of the eigenvalue ratio over the planes of the surfaces

    |lambda_min / lambda_max| at the points of a grid: where it is near 0 the loss is convex for what counts, and what
    looks convex is so; elsewhere a plane hides negative curvature. Far from the network the ends of the spectrum lie
    dense and are known less well. After Li et al. 2018, section 6.
    """
    found = one_seed(measure_arrays(records, arrays, "eigenvalue_ratio_map", arm=("depth", "densenet")))
    if not found:
        return None
    known = np.concatenate([np.ravel(array["ratio"]) for _, array in found])
    known = known[np.isfinite(known)]
    norm = Normalize(0, max(float(known.max()), 1e-6) if len(known) else 1.0)
    figure, panels = panel_grid(found)
    for axes, (row, array) in zip(panels, found, strict=True):
        mappable = draw_ratio_map(axes, array["alpha"], array["beta"], array["ratio"], norm)
        axes.set_title(place_of(row))
    draw_color_bar(mappable, panels, label="|smallest / largest eigenvalue|")
    return figure


def spectral_densities(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Spectral density of the Hessian at the trained network

    By stochastic Lanczos quadrature, smoothed by a hundredth of the range; the band goes from the smallest to the
    largest over probes. Left of the line lie directions of negative curvature. One seed.
    """
    found = one_seed(measure_arrays(records, arrays, "spectral_density", arm="depth"))
    depths = depths_of(found)
    if not depths:
        return None
    figure = Figure(figsize=(wide, panel_height * len(depths)))
    rows = figure.subplots(len(depths), 2, squeeze=False)
    for (row, array), axes in zip(found, by_depth_and_skips(rows, found, depths), strict=True):
        draw_density(axes, array["nodes"], array["weights"], color=skips_colors[row["skips"]], label="")
        axes.set(title=name_of(row), xlabel="eigenvalue (nats)", ylabel="density")
    return figure


@shows("S2.C7")
def paths_of_training(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """The path of training, on the loss surface in the plane of its first two principal components

    From the initial weights (circle) to the trained ones (star). Above each panel: how much of the path's variance the
    plane holds, and in brackets how much the best plane of a path holds that has the same steps in random order and
    sign. Shares near the latter are what any path of so many steps shows. After Li et al. 2018, section 7.
    """
    found = one_seed(planes(records, arrays, "trajectory"))
    if not found:
        return None
    figure, panels = panel_grid(found, height=max(height_over_width(array) for _, array in found))
    levels = shared_log_levels([array["train_loss"][0] for _, array in found], highest=highest_level)
    for axes, (row, array) in zip(panels, found, strict=True):
        filled = draw_contours(
            axes, array["alpha"], array["beta"], array["train_loss"][0], levels=levels, center=None
        )
        draw_path(axes, array["path"], array["path_steps"])
        axes.set_title(f"{place_of(row)}: {explained(records, row)}")
    draw_color_bar(filled, panels, label=loss_axis)
    return figure


@shows("S2.C7")
def variance_of_paths(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Variance of the path of training in two dimensions, and of paths without structure

    Dots are networks: the two leading principal components of the path (filled), of paths with the same steps in random
    order and sign (open), and a random plane (crosses). After Li et al. 2018, section 7.
    """
    frames = {name: numbers(records, "trajectory_pca", name) for name in variance_marks}
    if any(frame.empty for frame in frames.values()):
        return None
    networks = list(
        dict.fromkeys(zip(*(frames["explained_12"][name] for name in ("depth", "skips")), strict=True))
    )
    figure = Figure(figsize=(wide, 3.2))
    axes = figure.subplots()
    for place, (depth, skips) in enumerate(networks):
        for name, (marker, label, filled) in variance_marks.items():
            frame = frames[name]
            part = frame[(frame["depth"] == depth) & (frame["skips"] == skips)]
            axes.plot(
                place + np.linspace(-0.12, 0.12, len(part)), 100 * part["value"], linestyle="none", marker=marker,
                markersize=5, color=skips_colors[skips], fillstyle="full" if filled else "none",
                label="" if place else label,
            )  # fmt: skip
    axes.set_xticks(range(len(networks)), [f"depth {depth:g}\n{skips} skips" for depth, skips in networks])
    axes.set(ylabel="share of the variance (%)", ylim=(-4, 104))
    axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.3))
    return figure


@shows("S2.C8")
def initial_to_final_lines(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Loss on the line from the initial weights to the trained ones

    At 0 stand the initial weights, at 1 the trained ones. Blue: from the network's own initial weights; purple, for
    some: from unrelated ones. Solid is training, dashed test; thin lines are seeds, thick ones their mean. First the
    networks of several depths, without and with skip connections, then the settings that move the weights more or less
    far. After Goodfellow et al. 2015 and Lucas et al. 2021, figure 1.
    """
    line = with_index(of_measure(records, "initial_final_line"), "alpha")
    line = line[option(line, "batch_norm") == "recalibrated"]
    line = line[line["quantity"].isin(("train_loss", "test_loss"))]
    groups = [(in_words(name), part) for name, part in line_groups(line)]
    if not groups:
        return None
    n_rows = -(-len(groups) // 3)
    figure = Figure(figsize=(wide, 2.1 * n_rows + 0.3))
    panels = figure.subplots(n_rows, 3, squeeze=False)
    for axes, (name, part) in zip(panels.flat, groups, strict=False):
        draw_lines(axes, part)
        log_if_positive(axes, "y", part["value"])
        axes.set_title(name)
    for axes in panels.flat[len(groups) :]:
        axes.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("alpha")
    for axes in panels[:, 0]:
        axes.set_ylabel("loss (nats per example)")
    legend_below(figure)
    return figure


@shows("S2.C8", "S2.C9")
def rise_against_distance(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Largest rise of the loss on the line, against the distance moved and the test error

    Every dot is a network of the arm line. Rises below 1e-4 nats are drawn there: the line falls monotonically.
    """
    rise = numbers(records, "initial_final_line", "monotonicity_gap", arm="line")
    rise = rise[(option(rise, "start") == "own") & (option(rise, "batch_norm") == "recalibrated")]
    others = {
        "distance from the initial weights": numbers(records, "distance_from_init", "value", arm="line"),
        "test error (%)": numbers(records, "performance", "test_error", arm="line"),
    }
    panels = {name: joined(rise, frame) for name, frame in others.items()}
    if any(frame.empty for frame in panels.values()):
        return None
    figure = Figure(figsize=(wide, 3.9))
    names = list(dict.fromkeys(rise["setting"]))
    for axes, (label, frame) in zip(figure.subplots(1, 2, sharey=True), panels.items(), strict=True):
        for name, color in zip(names, ordered_colors(len(names)), strict=True):
            part = frame[frame["setting"] == name]
            x = part["other"] * (100 if "%" in label else 1)
            axes.scatter(
                x,
                part["value"].clip(lower=1e-4),
                s=20,
                color=color,
                alpha=0.8,
                linewidth=0,
                label=in_words(name),
            )
        axes.set(xlabel=label)
        log_if_positive(axes, "x", frame["other"])
    log_axis(figure.axes[0], "y")
    figure.axes[0].set_ylabel("largest rise on the line (nats)")
    legend_below(figure)
    return figure


@shows("S2.P1")
def confound_of_training_loss(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Roughness of the surface against the training loss at its centre

    Every dot is a network. Deep networks without skip connections are under-trained as well as rough, so that equal
    epochs alone cannot tell the one from the other: where the clouds of one loss differ, it is the surface.
    """
    largest = numbers(records, "loss_surface", "log10_max", plane="random")
    both = joined(largest, numbers(records, "loss_surface", "center_loss", plane="random")).query("other > 0")
    if both.empty:
        return None
    figure = Figure(figsize=(wide, 3.4))
    axes = figure.subplots()
    depths = sorted(both["depth"].unique())
    markers = dict(zip(depths, "osD^v*"[: len(depths)], strict=False))
    for (depth, skips), part in both.groupby(["depth", "skips"]):
        axes.scatter(
            part["other"], part["value"], s=26, marker=markers.get(depth, "o"), color=skips_colors[str(skips)],
            alpha=0.75, linewidth=0, label=f"depth {depth:g}, {skips} skips",
        )  # fmt: skip
    log_axis(axes, "x")
    axes.set(xlabel=f"{loss_axis} at the centre", ylabel="log10 of the largest loss on the surface")
    axes.legend()
    return figure


figures = (
    error_against_depth,
    surfaces,
    confound_of_training_loss,
    random_profiles,
    surfaces_along_eigenvectors,
    eigenvalue_ratios,
    ratio_maps,
    spectral_densities,
    paths_of_training,
    variance_of_paths,
    initial_to_final_lines,
    rise_against_distance,
)


def of_measure(records: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the done rows of a measure; none where the records are not of this suite."""
    found = done(records, needed=("arm", "depth", "skips"))
    return found[found["measure"] == measure]


def numbers(
    records: pd.DataFrame, measure: str, quantity: str, *, arm: str = "depth", plane: str | None = None
) -> pd.DataFrame:
    """Return the rows of a measure's quantity in an arm, of the first of its labels (on one plane)."""
    found = of_measure(records, measure)
    found = found[(found["quantity"] == quantity) & (found["arm"] == arm)]
    if plane is not None:
        found = found[option(found, "plane") == plane]
    return found[found["label"] == found["label"].iloc[0]] if len(found) else found


def planes(records: pd.DataFrame, arrays: Path, plane: str) -> list[Network]:
    """Return the surfaces on planes of one kind, the finest of each network."""
    found = measure_arrays(records, arrays, "loss_surface", arm=("depth", "densenet"))
    found = [network for network in found if json.loads(network[0]["options"]).get("plane") == plane]
    by_size = sorted(found, key=lambda network: len(network[1]["alpha"]))
    return list({tuple(row["cells"]): (row, array) for row, array in by_size}.values())


def one_seed(found: Sequence[Network]) -> list[Network]:
    """Return the networks of the first seed that has most of them, without skips before with, shallow before deep."""
    seeds = [int(row["seed"]) for row, _ in found]
    chosen = min(seeds, key=lambda seed: (-seeds.count(seed), seed), default=None)
    return sorted(
        (network for network in found if network[0]["seed"] == chosen), key=lambda n: order_of(n[0])
    )


def order_of(row: pd.Series) -> tuple[bool, float]:
    """Return the place of a network: without skips before with, then by depth, those without a depth last."""
    depth = float(row["depth"])
    return row["skips"] != "without", math.inf if math.isnan(depth) else depth


def name_of(row: pd.Series) -> str:
    """Return a network's name, for a panel."""
    if row["arm"] == "densenet":
        return "DenseNet"
    return f"depth {float(row['depth']):g}, {row['skips']} skips"


def place_of(row: pd.Series) -> str:
    """Return what tells a network from those in its row of panels."""
    return "DenseNet" if row["arm"] == "densenet" else f"depth {float(row['depth']):g}"


def in_words(name: str) -> str:
    """Return the name of a setting as a title says it."""
    return name.replace("_", " ").replace("adam", "Adam").replace("cnn", "CNN").replace("resnet", "ResNet-")


def depths_of(found: Sequence[Network]) -> list[float]:
    """Return the depths of networks, in order."""
    return sorted({float(row["depth"]) for row, _ in found})


def by_depth_and_skips(rows: Any, found: Sequence[Network], depths: Sequence[float]) -> list[Axes]:
    """Return the axes of each network: a row for its depth, without skips at the left."""
    return [rows[depths.index(float(row["depth"]))][int(row["skips"] == "with")] for row, _ in found]


def height_over_width(array: dict[str, np.ndarray[Any, Any]]) -> float:
    """Return the shape of a plane's box."""
    return float(np.ptp(array["beta"]) / np.ptp(array["alpha"]))


def panel_grid(found: Sequence[Network], *, height: float = 1.0) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel for each network: without skips above, with them below, by depth.

    Args:
        found: the networks, as `one_seed` orders them.
        height: of a panel, in its widths.
    """
    upper = [place for place, (row, _) in enumerate(found) if row["skips"] == "without"]
    lower = [place for place in range(len(found)) if place not in upper]
    rows = [places for places in (upper, lower) if places]
    n_columns = max(map(len, rows))
    side = (wide - 1.6) / n_columns
    figure = Figure(figsize=(wide, (height * side + 0.45) * len(rows)))
    axes = figure.subplots(len(rows), n_columns, squeeze=False)
    for number, places in enumerate(rows):
        for empty in axes[number, len(places) :]:
            empty.set_visible(False)
        axes[number, 0].set_ylabel(f"{found[places[0]][0]['skips']} skips")
    return figure, [axes[i, j] for i, places in enumerate(rows) for j in range(len(places))]


def contour_grid(found: Sequence[Network]) -> Figure | None:
    """Draw surfaces side by side on one logarithmic scale."""
    if not found:
        return None
    figure, panels = panel_grid(found)
    levels = shared_log_levels([array["train_loss"][0] for _, array in found], highest=highest_level)
    for axes, (row, array) in zip(panels, found, strict=True):
        loss = array["train_loss"][0]
        filled = draw_contours(axes, array["alpha"], array["beta"], loss, levels=levels)
        axes.set_title(f"{place_of(row)} (loss {loss_at_center(array):.2g})")
    draw_color_bar(filled, panels, label=loss_axis)
    return figure


def loss_at_center(array: Mapping[str, np.ndarray]) -> float:
    """Return the training loss at the middle of a surface, the trained network's own."""
    loss_AB = array["train_loss"][0]
    return float(loss_AB[len(array["alpha"]) // 2, len(array["beta"]) // 2])


def explained(records: pd.DataFrame, row: pd.Series) -> str:
    """Return the share of a path's variance in its plane, in brackets that of shuffled paths."""
    found = of_measure(records, "trajectory_pca")
    found = found[found["cells"].map(tuple) == tuple(row["cells"])]
    share = {
        name: 100 * found.loc[found["quantity"] == name, "value"].mean()
        for name in ("explained_12", "null_12")
    }
    return f"{share['explained_12']:.0f} % ({share['null_12']:.0f} %)"


def line_groups(line: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split lines by setting, or network of the arm depth."""
    if line.empty:
        return []
    deep = line["arm"] == "depth"
    names = line.get("setting", line["arm"]).where(
        ~deep, "depth " + line["depth"].map("{:g}".format) + " " + line["skips"].astype(str)
    )
    return [(str(name), part) for name, part in line.groupby(names, sort=False)]


def draw_lines(axes: Axes, part: pd.DataFrame) -> None:
    """Draw train (solid) and test (dashed) over alpha, from own and from unrelated initial weights."""
    starts = option(part, "start")
    for start, color in (("own", series[0]), ("unrelated", series[3])):
        for split, dashed in (("train", False), ("test", True)):
            curve = part[(starts == start) & (part["quantity"] == f"{split}_loss")]
            if len(curve):
                draw_curves(
                    axes, curve, x="alpha", y="value", color=color, label=f"{start}, {split}", dashed=dashed
                )


def draw_both(axes: Axes, frame: pd.DataFrame, name: str) -> None:
    """Draw a number against depth, with and without skip connections."""
    for skips, color in skips_colors.items():
        draw_seeds(
            axes, frame[frame["skips"] == skips], x="depth", y="value", color=color, label=f"{skips} skips"
        )
    log_axis(axes, "x", ticks=sorted(frame["depth"].unique()))
    axes.set(xlabel="depth", ylabel=name)
