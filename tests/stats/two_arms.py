"""Records of two arms, made up, and a claim about them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from benchmark.stats.claim import Claim
from benchmark.stats.judging import judge
from benchmark.stats.reduce import difference
from benchmark.stats.table import Effect, greater
from benchmark.stats.verdict import Verdict

CLAIM = Claim(
    id="S0.C1",
    statement="Arm a is larger than arm b.",
    source="a test",
    legs=(greater(difference("m", factor="arm", first="a", second="b"), Effect(0.5, "1")),),
)


def with_leg(claim: Claim, **changes: Any) -> Claim:
    """The claim with another leg of its own."""
    return replace(claim, legs=(replace(claim.leg, **changes), *claim.legs[1:]))


def table(differences: list[float], label: str = "m") -> pd.DataFrame:
    """Records of two arms with the given difference in each seed."""
    base = {
        "label": label,
        "measure": label,
        "quantity": "value",
        "index": "",
        "status": "done",
        "reason": "",
    }
    scope = {"suite": "s", "profile": "ci", "data": "digits", "model": "mlp", "standard_error": math.nan}
    rows = [
        base | scope | {"seed": seed, "arm": arm, "value": number, "cells": [f"{seed}{arm}"]}
        for seed, effect in enumerate(differences)
        for arm, number in (("a", 1 + effect), ("b", 1.0))
    ]
    return pd.DataFrame(rows)


CLEAR = [2.0 + 0.1 * (seed % 3) for seed in range(10)]


def ruled(frame: pd.DataFrame, claim: Claim = CLAIM, **more: Any) -> Verdict:
    return judge(frame, [claim], **more)[0]


def fail(frame: pd.DataFrame, seeds: list[int], status: str = "diverged", arm: str = "a") -> pd.DataFrame:
    hit = frame["seed"].isin(seeds) & (frame["arm"] == arm)
    return frame.assign(
        status=frame["status"].where(~hit, status), value=frame["value"].where(~hit, math.nan)
    )
