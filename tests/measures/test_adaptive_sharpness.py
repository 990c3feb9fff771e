"""ASAM's sharpness: its closed form, and the invariance it was made for."""

from __future__ import annotations

import pytest
import torch

from benchmark.measures.adaptive_sharpness import adaptive_sharpness
from benchmark.measures.sam_sharpness import sam_sharpness
from tests.mutants import Mutant, red_with
from tests.toys import linear, relu_net, tensor, values, with_weights


@red_with(Mutant(adaptive_sharpness, "landscape.theta.abs() + eta", "landscape.theta.abs()"))
def test_on_a_linear_loss_it_is_rho_times_the_norm_of_the_scaled_gradient() -> None:
    net = linear(tensor(1.0, -2.0), tensor([3.0, 4.0]))
    expected = 0.2 * ((1.5 * 3) ** 2 + (2.5 * 4) ** 2) ** 0.5
    for method in ("one_step", "ascent"):
        got = values(adaptive_sharpness(method=method, rho=0.2, eta=0.5).compute(net)).value
        assert got == pytest.approx(expected, rel=1e-12)


@red_with(Mutant(adaptive_sharpness, "landscape.theta.abs() + eta", "landscape.theta.norm() + eta"))
def test_rescaled_neurons_leave_it_alone_and_change_sam() -> None:
    net = relu_net()
    weights = dict(net.module.state_dict())
    factors = torch.linspace(0.2, 5, 6).double()
    weights["0.weight"] = weights["0.weight"] * factors[:, None]
    weights["0.bias"] = weights["0.bias"] * factors
    weights["2.weight"] = weights["2.weight"] / factors
    other = with_weights(net, weights)
    for method in ("one_step", "ascent"):
        adaptive = adaptive_sharpness(method=method, eta=0.0)
        assert values(adaptive.compute(other)).value == pytest.approx(
            values(adaptive.compute(net)).value, rel=1e-10
        )
        plain = sam_sharpness(method=method)
        assert values(plain.compute(other)).value != pytest.approx(values(plain.compute(net)).value, rel=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"method": "newton"}, "choose 'one_step' or 'ascent'"), ({"eta": -1.0}, "give eta >= 0")],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        adaptive_sharpness(**options).compute(relu_net())
