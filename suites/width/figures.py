"""The papers' figures: barriers, the lines under them, errors, widths of basins, surfaces.

Blue is networks as they were trained, orange is one of the two permuted to match; green is the maximal-update
parametrization.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.bands import Band, Bands
from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.parts import Part, Words, each, lines
from benchmark.report.figures.kinds.values import percent
from benchmark.report.figures.theme import series
from benchmark.stats.number import Number

from .claims import error_barrier, loss_barrier, radial, test_error

words: Words = {
    "network": {"mlp": "MLP", "mlp_2": "MLP, two hidden layers", "signal_cnn": "1-D CNN",
                "small_cnn": "small CNN", "vgg16": "VGG-16", "resnet20": "ResNet-20",
                "resnet56": "ResNet-56"},
    "width": "width {:g}", "model.skip": {True: "shortcuts", False: "no shortcuts"},
}
members = lines("member", second="as trained", matched="hidden units matched")
networks = each("network", where={"arm": "width"}, words=words)
error = replace(test_error, where={"member": ("first", "second")})


def base(records: pd.DataFrame) -> tuple[Any, ...]:
    """Return the width at which muP is the standard parametrization; none where there is no muP."""
    if not {"arm", "model.base_width"} <= set(records):
        return ()
    return tuple(records.loc[records["arm"] == "mup", "model.base_width"].dropna().unique())


def units(records: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return what the width of the networks counts."""
    counted = ("hidden units" if name.startswith("mlp") else "channels of the first layer"
               for name in rows["network"].unique())
    return " or ".join(dict.fromkeys(counted))


mup = Part(label="MLP, muP", color=series[2], where=(
    {"arm": "mup"}, {"arm": "width", "network": "mlp", "width": base}))
barriers = (
    Panel(number=error_barrier, label="error barrier (points)", shown=percent, mark=2.0),
    Panel(number=loss_barrier, label="loss barrier (nats per example)"),
)

figures = (
    Against(
        name="barrier_against_width", shows=("S3.C4", "S3.C6", "S3.P1"), x="width", x_label=units,
        title="Barrier between two independent solutions against the width",
        caption="Left the barrier in test error (after Frankle et al. 2020), right that in training loss (after "
        "Entezari et al. 2022), between the two networks of every seed as they were trained and after the hidden units "
        "of one were permuted to match the other's. The grey line is at 2 points of error, below which Frankle et al. "
        "call networks connected. Part of the fall of the loss barrier is that the losses at its ends fall.",
        panels=barriers, lines=members, rows=(networks, mup),
    ),
    Bands(
        name="lines_between_solutions", shows=("S3.C4", "S3.C6"), where={"arm": "width"}, x="alpha", x_label="alpha",
        title="Error and loss on the line between two independent solutions",
        caption="At alpha = 1 stands the first network, at 0 the second one, as it was trained or with its hidden "
        "units permuted to match. Above the test error, below the training loss. A curve is the pair of one seed.",
        measure=Number(measure="barrier", options={"batch_norm": "recalibrated"}), lines=members,
        rows=each("network", "width", words=words, most=4),
        layout=PanelLayout(n_columns=4, stacked=True, height=2.1, share="both"),
        panels=(Band(array="test_error", label="test error (%)", shown=percent),
                Band(array="train_loss", label="training loss (nats)")),
    ),
    Against(
        name="barrier_against_depth", shows=("S3.C5",), x="depth", x_label="hidden layers",
        title="Barrier between two independent solutions against the depth",
        caption="As above, against the number of hidden layers of equal width. Matching is exact for one hidden layer, "
        "and a local optimum for more.",
        panels=barriers, lines=members, where={"arm": ("width", "depth"), "network": "mlp"},
    ),
    Against(
        name="error_against_width", shows=("S3.C1", "S3.C2", "S3.C8"), x="width", x_label=units,
        title="Test error against the width",
        caption="Left on the true labels, in the standard and in the maximal-update parametrization, where one "
        "learning rate suits every width; both networks of a pair count. Right with a share of the training labels "
        "wrong: a peak of the test error where the training error reaches 0 would be double descent.",
        panels=(
            Panel(number=error, label="error (%)", title="True labels", shown=percent, log=True, lines=(networks, mup)),
            Panel(number=error, label="error (%)", title="Some labels wrong", shown=percent, log=True, lines=(
                Part(label="test", where={"arm": "label_noise"}),
                Part(label="training", color=series[1], where={"arm": "label_noise"},
                     number=replace(error, quantity="train_error"))))),
    ),
    Against(
        name="basins_against_width", shows=("S3.C7", "S3.P3"), x="width", x_label=units, lines=(networks, mup),
        title="Radial width and curvature of the solution against the width",
        caption="The radial width is the distance, in units of the norm of the weights, at which the loss has risen by "
        "0.5 nats in a random direction (median over directions). After equal epochs the training losses differ, and "
        "curvature falls with the loss: the panels of curvature do not compare at equal loss. In the maximal-update "
        "parametrization distances and curvature are those in the weights that the optimizer steps in.",
        panels=(Panel(number=radial, label="radial width", log=True),
                Panel(number=Number(measure="hessian_extremes", quantity="lambda_max"), log=True,
                      label="largest eigenvalue (nats)"),
                Panel(number=Number(measure="hessian_trace"), label="Hessian trace (nats)", log=True)),
    ),
    Against(
        name="basins_against_training", shows=("S3.C7",), x="lr", x_label="learning rate", log_x=False,
        title="Radial width against learning rate and weight decay",
        caption="One of the two is varied, for a network of one width; the levels stand evenly spaced.",
        where={"arm": ("width", "lr", "weight_decay")}, layout=PanelLayout(share="y"), panels=(
            Panel(number=radial, label="radial width"),
            Panel(number=radial, label="", x="weight_decay", x_label="weight decay")),
    ),
    Planes(
        name="surfaces_over_width", shows=("S3.C3",), measure=Number(measure="loss_surface"), across="width",
        title="The loss around networks of different width",
        caption="Training loss on a plane along two random filter-normalized directions through the trained network, "
        "of the first seed and at most four widths, with the loss of the network itself in brackets; all panels on one "
        "scale. After Li et al. 2018.",
        panels=(each("network", "width", where={"arm": "width"}, words=words, most=4),
                each("network", "width", "model.skip", where={"arm": "wide"}, words=words)),
    ),
)
