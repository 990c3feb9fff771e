"""The gate: compute cells of the published baseline anew, or take results that are there, and compare."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.published.check.deviations import compare
from benchmark.published.check.differences import Comparison
from benchmark.published.check.gone import cells_of, gone_cells
from benchmark.published.check.keyed_numbers import numbers
from benchmark.published.check.scope import CannotCompare, Factors, Scope, require_something
from benchmark.results import records
from benchmark.results.published import Published, joint_platform, manifest_name, read_published
from benchmark.store.files import sha256, write_atomic
from benchmark.store.workspace import Workspace
from benchmark.suite.plan import Plan, narrowed

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.run.complete import Outcome


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One suite, compared.

    Attributes:
        provenance: of the results that were held against the baseline.
        n_computed: tasks that had to be computed for it; None where results were taken as they are.
    """

    comparison: Comparison
    provenance: Mapping[str, Any]
    n_computed: int | None = None


def open_baseline(workspace: Workspace, name: str) -> Published:
    """Return the published result to compare with.

    Raises:
        CannotCompare: saying how to make one, or that it is damaged: then a difference would say nothing of the code.
    """
    folder, make = workspace.reports / name, f"lossbench publish {name} --why '...'"
    if not (folder / manifest_name).is_file():
        raise CannotCompare(
            f"there is no {folder / manifest_name}; publish results to compare with, and commit them: "
            f"lossbench run SUITE, lossbench judge SUITE, lossbench report, {make}"
        )
    baseline = read_published(folder)
    if baseline.problems:
        raise CannotCompare(
            f"{folder} is damaged: {baseline.problems[0]}; restore it (git checkout -- {folder}), or see more: "
            f"lossbench verify {folder}"
        )
    if not baseline.suites:
        raise CannotCompare(f"{folder} holds no records; make it anew: {make}")
    return baseline


def compute(
    whole: Plan, baseline: Published, scope: Scope, complete: Callable[[Plan, Path], Outcome], runs: Path
) -> Checked:
    """Compute those cells of a suite that the baseline has too, and compare.

    Args:
        whole: the suite's plan, of all the baseline's seeds.
        baseline: the published result.
        scope: what of it.
        complete: computes a plan, and writes its tables to a folder.
        runs: the run store; the tables are written below it, apart from the workspace's results.

    Raises:
        CannotCompare: when the baseline has nothing in the scope.
    """
    name = whole.suite.name
    then = _records(baseline, name, scope)
    known = cells_of(then)
    part = narrowed(
        whole,
        cells=lambda cell: cell.key in known and scope.has_cell(whole.factors(cell), whole.seed(cell)),
        measures=lambda measure: scope.has_measure(measure.family, measure.label),
        histories=scope.has_measure("history", "history"),
    )
    folder = runs / "check" / name
    outcome = complete(part, folder) if part.cells else None
    now = records.read(folder / "records.parquet") if outcome else then.iloc[:0]
    present = {cell.key: whole.factors(cell) for cell in whole.cells}
    return Checked(
        comparison=_compared(name, then, now, present=present, scope=scope),
        provenance=_provenance(folder) if outcome else {},
        n_computed=outcome.n_computed if outcome else 0,
    )


def take(suite: str, results: Path, baseline: Published, scope: Scope) -> Checked:
    """Compare results that are there.

    Args:
        suite: its name.
        results: folder of its tables.
        baseline: the published result.
        scope: what of it; where it names no seeds, those of the baseline that the results have, or had when they were
            computed: a seed whose rows were lost since is no smaller comparison, but a difference.

    Raises:
        CannotCompare: when they share no seed, or the baseline has nothing in the scope.
    """
    then, now = _records(baseline, suite, scope), records.read(results / "records.parquet")
    provenance, known = _provenance(results), cells_of(then)
    computed = {key: known[key] for key in known if key in provenance.get("cells", ())}
    is_computed = [set(keys) <= set(computed) for keys in then["cells"]]
    seeds = frozenset(map(int, set(then["seed"]) & (set(now["seed"]) | set(then["seed"][is_computed]))))
    if not seeds:
        raise CannotCompare(
            f"{results} has no seed of the baseline; compute some: lossbench check {suite} --run"
        )
    shared = scope if scope.seeds is not None else dataclasses.replace(scope, seeds=seeds)
    present = {**computed, **cells_of(now)}
    return Checked(
        comparison=_compared(suite, then, now, present=present, scope=shared), provenance=provenance
    )


def write_gate(workspace: Workspace, baseline: Published, checked: Iterable[Checked]) -> None:
    """Note how a comparison of whole suites ended on this platform, for whoever publishes from here."""
    done = list(checked)
    content = {
        "platform": joint_platform(one.provenance for one in done),
        "baseline": digest_of(baseline),
        "passed": all(one.comparison.passed for one in done),
        "suites": [one.comparison.suite for one in done],
        "n_cells": sum(one.comparison.n_cells for one in done),
        "n_numbers": sum(one.comparison.n_numbers for one in done),
        "when": time.strftime("%F"),
    }
    write_atomic(workspace.runs / "gate.json", (json.dumps(content, indent=1) + "\n").encode())


def digest_of(baseline: Published) -> str:
    """Return the SHA-256 of a published result's manifest, which holds that of every file."""
    return sha256((baseline.path / manifest_name).read_bytes())


def _compared(
    suite: str, then: pd.DataFrame, now: pd.DataFrame, *, present: Mapping[str, Factors], scope: Scope
) -> Comparison:
    baseline = numbers(then)
    expected = scope.rows(baseline)
    gone = gone_cells(expected, baseline, present, suite=suite)
    return compare(suite, expected, numbers(now), gone=gone)


def _records(baseline: Published, suite: str, scope: Scope) -> pd.DataFrame:
    found = records.read(baseline.path / "results" / suite / "records.parquet")
    require_something(scope, found, suite)
    return found


def _provenance(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "provenance.json").read_bytes())
    return content
