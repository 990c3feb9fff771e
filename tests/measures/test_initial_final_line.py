"""The line from the initial weights to the trained ones."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.cell import Cell
from benchmark.cells.data.task import classification
from benchmark.landscape.lines import Line
from benchmark.landscape.trained import Trained
from benchmark.measures import initial_final_line as module
from benchmark.measures.initial_final_line import initial_final_line
from tests.mutants import Mutant, red_with
from tests.toys import Surface, batch_norm_net, direct_loss, relu_net, tensor, trained, values


def curve(net: Trained, quantity: str = "train_loss", **options: Any) -> dict[float, float]:
    """Return alpha -> value."""
    readings = initial_final_line(**options).compute(net).readings
    return {reading.index["alpha"]: reading.value for reading in readings if reading.quantity == quantity}


def numbers(net: Trained, **options: Any) -> SimpleNamespace:
    """Return the readings without an index."""
    readings = initial_final_line(**options).compute(net).readings
    return values(SimpleNamespace(readings=[reading for reading in readings if not reading.index]))


def scalar_net(depth: int, start: float, end: float) -> Trained:
    """Return depth equal weights w, trained from `start` to `end`, on the loss 0.5 (w_1 ... w_depth x - 1)^2."""
    net = trained(
        Surface(tensor(*[end] * depth), lambda w, inputs_B: 0.5 * (w.prod() * inputs_B[:, 0] - 1).square()),
        tensor([0.5], [1.0], [2.0]),
        task=direct_loss,
    )
    return replace(net, initial={"weights": tensor(*[start] * depth)})


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@red_with(
    Mutant(module._start, "trained.initial, like", "trained.module.state_dict(), like"),
    Mutant(Line.weights, "self.start.theta, self.end.theta", "self.end.theta, self.start.theta"),
)
def test_a_deep_scalar_linear_net_is_a_polynomial_of_twice_its_depth_on_the_symmetric_line(
    depth: int,
) -> None:
    start, end, x = 0.25, 1.5, np.array([0.5, 1.0, 2.0])
    loss = list(curve(scalar_net(depth, start, end), n_points=2 * depth + 2).values())
    assert loss[0] == pytest.approx(np.mean(0.5 * (start**depth * x - 1) ** 2), rel=1e-14)
    assert loss[-1] == pytest.approx(np.mean(0.5 * (end**depth * x - 1) ** 2), rel=1e-14)
    # the highest finite difference of a polynomial is n! times its leading coefficient, and the next one is 0
    step = (end - start) / (2 * depth + 1)
    leading = float(np.mean(0.5 * x**2))
    expected = math.factorial(2 * depth) * leading * step ** (2 * depth)
    assert np.diff(loss, n=2 * depth) == pytest.approx([expected] * 2, rel=1e-9)
    assert np.diff(loss, n=2 * depth + 1) == pytest.approx(0, abs=1e-9 * expected)


def linear_regression() -> Trained:
    """Return least squares in 3 dimensions at its minimum, from a start of its own."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(20, 4, generator=generator, dtype=torch.float64)
    solution = torch.linalg.lstsq(inputs[:, :3], inputs[:, 3]).solution

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return 0.5 * (inputs_B[:, :3] @ w - inputs_B[:, 3]).square()

    net = trained(Surface(solution, loss), inputs, task=direct_loss)
    return replace(net, initial={"weights": tensor(2.0, -3.0, 1.0)})


@red_with(Mutant(module._numbers, "monotonicity_gap(loss_A)", "monotonicity_gap(-loss_A)"))
def test_linear_regression_is_monotone_from_any_start_to_its_minimum() -> None:
    net = linear_regression()
    got, loss = numbers(net), np.array(list(curve(net).values()))
    assert got.monotonicity_gap == 0 and got.n_bumps == 0 and not net.notes
    # L(a) = L(1) + (1 - a)^2 (L(0) - L(1)) on a line into the minimum
    alpha = np.linspace(0, 1, 51)
    assert loss == pytest.approx(loss[-1] + (1 - alpha) ** 2 * (loss[0] - loss[-1]), rel=1e-12)
    exact = 1 - math.sqrt(1 - 0.1 * loss[0] / (loss[0] - loss[-1]))
    assert got.plateau_end == pytest.approx(exact, abs=1e-4)


