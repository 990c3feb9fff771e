"""The theme of the figures beside seaborn's, of which it is a copy."""

from __future__ import annotations

import matplotlib as mpl
import seaborn as sns

from benchmark.report.figures.theme import seaborn_ticks, settings

left_out = {"font.sans-serif", "image.cmap"}  # figures name their font and their colours


def test_theme_is_seaborns_ticks_on_paper_where_it_says_nothing_else() -> None:
    theirs = {**sns.axes_style("ticks"), **sns.plotting_context("paper", font_scale=1.05)}
    assert seaborn_ticks == {name: theirs[name] for name in seaborn_ticks}
    drawn = dict(mpl.rcParamsDefault) | settings
    minor = {name for name in theirs if ".minor." in name}  # ticks that the theme leaves out
    differing = {name for name in theirs if drawn[name] != theirs[name]}
    assert differing - minor - left_out <= set(settings) - set(seaborn_ticks)
