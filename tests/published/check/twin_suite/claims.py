"""One claim, that any seed can decide."""

from benchmark.stats.claim import Claim
from benchmark.stats.number import Number
from benchmark.stats.reduce import value
from benchmark.stats.table import Effect, less

claims = (
    Claim(
        id="T.C1",
        statement="The training loss is below 2 nats",
        source="a test",
        evidence="read",
        population={"depth": 1},
        legs=(
            less(value(Number(measure="performance", quantity="train_loss"), minus=2.0), Effect(0.1, "nats")),
        ),
    ),
)
