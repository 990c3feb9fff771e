"""Each kind of figure on a few records whose numbers are known: what it draws, in which place, and under which name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.bands import Band, Bands
from benchmark.report.figures.kinds.heat import Heat
from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.parts import Part, each
from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
from benchmark.report.figures.kinds.scatter import Dots, Scatter, _pairs
from benchmark.report.figures.kinds.select import all_rows_of, rows_of
from benchmark.report.figures.kinds.spectral_densities import Spectra
from benchmark.report.figures.kinds.strips import Strip, Strips
from benchmark.report.figures.kinds.values import percent
from benchmark.report.figures.seeds import draw_seeds
from benchmark.report.figures.theme import theme
from benchmark.report.figures.titles import _pieces, entitle, wrapped
from benchmark.stats.number import Number
from tests.mutants import Mutant, red_with
from tests.report.few_records import against, drawn, error, put, row, said, trace, widths


@pytest.fixture(autouse=True)
def _themed() -> Iterator[None]:
    with theme():
        yield


def shown_axes(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def title(axes: Axes) -> str:
    return axes.get_title(loc="left")


def means(axes: Axes) -> dict[str, Any]:
    """By name in the legend, the points of the line through the means."""
    bars = [bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)]
    return {str(bar.get_label()): np.asarray(bar.lines[0].get_xydata()).tolist() for bar in bars}


def legend_texts(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


@red_with(
    Mutant(draw_seeds, "geometric_mean_interval if", "mean_interval if"),
    Mutant(Against._drawn, 'part["value"].to_numpy()', 'part["value"].to_numpy()[::-1]'),
)
def test_against_a_factor_stand_the_geometric_means_of_every_line() -> None:
    figure = drawn(against(), widths())
    (axes,) = shown_axes(figure)
    assert set(means(axes)) == {"a", "b"}
    np.testing.assert_allclose(means(axes)["a"], [[1, 4], [2, 8], [4, 16]])  # sqrt(2 * 8) = 4
    np.testing.assert_allclose(means(axes)["b"], [[1, 40], [2, 80], [4, 160]])
    assert (title(axes), axes.get_xlabel(), axes.get_ylabel()) == (
        "The trace",
        "hidden units",
        "trace (nats)",
    )
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert legend_texts(figure) == ["a", "b"]


def test_against_a_factor_on_a_linear_axis_stand_means_of_what_is_shown() -> None:
    panel = Panel(number=trace, label="%", shown=percent)
    (axes,) = shown_axes(drawn(against(panels=(panel,), log_x=False), widths()))
    np.testing.assert_allclose(means(axes)["a"], [[0, 500], [1, 1000], [2, 2000]])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "2", "4"]


def test_a_factor_with_one_level_has_no_figure() -> None:
    assert drawn(against(), [one for one in widths() if one["width"] == 2]) is None


@red_with(
    Mutant(all_rows_of, ".assign(label=number.measure)", ""),
    Mutant(rows_of, '.transform("min")', '.transform("max")'),
)
def test_networks_whose_measure_has_options_stand_beside_those_whose_measure_has_none() -> None:
    other = "trace[n_probes=9]"
    rows = [one | {"label": other} if one["width"] == 4 else one for one in widths()]
    twice = [one | {"label": other, "value": 999.0} for one in widths() if one["width"] == 1]
    (axes,) = shown_axes(drawn(against(), [*rows, *twice]))
    np.testing.assert_allclose(
        means(axes)["a"], [[1, 4], [2, 8], [4, 16]]
    )  # at 1 that with the fewest options
    np.testing.assert_allclose(means(axes)["b"], [[1, 40], [2, 80], [4, 160]])


def test_the_ends_of_a_number_are_those_of_all_networks_with_options_and_without() -> None:
    widest = Number(measure="trace", where={"width": "max"})
    rows = [row("a", 1.0, width=1, lr=1), row("b", 5.0, width=2, lr=1, label="trace[n_probes=9]")]
    assert rows_of(widest, pd.DataFrame(rows))["value"].tolist() == [5.0]


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_networks_without_a_level_are_a_line_of_their_own(nothing: Any) -> None:
    rows = [one | {"skip": True if one["arm"] == "a" else nothing} for one in widths()]
    (axes,) = shown_axes(drawn(against(lines=(each("skip"),)), rows))
    np.testing.assert_allclose([points[0] for points in means(axes).values()], [[1, 4], [1, 40]])


def test_curves_are_the_means_of_seeds_at_every_step() -> None:
    rows = [
        row(f"{arm}{seed}", times * (step + seed), measure="history", quantity="loss", seed=seed, arm=arm,
            index={"step": step})
        for arm, times in (("a", 1), ("b", 10)) for step in (0, 5, 10) for seed in (1, 3)
    ]  # fmt: skip
    curve = Curve(number=Number(measure="history", quantity="loss"), label="loss (nats)")
    figure = drawn(Curves(**said, x="step", x_label="step", rows=each("arm"), panels=(curve,)), rows)
    first, second = shown_axes(figure)
    assert [title(axes) for axes in (first, second)] == ["A", "B"]
    assert np.asarray(first.lines[-1].get_xydata()).tolist() == [[0, 2], [5, 7], [10, 12]]
    assert np.asarray(second.lines[-1].get_xydata()).tolist() == [[0, 20], [5, 70], [10, 120]]
    assert np.asarray(first.lines[0].get_ydata()).tolist() == [1, 6, 11]  # the first seed, thin
    assert (first.get_ylabel(), second.get_ylabel(), first.get_xlabel()) == (
        "loss (nats)",
        "loss (nats)",
        "step",
    )


def pairs() -> list[dict[str, Any]]:
    """Traces 1, 2, 4 and errors 0.1, 0.2, 0.4 of three networks; a fourth has no error."""
    rows = [row(f"n{value}", value, arm="a" if value < 4 else "b") for value in (1.0, 2.0, 4.0, 8.0)]
    return rows + [
        row(
            f"n{value}",
            value / 10,
            measure="performance",
            quantity="test_error",
            arm="a" if value < 4 else "b",
        )
        for value in (1.0, 2.0, 4.0)
    ]


@red_with(
    Mutant(_pairs, "joined(y, x)", "joined(x, y)"),
    Mutant(_pairs, "panel.y_shown(both", "panel.x_shown(both"),
)
def test_a_dot_stands_at_both_numbers_of_a_network() -> None:
    dots = Dots(x=trace, x_label="trace", y=error, y_label="test error (%)", y_shown=percent)
    figure = drawn(Scatter(**said, panels=(dots,), lines=each("arm")), pairs())
    (axes,) = shown_axes(figure)
    places = {str(found.get_label()): np.asarray(found.get_offsets()) for found in axes.collections}
    np.testing.assert_allclose(places["a"], [[1, 10], [2, 20]])
    np.testing.assert_allclose(places["b"], [[4, 40]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trace", "test error (%)")


def test_a_band_has_the_median_of_the_curves_of_all_networks(tmp_path: Path) -> None:
    rows = [row(f"n{seed}", 0.0, measure="barrier", seed=seed, width=8) for seed in (0, 1, 2)]
    rows += [row("wide", 0.0, measure="barrier", width=16)]  # without arrays, so without a panel
    for seed, height in enumerate((0.1, 0.2, 0.9)):
        put(tmp_path, f"n{seed}", "barrier", alpha=[0, 0.5, 1], test_error=[0, height, 0])
    panel = Band(array="test_error", label="test error (%)", shown=percent)
    bands = Bands(
        **said, measure=Number(measure="barrier"), x="alpha", x_label="alpha",
        rows=each("width", words={"width": "width {:g}"}), panels=(panel,),
    )  # fmt: skip
    (axes,) = shown_axes(drawn(bands, rows, tmp_path))
    np.testing.assert_allclose(np.asarray(axes.lines[-1].get_xydata()), [[0.0, 0.0], [0.5, 20.0], [1.0, 0.0]])
    assert (title(axes), axes.get_xlabel(), axes.get_ylabel()) == ("Width 8", "alpha", "test error (%)")
    assert drawn(bands, rows, tmp_path / "none") is None


def test_strips_have_a_dot_for_every_seed_in_the_place_of_its_network() -> None:
    strips = Strips(
        **said, label="%", shown=percent, by=each("width"), strips=(Strip(number=trace, label="of the path"),)
    )
    rows = [row(f"{width}{seed}", width / 10, seed=seed, width=width) for width in (1, 2) for seed in (0, 1)]
    figure = drawn(strips, rows)
    (axes,) = shown_axes(figure)
    assert [np.asarray(line.get_ydata()).tolist() for line in axes.lines] == [[10, 10], [20, 20]]
    assert [round(float(np.asarray(line.get_xdata()).mean())) for line in axes.lines] == [0, 1]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "2"]
    assert legend_texts(figure) == ["of the path"]


def test_a_heat_map_has_the_mean_over_seeds_of_every_cell() -> None:
    rows = [
        row(f"{width}{lr}{seed}", 10 * width + lr + seed, seed=seed, width=width, lr=lr)
        for width in (1, 2) for lr in (3, 4, 5) for seed in (0, 2)
    ]  # fmt: skip
    heat = Heat(**said, number=trace, x="width", y="lr", label="trace (nats)", labels={"lr": "learning rate"})
    axes = drawn(heat, rows).axes[0]
    np.testing.assert_allclose(
        axes.collections[0].get_array(), [[14.0, 24.0], [15.0, 25.0], [16.0, 26.0]]
    )  # rows upwards: lr
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "learning rate")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["3", "4", "5"]


def test_planes_show_the_surface_of_each_network_with_the_loss_in_its_middle(tmp_path: Path) -> None:
    rows = [row(f"n{width}", 0.0, measure="loss_surface", width=width) for width in (1, 2)]
    axis, loss = [-1.0, 0.0, 1.0], np.array([[3.0, 2.0, 3.0], [2.0, 0.5, 2.0], [3.0, 2.0, 4.0]])
    for width in (1, 2):
        put(tmp_path, f"n{width}", "loss_surface", alpha=axis, beta=axis, train_loss=width * loss[None])
    planes = Planes(
        **said, measure=Number(measure="loss_surface"), panels=each("width", words={"width": "width {}"})
    )
    space = drawn(planes, rows, tmp_path)
    assert [panel.name for panel in space.panels] == ["Width 1 (loss 0.5)", "Width 2 (loss 1)"]
    np.testing.assert_array_equal(space.panels[1].loss, 2 * loss)


def test_a_spectrum_of_one_eigenvalue_is_a_gaussian_around_it(tmp_path: Path) -> None:
    put(tmp_path, "n0", "spectral_density", nodes=[[1.0, 3.0]], weights=[[0.25, 0.75]])
    spectra = Spectra(
        **said, measure=Number(measure="spectral_density"), label="eigenvalue (nats)", lines=each("arm")
    )
    (axes,) = shown_axes(
        drawn(
            spectra,
            [
                row(f"n{i}", 0.0, measure="spectral_density", arm=arm)
                for i, arm in enumerate(("plain", "other"))
            ],
            tmp_path,
        )
    )
    x, y = np.asarray(axes.lines[0].get_xydata()).T
    assert x[y.argmax()] == pytest.approx(3.0, abs=0.01) and np.trapezoid(y, x) == pytest.approx(
        1.0, rel=1e-3
    )
    assert (title(axes), axes.get_xlabel(), axes.get_ylabel()) == ("Plain", "eigenvalue (nats)", "density")


def place_of_title(axes: Axes) -> BboxBase:
    (found,) = (
        text for text in axes.get_children() if isinstance(text, Text) and text.get_text() == title(axes)
    )
    return found.get_window_extent()


long = "a kind of network whose name is much longer than its panel is wide, "
long += "with_an_identifier_that_is_longer_than_even_that_panel_is_wide"


@pytest.mark.filterwarnings("ignore:constrained_layout not applied")  # under a mutant
@pytest.mark.parametrize("n_columns", [2, 4])
@red_with(
    Mutant(wrapped, "text_width(part, font) <= width", "True"),
    Mutant(_pieces, "not fits(word)", "False"),
)
def test_a_long_title_is_wrapped_to_its_panel(n_columns: int) -> None:
    kinds = tuple(Part(label=f"{long} {kind}", where={"kind": kind}) for kind in range(n_columns))
    rows = [one | {"kind": kind} for kind in range(n_columns) for one in widths()]
    made = against(rows=kinds, layout=PanelLayout(n_columns=n_columns))
    figure = drawn(made, rows)
    figure.draw_without_rendering()
    places = [place_of_title(axes) for axes in shown_axes(figure)]
    assert all(
        place.x0 >= 0 and place.x1 <= figure.bbox.x1 and place.y1 <= figure.bbox.y1 for place in places
    )
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(places))
    assert " ".join(title(shown_axes(figure)[0]).split()).startswith(
        "A kind of network whose name is much longer"
    )


@red_with(Mutant(entitle, "axes.set_ylabel(wrapped(", "str(wrapped("))
def test_the_name_of_a_vertical_axis_is_wrapped_to_its_panel() -> None:
    panel = Panel(
        number=trace, label="the trace of the Hessian over all weights but those of the first layer (nats)"
    )
    figure = drawn(against(panels=(panel,)), widths())
    figure.draw_without_rendering()
    (axes,) = shown_axes(figure)
    place = axes.yaxis.label.get_window_extent()
    assert place.y0 >= 0 and place.y1 <= figure.bbox.y1
