"""The report as people meet it: opened from a file, with no server and no network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmark.report.pages.page import ReportPaths, write_report
from tests.browser.conftest import Watched
from tests.report import synthetic
from tests.report.synthetic_sweep import put_sweep

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

surface_py = '''
import numpy as np
from benchmark.report.figures.surfaces import SurfacePanel, Surfaces

def landscape(records, arrays):
    """Loss surface

    A valley.
    """
    line = np.linspace(-1, 1, 11)
    loss = 0.1 * np.exp(3 * (line[:, None] ** 2 + line[None, :] ** 2))
    return Surfaces(panels=(SurfacePanel(name="valley", alpha=line, beta=line, loss=loss),))

figures = (*figures, landscape)
'''


@pytest.fixture(scope="package")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportPaths:
    """A report with a board of two columns, a sweep, a matrix of definitions and a surface that turns."""
    root = tmp_path_factory.mktemp("a report")
    workspace, folder = synthetic.finished(root, figures=True)
    figures = folder.path / "figures.py"
    figures.write_text(figures.read_text() + surface_py)
    put_sweep(root, folder.name)
    synthetic.put_matrix(
        root, folder.name, "S1.C1-digits", rows=("lambda_max", "trace"), columns=("ten", "fifty")
    )
    write_report(workspace, [folder], n_workers=1)
    synthetic.put_published(root, "january")
    return write_report(workspace, [folder], n_workers=1)


@pytest.fixture
def landing(watched: Watched, report: ReportPaths) -> Page:
    watched.page.goto(report.html.as_uri())
    return watched.page


@pytest.fixture
def suite(watched: Watched, report: ReportPaths) -> Page:
    watched.page.goto(report.pages[synthetic.name].as_uri())
    return watched.page


def pages(report: ReportPaths) -> list[Path]:
    return [report.html, *report.pages.values()]


def texts(column: Locator) -> list[str]:
    return [text.strip() for text in column.all_inner_texts()]


def test_pages_open_from_a_file_without_a_complaint_and_ask_nobody(
    watched: Watched, report: ReportPaths
) -> None:
    for path in pages(report):
        watched.page.goto(path.as_uri())
        watched.page.wait_for_load_state("networkidle")
        assert watched.page.locator("h1").count() == 1
    assert watched.errors == []
    assert watched.outside() == []


def test_when_and_whence_stand_beside_the_pages_and_are_read_from_there(
    landing: Page, report: ReportPaths
) -> None:
    landing.wait_for_load_state("networkidle")
    assert "2025-11-21 · 4be1c07d9a+" in landing.locator("#board-table thead").inner_text()
    landing.goto(report.pages[synthetic.name].as_uri())
    landing.wait_for_load_state("networkidle")
    landing.locator("#provenance summary").click()
    assert "2025-11-21 22:10 UTC" in landing.locator("#provenance").inner_text()


def test_every_link_leads_somewhere(watched: Watched, report: ReportPaths) -> None:
    dead = []
    for path in pages(report):
        watched.page.goto(path.as_uri())
        hrefs = watched.page.eval_on_selector_all(
            "a[href]", "links => links.map(a => a.getAttribute('href'))"
        )
        dead += [f"{path.name}: {href}" for href in sorted(set(hrefs)) if not _resolves(path, href)]
    assert dead == []


def _resolves(page: Path, href: str) -> bool:
    """Tell whether the file is there, and the place in it; another server's address is not followed."""
    if href.startswith("http://127.0.0.1:"):
        return True
    name, _, anchor = href.partition("#")
    path = (page.parent / name) if name else page
    return path.is_file() and (not anchor or f'id="{anchor}"' in path.read_text())


def test_a_badge_of_the_board_leads_to_its_claim(landing: Page) -> None:
    landing.locator("#board-table a.verdict").first.click()
    landing.wait_for_url("**/*#claim-*")
    anchor = landing.url.partition("#")[2]
    assert landing.locator(f"[id='{anchor}']").is_visible()


def test_a_folded_claim_opens_where_a_link_leads_to_it(suite: Page) -> None:
    folded = suite.locator("[id='claim-S1.C1-digits'] dl")
    assert not folded.is_visible()
    suite.locator("table.verdicts").get_by_role("link", name="S1.C1-digits").click()
    folded.wait_for(state="visible")
    assert not suite.locator("[id='claim-S1.C4-digits'] dl").is_visible()  # the others stay folded


