"""Surfaces from above: levels, labels, what is not finite, paths and maps."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from benchmark.report.figures import levels
from benchmark.report.figures.color_bar import draw_color_bar
from benchmark.report.figures.contours import draw_contours, draw_path, draw_ratio_map
from benchmark.report.figures.label_places import label_places
from benchmark.report.figures.levels import level_text, shared_log_levels
from benchmark.report.figures.plane import bright, dark, text_color
from benchmark.report.figures.theme import theme, to_svg, wide
from tests.mutants import Mutant, red_with

line = np.linspace(-1, 1, 25)
bowl = 0.05 * np.exp(4 * (line[:, None] ** 2 + 0.5 * line[None, :] ** 2))
pytestmark = pytest.mark.filterwarnings("error")


def two_panels() -> tuple[Figure, Axes, Axes]:
    figure = Figure(figsize=(wide, 3.6))
    return figure, *figure.subplots(1, 2)


def rough(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    waves = sum(
        np.sin(a * line[:, None] + b * line[None, :] + c)
        for a, b, c in zip(*rng.uniform(-9, 9, (3, 15)), strict=True)
    )
    return bowl * np.exp(0.5 * np.asarray(waves))


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.01, 10),
        (0.5, 0.52),
        (1, 1),
        (3e-5, 3e-5),
        (1e-3, 1e12),
        (1e-190, 1e190),
        (0.05, 0.9),
        (2, 2.5),
        (5e-9, 3),
    ],
)
def test_levels_are_few_and_hold_every_loss(low: float, high: float) -> None:
    found = shared_log_levels([[low], [high]])
    assert found[0] <= low or low < levels.lowest_share * high
    assert found[-1] >= high
    assert 2 <= len(found) <= levels.most_levels and (np.diff(found) > 0).all() and np.isfinite(found).all()


@red_with(Mutant(shared_log_levels, "min(high, highest)", "high"))
def test_levels_end_where_they_are_told_to() -> None:
    assert shared_log_levels([[0.1, 1e9]], highest=100)[-1] == 100
    assert shared_log_levels([[0.1, 30]], highest=1e6)[-1] == 50


def test_levels_are_round_numbers() -> None:
    assert list(shared_log_levels([[0.06, 30.0]])) == [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    assert list(shared_log_levels([[1e-3, 5e3]])) == [1e-3, 0.01, 0.1, 1, 10, 100, 1e3, 1e4]
    assert list(shared_log_levels([[0.01, 1e12]])) == [0.01, 1, 100, 1e4, 1e6, 1e8, 1e10, 1e12]
    assert list(shared_log_levels([[0.5, 0.52]])) == pytest.approx([0.5, 0.505, 0.51, 0.515, 0.52])


def test_losses_without_a_logarithm_have_no_say_in_the_levels() -> None:
    plain = shared_log_levels([[0.2, 7.0]])
    assert np.array_equal(shared_log_levels([[0.2, 0.0, -3.0, math.nan], [7.0, math.inf]]), plain)
    assert len(shared_log_levels([[math.nan, -1.0]])) >= 2 and len(shared_log_levels([])) >= 2


@pytest.mark.parametrize(
    ("level", "text"),
    [(0.05, "0.05"), (20, "20"), (5e-4, "5e-4"), (1e5, "1e5"), (1.5e-7, "1.50e-7"), (0.502, "0.502")],
)
def test_levels_read_plainly(level: float, text: str) -> None:
    assert level_text(level) == text


@red_with(Mutant(label_places, "boxes.append((best, box))", "pass"))
def test_labels_collide_neither_with_each_other_nor_with_the_border() -> None:
    for seed in range(4):
        with theme():
            figure, *panels = two_panels()
            for axes, surface in zip(panels, (bowl, rough(seed)), strict=True):
                draw_contours(axes, line, line, surface, levels=shared_log_levels([bowl, rough(seed)]))
            figure.draw_without_rendering()
        for axes in panels:
            boxes, inside = [text.get_window_extent() for text in axes.texts], axes.get_window_extent()
            assert len(boxes) >= 4
            assert not any(Bbox.intersection(a, b) for a, b in itertools.combinations(boxes, 2))
            assert all(inside.x0 <= box.x0 and box.x1 <= inside.x1 for box in boxes)
            assert all(inside.y0 <= box.y0 and box.y1 <= inside.y1 for box in boxes)


def test_labels_stand_on_their_level() -> None:
    with theme():
        _, axes, _ = two_panels()
        draw_contours(axes, line, line, bowl)
    for text in axes.texts:
        x, y = text.get_position()
        true = 0.05 * math.exp(4 * (x**2 + 0.5 * y**2))
        assert float(text.get_text()) == pytest.approx(true, rel=0.1)  # linear within a cell of the grid


@red_with(Mutant(draw_contours, "mask=~known_AB).T", "mask=~known_AB)"))
def test_the_first_direction_goes_to_the_right() -> None:
    with theme():
        _, axes, _ = two_panels()
        draw_contours(
            axes, line, line, np.broadcast_to(np.exp(line)[:, None], (25, 25)), levels=[0.5, 1.0, 2.0]
        )
    xs = {round(text.get_position()[0], 2) for text in axes.texts}
    assert xs <= {round(math.log(level), 2) for level in (0.5, 1.0, 2.0)} and xs


def test_a_surface_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"25 x 24 coordinates has the shape \(25, 25\); index it as"):
        draw_contours(Figure().subplots(), line, line[1:], bowl)


def hatching(axes: Axes) -> list[Any]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_hatch()]


def test_what_is_not_finite_is_hatched_and_said() -> None:
    broken = bowl.copy()
    broken[:5, :5], broken[20, 20] = np.nan, np.inf
    with theme():
        figure, left, right = two_panels()
        draw_contours(left, line, line, broken)
        draw_contours(right, line, line, bowl)
        legend = left.get_legend()
        svg = to_svg(figure, name="broken", title="Broken")
    assert len(hatching(left)) == 1 and not hatching(right) and right.get_legend() is None
    assert legend is not None and [text.get_text() for text in legend.get_texts()] == ["not finite (4.2 %)"]
    assert "not finite" in svg and "nan" not in svg and re.search(r"fill: url\(#broken-\d+\)", svg)


@pytest.mark.parametrize("values", [np.nan, 0.0, -1.0, 3.0, 1e300])
def test_a_surface_without_any_contour_is_drawn(values: float) -> None:
    with theme():
        figure, axes, _ = two_panels()
        filled = draw_contours(axes, line, line, np.full((25, 25), values))
        draw_color_bar(filled, axes, label="loss")
        assert "<svg" in to_svg(figure, name="flat", title="Flat")


def test_panels_on_the_same_levels_share_their_colours() -> None:
    with theme():
        _, left, right = two_panels()
        shared = shared_log_levels([bowl, 10 * bowl])
        first, second = (
            draw_contours(axes, line, line, surface, levels=shared)
            for axes, surface in ((left, bowl), (right, 10 * bowl))
        )
    at = np.geomspace(0.06, 9, 7)
    assert np.array_equal(first.to_rgba(at), second.to_rgba(at))
    assert left.get_aspect() == right.get_aspect() == 1.0


@pytest.mark.parametrize(("highest", "pointed"), [(math.inf, (0, 0)), (1.0, (0, 0.04))])
def test_the_color_bar_is_pointed_where_a_surface_goes_beyond(
    highest: float, pointed: tuple[float, float]
) -> None:
    with theme():
        figure, left, right = two_panels()
        shared = shared_log_levels([bowl], highest=highest)
        for axes, surface in ((left, bowl), (right, np.minimum(bowl, 0.9))):
            filled = draw_contours(axes, line, line, surface, levels=shared)
        bar = draw_color_bar(filled, [left, right], label="loss (nats)")
        figure.draw_without_rendering()
    lengths: Any = bar.extendfrac
    assert tuple(lengths) == pointed
    texts = [text.get_text() for text in bar.ax.get_yticklabels()]
    assert texts[0] == level_text(shared[0]) and len(texts) <= 9
    bar_box, panel = bar.ax.get_window_extent(), right.get_window_extent()
    assert panel.height * (1 - 2 * sum(pointed)) <= bar_box.height * 1.001 <= panel.height * 1.002


def test_a_path_names_its_first_and_last_step() -> None:
    path = np.array([[-0.9, 0.95], [-0.2, 0.1], [np.nan, 0.0], [0.0, 0.3]])
    with theme():
        _, axes, _ = two_panels()
        draw_contours(axes, line, line, bowl, labels=False, center=None)
        draw_path(axes, path, np.array([0, 10, 20, 30]))
        draw_path(axes, np.empty((0, 2)), np.empty(0))
    sides = {
        text.get_text(): (text.get_verticalalignment(), text.get_horizontalalignment()) for text in axes.texts
    }
    assert sides == {
        "step 0": ("top", "left"),
        "step 30": ("bottom", "center"),
    }  # inside the axes, off the path


def test_a_small_map_can_show_its_points_and_claim_nothing_between_them() -> None:
    ratio = np.array([[0.1, 0.2], [math.nan, 0.4]])
    with theme():
        axes = Figure().subplots()
        points = draw_ratio_map(axes, [0, 1], [0, 1], ratio, points=True)
    assert sorted(np.asarray(points.get_array())) == [0.1, 0.2, 0.4]
    assert not [one for one in axes.collections if isinstance(one, QuadMesh)]
    assert {text.get_text() for text in axes.texts} >= {"0.1", "0.2", "0.4"}


@red_with(Mutant(label_places, "marks = [*taken]", "marks = []"))
def test_no_label_stands_where_a_box_is_taken() -> None:
    line = np.linspace(-1, 1, 41)
    bowl = 0.1 + line[:, None] ** 2 + line[None, :] ** 2
    with theme():
        axes = Figure(figsize=(3, 3)).subplots()
        lines = axes.contour(line, line, bowl.T, levels=[0.5])
        (free,) = label_places(lines, axes, size=8)
        middle = np.array([free.x, free.y])
        (moved,) = label_places(lines, axes, size=8, taken=[(middle, (46.0, 30.0))])
    assert np.hypot(moved.x - free.x, moved.y - free.y) > 0.2


def test_a_small_map_of_ratios_shows_its_numbers() -> None:
    ratio = np.array([[0.0, 0.25], [np.nan, 1.0]])
    with theme():
        _, axes, _ = two_panels()
        cells = draw_ratio_map(axes, [0, 1], [0, 1], ratio)
    shown = {text.get_position(): text.get_text() for text in axes.texts}
    assert shown == {(0, 0): "0", (0, 1): "0.25", (1, 0): "not\nfinite", (1, 1): "1"}
    assert len(hatching(axes)) == 1 and cells.norm.vmin == 0.0 and cells.norm.vmax == 1.0


def test_a_large_map_of_ratios_says_what_is_hatched() -> None:
    ratio = np.full((25, 25), 0.1)
    ratio[3, 4] = np.inf
    with theme():
        _, axes, _ = two_panels()
        draw_ratio_map(axes, line, line, ratio)
    legend = axes.get_legend()
    assert not axes.texts and legend is not None and legend.get_texts()[0].get_text() == "not finite (0.16 %)"


def test_text_on_colours_is_dark_on_bright_and_bright_on_dark() -> None:
    assert text_color((1.0, 1.0, 0.9, 1.0)) == dark
    assert text_color((0.2, 0.0, 0.3, 1.0)) == bright
