"""Baselines: what they know, and through which statistics it shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmark.stats.generalization import baselines
from benchmark.stats.generalization.baselines import canonical_ordering, oracle, random_measure
from benchmark.stats.generalization.conditional_information import least_information
from benchmark.stats.generalization.granulated import psi
from benchmark.stats.generalization.hyperparameter_grid import Grid
from benchmark.stats.generalization.kendall import tau_a, tau_b
from benchmark.stats.generalization.sign_errors import sign_errors
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_oracle_is_best_by_every_statistic() -> None:
    grid = independent(2, 2, 2, 2)
    perfect = grid.with_measure(oracle(grid, rng()))
    assert tau_a(perfect) == tau_b(perfect) == 1
    assert least_information(perfect) == pytest.approx(1, abs=1e-12)
    assert sign_errors(perfect).robust == 0


@red_with(Mutant(oracle, "noise * rng", "rng"))
def test_the_oracle_s_noise_has_the_size_given() -> None:
    grid = independent(10, 10, 20)
    noise = oracle(grid, rng(), noise=0.05) - grid.gap
    assert noise.std() == pytest.approx(0.05, rel=0.05)
    assert noise.mean() == pytest.approx(0, abs=0.005)
    taus = [tau_a(grid.with_measure(oracle(grid, rng(), noise=size))) for size in (0.0, 0.02, 0.05)]
    assert taus == sorted(taus, reverse=True)
    with pytest.raises(ValueError, match="noise is -1.0; give a standard deviation of at least 0"):
        oracle(grid, rng(), noise=-1.0)


def test_a_random_measure_knows_nothing_and_is_drawn_from_its_generator() -> None:
    grid = independent(2, 2, 2, 2)
    taus = [tau_a(grid.with_measure(random_measure(grid, rng(seed)))) for seed in range(300)]
    assert np.mean(taus) == pytest.approx(0, abs=0.04)
    assert random_measure(grid, rng(3)).tolist() == random_measure(grid, rng(3)).tolist()


@red_with(
    Mutant(baselines._places, "i / max(1, len(order) - 1)", "-i / max(1, len(order) - 1)"),
    Mutant(canonical_ordering, "guess_N +=", "guess_N ="),
)
def test_a_canonical_ordering_is_right_along_what_it_guesses_right() -> None:
    taken: dict[str, Any] = {"width": np.repeat([64, 16, 32], 2), "optimizer": ["sgd", "adam"] * 3}
    gap = np.array([0.1, 0.15, 0.3, 0.35, 0.2, 0.25])  # falls with the width, and adam's is larger
    grid = Grid(measure=np.zeros(6), gap=gap, settings=taken)
    guess = canonical_ordering(grid, {"width": (64, 32, 16), "optimizer": ("adam", "sgd")})
    assert guess.tolist() == [0 + 1, 0 + 0, 1 + 1, 1 + 0, 0.5 + 1, 0.5 + 0]
    guessed = grid.with_measure(guess)
    assert (psi(guessed, "width"), psi(guessed, "optimizer")) == (1, -1)


def test_a_hyperparameter_left_out_has_no_effect() -> None:
    grid = independent(2, 3)
    guessed = grid.with_measure(canonical_ordering(grid, {"h1": (2, 0, 1)}))
    assert psi(guessed, "h0") == 0


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"depth": (1, 2)}, r"no hyperparameter 'depth'; it has \['h0', 'h1'\]"),
        ({"h0": (1,)}, r"the order of h0 is \[1\]; give two settings or more, each once"),
        ({"h0": (0, 1, 0)}, "each once"),
        ({"h1": (0, 1)}, r"h1 2 is not in its order \[0, 1\]; say where it belongs"),
    ],
)
def test_an_order_that_does_not_fit_the_grid_is_refused(order: dict[str, tuple[int, ...]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        canonical_ordering(independent(2, 3), order)
