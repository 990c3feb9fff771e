"""The files that hang on the run of a suite: its tables, figures and page of the report."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmark.tracking import previews as pictures
from benchmark.tracking.tracker import Tracker

results = ("records.parquet", "verdicts.json", "provenance.json", "invocation.json", "best.json")


def attach_all(tracker: Tracker, folder: Path, report: Path | None, texts: Mapping[str, str]) -> None:
    """Attach whatever is there and is not attached yet.

    Args:
        tracker: of the suite's run.
        folder: the results of the suite.
        report: its page in the report.
        texts: name -> content of its tables as CSV.
    """
    tracker.attach("results", {name: folder / name for name in results if (folder / name).exists()})
    _attach_texts(tracker, "tables", texts)
    if report:
        tracker.attach("report", {report.name: report})
        _attach_texts(tracker, "figures", pictures.figures(report.read_text()))


def _attach_texts(tracker: Tracker, folder: str, texts: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        paths = {name: Path(temporary, name) for name in texts}
        for name, path in paths.items():
            path.write_text(texts[name])
        tracker.attach(folder, paths)
