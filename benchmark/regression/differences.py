"""What a comparison found: differences, and how many numbers there were."""

from __future__ import annotations

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

    def __str__(self) -> str:
        words = f"{self.suite}: {self.cell}: {self.measure}: expected {shown(self.expected)}, found {shown(self.found)}"
        return words if self.tolerance is None else f"{words}, tolerance {shown(self.tolerance)}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How a suite compares with the baseline.

    Attributes:
        n_cells, n_numbers: cells, and numbers on them, that were compared.
        n_equal: numbers that are equal to the last bit.
        n_loose: numbers whose tolerance is above their own size: the training is chaotic there.
        worst, worst_at: largest distance as a share of its tolerance, of numbers within; and where.
        by_label: numbers that were compared of each measure.
        differences: what is not as it was, in the order of the baseline.
        n_outliers: numbers beyond the tolerance of their group, in so few seeds that they count as chance.
        n_failed: networks and measures that failed in both, so that there is nothing to compare.
    """

    suite: str
    n_cells: int
    n_numbers: int
    n_equal: int
    n_loose: int
    n_outliers: int
    n_failed: int
    worst: float
    worst_at: str
    by_label: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether all is as in the baseline."""
        return not self.differences

    def by_measure(self) -> dict[str, int]:
        """Return how many differences each label has."""
        counts: dict[str, int] = {}
        for difference in self.differences:
            counts[difference.label] = counts.get(difference.label, 0) + 1
        return counts


def name_of(name: str, seed: int) -> str:
    """Return a cell's name with its seed."""
    return f"{name} seed={seed}".strip()


def shown(value: float | str) -> str:
    """Return a number with six digits, or the text."""
    return value if isinstance(value, str) else f"{value:.6g}"
