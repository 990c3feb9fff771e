"""How much of the path of training lies in two dimensions, and how much of a path without structure would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from benchmark.measures.measure import Reading, Result, measure
from benchmark.measures.samples import averaged

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.landscape.trained import Trained

n_random_planes = 10


@measure(
    unit="",
    source="Li et al. 2018, section 7; the null models are ours",
    quantities=("explained_1", "explained_2", "explained_12", "null_12", "excess_12", "random_plane_share"),
)
def trajectory_pca(
    trained: Trained,
    *,
    every_steps: int | None = None,
    n_null: int = 20,
    biases: Literal["kept", "ignored"] = "kept",
) -> Result:
    """Share of the variance of the weights during training along the path's principal components.

    The path is theta_i - theta_n at the initial weights, every `every_steps` optimizer steps, and the final weights;
    its principal components are those about its mean (as in the authors' code). Quantities, all shares in [0, 1]:

        explained_1, explained_2, explained_12: of the first, the second, and the first two components
        null_12: `explained_12` of paths made of the same steps in random order and with random signs, the mean over
            `n_null` draws with its standard error
        excess_12: explained_12 - null_12: what the order of the steps adds
        random_plane_share: of a random plane instead, the mean over 10 with its standard error; 2 / P on average

    High shares alone are no evidence of structure: a random walk of many points in many dimensions has 6/pi^2 (1 + 1/4)
    = 0.76 in its first two components, and where a few steps are far longer than the rest, as early in a training, the
    null is close to 1 by itself. Arrays: `path`, shape (n, 2), projections on the first two components, the final
    weights at (0, 0); `steps`, shape (n,); `explained`, shape (n,), descending.

    Exact up to rounding, but for the two means. Depends on `every_steps`. Invariant under rotations of the space of
    weights, not under rescaling of neurons. Batch-norm statistics are no weights. Costs reading the checkpoints and a
    dozen passes over them, no pass over data.

    Args:
        trained: the network, its checkpoints kept at every `every_steps` steps.
        every_steps: optimizer steps between two points; None for the steps at which the training made a record
            (every epoch, unless a stop criterion was tested more often).
        n_null: number of shuffled paths.
        biases: "kept", or "ignored" (with batch-norm scales: only weights of convolutions and linear layers count).

    Raises:
        ValueError: for an unknown option, a checkpoint that was not kept, or a path that lies on a straight line.
    """
    import numpy as np

    from benchmark.landscape.path import explained, path_of, path_plane, share_in_random_plane, shuffled

    _check(n_null, biases)
    steps, rows = path_of(trained, every_steps)
    if biases == "ignored":
        rows = _without_biases(rows, trained)
    plane = path_plane(rows)
    shuffles, planes = trained.rng("trajectory_pca"), trained.rng("trajectory_pca.planes")
    null = averaged([float(explained(shuffled(plane.gram, shuffles))[:2].sum()) for _ in range(n_null)])
    random_share = averaged([share_in_random_plane(rows, plane.gram, planes) for _ in range(n_random_planes)])
    first, second = plane.explained[:2].tolist()
    return Result(
        readings=(
            Reading(quantity="explained_1", value=first),
            Reading(quantity="explained_2", value=second),
            Reading(quantity="explained_12", value=first + second),
            replace(null, quantity="null_12"),
            replace(null, quantity="excess_12", value=first + second - null.value),
            replace(random_share, quantity="random_plane_share"),
        ),
        arrays={"path": plane.path.numpy(), "steps": np.array(steps), "explained": plane.explained.numpy()},
    )


def _without_biases(rows: Sequence[Tensor], trained: Trained) -> list[Tensor]:
    from benchmark.landscape.weights import named_weights, weight_mask

    mask_P = weight_mask(named_weights(trained.module))
    return [row_P * mask_P for row_P in rows]


def _check(n_null: int, biases: str) -> None:
    if biases not in ("kept", "ignored"):
        raise ValueError(f"biases is {biases!r}; choose 'kept' or 'ignored'")
    if n_null < 1:
        raise ValueError(f"n_null is {n_null}; the null model needs at least 1 draw")
