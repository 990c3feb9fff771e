"""Which examples a step sees, and which stream moves what."""

from __future__ import annotations

import torch

from benchmark.cells.data.splits import Examples
from benchmark.cells.training.batches import Batches
from tests.cells.training.problems import pictures

numbered = Examples(inputs=torch.arange(10), targets=torch.arange(10))


def batches(
    examples: Examples, *, order_seed: int = 0, augment_seed: int = 0, augment: str = "none"
) -> Batches:
    return Batches(examples, batch_size=4, order_seed=order_seed, augment_seed=augment_seed, augment=augment)


def test_an_epoch_shows_every_example_once_and_keeps_the_smaller_last_batch() -> None:
    stream = batches(numbered)
    assert stream.per_epoch == 3
    for epoch in range(3):
        seen = [stream.at(3 * epoch + position)[0] for position in range(3)]
        assert [len(batch) for batch in seen] == [4, 4, 2]
        assert torch.cat(seen).sort().values.tolist() == list(range(10))


def test_epochs_have_different_orders() -> None:
    stream = batches(numbered)
    assert not torch.equal(stream.at(0)[0], stream.at(3)[0])


def test_inputs_and_targets_stay_together() -> None:
    inputs, targets = batches(numbered).at(4)
    assert torch.equal(inputs, targets)


def test_a_batch_depends_on_the_step_and_not_on_the_steps_before() -> None:
    examples = pictures(10).train
    in_turn, jumping = (batches(examples, augment="crop_flip") for _ in range(2))
    seen = [in_turn.at(step)[0] for step in range(9)]
    for step in (8, 2, 5, 2, 0):
        assert torch.equal(jumping.at(step)[0], seen[step])


def test_the_order_seed_moves_the_order_only() -> None:
    one = Examples(inputs=torch.rand(1, 1, 8, 8).expand(10, 1, 8, 8), targets=torch.arange(10))
    first, other = (batches(one, order_seed=seed, augment="crop_flip") for seed in (0, 1))
    assert not torch.equal(first.at(0)[1], other.at(0)[1])
    assert all(torch.equal(first.at(step)[0], other.at(step)[0]) for step in range(6))  # equally augmented


def test_the_augment_seed_moves_the_augmentation_only() -> None:
    examples = pictures(10).train
    first, other = (batches(examples, augment_seed=seed, augment="crop_flip") for seed in (0, 1))
    assert not torch.equal(first.at(0)[0], other.at(0)[0])
    assert all(torch.equal(first.at(step)[1], other.at(step)[1]) for step in range(6))


def test_without_augmentation_pictures_are_untouched_and_the_augment_seed_moves_nothing() -> None:
    examples = pictures(10).train
    first, other = (batches(examples, augment_seed=seed) for seed in (0, 1))
    assert all(torch.equal(first.at(step)[0], other.at(step)[0]) for step in range(6))
    assert torch.equal(
        first.at(0)[0][0], examples.inputs[(examples.inputs == first.at(0)[0][0]).all((1, 2, 3))][0]
    )


def test_every_step_is_augmented_anew() -> None:
    one = Examples(inputs=torch.rand(1, 1, 8, 8).expand(10, 1, 8, 8), targets=torch.arange(10))
    stream = batches(one, augment="crop_flip")
    assert not torch.equal(stream.at(0)[0], stream.at(1)[0])
