"""Two tables of the same cells: what differs by more than its tolerance. No file, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from benchmark.published.check.differences import Comparison, Difference, Kind
from benchmark.published.check.keyed_numbers import keys
from benchmark.published.check.tolerance import deviation, limit, size

if TYPE_CHECKING:
    import pandas as pd

measured = ["cells", "label"]  # a measure on a tuple of cells, which has one status


def compare(
    suite: str, expected: pd.DataFrame, found: pd.DataFrame, *, gone: Mapping[str, Difference] | None = None
) -> Comparison:
    """Hold a table against the baseline's; both as `numbers` makes them.

    Rows that only `found` has are new, and no difference: how many steps a training took is a number of its own.

    Args:
        suite: its name.
        expected: the baseline's rows that should be there.
        found: the rows that are.
        gone: what to say of cells, by key, that the suite no longer has; nothing else is said of them.
    """
    gone = gone or {}
    expected = expected[[gone.keys().isdisjoint(cells.split()) for cells in expected["cells"]]]
    rows = side_by_side(expected, found)
    pairs = with_deviations(rows[rows["_merge"] == "both"])
    statuses = rows.drop_duplicates(measured)
    lost = rows[rows["_merge"].eq("left_only") & rows["status"].eq(rows["status_found"])]
    differences = (
        *gone.values(),
        *_statuses(suite, statuses[statuses["status"] != statuses["status_found"]]),
        *_lost(suite, lost[lost["status"] != "failed"]),
        *_values(suite, pairs[pairs["deviation"] > pairs["limit"]]),
    )
    return Comparison(
        suite=suite,
        n_cells=len({key for cells in pairs["cells"].unique() for key in cells.split()}),
        n_numbers=len(pairs),
        n_equal=int((pairs["deviation"] == 0).sum()),
        n_failed=int((statuses["status"].eq("failed") & statuses["status_found"].eq("failed")).sum()),
        by_label={str(label): n for label, n in pairs["label"].value_counts(sort=False).items()},
        differences=differences,
        **_worst(pairs),
    )


def side_by_side(expected: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the baseline's rows, with the `value_found` of the same number and the `status_found` of its measure."""
    firsts = found.drop_duplicates(measured)[[*measured, "status", "reason"]]
    rows = expected.merge(firsts, on=measured, how="left", suffixes=("", "_found"))
    return rows.merge(found[[*keys, "value"]], on=keys, how="left", suffixes=("", "_found"), indicator=True)


def with_deviations(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of numbers with `deviation` and `limit`, in units of their size, and `tolerance`, in their own."""
    value, other = (pairs[name].to_numpy(float) for name in ("value", "value_found"))
    sizes = size(value, pairs["scale"].to_numpy(float))
    limits = pairs["quantity"].map(limit).astype(float)
    return pairs.assign(deviation=deviation(value, other, sizes), limit=limits, tolerance=limits * sizes)


def _worst(pairs: pd.DataFrame) -> dict[str, Any]:
    """Return the largest deviation, and where it is."""
    if not (pairs["deviation"] > 0).any():
        return {"worst": 0.0, "worst_at": ""}
    row = pairs.iloc[int(pairs["deviation"].argmax())]
    return {"worst": float(row["deviation"]), "worst_at": f"{row['cell']} {row['label']} {row['quantity']}"}


def _statuses(suite: str, rows: pd.DataFrame) -> Iterator[Difference]:
    """Yield a difference for each measure that has no row now, or ended otherwise."""
    for row in rows.to_dict("records"):
        if isinstance(row["status_found"], str):
            found = row["status_found"] + (f" ({row['reason_found']})" if row["reason_found"] else "")
            yield _difference("status", suite, row, quantity="status", expected=row["status"], found=found)
        else:
            yield _difference("missing", suite, row, expected="there", found="not computed")


def _lost(suite: str, rows: pd.DataFrame) -> Iterator[Difference]:
    """Yield a difference for each quantity of which rows are missing, though the measure ended as it did."""
    for _, lost in rows.groupby([*measured, "quantity"], sort=False):
        row = lost.iloc[0].to_dict()
        yield _difference(
            "missing", suite, row,
            quantity=row["quantity"], expected="there", found=f"{len(lost)} rows are missing",
        )  # fmt: skip


def _values(suite: str, rows: pd.DataFrame) -> Iterator[Difference]:
    for row in rows.to_dict("records"):  # of every number, where a training has changed
        facts = {"quantity": row["quantity"], "index": row["index"], "tolerance": float(row["tolerance"])}
        numbers = {"expected": float(row["value"]), "found": float(row["value_found"])}
        yield _difference("value", suite, row, **numbers, **facts)


def _difference(kind: Kind, suite: str, row: Mapping[Any, Any], **facts: Any) -> Difference:
    where = {"cell": row["cell"], "seed": int(row["seed"]), "label": row["label"]}
    return Difference(kind=kind, suite=suite, **where, **facts)
