"""What every measure promises, checked on all of them."""

from __future__ import annotations

import copy
import functools
import importlib
import math
import pkgutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from benchmark import measures
from benchmark.cells.cell import Cell
from benchmark.landscape.trained import Trained
from benchmark.measures.measure import Result
from tests.toys import batch_norm_net

no_measures = {"curve", "measure", "samples"}
names = sorted({module.name for module in pkgutil.iter_modules(measures.__path__)} - no_measures)
smaller: dict[str, list[dict[str, Any]]] = {
    "keskar_sharpness": [{}, {"space": "subspace", "p": 3}, {"method": "conditional_gradient"}],
    "m_sharpness": [{"m": 8}],
}


def constructor(name: str) -> Any:
    return getattr(importlib.import_module(f"benchmark.measures.{name}"), name)


@functools.cache
def net() -> Trained:
    """Return a network near a minimum, where what is declared positive is positive."""
    toy = batch_norm_net()
    examples, task = toy.splits.train, toy.splits.task
    optimizer = torch.optim.SGD(toy.module.parameters(), lr=0.3, momentum=0.9)
    states = {}
    for step in range(300):
        if step % 50 == 0:
            states[step] = copy.deepcopy(toy.module.state_dict())
        optimizer.zero_grad()
        task.loss(toy.module(examples.inputs), examples.targets).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    toy.module.zero_grad()
    training = SimpleNamespace(lr=0.1, batch_size=8)
    return replace(
        toy,
        cell=Cell(data="toy", model="toy", training=training),
        history=[{"step": float(step)} for step in (*states, 300)],
        checkpoint=states.__getitem__,
    )


@functools.cache
def networks(n: int) -> list[Trained]:
    """Return different networks on the same examples, the first near a minimum."""
    generator = torch.Generator().manual_seed(0)
    others = []
    for _ in range(n - 1):
        module = copy.deepcopy(net().module)
        for weight in module.parameters():
            weight.data += 0.1 * torch.randn(weight.shape, generator=generator)
        others.append(replace(net(), module=module))
    return [net(), *others]


def same(first: Result, second: Result) -> bool:
    """Tell whether readings and arrays are equal, NaN to NaN."""
    return (
        first.readings == second.readings
        and list(first.arrays) == list(second.arrays)
        and all(np.array_equal(a, second.arrays[name], equal_nan=True) for name, a in first.arrays.items())
    )


cases = [(name, options) for name in names for options in smaller.get(name, [{}])]


def test_measures_are_planned_without_torch() -> None:
    modules = [f"benchmark.measures.{module.name}" for module in pkgutil.iter_modules(measures.__path__)]
    code = "import sys; sys.modules['torch'] = None; import importlib\n"
    code += f"for name in {modules}: importlib.import_module(name)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("name", "options"), cases)
def test_a_measure_repeats_itself_and_changes_nothing(name: str, options: dict[str, Any]) -> None:
    trained, measure = net(), constructor(name)(**options)
    before = copy.deepcopy(trained.module.state_dict())
    noise = torch.random.get_rng_state()
    arguments = networks(measure.n_networks)
    first, second = measure.compute(*arguments), measure.compute(*arguments)
    assert same(first, second)
    assert all(torch.equal(value, before[key]) for key, value in trained.module.state_dict().items())
    assert torch.equal(torch.random.get_rng_state(), noise), "a measure draws from its own generator"


@pytest.mark.parametrize(("name", "options"), cases)
def test_values_are_finite_and_positive_where_declared_so(name: str, options: dict[str, Any]) -> None:
    measure = constructor(name)(**options)
    for reading in measure.compute(*networks(measure.n_networks)).readings:
        assert isinstance(reading.value, float) and math.isfinite(reading.value)
        assert reading.standard_error is None or reading.standard_error >= 0
        assert reading.value > 0 or not measure.positive or reading.quantity == "lambda_min"


@pytest.mark.parametrize("name", names)
def test_a_measure_is_documented_and_runs_with_its_defaults_named(name: str) -> None:
    build = constructor(name)
    measure = build()
    assert measure.family == measure.label == name
    assert measure.source
    assert all(f"{option}" in build.function.__doc__ for option in measure.options)


@pytest.mark.parametrize("name", [name for name in names if "n_examples" in constructor(name)().options])
def test_n_examples_takes_the_first_ones(name: str) -> None:
    options = smaller.get(name, [{}])[0]
    whole = networks(constructor(name)().n_networks)
    few = replace(net().splits, train=net().splits.train.take(slice(0, 16)))
    measure = constructor(name)(**options, n_examples=16)
    if "batch_norm" in measure.options:
        # recalibration sees the whole training split whatever the number of evaluated examples
        options = {**options, "batch_norm": "frozen"}
        measure = constructor(name)(**options, n_examples=16)
    expected = constructor(name)(**options).compute(*(replace(network, splits=few) for network in whole))
    assert same(measure.compute(*whole), expected)
