"""Algebra on weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.weights import (
    filter_normalized,
    flatten,
    lerp,
    lerp_buffers,
    named_weights,
    unflatten,
    weight_mask,
)
from tests.mutants import Mutant, red_with
from tests.toys import tensor


def conv_net() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return named_weights(nn.Sequential(nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3), nn.Linear(5, 4)).double())


def test_unflatten_is_the_inverse_of_flatten() -> None:
    weights = conv_net()
    theta = flatten(weights)
    again = unflatten(theta, weights)
    assert list(again) == list(weights)
    assert all(torch.equal(again[name], weight) for name, weight in weights.items())
    assert torch.equal(flatten(again), theta)


def test_unflatten_refuses_a_vector_of_another_length() -> None:
    with pytest.raises(ValueError, match="3 entries, the network 45 weights"):
        unflatten(torch.zeros(3), conv_net())


def test_weights_that_are_not_trained_are_left_out() -> None:
    module = nn.Linear(3, 2)
    module.bias.requires_grad_(False)
    assert list(named_weights(module)) == ["weight"]


@red_with(Mutant(lerp, "(1 - t) * start_P + t * end_P", "start_P + t * end_P"))
def test_a_line_is_exact_at_its_ends_and_linear_between_and_beyond() -> None:
    start, end = tensor(0.1, 0.2), tensor(0.7, -0.3)
    assert torch.equal(lerp(start, end, 0), start) and torch.equal(lerp(start, end, 1), end)
    torch.testing.assert_close(lerp(start, end, 0.25), tensor(0.25, 0.075))
    torch.testing.assert_close(lerp(start, end, -0.5), tensor(-0.2, 0.45))


def test_counts_of_batches_are_not_interpolated() -> None:
    start = {"mean": tensor(0.0), "n": torch.tensor(3)}
    end = {"mean": tensor(2.0), "n": torch.tensor(9)}
    assert lerp_buffers(start, end, 0.5) == {"mean": tensor(1.0), "n": torch.tensor(3)}


def test_only_convolution_and_linear_weights_count_as_filters() -> None:
    mask = unflatten(weight_mask(conv_net()), conv_net())
    assert {name: bool(part.all()) for name, part in mask.items() if part.all() == part.any()} == {
        "0.weight": True, "0.bias": False, "1.weight": False, "1.bias": False, "2.weight": True, "2.bias": False,
    }  # fmt: skip


@red_with(
    Mutant(filter_normalized, "tuple(range(1, weight.dim()))", "tuple(range(weight.dim()))"),
    Mutant(filter_normalized, "norm / (own + 1e-10)", "norm"),
    Mutant(filter_normalized, "torch.zeros_like(piece).reshape(-1)", "piece.reshape(-1)"),
)
def test_every_filter_of_a_direction_gets_the_norm_of_the_networks_filter() -> None:
    weights = conv_net()
    draw = torch.randn(45, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    direction, drawn = unflatten(filter_normalized(draw, weights), weights), unflatten(draw, weights)
    for name, weight in weights.items():
        if weight.dim() < 2:
            assert not direction[name].any()
            continue
        for filter_d, filter_w, filter_draw in zip(direction[name], weight, drawn[name], strict=True):
            assert float(filter_d.norm()) == pytest.approx(float(filter_w.norm()), rel=1e-9)
            cosine = (filter_d * filter_draw).sum() / (filter_d.norm() * filter_draw.norm())
            assert float(cosine) == pytest.approx(1, abs=1e-12)
