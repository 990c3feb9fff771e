"""Permutations that bring one network close to another."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from benchmark.cells.derivations import matching
from benchmark.cells.derivations.matching import Permutations, match, overlap, permuted, random_permutations
from benchmark.cells.models.densenet import DenseNet
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.models.symmetry import Group, unit_groups
from benchmark.cells.models.vgg import VGG
from tests.cells.models.networks import Model, built, images, scrambled, task_of
from tests.mutants import Mutant, red_with

task = images(3, 8)
Weights = dict[str, Tensor]

to_recover: tuple[Model, ...] = (
    MLP(width=32, depth=1),
    MLP(width=32, depth=4),
    MLP(width=32, depth=3, norm="batch"),
    MLP(width=32, depth=4, skip=True),
    SmallCNN(width=8, norm="batch"),
    VGG(width=8),
    VGG(width=8, norm="none"),
    VGG(depth=16, width=8),
    ResNet(depth=14, width=8),
    ResNet(depth=14, width=8, skip=False),
    ResNet(depth=14, width=16, norm="group"),
    ResNet(depth=14, width=8, norm="none", skip=False),
    DenseNet(blocks=(2, 2), growth=8),
    SignalCNN(width=16),
    SignalResNet(depth=14, width=8),
    SignalResNet(depth=14, width=8, skip=False),
    SignalResNet(depth=14, width=8, norm="none", scaled_branches=True),
    SignalResNet(depth=14, width=8, norm="none", skip=False),
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(model: Model, seed: int = 0) -> Weights:
    """Return weights and buffers, all of them drawn, in float64."""
    return scrambled(built(model, task_of(model, 3, 8)), seed).state_dict()


def planted(weights: Weights, groups: tuple[Group, ...], *, noise: float = 0.0, seed: int = 5) -> Weights:
    """Return the weights with their units in another order, and noise of `noise` times their own size."""
    generator = rng(seed)
    moved = permuted(weights, groups, random_permutations(groups, generator))
    return {
        name: value + noise * value.std() * torch.randn(value.shape, generator=generator, dtype=value.dtype)
        if value.dim() and noise
        else value
        for name, value in moved.items()
    }


def matched(reference: Weights, weights: Weights, groups: tuple[Group, ...], seed: int = 0) -> Weights:
    return permuted(weights, groups, match(reference, weights, groups, rng(seed)))


@pytest.mark.parametrize("model", to_recover, ids=str)
def test_a_planted_permutation_is_recovered_exactly(model: Model) -> None:
    groups, reference = unit_groups(model, task_of(model, 3, 8)), network(model)
    found = matched(reference, planted(reference, groups), groups)
    assert list(found) == list(reference)
    assert all(torch.equal(found[name], value) for name, value in reference.items())


@pytest.mark.parametrize("model", to_recover, ids=str)
def test_a_planted_permutation_is_recovered_under_noise(model: Model) -> None:
    groups, reference = unit_groups(model, task_of(model, 3, 8)), network(model)
    clean, noisy = planted(reference, groups), planted(reference, groups, noise=0.2)
    found = match(reference, noisy, groups, rng())
    assert all(
        torch.equal(one, other)
        for one, other in zip(found, match(reference, clean, groups, rng()), strict=True)
    )


@pytest.mark.parametrize("width", [16, 32])
def test_initial_weights_of_real_networks_are_recovered(width: int) -> None:
    # biases all 0 and scales all 1, as at the first step: nothing but the filters tells the units apart
    model = ResNet(depth=8, width=width)
    groups, reference = unit_groups(model, task), built(model, task).state_dict()
    found = matched(reference, planted(reference, groups), groups)
    assert all(torch.equal(found[name], value) for name, value in reference.items())


def every(groups: tuple[Group, ...]) -> Iterator[Permutations]:
    """Yield every permutation of the units."""
    orders = [itertools.permutations(range(group.size)) for group in groups]
    yield from (tuple(map(torch.tensor, choice)) for choice in itertools.product(*orders))


def largest_overlap(reference: Weights, weights: Weights, groups: tuple[Group, ...]) -> float:
    return max(overlap(reference, permuted(weights, groups, choice), groups) for choice in every(groups))


@pytest.mark.parametrize("norm", ["none", "batch"])
@red_with(
    Mutant(matching._assignment, "maximize=True", "maximize=False"),
    Mutant(matching._reordered, "permutation[:, None]", "permutation.argsort()[:, None]"),
    Mutant(matching._by_unit, ".movedim(axis.dim, 0)", ""),
)
def test_one_hidden_layer_is_matched_optimally(norm: str) -> None:
    model = MLP(width=5, depth=1, norm=norm)  # type: ignore[arg-type]
    groups = unit_groups(model, task)
    for seed in range(4):
        reference, other = network(model, seed), network(model, seed + 10)
        found = overlap(reference, matched(reference, other, groups), groups)
        assert found == pytest.approx(largest_overlap(reference, other, groups), rel=1e-12)


def test_running_statistics_are_not_compared() -> None:
    model = MLP(width=5, depth=1, norm="batch")
    groups, reference, other = unit_groups(model, task), network(model), network(model, 1)
    before = match(reference, other, groups, rng())
    other["layer1.1.running_mean"] *= -1e6
    assert torch.equal(match(reference, other, groups, rng())[0], before[0])


def test_a_maximum_of_the_overlap_is_the_least_distance() -> None:
    model = MLP(width=4, depth=1)
    groups, reference, other = unit_groups(model, task), network(model), network(model, 1)

    def distance(weights: Weights) -> float:
        return float(sum((reference[name] - value).square().sum() for name, value in weights.items()))

    least = min(distance(permuted(other, groups, choice)) for choice in every(groups))
    assert distance(matched(reference, other, groups)) == pytest.approx(least, rel=1e-12)


@pytest.mark.parametrize("depth", [2, 3])
def test_no_group_alone_can_be_matched_better(depth: int) -> None:
    model = MLP(width=4, depth=depth)
    groups, reference, other = unit_groups(model, task), network(model), network(model, 1)
    found = matched(reference, other, groups)
    for group in groups:
        best = largest_overlap(reference, found, (group,))
        assert overlap(reference, found, (group,)) == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize(
    "model", [MLP(width=6, depth=3), MLP(width=6, depth=4, skip=True), SmallCNN(width=3)], ids=str
)
@red_with(Mutant(matching._descended, "gain > least_gain", "gain < -least_gain"))
def test_coordinate_descent_never_lowers_the_overlap(model: Model) -> None:
    groups, rises = unit_groups(model, task), []
    for seed in range(10):
        reference, other = network(model, seed), network(model, seed + 100)
        start = random_permutations(groups, rng(seed))
        end = matching._descended(reference, other, groups, start=start, generator=rng())
        before, after = (overlap(reference, permuted(other, groups, each), groups) for each in (start, end))
        assert after >= before
        rises.append(after - before)
    assert max(rises) > 0


def test_the_result_is_no_further_than_the_network_as_it_was() -> None:
    model = MLP(width=8, depth=4, skip=True)
    groups = unit_groups(model, task)
    for seed in range(10):
        reference, other = network(model), network(model, seed)
        found = matched(reference, other, groups)
        assert overlap(reference, found, groups) >= overlap(reference, other, groups)


def test_a_network_matches_itself_as_it_is() -> None:
    model = ResNet(depth=8, width=8)
    groups, weights = unit_groups(model, task), network(model)
    for group, permutation in zip(groups, match(weights, weights, groups, rng()), strict=True):
        assert torch.equal(permutation, torch.arange(group.size))


def test_the_generator_decides_the_result() -> None:
    model = MLP(width=16, depth=4)
    groups, reference, other = unit_groups(model, task), network(model), network(model, 1)
    first, again = (match(reference, other, groups, rng(3)) for _ in range(2))
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))


def in_blocks(size: int, n_blocks: int) -> Iterator[Tensor]:
    """Yield every order that keeps the blocks together."""
    width = size // n_blocks
    for blocks in itertools.permutations(range(n_blocks)):
        for inner in itertools.product(itertools.permutations(range(width)), repeat=n_blocks):
            yield torch.tensor([b * width + u for b, units in zip(blocks, inner, strict=True) for u in units])


@red_with(
    Mutant(matching._assignment, "block * size + row[block]", "block * size + row[0]"),
    Mutant(matching._total, "permutation[:, None]", "permutation.argsort()[:, None]"),
)
def test_blocks_of_a_group_norm_are_matched_optimally() -> None:
    for (size, n_blocks), seed in itertools.product([(6, 2), (6, 3), (4, 4), (4, 1)], range(10)):
        similarity = torch.randn(size, size, generator=rng(seed), dtype=torch.float64)
        totals = {
            tuple(order.tolist()): float(similarity[torch.arange(size), order].sum())
            for order in in_blocks(size, n_blocks)
        }
        best = tuple(matching._assignment(similarity, n_blocks).tolist())
        assert best in totals
        assert totals[best] == pytest.approx(max(totals.values()), rel=1e-12)


def test_random_orders_keep_blocks_together_and_reach_all_of_them() -> None:
    group = Group(name="some", size=4, axes=(), n_blocks=2)
    generator = rng()
    drawn = {tuple(random_permutations([group], generator)[0].tolist()) for _ in range(200)}
    assert drawn == {tuple(order.tolist()) for order in in_blocks(4, 2)}


def test_permuting_moves_entries_and_leaves_the_network_itself() -> None:
    model = VGG(width=4)
    groups, weights = unit_groups(model, task), network(model)
    before = {name: value.clone() for name, value in weights.items()}
    moved = planted(weights, groups)
    for name, value in weights.items():
        assert torch.equal(value, before[name])
        assert torch.equal(moved[name].flatten().sort().values, value.flatten().sort().values)


def spoilt(change: Callable[[Weights], object]) -> Weights:
    weights = network(MLP(width=4, depth=1))
    change(weights)
    return weights


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            network(MLP(width=5, depth=1)),
            "the two networks differ in 'head.weight'; match cells of one model spec",
        ),
        (spoilt(lambda weights: weights.pop("layer1.0.bias")), "differ in 'layer1.0.bias'"),
        (spoilt(lambda weights: weights["layer1.0.bias"].fill_(torch.nan)), "'layer1.0.bias' is not finite"),
    ],
)
def test_networks_that_cannot_be_matched_are_refused(other: Weights, message: str) -> None:
    model = MLP(width=4, depth=1)
    with pytest.raises(ValueError, match=message):
        match(network(model), other, unit_groups(model, task), rng())
