"""Planes through trained networks, each with the part of it that is looked at.

Legend of shape suffixes: P weights, A values of alpha, B values of beta.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from benchmark.landscape.directions import gaussian
from benchmark.landscape.eigenpairs import eigenpairs
from benchmark.landscape.path import path_of, path_plane
from benchmark.landscape.slices import Slice, random_slice, symmetric
from benchmark.landscape.weights import Biases, Normalization, flatten, named_weights, weight_mask

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.landscape.loss import Landscape
    from benchmark.landscape.trained import Trained

Kind = Literal["random", "eigenvectors", "trajectory"]
path_margin = 0.1  # of the path's extent, on each side


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """A plane and a grid of coordinates on it.

    Attributes:
        slice: the plane itself.
        alpha: coordinates along the first axis, ascending, shape (A,).
        beta: coordinates along the second axis, shape (B,).
        arrays: what else is known of this plane, by name.
    """

    slice: Slice
    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def points(self) -> list[tuple[float, float]]:
        """Every (alpha_i, beta_j), in the order of an array of shape (A, B)."""
        return [(float(alpha), float(beta)) for alpha in self.alpha for beta in self.beta]

    @property
    def shape(self) -> tuple[int, int]:
        """(A, B)."""
        return len(self.alpha), len(self.beta)


def planes_through(
    trained: Trained,
    kind: Kind,
    *,
    n_planes: int,
    half_width: float,
    n_points: int,
    normalize: Normalization,
    biases: Biases,
    every_steps: int | None,
    n_examples: int | None,
) -> Iterator[Plane]:
    """Yield planes through a trained network; the options are those of the measure `loss_surface`.

    Raises:
        ValueError: for an unknown kind, an even number of points, or several planes of a kind that is unique.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"plane is {kind!r}; choose one of {', '.join(get_args(Kind))}")
    if n_planes < 1 or (n_planes > 1 and kind != "random"):
        raise ValueError(f"n_planes is {n_planes}; give 1, or with plane='random' any positive number")
    axis = symmetric(half_width, n_points)
    landscape = trained.landscape(n_examples=n_examples)
    if kind == "trajectory":
        yield trajectory_plane(trained, axis=axis, every_steps=every_steps, biases=biases)
    elif kind == "eigenvectors":
        yield eigenvector_plane(landscape, trained, axis=axis, normalize=normalize, biases=biases)
    else:
        generator = trained.rng("loss_surface")
        for _ in range(n_planes):
            drawn = random_slice(landscape, generator, normalize=normalize, biases=biases)
            yield Plane(slice=drawn, alpha=axis, beta=axis)


def eigenvector_plane(
    landscape: Landscape,
    trained: Trained,
    *,
    axis: NDArray[np.float64],
    normalize: Normalization,
    biases: Biases,
) -> Plane:
    """Return the plane of the Hessian's two eigenvectors with the largest eigenvalues.

    The vectors are made as long as a filter-normalized random direction: as the weights that move. With
    normalize="none" they are unit vectors. With biases="zero" the Hessian is that over the other weights. `arrays` has
    the two `eigenvalues`; one that has not converged is noted.

    Args:
        landscape: with derivatives, so not "recalibrated".
        trained: the network, for the random start and the notes.
        axis: coordinates along both axes.
        normalize: length of the vectors.
        biases: "zero" or "kept".
    """
    mask_P = weight_mask(landscape.like) if biases == "zero" else None
    start_P = gaussian(landscape.theta, trained.rng("loss_surface.eigenvectors"))
    pairs = eigenpairs(landscape.hessian(landscape.theta), start_P, n_largest=2, allowed=mask_P)
    if not bool(pairs.converged.all()):
        trained.notes.append(
            f"the plane's eigenvectors have not converged: residuals {_listed(pairs.residuals)} "
            f"for eigenvalues {_listed(pairs.largest)}"
        )
    moving_P = landscape.theta if mask_P is None else landscape.theta * mask_P
    length = 1.0 if normalize == "none" else float(torch.linalg.vector_norm(moving_P))
    first_P, second_P = pairs.vectors.to(landscape.theta) * length
    plane = Slice(origin=landscape.theta, axes=(first_P, second_P))
    return Plane(slice=plane, alpha=axis, beta=axis, arrays={"eigenvalues": pairs.largest.cpu().numpy()})


