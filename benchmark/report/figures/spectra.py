"""Spectral densities: nodes and weights of stochastic Lanczos quadrature, smoothed and drawn on a logarithmic axis."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike

from benchmark.report.figures.levels import level_text
from benchmark.report.figures.seeds import faint
from benchmark.report.figures.theme import muted

relative_width = 0.01  # of the smoothing Gaussian, in ranges of the spectrum
points_per_width, few_and_many = 4, (400, 4000)
nothing = 1e-30  # a density that no axis shows, with a logarithm
depths = (1e-9, 1e-4)  # the bottom of the axis as a share of the peak, at least and at most


def smoothed(
    nodes: ArrayLike, weights: ArrayLike, at: ArrayLike, *, width: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the density of every probe at the points `at`: sum_i w_i N(t; node_i, width^2), (n_probes, T).

    Each row integrates to the sum of its weights, which is 1 for Lanczos quadrature. After Ghorbani et al. 2019 and
    Yao et al. 2020 (PyHessian).
    """
    nodes_M1, weights_M1 = (np.atleast_2d(np.asarray(v, np.float64))[..., None] for v in (nodes, weights))
    away = (np.asarray(at, dtype=np.float64) - nodes_M1) / width
    density: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.sum(
        weights_M1 * np.exp(-0.5 * away**2) / (width * np.sqrt(2 * np.pi)), axis=1
    )
    return density


def draw_density(
    axes: Axes, nodes: ArrayLike, weights: ArrayLike, *, color: str, label: str, width: float | None = None
) -> None:
    """Draw a spectral density: the mean over probes, the band from the smallest to the largest, and a line at zero.

    Args:
        axes: where; its y axis becomes logarithmic.
        nodes: of the quadrature (n_probes, m), eigenvalues.
        weights: of the quadrature (n_probes, m); each row sums to 1.
        color: of all parts.
        label: of the mean line, in a legend.
        width: standard deviation of the smoothing Gaussian, in units of eigenvalues; give the same one to spectra
            that are compared. A hundredth of the range of the nodes if None.
    """
    nodes_PM, weights_PM = (np.atleast_2d(np.asarray(v, np.float64)) for v in (nodes, weights))
    known = np.isfinite(nodes_PM).all(axis=1) & np.isfinite(weights_PM).all(axis=1)
    nodes_PM, weights_PM = nodes_PM[known], weights_PM[known]
    if not nodes_PM.size:
        return
    low, high = float(nodes_PM.min()), float(nodes_PM.max())
    width = width or relative_width * max(high - low, 1e-12, 1e-6 * abs(high))
    n_points = int(np.clip(points_per_width * (high - low) / width, *few_and_many))
    at_T = np.linspace(low - 4 * width, high + 4 * width, n_points)
    density_PT = smoothed(nodes_PM, weights_PM, at_T, width=width)
    mean_T = density_PT.mean(axis=0)
    floor = _depth(weights_PM, nodes_PM) * float(mean_T.max())
    if len(density_PT) > 1:
        axes.fill_between(at_T, *_ends(density_PT), color=color, alpha=faint, linewidth=0)
    axes.plot(at_T, np.maximum(mean_T, nothing), color=color, linewidth=1.4, label=label, zorder=3)
    _deepen(axes, floor)


def _depth(weights_PM: np.ndarray, nodes_PM: np.ndarray) -> float:
    """Return the share of the peak below which the axis ends: a tenth of what a single extreme eigenvalue weighs."""
    ends = (nodes_PM.argmin(axis=1), nodes_PM.argmax(axis=1))
    lightest = min(float(np.median(np.take_along_axis(weights_PM, end[:, None], axis=1))) for end in ends)
    return float(np.clip(0.1 * lightest, *depths))


def _ends(density_PT: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest over probes."""
    return np.maximum(density_PT.min(axis=0), nothing), np.maximum(density_PT.max(axis=0), nothing)


def _deepen(axes: Axes, floor: float) -> None:
    """Make the axis logarithmic and let it reach down to the smallest floor of all densities on it."""
    is_first = axes.get_yscale() != "log"
    if is_first:
        axes.axvline(0, color=muted, linewidth=0.8, zorder=0)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=7))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: level_text(value)))
        axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(bottom=floor if is_first else min(floor, axes.get_ylim()[0]))
