"""What a measure is: a function of trained networks, its options pinned, with unit and source.

A measure is written as one function and becomes a constructor by the decorator:

    @measure(unit="nats", source="Foret et al. 2021, equation 1", positive=True)
    def sam_sharpness(trained: Trained, *, rho: float = 0.05) -> float: ...

    sam_sharpness(rho=0.1).label      # 'sam_sharpness[rho=0.1]'
    sam_sharpness(rho=0.1).compute(trained)
"""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ParamSpec

from benchmark.cells.cell import Cell

if TYPE_CHECKING:
    import numpy as np

P = ParamSpec("P")
Select = Callable[[Sequence[Cell]], Iterable[tuple[Cell, ...]]]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One number: `quantity` tells a measure's numbers apart, `index` the points of a curve.

    `unit` is given where it is not the measure's.
    """

    value: float
    quantity: str = "value"
    standard_error: float | None = None
    unit: str | None = None
    index: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a measure returns when one number is not enough: readings, and arrays by name."""

    readings: Sequence[Reading]
    arrays: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number (or curve) computed from trained networks, with every option pinned.

    Attributes:
        family: name of the function.
        options: every option with its value, defaults included.
        label: family and the options that differ from their defaults, `family[name=value,...]`.
        function: the function itself.
        unit: unit of the value; "" for none.
        source: paper and equation.
        positive: whether all values are positive, so that ratios and logarithms make sense.
        quantities: names of the numbers that it makes; options and task may leave some of them out.
        n_networks: how many trained networks the function takes; None for any number.
        select: from the suite's cells to the (tuples of) cells to compute it on.
        states: from a cell to the optimizer steps whose weights it reads by `Trained.checkpoint`.

    Example:
        >>> from benchmark.measures.sam_sharpness import sam_sharpness
        >>> sharpness = sam_sharpness(rho=0.1, method="one_step")
        >>> sharpness.label, sharpness.slug
        ('sam_sharpness[method=one_step,rho=0.1]', 'sam_sharpness.method-one_step.rho-0.1')
        >>> sharpness.options
        {'method': 'one_step', 'rho': 0.1, 'n_steps': 20, 'n_examples': None}
    """

    family: str
    options: Mapping[str, Any]
    label: str
    function: Callable[..., float | Reading | Result]
    unit: str
    source: str
    positive: bool
    quantities: tuple[str, ...]
    n_networks: int | None
    select: Select
    states: Callable[[Cell], Iterable[int]] = lambda cell: ()

    @property
    def slug(self) -> str:
        """The label as file name, MLflow key and SVG id: `family.name-value.name-value`."""
        return slug_of(self.label)

    def on(self, select: Select) -> Measure:
        """Return the same measure for the tuples of cells that `select` picks."""
        return replace(self, select=select)

    def at(self, states: Callable[[Cell], Iterable[int]]) -> Measure:
        """Return the same measure for networks that keep their weights after these optimizer steps."""
        return replace(self, states=states)

    def where(self, chosen: Callable[[Cell], bool]) -> Measure:
        """Return the same measure of a single network for the cells that `chosen` is true on."""
        return self.on(lambda cells: ((cell,) for cell in cells if chosen(cell)))

    def compute(self, *trained: Any) -> Result:
        """Compute the measure; whatever the function returns, as a `Result`.

        Raises:
            ValueError: of the function, or where it makes a number that it does not declare.
        """
        value = self.function(*trained, **self.options)
        if isinstance(value, Reading | Result):
            found = value if isinstance(value, Result) else Result(readings=(value,))
        else:
            found = Result(readings=(Reading(value=float(value)),))
        if undeclared := {reading.quantity for reading in found.readings} - set(self.quantities):
            raise ValueError(
                f"{self.family} made {min(undeclared)!r}, which is not among its quantities "
                f"{', '.join(self.quantities)}; declare it: @measure(quantities=...)"
            )
        return found


def each(cells: Sequence[Cell]) -> Iterable[tuple[Cell, ...]]:
    """Select every cell by itself."""
    return ((cell,) for cell in cells)


def measure(
    *, unit: str, source: str, positive: bool = False, quantities: Sequence[str] = ("value",)
) -> Callable[[Callable[P, float | Reading | Result]], Callable[..., Measure]]:
    """Turn a function of trained networks into a constructor of measures.

    Positional parameters of the function are the trained networks (`*trained` for any number of them); keyword-only
    ones are the options.

    Args:
        unit: of the value; "" for none.
        source: paper and equation.
        positive: whether all values are positive, so that ratios and logarithms make sense.
        quantities: names of all numbers that it may make.

    The undecorated function stays reachable as `constructor.function`.

    Example:
        >>> import torch
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.measure import measure
        >>> @measure(unit="nats", source="definition")
        ... def loss_at(trained, *, scale=1.0):
        ...     landscape = trained.landscape()
        ...     return landscape.loss(scale * landscape.theta)
        >>> trained = Trained.of(torch.nn.Linear(1, 2).double(), torch.ones(1, 1).double(), torch.tensor([0]))
        >>> round(loss_at(scale=0.0).compute(trained).readings[0].value, 3)  # log 2
        0.693
    """

    def decorate(function: Callable[P, float | Reading | Result]) -> Callable[..., Measure]:
        parameters = inspect.signature(function).parameters.values()
        defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        n_networks = None if takes_any else sum(p.kind is not p.KEYWORD_ONLY for p in parameters)

        @functools.wraps(function)
        def construct(**options: Any) -> Measure:
            unknown = sorted(set(options) - set(defaults))
            if unknown:
                raise TypeError(
                    f"{function.__name__} has no option {unknown[0]!r}; it has {', '.join(defaults)}"
                )
            pinned = defaults | options
            missing = [name for name, value in pinned.items() if value is inspect.Parameter.empty]
            if missing:
                raise TypeError(f"{function.__name__} needs a value for its option {missing[0]!r}")
            return Measure(
                family=function.__name__,
                options=pinned,
                label=_label(function.__name__, {k: v for k, v in pinned.items() if v != defaults[k]}),
                function=function,
                unit=unit,
                source=source,
                positive=positive,
                quantities=tuple(quantities),
                n_networks=n_networks,
                select=each,
            )

        construct.function = function  # type: ignore[attr-defined]
        return construct

    return decorate


def slug_of(label: str) -> str:
    """Return a measure's label as its slug; for readers of a table, who have labels alone."""
    words = label.replace("[", ".").replace("]", "").replace(",", ".").replace("=", "-")
    return re.sub(r"[^A-Za-z0-9._-]", "_", words)


def _label(family: str, options: Mapping[str, Any]) -> str:
    words = (f"{name}={_word(options[name])}" for name in sorted(options))
    return f"{family}[{','.join(words)}]" if options else family


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=("-", ":"))
