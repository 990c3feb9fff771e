"""Slices through the space of weights."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.derivations.rescale_layers import RescaleLayers
from benchmark.landscape import slices
from benchmark.landscape.kept_outputs import Kept
from benchmark.landscape.slices import (
    Evaluator,
    Slice,
    landscapes_on_slice,
    random_slice,
    symmetric,
)
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import normalized
from tests.cells.derivations.parents import derived
from tests.mutants import Mutant, red_with
from tests.toys import (
    Surface,
    batch_norm_net,
    direct_loss,
    quadratic,
    relu_net,
    tensor,
    trained,
    with_weights,
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def surface(net: Trained, n_points: int = 5) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    landscape = net.landscape()
    evaluate = Evaluator(random_slice(landscape, generator()), [landscape])
    axis = symmetric(1.0, n_points)
    return np.array([[evaluate((a, b))[0] for b in axis] for a in axis])


@red_with(
    Mutant(Slice.at, "alpha=coordinate", "alpha=1"),
    Mutant(Slice.at, "theta_P = torch.add(theta_P,", "theta_P = torch.add(self.origin,"),
)
def test_a_quadratic_is_recovered_at_every_node() -> None:
    curvatures, weights = tensor(4.0, 1.0, -0.5), tensor(1.0, 2.0, -1.0)
    landscape = quadratic(curvatures, weights, constant=0.3).landscape()
    drawn = random_slice(landscape, generator(), normalize="none", biases="kept")
    evaluate = Evaluator(drawn, [landscape])
    d, e = (axis.numpy() for axis in drawn.axes)
    for a in symmetric(1.0, 7):
        for b in symmetric(1.0, 7):
            point = weights.numpy() + a * d + b * e
            exact = 0.3 + 0.5 * float(curvatures.numpy() @ point**2)
            loss, error = evaluate((a, b))
            assert loss == pytest.approx(exact, rel=1e-13, abs=1e-13)
            assert np.isnan(error)


def test_in_single_precision_the_quadratic_is_recovered_to_its_rounding() -> None:
    curvatures, weights = tensor(4.0, 1.0, 0.5).float(), tensor(1.0, 2.0, -1.0).float()

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (0.5 * (curvatures * w.square()).sum()).expand(len(inputs_B))

    net = trained(Surface(weights, loss).float(), torch.zeros(2, 1), task=direct_loss)
    landscape = net.landscape()
    drawn = random_slice(landscape, generator(), normalize="none", biases="kept")
    evaluate, (d, e) = Evaluator(drawn, [landscape]), (axis.double() for axis in drawn.axes)
    for a in symmetric(1.0, 5):
        for b in symmetric(1.0, 5):
            exact = 0.5 * float((curvatures.double() * (weights + a * d + b * e).square()).sum())
            assert evaluate((a, b))[0] == pytest.approx(exact, rel=1e-6)


@red_with(
    Mutant(Slice.at, "if coordinate != 0:", "if True:"), Mutant(Slice.at, "self.origin", "1.0 * self.origin")
)
def test_the_origin_is_the_weights_themselves() -> None:
    theta_P = tensor(1.0, float("inf"))
    plane = Slice(origin=theta_P, axes=(tensor(0.5, float("nan")), tensor(1.0, 1.0)))
    assert plane.at(0.0, 0.0) is theta_P
    assert torch.equal(plane.at(0.0, 2.0), tensor(3.0, float("inf")))


def test_the_centre_is_the_landscapes_own_loss_bit_for_bit() -> None:
    for net in (relu_net(), batch_norm_net()):
        for policy in ("frozen", "batch", "recalibrated"):
            landscape = net.landscape(batch_norm=policy, chunk_size=7)
            evaluate = Evaluator(random_slice(landscape, generator()), [landscape])
            evaluate((0.4, -0.2))
            assert tuple(evaluate((0.0, 0.0))) == landscape.loss_and_error(landscape.theta)


@red_with(Mutant(Kept.at, "self.coordinates != coordinates[:-1]", "False"))
def test_a_value_depends_on_its_point_alone() -> None:
    landscape = relu_net().landscape(chunk_size=7)
    drawn = random_slice(landscape, generator())
    points = [(a, b) for a in (-0.3, 0.0, 0.7) for b in (0.0, 0.2)]
    there, back = Evaluator(drawn, [landscape]), Evaluator(drawn, [landscape])
    assert [there(point) for point in points] == [back(point) for point in points[::-1]][::-1]


@red_with(Mutant(random_slice, "normalize=normalize, biases=biases", ""))
def test_a_random_slice_has_gaussian_directions_normalized_as_asked() -> None:
    landscape = relu_net().landscape()
    plane = random_slice(landscape, generator(), normalize="layer", biases="kept")
    draws = generator()
    for axis in plane.axes:
        drawn = torch.randn(83, generator=draws, dtype=torch.float64)
        expected = normalized(drawn, landscape.like, normalize="layer", biases="kept")
        assert torch.equal(axis, expected)
    assert torch.equal(plane.origin, landscape.theta)


def test_a_line_is_the_first_axis_of_the_plane() -> None:
    landscape = relu_net().landscape()
    line, plane = (random_slice(landscape, generator(), n_axes) for n_axes in (1, 2))
    assert torch.equal(line.axes[0], plane.axes[0])


@red_with(Mutant(normalized, "norm / (own + 1e-10)", "1 / (own + 1e-10)"))
def test_rescaled_layers_leave_the_surface_alone_but_rescaled_neurons_do_not() -> None:
    net = relu_net()
    weights, expected = dict(net.module.state_dict()), surface(net)
    layers = with_weights(net, derived(RescaleLayers(factor=10), weights))
    np.testing.assert_allclose(surface(layers), expected, rtol=1e-9)
    factors = torch.linspace(0.2, 5, 6).double()
    neurons = weights | {
        "0.weight": weights["0.weight"] * factors[:, None],
        "0.bias": weights["0.bias"] * factors,
        "2.weight": weights["2.weight"] / factors,
    }
    other = surface(with_weights(net, neurons))
    assert other[2, 2] == pytest.approx(expected[2, 2], rel=1e-12)
    assert np.abs(other / expected - 1).max() > 0.05


@red_with(
    Mutant(
        Evaluator._rows,
        "for landscape, _ in self._ways]",
        "for landscape, _ in self._ways[:1] * len(self._ways)]",
    ),
    Mutant(Evaluator._rows, "if is_recalibrated else None", "if False else None"),
)
def test_train_and_test_are_seen_with_the_same_statistics() -> None:
    net = batch_norm_net()
    train = net.landscape(batch_norm="recalibrated", n_examples=20)
    test = net.landscape("test", batch_norm="recalibrated")
    test.calibration = train.calibration.take(slice(0, 8)) if train.calibration else None
    drawn = random_slice(train, generator())
    theta_P = drawn.at(0.4, -0.3)
    buffers = train.recalibrated_buffers(theta_P)
    expected = [*train.loss_and_error(theta_P, buffers), *test.loss_and_error(theta_P, buffers)]
    assert Evaluator(drawn, [train, test])((0.4, -0.3)) == pytest.approx(expected, rel=1e-12)
    assert expected[0] != pytest.approx(expected[2], rel=1e-3)


def test_the_users_network_stays_as_it_was() -> None:
    net = batch_norm_net()
    net.module.train()
    before = copy.deepcopy(net.module.state_dict())
    for policy in ("frozen", "batch", "recalibrated"):
        landscape = net.landscape(batch_norm=policy)
        Evaluator(random_slice(landscape, generator()), [landscape])((1.0, -1.0))
    assert all(torch.equal(value, before[name]) for name, value in net.module.state_dict().items())
    assert all(layer.training for layer in net.module.modules())
    assert all(weight.grad is None and weight.requires_grad for weight in net.module.parameters())
    assert not any(layer._forward_pre_hooks for layer in net.module.modules())


def pictures(length: int) -> Trained:
    """Return a network whose largest activation has 16 bytes for every place of its input, and a few more."""
    module = nn.Sequential(nn.Conv1d(1, 4, 1), nn.Flatten(), nn.Linear(4 * length, 2))
    inputs = torch.zeros(2, 1, length)
    return Trained.of(module, inputs, torch.arange(2), test=(inputs, torch.arange(2)))


@red_with(
    Mutant(landscapes_on_slice, 'and batch_norm == "frozen"', ""),
    Mutant(slices._chunk_in_cache, "max(low, ", "min(low, "),
    Mutant(slices._chunk_in_cache, "max(sizes)", "min(sizes)"),
)
def test_chunks_stay_in_the_cache_where_values_do_not_depend_on_them() -> None:
    net = pictures(2**10)  # 16 KiB an example
    for policy, expected in (("frozen", 512), ("batch", 2048), ("recalibrated", 2048)):
        seen = landscapes_on_slice(net, batch_norm=policy, with_test=True, n_examples=1)  # type: ignore[arg-type]
        assert [landscape.chunk_size for landscape in seen.values()] == [expected] * 2
        assert [len(landscape.examples) for landscape in seen.values()] == [1, 2]
    sizes = [
        landscapes_on_slice(pictures(length), batch_norm="frozen", with_test=False, n_examples=None)[
            "train"
        ].chunk_size
        for length in (2**14, 4)
    ]
    assert sizes == [128, 2048]
    assert not any(layer._forward_hooks for layer in net.module.modules())
