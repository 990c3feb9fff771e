"""Numbers read from a grid, by closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmark.landscape import grid
from benchmark.landscape.grid import Array
from tests.mutants import Mutant, red_with

alpha, beta = np.linspace(-1, 1, 21), np.linspace(-2, 2, 31)


def on_grid(aa: float, ab: float, bb: float, *, constant: float = 0.0) -> Array:
    """Return the quadratic (aa a^2 + 2 ab a b + bb b^2) / 2 + constant, with [i, j] at (alpha_i, beta_j)."""
    a, b = alpha[:, None], beta[None, :]
    values: Array = (aa * a**2 + 2 * ab * a * b + bb * b**2) / 2 + constant
    return values


@red_with(
    Mutant(grid.curvatures, "(4 * step_a * step_b)", "(step_a * step_b)"),
    Mutant(grid.curvatures, "step_b**2", "step_a**2"),
    Mutant(grid.curvatures, "f[2:, 1:-1] - 2 * centre", "f[2:, 1:-1] - centre"),
)
def test_curvatures_of_a_quadratic_are_exact_at_every_interior_point() -> None:
    smaller, larger = grid.curvatures(alpha, beta, on_grid(3.0, 1.0, 0.5))
    low, high = np.linalg.eigvalsh([[3.0, 1.0], [1.0, 0.5]])
    assert smaller.shape == (19, 29)
    np.testing.assert_allclose(smaller, low, rtol=0, atol=1e-11)
    np.testing.assert_allclose(larger, high, rtol=0, atol=1e-11)


@red_with(
    Mutant(grid._negative, "-relative_curvature * scale", "relative_curvature * scale * 1e6"),
    Mutant(grid._negative, "smaller <", "larger <"),
)
def test_no_point_of_a_convex_quadratic_curves_down_and_every_point_of_a_saddle_does() -> None:
    assert grid.negative_fraction(alpha, beta, on_grid(3.0, 1.0, 0.5)) == 0
    assert grid.negative_fraction(alpha, beta, on_grid(3.0, 0.0, -0.5)) == 1


@red_with(Mutant(grid._negative, "-relative_curvature * scale", "0"))
def test_rounding_of_a_flat_valley_is_no_negative_curvature() -> None:
    noise = 1e-9 * np.random.default_rng(0).standard_normal((21, 31))
    assert grid.negative_fraction(alpha, beta, on_grid(3.0, 0.0, 0.0) + noise) == 0


def test_a_part_of_a_surface_that_curves_down_is_counted_by_its_points() -> None:
    surface = np.broadcast_to(np.cos(np.pi * alpha)[:, None], (21, 31))  # down where |alpha| < 1/2
    inner = np.abs(alpha[1:-1]) < 0.5 - 1e-9
    assert grid.negative_fraction(alpha, beta, surface) == pytest.approx(inner.mean())


@red_with(
    Mutant(grid.convex_up_to, "f[1:-1, 1:-1]", "f[:-2, :-2]"),
    Mutant(grid.convex_up_to, "(one + other) / 2", "(one + other)"),
)
def test_a_bowl_is_convex_up_to_the_loss_at_which_its_wall_bends_over() -> None:
    wide = np.linspace(-3, 3, 121)
    well = 1 - np.exp(-(wide**2) / 2)  # curves down beyond |alpha| = 1
    surface = np.broadcast_to(well[:, None], (121, 31))
    first = np.min(well[np.abs(wide) > 1 + 1e-9])
    assert grid.convex_up_to(surface) == pytest.approx(first)
    assert first == pytest.approx(1 - math.exp(-0.5), abs=0.04)


@red_with(Mutant(grid.convex_up_to, "(f[2:, :-2], f[:-2, 2:])", "(f[2:, 2:], f[:-2, :-2])"))
def test_fast_growth_across_the_grid_does_not_refute_convexity() -> None:
    a, b = alpha[:, None], beta[None, :]
    steep = np.maximum(0, a + b) ** 8 + 1e-3  # convex; central differences give it negative eigenvalues
    assert grid.negative_fraction(alpha, beta, steep) > 0
    assert grid.convex_up_to(steep) == steep[1:-1, 1:-1].max()
    saddle = on_grid(
        1.0, 1.5, 1.0, constant=50.0
    )  # it curves down along one diagonal, and along neither axis
    assert grid.convex_up_to(saddle) == saddle[1:-1, 1:-1].min()


def test_a_convex_surface_is_so_up_to_its_largest_interior_loss() -> None:
    surface = on_grid(3.0, 1.0, 0.5)
    assert grid.convex_up_to(surface) == surface[1:-1, 1:-1].max()


@red_with(
    Mutant(grid.contour_area, "_step(alpha_A) * _step(beta_B)", "_step(alpha_A) ** 2"),
    Mutant(grid.contour_area, "np.sum(shares) / 4", "np.sum(shares)"),
    Mutant(grid._share_below, "(high - middle) * (high - low)", "(high - low) ** 2"),
)
def test_the_area_of_a_disc_is_found_to_the_second_order_of_the_step() -> None:
    errors = []
    for n in (41, 81, 161):
        a, b = np.linspace(-1, 1, n), np.linspace(-1.5, 1.5, n)
        area = grid.contour_area(a, b, a[:, None] ** 2 + b[None, :] ** 2, level=0.64)
        errors.append(abs(area - math.pi * 0.64))
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.2)


@red_with(
    Mutant(grid._share_below, "level >= high", "level > 2 * high"),
    Mutant(grid._share_below, "level < middle", "level < high"),
)
def test_the_area_below_a_plane_is_exact() -> None:
    plane = 0.3 * alpha[:, None] + np.zeros(31)
    assert grid.contour_area(alpha, beta, plane, level=0.05) == pytest.approx(4 * (1 + 1 / 6), rel=1e-12)
    tilted = alpha[:, None] + beta[None, :] / 2
    assert grid.contour_area(alpha, beta, tilted, level=0.0) == pytest.approx(4, rel=1e-12)
    assert grid.contour_area(alpha, beta, tilted, level=-1.0) == pytest.approx(1, rel=1e-12)
    assert grid.contour_area(alpha, beta, np.zeros((21, 31)), level=0.0) == pytest.approx(8)
    assert grid.contour_area(alpha, beta, np.ones((21, 31)), level=0.0) == 0


def test_an_area_that_reaches_the_border_is_told() -> None:
    assert not grid.reaches_border(on_grid(1.0, 0.0, 1.0), level=0.49)
    assert grid.reaches_border(on_grid(1.0, 0.0, 1.0), level=0.51)


def with_holes(surface: Array) -> Array:
    holed = surface.copy()
    holed[0, 0], holed[0, 1], holed[20, 30] = np.inf, np.nan, -np.inf
    return holed


@red_with(
    Mutant(grid.log10_max, "loss_AB[np.isfinite(loss_AB)]", "loss_AB.ravel()"),
    Mutant(grid.share_not_finite, "~np.isfinite(loss_AB)", "np.isnan(loss_AB)"),
    Mutant(grid.contour_area, "corners[:, np.isfinite(corners).all(axis=0)]", "corners.reshape(4, -1)"),
)
def test_values_that_are_not_finite_are_told_and_spoil_nothing_else() -> None:
    whole = on_grid(2.0, 0.0, 3.0, constant=1.0)
    holed = with_holes(whole)
    assert grid.share_not_finite(holed) == pytest.approx(3 / (21 * 31))
    assert grid.share_not_finite(whole) == 0
    assert grid.log10_max(holed) == pytest.approx(math.log10(8))  # the other two corners
    assert grid.negative_fraction(alpha, beta, holed) == 0
    assert grid.contour_area(alpha, beta, holed, level=2.0) == grid.contour_area(
        alpha, beta, whole, level=2.0
    )
    smaller, _ = grid.curvatures(alpha, beta, holed)
    assert np.isnan(smaller).sum() == 3  # (1, 1), (1, 2) and the one beside the last corner


@red_with(
    Mutant(
        grid.log10_median, "np.where(np.isfinite(loss_AB), loss_AB, np.inf)", "loss_AB[np.isfinite(loss_AB)]"
    )
)
def test_the_median_counts_what_is_not_finite_as_large() -> None:
    assert grid.log10_median(np.array([[1.0, 10.0, 100.0]])) == pytest.approx(1)
    assert grid.log10_median(np.array([[1.0, 10.0, 100.0, np.nan, np.inf]])) == pytest.approx(2)
    assert grid.log10_median(np.array([[1.0, np.nan, np.inf]])) == math.inf


def test_a_surface_without_any_finite_value_has_no_numbers() -> None:
    nothing = np.full((21, 31), np.nan)
    numbers = [grid.log10_max(nothing), grid.negative_fraction(alpha, beta, nothing)]
    assert all(map(math.isnan, [*numbers, grid.convex_up_to(nothing)]))
    assert grid.contour_area(alpha, beta, nothing, level=1.0) == 0
    assert grid.log10_max(np.zeros((3, 3))) == -math.inf


@red_with(
    Mutant(grid.flat_radius, "float(loss_A[centre]) + increase", "increase"),
    Mutant(grid.flat_radius, "min(_first", "max(_first"),
    Mutant(grid._first_rise, "share * (distances", "(distances"),
)
def test_the_flat_radius_is_the_nearer_crossing_interpolated() -> None:
    steep, gentle = 2.0, 0.8
    profile = 0.7 + np.where(alpha < 0, -steep * alpha, gentle * alpha)
    assert grid.flat_radius(alpha, profile, increase=0.5) == pytest.approx(0.25)
    assert grid.flat_radius(alpha, profile[::-1], increase=0.5) == pytest.approx(0.25)
    assert grid.flat_radius(alpha, profile, increase=3.0) == math.inf


@red_with(Mutant(grid._first_rise, "~(losses < target)", "losses >= target"))
def test_a_profile_that_is_not_finite_has_risen() -> None:
    for hole in (np.nan, np.inf):
        profile = np.where(alpha > 0.55, hole, 0.0)
        assert grid.flat_radius(alpha, profile, increase=0.5) == pytest.approx(0.6)
