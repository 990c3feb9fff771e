"""Radial width on losses where it is known."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmark.landscape.trained import Trained
from benchmark.measures import radial_width as module
from benchmark.measures.radial_width import radial_width
from tests.mutants import Mutant, red_with
from tests.toys import Surface, batch_norm_net, direct_loss, quadratic, tensor, trained, values

weights = tensor(3.0, 0.0, -4.0, 12.0)  # of norm 13


def on(loss: Any, at: Tensor = weights) -> Trained:
    """Return weights on a loss of one's own."""
    return trained(
        Surface(at, lambda w, inputs_B: loss(w).expand(len(inputs_B))),
        torch.zeros(2, 1).double(),
        task=direct_loss,
    )


@pytest.mark.parametrize("increase", [0.5, 2.0])
@red_with(
    Mutant(module._rise, "landscape.theta.norm() / direction_P.norm()", "1 / direction_P.norm()"),
    Mutant(module._rise, "- centre - increase", "- centre - 2 * increase"),
    Mutant(module._rise, "landscape.theta.norm() / direction_P.norm()", "landscape.theta.norm()"),
)
def test_an_isotropic_quadratic_has_one_width_in_all_directions(increase: float) -> None:
    net = quadratic(tensor(0.7, 0.7, 0.7, 0.7), weights, minimum=weights, constant=1.5)
    result = radial_width(increase=increase).compute(net)
    expected = math.sqrt(2 * increase / 0.7) / 13
    widths = dict.fromkeys(("value", "lower_quartile", "upper_quartile"), expected)
    assert vars(values(result)) == pytest.approx({**widths, "distance": 13 * expected}, rel=1e-4)
    assert not net.notes


@red_with(
    Mutant(module._summary, "np.quantile(widths_D, q)", "widths_D.mean()"),
    Mutant(module.radial_width, 'f"radial_width.{direction}"', '"radial_width"'),
)
def test_quartiles_are_those_over_directions_of_a_quadratic_of_many_curvatures() -> None:
    curvatures = tensor(0.0, 1.0, 5.0, 40.0)
    net = quadratic(curvatures, weights, minimum=weights)
    result = radial_width(n_directions=200).compute(net)
    drawn_DP = torch.randn(100_000, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    along_D = (curvatures * drawn_DP.square()).sum(dim=1) / drawn_DP.square().sum(dim=1)
    widths_D = (1 / along_D).sqrt() / 13
    for reading in result.readings[:3]:
        q = {"lower_quartile": 0.25, "value": 0.5, "upper_quartile": 0.75}[reading.quantity]
        assert reading.standard_error is not None and reading.standard_error < 0.1 * reading.value
        assert abs(reading.value - float(widths_D.quantile(q))) < 4 * reading.standard_error


def test_a_standard_error_is_that_of_repeated_draws() -> None:
    curvatures = tensor(0.0, 1.0, 5.0, 40.0)
    nets = [quadratic(curvatures, weights, minimum=weights) for _ in range(25)]
    medians, errors = [], []
    for seed, net in enumerate(nets):
        object.__setattr__(net, "seed", seed)
        (median, *_) = radial_width(n_directions=40).compute(net).readings
        medians.append(median.value)
        errors.append(median.standard_error or 0)
    assert float(tensor(*errors).mean()) == pytest.approx(float(tensor(*medians).std()), rel=0.4)


def test_a_cliff_to_infinity_or_to_nothing_is_a_rise() -> None:
    for beyond in (math.inf, math.nan):
        net = on(lambda w, beyond=beyond: torch.where((w - weights).norm() < 2.6, 0.0, beyond))
        assert values(radial_width(n_directions=3).compute(net)).value == pytest.approx(0.2, rel=2e-4)


@red_with(Mutant(module._first_crossing, "range(n_doublings, -1, -1)", "range(1)"))
def test_the_first_of_two_rises_counts() -> None:
    def loss(w: Tensor) -> Tensor:  # a wall of height 3 from 1 to 3, low ground, and a slope far out
        r = (w - weights).norm()
        return torch.where((r > 1) & (r < 3), 3 * torch.sin(math.pi * (r - 1) / 2), (r - 8).clamp(min=0))

    exact = 1 + 2 / math.pi * math.asin(0.5 / 3)
    assert values(radial_width(n_directions=2).compute(on(loss))).value == pytest.approx(exact / 13, rel=1e-4)


@red_with(Mutant(radial_width, "else math.nan", "else largest"))
def test_a_centre_without_a_finite_loss_has_no_width() -> None:
    for centre in (math.inf, math.nan):
        got = vars(values(radial_width(n_directions=3).compute(on(lambda w, c=centre: 0 * w.sum() + c))))
        assert len(got) == 4 and all(math.isnan(value) for value in got.values())


def test_a_loss_that_does_not_rise_counts_as_the_largest_and_is_noted() -> None:
    net = on(lambda w: 0 * w.sum())
    result = radial_width(n_directions=5, largest=2.0).compute(net)
    assert vars(values(result)) == {"value": 2, "lower_quartile": 2, "upper_quartile": 2, "distance": 26}
    assert net.notes == ["along 5 of 5 directions the loss does not rise by 0.5 up to t = 2"]


def test_a_direction_is_the_same_however_many_there_are() -> None:
    net = quadratic(tensor(0.0, 1.0, 5.0, 40.0), weights, minimum=weights)
    seen: list[list[float]] = []

    def tabulate(points: Any, compute: Any) -> Any:
        seen.append([compute(point)[0] for point in points])
        return tensor(*([[width] for width in seen[-1]])).numpy()

    object.__setattr__(net, "tabulate", tabulate)
    one = radial_width(n_directions=1).compute(net).readings
    radial_width(n_directions=4).compute(net)
    assert seen[1][:1] == seen[0] and len(set(seen[1])) == 4
    assert one[0].standard_error is None


def test_statistics_of_batch_norm_stay_frozen() -> None:
    net = batch_norm_net()
    before = {name: buffer.clone() for name, buffer in net.module.named_buffers()}
    radial_width(n_directions=2).compute(net)
    assert all(torch.equal(buffer, before[name]) for name, buffer in net.module.named_buffers())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_directions": 0}, "needs at least 1"),
        ({"increase": 0.0}, "increase is 0.0; give a number above 0"),
        ({"largest": -1.0}, "largest is -1.0; give a number above 0"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        radial_width(**options).compute(batch_norm_net())
