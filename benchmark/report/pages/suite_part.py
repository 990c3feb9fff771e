"""All that one suite gives to the report. Where several suites have results, processes make these side by side."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from benchmark.report.figures.headline import Headline, headline
from benchmark.report.pages.matrix_section import matrix_rows
from benchmark.report.pages.run_texts import run_texts
from benchmark.report.pages.suite_results import SuiteResults, read
from benchmark.report.pages.suite_section import SuiteSection, suite_section
from benchmark.report.pages.sweep_studies import trial_rows
from benchmark.report.words import csv_files
from benchmark.results.provenance import n_cpus
from benchmark.suite.folder import SuiteFolder


@dataclass(frozen=True, kw_only=True)
class SuitePart:
    """What a suite gives: its section, its records as CSV, rows of the tables of all suites, its run, its picture."""

    section: SuiteSection
    records: bytes | None
    matrices: Sequence[Mapping[str, Any]]
    trials: Sequence[Mapping[str, Any]]
    run_texts: Mapping[str, str]
    headline: Headline | None


def suite_part(results: SuiteResults) -> SuitePart:
    """Return what a suite gives to the report."""
    name, section = results.name, suite_section(results)
    return SuitePart(
        section=section,
        records=None if results.records is None else csv_files.records_csv(results.records),
        matrices=matrix_rows(name, results.matrices),
        trials=[*trial_rows(name, "best", results.best), *trial_rows(name, "pareto", results.pareto)],
        run_texts=run_texts(name, section.clock, results.run, section.claims),
        headline=headline_of(results),
    )


def headline_of(results: SuiteResults) -> Headline | None:
    """Return the picture of a suite; None without records."""
    if results.records is None:
        return None
    return headline(results.name, results.figures, results.records, results.arrays)


def suite_parts(
    folders: Sequence[SuiteFolder], results: Path, *, n_workers: int | None = None
) -> list[SuitePart]:
    """Return what suites give to the report, in their order.

    Args:
        folders: of the suites.
        results: where the results of all suites lie.
        n_workers: processes; as many as there are CPUs and suites with records if None. The bytes do not depend on it.
    """
    n_records = sum((results / folder.name / "records.parquet").is_file() for folder in folders)
    n_workers = min(n_cpus() if n_workers is None else n_workers, n_records)
    made = _side_by_side(folders, results, n_workers) if n_workers > 1 else {}
    return [made.get(folder.name) or suite_part(read(folder, results)) for folder in folders]


def _side_by_side(folders: Sequence[SuiteFolder], results: Path, n_workers: int) -> dict[str, SuitePart]:
    """Let processes make the parts, the largest records first; what one of them cannot make is left out."""
    waiting: SimpleQueue[SuiteFolder] = SimpleQueue()
    for folder in sorted(
        folders, key=lambda folder: _size(results / folder.name / "records.parquet"), reverse=True
    ):
        waiting.put(folder)
    made: dict[str, SuitePart] = {}
    with ThreadPoolExecutor(n_workers) as threads:
        for _ in range(n_workers):
            threads.submit(_employ, waiting, results, made)
    return made


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _employ(waiting: SimpleQueue[SuiteFolder], results: Path, made: dict[str, SuitePart]) -> None:
    """Let one process make parts until none is waiting, or it dies."""
    command = (sys.executable, "-m", "benchmark.report.pages.part_worker", str(results))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        while (folder := _next(waiting)) is not None:
            try:
                process.stdin.write(json.dumps(str(folder.path)).encode() + b"\n")
                process.stdin.flush()
                made[folder.name] = pickle.load(process.stdout)  # noqa: S301 -- a process of our own making
            except (OSError, EOFError, pickle.UnpicklingError):
                return


def _next(waiting: SimpleQueue[SuiteFolder]) -> SuiteFolder | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None
