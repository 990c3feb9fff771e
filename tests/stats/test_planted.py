"""Every kind of claim can come out each way, on records made for it."""

from __future__ import annotations

import math
from typing import Any, cast

import pandas as pd
import pytest

from benchmark.stats.claim import Claim, Direction, Example, Leg, Scope
from benchmark.stats.judging import judge
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference, kendall_tau, log_ratio, minus, rank_correlation, slope, value
from benchmark.stats.verdict import Outcome
from tests.stats.planted import planted

TRACE = Number(measure="hessian", quantity="trace", index={"alpha": 0.5}, where={"model.norm": "batch"})
TAU: dict[str, Any] = {"bounds": (-1.0, 1.0)}


def claim(
    reduce: Any,
    direction: Direction = "greater",
    smallest_effect: float = 0.5,
    *,
    bounds: tuple[float, float] | None = None,
    example: Example | None = None,
    also: tuple[Leg, ...] = (),
    **more: Any,
) -> Claim:
    own = Leg(
        reduce=reduce,
        direction=direction,
        smallest_effect=smallest_effect,
        unit="1",
        bounds=bounds,
        example=example,
    )
    return Claim(id="S0.C1", statement="Something differs.", source="a test", legs=(own, *also), **more)


def two_arms(rows: pd.DataFrame) -> float:
    by_arm = rows.set_index("arm")["value"]
    return float(by_arm["a"] - by_arm["b"])


def two_arms_example(effect: float) -> pd.DataFrame:
    return pd.DataFrame({"label": "m", "measure": "m", "arm": ["a", "b"], "value": [effect, 0.0]})


def no_more_rows(_: float) -> pd.DataFrame:
    return pd.DataFrame()


by_batch = {"factor": "training.batch_size", "first": "max", "second": "min"}
shallow = difference(
    Number(measure="error", where={"skip": False}), factor="depth", first="max", second="min"
)
deep = difference(Number(measure="error", where={"skip": True}), factor="depth", first="max", second="min")
falls = Leg(
    reduce=difference("norm", factor="arm", first="sb", second="lb"),
    direction="less",
    smallest_effect=2.0,
    unit="1",
)

CLAIMS = {
    "log ratio": claim(log_ratio("trace", **by_batch)),
    "log ratio, less": claim(log_ratio("trace", **by_batch), "less"),
    "named arms of a curve": claim(difference(TRACE, factor="arm", first="x", second="y")),
    "population": claim(
        difference("e", **by_batch), population={"training.batch_size": (8, 32), "seed": range(3, 13)}
    ),
    "scope": claim(
        difference("e", **by_batch), scope=Scope(data=("cifar10",), models=("vgg",), profiles=("full",))
    ),
    "no difference": claim(log_ratio("trace", **by_batch), "equal"),
    "identity": claim(value("departure"), "identity", 1e-6),
    "level": claim(value("auroc", minus=0.5), smallest_effect=0.2, bounds=(-0.5, 0.5)),
    "trend": claim(kendall_tau("e", factor="model.width"), **TAU),
    "trend, less": claim(kendall_tau("e", factor="size", levels=("small", "medium", "large")), "less", **TAU),
    "slope": claim(slope("e", factor="model.width", log_factor=True, log_value=True), "less"),
    "ranks": claim(rank_correlation("sharpness", "gap"), **TAU),
    "no ranks": claim(rank_correlation("sharpness", "gap", kind="kendall"), "equal", **TAU),
    "options": claim(log_ratio(Number(measure="sam", options={"rho": 0.1}), **by_batch)),
    "interaction": claim(minus(shallow, deep)),
    "conjunction": claim(difference("norm", factor="arm", first="lb", second="none"), also=(falls,)),
    "plain function": claim(two_arms, example=two_arms_example),
    "plain function as second leg": claim(
        difference("m", factor="arm", first="a", second="b"),
        population={"arm": ("a", "b")},
        also=(
            Leg(reduce=two_arms, direction="greater", smallest_effect=0.5, unit="1", example=no_more_rows),
        ),
    ),
    "callable population": claim(
        difference("e", factor="arm", first="a", second="b"),
        population=lambda frame: frame["batch_size"] == frame["batch_size"].min(),
    ),
    "fitted only": claim(difference("e", **by_batch), population=lambda frame: frame["status"] == "done"),
}


@pytest.mark.parametrize("outcome", ["reproduced", "contradicted", "inconclusive"])
@pytest.mark.parametrize("name", CLAIMS)
def test_every_kind_of_claim_can_come_out_each_way(name: str, outcome: str) -> None:
    verdict = judge(planted(CLAIMS[name], cast(Outcome, outcome)), [CLAIMS[name]])[0]
    assert (verdict.outcome, verdict.message if verdict.outcome == "not_run" else "") == (outcome, "")


def test_a_plain_function_without_an_example_asks_for_one() -> None:
    with pytest.raises(ValueError, match="example"):
        planted(claim(two_arms), "reproduced")


def test_planted_effects_are_measured_as_planted() -> None:
    verdict = judge(planted(CLAIMS["log ratio"], "reproduced"), [CLAIMS["log ratio"]])[0]
    assert verdict.effect is not None
    assert math.isclose(verdict.effect, 4 * 0.5 * (1 - 0.1 / 10), rel_tol=1e-12)
