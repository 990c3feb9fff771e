"""Two small files beside verdicts.json, for DVC to show and compare: metrics.json and curves.csv."""

from __future__ import annotations

import io
import json
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.results.records import schema
from benchmark.stats.verdict import Verdict
from benchmark.store.files import write_atomic

if TYPE_CHECKING:
    import pandas as pd

shown = ("outcome", "effect")  # each a column of `dvc exp show`
points_per_curve = 200
of_specs = (
    "data",
    "model",
    "training",
    "start",
)  # columns that every suite has; the others are its own labels


def write_tables(folder: Path, frame: pd.DataFrame, verdicts: Iterable[Verdict]) -> None:
    """Write metrics.json and curves.csv into a suite's results."""
    decided = [
        verdict for verdict in verdicts if verdict.outcome != "not_run"
    ]  # others would be empty columns
    metrics = {verdict.claim: {name: getattr(verdict, name) for name in shown} for verdict in decided}
    text = json.dumps(metrics, indent=1, allow_nan=False) + "\n"
    write_atomic(folder / "metrics.json", text.encode())
    write_atomic(folder / "curves.csv", curves(frame).encode())


def curves(frame: pd.DataFrame) -> str:
    """Return the training loss of every arm's first seed as CSV: columns arm, step, epoch, loss.

    One seed rather than a mean: seeds that stop at a loss stop at different steps, and the mean of those that are
    left is not the mean of all.
    """
    import pandas as pd

    rows = frame[(frame["measure"] == "history") & (frame["quantity"] == "loss")]
    rows = rows[rows["seed"] == rows["seed"].min()]
    points = pd.DataFrame(
        [json.loads(text) for text in rows["index"]], index=rows.index, columns=["step", "epoch"]
    )
    table = pd.concat([arms(rows).rename("arm"), points, rows["value"].rename("loss")], axis=1)
    parts = [part.iloc[:: 1 + len(part) // points_per_curve] for _, part in table.groupby("arm", sort=False)]
    buffer = io.StringIO()
    (pd.concat(parts) if parts else table).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue()


def arms(rows: pd.DataFrame) -> pd.Series[str]:
    """Name each row's arm: by the suite's own labels that vary, else by the fields of the specs that do."""
    import pandas as pd

    factors = [
        name for name in rows.columns if name not in schema.names and not name.endswith(("_seed", "parents"))
    ]
    varying = [name for name in factors if rows[name].astype(str).nunique(dropna=False) > 1]
    labels = [name for name in varying if name.partition(".")[0] not in of_specs]
    chosen = labels or varying
    if not chosen:
        return rows["suite"]
    return pd.Series(
        [_named(row) for row in rows[chosen].astype(object).to_dict("records")],
        index=rows.index,
        dtype=object,
    )


def _named(levels: Mapping[Hashable, Any]) -> str:
    """Return the name of an arm, to which a label that a cell lacks, or that is false, adds nothing."""
    import pandas as pd

    said = {name: level for name, level in levels.items() if not pd.isna(level) and level is not False}
    return " ".join(str(name if level is True else level) for name, level in said.items())
