"""MLflow's pages, as `lossbench ui` serves them: our runs under their parents, charts, and links from the report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from benchmark.results.links import mlflow_link
from benchmark.store.workspace import Workspace
from benchmark.tracking.connection import settings
from benchmark.tracking.sync import sync
from tests.browser.conftest import Watched
from tests.tracking import synthetic

if TYPE_CHECKING:
    from playwright.sync_api import Page

parent = "width ci @ 01234567+"
serve = (
    "import sys; from pathlib import Path; from benchmark.tracking.ui import ui; from benchmark.store.workspace import"
    " Workspace; ui(Workspace(Path(sys.argv[1])), port=0, say=lambda text: print(text, flush=True))"
)


@pytest.fixture(scope="package")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with cells and two studies in its store."""
    pytest.importorskip("mlflow", reason="no MLflow: pip install 'lossbench[pipeline]'")
    root = tmp_path_factory.mktemp("a store")
    synthetic.write_results(root)
    synthetic.write_answer(root)
    with pytest.MonkeyPatch.context() as environment:
        for name in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
            environment.delenv(name, raising=False)
        for name, value in settings.items():
            environment.setenv(name, value)
        sync(Workspace(root))
    return Workspace(root)


@pytest.fixture(scope="package")
def address(browser: object, workspace: Workspace) -> Iterator[str]:
    """Where the store is served, by one server for all tests."""
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-c", serve, str(workspace.root)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = (re.search(r"(http://127\.0\.0\.1:\d+)/", line) for line in server.stdout)
        place = next(filter(None, found), None)
        assert place is not None, "the server ended"
        yield place[1]
        server.terminate()


@pytest.fixture
def page(watched: Watched, address: str) -> Iterator[Page]:
    """A page that may ask its own server only."""
    watched.page.set_viewport_size({"width": 2000, "height": 1000})  # columns out of sight are not made
    yield watched.page
    assert watched.outside(address) == []


def opened(page: Page, address: str, **asked: str) -> Page:
    """Follow a link of the report."""
    page.goto(mlflow_link("width", "ci", address=address, **asked))
    return page


def test_runs_and_studies_are_listed_and_their_children_unfold(page: Page, address: str) -> None:
    opened(page, address)
    for name in (parent, "sweep width=4", "sweep width=64"):
        page.get_by_role("link", name=name, exact=True).wait_for()
    assert page.get_by_role("link", name="bs=8 seed=0 equal_epochs").count() == 0
    row = page.locator(".ag-row", has=page.get_by_role("link", name=parent, exact=True)).first
    row.get_by_role("button").first.click()
    page.get_by_role("link", name="bs=8 seed=0 equal_epochs").wait_for()
    assert page.get_by_role("link", name="trial 1 lr=0.3 width=4").count() == 0


def test_charts_are_drawn_of_averages_over_seeds(page: Page, address: str) -> None:
    opened(page, address, view="charts")
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_text("bs=8 matched_loss", exact=True).first.wait_for()  # the legend: a level, not a run
    assert page.get_by_text("effect/S1.C1-digits").count() == 0


def test_cells_have_columns_of_their_factors_and_headline_numbers(page: Page, address: str) -> None:
    opened(page, address, view="cells")
    page.get_by_text("performance/test_error").first.wait_for()
    shown = set(texts(page))
    assert {"status", "arm", "training.batch_size", "seed"} <= shown


def texts(page: Page) -> list[str]:
    return page.locator(".ag-header-cell").all_inner_texts()


def test_trials_are_drawn_against_their_learning_rate(page: Page, address: str) -> None:
    opened(page, address, view="sweep")
    page.get_by_text("sweep/log10_lr vs. sweep/val_error").wait_for()
    page.get_by_role("link", name="trial 1 lr=0.3 width=4").first.wait_for()
    assert page.get_by_role("link", name=parent, exact=True).count() == 0


def test_a_link_of_the_report_leads_to_the_run_of_its_cell(page: Page, address: str) -> None:
    opened(page, address, cell=synthetic.key(("matched_loss", 8, 1)))
    page.get_by_role("heading", name="bs=8 seed=1 matched_loss").wait_for()
    page.get_by_text("Parent run", exact=True).wait_for()  # without: "Parent run name loading", too
    page.get_by_role("link", name=parent).wait_for()


def test_the_run_of_a_suite_says_what_came_out(page: Page, address: str) -> None:
    opened(page, address, kind="suite")
    page.get_by_text("Claims: 1 reproduced, 1 not run.").wait_for()
    page.get_by_text("Child runs", exact=True).wait_for()


def test_a_link_to_what_is_not_there_leads_to_the_front_page(page: Page, address: str) -> None:
    page.goto(mlflow_link("no_such_suite", "ci", address=address))
    page.get_by_role("link", name="lossbench/width-ci").wait_for()


def test_a_figure_of_the_report_is_shown_on_the_run(page: Page, address: str) -> None:
    opened(page, address, kind="suite")
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_text("figures", exact=True).click()
    page.get_by_text("width-error.svg", exact=True).click()
    picture = page.locator("img[src^='blob:'], img[src^='data:image/svg']").first
    picture.wait_for()
    assert picture.evaluate("shown => shown.getBoundingClientRect().width") > 8
