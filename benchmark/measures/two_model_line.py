"""Loss and error on a line (or a curve) through two solutions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from benchmark.measures.curve import curve_readings, on_a_line
from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.lines import BatchNormOnLine
    from benchmark.landscape.trained import Trained

widths = ("width_first", "width_second")


@measure(
    unit="",
    source="Goodfellow et al. 2015, section 3; Keskar et al. 2017, figures 3 and 7 (appendix D)",
    quantities=(*on_a_line, *widths),
)
def two_model_line(
    first: Trained,
    second: Trained,
    *,
    start: float = -0.5,
    stop: float = 1.5,
    n_points: int = 41,
    path: Literal["straight", "curved"] = "straight",
    batch_norm: BatchNormOnLine = "recalibrated",
    level: float = 0.5,
    n_examples: int | None = None,
) -> Result:
    """Loss (nats) and error on a path with the first network at alpha = 0 and the second at alpha = 1.

        straight: theta(alpha) = (1 - alpha) theta_1 + alpha theta_2
        curved:   theta(alpha) = cos(alpha pi/2) theta_1 + sin(alpha pi/2) theta_2

    Quantities `train_loss`, `test_loss` and, where the task has one, `train_error`, `test_error`, each indexed by
    alpha; and `width_first`, `width_second`, the lengths in alpha of the intervals around either end on which the
    training loss is at most `level` above the end's own, as far as the grid goes (NaN where 0 or 1 is no point of the
    grid, or the loss there is not finite). Exact up to rounding, on the splits of the first network. The straight line
    is not invariant under permutation or rescaling of neurons of one of the two. Costs `n_points` passes over train
    and test split (and the recalibration).

    Args:
        first: network at alpha = 0 (the small-batch one in Keskar et al.).
        second: network at alpha = 1.
        start: first alpha.
        stop: last alpha.
        n_points: number of evenly spaced alphas, both ends included.
        path: "straight" or "curved".
        batch_norm: statistics on the way: of the first network ("frozen"), moved along with alpha ("interpolated",
            Li et al. 2018; a variance that would be negative outside [0, 1] is 0), estimated anew on training
            examples ("recalibrated"), or of the evaluated chunk ("batch", Keskar et al. 2017).
        level: rise of the training loss (nats) that ends a valley.
        n_examples: use the first `n_examples` training examples (None: all); the test split is used whole.

    Raises:
        ValueError: for an unknown option, fewer than two points, a level that is not positive, or networks that differ
            in data or architecture.
    """
    from benchmark.landscape.lines import alphas, line_between

    if not level > 0:
        raise ValueError(f"level is {level!r}; give a rise of the loss above 0")
    line = line_between(first, second, path=path, batch_norm=batch_norm, n_examples=n_examples)
    points = alphas(n_points, start, stop)
    table = first.tabulate(points, line.rows, together=line.together)
    losses = [float(loss) for loss in table[:, line.quantities.index("train_loss")]]
    valleys = [
        Reading(quantity=name, value=valley_width(points, losses, around=end, level=level), unit="alpha")
        for name, end in zip(widths, (0.0, 1.0), strict=True)
    ]
    return Result(readings=[*curve_readings(line.quantities, points, table), *valleys])


def valley_width(points: Sequence[float], losses: Sequence[float], *, around: float, level: float) -> float:
    """Return the length of the interval around a point in which the loss is at most `level` above its own there.

    NaN where that is no point of the grid, or its loss is not finite.
    """
    here = min(range(len(points)), key=lambda i: abs(points[i] - around))
    if abs(points[here] - around) > 1e-9 or not math.isfinite(losses[here]):
        return math.nan
    left, right, highest = here, here, losses[here] + level
    while left > 0 and losses[left - 1] <= highest:
        left -= 1
    while right < len(points) - 1 and losses[right + 1] <= highest:
        right += 1
    return points[right] - points[left]
