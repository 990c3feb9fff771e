"""Principal components of paths, against the singular values of the whole matrix and against theory."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.landscape import path as paths
from benchmark.landscape.path import (
    explained,
    gram,
    path_of,
    path_plane,
    random_walk_share,
    share_in_random_plane,
    shuffled,
)
from benchmark.landscape.trained import Trained
from tests.mutants import Mutant, red_with
from tests.toys import classifier


def walk(n_points: int, n_weights: int, seed: int = 0) -> list[Tensor]:
    """Return a Gaussian random walk that ends at 0, float64."""
    generator = torch.Generator().manual_seed(seed)
    path_NP = torch.randn(n_points, n_weights, generator=generator, dtype=torch.float64).cumsum(0)
    return list(path_NP - path_NP[-1])


@red_with(
    Mutant(paths._centred, "+ mean_N.mean()", "+ 2 * mean_N.mean()"),
    Mutant(paths.gram, "total_NN += (", "total_NN = ("),
    Mutant(paths.explained, ".flip(0)", ""),
)
def test_shares_are_those_of_the_singular_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "block_bytes", 8 * 9 * 7)  # blocks of 7 columns
    rows_NP = torch.stack(walk(9, 50))
    for centred, points_NP in ((True, rows_NP - rows_NP.mean(dim=0)), (False, rows_NP)):
        squares_K = torch.linalg.svdvals(points_NP).square()
        got = explained(gram(list(rows_NP)), centred=centred)
        assert got.tolist() == pytest.approx((squares_K / squares_K.sum()).tolist(), abs=1e-12)


@red_with(
    Mutant(paths.path_plane, "/ values_K[[-1, -2]].sqrt()", ""),
    Mutant(paths.path_plane, "eigh(_centred(gram_NN))", "eigh(gram_NN)"),
    Mutant(paths.path_plane, "weights_N2 * signs_2", "weights_N2"),
)
def test_the_plane_is_that_of_the_whole_matrix_with_the_last_point_at_its_origin() -> None:
    rows_NP = torch.stack(walk(9, 50, seed=3))
    plane = path_plane(list(rows_NP))
    axes_2P = torch.stack(plane.axes)
    assert (axes_2P @ axes_2P.T - torch.eye(2)).abs().max() < 1e-12
    assert (rows_NP @ axes_2P.T - plane.path).abs().max() < 1e-11
    assert plane.path[-1].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert (plane.path[0] >= 0).all()
    expected_2P = torch.linalg.svd(rows_NP - rows_NP.mean(dim=0))[2][:2]
    assert (axes_2P * expected_2P).sum(dim=1).abs().tolist() == pytest.approx([1, 1], rel=1e-12)


def test_signs_follow_the_first_point_for_every_seed() -> None:
    assert all((path_plane(walk(6, 20, seed)).path[0] >= 0).all() for seed in range(8))


def test_a_path_in_a_plane_is_explained_by_it() -> None:
    circle = torch.linspace(0, 4, 12, dtype=torch.float64)
    rows_NP = torch.stack([circle.cos(), circle.sin()], dim=1) @ torch.randn(2, 30, dtype=torch.float64)
    assert explained(gram(list(rows_NP)))[:2].sum() == pytest.approx(1, rel=1e-12)


def test_a_straight_path_has_no_plane_and_a_point_no_variance() -> None:
    line = [torch.ones(5) * t for t in (3.0, 2.0, 1.0, 0.0)]
    assert explained(gram(line))[0] == pytest.approx(1, rel=1e-12)
    with pytest.raises(ValueError, match=r"path \(4 points\) lies on a straight line; take more points"):
        path_plane(line)
    with pytest.raises(ValueError, match="do not differ, or are not finite"):
        path_plane([torch.ones(5)] * 4)
    with pytest.raises(ValueError, match="do not differ, or are not finite"):
        path_plane([torch.full((5,), math.nan)] * 4)


@red_with(
    Mutant(paths.random_walk_share, "return 6 /", "return 8 /"),
    Mutant(paths.explained, "if centred else gram_NN", "if not centred else gram_NN"),
)
def test_a_random_walk_has_three_quarters_of_its_variance_in_two_components() -> None:
    gram_NN = gram([row.float() for row in walk(300, 5000)])
    assert explained(gram_NN)[:2].tolist() == pytest.approx([0.608, 0.152], abs=0.01)
    assert explained(gram_NN, centred=False)[:2].tolist() == pytest.approx([0.808, 0.091], abs=0.01)
    assert [random_walk_share(k) for k in (1, 2)] == pytest.approx([0.608, 0.152], abs=5e-4)


@red_with(Mutant(paths.random_walk_share, "(2 * n_points)", "(2 * n_points + 1)"))
def test_the_walk_of_few_points_and_orthogonal_steps_has_the_shares_of_theory() -> None:
    for n_points in (2, 5, 40):
        steps_NP = torch.eye(n_points, dtype=torch.float64)[1:]
        rows = [torch.zeros(n_points, dtype=torch.float64), *steps_NP.cumsum(0)]
        theory = [random_walk_share(k, n_points) for k in range(1, n_points)]
        assert explained(gram(rows))[:-1].tolist() == pytest.approx(theory, rel=1e-9)
        assert sum(theory) == pytest.approx(1, rel=1e-12)
    assert random_walk_share(2, 10**6) == pytest.approx(random_walk_share(2), rel=1e-6)


@red_with(
    Mutant(paths.shuffled, "signs[:, None] * signs", "signs[:, None]"),
    Mutant(paths.shuffled, "steps_NN[order][:, order]", "steps_NN[order]"),
    Mutant(paths.shuffled, ".cumsum(0).cumsum(1)", ".cumsum(0)"),
)
def test_a_shuffled_path_is_made_of_the_same_steps_with_random_signs() -> None:
    rows_NP = torch.stack(walk(8, 30))
    drawn_NN = shuffled(gram(list(rows_NP)), torch.Generator().manual_seed(4))
    generator = torch.Generator().manual_seed(4)
    order = torch.randperm(7, generator=generator)
    signs = 2 * torch.randint(0, 2, (7,), generator=generator) - 1
    steps = rows_NP.diff(dim=0)[order] * signs[:, None]
    path_NP = torch.cat([torch.zeros(1, 30, dtype=torch.float64), steps.cumsum(0)])
    assert (drawn_NN - path_NP @ path_NP.T).abs().max() < 1e-9


@red_with(
    Mutant(
        paths.shuffled,
        "2.0 * torch.randint(0, 2, (n_steps,), generator=generator) - 1",
        "torch.ones(n_steps)",
    )
)
def test_shuffling_takes_a_drift_away_and_leaves_a_walk_a_walk() -> None:
    drift = [row + 3 * step for step, row in enumerate(walk(60, 400))]
    generator = torch.Generator().manual_seed(0)
    for rows in (drift, walk(60, 400, seed=2)):
        gram_NN = gram(rows)
        draws = [float(explained(shuffled(gram_NN, generator))[:2].sum()) for _ in range(50)]
        theory = random_walk_share(1, 60) + random_walk_share(2, 60)
        if rows is drift:
            assert explained(gram_NN)[0] > 0.98
            # all steps nearly parallel: a walk in one dimension, whose shares vary but are not those of a drift
            assert min(draws) < 0.95
        else:
            assert sum(draws) / 50 == pytest.approx(theory, abs=0.02)


@red_with(Mutant(paths.share_in_random_plane, "- (second @ first) * first", ""))
def test_a_random_plane_holds_two_dimensions_of_all() -> None:
    rows, generator = walk(6, 5), torch.Generator().manual_seed(0)
    draws = [share_in_random_plane(rows, gram(rows), generator) for _ in range(2000)]
    assert sum(draws) / 2000 == pytest.approx(2 / 5, abs=0.015)
    plane = [row[:2] for row in rows]
    assert share_in_random_plane(plane, gram(plane), generator) == pytest.approx(1, rel=1e-12)


def path(n_steps: int, every: int = 1, **history: Any) -> Trained:
    """Return a network whose weights all grow by 1 per step, its checkpoints kept at multiples of `every`."""
    net = classifier(nn.Linear(4, 3))
    final = {name: value.clone() for name, value in net.module.state_dict().items()}

    def at(step: int) -> dict[str, Tensor]:
        return {name: value - (n_steps - step) for name, value in final.items()}

    def checkpoint(step: int) -> dict[str, Tensor]:
        if step % every:
            raise KeyError(step)
        return at(step)

    records = [{"step": float(step)} for step in sorted({0, *range(0, n_steps, 3), n_steps})]
    return replace(net, initial=at(0), checkpoint=checkpoint, history=records)


@red_with(Mutant(paths._steps, "first < step < last", "first <= step <= last"))
def test_a_path_goes_from_the_initial_weights_to_the_final_ones() -> None:
    for every, expected in ((4, [0, 4, 8, 10]), (5, [0, 5, 10]), (20, [0, 10]), (None, [0, 3, 6, 9, 10])):
        steps, rows = path_of(path(10), every)
        assert steps == expected
        assert [float(row.mean()) for row in rows] == pytest.approx([step - 10 for step in expected])
        assert not rows[-1].any()


@pytest.mark.parametrize(
    ("net", "every_steps", "message"),
    [
        (path(10, every=2), 5, r"after step 5 were not kept; ask for them by measure\(...\).at"),
        (replace(path(10), checkpoint=None), 5, "after step 5 were not kept"),
        (replace(path(10), history=[]), 5, "no history"),
        (path(10), 0, "every_steps is 0; give at least 1"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused(net: Trained, every_steps: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        path_of(net, every_steps)