def test_a_path_over_a_ridge_has_a_gap_and_a_bump() -> None:
    net = trained(
        Surface(tensor(1.0), lambda w, inputs_B: (1 + torch.cos(2 * math.pi * w[0])).expand(len(inputs_B))),
        torch.zeros(2, 1).double(),
        task=direct_loss,
    )
    net = replace(net, initial={"weights": tensor(-0.5)})
    got = numbers(net, n_points=61)
    # from the bottom at -1/2 over the ridge at 0 down to 1/2, and up to the ridge at 1
    assert got.monotonicity_gap == pytest.approx(2, rel=1e-12)
    assert got.n_bumps == 1
    assert got.plateau_end == 1 and "never falls below 0.9" in net.notes[0]


@red_with(
    Mutant(
        Line.buffers,
        'self.landscapes["train"].recalibrated_buffers(theta_P)',
        'self.landscapes["train"].buffers',
    )
)
def test_statistics_are_recalibrated_on_the_way() -> None:
    net = with_start(batch_norm_net())
    landscape = net.landscape(batch_norm="recalibrated")
    middle = 0.5 * (landscape.theta + start_of(net))
    got = curve(net, n_points=3)
    assert got[0.5] == pytest.approx(landscape.loss(middle), rel=1e-13)
    assert got[0.5] != pytest.approx(net.landscape().loss(middle), rel=1e-3)


@red_with(Mutant(module._start, "End.stored(trained.initial, like)", "End.of(trained.module)"))
def test_interpolated_statistics_are_the_initial_ones_at_the_start_and_the_trained_ones_at_the_end() -> None:
    net = with_start(batch_norm_net())
    got = curve(net, n_points=2, batch_norm="interpolated")
    landscape = net.landscape()
    buffers = {name: net.initial[name] for name in landscape.buffers}
    assert got[0.0] == pytest.approx(landscape.loss(start_of(net), buffers), rel=1e-13)
    assert got[1.0] == landscape.loss(landscape.theta)


def with_start(net: Trained) -> Trained:
    """Return the network as if trained from another draw of itself."""
    return replace(net, initial=copy.deepcopy(batch_norm_net(seed=5).module.state_dict()))


def start_of(net: Trained) -> Tensor:
    return torch.cat([net.initial[name].reshape(-1) for name in net.landscape().like])


class Spec:
    """A model spec of a small network."""

    def build(self, task: Any) -> nn.Module:
        return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


def test_unrelated_weights_are_a_fresh_draw_by_the_seed_and_leave_the_global_generator_alone() -> None:
    toy = relu_net()
    net = replace(toy, cell=Cell(data="toy", model=Spec(), training="some"))
    noise = torch.random.get_rng_state()
    own, unrelated = (curve(net, n_points=2, start=start) for start in ("own", "unrelated"))
    assert torch.equal(torch.random.get_rng_state(), noise)
    assert own[1.0] == unrelated[1.0] and own[0.0] != unrelated[0.0]
    assert unrelated == curve(net, n_points=2, start="unrelated")
    assert unrelated[0.0] != curve(replace(net, seed=1), n_points=2, start="unrelated")[0.0]


def test_a_network_of_ones_own_has_no_unrelated_start_and_a_point_for_a_line() -> None:
    task = classification(input_shape=(4,), n_outputs=3, kind="vectors")
    net = replace(trained(Spec().build(task), torch.randn(6, 4), task=task), cell=None)
    assert len(set(curve(net, n_points=3).values())) <= 2
    assert net.notes[0] == "the initial weights are the trained ones: the line is a point"
    with pytest.raises(ValueError, match="take 'own'"):
        curve(net, start="unrelated")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "other"}, "choose 'own' or 'unrelated'"),
        ({"batch_norm": "anchor"}, "choose frozen, interpolated, recalibrated or batch"),
        ({"n_points": 1}, "needs at least 2"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        curve(relu_net(), **options)
