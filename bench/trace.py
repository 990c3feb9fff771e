"""The trace of the same Hessian to equal standard error.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import torch

from bench.comparison import Comparison, Effort, Tool
from bench.eigenvalues import floor
from bench.machine import version_of
from bench.method import Answer
from bench.peers import curvlinops_trace, eigenthings_trace, pyhessian_trace
from bench.problems import Problem, dense_hessian, small_mlp
from benchmark.landscape.trained import Trained
from benchmark.measures.hessian_trace import hessian_trace

standard_error = 0.03  # of the trace, one standard deviation of an estimate


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield the table at equal standard error, then the one at each tool's defaults."""
    problem, seeds = small_mlp(), range(effort.of(12, 6))
    effort.tick("trace: dense Hessian in float64")
    matrix_PP = dense_hessian(problem)
    truth = float(matrix_PP.trace())
    error = partial(_root_mean_square_error, truth=truth)
    n_probes = math.ceil((_relative_deviation(problem) / standard_error) ** 2)
    effort.tick("trace: looking for the fewest products of Hutch++ and XTrace")
    yield Comparison(
        title=f"Trace to a standard error of {standard_error:.0%}",
        note=f"{problem.description}. One probe of random signs has a standard deviation of "
        f"{_relative_deviation(problem):.1%} of the trace (known from the dense Hessian), so that Hutchinson's "
        f"estimate takes {n_probes} of them with any tool; Hutch++ and XTrace run with the fewest products, in "
        f"steps of 6, that reach it. Judged by the root mean square error over {len(seeds)} seeds, which may exceed "
        f"{standard_error:.0%} by as much as chance does once in a hundred times.",
        error_name="root mean square error",
        contenders=[
            tool.tuned(error, aim=standard_error, tolerance=_by_chance(len(seeds)), seeds=seeds)
            for tool in _tools(problem, n_probes)
        ],
        seeds=seeds,
        floors=lambda row: [floor(problem, row)],
        budget_s=15,
    )
    yield Comparison(
        title="Trace at each tool's defaults",
        note="The same work with no setting given (curvlinops has no default number of products and is left out).",
        error_name="root mean square error",
        contenders=[
            tool.with_options(error, options={})
            for tool in _tools(problem, n_probes)
            if not tool.name.startswith("curvlinops")
        ],
        seeds=seeds,
        n_rounds=2,
    )


def _root_mean_square_error(answers: Sequence[Answer], truth: float) -> float:
    values = torch.stack([answer.values.double() for answer in answers])
    return float(((values - truth) / truth).square().mean().sqrt())


def _relative_deviation(problem: Problem) -> float:
    """Return the standard deviation of z' H z over tr H for z of random signs: 2 sum_{i != j} H_ij^2, its root."""
    matrix_PP = dense_hessian(problem)
    variance = 2 * (matrix_PP.square().sum() - matrix_PP.diag().square().sum())
    return float(variance.sqrt() / matrix_PP.trace())


def _by_chance(n_seeds: int) -> float:
    """Return the root mean square error that an estimate with the right standard error exceeds once in 100 times."""
    from scipy.stats import chi2

    return standard_error * math.sqrt(float(chi2.ppf(0.99, n_seeds)) / n_seeds)


def _tools(problem: Problem, n_probes: int) -> list[Tool]:
    network, inputs, targets = problem.module, problem.inputs, problem.targets
    batches = [(inputs, targets)]
    few = [{"num_matvecs": n} for n in range(30, n_probes + 30, 6)]

    def curvlinops(title: str, estimator: str, settings: list[dict[str, int]]) -> Tool:
        return Tool(
            name=f"curvlinops, {title}",
            version=version_of("curvlinops-for-pytorch"),
            solve=partial(curvlinops_trace, network, batches, estimator),
            settings=settings,
        )

    return [
        Tool(
            name="lossbench",
            version=version_of("lossbench"),
            solve=partial(_ours, problem),
            settings=[{"n_probes": n_probes}],
        ),
        Tool(
            name="PyHessian",
            version=version_of("pyhessian"),
            solve=partial(pyhessian_trace, network, inputs, targets),
            settings=[{"maxIter": n_probes, "tol": 0}],
        ),
        curvlinops("Hutchinson", "hutchinson_trace", [{"num_matvecs": n_probes}]),
        curvlinops("Hutch++", "hutchpp_trace", few),
        curvlinops("XTrace", "xtrace", few),
        Tool(
            name="hessian-eigenthings, Hutch++",
            version=version_of("hessian-eigenthings"),
            solve=partial(eigenthings_trace, network, batches),
            settings=few,
        ),
    ]


def _ours(problem: Problem, seed: int, n_probes: int = 50) -> Answer:
    """Compute the measure as a suite does, with as many probes at once as pay."""
    trained = Trained.of(problem.module, problem.inputs, problem.targets, seed=seed)
    (reading,) = hessian_trace(n_probes=n_probes).compute(trained).readings
    return Answer(values=torch.tensor(reading.value), n_products=n_probes)
