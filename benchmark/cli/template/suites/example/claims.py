"""The claims of the example, fixed before the first run."""

from __future__ import annotations

from benchmark.stats.number import Number
from benchmark.stats.reduce import difference
from benchmark.stats.table import Effect, claim, less

test_error = Number(measure="performance", quantity="test_error")

claims = (
    claim("EX.C1", "The widest network has a lower test error than the narrowest.",
          less(difference(test_error, factor="width", first="max", second="min"), Effect(0.02, "error")),
          source="Author et al., year, table 1", evidence="memory", paper="say what the paper found"),
)
