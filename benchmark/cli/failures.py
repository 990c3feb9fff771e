"""What failed in the results, for `lossbench check --failed`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.store.workspace import Workspace

shown = 3


def tell_failures(workspace: Workspace) -> bool:
    """Say which networks and measures in the results failed, why, and how to try again; tell whether any did."""
    red = False
    for folder in sorted(path.parent for path in workspace.results.glob("*/records.parquet")):
        networks, measures = failures(folder / "records.parquet")
        if networks or measures:
            red = True
            print(_sentence(folder.name, networks, measures, workspace), file=sys.stderr)
    return red


def failures(table: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return why networks failed, by key, and why measures failed on networks that did not."""
    rows = list(_failed_rows(table))
    networks = {row["cells"][0]: row["reason"] for row in rows if row["measure"] == "history"}
    measures = {
        " ".join([row["label"], *row["cells"]]): f"{row['label']}: {row['reason']}"
        for row in rows
        if networks.keys().isdisjoint(row["cells"])
    }
    return networks, measures


def _failed_rows(table: Path) -> Iterator[Mapping[str, Any]]:
    from benchmark.results import records

    frame = records.read(table)
    columns = ["cells", "measure", "label", "reason"]
    for row in frame.loc[frame["status"] == "failed", columns].itertuples(index=False):
        yield dict(zip(columns, row, strict=True))


def _sentence(name: str, networks: dict[str, str], measures: dict[str, str], workspace: Workspace) -> str:
    reasons = list(dict.fromkeys([*networks.values(), *measures.values()]))
    more = [f"and {len(reasons) - shown} more reasons"] if len(reasons) > shown else []
    retry = f"lossbench run {name}"
    if (workspace.root / "dvc.yaml").is_file():
        retry = f"dvc repro --force --single-item run@{name}"
    return "\n  ".join(
        [
            f"lossbench: {name}: {len(networks)} networks and {len(measures)} measures failed",
            *reasons[:shown],
            *more,
            f"try again: {retry}",
        ]
    )
