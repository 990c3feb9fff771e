"""Random translations of signals against the obvious loop."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.cells.data.augment import translate
from benchmark.cells.streams import generator
from tests.mutants import Mutant, red_with

batch = torch.randn(64, 2, 11, generator=generator(0, "signals"), dtype=torch.float64)


def shifts(before: Tensor, after: Tensor) -> list[int]:
    """Return by how many positions each signal was moved to the right, from -5 to 5."""
    return [
        next(shift for shift in range(-5, 6) if torch.equal(one.roll(shift, -1), other))
        for one, other in zip(before, after, strict=True)
    ]


@red_with(Mutant(translate, "- shifts_B1", "- 1 - shifts_B1"), Mutant(translate, " - most", ""))
def test_every_signal_is_moved_by_at_most_four_places_and_all_of_it_is_kept() -> None:
    same = batch[:1].expand(400, -1, -1)
    assert set(shifts(same, translate(same, generator(0, "augment")))) == set(range(-4, 5))


@red_with(Mutant(translate, "2 * most + 1", "2 * most"))
def test_all_shifts_occur_equally_often() -> None:
    same = batch[:1].expand(9_000, -1, -1)
    counts = torch.tensor(shifts(same, translate(same, generator(0, "augment")))).add(4).bincount(minlength=9)
    assert ((counts - 1_000).abs() < 5 * 1_000**0.5).all()


def test_the_channels_of_a_signal_move_together_and_signals_by_themselves() -> None:
    moved = shifts(batch, translate(batch, generator(0, "augment")))  # raises where channels move apart
    assert len(set(moved)) == 9


def test_a_shift_to_the_right_brings_the_last_values_to_the_front() -> None:
    signal = torch.arange(6.0).expand(200, 1, 6)
    results = translate(signal, generator(0, "augment"), 1)
    versions = {tuple(one) for one in results.squeeze(1).tolist()}
    assert versions == {(0, 1, 2, 3, 4, 5), (5, 0, 1, 2, 3, 4), (1, 2, 3, 4, 5, 0)}


def test_equal_streams_translate_alike() -> None:
    first, second = (translate(batch, generator(7, "augment", 3)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, translate(batch, generator(7, "augment", 4)))


def test_a_signal_shorter_than_the_shift_goes_round() -> None:
    short = batch[..., :3]
    results = translate(short, generator(0, "augment"))
    assert torch.equal(results.sort(-1).values, short.sort(-1).values)


def test_the_signals_that_were_given_stay_as_they_are() -> None:
    before = batch.clone()
    translate(batch, generator(0, "augment"))
    assert torch.equal(batch, before)
