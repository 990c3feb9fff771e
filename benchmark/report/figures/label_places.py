"""Where labels of contour lines go so that none collides with another, the border or the mark in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet

from benchmark.report.figures.levels import level_text

width_per_character, height_per_size = 0.66, 1.5  # of DejaVu Sans, in font sizes; with the space around it
most_candidates = 60  # points of one line that are tried
shortest_line = 2.2  # a line shorter than this many labels has none: it would vanish behind it


@dataclass(frozen=True, kw_only=True)
class Place:
    """The middle of a label, in coordinates of the data."""

    level: float
    x: float
    y: float


def label_places(
    lines: QuadContourSet,
    axes: Axes,
    *,
    size: float,
    center: tuple[float, float] | None = None,
    taken: Sequence[tuple[np.ndarray, tuple[float, float]]] = (),
) -> list[Place]:
    """Return at most one place a level, lowest level first, each as far as can be from those before it.

    The size of labels is estimated from their number of characters, since fonts of pages differ; the size of the axes
    is that of now, so that the call comes after the figure's panels are laid out.

    Args:
        lines: contour lines.
        axes: theirs.
        size: of the font, in points.
        center: where no label may be.
        taken: middles, in coordinates of the data, and sizes, in points, of boxes in which no label may be.
    """
    limits = np.array([axes.get_xlim(), axes.get_ylim()])
    ranges = limits[:, 1] - limits[:, 0]
    scale = float(np.min(_points_of(axes) / ranges))
    marks = [*taken] if center is None else [*taken, (np.asarray(center), (11.0, 11.0))]
    boxes = [((middle - limits[:, 0]) * scale, np.array(room)) for middle, room in marks]
    places: list[Place] = []
    for level, segments in zip(lines.levels, lines.allsegs, strict=True):
        box = np.array([width_per_character * len(level_text(level)) * size, height_per_size * size])
        lines_N2 = [(np.asarray(segment) - limits[:, 0]) * scale for segment in segments]
        candidates = [_thinned(line) for line in lines_N2 if _length(line) > shortest_line * box[0]]
        best = _best(np.concatenate(candidates or [np.empty((0, 2))]), box, boxes, ranges * scale)
        if best is not None:
            boxes.append((best, box))
            x, y = best / scale + limits[:, 0]
            places.append(Place(level=float(level), x=float(x), y=float(y)))
    return places


def _points_of(axes: Axes) -> np.ndarray:
    """Return width and height of the axes in points, 1/72 inch."""
    figure, box = axes.get_figure(root=True), axes.get_position()
    assert figure is not None
    points: np.ndarray = figure.get_size_inches() * 72 * np.array([box.width, box.height])
    return points


def _length(line_N2: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(line_N2, axis=0), axis=1).sum())


def _thinned(line_N2: np.ndarray) -> np.ndarray:
    return line_N2[:: max(1, len(line_N2) // most_candidates)]


def _best(
    candidates_N2: np.ndarray, box: np.ndarray, taken: list[tuple[np.ndarray, np.ndarray]], extent: np.ndarray
) -> np.ndarray | None:
    """Return the candidate with the widest gap to everything, in units of half a label; None if all collide."""
    gaps = [np.min(np.minimum(candidates_N2, extent - candidates_N2) - box / 2, axis=1) / 2 + 1]
    gaps += [np.max((np.abs(candidates_N2 - middle) - (box + other) / 2), axis=1) for middle, other in taken]
    room_N = np.min(gaps, axis=0)
    if not len(room_N) or room_N.max() < 1:
        return None
    best: np.ndarray = candidates_N2[int(np.argmax(room_N))]
    return best
