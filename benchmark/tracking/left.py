"""The tables that a run has left, as the feeder reads them at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.results.provenance import read_provenance
from benchmark.tracking.child_run import Row


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables in a folder, and their provenance."""

    folder: Path
    provenance: Mapping[str, Any]

    @property
    def statuses(self) -> Collection[str]:
        """How cells ended, each way once."""
        return list(self.provenance.get("by_status") or {})

    def cells(self, keys: Collection[str]) -> Iterator[tuple[list[Row], Mapping[str, Any]]]:
        """Yield the rows of these cells, and their entries in the provenance."""
        if not keys:
            return
        import pyarrow.parquet as pq

        from benchmark.tracking import frames as tables

        summaries = self.provenance.get("cells") or {}
        for key, rows in tables.by_cell(pq.read_table(self.folder / "records.parquet"), keys):
            yield rows, summaries.get(key) or {}


def tables_of(folder: Path, head: Mapping[str, Any]) -> Tables | None:
    """Return the tables of the run that began with this provenance; None where it has not written any."""
    try:
        provenance = read_provenance(folder)
    except FileNotFoundError:
        return None
    same = all(provenance.get(name) == head.get(name) for name in ("suite", "config", "started"))
    return Tables(folder=folder, provenance=provenance) if same else None
