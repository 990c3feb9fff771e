"""Random lines: their closed form, and the radius read from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmark.landscape.slices import random_slice
from benchmark.landscape.trained import Trained
from benchmark.measures.random_lines import random_lines
from tests.mutants import Mutant, red_with
from tests.toys import Surface, direct_loss, quadratic, relu_net, tensor, trained, values

unscaled = {"normalize": "none", "biases": "kept", "with_test": False}


def bowl() -> Trained:
    """Return w at the bottom of 20 |w - centre|^2, seen along directions as long as w: |w|^2 = 25."""
    centre = tensor([3.0, 0.0], [0.0, 4.0])

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (20 * (w - centre).square().sum()).expand(len(inputs_B))

    return trained(Surface(centre, loss), torch.zeros(2, 1).double(), task=direct_loss)


@red_with(
    Mutant(random_lines, "increase=increase", "increase=2 * increase"),
    Mutant(random_lines, "min(radius, half_width)", "half_width"),
)
def test_a_round_bowl_has_the_same_radius_in_every_direction() -> None:
    result = random_lines(n_directions=4, n_points=401, half_width=0.1).compute(bowl())
    (radius, spread) = result.readings
    assert radius.value == pytest.approx(math.sqrt(0.5 / (20 * 25)), rel=1e-3)
    assert radius.standard_error == pytest.approx(0, abs=1e-9)
    assert spread.quantity == "flat_radius_spread" and spread.value == pytest.approx(0, abs=1e-9)


@red_with(Mutant(random_lines, 'trained.rng("random_lines")', 'trained.rng("loss_surface")'))
def test_lines_of_a_quadratic_are_exact_at_every_point() -> None:
    curvatures, weights = tensor(4.0, 1.0), tensor(1.0, 2.0)
    net = quadratic(curvatures, weights)
    arrays = random_lines(n_directions=3, n_points=5, **unscaled).compute(net).arrays
    generator = net.rng("random_lines")
    assert arrays["train_loss"].shape == (3, 5) and np.isnan(arrays["train_error"]).all()
    for losses in arrays["train_loss"]:
        line = random_slice(net.landscape(), generator, 1, normalize="none", biases="kept")
        for alpha, loss in zip(arrays["alpha"], losses, strict=True):
            exact = 0.5 * float((curvatures * (weights + alpha * line.axes[0]).square()).sum())
            assert loss == pytest.approx(exact, rel=1e-13)


def test_the_centre_of_every_line_is_the_networks_own_loss() -> None:
    net = relu_net()
    arrays = random_lines(n_directions=3, n_points=7).compute(net).arrays
    landscape = net.landscape()
    assert set(arrays["train_loss"][:, 3]) == {landscape.loss(landscape.theta)}
    assert list(arrays) == ["alpha", "train_loss", "train_error", "test_loss", "test_error"]


@red_with(Mutant(random_lines, "map(math.isinf, radii)", "map(math.isnan, radii)"))
def test_directions_on_which_the_loss_never_rises_count_the_whole_width_and_are_noted() -> None:
    net = bowl()
    got = values(random_lines(n_directions=3, n_points=5, half_width=0.01).compute(net))
    assert got.flat_radius == 0.01 and got.flat_radius_spread == 0
    assert net.notes == ["on 3 of 3 lines the loss never rises by 0.5: their radius counts as 0.01"]


def test_a_direction_of_its_own_has_no_spread() -> None:
    (radius,) = random_lines(n_directions=1, n_points=5).compute(relu_net()).readings
    assert radius.standard_error is None


def test_lines_say_what_is_wrong() -> None:
    for options in ({"n_directions": 0}, {"increase": 0.0}):
        with pytest.raises(ValueError, match="both must be positive"):
            random_lines(**options).compute(relu_net())
    with pytest.raises(ValueError, match="n_points is 50; give an odd number"):
        random_lines(n_points=50).compute(relu_net())
