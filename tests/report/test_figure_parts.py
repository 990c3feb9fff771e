"""Parts of a figure on a few records: which networks they hold, and in which order they stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.kinds.parts import Part, _thinned, each, n_across, resolved
from benchmark.report.figures.theme import theme
from benchmark.stats.number import Number
from tests.mutants import Mutant, red_with
from tests.report.few_records import against, drawn, put, row, said, widths


@red_with(
    Mutant(_thinned, "levels[:-1]", "()"),
    Mutant(_thinned, "len(of_group) - 1, n_kept", "len(of_group) - 2, n_kept"),
    Mutant(_thinned, "len(of_group) if most is None else", "1 if most is None else"),
)
def test_of_many_levels_the_ends_are_kept_and_others_evenly_for_every_combination() -> None:
    rows = [{"arm": arm, "width": width} for arm in ("a", "b") for width in (16, 8, 4, 2, 1)]
    for most, kept in ((None, [1, 2, 4, 8, 16]), (3, [1, 4, 16]), (2, [1, 16])):
        found = resolved(each("arm", "width", most=most), pd.DataFrame(rows))
        assert [part.where for part in found] == [
            {"arm": arm, "width": width} for arm in "ab" for width in kept
        ]


def test_a_line_takes_points_of_another_arm_at_a_level_that_the_records_tell() -> None:
    rows = [one for one in widths() if one["arm"] == "b" or one["width"] != 2]
    part = Part(label="a", where=({"arm": "a"}, {"arm": "b", "width": lambda records: (2,)}))
    with theme():
        axes = drawn(against(lines=part), rows).axes[0]
    np.testing.assert_allclose(
        np.asarray(axes.containers[0].lines[0].get_xydata()), [[1, 4], [2, 80], [4, 16]]
    )


@red_with(Mutant(n_across, "rows[column].nunique()", "most_across"))
def test_planes_stand_part_after_part_with_the_levels_of_one_column_side_by_side(tmp_path: Path) -> None:
    networks = [("without", 2), ("without", 1), ("with", 2), ("with", 1), ("dense", None)]
    rows = [
        row(f"n{i}", 0.0, measure="loss_surface", skips=skips, depth=depth)
        for i, (skips, depth) in enumerate(networks)
    ]
    for i in range(len(networks)):
        put(
            tmp_path,
            f"n{i}",
            "loss_surface",
            alpha=[-1, 0, 1],
            beta=[-1, 0, 1],
            train_loss=np.ones((1, 3, 3)),
        )
    several = tuple(
        each("skips", "depth", where={"skips": skips}, words={"depth": "depth {:g}"})
        for skips in ("without", "with")
    )
    last = Part(label="dense", where={"skips": "dense"})
    figure = Planes(
        **said, measure=Number(measure="loss_surface"), panels=(*several, last), across="depth", detail="1"
    )
    with theme():
        space = drawn(figure, rows, tmp_path)
    names = [
        "Without, depth 1 (1)",
        "Without, depth 2 (1)",
        "With, depth 1 (1)",
        "With, depth 2 (1)",
        "Dense (1)",
    ]
    assert [panel.name for panel in space.panels] == names and space.n_columns == 2
