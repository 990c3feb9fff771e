"""The arrays that measures left beside the records: surfaces, curves over directions, spectra."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load

from benchmark.measures.measure import slug_of

Arrays = dict[str, np.ndarray[Any, Any]]


def measure_arrays(
    records: pd.DataFrame, arrays: Path, measure: str, **where: Any
) -> list[tuple[pd.Series[Any], Arrays]]:
    """Return the arrays of a measure, one entry for every label and tuple of cells that has some.

    A network that failed has no arrays, and a file that is missing or damaged is passed over: a figure then shows
    one network less, while the records still tell of it.

    Args:
        records: the tidy table, or part of it.
        arrays: the folder of arrays, `results/<suite>/arrays`.
        measure: its family.
        **where: what columns must hold, `arm="width"`, or `**{"model.width": 64}`; a list or tuple admits any of its
            values. A column that the table lacks admits nothing.

    Returns:
        (first row of that label and these cells, arrays by name), in the order of the table.
    """
    found = records[records["measure"] == measure]
    for column, wanted in where.items():
        if column not in found.columns:
            return []
        found = found[found[column].isin(list(wanted) if isinstance(wanted, (list, tuple)) else [wanted])]
    names = found["label"].map(slug_of) + "." + found["cells"].map(_keys) + ".safetensors"
    firsts = found.assign(_file=names).drop_duplicates("_file")
    read = [(row.drop("_file"), _read(arrays / row["_file"])) for _, row in firsts.iterrows()]
    return [(row, content) for row, content in read if content]


def _keys(cells: Any) -> str:
    return "-".join(key[:12] for key in cells)


def _read(path: Path) -> Arrays:
    try:
        return load(path.read_bytes())
    except (
        OSError,
        SafetensorError,
        ValueError,
        KeyError,
        TypeError,
    ):  # numpy does not know every type of number
        return {}
