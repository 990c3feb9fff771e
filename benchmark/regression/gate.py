"""The gate: compute cells of the published baseline anew, or take results that are there, and compare."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark import records
from benchmark.files import sha256, write_atomic
from benchmark.plan import Plan, config_from_json, config_to_json, narrowed
from benchmark.publish import Published, joint_platform, manifest_name, read_published
from benchmark.regression.compare import compare
from benchmark.regression.differences import Comparison
from benchmark.regression.numbers import numbers
from benchmark.regression.scope import Factors, Scope, cells_of, gone_cells, require_something
from benchmark.regression.tolerances import file_name, read
from benchmark.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.runner import Outcome


class CannotCompare(ValueError):
    """There is nothing to compare, or nothing to compare with; the message says what to type."""


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
    folder = workspace.reports / name
    if not (folder / manifest_name).is_file():
        raise CannotCompare(
            f"there is no {folder / manifest_name}; publish results to compare with, and commit them: "
            f"lossbench run SUITE, lossbench judge SUITE, lossbench report, lossbench publish {name} --why '...'"
        )
    baseline = read_published(folder)
    if baseline.problems:
        raise CannotCompare(
            f"{folder} is damaged: {baseline.problems[0]}; restore it (git checkout -- {folder}), or see more: "
            f"lossbench verify {folder}"
        )
    if not baseline.suites:
        raise CannotCompare(f"{folder} holds no records; make it anew: lossbench publish {name} --why '...'")
    return baseline


def config_again(present: Any, baseline: Mapping[str, Any]) -> Any:
    """Return today's Config of a suite with the baseline's seeds, and the winners of its sweep.

    Args:
        present: today's.
        baseline: provenance of the suite in the baseline.
    """
    then = baseline["config"]
    fields = {field.name for field in dataclasses.fields(present)}
    kept: dict[str, Any] = {
        name: then[name] for name in ("seeds", "tuned") if name in fields and name in then
    }
    return config_from_json(type(present), {**config_to_json(present), **kept})


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
    """
    name = whole.suite.name
    then = _records(baseline, name)
    require_something(scope, then, name)
    known = cells_of(then)
    part = narrowed(
        whole,
        cells=lambda cell: cell.key in known and scope.has_cell(whole.factors(cell), whole.seed(cell)),
        measures=scope.wants,
        histories=scope.has_measure("history", "history"),
    )
    folder = runs / "check" / name
    outcome = complete(part, folder) if part.cells else None
    now = records.read(folder / "records.parquet") if outcome else then.iloc[:0]
    present = {cell.key: whole.factors(cell) for cell in whole.cells}
    return Checked(
        comparison=_compared(whole.folder.path, name, then=then, now=now, present=present, scope=scope),
        provenance=_json(folder / "provenance.json") if outcome else {},
        n_computed=outcome.n_computed if outcome else 0,
    )


def take(suite: Path, results: Path, baseline: Published, scope: Scope) -> Checked:
    """Compare results that are there.

    Args:
        suite: the suite's folder, whose tolerances hold.
        results: folder of its tables.
        baseline: the published result.
        scope: what of it; of the baseline's seeds those that the results have.

    Raises:
        CannotCompare: when they share no seed.
    """
    name = suite.name
    then, now = _records(baseline, name), records.read(results / "records.parquet")
    require_something(scope, then, name)
    seeds = frozenset(map(int, set(then["seed"]) & set(now["seed"])))
    if not seeds:
        raise CannotCompare(
            f"{results} has no seed of the baseline; compute some: lossbench check {name} --run"
        )
    shared = dataclasses.replace(scope, seeds=seeds if scope.seeds is None else scope.seeds & seeds)
    present = {key: factors for key, (factors, _) in cells_of(now).items()}
    return Checked(
        comparison=_compared(suite, name, then=then, now=now, present=present, scope=shared),
        provenance=_json(results / "provenance.json"),
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
    suite: Path,
    name: str,
    *,
    then: pd.DataFrame,
    now: pd.DataFrame,
    present: Mapping[str, Factors],
    scope: Scope,
) -> Comparison:
    all_of_it = numbers(then)
    expected = scope.rows(all_of_it)
    gone = gone_cells(expected, all_of_it, present, suite=name)
    return compare(name, expected, numbers(now), tolerances=read(suite / file_name), gone=gone)


def _records(baseline: Published, suite: str) -> pd.DataFrame:
    return records.read(baseline.path / "results" / suite / "records.parquet")


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content
