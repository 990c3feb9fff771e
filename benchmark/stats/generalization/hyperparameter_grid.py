"""Networks trained over a grid of hyperparameters: what a generalization measure says of each, and its gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """One whole grid: what a statistic of a generalization measure takes, and gives one number for.

    It need be neither complete (networks that missed their stop are left out) nor without repeats (several
    networks of one configuration, which differ in their seed).

    Attributes:
        measure: shape (N,), the measure's value for each network; only its order counts, but for `robust_fit`.
        gap: shape (N,), test error minus training error of each network, as a fraction.
        settings: of each hyperparameter, by its name, N settings; numbers or words, told apart by equality.

    Raises:
        ValueError: lengths differ, a number is not finite, there is no hyperparameter, or one has a single setting.
    """

    measure: Floats
    gap: Floats
    settings: Mapping[str, Sequence[Any] | NDArray[Any]]

    def __post_init__(self) -> None:
        if not self.settings:
            raise ValueError("settings is empty; name at least one hyperparameter that varies over the grid")
        for name, numbers in (("measure", self.measure), ("gap", self.gap)):
            _check_numbers(name, numbers)
        for name, settings in self.settings.items():
            _check_settings(name, settings)
        lengths = {"measure": len(self.measure), "gap": len(self.gap)}
        lengths |= {name: len(settings) for name, settings in self.settings.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"lengths differ: {lengths}; give one number and one setting for each network")

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters, in the order given."""
        return tuple(self.settings)

    @cached_property
    def codes(self) -> Integers:
        """The settings as whole numbers from 0 in order of appearance, shape (N, H)."""
        return np.stack([_codes(settings) for settings in self.settings.values()], axis=1)

    def cells(self, names: Sequence[str]) -> Integers:
        """Return the cell of each network, shape (N,): networks of one cell agree in the hyperparameters named.

        Cells are numbered from 0. No name puts all networks in one cell.

        Raises:
            ValueError: the grid has no hyperparameter of that name.
        """
        self._check_known(names)
        if not names:
            return np.zeros(len(self.gap), dtype=np.int64)
        columns = [self.names.index(name) for name in names]
        return np.unique(self.codes[:, columns], axis=0, return_inverse=True)[1].reshape(-1)

    def others(self, name: str) -> tuple[str, ...]:
        """Return all hyperparameters but one.

        Raises:
            ValueError: the grid has no hyperparameter of that name.
        """
        self._check_known([name])
        return tuple(other for other in self.names if other != name)

    def with_measure(self, measure: Floats) -> Grid:
        """Return the same networks under another measure."""
        return replace(self, measure=measure)

    def with_gap(self, gap: Floats) -> Grid:
        """Return the same networks with other gaps, as a permutation test wants them."""
        return replace(self, gap=gap)

    def averaged(self) -> Grid:
        """Return one network for each configuration: measure and gap are means over its repeats.

        Jiang et al. train each configuration five times; that they average before they rank is not confirmed.
        """
        cell_N = self.cells(self.names)
        _, first_C, n_C = np.unique(cell_N, return_index=True, return_counts=True)
        return Grid(
            measure=np.bincount(cell_N, self.measure) / n_C,
            gap=np.bincount(cell_N, self.gap) / n_C,
            settings={name: [values[i] for i in first_C] for name, values in self.settings.items()},
        )

    def _check_known(self, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in self.settings]
        if unknown:
            raise ValueError(f"the grid has no hyperparameter {unknown[0]!r}; it has {list(self.names)}")


def listed(settings: Sequence[Any] | NDArray[Any]) -> list[Any]:
    """Return settings as a list of Python's own numbers and words, which messages show as they were written."""
    return settings.tolist() if isinstance(settings, np.ndarray) else list(settings)


def _check_numbers(name: str, numbers: Floats) -> None:
    if np.ndim(numbers) != 1:
        raise ValueError(f"{name} has shape {np.shape(numbers)}; give one number for each network")
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        raise ValueError(
            f"{name} of network {wrong[0]} is {numbers[wrong[0]]}, as of {len(wrong)} in all; leave these out"
        )


def _check_settings(name: str, settings: Sequence[Any] | NDArray[Any]) -> None:
    values = listed(settings)
    missing = [i for i, value in enumerate(values) if value != value]  # NaN differs from itself
    if missing:
        raise ValueError(f"{name} of network {missing[0]} is NaN; give every network a setting")
    if len(set(values)) < 2:
        said = f"the single setting {values[0]!r}" if values else "no setting"
        raise ValueError(f"{name} has {said}; leave it out, or add networks that differ in it")


def _codes(settings: Sequence[Any] | NDArray[Any]) -> Integers:
    values = listed(settings)
    code = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return np.array([code[value] for value in values], dtype=np.int64)
