"""What of a cell a sweep moves: the hyperparameters of its space, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.spec import factors
from benchmark.suite import Suite, Sweep


def swept_factors(suite: Suite, config: Any) -> tuple[str, ...]:
    """Return the factors of cells in which the points of a suite's sweep differ, sorted.

    They are read off the cells that try them, since a hyperparameter need not have a factor's name, and may move two:
    with momentum comes Nesterov's.

    Args:
        suite: none are swept where it has no sweep.
        config: of the suite; none are swept where it leaves no room for validation examples.
    """
    if suite.sweep is None:
        return ()
    plain = dataclasses.replace(config, tuned=())
    try:
        return tuple(
            sorted({name for arm in suite.sweep.arms(plain) for name in _moved(suite.sweep, plain, arm)})
        )
    except ValueError:  # what a spec refuses: such a sweep cannot have been
        return ()


def _moved(sweep: Sweep, config: Any, arm: str) -> Iterator[str]:
    first, *others = (factors(sweep.cell(config, arm, point, 0)) for point in _points(sweep, config, arm))
    for other in others:
        yield from (name for name in other if other[name] != first.get(name))


def _points(sweep: Sweep, config: Any, arm: str) -> Iterator[Mapping[str, float]]:
    """Yield the default, and every hyperparameter by itself at both ends of its range."""
    default = dict(sweep.default(config, arm))
    yield default
    for name, span in sweep.space(config).items():
        yield {**default, name: span.low}
        yield {**default, name: span.high}
