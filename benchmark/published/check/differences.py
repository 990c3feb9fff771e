"""What a comparison found: differences, and how many numbers there were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "status", "missing"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something that is not as in the baseline.

    Attributes:
        kind: a number beyond its tolerance, another status, or what is no longer there.
        cell: the cell's name, with its seed.
        label: the measure, "history" for the training.
        index: coordinates of the number; "" for a single one.
        expected, found: numbers; or statuses, or sentences.
        tolerance: largest distance that would pass; None where numbers are not what is compared.
    """

    kind: Kind
    suite: str
    cell: str
    seed: int
    label: str
    quantity: str = ""
    index: str = ""
    expected: float | str
    found: float | str
    tolerance: float | None = None

    @property
    def measure(self) -> str:
        """Label, quantity and coordinates."""
        return " ".join(filter(None, (self.label, self.quantity, self.index)))

    @property
    def shown(self) -> dict[str, str]:
        """Where it is and what was compared, as texts: the columns of a table."""
        return {
            "cell": self.cell,
            "measure": self.measure,
            "expected": _shown(self.expected),
            "found": _shown(self.found),
            "tolerance": "" if self.tolerance is None else f"{self.tolerance:.3g}",
        }

    def __str__(self) -> str:
        cell, measure, expected, found, tolerance = self.shown.values()
        words = f"{self.suite}: {cell}: {measure}: expected {expected}, found {found}"
        return f"{words}, tolerance {tolerance}" if tolerance else words


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How a suite compares with the baseline.

    Attributes:
        n_cells, n_numbers: cells, and numbers on them, that were compared.
        n_equal: numbers that are equal to the last bit.
        n_failed: networks and measures that failed in both, so that there is nothing to compare.
        worst, worst_at: largest deviation of a number in units of its size, infinite where one alone is finite; and
            where that is, "" where all numbers are equal.
        by_label: numbers that were compared of each measure.
        differences: what is not as it was, in the order of the baseline.
    """

    suite: str
    n_cells: int
    n_numbers: int
    n_equal: int
    n_failed: int
    worst: float
    worst_at: str
    by_label: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether all is as in the baseline."""
        return not self.differences

    @property
    def by_measure(self) -> dict[str, int]:
        """How many differences each label has."""
        return dict(Counter(each.label for each in self.differences))


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"  # what is beyond a tolerance of 1e-6 is seen
