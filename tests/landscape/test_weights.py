"""Algebra on weights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from benchmark.landscape.weights import (
    Biases,
    Normalization,
    flatten,
    lerp,
    lerp_buffers,
    named_weights,
    normalized,
    unflatten,
    weight_mask,
)
from tests.mutants import Mutant, red_with
from tests.toys import tensor


def conv_net() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3)
    nn.init.normal_(norm.bias)
    return named_weights(nn.Sequential(nn.Conv2d(1, 3, 2), norm, nn.Linear(5, 4)).double())


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


@red_with(
    Mutant(normalized, "range(1 if by_filter else 0,", "range(0,"),
    Mutant(normalized, "weight.dim()))", "2))"),
)
def test_a_filter_of_a_signal_is_its_window_in_all_channels() -> None:
    like = named_weights(nn.Conv1d(2, 3, 5).double())
    assert like["weight"].shape == (3, 2, 5)
    direction = flatten({name: torch.randn_like(weight) for name, weight in like.items()})
    found = unflatten(normalized(direction, like), like)
    for own, filter_ in zip(like["weight"], found["weight"], strict=True):
        assert float(filter_.norm()) == pytest.approx(float(own.norm()), rel=1e-8)
    ratio = found["weight"] / unflatten(direction, like)["weight"]
    torch.testing.assert_close(ratio, ratio[:, :1, :1].expand_as(ratio))
    assert not found["bias"].any()


def test_only_convolution_and_linear_weights_count_as_filters() -> None:
    mask = unflatten(weight_mask(conv_net()), conv_net())
    assert {name: bool(part.all()) for name, part in mask.items() if part.all() == part.any()} == {
        "0.weight": True, "0.bias": False, "1.weight": False, "1.bias": False, "2.weight": True, "2.bias": False,
    }  # fmt: skip


def pieces(normalize: Normalization, biases: Biases) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield direction, weight and drawn direction, tensor by tensor."""
    weights = conv_net()
    draw = torch.randn(45, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    direction = unflatten(normalized(draw, weights, normalize=normalize, biases=biases), weights)
    drawn = unflatten(draw, weights)
    for name, weight in weights.items():
        yield direction[name], weight, drawn[name]


def assert_scaled(direction: Tensor, weight: Tensor, drawn: Tensor) -> None:
    """Assert that a direction is the drawn one, stretched to the length of the weight."""
    assert float(direction.norm()) == pytest.approx(float(weight.norm()), rel=1e-9)
    torch.testing.assert_close(direction * drawn.norm(), drawn * direction.norm())


@red_with(
    Mutant(normalized, "1 if by_filter else 0", "0"),
    Mutant(normalized, "1 if by_filter else 0", "2 if by_filter else 0"),
    Mutant(normalized, "norm / (own + 1e-10)", "norm"),
    Mutant(normalized, "torch.zeros_like(piece)", "piece"),
)
def test_every_filter_of_a_direction_gets_the_norm_of_the_networks_filter() -> None:
    for direction, weight, drawn in pieces("filter", "zero"):
        if weight.dim() < 2:
            assert not direction.any()
            continue
        for parts in zip(direction, weight, drawn, strict=True):
            assert_scaled(*parts)


@red_with(
    Mutant(normalized, "1 if by_filter else 0", "1"),
    Mutant(normalized, 'normalize == "filter" and', "True and"),
)
def test_every_layer_of_a_direction_gets_the_norm_of_the_networks_layer() -> None:
    for direction, weight, drawn in pieces("layer", "zero"):
        if weight.dim() < 2:
            assert not direction.any()
        else:
            assert_scaled(direction, weight, drawn)


@red_with(Mutant(normalized, 'normalize != "none"', "True"))
def test_a_direction_without_normalization_is_the_drawn_one() -> None:
    for direction, weight, drawn in pieces("none", "zero"):
        assert torch.equal(direction, drawn if weight.dim() >= 2 else torch.zeros_like(drawn))
    assert all(torch.equal(direction, drawn) for direction, _, drawn in pieces("none", "kept"))


@red_with(
    Mutant(normalized, 'normalize != "none"', "is_filter_weight(weight)"),
    Mutant(normalized, 'biases == "zero" and not', "not"),
)
def test_a_bias_that_is_kept_is_one_part() -> None:
    for normalize in ("filter", "layer"):
        biases = [parts for parts in pieces(normalize, "kept") if parts[1].dim() == 1]
        assert len(biases) == 4
        for direction, weight, drawn in biases:
            assert_scaled(direction, weight, drawn)
            assert bool(direction.any()) == bool(weight.any())


def test_directions_say_what_is_wrong() -> None:
    weights = conv_net()
    with pytest.raises(ValueError, match="choose one of filter, layer, none"):
        normalized(torch.zeros(45), weights, normalize="filters")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="choose one of zero, kept"):
        normalized(torch.zeros(45), weights, biases="ignored")  # type: ignore[arg-type]
