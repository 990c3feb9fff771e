"""Synthetic records on which a given claim comes out reproduced, contradicted or inconclusive."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmark.stats.claim import Claim, Leg
from benchmark.stats.number import Number
from benchmark.stats.reduction import Association, Contrast, Hump, Minus, Reduction, Single, Size, Trend
from benchmark.stats.verdict import Outcome

LEVELS = (1, 2, 4)  # of a factor about which the claim says nothing
ENDS = {"min": LEVELS[0], "max": LEVELS[-1]}
N_CELLS = 8  # over which rank correlations are planted

Key = tuple[str, str, str, str, int, frozenset[tuple[str, Any]]]


def planted(claim: Claim, outcome: Outcome, *, n_seeds: int = 10) -> pd.DataFrame:
    """Make records on which `judge(records, [claim])` gives the outcome, by planting each leg's effects.

    Inconclusive is planted as seeds that contradict each other (four of them for a bounded statistic), and
    for an identity as a failed cell.
    """
    if outcome == "inconclusive" and any(leg.bounds is not None for leg in claim.legs):
        n_seeds = 4
    effects = [[_effect(leg, outcome, place) for place in range(n_seeds)] for leg in claim.legs]
    frame = planted_effects(claim, effects)
    if outcome == "inconclusive" and all(leg.direction == "identity" for leg in claim.legs):
        first = frame["seed"] == frame["seed"].min()
        frame = frame.assign(status=frame["status"].mask(first, "failed"), value=frame["value"].mask(first))
    return frame


def planted_effects(claim: Claim, effects: Sequence[Sequence[float]]) -> pd.DataFrame:
    """Make records whose reduction is `effects[leg][seed]`; a bounded statistic takes the sign only."""
    population = claim.population if isinstance(claim.population, Mapping) else {}
    seeds = list(population.get("seed", range(len(effects[0]))))
    rows: list[dict[str, Any]] = []
    for place in range(len(effects[0])):
        rows += [{**row, "seed": seeds[place]} for row in _seed_rows(claim, [leg[place] for leg in effects])]
    return _with_asked_factors(claim, pd.DataFrame([_defaults(claim, population) | row for row in rows]))


def _with_asked_factors(claim: Claim, frame: pd.DataFrame) -> pd.DataFrame:
    """Add, as constants, the factors that a callable population looks at and the claim does not compare."""
    while callable(claim.population):
        try:
            claim.population(frame)
        except KeyError as asked:
            frame = frame.assign(**{str(asked.args[0]): 1})
        else:
            break
    return frame


def _effect(leg: Leg, outcome: Outcome, place: int) -> float:
    size = leg.smallest_effect
    sign = -1 if leg.direction == "less" else 1
    wobble = 1 + 0.1 * (place % 3 - 1)
    if leg.direction == "identity":
        return 10 * max(size, 0.1) if outcome == "contradicted" else 0.0
    if outcome == "inconclusive":
        effect = 4 * size * (-1) ** place
    elif leg.direction == "equal":
        effect = 4 * size * wobble if outcome == "contradicted" else 0.0
    else:
        effect = 4 * size * wobble * (sign if outcome == "reproduced" else -sign)
    return float(np.clip(effect, *(leg.bounds or (-math.inf, math.inf))))


def _defaults(claim: Claim, population: Mapping[str, Any]) -> dict[str, Any]:
    scope = {
        "data": [*claim.scope.data, "digits"][0],
        "model": [*claim.scope.models, "mlp"][0],
        "profile": [*claim.scope.profiles, "ci"][0],
    }
    fixed = {"suite": "planted", "standard_error": math.nan, "positive": True, "status": "done", "reason": ""}
    blank = {"quantity": "value", "index": "", "cells": ["cell"]}
    return fixed | blank | scope | {factor: _options(wanted)[0] for factor, wanted in population.items()}


def _seed_rows(claim: Claim, effects: Sequence[float]) -> list[dict[Any, Any]]:
    numbers: dict[Key, float] = {}
    made: list[dict[Any, Any]] = []
    for leg, effect in zip(claim.legs, effects, strict=True):
        if isinstance(leg.reduce, Reduction):
            _plant(numbers, leg.reduce, effect, claim)
        elif leg.example is not None:
            made += leg.example(effect).to_dict("records")
        else:
            raise ValueError(
                f"claim {claim.id} reduces by a plain function; give it an `example` to plant effects with"
            )
    planted_rows: list[dict[Any, Any]] = [
        {"label": label, "measure": label.split("[")[0], "options": options, "quantity": quantity}
        | {"index": index, "cells": [f"cell-{cell}"], "value": value}
        | dict(factors)
        for (label, options, quantity, index, cell, factors), value in numbers.items()
    ]
    return made + planted_rows


def _plant(numbers: dict[Key, float], reduction: Reduction, effect: float, claim: Claim) -> None:
    """Add the numbers that make `reduction` equal to `effect`, keeping those that are there."""
    match reduction:
        case Single():
            _put(numbers, _key(reduction.number), reduction.minus + effect)
        case Contrast():
            _plant_contrast(numbers, reduction, effect, claim)
        case Trend():
            _plant_trend(numbers, reduction, effect, claim)
        case Association():
            for cell in range(N_CELLS):
                _put(numbers, _key(reduction.x, cell), cell)
                _put(numbers, _key(reduction.y, cell), cell * np.sign(effect))
        case Hump():
            levels = tuple(sorted(_levels(reduction.number, reduction.factor, claim)))
            for place, level in enumerate(levels):
                at = {reduction.factor: level}
                _put(numbers, _key(reduction.number, 0, at), 1 + effect * (0 < place < len(levels) - 1))
        case Minus(left=Size(of=Association() as left), right=Size(of=Association() as right)):
            _plant_sizes(numbers, left, right, effect)
        case Minus():
            _plant(numbers, reduction.left, effect / 2, claim)
            _plant(numbers, reduction.right, -effect / 2, claim)
        case _:
            raise ValueError(f"cannot plant {reduction}")


def _plant_sizes(numbers: dict[Key, float], left: Association, right: Association, effect: float) -> None:
    """Let what two rank correlations share follow one of the others (by the sign of the effect), and not the other."""
    if left.x != right.x:
        raise ValueError(f"cannot plant the sizes of {left} and {right}: their x differ")
    followed, ignored = (left.y, right.y) if effect > 0 else (right.y, left.y)
    for cell in range(2 * N_CELLS + 1):
        _put(numbers, _key(left.x, cell), cell)
        _put(numbers, _key(followed, cell), cell)
        _put(numbers, _key(ignored, cell), abs(cell - N_CELLS))  # falls and rises: rank correlation 0


def _plant_contrast(numbers: dict[Key, float], contrast: Contrast, effect: float, claim: Claim) -> None:
    levels = sorted(
        _levels(contrast.number, contrast.factor, claim), key=lambda level: (str(type(level)), level)
    )
    ends = {"min": levels[0], "max": levels[-1]}
    arms = [ends.get(arm, arm) if isinstance(arm, str) else arm for arm in (contrast.first, contrast.second)]
    first, second = (_key(contrast.number, 0, {contrast.factor: arm}) for arm in arms)
    if first in numbers:
        known = numbers[first]
        _put(numbers, second, _other_arm(known, -effect, contrast.kind))
    else:
        known = numbers.setdefault(second, 1.0)
        _put(numbers, first, _other_arm(known, effect, contrast.kind))


def _other_arm(known: float, effect: float, kind: str) -> float:
    if kind == "relative difference":
        return known * (1 + effect) / max(1 - effect, 1e-9)
    return known * math.exp(effect) if kind == "log ratio" else known + effect


def _plant_trend(numbers: dict[Key, float], trend: Trend, effect: float, claim: Claim) -> None:
    levels = trend.levels or tuple(sorted(_levels(trend.number, trend.factor, claim)))
    for place, level in enumerate(levels):
        if trend.kind == "tau":
            number = 1 + (place if effect >= 0 else len(levels) - 1 - place) * abs(np.sign(effect))
        else:
            number = effect * (math.log(level) if trend.log_factor else level)
            number = math.exp(number) if trend.log_value else number
        _put(numbers, _key(trend.number, 0, {trend.factor: level}), number)


def _put(numbers: dict[Key, float], key: Key, number: float) -> None:
    if not math.isclose(numbers.setdefault(key, float(number)), number, abs_tol=1e-12):
        raise ValueError(
            f"two legs of the claim want different numbers at {key}; give the claim an `example`"
        )


def _key(number: Number, cell: int = 0, at: Mapping[str, Any] | None = None) -> Key:
    first = {factor: _options(wanted)[0] for factor, wanted in number.where.items()}
    where = {factor: ENDS.get(level, level) for factor, level in first.items()}
    index = "" if number.index is None else json.dumps(dict(number.index))
    options = ",".join(f"{name}={value}" for name, value in number.options.items())
    label = f"{number.measure}[{options}]" if options else number.measure
    factors = frozenset({**where, **(at or {})}.items())
    return label, json.dumps(dict(number.options)), number.quantity or "value", index, cell, factors


def _levels(number: Number, factor: str, claim: Claim) -> tuple[Any, ...]:
    population = claim.population if isinstance(claim.population, Mapping) else {}
    return _options(number.where.get(factor, population.get(factor, LEVELS)))


def _options(wanted: Any) -> tuple[Any, ...]:
    return tuple(wanted) if isinstance(wanted, tuple | list | set | frozenset | range) else (wanted,)
