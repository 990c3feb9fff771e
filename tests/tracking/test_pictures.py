from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from benchmark.tracking.previews import figures
from tests.tracking import synthetic


def test_figures_of_a_page_stand_by_themselves_and_icons_are_left_out() -> None:
    (name,) = found = figures(synthetic.page)
    assert name == "width-error.svg"
    root = ElementTree.fromstring(found[name])  # of our own making
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["viewBox"] == "0 0 8 8"
    assert (
        float(root.attrib["width"]) == float(root.attrib["height"]) > 8
    )  # MLflow shows nothing without them


def test_a_figure_without_a_title_is_numbered() -> None:
    assert list(figures('<svg class="figure"></svg><svg class="figure"></svg>')) == [
        "figure-1.svg",
        "figure-2.svg",
    ]
