"""The papers' figures: sharpness over batch size, the line between two solutions, and checks.

Colour is batch size wherever batch sizes stand side by side, from the small (dark) to the large (bright).
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.parts import Part, Words, each
from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
from benchmark.report.figures.kinds.scatter import Dots, Scatter
from benchmark.report.figures.kinds.values import accuracy, percent
from benchmark.report.figures.theme import series
from benchmark.stats.number import Number

from .claims import keskar_full, lambda_max, sam, test_error, trace

train_loss = replace(test_error, quantity="train_loss")
matched = {"arm": "matched_loss"}
words: Words = {
    "network": {"mlp": "MLP", "small_cnn": "small CNN", "small_cnn_bn": "small CNN with batch norm", "keskar_c1": "C1",
                "mlp_100": "MLP", "signal_cnn": "1-D CNN",
                "vgg9": "VGG-9", "resnet56": "ResNet-56"},
    "training.weight_decay": "weight decay {:g}", "batch_size": "batch {:g}",
}
settings = each("arm", "network", "training", "training.weight_decay", words=words)
sizes = each("batch_size", words=words, ordered=True)
ends = each("batch_size", words=words, ordered=True, most=2)
two_rows = PanelLayout(n_columns=2, height=2.6)


def corners(number: Number, method: str) -> Number:
    """Return Keskar sharpness by one of the searches."""
    return replace(number, options={**number.options, "method": method})


def line(quantity: str, color: str) -> tuple[Part, Part]:
    """Return the lines of training (solid) and test (dashed) of a quantity."""
    of = {split: Number(measure="two_model_line", quantity=f"{split}_{quantity}") for split in ("train", "test")}
    return (Part(label="train", color=color, number=of["train"]),
            Part(label="test", color=color, number=of["test"], dashed=True))


def batches_of_pair(records: pd.DataFrame, pairs: pd.DataFrame) -> str:
    """Return the batch sizes of the first and second network of pairs; "?" where no other record tells."""
    single = records[records["cells"].map(len) == 1]
    known = dict(zip(single["cells"].map(lambda keys: keys[0]), single["batch_size"], strict=True))
    first, second = (f"{known[key]:g}" if key in known else "?" for key in pairs["cells"].iloc[0])
    return f"batch {first} (at 0) to {second} (at 1)"


figures = (
    Against(
        name="sharpness_against_batch_size", shows=("S1.C1", "S1.C2", "S1.C4"), where=matched,
        title="Sharpness of the solution against the batch size, at matched training loss",
        caption="After the batch-size sweep and table 3 of Keskar et al. 2017.",
        x="batch_size", x_label="batch size", lines=settings, layout=two_rows, panels=(
            Panel(number=lambda_max, title="Largest Hessian eigenvalue", label="nats", log=True),
            Panel(number=trace, title="Hessian trace", label="nats", log=True),
            Panel(number=corners(keskar_full, "conditional_gradient"), log=True, label="percent",
                  title="Keskar sharpness, epsilon 1e-3, corners"),
            Panel(number=corners(keskar_full, "l_bfgs_b"), log=True, label="percent",
                  title="Keskar sharpness, epsilon 1e-3, L-BFGS-B"),
            Panel(number=sam, title="SAM sharpness", label="nats", log=True)),
    ),
    Curves(
        name="line_between_solutions", shows=("S1.C8",), x="alpha", x_label="alpha", rows=settings, marks=(0, 1),
        title="Loss and accuracy on the line from the small-batch to the large-batch solution",
        caption="At alpha = 0 stands the small-batch solution, at 1 the large-batch one; solid is training, dashed is "
        "test. After Keskar et al. 2017, figure 3, and Li et al. 2018, figure 2.",
        detail=batches_of_pair, panels=(
            Curve(label="loss (nats per example)", log=True, lines=line("loss", series[0])),
            Curve(label="accuracy (%)", shown=accuracy, lines=line("error", series[1]))),
    ),
    Curves(
        name="weights_of_solutions", shows=("S1.C9",), x="weight", x_label="weight", rows=settings, lines=ends,
        title="Weights of the small-batch and of the large-batch solution",
        caption="Share of the convolution and linear weights in each bin. The logarithmic scale shows the tails; "
        "weights beyond -0.5 and 0.5 are outside the plot. After Li et al. 2018, figure 2.",
        where={"arm": ("matched_loss", "li", "keskar")}, panels=tuple(
            Curve(number=Number(measure="weight_histogram", quantity="share"), label=label, log=log)
            for label, log in (("share of the weights", False), ("share, logarithmic", True))),
    ),
    Scatter(
        name="confound_of_equal_epochs", shows=("S1.P1",), lines=sizes, whole=True,
        layout=PanelLayout(share="both", height=3.2),
        title="Why training loss must be matched: curvature against training loss, in both arms",
        caption="Every dot is a network. After equally many epochs (right) batch size and training loss move together, "
        "so that the curvature cannot be put down to either. At matched loss (left) a run stops at its first check, "
        "every 10 steps, below the threshold, so that the smallest, noisiest batch stops somewhat below the loss of "
        "the others, which is part of the difference.",
        panels=tuple(
            Dots(x=train_loss, x_label="training loss (nats per example)", y=lambda_max, title=title,
                 where={"arm": arm}, y_label=label, log_x=True, log_y=True)
            for arm, title, label in (("matched_loss", "Matched training loss", "largest Hessian eigenvalue (nats)"),
                                      ("equal_epochs", "Equal epochs", ""))),
    ),
    Curves(
        name="training_curves", x="step", x_label="optimizer step", where=matched, rows=settings, lines=sizes,
        title="Training to the same loss: loss and norm of the weights against the optimizer step",
        caption="Training ends where the loss is reached.",
        panels=(Curve(number=Number(measure="history", quantity="loss"), label="training loss (nats per example)",
                      log=True),
                Curve(number=Number(measure="history", quantity="weight_norm"), label="norm of the weights")),
    ),
    Scatter(
        name="error_against_sharpness", shows=("S1.C3", "S1.C10"), where=matched, rows=settings, lines=sizes,
        title="Test error against sharpness, at matched training loss",
        caption="Every dot is a network. A claim that sharpness explains generalization needs a trend within one "
        "colour as well as between colours.",
        panels=(Dots(x=lambda_max, x_label="largest Hessian eigenvalue (nats)", y=test_error, y_label="test error (%)",
                     y_shown=percent, log_x=True),
                Dots(x=sam, x_label="SAM sharpness (nats)", y=test_error, y_label="", y_shown=percent, log_x=True)),
    ),
)
