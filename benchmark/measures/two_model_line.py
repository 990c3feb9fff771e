"""Loss and error on a line (or a curve) through two solutions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.landscape import Landscape
    from benchmark.trained import Trained
    from benchmark.weights import Buffers

BatchNormOnLine = Literal["frozen", "interpolated", "recalibrated", "batch"]


@measure(
    unit="", source="Goodfellow et al. 2015, section 3; Keskar et al. 2017, figures 3 and 7 (appendix D)"
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
    n_examples: int | None = None,
) -> Result:
    """Loss (nats) and error on a path with the first network at alpha = 0 and the second at alpha = 1.

        straight: theta(alpha) = (1 - alpha) theta_1 + alpha theta_2
        curved:   theta(alpha) = cos(alpha pi/2) theta_1 + sin(alpha pi/2) theta_2

    Quantities `train_loss`, `test_loss` and, where the task has one, `train_error`, `test_error`, each indexed by
    alpha. Exact up to rounding, on the splits of the first network. The straight line is not invariant under
    permutation or rescaling of neurons of one of the two. Costs `n_points` passes over train and test split (and the
    recalibration).

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
        n_examples: use the first `n_examples` training examples (None: all); the test split is used whole.

    Raises:
        ValueError: for an unknown option, fewer than two points, or networks that differ in data or architecture.
    """
    _check(first, second, path, batch_norm, n_points)
    policy = "frozen" if batch_norm == "interpolated" else batch_norm
    train = first.landscape("train", n_examples=n_examples, batch_norm=policy)
    test = first.landscape("test", batch_norm=policy)
    readings = []
    for step in range(n_points):
        alpha = start + (stop - start) * step / (n_points - 1)
        theta_P = _point(train, second, path, alpha)
        buffers = _buffers(train, second, batch_norm, theta_P, alpha)
        for name, landscape in (("train", train), ("test", test)):
            loss, error = landscape.loss_and_error(theta_P, buffers)
            values = {f"{name}_loss": loss, f"{name}_error": error}
            readings += [
                Reading(
                    quantity=quantity,
                    index={"alpha": round(alpha, 12)},
                    value=value,
                    unit="nats" if quantity.endswith("loss") else "",
                )
                for quantity, value in values.items()
                if landscape.task.error is not None or quantity.endswith("loss")
            ]
    return Result(readings=readings)


def _point(landscape: Landscape, second: Trained, path: str, alpha: float) -> Tensor:
    from benchmark.weights import flatten, lerp, named_weights

    end_P = flatten(named_weights(second.module))
    if path == "straight":
        return lerp(landscape.theta, end_P, alpha)
    return math.cos(alpha * math.pi / 2) * landscape.theta + math.sin(alpha * math.pi / 2) * end_P


def _buffers(
    train: Landscape, second: Trained, batch_norm: BatchNormOnLine, theta_P: Tensor, alpha: float
) -> Buffers | None:
    from benchmark.weights import lerp_buffers

    if batch_norm == "recalibrated":
        return train.recalibrated_buffers(theta_P)
    if batch_norm == "interpolated":
        moved = lerp_buffers(train.buffers, dict(second.module.named_buffers()), alpha)
        variances = {name: buffer for name, buffer in moved.items() if name.endswith("running_var")}
        return {**moved, **{name: variance.clamp(min=0) for name, variance in variances.items()}}
    return None


def _check(first: Trained, second: Trained, path: str, batch_norm: str, n_points: int) -> None:
    from benchmark.weights import named_weights

    if path not in ("straight", "curved"):
        raise ValueError(f"path is {path!r}; choose 'straight' or 'curved'")
    if batch_norm not in ("frozen", "interpolated", "recalibrated", "batch"):
        raise ValueError(f"batch_norm is {batch_norm!r}; choose frozen, interpolated, recalibrated or batch")
    if n_points < 2:
        raise ValueError(f"n_points is {n_points}; a line needs at least 2")
    if first.cell.data != second.cell.data:
        raise ValueError("the two networks saw different data; select pairs of cells with equal data specs")
    shapes = [{name: w.shape for name, w in named_weights(t.module).items()} for t in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            "the two networks differ in architecture; select pairs of cells with equal model specs"
        )
