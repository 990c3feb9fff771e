"""What of a cell a sweep moves: the hyperparameters of its space, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.cells.cell import factors
from benchmark.suite.suite import Suite, Sweep

Tuned = Sequence[tuple[str, str, float]]  # (arm, hyperparameter, value) of the points in force


def swept_factors(suite: Suite, config: Any) -> tuple[str, ...] | None:
    """Return the factors of cells in which the points of a suite's sweep differ, sorted; None without a sweep.

    Where the sweep has been answered, these are the points in force and the defaults: there are no such factors where
    every arm kept its default.

    They are read off the cells that try them, since a hyperparameter need not have a factor's name, and may move two:
    with momentum comes Nesterov's.

    Args:
        suite: with a sweep, or without.
        config: of the suite; one that leaves no room for validation examples cannot have had a sweep.
    """
    if suite.sweep is None:
        return None
    plain = dataclasses.replace(config, tuned=())
    try:
        return tuple(
            sorted(
                {
                    name
                    for arm in suite.sweep.arms(plain)
                    for name in _moved(suite.sweep, plain, arm, config.tuned)
                }
            )
        )
    except ValueError:  # what a spec refuses: such a sweep cannot have been
        return None


def _moved(sweep: Sweep, config: Any, arm: str, tuned: Tuned) -> Iterator[str]:
    points = _points(sweep, config, arm, tuned)
    first, *others = (factors(sweep.cell(config, arm, point, 0)) for point in points)
    for other in others:
        yield from (name for name in other if other[name] != first.get(name))


def _points(sweep: Sweep, config: Any, arm: str, tuned: Tuned) -> Iterator[Mapping[str, float]]:
    """Yield the default, and the point in force; where none is known every hyperparameter at both ends of its range."""
    default = dict(sweep.default(config, arm))
    yield default
    if tuned:
        yield {**default, **{name: value for of, name, value in tuned if of == arm}}
        return
    for name, span in sweep.space(config).items():
        yield {**default, name: span.low}
        yield {**default, name: span.high}
