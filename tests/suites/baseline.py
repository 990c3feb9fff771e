"""What the published baseline says, for the gates of the specification.

Nothing is trained for them: that these numbers are what the code computes is held by `lossbench check --run` in
continuous integration (make gate), and that it notices a fault by tests/faults.
"""

from __future__ import annotations

import functools

import pandas as pd

from benchmark.results import records
from tests import root

n_seeds = 10


@functools.cache
def published(suite: str, arm: str) -> pd.DataFrame:
    """Return the records of an arm of ci, all of them done, of all ten seeds; not to be written to."""
    path = root / "reports" / "baseline" / "results" / suite / "records.parquet"
    table = records.read(path)
    found = table[table["arm"] == arm]
    assert (found["profile"] == "ci").all() and found["seed"].nunique() == n_seeds, f"{path}: not all of ci"
    assert (found["status"] == "done").all()
    return found
