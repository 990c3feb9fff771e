"""Surfaces that turn: what is embedded in the page, and what stands beside it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

from benchmark.report.figures import surfaces
from benchmark.report.figures.surfaces import SurfacePanel, Surfaces
from benchmark.report.figures.theme import theme, to_svg
from benchmark.report.pages.page import write_report
from tests.mutants import Mutant, red_with
from tests.report import synthetic
from tests.report.tags import Tags

alpha, beta = np.linspace(-1, 1, 5), np.linspace(-1, 1, 4)
loss = np.exp(alpha[:, None] + 0.1 * beta[None, :]) / 3
hostile = "\"><script>alert(1)</script>' &"
figures_py = f"""
import numpy as np
from benchmark.report.figures.surfaces import SurfacePanel, Surfaces

def landscape(records, arrays):
    \"\"\"Landscape

    In words.
    \"\"\"
    line = np.linspace(-1, 1, 9)
    loss = 0.1 * np.exp(line[:, None] ** 2 + line[None, :] ** 2)
    loss[0, 0], loss[8, 8] = np.nan, np.inf
    names = ("with", {hostile!r})
    return Surfaces(panels=tuple(SurfacePanel(name=name, alpha=line, beta=line, loss=loss) for name in names))

def another(records, arrays):
    \"\"\"Another\"\"\"
    return landscape(records, arrays)

