"""The papers' figures, from the records: sharpness over batch size, the line between two solutions, and checks.

Colour is batch size wherever batch sizes stand side by side, from the small (dark) to the large (bright).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.rows import done, joined, with_index
from benchmark.report.figures.scales import log_if_positive
from benchmark.report.figures.seeds import draw_curves, draw_seeds
from benchmark.report.figures.shows import shows
from benchmark.report.figures.theme import log_axis, muted, ordered_colors, series, wide

batch = "batch_size"
matched, confounded = "matched_loss", "equal_epochs"
setting = ("arm", "network", "training", "training.weight_decay")  # what a panel holds fixed
top, sam = ("hessian_extremes", "lambda_max"), ("sam_sharpness", "value")
curvatures = {
    top: "Largest Hessian eigenvalue",
    ("hessian_trace", "value"): "Hessian trace",
    ("keskar_sharpness", "value"): "Keskar sharpness",
    sam: "SAM sharpness",
}
searches = {"l_bfgs_b": ", L-BFGS-B", "conditional_gradient": ", corners"}  # of Keskar sharpness
sharpness_axes = {top: "largest Hessian eigenvalue (nats)", sam: "SAM sharpness (nats)"}
row_height, most_rows = 2.9, 10


@shows("S1.C1", "S1.C2", "S1.C4")
def sharpness_against_batch_size(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Sharpness of the solution against the batch size, at matched training loss

    Thin lines are seeds, dots with bars geometric means with 95 % t intervals over seeds. Both axes are logarithmic.
    After the batch-size sweep and table 3 of Keskar et al. 2017.
    """
    panels = [(title, numbers(records, which)) for which, title in curvatures.items()]
    panels = [(title + with_box(frame), frame) for title, frame in panels if len(frame)]
    if not panels:
        return None
    n_rows = -(-len(panels) // 2)
    figure = Figure(figsize=(wide, 2.7 * n_rows))
    for i, (title, frame) in enumerate(panels):
        axes = figure.add_subplot(n_rows, 2, i + 1)
        settings = settings_of(frame)
        for (name, part), color in zip(settings, cycle(series), strict=False):
            draw_seeds(axes, part, x=batch, y="value", color=color, label=name)
        log_axis(axes, "x", ticks=[size for size, _ in colored(frame)])
        log_if_positive(axes, "y", frame["value"])
        axes.set(title=title, xlabel="batch size", ylabel=frame["unit"].iloc[0] or "value")
        if i == 0 and len(settings) > 1:
            axes.legend(fontsize="small")
    return figure


@shows("S1.C8")
def line_between_solutions(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Loss and accuracy on the line from the small-batch to the large-batch solution

    At alpha = 0 stands the small-batch solution, at 1 the large-batch one; solid is training, dashed is test.
    Thin lines are seeds, thick ones their mean. After Keskar et al. 2017, figure 3, and Li et al. 2018, figure 2.
    """
    line = with_index(rows(records, "two_model_line", arm=None), "alpha")
    settings = settings_of(line)
    if not settings:
        return None
    figure, panels = two_columns(len(settings))
    for (left, right), (name, part) in zip(panels, settings, strict=True):
        error = part["quantity"].str.endswith("_error")
        accuracy = part[error].assign(value=100 * (1 - part.loc[error, "value"]))
        draw_line(left, part[~error], color=series[0])
        draw_line(right, accuracy, color=series[1])
        log_if_positive(left, "y", part.loc[~error, "value"])
        small, large = batches_of_pair(records, part)
        left.set(
            title=f"{titled(name, 'batch')} {small} (at 0) to {large} (at 1)",
            ylabel="loss (nats per example)",
        )
        right.set(ylabel="accuracy (%)")
    return figure


@shows("S1.C9")
def weights_of_solutions(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Weights of the small-batch and of the large-batch solution

    Share of the convolution and linear weights in each bin; thin lines are seeds, thick ones their mean. The
    logarithmic scale shows the tails; weights beyond -0.5 and 0.5 are outside the plot. After Li et al. 2018, figure 2.
    """
    histogram = with_index(rows(records, "weight_histogram", arm=None), "weight")
    settings = settings_of(histogram[histogram["arm"].isin((matched, "li", "keskar"))])
    if not settings:
        return None
    figure, panels = two_columns(len(settings))
    for (left, right), (name, part) in zip(panels, settings, strict=True):
        sizes = colored(part)
        for size, color in sizes if len(sizes) < 2 else (sizes[0], sizes[-1]):
            curve = part[part[batch] == size]
            draw_curves(left, curve, x="weight", y="value", color=color)
            draw_curves(
                right, curve[curve["value"] > 0], x="weight", y="value", color=color, label=f"batch {size}"
            )
        log_axis(right, "y")
        left.set(title=name, xlabel="weight", ylabel="share of the weights")
        right.set(xlabel="weight", ylabel="share, logarithmic")
        right.legend()
    return figure


@shows("S1.P1")
def confound_of_equal_epochs(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Why training loss must be matched: curvature against training loss, in both arms

    Every dot is a network. After equally many epochs (right) batch size and training loss move together, so that the
    curvature cannot be put down to either. At matched loss (left) a run stops at its first check, every 10 steps, below
    the threshold, so that the smallest, noisiest batch stops somewhat below the loss of the others, which is part of
    the difference.
    """
    both = joined_numbers(records, top, ("performance", "train_loss"), arm=None).query(
        "value > 0 and other > 0"
    )
    arms = {matched: "Matched training loss", confounded: "Equal epochs"}
    if not set(arms) <= set(both["arm"]):
        return None
    figure = Figure(figsize=(wide, 3.5))
    for axes, (arm, title) in zip(figure.subplots(1, 2, sharey=True, sharex=True), arms.items(), strict=True):
        draw_dots(axes, both[both["arm"] == arm], x="other", y="value", sizes=colored(both))
        axes.set(title=title, xlabel="training loss (nats per example)")
    log_axis(axes, "x")
    log_axis(axes, "y")
    figure.axes[0].set_ylabel("largest Hessian eigenvalue (nats)")
    legend_below(figure, n_columns=5)
    return figure


def training_curves(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Training to the same loss: loss and norm of the weights against the optimizer step

    Thin lines are seeds, thick ones their mean as far as all seeds go. A line ends where the loss is reached.
    """
    settings = settings_of(with_index(rows(records, "history"), "step"))
    if not settings:
        return None
    figure, panels = two_columns(len(settings))
    for (left, right), (name, part) in zip(panels, settings, strict=True):
        for axes, quantity in ((left, "loss"), (right, "weight_norm")):
            for size, color in colored(part):
                curve = part[(part["quantity"] == quantity) & (part[batch] == size)]
                draw_curves(axes, curve, x="step", y="value", color=color, label=f"batch {size}")
            axes.set(xlabel="optimizer step")
        log_if_positive(left, "y", part.loc[part["quantity"] == "loss", "value"])
        left.set(title=name, ylabel="training loss (nats per example)")
        right.set_ylabel("norm of the weights", labelpad=12)
        right.locator_params(axis="y", nbins=5)
    legend_below(figure, n_columns=5)
    return figure


@shows("S1.C3", "S1.C10")
def error_against_sharpness(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Test error against sharpness, at matched training loss

    Every dot is a network. A claim that sharpness explains generalization needs a trend within one colour as well as
    between colours.
    """
    panels = [
        joined_numbers(records, which, ("performance", "test_error"), arm=matched) for which in (top, sam)
    ]
    settings = [dict(settings_of(panel.assign(percent=100 * panel["other"]))) for panel in panels]
    names = [name for name in settings[0] if name in settings[1]]
    if not names:
        return None
    figure, axes_of = two_columns(len(names))
    for name, pair in zip(names, axes_of, strict=True):
        for axes, which, parts in zip(pair, (top, sam), settings, strict=True):
            draw_dots(axes, parts[name], x="value", y="percent", sizes=colored(parts[name]))
            log_if_positive(axes, "x", parts[name]["value"])
            axes.set(xlabel=sharpness_axes[which])
        pair[0].set(title=name, ylabel="test error (%)")
    legend_below(figure, n_columns=5)
    return figure


figures = (
    sharpness_against_batch_size,
    line_between_solutions,
    weights_of_solutions,
    confound_of_equal_epochs,
    training_curves,
    error_against_sharpness,
)


def rows(records: pd.DataFrame, measure: str, *, arm: str | None = matched) -> pd.DataFrame:
    """Return the done rows of a measure, of that of its labels that names fewest options in each arm.

    In one arm, or (None) in all. Of Keskar sharpness it is the one in the full space, which the claims are about.
    """
    found = done(records, needed=("arm", batch))
    found = found[found["measure"] == measure]
    labels = {label: (label.count("="), label) for label in found["label"].unique()}
    fewest = found.groupby("arm", dropna=False)["label"].transform(
        lambda of: min(of.unique(), key=labels.__getitem__)
    )
    found = found[found["label"] == fewest]
    return found if arm is None else found[found["arm"] == arm]


def numbers(records: pd.DataFrame, which: tuple[str, str], *, arm: str | None = matched) -> pd.DataFrame:
    """Return the rows of a measure's quantity."""
    found = rows(records, which[0], arm=arm)
    return found[found["quantity"] == which[1]]


def joined_numbers(
    records: pd.DataFrame, which: tuple[str, str], other: tuple[str, str], *, arm: str | None
) -> pd.DataFrame:
    """Return the rows of one quantity with another one of the same networks as the column `other`."""
    found, more = numbers(records, which, arm=arm), numbers(records, other, arm=arm)
    return joined(found, more)


def with_box(frame: pd.DataFrame) -> str:
    """Return ", epsilon 1e-3" and the search for the rows of a Keskar sharpness, by the first; else nothing."""
    first = frame.iloc[0]
    options = json.loads(first["options"])
    if first["measure"] != "keskar_sharpness" or "epsilon" not in options:
        return ""
    digits, power = f"{options['epsilon']:e}".split("e")
    search = searches.get(options.get("method"), "")
    return f", epsilon {float(digits):g}e{int(power)}{search}"


def settings_of(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split a table by what a panel holds fixed, each part named by what differs between parts."""
    columns = [name for name in setting if name in frame.columns]
    varying = [name for name in columns if frame[name].nunique(dropna=False) > 1]
    if frame.empty or not varying:
        return [("", frame)] if len(frame) else []
    groups = frame.groupby(varying, dropna=False, sort=False)
    return [(", ".join(map(in_words, zip(varying, levels, strict=True))), part) for levels, part in groups][
        :most_rows
    ]


def in_words(level: tuple[str, object]) -> str:
    """Return a level of a factor as a title says it."""
    name, value = level
    return f"weight decay {value:g}" if name.endswith("weight_decay") else str(value).replace("_", " ")


def titled(name: str, words: str) -> str:
    """Return a name and words with a comma between them; the words alone, as a beginning, without a name."""
    return f"{name}, {words}" if name else words.capitalize()


def colored(frame: pd.DataFrame) -> list[tuple[int, str]]:
    """Return the batch sizes in a table, each with its colour."""
    sizes = sorted(int(size) for size in frame[batch].dropna().unique())
    return list(zip(sizes, ordered_colors(len(sizes)), strict=True))


def batches_of_pair(records: pd.DataFrame, pairs: pd.DataFrame) -> tuple[int | str, int | str]:
    """Return the batch sizes of the first and second network of pairs; "?" where no other record tells."""
    single = records[records["cells"].map(len) == 1]
    sizes = dict(zip(single["cells"].map(lambda keys: keys[0]), single[batch], strict=True))
    first, second = (sizes.get(key) for key in pairs["cells"].iloc[0])
    return "?" if first is None else int(first), "?" if second is None else int(second)


def two_columns(n_rows: int) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """Return a figure with pairs of axes, one pair a row."""
    figure = Figure(figsize=(wide, row_height * n_rows + 0.2))
    return figure, [tuple(pair) for pair in figure.subplots(n_rows, 2, squeeze=False)]


def draw_line(axes: Axes, frame: pd.DataFrame, *, color: str) -> None:
    """Draw train (solid) and test (dashed) over alpha, with marks at the two solutions."""
    for split, dashed in (("train", False), ("test", True)):
        curve = frame[frame["quantity"].str.startswith(split)]
        draw_curves(axes, curve, x="alpha", y="value", color=color, label=split, dashed=dashed)
    for end in (0, 1):
        axes.axvline(end, color=muted, linewidth=0.9, zorder=0)
    axes.set(xlabel="alpha")
    axes.legend()


def draw_dots(axes: Axes, frame: pd.DataFrame, *, x: str, y: str, sizes: Sequence[tuple[int, str]]) -> None:
    """Draw a dot for every network, coloured by batch size."""
    for size, color in sizes:
        dots = frame[frame[batch] == size]
        axes.scatter(dots[x], dots[y], s=20, color=color, alpha=0.75, linewidth=0, label=f"batch {size}")
