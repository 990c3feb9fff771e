"""Planes through trained networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmark.landscape import planes
from benchmark.landscape.eigenpairs import eigenpairs
from benchmark.landscape.planes import Plane, plane_through_three, planes_through
from benchmark.landscape.slices import Slice, random_slice
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import flatten, named_weights, normalized, weight_mask
from tests.mutants import Mutant, red_with
from tests.toys import dense_hessian, quadratic, relu_net, tensor

defaults = {
    "n_planes": 1, "half_width": 1.0, "n_points": 5, "normalize": "filter", "biases": "zero",
    "every_steps": None, "n_examples": None,
}  # fmt: skip


def drawn(net: Trained, kind: str, **options: object) -> list[Plane]:
    return list(planes_through(net, kind, **{**defaults, **options}))  # type: ignore[arg-type]


def walked(points: list[list[float]]) -> Trained:
    """Return a network in three dimensions whose training went through these weights, one per step."""
    net = quadratic(tensor(1.0, 1.0, 1.0), tensor(*points[-1]))
    states = [{"weights": tensor(*point)} for point in points]
    return replace(
        net, initial=states[0], checkpoint=states.__getitem__, history=[{"step": float(k)} for k in range(len(points))]
    )  # fmt: skip


def test_the_points_of_a_plane_are_in_the_order_of_its_array() -> None:
    plane = Plane(
        slice=Slice(origin=tensor(0.0), axes=()), alpha=np.array([1.0, 2.0]), beta=np.array([3.0, 4.0, 5.0])
    )
    assert np.array(plane.points).reshape(2, 3, 2)[1, 2].tolist() == [2.0, 5.0]


def test_random_planes_are_drawn_one_after_the_other_from_the_measures_generator() -> None:
    net = relu_net()
    first, second = drawn(net, "random", n_planes=2)
    generator = net.rng("loss_surface")
    expected = [random_slice(net.landscape(), generator) for _ in range(2)]
    for plane, slice_ in zip((first, second), expected, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(plane.slice.axes, slice_.axes, strict=True))
    np.testing.assert_array_equal(first.alpha, [-1, -0.5, 0, 0.5, 1])


@red_with(
    Mutant(
        planes.eigenvector_plane,
        "pairs.vectors.to(landscape.theta) * length",
        "pairs.vectors.to(landscape.theta)",
    ),
    Mutant(planes.eigenvector_plane, "allowed=mask_P", "allowed=None"),
)
def test_eigenvectors_are_those_of_the_other_weights_and_as_long_as_a_random_direction() -> None:
    net = relu_net()
    landscape = net.landscape()
    (plane,) = drawn(net, "eigenvectors")
    mask = weight_mask(landscape.like)
    values, vectors = torch.linalg.eigh(dense_hessian(landscape)[mask][:, mask])
    np.testing.assert_allclose(plane.arrays["eigenvalues"], values[[-1, -2]].numpy(), rtol=1e-3)
    length = float(normalized(torch.randn(83).double(), landscape.like).norm())
    for index, axis in enumerate(plane.slice.axes):
        assert float(axis.norm()) == pytest.approx(length, rel=1e-9)
        assert not axis[~mask].any()
        cosine = float(axis[mask] @ vectors[:, -1 - index]) / length
        assert abs(cosine) == pytest.approx(1, abs=1e-3)


def test_eigenvectors_may_move_biases_or_be_unit_vectors() -> None:
    net = relu_net()
    (kept,) = drawn(net, "eigenvectors", biases="kept")
    assert kept.slice.axes[0][~weight_mask(net.landscape().like)].any()
    assert float(kept.slice.axes[0].norm()) == pytest.approx(float(net.landscape().theta.norm()))
    (unit,) = drawn(net, "eigenvectors", normalize="none")
    assert float(unit.slice.axes[1].norm()) == pytest.approx(1)


def test_eigenvectors_that_have_not_converged_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    net = relu_net()
    monkeypatch.setattr(
        planes, "eigenpairs", lambda *args, **options: eigenpairs(*args, **options, max_steps=4)
    )
    drawn(net, "eigenvectors")
    (note,) = net.notes
    assert "eigenvectors have not converged: residuals" in note


@red_with(
    Mutant(planes.trajectory_plane, "(0.5 + path_margin)", "path_margin"),
    Mutant(planes.trajectory_plane, "/ 2\n", "\n"),
)
def test_the_grid_of_a_trajectory_covers_the_path_with_a_tenth_to_spare() -> None:
    net = walked([[4.0, 0.0, 5.0], [2.0, 1.0, 5.0], [1.0, -1.0, 5.0], [0.0, 0.0, 5.0]])
    (plane,) = drawn(net, "trajectory", biases="kept", n_points=7)
    path = plane.arrays["path"]
    for coordinates, axis in zip(path.T, (plane.alpha, plane.beta), strict=True):
        extent = np.ptp(coordinates)
        assert axis[0] == pytest.approx(coordinates.min() - extent / 10)
        assert axis[-1] == pytest.approx(coordinates.max() + extent / 10)
    np.testing.assert_array_equal(path[-1], [0, 0])
    np.testing.assert_array_equal(plane.arrays["path_steps"], [0, 1, 2, 3])
    np.testing.assert_allclose(plane.arrays["explained"].sum(), 1)
    (wider,) = drawn(net, "trajectory", biases="kept", n_points=7, half_width=2.0)
    assert np.ptp(wider.alpha) == pytest.approx(2 * np.ptp(plane.alpha))


def test_the_weights_of_a_path_lie_where_the_plane_says() -> None:
    points = [[4.0, 0.0, 5.0], [2.0, 1.0, 5.0], [1.0, -1.0, 5.0], [0.0, 0.0, 5.0]]
    (plane,) = drawn(walked(points), "trajectory", biases="kept")
    for point, place in zip(points, plane.arrays["path"], strict=True):
        torch.testing.assert_close(plane.slice.at(*place), tensor(*point))


@red_with(Mutant(planes.trajectory_plane, 'biases == "zero"', "False"))
def test_a_trajectory_leaves_biases_alone_unless_told_otherwise() -> None:
    net = relu_net()
    final, generator = net.module.state_dict(), torch.Generator().manual_seed(0)
    states = {
        step: {name: w + torch.randn(w.shape, generator=generator) for name, w in final.items()}
        for step in (0, 1, 2)
    }
    net = replace(
        net, initial=states[0], checkpoint=states.__getitem__, history=[{"step": 0.0}, {"step": 3.0}]
    )
    (plane,) = drawn(net, "trajectory", every_steps=1)
    mask = weight_mask(named_weights(net.module))
    assert torch.equal(plane.slice.origin, flatten(named_weights(net.module)))
    assert not any(axis[~mask].any() for axis in plane.slice.axes)


@red_with(
    Mutant(plane_through_three, "aside_P - shift * u_P", "aside_P"),
    Mutant(plane_through_three, "across_P / height", "across_P"),
    Mutant(plane_through_three, "(shift, height)", "(0.0, height)"),
    Mutant(plane_through_three, "spare = margin", "spare = 2 * margin"),
)
def test_a_plane_through_three_points_has_them_at_its_corners() -> None:
    points = tensor(1.0, 0.0, 2.0), tensor(4.0, 0.0, 2.0), tensor(2.0, -3.0, 6.0)
    plane = plane_through_three(*points, n_points=11, margin=0.2)
    np.testing.assert_allclose(plane.arrays["corners"], [(0, 0), (3, 0), (1, 5)], atol=1e-12)
    for point, place in zip(points, plane.arrays["corners"], strict=True):
        torch.testing.assert_close(plane.slice.at(*place), point)
    first, second = plane.slice.axes
    assert float(first @ first) == pytest.approx(1) and float(second @ second) == pytest.approx(1)
    assert float(first @ second) == pytest.approx(0, abs=1e-12)
    assert (plane.alpha[0], plane.alpha[-1]) == pytest.approx((-0.6, 3.6))
    assert (plane.beta[0], plane.beta[-1]) == pytest.approx((-1.0, 6.0))
    assert len(plane.alpha) == len(plane.beta) == 11


def test_planes_say_what_is_wrong() -> None:
    net = relu_net()
    with pytest.raises(ValueError, match="choose one of random, eigenvectors, trajectory"):
        drawn(net, "pca")
    for kind, n_planes in (("random", 0), ("eigenvectors", 2)):
        with pytest.raises(ValueError, match="give 1, or with plane='random' any positive number"):
            drawn(net, kind, n_planes=n_planes)
    zero, one, two = tensor(0.0, 0.0), tensor(1.0, 1.0), tensor(2.0, 2.0)
    for third in (two, one, zero):
        with pytest.raises(ValueError, match="lie on a line"):
            plane_through_three(zero, one, third, n_points=5, margin=0.2)
    with pytest.raises(ValueError, match="lie on a line"):
        plane_through_three(zero, zero, one, n_points=5, margin=0.2)
    for options in ({"n_points": 1, "margin": 0.2}, {"n_points": 5, "margin": -0.1}):
        with pytest.raises(ValueError, match="at least 2 points and no negative margin"):
            plane_through_three(zero, one, tensor(0.0, 1.0), **options)  # type: ignore[arg-type]
