"""`python -m bench`: its options, and that all ways to a surface and to eigenvalues answer the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import torch
import typer
from typer.testing import CliRunner

from bench import command, results, surface
from bench.comparison import Effort
from bench.eigenvalues import _power_iteration, _worst_error
from bench.problems import Problem, dense_hessian, small_mlp


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command()(command.bench)
    return app


def test_help_names_the_benchmarks(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert all(name in shown.output for name in (*results.order, "--quick", "--only"))


def test_a_benchmark_that_does_not_exist_is_refused(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["--only", "speed"], env={"COLUMNS": "200"})
    assert shown.exit_code == 2
    assert "'speed' is none of eigenvalues, trace, surface" in shown.output


@pytest.mark.slow
def test_every_way_to_a_surface_gives_the_loss_at_its_points() -> None:
    torch.set_num_threads(1)
    for comparison in surface.comparisons(Effort(quick=True, tick=lambda text: None)):
        for contender in comparison.contenders:
            assert contender.error([contender.solve(0)]) <= contender.tolerance, contender.name


@cache
def few() -> Problem:
    """Return the small network on some of its examples."""
    whole = small_mlp()
    return replace(whole, inputs=whole.inputs[:50], targets=whole.targets[:50])


def test_the_truth_agrees_with_our_products() -> None:
    landscape = few().landscape(torch.float64)
    vector_P = torch.randn(few().n_weights, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    product = landscape.hessian(landscape.theta)
    torch.testing.assert_close(product(vector_P), dense_hessian(few()) @ vector_P, rtol=0, atol=1e-12)


def test_plain_power_iteration_finds_the_largest_eigenvalues() -> None:
    truth_K = torch.linalg.eigvalsh(dense_hessian(few()))[-5:].flip(0)
    assert _worst_error([_power_iteration(few(), seed=0, tolerance=1e-7)], truth_K) < 1e-3
