"""A surface of the loss over a plane of weights, for a fully connected and a convolutional network.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.functional import cross_entropy

from bench.comparison import Comparison, Effort, Floor, Target
from bench.machine import version_of
from bench.method import Answer, Contender, Row, least_time
from bench.peers import loss_landscapes_plane
from bench.problems import Problem, small_cnn, wide_mlp
from benchmark.landscape.slices import Evaluator, Slice, landscapes_on_slice, random_slice
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import unflatten

tolerance = 1e-6  # largest relative difference from direct evaluation
peer = "loss-landscapes"


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield the fully connected network, then the convolutional one."""
    n_points, n_examples = effort.of(25, 7), effort.of(2000, 500)
    for problem, least_ratio, budget_s in ((wide_mlp(n_examples), 5.0, 60), (small_cnn(n_examples), 1.0, 30)):
        effort.tick(f"surface: {problem.name}, every point by itself")
        yield Comparison(
            title=f"Surface of {n_points} x {n_points} points, {problem.name}",
            note=f"{problem.description}. The plane is filter-normalized, alpha and beta from -1 to 1; {peer} has a "
            "plane of its own. Judged by the largest relative difference from the loss at the same weights, evaluated "
            f"by itself: at most {tolerance:g}. A plain forward pass per point is what the other ways take; ours "
            "computes the first layer, which is linear in the coordinates, once for the whole plane, and takes the "
            "examples in chunks that stay in the cache, as the measure `loss_surface` does.",
            error_name="largest relative difference",
            contenders=_contenders(problem, n_points),
            seeds=(0,),
            floors=partial(_floors, problem, n_points**2),
            targets=[Target(tool=peer, least_ratio=least_ratio)],
            budget_s=budget_s,
        )


def _contenders(problem: Problem, n_points: int) -> list[Contender]:
    plane = random_slice(problem.landscape(), torch.Generator().manual_seed(0))
    ticks = torch.linspace(-1, 1, n_points, dtype=torch.float64).tolist()
    grid = list(itertools.product(ticks, ticks))
    landscape = problem.landscape()
    truth = torch.tensor([landscape.loss(plane.at(*point)) for point in grid], dtype=torch.float64)
    error = partial(_difference, truth=truth)
    own = partial(Contender, settings="", error=error, tolerance=tolerance)
    return [
        own(
            name="lossbench",
            version=version_of("lossbench"),
            solve=lambda seed: _ours(problem, plane, grid),
        ),
        _loss_landscapes(problem, n_points),
        own(
            name="loop that moves the weights in place",
            version="",
            solve=lambda seed: _in_place(problem, plane, grid),
        ),
        own(
            name=f"vmap over {n_points} points",
            version="",
            solve=lambda seed: _vmapped(problem, plane, grid, n_points),
            once=True,
        ),
    ]


def _difference(answers: Sequence[Answer], truth: Tensor) -> float:
    return max(float(((answer.values - truth) / truth).abs().max()) for answer in answers)


def _floors(problem: Problem, n_points: int, _: Row) -> list[Floor]:
    return [
        _floor("forward passes", problem, problem.module, n_points),
        _floor("passes behind the first layer", problem, _behind_first_layer(problem), n_points),
    ]


def _floor(what: str, problem: Problem, network: nn.Module, n_points: int) -> Floor:
    with torch.no_grad():
        seconds = least_time(lambda: network(problem.inputs))
    return Floor(name=f"{n_points} {what} of {1e3 * seconds:.1f} ms", seconds=n_points * seconds)


def _behind_first_layer(problem: Problem) -> nn.Module:
    """Return a copy whose first layer gives what it once computed: what is left for every point of a plane."""
    network = copy.deepcopy(problem.module)
    layer = next(each for each in network.modules() if isinstance(each, nn.Linear | nn.Conv2d))
    kept: list[Tensor] = []
    handle = layer.register_forward_hook(lambda layer, inputs, outputs: kept.append(outputs))
    with torch.no_grad():
        network(problem.inputs)
    handle.remove()
    layer.forward = lambda inputs: kept[0]  # type: ignore[assignment, method-assign]
    return network


def _ours(problem: Problem, plane: Slice, grid: Sequence[tuple[float, float]]) -> Answer:
    own = Trained.of(problem.module, problem.inputs, problem.targets)
    seen = landscapes_on_slice(own, batch_norm="frozen", with_test=False, n_examples=None)
    values = Evaluator(plane, list(seen.values()))
    return Answer(values=torch.tensor([row[0] for row in values.rows(grid)], dtype=torch.float64))


def _in_place(problem: Problem, plane: Slice, grid: Sequence[tuple[float, float]]) -> Answer:
    network = copy.deepcopy(problem.module)
    weights = list(network.parameters())
    like = {str(index): weight for index, weight in enumerate(weights)}
    origin, first, second = (
        list(unflatten(vector_P, like).values()) for vector_P in (plane.origin, *plane.axes)
    )
    losses = []
    with torch.no_grad():
        for a, b in grid:
            for weight, start, one, two in zip(weights, origin, first, second, strict=True):
                weight.copy_(start).add_(one, alpha=a).add_(two, alpha=b)
            losses.append(float(cross_entropy(network(problem.inputs), problem.targets)))
    return Answer(values=torch.tensor(losses, dtype=torch.float64))


def _vmapped(problem: Problem, plane: Slice, grid: Sequence[tuple[float, float]], n_together: int) -> Answer:
    like = dict(problem.module.named_parameters())

    def loss(a: Tensor, b: Tensor) -> Tensor:
        theta_P = plane.origin + a * plane.axes[0] + b * plane.axes[1]
        outputs = functional_call(problem.module, unflatten(theta_P, like), (problem.inputs,))
        return cross_entropy(outputs, problem.targets)

    with torch.no_grad():
        columns = torch.tensor(grid).T
        parts = [vmap(loss)(a, b) for a, b in zip(*(each.split(n_together) for each in columns), strict=True)]
    return Answer(values=torch.cat(parts).double())


def _loss_landscapes(problem: Problem, n_points: int) -> Contender:
    """Return the peer, judged on its own plane: by the loss wherever it was when it evaluated its own."""
    landscape = problem.landscape()

    def loss_here(wrapper: object) -> float:
        weights = wrapper.get_module_parameters().parameters  # type: ignore[attr-defined]
        return landscape.loss(torch.cat([weight.reshape(-1) for weight in weights]))

    truth = loss_landscapes_plane(problem.module, loss_here, n_points, 0)
    network, data = problem.module, (problem.inputs, problem.targets)

    def loss(wrapper: object) -> float:
        return float(cross_entropy(wrapper.forward(data[0]), data[1]))  # type: ignore[attr-defined]

    return Contender(
        name=peer,
        version=version_of("loss-landscapes"),
        settings="normalization=filter",
        solve=lambda seed: Answer(values=loss_landscapes_plane(network, loss, n_points, seed)),
        error=partial(_difference, truth=truth),
        tolerance=tolerance,
    )
