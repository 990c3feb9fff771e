"""Two tables of the same cells: what differs by more than its tolerance. No file, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from benchmark.regression.differences import Comparison, Difference, name_of
from benchmark.regression.numbers import keys
from benchmark.regression.pairs import excused, with_tolerances

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.regression.tolerances import Tolerances


def compare(
    suite: str,
    expected: pd.DataFrame,
    found: pd.DataFrame,
    *,
    tolerances: Tolerances,
    gone: Mapping[str, Difference] | None = None,
) -> Comparison:
    """Hold a table against the baseline's; both as `numbers` makes them.

    Rows that only `found` has are new, and no difference. Of histories every common step is compared: how many
    steps there are is a number of its own (`performance n_steps`).

    Args:
        suite: its name.
        expected: the baseline's rows that should be there.
        found: the rows that are.
        tolerances: of the suite.
        gone: what to say of cells, by key, that the suite no longer has; nothing else is said of them.
    """
    gone = gone or {}
    expected = expected[[gone.keys().isdisjoint(cells.split()) for cells in expected["cells"]]]
    pairs = expected.merge(
        found[[*keys, "value"]], on=keys, how="left", suffixes=("", "_found"), indicator=True
    )
    statuses = _statuses(expected, found)
    is_same = statuses["status"] == statuses["status_found"]
    same_status = set(map(tuple, statuses.loc[is_same, ["cells", "label"]].to_numpy()))
    within = with_tolerances(pairs[pairs["_merge"] == "both"], tolerances)
    is_outlier = excused(within)
    red = within[(within["share"] > 1) & ~is_outlier]
    lost = _should_be_there(pairs[pairs["_merge"] == "left_only"], found)
    differences = (
        *gone.values(),
        *_missing(suite, statuses),
        *_other_statuses(suite, statuses, tolerances),
        *_lost_rows(suite, lost, same_status),
        *_values(suite, red),
    )
    return Comparison(
        suite=suite,
        n_cells=len({key for cells in within["cells"].unique() for key in cells.split()}),
        n_numbers=len(within),
        n_equal=int(within["is_equal"].sum()),
        n_loose=int((within["tolerance"] > within["value"].abs()).sum() if len(within) else 0),
        n_outliers=int(is_outlier.sum()),
        n_failed=int((statuses["status"].eq("failed") & statuses["status_found"].eq("failed")).sum()),
        by_label={str(label): n for label, n in within["label"].value_counts(sort=False).items()},
        differences=differences,
        **_worst(within[within["share"] <= 1]),
    )


def _worst(green: pd.DataFrame) -> dict[str, Any]:
    """Return the largest share of a tolerance among numbers within theirs, and where it is."""
    if green.empty:
        return {"worst": 0.0, "worst_at": ""}
    row = green.iloc[int(green["share"].argmax())]
    where = " ".join([name_of(row["name"], row["seed"]), row["label"], row["quantity"]])
    return {"worst": float(row["share"]), "worst_at": where}


def _statuses(expected: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return one row for every measure on every tuple of cells of the baseline, with both statuses."""
    of = ["cells", "label"]
    firsts = expected.drop_duplicates(of)
    others = found.drop_duplicates(of)[[*of, "status", "reason"]]
    return firsts.merge(others, on=of, how="left", suffixes=("", "_found"))


def _missing(suite: str, statuses: pd.DataFrame) -> Iterator[Difference]:
    """Yield a difference for each measure on cells of the baseline that has no row."""
    for _, row in statuses[statuses["status_found"].isna()].iterrows():
        yield Difference(
            kind="missing", **_place(suite, row), label=row["label"], expected="there", found="not computed"
        )


def _other_statuses(suite: str, statuses: pd.DataFrame, tolerances: Tolerances) -> Iterator[Difference]:
    both = statuses[statuses["status_found"].notna()]
    for _, row in both[both["status"] != both["status_found"]].iterrows():
        if tolerances.of(row["group"], "status", "status") is None:
            continue
        found = row["status_found"] + (f" ({row['reason_found']})" if row["reason_found"] else "")
        yield Difference(
            kind="status", **_place(suite, row), label=row["label"], quantity="status",
            expected=row["status"], found=found,
        )  # fmt: skip


def _should_be_there(lost: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are missing, without those of histories beyond the last step that was taken now."""
    histories = found[found["label"] == "history"]
    last = _steps(histories).groupby(histories["cells"]).max()
    is_history = lost["label"] == "history"
    return lost[~is_history | (_steps(lost) <= lost["cells"].map(last).astype(float))]


def _steps(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return the step of every row; that of a row without one is missing."""
    of = {index: json.loads(index).get("step") if index else None for index in rows["index"].unique()}
    return rows["index"].map(of).astype(float)


def _lost_rows(suite: str, lost: pd.DataFrame, same_status: set[tuple[str, str]]) -> Iterator[Difference]:
    """Yield a difference for each quantity of which rows are missing, though the measure has others."""
    for kind, rows in lost.groupby(["cells", "label", "quantity"], sort=False):
        cells, label, quantity = map(str, kind)
        if (cells, label) in same_status and (rows["status"] != "failed").all():
            yield Difference(
                kind="missing", **_place(suite, rows.iloc[0]), label=label, quantity=quantity,
                expected="there", found=f"{len(rows)} rows are missing",
            )  # fmt: skip


def _values(suite: str, red: pd.DataFrame) -> Iterator[Difference]:
    for row in red.to_dict("records"):  # of every number, where a training has changed
        yield Difference(
            kind="value",
            **_place(suite, row),
            label=row["label"],
            quantity=row["quantity"],
            index=row["index"],
            expected=float(row["value"]),
            found=float(row["value_found"]),
            tolerance=float(row["tolerance"]),
        )


def _place(suite: str, row: Any) -> dict[str, Any]:
    return {"suite": suite, "cell": name_of(row["name"], row["seed"]), "seed": int(row["seed"])}
