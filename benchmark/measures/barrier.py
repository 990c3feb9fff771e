"""Barriers on the straight line between two solutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    import numpy as np

    from benchmark.landscape.lines import BatchNormOnLine
    from benchmark.landscape.trained import Trained


heights = tuple(
    f"{definition}_{split}_{what}"
    for definition in ("frankle", "entezari", "mid")
    for split in ("train", "test")
    for what in ("loss", "error")
)


@measure(
    unit="",
    source="Frankle et al. 2020, section 2; Entezari et al. 2022, definition of a barrier, and its code",
    quantities=(*heights, "end_distance"),
)
def barrier(
    first: Trained,
    second: Trained,
    *,
    n_points: int = 31,
    batch_norm: BatchNormOnLine = "recalibrated",
    n_examples: int | None = None,
) -> Result:
    """Heights of loss (nats) and error on theta(a) = (1 - a) theta_1 + a theta_2, a from 0 to 1, by three definitions.

        frankle:  max_a E(a) - (E(0) + E(1)) / 2
        entezari: max_a [ E(a) - ((1 - a) E(0) + a E(1)) ]
        mid:      E(1/2) - (E(0) + E(1)) / 2

    Quantities `{frankle,entezari,mid}_{train,test}_{loss,error}`, as far as there is a test split and an error;
    Frankle et al. take the error, Entezari et al. the loss, and their code the error in the middle. Only `entezari` is
    0 wherever the curve is convex. Besides, `end_distance` = ||theta_1 - theta_2||. Arrays `alpha`, shape (n_points,),
    and the curves `train_loss`, `train_error`, `test_loss`, `test_error` of the same shape.

    Exact on the grid up to rounding (in float32 about 1e-7 of the losses), and a lower bound of the barrier of the
    continuous line. Swapping the networks changes nothing except with "frozen" statistics; permuting or rescaling
    neurons of one of the two does. An even `n_points` (30 in Frankle et al.) misses a = 1/2: `mid` is left out then,
    and a note says so. Costs `n_points` passes over train and test split (and as many recalibrations, with batch norm).

    Args:
        first: network at a = 0.
        second: network at a = 1.
        n_points: number of evenly spaced points, both ends included.
        batch_norm: statistics on the way: estimated anew on training examples ("recalibrated"), moved along with a
            ("interpolated"), of the first network ("frozen"), or of the evaluated chunk ("batch").
        n_examples: use the first `n_examples` training examples (None: all); the test split is used whole.

    Raises:
        ValueError: for an unknown option, fewer than two points, or networks that differ in data or architecture.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.barrier import barrier
        >>> def product(w: float) -> Trained:  # the network w * w * x, for w = 1 and -1 the same function
        ...     module = torch.nn.Sequential(*(torch.nn.Linear(1, 1, bias=False) for _ in range(2))).double()
        ...     for weight in module.parameters():
        ...         _ = torch.nn.init.constant_(weight, w)
        ...     return Trained.of(module, torch.ones(1, 1).double(), torch.ones(1, 1).double(), loss=squared_error)
        >>> found = barrier(n_points=3).compute(product(1.0), product(-1.0))
        >>> found.arrays["train_loss"].tolist(), found.readings[0].quantity, found.readings[0].value
        ([0.0, 0.5, 0.0], 'frankle_train_loss', 0.5)
    """
    import numpy as np

    from benchmark.landscape.lines import alphas, line_between

    line = line_between(first, second, batch_norm=batch_norm, n_examples=n_examples)
    points = alphas(n_points)
    table = first.tabulate(points, line.rows, together=line.together)
    curves = dict(zip(line.quantities, table.T, strict=True))
    alpha_A = np.array(points)
    distance = float((line.end.theta.double() - line.start.theta.double()).norm())
    if n_points % 2 == 0:
        first.notes.append(f"{n_points} points miss the middle of the line: no mid barrier")
    return Result(
        readings=[*_barriers(alpha_A, curves), Reading(quantity="end_distance", value=distance)],
        arrays={"alpha": alpha_A, **curves},
    )


def _barriers(alpha_A: np.ndarray[Any, Any], curves: dict[str, np.ndarray[Any, Any]]) -> Iterator[Reading]:
    from benchmark.landscape.barriers import entezari_barrier, frankle_barrier, mid_barrier

    for name, values_A in curves.items():
        heights = {"frankle": frankle_barrier(values_A), "entezari": entezari_barrier(alpha_A, values_A)}
        if len(alpha_A) % 2 == 1:
            heights["mid"] = mid_barrier(alpha_A, values_A)
        unit = "nats" if name.endswith("loss") else ""
        for definition, height in heights.items():
            yield Reading(quantity=f"{definition}_{name}", value=height, unit=unit)
