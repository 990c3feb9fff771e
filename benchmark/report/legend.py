"""The legend that panels share."""

from __future__ import annotations

from matplotlib.figure import Figure


def legend_below(figure: Figure, *, n_columns: int = 4) -> None:
    """Put one legend for all axes below the figure, each name once; none where nothing has a name."""
    named = {
        text: handle
        for axes in figure.axes
        for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if named:
        figure.legend(list(named.values()), list(named), loc="outside lower center", ncols=n_columns)