def trajectory_plane(
    trained: Trained, *, axis: NDArray[np.float64], every_steps: int | None, biases: Biases
) -> Plane:
    """Return the plane in which the path of training varies most, with the trained network at (0, 0).

    Its axes are unit vectors, so that coordinates are distances between weights. The grid is `axis` stretched so that
    [-1, 1] becomes the box of the path with a tenth of its size to spare on each side. `arrays` has the `path`, shape
    (n, 2), its `path_steps`, shape (n,), and the shares of variance `explained` by the two axes. With biases="zero" the
    path is that of the other weights.
    """
    final = named_weights(trained.module)
    steps, rows = path_of(trained, every_steps)
    if biases == "zero":
        rows = [row_P * weight_mask(final) for row_P in rows]
    found = path_plane(rows)
    path = found.path.numpy()
    middle = (path.max(axis=0) + path.min(axis=0)) / 2
    reach = np.ptp(path, axis=0) * (0.5 + path_margin)
    alpha, beta = (m + r * axis for m, r in zip(middle, reach, strict=True))
    return Plane(
        slice=Slice(origin=flatten(final), axes=found.axes),
        alpha=alpha,
        beta=beta,
        arrays={"path": path, "path_steps": np.array(steps), "explained": found.explained[:2].numpy()},
    )


def plane_through_three(
    first_P: Tensor, second_P: Tensor, third_P: Tensor, *, n_points: int, margin: float
) -> Plane:
    """Return the plane through three points of weights, orthonormal axes from the first towards the second.

    The grid covers all three, with `margin` of their extent to spare on each side. `arrays` has the `corners`, shape
    (3, 2): their coordinates.

    Raises:
        ValueError: for points on a line, fewer than two points per axis, or a negative margin.

    Example:
        >>> import torch
        >>> from benchmark.landscape.planes import plane_through_three
        >>> corners = torch.tensor([[0.0, 0.0, 1.0], [4.0, 0.0, 1.0], [0.0, 3.0, 1.0]]).double()
        >>> plane = plane_through_three(*corners, n_points=5, margin=0.0)
        >>> plane.arrays["corners"].tolist(), plane.alpha.tolist()
        ([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]], [0.0, 1.0, 2.0, 3.0, 4.0])
        >>> plane.slice.at(4.0, 3.0).tolist()
        [4.0, 3.0, 1.0]
    """
    if n_points < 2 or not margin >= 0:
        raise ValueError(
            f"n_points is {n_points} and margin {margin}; give at least 2 points and no negative margin"
        )
    along_P, aside_P = (second_P - first_P).double(), (third_P - first_P).double()
    length = float(torch.linalg.vector_norm(along_P))
    u_P = along_P / length
    shift = float(u_P @ aside_P)
    across_P = aside_P - shift * u_P
    height = float(torch.linalg.vector_norm(across_P))
    if not height > 1e-6 * length:
        raise ValueError(
            "the three networks lie on a line (or two are the same); take three different solutions"
        )
    corners = np.array([(0.0, 0.0), (length, 0.0), (shift, height)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    spare = margin * (high - low)
    alpha, beta = (np.linspace(a, b, n_points) for a, b in zip(low - spare, high + spare, strict=True))
    axes = (u_P.to(first_P), (across_P / height).to(first_P))
    plane = Slice(origin=first_P, axes=axes)
    return Plane(slice=plane, alpha=alpha, beta=beta, arrays={"corners": corners})


def _listed(values: Tensor) -> str:
    return " and ".join(f"{float(value):.3g}" for value in values)
