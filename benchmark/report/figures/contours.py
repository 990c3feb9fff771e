"""Surfaces of the loss from above: filled contours on a logarithmic scale, a path across them, a map of ratios.

Colour means one thing in all of them: viridis, from low and dark to high and bright, the same on either ground of the
page. What is written on the colours has fixed colours too, so that it does not follow the page's theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.contour import QuadContourSet
from numpy.typing import ArrayLike

from benchmark.report.figures.label_places import Place, label_places
from benchmark.report.figures.levels import drawable, level_text, shared_log_levels
from benchmark.report.figures.plane import (
    bright,
    color_map,
    dark,
    grid_values,
    hatch,
    label_size,
    say,
    set_extent,
    text_color,
)
from benchmark.report.figures.theme import ink

most_points = (
    21  # a side: of a surface computed on no more, the points are drawn, since the lines between follow them
)
size_of_point = 900.0  # square points of a mark that has its number in it
room_of_end = (46.0, 30.0)  # points that the name of an end of a path takes, with its mark
most_numbers = 81  # a map with more cells than these has none written in them


def draw_contours(
    axes: Axes,
    alpha: ArrayLike,
    beta: ArrayLike,
    loss: ArrayLike,
    *,
    norm: Normalize | None = None,
    levels: ArrayLike | None = None,
    labels: bool = True,
    center: tuple[float, float] | None = (0.0, 0.0),
    ends: Sequence[ArrayLike] = (),
) -> QuadContourSet:
    """Draw a surface as filled contours with labelled levels, on a logarithmic scale, and return what a bar needs.

    Between the points of the grid the loss is interpolated linearly, as in `contour_area`. A cell of the grid with a
    corner that is not finite is hatched, and how many points are not finite is written on the axes. A loss beyond the
    levels has the colour of the nearest one. Of a coarse grid the points are drawn: between them nothing was computed.

    Args:
        axes: where. Both directions get the same scale, since their units are the same.
        alpha: coordinates along the first direction (A,), drawn to the right.
        beta: coordinates along the second direction (B,), drawn upwards.
        loss: the surface (A, B), `loss[i, j]` at (alpha[i], beta[j]).
        norm: from loss to colour; logarithmic from the first to the last level if None.
        levels: ascending, of all panels that are compared: `shared_log_levels`. From this surface alone if None.
        labels: whether to write the levels' values on their lines, as many as do not collide.
        center: where the trained network is marked with a cross; None for nowhere.
        ends: of a path that is drawn across, (2,) each: no label is written there.

    Returns:
        The filled contours, for `draw_color_bar`.
    """
    alpha_A, beta_B, loss_AB = grid_values(alpha, beta, loss)
    known_AB = np.isfinite(loss_AB)
    levels_L = shared_log_levels([loss_AB]) if levels is None else np.asarray(levels, dtype=np.float64)
    norm = norm or LogNorm(levels_L[0], levels_L[-1])
    shown_AB = np.clip(np.where(known_AB, loss_AB, 1.0), levels_L[0] / 2, drawable[1])
    shown_BA = np.ma.array(shown_AB, mask=~known_AB).T
    grid: dict[str, Any] = {"levels": levels_L, "norm": norm, "corner_mask": False}
    filled = axes.contourf(alpha_A, beta_B, shown_BA, cmap=color_map, extend="both", **grid)
    set_extent(axes, alpha_A, beta_B)
    filled.set(edgecolor="face", linewidth=0.6)  # else the ground shines through between neighbouring bands
    lines = axes.contour(alpha_A, beta_B, shown_BA, colors=dark, linewidths=0.35, alpha=0.55, **grid)
    if labels:
        taken = [(np.asarray(end, dtype=np.float64), room_of_end) for end in ends]
        _write(axes, filled, label_places(lines, axes, size=label_size, center=center, taken=taken))
    if is_coarse(loss_AB):
        _dots(axes, alpha_A, beta_B, known_AB)
    say(axes, hatch(axes, known_AB))
    if center is not None:
        for color, size, thickness in ((dark, 9, 2.6), (bright, 8, 1.2)):
            axes.plot(*center, marker="+", color=color, markersize=size, markeredgewidth=thickness, zorder=5)
    return filled


def is_coarse(loss: np.ndarray) -> bool:
    """Tell whether a surface has so few points that lines between them are corners."""
    return bool(max(loss.shape) <= most_points)


def _dots(axes: Axes, alpha_A: np.ndarray, beta_B: np.ndarray, known_AB: np.ndarray) -> None:
    """Mark the points of a grid that have a loss."""
    i, j = np.nonzero(known_AB)
    axes.scatter(alpha_A[i], beta_B[j], s=1.6, color=bright, alpha=0.55, linewidths=0, zorder=2.5)


def draw_path(axes: Axes, path: ArrayLike, steps: ArrayLike) -> None:
    """Draw the way of the training across a surface: a dot for every checkpoint, ring at the first, star at the last.

    Args:
        axes: those of the surface.
        path: coordinates of the checkpoints (n, 2) along (alpha, beta).
        steps: the optimizer step of every checkpoint (n,); the first and the last are written beside their marks.
    """
    path_N2, steps_N = np.asarray(path, dtype=np.float64), np.asarray(steps)
    known_N = np.isfinite(path_N2).all(axis=1)
    path_N2, steps_N = path_N2[known_N], steps_N[known_N]
    if not len(path_N2):
        return
    x_N, y_N = path_N2.T
    axes.plot(x_N, y_N, color=dark, linewidth=2.4, alpha=0.7, zorder=4)
    axes.plot(x_N, y_N, color=bright, linewidth=1.1, marker=".", markersize=3.5, zorder=4)
    for end, before, marker, size in ((0, 1, "o", 5.5), (-1, -2, "*", 9.5)):
        colors: dict[str, Any] = {"color": bright, "markeredgecolor": dark, "zorder": 6}
        axes.plot(*path_N2[end], marker=marker, markersize=size, **colors)
        comes_from_above = len(path_N2) > 1 and path_N2[before, 1] > path_N2[end, 1]
        _name_end(axes, path_N2[end], f"step {int(steps_N[end])}", below=comes_from_above)


def draw_ratio_map(
    axes: Axes,
    alpha: ArrayLike,
    beta: ArrayLike,
    ratio: ArrayLike,
    norm: Normalize | None = None,
    *,
    absent: str = "not\nfinite",
    points: bool = False,
) -> ScalarMappable:
    """Draw |lambda_min / lambda_max| over a plane, a cell for every point, its number in it where there are few.

    Args:
        axes: where; both directions get the same scale.
        alpha: coordinates along the first direction (A,).
        beta: coordinates along the second direction (B,).
        ratio: the map (A, B), `ratio[i, j]` at (alpha[i], beta[j]); not finite is hatched.
        norm: from ratio to colour, of all maps that are compared; from 0 to the largest ratio of this one if None.
        absent: what a cell that is not finite says, where there is room.
        points: whether nothing lies between the points, which are drawn as such and not as cells that touch.

    Returns:
        The cells, for `draw_color_bar`.
    """
    alpha_A, beta_B, ratio_AB = grid_values(alpha, beta, ratio)
    known_AB = np.isfinite(ratio_AB)
    norm = norm or Normalize(0.0, float(ratio_AB[known_AB].max()) if known_AB.any() else 1.0)
    shown_BA = np.ma.array(np.where(known_AB, ratio_AB, 0.0), mask=~known_AB).T
    cells: ScalarMappable
    if points:
        i, j = np.nonzero(known_AB)
        cells = axes.scatter(
            alpha_A[i], beta_B[j], c=ratio_AB[i, j], norm=norm, cmap=color_map, s=size_of_point
        )
        set_extent(axes, _edges(alpha_A), _edges(beta_B))
        ground = None
    else:
        mesh = axes.pcolormesh(alpha_A, beta_B, shown_BA, norm=norm, cmap=color_map, shading="nearest")
        mesh.set(edgecolor="face", linewidth=0.6)
        cells = mesh
        set_extent(axes, _edges(alpha_A), _edges(beta_B))
        ground = hatch(axes, known_AB)
    if ratio_AB.size > most_numbers:
        say(axes, ground)
        return cells
    for (i, j), known in np.ndenumerate(known_AB):
        text = f"{ratio_AB[i, j]:.2g}" if known else absent
        color = text_color(cells.to_rgba(ratio_AB[i, j])) if known else ink
        axes.text(
            float(alpha_A[i]), float(beta_B[j]), text, color=color, size=label_size, ha="center", va="center"
        )
    return cells


def _name_end(axes: Axes, at: np.ndarray, text: str, *, below: bool) -> None:
    """Write below or above a point, wherever the axes have room."""
    across, up = axes.transAxes.inverted().transform(axes.transData.transform(at))
    below = up > 0.12 if below else up > 0.88
    side = "left" if across < 0.25 else "right" if across > 0.75 else "center"
    axes.annotate(
        text, tuple(at), (0, -7 if below else 7), textcoords="offset points", size=label_size, color=bright, zorder=7,
        ha=side, va="top" if below else "bottom", annotation_clip=True,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": dark, "edgecolor": "none", "alpha": 0.75},
    )  # fmt: skip


def _write(axes: Axes, filled: QuadContourSet, places: Sequence[Place]) -> None:
    for place in places:
        ground = filled.to_rgba(np.array(place.level))
        axes.text(
            place.x, place.y, level_text(place.level), size=label_size, color=text_color(ground), zorder=3,
            ha="center", va="center", clip_on=True,
            bbox={"boxstyle": "round,pad=0.08,rounding_size=0.4", "facecolor": ground, "edgecolor": "none"},
        )  # fmt: skip


def _edges(points: np.ndarray) -> np.ndarray:
    """Return the outer edges of cells around evenly spaced points."""
    half = (points[1] - points[0]) / 2 if len(points) > 1 else 0.5
    return np.array([points[0] - half, points[-1] + half])
