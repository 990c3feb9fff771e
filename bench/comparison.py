"""One table of a benchmark: who takes part, how answers are judged, what stands beside the times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.machine import is_busy, load
from bench.method import Answer, Contender, Row, Tick, compare


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long to measure.

    Attributes:
        quick: few rounds and small sizes: to try the program, not to quote.
        tick: told what is going on.
    """

    quick: bool
    tick: Tick

    def of(self, full: int, quick: int) -> int:
        """Return the number that belongs to this effort."""
        return quick if self.quick else full


@dataclass(frozen=True, kw_only=True)
class Floor:
    """A time below which nobody is who does the work in this way: what was counted and measured, such as
    "25 products of 0.84 ms", and their product in seconds.
    """

    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Target:
    """What our row has to reach.

    Attributes:
        tool: the tool to be faster than; empty for a target about the number of products.
        least_ratio: smallest ratio of its least time to ours.
        most_products: largest number of products of ours.
    """

    tool: str = ""
    least_ratio: float | None = None
    most_products: int | None = None


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number that follows from the times of a table.

    Attributes:
        name, unit: for the page.
        value: the number.
        most, least: what is wanted of it; None where nothing is.
    """

    name: str
    value: float
    unit: str = "times"
    most: float | None = None
    least: float | None = None


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool and the settings that it may be run with.

    Attributes:
        name, version: for the table.
        solve: (seed, **options) -> answer, with the tool's own names of options.
        settings: options to look through for the cheapest that is accurate enough, cheapest first.
    """

    name: str
    version: str
    solve: Callable[..., Answer]
    settings: Sequence[dict[str, Any]]

    def tuned(
        self,
        error: Callable[[Sequence[Answer]], float],
        *,
        aim: float,
        tolerance: float,
        seeds: Sequence[int],
    ) -> Contender:
        """Return the tool with the first of its settings whose error is at most `aim` (else with the last).

        Looked for outside the clock, for every tool in the same way.
        """
        for options in self.settings[:-1]:
            if error([self.solve(seed, **options) for seed in seeds]) <= aim:
                return self.with_options(error, tolerance=tolerance, options=options)
        return self.with_options(error, tolerance=tolerance, options=self.settings[-1])

    def with_options(
        self,
        error: Callable[[Sequence[Answer]], float],
        *,
        tolerance: float = float("inf"),
        options: dict[str, Any],
    ) -> Contender:
        """Return the tool with these options, `{}` for its defaults."""
        return Contender(
            name=self.name,
            version=self.version,
            settings=", ".join(f"{key}={value}" for key, value in options.items()) or "defaults",
            solve=lambda seed: self.solve(seed, **options),
            error=error,
            tolerance=tolerance,
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A table to be measured.

    Attributes:
        title: a line.
        note: what the work is and how answers are judged, as Markdown.
        error_name: head of the column of errors.
        contenders: ours first.
        seeds: every timed run solves once for each; times are per solution.
        floors: our row -> floors.
        targets: what ours has to reach.
        quantities: rows -> numbers that follow from their times; asked only where all rows are valid.
        n_processes: that a contender keeps busy; all of them want a core to be judged.
        n_rounds: rounds at most, at full effort.
        budget_s: seconds after which no further round begins, from the third on.
    """

    title: str
    note: str
    error_name: str
    contenders: Sequence[Contender]
    seeds: Sequence[int]
    floors: Callable[[Row], Sequence[Floor]] = lambda row: ()
    targets: Sequence[Target] = ()
    quantities: Callable[[Sequence[Row]], Sequence[Quantity]] = lambda rows: ()
    n_processes: int = 1
    n_rounds: int = 10
    budget_s: float = 30.0

    def measured(self, effort: Effort) -> dict[str, Any]:
        """Return the table for a JSON file."""
        before = load()
        rows = compare(
            self.contenders,
            seeds=self.seeds,
            n_rounds=effort.of(self.n_rounds, min(self.n_rounds, 3)),
            budget_s=self.budget_s,
            tick=lambda text: effort.tick(f"{self.title}: {text}"),
        )
        loads = [before, load()]
        quantities = self.quantities(rows) if all(row.valid for row in rows) else ()
        return {
            "title": self.title,
            "note": self.note,
            "error_name": self.error_name,
            "rows": [row.record() for row in rows],
            "floors": [asdict(floor) for floor in self.floors(rows[0])],
            "targets": [asdict(target) for target in self.targets],
            "quantities": [asdict(quantity) for quantity in quantities],
            "loads": loads,
            "is_busy": is_busy([before + self.n_processes - 1, loads[1]]),
        }
