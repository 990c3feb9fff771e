"""The ratio of the Hessian's smallest to its largest eigenvalue, at points of a plane through the network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from torch import Tensor

    from benchmark.landscape.eigenpairs import Eigenpairs
    from benchmark.landscape.lanczos import NotFiniteError
    from benchmark.landscape.loss import Landscape
    from benchmark.landscape.trained import Trained
    from benchmark.landscape.weights import Normalization

Place = tuple[float, float]
Ends = tuple[float, float, float, float]


@measure(
    unit="",
    source="Li et al. 2018, section 6, figure 7",
    positive=True,
    quantities=("ratio", "ratio_residual", "ratio_center", "ratio_around", "ratio_max"),
)
def eigenvalue_ratio_map(
    trained: Trained,
    *,
    half_width: float = 0.2,
    n_points: int = 5,
    points: Literal["cross", "grid"] = "cross",
    n_steps: int = 60,
    tolerance: float = 1e-3,
    normalize: Normalization = "filter",
    n_examples: int | None = None,
) -> Result:
    """|lambda_min / lambda_max| of the Hessian of L at theta + alpha d + beta e: how far from convex it is there.

    Small where what looks convex in the plane is nearly so in all dimensions. d and e are the first two directions of
    `loss_surface` for the same network. As in the paper, the sign of lambda_min is lost: beside an eigenvalue near 0,
    as every network with more weights than examples has, it matters little.

    Quantities:
        ratio: indexed by alpha and beta; NaN where the Hessian is not finite.
        ratio_residual: the larger residual ||H v - lambda v|| of the two ends over |lambda_max|, with the same index;
            some eigenvalue lies this close to each, so that the ratio is known to about this.
        ratio_center: at the network itself.
        ratio_around: mean over the other points.
        ratio_max: largest of all points.
    Arrays: `alpha` (A,), `beta` (B,) and `ratio`, `lambda_max`, `lambda_min` (A, B) with [i, j] at (alpha_i, beta_j);
    for a grid only.

    The eigenvalues are the largest and smallest algebraic ones over convolution and linear weights alone, in evaluation
    mode, as in the authors' code. An estimate by Lanczos with full reorthogonalization; what has not converged is
    reported as it is, with a note. Batch-norm statistics are frozen; ReLU kinks are ignored. Costs up to `n_steps` + 2
    products of about 2 gradients per point; 20 to 50 were enough on small networks.

    Args:
        trained: the network.
        half_width: largest |alpha| and |beta|, in units of the filters' norms.
        n_points: for a cross the centre and, evenly spaced, a quarter of the others on each half-axis (5, 9, ...);
            for a grid the points per axis (odd, so that the centre is one).
        points: "cross" or "grid".
        n_steps: largest number of Lanczos steps per point.
        tolerance: residual of each end at which to stop, relative to max(|lambda|, largest |lambda| / 10). At 1e-2 (as
            in the authors' code) the search ends among the many eigenvalues near 0 of a trained network: ratios of
            0.00002 were found where 0.0023 is right.
        normalize: of the directions, see `weights.normalized`.
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for unknown `points`, or a number of points that leaves out the centre.
    """
    import torch

    from benchmark.landscape.directions import gaussian
    from benchmark.landscape.slices import random_slice

    places = _places(half_width, n_points, points)
    landscape = trained.landscape(n_examples=n_examples)
    plane = random_slice(landscape, trained.rng("loss_surface"), 2, normalize=normalize)
    start_P = gaussian(landscape.theta, trained.rng("eigenvalue_ratio_map"))

    def ends(some: Sequence[Place]) -> list[Ends]:
        theta_LP = torch.stack([plane.at(*place) for place in some])
        return _ends(landscape, theta_LP, start_P, n_steps=n_steps, tolerance=tolerance)

    rows = trained.tabulate(places, ends, together=landscape.n_together)
    n_loose = int((rows[:, 3] == 0).sum())
    if n_loose:
        trained.notes.append(
            f"at {n_loose} of {len(places)} points an eigenvalue has not converged; see ratio_residual"
        )
    return Result(readings=_readings(places, rows), arrays=_arrays(places, rows) if points == "grid" else {})


def _places(half_width: float, n_points: int, points: str) -> list[Place]:
    """Return the (alpha, beta) to look at; the order of a grid is that of its array."""
    if points == "grid" and n_points % 2 == 1 and n_points >= 3:
        half = n_points // 2
        axis = [round(half_width * step / half, 12) for step in range(-half, half + 1)]
        return [(alpha, beta) for alpha in axis for beta in axis]
    if points == "cross" and n_points % 4 == 1 and n_points >= 5:
        n_arm = n_points // 4
        steps = [
            round(half_width * sign * (step + 1) / n_arm, 12) for step in range(n_arm) for sign in (1, -1)
        ]
        return [(0.0, 0.0), *((step, 0.0) for step in steps), *((0.0, step) for step in steps)]
    raise ValueError(
        f"n_points is {n_points} for points={points!r}; choose 'cross' with 5, 9, 13, ... points, or 'grid' with an "
        "odd number per axis, at least 3"
    )


def _ends(
    landscape: Landscape, theta_LP: Tensor, start_P: Tensor, *, n_steps: int, tolerance: float
) -> list[Ends]:
    """Return lambda_max, lambda_min, the larger residual over |lambda_max|, and 1 if both have converged, else 0."""
    from benchmark.landscape.eigenpairs import eigenpairs_of_many
    from benchmark.landscape.weights import weight_mask

    every = eigenpairs_of_many(
        landscape.products("hessian", theta_LP),
        start_P,
        len(theta_LP),
        n_largest=1,
        n_smallest=1,
        tolerance=tolerance,
        max_steps=n_steps,
        allowed=weight_mask(landscape.like),
    )
    return [_row(pairs) for pairs in every]


def _row(pairs: Eigenpairs | NotFiniteError) -> Ends:
    if isinstance(pairs, Exception):
        return math.nan, math.nan, math.nan, 1.0
    largest, smallest = float(pairs.largest), float(pairs.smallest)
    residual = float(pairs.residuals.max()) / abs(largest) if largest != 0 else math.nan
    return largest, smallest, residual, float(pairs.converged.all())


def _readings(places: Sequence[Place], rows: np.ndarray[Any, Any]) -> list[Reading]:
    ratios = _ratios(rows)
    readings = []
    for (alpha, beta), ratio, residual in zip(places, ratios, rows[:, 2], strict=True):
        index = {"alpha": alpha, "beta": beta}
        readings.append(Reading(quantity="ratio", value=float(ratio), index=index))
        readings.append(Reading(quantity="ratio_residual", value=float(residual), index=index))
    centre = places.index((0.0, 0.0))
    around = [float(ratio) for index, ratio in enumerate(ratios) if index != centre]
    return [
        *readings,
        Reading(quantity="ratio_center", value=float(ratios[centre])),
        Reading(quantity="ratio_around", value=sum(around) / len(around)),
        Reading(quantity="ratio_max", value=float(ratios.max())),
    ]


def _arrays(places: Sequence[Place], rows: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    import numpy as np

    axis = np.array(sorted({alpha for alpha, _ in places}))
    surfaces = {"ratio": _ratios(rows), "lambda_max": rows[:, 0], "lambda_min": rows[:, 1]}
    square = {name: values.reshape(len(axis), len(axis)) for name, values in surfaces.items()}
    return {"alpha": axis, "beta": axis, **square}


def _ratios(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):  # a Hessian that is 0 has no ratio: NaN
        ratios: np.ndarray[Any, Any] = np.abs(rows[:, 1] / rows[:, 0])
    return ratios