def test_the_first_screen_has_counts_findings_and_pictures(landing: Page) -> None:
    for part in (".counts", "#found p", ".headlines svg", ".headlines figcaption"):
        box = landing.locator(part).first.bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 900, part


@pytest.mark.parametrize("width", [390, 1280])
def test_all_pages_have_one_left_edge(watched: Watched, report: ReportPaths, width: int) -> None:
    watched.page.set_viewport_size({"width": width, "height": 900})
    left = "one => one.getBoundingClientRect().left"
    edges = set()
    for path in pages(report):
        watched.page.goto(path.as_uri())
        parts = (watched.page.locator(part).first for part in ("h1", "h2", "main p", ".brand"))
        edges |= {part.evaluate(left) for part in parts}
    assert edges == {16}


def test_a_phone_says_that_a_figure_goes_on_beyond_its_edge(watched: Watched, report: ReportPaths) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 844})
    watched.page.goto(report.pages[synthetic.name].as_uri())
    drawn = watched.page.locator(".drawn").first
    assert drawn.evaluate("one => one.scrollWidth > one.clientWidth")
    assert "scroll" in drawn.evaluate("one => getComputedStyle(one, '::before').content")


def test_a_table_sorts_up_and_down(suite: Page) -> None:
    effects = suite.locator("table.verdicts tbody tr td:nth-child(3)")
    heading = suite.locator("table.verdicts thead th:nth-child(3)")
    heading.locator("button").click()
    up = texts(effects)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert texts(effects) == up[::-1]
    assert list(map(leading_number, up)) == sorted(map(leading_number, up))


def leading_number(text: str) -> float:
    found = re.match(r"[-−+]?[\d.]+", text)
    assert found, text
    return float(found[0].replace("−", "-"))


def test_the_board_filters_by_words_and_by_verdict(landing: Page) -> None:
    rows = landing.locator("#board-table tbody tr:not(.group):visible")
    everything = rows.count()
    landing.locator("#board input[type=search]").fill("test error")
    assert 0 < rows.count() < everything
    landing.locator("#board input[type=search]").fill("")
    assert rows.count() == everything
    landing.get_by_role("button", name="contradicted", exact=True).click()
    assert rows.count() == 1
    assert "1 of" in landing.locator("#board [role=status]").inner_text()


def test_the_theme_switches_and_stays(landing: Page, report: ReportPaths) -> None:
    def ground() -> str:
        return str(landing.evaluate("getComputedStyle(document.body).backgroundColor"))

    button = landing.locator("#theme")
    button.click()
    light = ground()
    button.click()
    dark = ground()
    assert "dark" in button.inner_text()
    assert light != dark
    landing.goto(report.pages[synthetic.name].as_uri())
    assert ground() == dark


focused_js = """() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    const isSeen = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return at === document.body ? null : [at.id || at.className || at.tagName, isSeen];
}"""


def test_everything_is_reached_and_worked_by_keyboard(landing: Page) -> None:
    reached = set()
    while True:
        landing.keyboard.press("Tab")
        focused = landing.evaluate(focused_js)
        if focused is None:  # once around
            break
        assert focused[1], f"nothing shows that {focused[0]} has the focus"
        reached.add(focused[0])
    assert {"skip", "brand", "theme", "sort", "verdict"} <= reached
    landing.locator("#board-table button").first.focus()
    landing.keyboard.press("Enter")
    assert landing.locator("#board-table th[aria-sort]").count() == 1


def test_the_surface_turns(suite: Page, watched: Watched) -> None:
    suite.locator("details.fold:has(details.surface) > summary").click()
    details = suite.locator("details.surface")
    details.locator("summary").click()
    canvas = details.locator("canvas").first
    canvas.wait_for(state="visible", timeout=240_000)
    assert suite.evaluate(
        "canvas => Boolean(canvas.getContext('webgl') || canvas.getContext('webgl2'))",
        canvas.element_handle(),
    )
    assert watched.errors == []
    assert watched.outside() == []


def test_what_is_printed_has_the_content_and_no_buttons(suite: Page) -> None:
    suite.emulate_media(media="print")
    assert not suite.locator("#theme").is_visible()
    assert suite.locator("table.verdicts").is_visible()
    assert suite.locator("figure svg").first.is_visible()
    assert len(suite.pdf()) > 20_000


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(watched: Watched, report: ReportPaths, width: int) -> None:
    watched.page.set_viewport_size({"width": width, "height": 800})
    for path in pages(report):
        watched.page.goto(path.as_uri())
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
