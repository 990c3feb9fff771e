"""Every suite, cut down to seconds, trains and measures for real: what it leaves can be judged and drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmark.report.figures.surfaces import Surfaces
from benchmark.report.figures.theme import theme
from benchmark.results import records
from benchmark.results.judgement import judge_suite
from benchmark.run.complete import Outcome, complete
from benchmark.store.workspace import Workspace
from benchmark.suite.claim_names import numbers_of
from benchmark.suite.plan import Plan
from tests import warm
from tests.suites.folders import folders, profiles
from tests.suites.random_records import random_records, write_arrays
from tests.suites.shrunk import one_of_each, shrunk
from tests.suites.test_contract import decided_by

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Run:
    plan: Plan
    outcome: Outcome

    @property
    def table(self) -> pd.DataFrame:
        return records.read(self.outcome.results / "records.parquet")


def run(plan: Plan, workspace: Path) -> Run:
    return Run(plan=plan, outcome=complete(plan, Workspace(workspace), device="cpu", n_workers=1))


@pytest.fixture(scope="module", params=folders)
def ran(
    request: pytest.FixtureRequest, commands: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """Give a run of ci cut down."""
    with pytest.MonkeyPatch.context() as patched, warm.forking(commands):
        patched.delenv("LOSSBENCH_RUNS", raising=False)
        yield run(shrunk(folders[request.param], "ci"), tmp_path_factory.mktemp(request.param))


def test_every_cell_and_every_measure_has_rows_none_of_which_failed(ran: Run) -> None:
    rows = ran.table
    assert not ran.outcome.failures and not (rows["status"] == "failed").any()
    found = set(zip(rows["label"], rows["cells"].map(tuple), strict=True))
    planned = {(job.measure.label, tuple(cell.key for cell in job.cells)) for job in ran.plan.jobs}
    assert planned | {("history", (cell.key,)) for cell in ran.plan.cells if cell.training} <= found


def test_every_number_that_a_claim_in_scope_reads_has_rows(ran: Run) -> None:
    rows, folder = ran.table, ran.plan.folder
    decided = decided_by(folder.name, "ci", folder.claims)
    for claim in folder.claims:
        for number in numbers_of(claim) if claim.id in decided else ():
            assert number.fixed(rows).rows(rows)["value"].notna().any(), f"{claim.id} reads {number}"


def test_every_claim_in_scope_has_a_verdict(ran: Run) -> None:
    """A claim whose population is a function may find none that it is about, such as networks that fit their data."""
    decided = decided_by(ran.plan.folder.name, "ci", ran.plan.folder.claims)
    for claim, verdict in judge_suite(ran.plan.folder, ran.outcome.results.parent):
        if claim.id in decided and not (callable(claim.population) and verdict.reason == "out_of_scope"):
            assert verdict.outcome != "not_run", f"{claim.id}: {verdict.message}"
        else:
            assert verdict.reason == "out_of_scope", f"{claim.id}: {verdict.message}"


def test_every_figure_that_ci_has_records_for_is_drawn(ran: Run, tmp_path: Path) -> None:
    name, made_up = ran.plan.folder.name, random_records(ran.plan.folder.name, "ci")
    write_arrays(name, "ci", tmp_path)
    for figure in ran.plan.folder.figures:
        with theme():
            drawn = figure(ran.table, ran.outcome.results / "arrays")
            assert (drawn is None) == (figure(made_up, tmp_path) is None), figure
            picture = drawn.contours() if isinstance(drawn, Surfaces) else drawn
            if isinstance(picture, Figure):
                picture.draw_without_rendering()


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("profile", [one for one in ("small", "pictures") if one in profiles])
@pytest.mark.parametrize("name", folders)
def test_a_network_of_every_kind_in_small_profiles_trains_and_can_be_measured(
    name: str, profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOSSBENCH_RUNS", raising=False)
    found = run(one_of_each(shrunk(folders[name], profile)), tmp_path)
    assert not found.outcome.failures and set(found.outcome.by_status) <= {"done", "not_converged"}
