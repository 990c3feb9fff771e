"""One claim, that any seed can decide."""

from benchmark.stats.claim import Claim, Scope
from benchmark.stats.number import Number
from benchmark.stats.reduce import value

claims = (
    Claim(
        id="T.C1",
        statement="The training loss is below 2 nats",
        source="a test",
        evidence="read",
        paper_value="",
        scope=Scope(),
        population={"depth": 1},
        reduce=value(Number(measure="performance", quantity="train_loss"), minus=2.0),
        direction="less",
        smallest_effect=0.1,
        unit="nats",
        family=1,
        confirmatory=True,
    ),
)
