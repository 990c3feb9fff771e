"""Numbers, Markdown, CSV, the forest plot and figures, each by itself."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from benchmark.report.figures import forest, seeds
from benchmark.report.figures import theme as figure
from benchmark.report.pages import claim_section
from benchmark.report.words import csv_files, markdown, numbers
from benchmark.results import records
from benchmark.stats.claim import Leg
from benchmark.stats.judging import judge
from tests.report import synthetic


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.01234, "0.0123"), (-4.567, "−4.57"), (1234.5, "1234"), (0.0, "0"), (1.2e-7, "1.20e−07"), (None, "–"),
     (math.nan, "–"), (math.inf, "∞"), (-math.inf, "−∞")],
)  # fmt: skip
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert numbers.number(value) == text


def test_an_interval_decides_the_decimals_of_its_effect() -> None:
    assert numbers.estimate(0.8333, 0.6667, 1.0) == ("0.83", "[0.67, 1.00]")
    assert numbers.estimate(0.0035, -0.0012, 0.0081) == ("0.0035", "[−0.0012, 0.0081]")
    assert numbers.estimate(0.5, -math.inf, math.inf) == ("0.500", "[−∞, ∞]")
    assert numbers.estimate(None, None, None) == ("–", "")
    assert numbers.estimate(0.04, -0.0004, 0.1) == ("0.04", "[0.00, 0.10]")  # zero has no sign


def test_a_spread_has_two_digits_of_the_deviation() -> None:
    assert numbers.spread(1.193, 0.184) == "1.19 ± 0.18"
    assert numbers.spread(0.00978, 0.00006) == "0.009780 ± 0.000060"
    assert numbers.spread(504.8, 12.3) == "505 ± 12"
    assert numbers.spread(-0.004, 0.12) == "0.00 ± 0.12"
    assert numbers.spread(2.0, None) == "2.00"


@pytest.mark.parametrize(
    "text", ["a | b", "*x* _y_ `z`", "<b>&amp;", "[l](http://x.y)", "~s~", "\\*", "a\nb", "@you #1"]
)
def test_escaped_markdown_shows_the_text_itself(text: str) -> None:
    inline = (
        MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse("x " + markdown.escape(text))[1]
    )
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or ()) == "x " + " ".join(text.split())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@sum", "\tx"])
def test_a_csv_text_is_never_a_formula(text: str) -> None:
    row = next(csv.reader(csv_files.to_csv(["a"], [{"a": text}]).decode().splitlines()[1:]))
    assert row == ["'" + text]


def test_records_written_as_csv_read_back_as_records(tmp_path: Path) -> None:
    frame = frame_of(synthetic.rows(), tmp_path)
    (tmp_path / "records.csv").write_bytes(csv_files.records_csv(frame))
    again = records.read(tmp_path / "records.csv")
    single = frame[frame["index"] == ""].reset_index(drop=True)
    columns = ["label", "quantity", "seed", "value", "status", "arm", "batch_size"]
    pd.testing.assert_frame_equal(again[columns], single[columns], check_dtype=False)


def leg(direction: Any, smallest_effect: float = 0.5) -> Leg:
    return Leg(reduce=lambda rows: 0.0, direction=direction, smallest_effect=smallest_effect, unit="x")


def test_right_in_the_forest_plot_is_what_the_paper_says() -> None:
    bar = forest.bar(effect=-1.0, low=-1.5, high=-0.5, outcome="reproduced", leg=leg("less"))
    assert bar is not None and (bar.low, bar.effect, bar.high) == (1.0, 2.0, 3.0)


def test_identities_and_missing_effects_have_no_place_in_the_forest_plot() -> None:
    assert forest.bar(effect=0.0, low=0.0, high=0.0, outcome="reproduced", leg=leg("identity", 0.0)) is None
    assert forest.bar(effect=None, low=None, high=None, outcome="not_run", leg=leg("greater")) is None


def test_an_unbounded_interval_is_drawn_to_the_edges_with_arrows() -> None:
    bar = forest.bar(effect=0.1, low=-math.inf, high=math.inf, outcome="inconclusive", leg=leg("equal"))
    assert bar is not None
    drawn = forest.draw(bar, forest.axis([bar]))
    assert drawn.count("polygon") == 2 and "inf" not in drawn and drawn.count('class="mark"') == 2


def test_the_axis_of_the_forest_plot_keeps_the_order_of_effects() -> None:
    axis = forest.Axis(low=-1.2, high=50.0)
    places = [axis.place(x) for x in (-9, -1.2, 0, 1, 2, 50, 99)]
    assert places == sorted(places)
    assert (
        places[0] == places[1] == forest.margin and places[-1] == places[-2] == forest.width - forest.margin
    )


def test_mean_intervals_are_those_of_t() -> None:
    mean, low, high = seeds.mean_interval([1.0, 2.0, 3.0, np.nan])
    assert mean == 2.0 and high - mean == pytest.approx(4.302652729911275 / math.sqrt(3))
    assert seeds.mean_interval([5.0]) == (5.0, 5.0, 5.0)
    assert seeds.geometric_mean_interval([1.0, 100.0])[0] == pytest.approx(10.0)
    assert low == pytest.approx(4.0 - high)


def test_an_svg_takes_colours_and_font_from_the_page_and_escapes_its_title() -> None:
    with figure.theme():
        drawn = Figure()
        drawn.subplots().plot([1, 2], [1, 3], color=figure.series[0])
    svg = figure.to_svg(drawn, name="one", title='<b>"x"</b>')
    assert f"var(--series-0, {figure.series[0]})" in svg and "font-family" not in svg
    assert "<b>" not in svg and "<style" not in svg and "<metadata" not in svg and "http" not in svg


@pytest.mark.parametrize("limits", [(1.1, 3.8), (0.3, 0.94), (0.01, 9.0), (5.1, 5.2), (1e-6, 1e4)])
def test_logarithmic_axes_have_a_few_plain_ticks(limits: tuple[float, float]) -> None:
    axes = Figure().subplots()
    axes.plot([1, 2], limits)
    figure.log_axis(axes, "y")
    ticks = [tick for tick in axes.get_yticks() if axes.get_ylim()[0] <= tick <= axes.get_ylim()[1]]
    assert 3 <= len(ticks) <= 13


def test_n_colours_are_n_different_colours() -> None:
    for n in range(1, len(figure.levels) + 1):
        assert len(set(figure.ordered_colors(n))) == n


def frame_of(rows: list[dict[str, Any]], folder: Path) -> pd.DataFrame:
    records.write(folder / "records.parquet", rows)
    return records.read(folder / "records.parquet")


def test_the_csv_of_records_gives_the_verdicts_of_the_records(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path)
    frame = frame_of(synthetic.rows(), tmp_path)
    path = tmp_path / "records.csv"
    path.write_bytes(csv_files.records_csv(frame))
    for claim in folder.claims[:4]:
        narrow = replace(claim, population={"arm": "matched_loss", "network": "mlp", "model.width": 64})
        assert judge(records.read(path), [narrow]) == judge(frame, [narrow])
        assert judge(frame, [narrow])[0].outcome != "not_run"


def test_every_leg_of_a_conjunction_has_its_own_scale_in_the_forest_plot(tmp_path: Path) -> None:
    claim = synthetic.workspace(tmp_path).claims[0]
    other = replace(claim, legs=(claim.leg, replace(claim.leg, smallest_effect=2.0)))
    verdict = {"outcome": "reproduced", "effect": 0.5, "low": 0.4, "high": 0.6}
    assert len(claim_section.bars_of(claim, verdict)) == 1
    assert claim_section.bars_of(other, verdict) == ()  # of which leg the numbers are is not told
    told = "leg 1 (greater): 0.6 [0.3, 0.9], p = 0.001; leg 2 (greater): 0.5 [0.4, 0.6], p = 0.002"
    first, second = claim_section.bars_of(other, verdict | {"message": told})
    assert (first.effect, second.effect, second.high) == (2.0, 0.25, 0.3)
