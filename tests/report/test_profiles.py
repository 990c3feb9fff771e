"""Bands over directions, and smoothed spectral densities."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.band import draw_band
from benchmark.report.figures.spectra import draw_density, smoothed
from benchmark.report.figures.theme import log_axis, series, theme, to_svg
from tests.mutants import Mutant, red_with

pytestmark = pytest.mark.filterwarnings("error")
alpha = np.linspace(-1, 1, 11)
color = series[0]


def named(axes: Axes, label: str) -> np.ndarray:
    (line,) = (line for line in axes.lines if line.get_label() == label)
    return np.asarray(line.get_ydata(), dtype=np.float64)


@red_with(Mutant(draw_band, "np.inf)", "0.0)"))
def test_the_thick_line_is_the_median_with_what_is_not_finite_on_top() -> None:
    curves = np.arange(1, 6)[:, None] + np.zeros(11)
    curves[0, 5:] = np.nan
    curves[1:4, 10] = np.inf
    axes = Figure().subplots()
    draw_band(axes, alpha, curves, color=color, label="train")
    assert np.array_equal(named(axes, "train"), [3] * 5 + [4] * 5 + [np.nan], equal_nan=True)


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    axes = Figure().subplots()
    draw_band(
        axes,
        alpha,
        np.array([1.0, 2.0, 4.0, 9.0])[:, None] + np.zeros(11),
        color=color,
        label="test",
        dashed=True,
    )
    assert set(named(axes, "test")) == {3.0}


def test_a_line_that_leaves_the_finite_ends_in_a_cross() -> None:
    curves = np.ones((3, 11))
    curves[1, 8:] = np.inf
    axes = Figure().subplots()
    draw_band(axes, alpha, curves, color=color, label="train")
    (crosses,) = (c for c in axes.collections if c.get_label() == "not finite beyond")
    assert np.allclose(np.asarray(crosses.get_offsets()), [[alpha[7], 1.0]])


def test_one_curve_has_no_band() -> None:
    axes = Figure().subplots()
    draw_band(axes, alpha, alpha**2, color=color, label="train")
    assert not axes.collections and len(axes.lines) == 1


def test_a_band_on_a_logarithmic_axis_is_drawn() -> None:
    with theme():
        figure = Figure()
        axes = figure.subplots()
        draw_band(axes, alpha, np.exp(np.random.default_rng(0).normal(size=(10, 11))), color=color, label="x")
        log_axis(axes, "y")
        assert "<svg" in to_svg(figure, name="band", title="Band")


@red_with(Mutant(smoothed, "-0.5 * away**2", "-away**2"), Mutant(smoothed, "(width * np", "(np"))
def test_a_smoothed_density_keeps_mass_mean_and_variance() -> None:
    nodes, weights, width = np.array([[0.0, 3.0]]), np.array([[0.75, 0.25]]), 0.2
    at = np.linspace(-3, 6, 4001)
    (density,) = smoothed(nodes, weights, at, width=width)
    step = at[1] - at[0]
    mean = float(np.sum(density * at) * step)
    assert float(np.sum(density) * step) == pytest.approx(1, abs=1e-9)
    assert mean == pytest.approx(0.75, abs=1e-9)
    variance = float(np.sum(density * (at - mean) ** 2) * step)
    assert variance == pytest.approx(0.75 * 0.25 * 9 + width**2, abs=1e-8)


def test_a_density_reaches_below_the_weight_of_a_single_eigenvalue() -> None:
    nodes, weights = np.array([[-0.1, 0.0, 8.0]] * 2), np.array([[0.01, 0.98999, 1e-5]] * 2)
    with theme():
        figure = Figure()
        axes = figure.subplots()
        draw_density(axes, nodes, weights, color=color, label="width 8")
        draw_density(axes, nodes / 2, weights, color=series[1], label="width 64")
        assert "nan" not in to_svg(figure, name="density", title="Density")
    at_top = named(axes, "width 8")[-17:].max()
    assert axes.get_yscale() == "log" and 0 < axes.get_ylim()[0] < at_top
    ticks = [tick.get_text() for tick in axes.get_yticklabels()]
    assert all("$" not in text for text in ticks) and len(ticks) >= 3
    assert sum(np.array_equal(line.get_xdata(), [0, 0]) for line in axes.lines) == 1  # one line at zero


def test_a_density_without_a_finite_probe_is_not_drawn() -> None:
    axes = Figure().subplots()
    draw_density(axes, np.full((2, 3), np.nan), np.ones((2, 3)) / 3, color=color, label="none")
    assert not axes.lines


def test_the_points_of_a_density_resolve_its_peaks() -> None:
    axes = Figure().subplots()
    draw_density(axes, np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]), color=color, label="x", width=1e-3)
    (line,) = (line for line in axes.lines if line.get_label() == "x")
    x = np.asarray(line.get_xdata(), dtype=np.float64)
    assert max(b - a for a, b in pairwise(x)) < 1e-3