figures = (landscape, another)
"""


def panels(*names: str) -> tuple[SurfacePanel, ...]:
    return tuple(SurfacePanel(name=name, alpha=alpha, beta=beta, loss=loss) for name in names)


def report(root: Path) -> Path:
    workspace, folder = synthetic.finished(root)
    (folder.path / "figures.py").write_text(figures_py)
    return write_report(workspace, [folder]).pages[folder.name]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("surfaces"))


@pytest.fixture(scope="module")
def tags(html: Path) -> Tags:
    return Tags(html.read_text())


@red_with(Mutant(Surfaces.embedded, "panel.loss]", "panel.loss.T]"))
def test_embedded_numbers_are_rounded_rows_over_the_first_direction() -> None:
    holed = loss.copy()
    holed[1, 2], holed[4, 0] = math.nan, -math.inf
    panel = SurfacePanel(name="one", alpha=alpha, beta=beta, loss=holed)
    content = json.loads(Surfaces(panels=(panel,)).embedded())
    shown = np.array(content["panels"][0]["loss"], dtype=np.float64)  # null reads as NaN
    assert shown.shape == (5, 4)
    assert np.allclose(shown, np.where(np.isfinite(holed), holed, np.nan), rtol=5e-5, atol=0, equal_nan=True)
    assert content["panels"][0]["alpha"] == [-1, -0.5, 0, 0.5, 1]
    assert content["levels"][0][0] <= loss.min() and content["levels"][-1][0] >= loss.max()


def test_embedded_numbers_take_few_bytes() -> None:
    line = np.linspace(-1, 1, 51)
    values = np.random.default_rng(0).lognormal(size=(51, 51))
    text = Surfaces(panels=(SurfacePanel(name="x", alpha=line, beta=line, loss=values),)).embedded()
    assert len(text) < 8 * values.size


def test_surfaces_without_a_panel_or_with_two_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="different names, at least one"):
        Surfaces(panels=())
    with pytest.raises(ValueError, match="different names"):
        Surfaces(panels=panels("one", "one"))
    with pytest.raises(ValueError, match=r"5 x 5 coordinates has the shape \(5, 4\)"):
        SurfacePanel(name="x", alpha=alpha, beta=alpha, loss=loss)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_panel_has_its_contours_on_one_scale(n: int) -> None:
    with theme():
        figure = Surfaces(panels=panels(*"abcde"[:n])).contours()
        assert "<svg" in to_svg(figure, name="many", title="Many")
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")] == list(
        "abcde"[:n]
    )


@red_with(Mutant(surfaces.balanced, "> 1 else", "> 99 else"))
def test_a_row_that_would_be_all_but_empty_makes_the_others_shorter() -> None:
    columns = {(4, 3): 2, (4, 4): 4, (5, 3): 3, (5, 4): 3, (7, 3): 4 - 1, (1, 3): 1, (6, 4): 3}
    assert {asked: surfaces.balanced(*asked) for asked in columns} == columns


def path_panel(name: str, width: float, height: float) -> SurfacePanel:
    x, y = np.linspace(0, width, 5), np.linspace(0, height, 4)
    return SurfacePanel(name=name, alpha=x, beta=y, loss=loss, path=np.array([[0, 0], [width, height]]),
                        path_steps=np.array([0, 9]))  # fmt: skip


@red_with(
    Mutant(surfaces._extents, "max(high for _, high in ends)", "min(high for _, high in ends)"),
    Mutant(surfaces._extents, "* most_apart > 1", "* most_apart > 0.5"),
)
def test_planes_of_like_size_have_one_extent_and_a_small_one_is_not_made_smaller() -> None:
    alike = Surfaces(panels=(path_panel("a", 2.0, 1.0), path_panel("b", 3.0, 0.7)))
    with theme():
        drawn = [axes for axes in alike.contours().axes if axes.get_title(loc="left")]
    assert {(*axes.get_xlim(), *axes.get_ylim()) for axes in drawn} == {(0.0, 3.0, 0.0, 1.0)}
    assert "Where a panel is blank nothing was computed." in alike.drawn_as
    apart = Surfaces(panels=(path_panel("a", 2.0, 1.0), path_panel("b", 8.0, 1.0)))
    with theme():
        drawn = [axes for axes in apart.contours().axes if axes.get_title(loc="left")]
    assert [axes.get_xlim() for axes in drawn] == [(0.0, 2.0), (0.0, 8.0)] and "blank" not in apart.drawn_as


@red_with(Mutant(vars(Surfaces)["drawn_as"].fget, "panel.loss > last", "panel.loss < last"))
def test_a_caption_says_on_which_points_a_surface_was_computed_and_what_lies_beyond_its_scale() -> None:
    said = Surfaces(panels=panels("one"), highest=0.3).drawn_as
    last = float(Surfaces(panels=panels("one"), highest=0.3).levels[-1])
    assert "Computed at the white points (5 x 4); between them colours are interpolated linearly." in said
    assert (
        f"The scale ends at {last:g}; up to {100 * (loss > last).mean():.0f} % of a panel lie above." in said
    )
    assert "scale ends" not in Surfaces(panels=panels("one")).drawn_as
    line = np.linspace(0, 1, 31)
    fine = SurfacePanel(name="fine", alpha=line, beta=line, loss=np.ones((31, 31)))
    assert Surfaces(panels=(fine,)).drawn_as == ""


def test_the_page_has_contours_and_a_closed_surface_for_each_figure(tags: Tags, html: Path) -> None:
    details = [d for d in tags.all("details") if d.get("class") == "surface"]
    assert len(details) == 2 and all(
        "hidden" in d and "open" not in d for d in details
    )  # shown by the script
    assert len([svg for svg in tags.all("svg") if svg.get("role") == "img"]) == 2
    content = json.loads(details[0]["data-surfaces"] or "")
    assert [panel["name"] for panel in content["panels"]] == ["with", hostile]
    assert "could not be drawn" not in tags.text
    assert len(html.read_bytes()) < 400_000


def test_plotly_is_written_once_beside_the_page_and_loaded_by_nothing_in_it(tags: Tags, html: Path) -> None:
    script = html.parent / surfaces.script_name
    assert script.read_bytes() == surfaces.plotly_script()
    assert html.read_text().count(surfaces.script_name) == 1  # in the script that loads it on demand
    assert len(tags.all("script")) == 1 and tags.attribute("src") == []
    assert not re.search(r"https?://(?!127\.0\.0\.1:)", html.read_text())  # but MLflow on this machine
    (policy,) = (meta["content"] for meta in tags.all("meta") if meta.get("http-equiv"))
    assert policy is not None and policy.startswith("default-src 'none'; img-src data:;")
    assert re.search(r"script-src 'sha256-[^']+' 'strict-dynamic';", policy)


def test_the_twin_says_where_the_surfaces_are(html: Path) -> None:
    twin = (html.parent / "index.md").read_text()
    items = [t.content for t in MarkdownIt("commonmark").parse(twin) if t.type == "inline"]
    assert "Landscape (contours, and a surface that can be turned)" in items


def test_a_report_without_surfaces_neither_has_nor_may_load_plotly(tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    stale = tmp_path / "reports" / "latest" / surfaces.script_name
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    text = write_report(workspace, [folder]).pages[folder.name].read_text()
    assert not stale.exists()
    assert surfaces.script_name not in text


def test_without_plotly_the_contours_stay_and_the_page_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surfaces, "plotly_script", lambda: None)
    html = report(tmp_path)
    tags = Tags(html.read_text())
    assert tags.text.count(surfaces.missing) == 2
    assert not [d for d in tags.all("details") if d.get("class") == "surface"]
    assert len([svg for svg in tags.all("svg") if svg.get("role") == "img"]) == 2
    assert not (html.parent / surfaces.script_name).exists()
    assert surfaces.script_name not in html.read_text().replace(surfaces.missing, "")
