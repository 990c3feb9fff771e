"""What a suite is: its questions, its cells, what is measured on them, and what is tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.measures.measure import Measure


def init_seed(cell: Cell) -> int:
    """Return the replicate of a cell whose streams are all drawn by one seed."""
    return cell.init_seed


def no_labels(_config: Any, _cell: Cell) -> Mapping[str, Any]:
    """Label nothing: the spec's own fields tell the arms apart."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Range:
    """Where a hyperparameter is searched: from `low` to `high`, both included; by its logarithm where `log`."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"low={self.low}: give a number below high={self.high}")
        if self.log and not self.low > 0:
            raise ValueError(f"low={self.low}: give a number above 0 where log=True")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What a suite tunes on validation examples; a Config with a sweep has the fields of `sweep_fields`.

    Attributes:
        arms: from a Config to the names of the arms, each of which is tuned by itself, such as "width=64".
        space: from a Config to the hyperparameters and where they are searched.
        default: from a Config and an arm to the suite's own point, that of its fixed arm, which is tried first.
        cell: from a Config, an arm, a point of the space and a seed to the cell that tries it: the arm's, trained as
            the suite trains it, but with validation examples.
        sharpness: what `lossbench sweep --pareto` minimizes besides the error.
    """

    arms: Callable[[Any], Sequence[str]]
    space: Callable[[Any], Mapping[str, Range]]
    default: Callable[[Any, str], Mapping[str, float]]
    cell: Callable[[Any, str, Mapping[str, float], int], Cell]
    sharpness: Measure


sweep_fields = ("sweep_trials", "sweep_seeds", "n_val", "tuned")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The choices of one suite; `suite.py` binds one to the name `suite`.

    Attributes:
        name: name of its folder.
        title: a line for tables of contents.
        question: what is asked, in a sentence or two.
        sources: the papers.
        profiles: an instance of the suite's `Config` dataclass for "ci" and any of "small", "pictures" and "full". A
            Config has the fields `seeds` (tuple of ints) and `data` (name of a data set), and what the suite varies.
        cells: from a Config to the cells, pure.
        measures: from a Config to the measures.
        label: from a Config and a cell to columns of the suite's own, such as `arm`.
        seed: from a cell to its replicate, the unit over which verdicts are reached.
        seconds_per_cell: by profile, about how long a cell with its measures takes in one worker; for forecasts.
        sweep: what is tuned before the cells are laid out; None for nothing.
    """

    name: str
    title: str
    question: str
    sources: tuple[str, ...]
    profiles: Mapping[str, Any]
    cells: Callable[[Any], Iterable[Cell]]
    measures: Callable[[Any], Sequence[Measure]]
    label: Callable[[Any, Cell], Mapping[str, Any]] = no_labels
    seed: Callable[[Cell], int] = init_seed
    seconds_per_cell: Mapping[str, float] = field(default_factory=dict)
    sweep: Sweep | None = None
