"""The legend that panels share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

room = 13  # characters that fit into an inch
mark = 7  # characters that the mark of an entry, and the gap before the next, take


def legend_below(figure: Figure, *, n_columns: int = 4) -> None:
    """Put one legend for all axes below the figure, each name once; none where nothing has a name.

    Long names take fewer columns than `n_columns`, since what does not fit would be cut off on both sides.
    """
    named = {
        text: handle
        for axes in figure.axes
        for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if named:
        n_columns = _fitting(list(named), int(figure.get_figwidth() * room), n_columns)
        figure.legend(list(named.values()), list(named), loc="outside lower center", ncols=n_columns)


def _fitting(names: Sequence[str], n_characters: int, most: int) -> int:
    """Return the largest number of columns, each as wide as its longest name, that fit side by side."""
    for n_columns in range(min(most, len(names)), 1, -1):
        columns = np.array_split(np.array([len(name) for name in names]), n_columns)
        if sum(int(lengths.max()) + mark for lengths in columns) <= n_characters:
            return n_columns
    return 1
