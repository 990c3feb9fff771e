"""Which factors networks of a suite can have, in whatever profile they are trained."""

from __future__ import annotations

from benchmark.cells.cell import factors
from benchmark.suite.suite import Suite


def factors_of(suite: Suite) -> frozenset[str]:
    """Return the columns of all cells of all profiles, and `tuned`, which they have after a sweep."""
    of_cells = {
        column
        for config in suite.profiles.values()
        for cell in suite.cells(config)
        for column in (*factors(cell), *suite.label(config, cell))
    }
    return frozenset(of_cells | ({"tuned"} if suite.sweep is not None else set()))
