"""The claims of the example, fixed before the first run."""

from __future__ import annotations

from benchmark.stats.claim import Claim
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference

test_error = Number(measure="performance", quantity="test_error")

claims = (
    Claim(
        id="EX.C1",
        statement="The widest network has a lower test error than the narrowest.",
        source="Author et al., year, table 1",
        evidence="memory",
        paper_value="say what the paper found",
        reduce=difference(test_error, factor="model.width", first="max", second="min"),
        direction="less",
        smallest_effect=0.02,
        unit="error",
        bounds=(-1, 1),
        confirmatory=True,
    ),
)
