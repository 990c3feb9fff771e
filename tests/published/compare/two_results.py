"""Two results of the example suite, and how they compare."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from benchmark.published.compare.comparison import Comparison, compare
from benchmark.published.compare.source import opened
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests.made_results import write_results


def results(workspace: Workspace, name: str, *, seeds: range = range(10), **options: Any) -> str:
    example = find("example", workspace.suites)
    config = dataclasses.replace(
        example.suite.profiles["ci"], seeds=tuple(seeds), **options.pop("config", {})
    )
    write_results(workspace.root / name, example, config=config, **options)
    return name


def held(workspace: Workspace, a: str, b: str, *, margin: float = 1.0) -> Comparison:
    with opened(a, workspace) as left, opened(b, workspace) as right:
        return compare(left, right, margin=margin)


def shifted(by: float) -> Any:
    def value(factors: Any, quantity: str, noise: np.random.Generator) -> float:
        return float(
            np.exp(noise.standard_normal()) if quantity == "all" else by + 0.01 * noise.standard_normal()
        )

    return value
