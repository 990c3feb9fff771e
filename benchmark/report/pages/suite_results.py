"""What stands in `results/<suite>/`, read with patience: what is absent or broken becomes a note, never a crash."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.report.figures.drawing import FigureFunction
from benchmark.report.pages.suite_factors import defaults_of, factors_of
from benchmark.report.pages.sweep_studies import Studies, studies_of
from benchmark.report.words.rounding import Twins, of_this_code
from benchmark.results import records as tidy
from benchmark.results.provenance import read_provenance, split
from benchmark.stats.claim import Claim
from benchmark.suite.folder import SuiteFolder


@dataclass(frozen=True, kw_only=True)
class SuiteResults:
    """A suite and what its last run left.

    Attributes:
        records: the tidy table, or None where the suite has not run.
        verdicts: by id of the claim.
        matrices: of definitions, by id of the claim.
        provenance: where the records come from, as far as equal work has it in common.
        run: the same, and how the run went; of it nothing may stand in what DVC hashes.
        best: the sweep that chose the tuned arm; None without one.
        pareto: the sweep of two objectives; None without one.
        twins: how far rounding moves its cells and claims; empty where that was not measured.
        arrays: folder of the arrays.
        defaults: settings of its profile; None where they are not known.
        other_columns: returns the factors that networks of any of its profiles have.
        problems: what could not be read, in words.
    """

    name: str
    title: str
    question: str = ""
    sources: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    figures: tuple[FigureFunction, ...] = ()
    records: pd.DataFrame | None = None
    verdicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    matrices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rules_version: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    best: Studies | None = None
    pareto: Studies | None = None
    twins: Twins = field(default_factory=dict)
    arrays: Path = Path()
    defaults: Mapping[str, Any] | None = None
    other_columns: Callable[[], Collection[str]] = tuple
    problems: tuple[str, ...] = ()

    @property
    def profile(self) -> str:
        """Profile of the records; empty where there are none."""
        return str(self.provenance.get("profile", ""))


def read(folder: SuiteFolder, results: Path) -> SuiteResults:
    """Return a suite with its results from `results/<name>/`."""
    problems: list[str] = []

    def attempt(what: str, make: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return make()
        except FileNotFoundError:
            return otherwise
        except Exception as error:  # a suite's own code and a damaged file raise whatever they like
            problems.append(f"{what} cannot be read: {type(error).__name__}: {error}")
            return otherwise

    path = results / folder.name
    suite = attempt("suite.py", lambda: folder.suite, None)
    run = attempt("provenance.json", lambda: read_provenance(path), {})
    judged = attempt("verdicts.json", lambda: _object(path / "verdicts.json"), {})
    return SuiteResults(
        name=folder.name,
        title=suite.title if suite else folder.name,
        question=suite.question if suite else "",
        sources=suite.sources if suite else (),
        claims=attempt("claims.py", lambda: folder.claims, ()),
        figures=attempt("figures.py", lambda: folder.figures, ()),
        records=attempt("records.parquet", lambda: tidy.quick(tidy.read(path / "records.parquet")), None),
        verdicts=judged.get("verdicts", {}),
        matrices=judged.get("matrices", {}),
        rules_version=str(judged.get("rules_version", "")),
        provenance=split(run)[0],
        run=run,
        best=attempt("best.json", lambda: studies_of(_object(path / "best.json")), None),
        pareto=attempt("pareto.json", lambda: studies_of(_object(path / "pareto.json")), None),
        twins=of_this_code(attempt("twins.json", lambda: _object(path / "twins.json"), {}), run),
        arrays=path / "arrays",
        defaults=attempt("suite.py", lambda: defaults_of(suite, str(run.get("profile", ""))), None)
        if suite
        else None,
        other_columns=partial(factors_of, suite) if suite else tuple,
        problems=tuple(problems),
    )


def _object(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"expected a JSON object, found {type(content).__name__}")
    return content
